//! Several destinations: each has letters of its own, with their own state.

use std::sync::Arc;

use chrono::TimeDelta;
use pollster::block_on;
use talkback::policy::{FurtherDestination, MAX_DESTINATIONS, PolicyProblem, PolicySpec};
use talkback::relay::Backoff;
use talkback::workflow::{Destination, NoticeKind};
use talkback::{
    Delivery, Desk, Fact, Letter, ManualClock, NoticeRelay, Policy, PolicyBook, TenantId, Undelivered,
    WorkingCalendar,
};

use super::relay::{Post, customer, tell};
use super::unlucky::Unlucky;
use super::{Room, count, monday, reply};

fn audit() -> Destination {
    Destination::new("audit-webhook").unwrap()
}

fn spec(destinations: Vec<FurtherDestination>) -> PolicySpec {
    let office = WorkingCalendar::office("office").build().unwrap();
    let mut spec = Policy::house_standard(office).unwrap().spec().clone();
    spec.terms.destinations = destinations;
    spec
}

/// A room in which messages go to an audit webhook, too.
fn audited() -> Room<Unlucky> {
    let further = FurtherDestination { to: audit(), kinds: vec![NoticeKind::Message] };
    let policies = PolicyBook::single(Policy::new(spec(vec![further])).unwrap());
    let (backend, clock) = (Arc::new(Unlucky::default()), Arc::new(ManualClock::at(monday())));
    let desk = Desk::new(backend.clone(), policies, clock.clone(), TenantId::single());
    Room { desk, backend, clock }
}

#[test]
fn a_webhook_that_fails_holds_up_no_mail_and_repeats_none() {
    block_on(async {
        let room = audited();
        let case = room.complain().await;
        let (mail, webhook) = (Post::default(), Post::default());
        webhook.refuse(customer(), || Undelivered::later("not-found"));
        let relay = NoticeRelay::of(&room.desk, mail.clone()).with_destination(audit(), webhook.clone());
        let relay = relay.with_backoff(Backoff::new([TimeDelta::minutes(1)]));
        for _ in 0..3 {
            tell(&room, case, reply()).await;
        }
        let relayed = relay.tick().await.unwrap();
        assert_eq!((relayed.sent, relayed.retried), (3, 1));
        let mut dead = Vec::new();
        for _ in 0..9 {
            room.later(TimeDelta::hours(1));
            dead.extend(relay.tick().await.unwrap().dead);
        }
        assert_eq!((mail.letters().len(), webhook.letters().len(), dead.len()), (3, 6, 3));
        let health = relay.health();
        assert_eq!((health.retries, health.dead_letters), (3, 3));
        let letters = mail.letters();
        let ids: Vec<_> = letters.iter().chain(&webhook.letters()).map(Letter::id).collect();
        assert_ne!(ids[0], ids[3], "each destination has letters of its own");
    });
}

#[test]
fn only_the_main_destination_records_what_became_of_a_message() {
    block_on(async {
        let room = audited();
        let case = room.complain().await;
        let (mail, webhook) = (Post::default(), Post::default());
        mail.refuse(customer(), || Undelivered::never("no-such-mailbox"));
        let relay = NoticeRelay::of(&room.desk, mail).with_destination(audit(), webhook.clone());
        tell(&room, case, reply()).await;
        let relayed = relay.tick().await.unwrap();
        assert!(relayed.dead.len() == 1 && webhook.letters().len() == 1, "{relayed:?}");
        let events = room.events(case).await;
        assert_eq!(count(&events, "delivery"), 1);
        let failed = |fact: &Fact| matches!(fact, Fact::Delivery { result: Delivery::Failed, .. });
        assert!(events.iter().any(|event| failed(&event.fact)));
    });
}

#[test]
fn a_letter_to_an_unknown_destination_waits_and_is_reported() {
    block_on(async {
        let room = audited();
        let case = room.complain().await;
        tell(&room, case, reply()).await;
        let old = NoticeRelay::of(&room.desk, Post::default());
        let relayed = old.tick().await.unwrap();
        assert_eq!((relayed.sent, relayed.unrouted), (1, 1));
        assert_eq!(old.health().missing_destinations, [(audit(), monday())].into());
        room.later(TimeDelta::minutes(4));
        assert_eq!(old.tick().await.unwrap().claimed, 0, "it is not looked at all the time");
        for _ in 0..1_000 {
            room.later(TimeDelta::hours(1));
            assert_eq!(old.tick().await.unwrap().unrouted, 1, "it is not lost");
        }
        room.later(TimeDelta::minutes(5));
        let webhook = Post::default();
        let new = NoticeRelay::of(&room.desk, Post::default()).with_destination(audit(), webhook.clone());
        assert_eq!(new.tick().await.unwrap().sent, 1);
        assert_eq!(webhook.letters()[0].attempt, 1);
    });
}

#[test]
fn a_policy_names_a_bounded_number_of_destinations_once() {
    let to = |name: &str| FurtherDestination { to: Destination::new(name).unwrap(), kinds: Vec::new() };
    let problems = |further| Policy::new(spec(further)).map_or_else(|error| error.problems, |_| Vec::new());
    let many = |n: usize| (0..n).map(|n| to(&format!("way-{n}"))).collect();
    assert_eq!(problems(many(MAX_DESTINATIONS)), []);
    for n in [MAX_DESTINATIONS + 1, 1_000] {
        assert_eq!(problems(many(n)), [PolicyProblem::TooManyDestinations { destinations: n }]);
    }
    for twice in [vec![to("main")], vec![to("a"), to("a")]] {
        let name = twice[0].to.clone();
        assert_eq!(problems(twice), [PolicyProblem::SameDestination { to: name }]);
    }
}
