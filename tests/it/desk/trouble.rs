//! Letters that do not arrive: tried again, given up, kept for the morning; and nobody else waits for them.

use chrono::{DateTime, TimeDelta, Utc};
use pollster::block_on;
use talkback::relay::Backoff;
use talkback::workflow::{Assign, NoticeKind, Recipient};
use talkback::{
    DeadlineKind, DeadlineWorker, Delivery, Fact, Name, Notice, StaffId, Undelivered, WorkingCalendar,
};

use super::relay::{customer, impatient, posted, tell};
use super::{Room, count, monday, reply, say};

fn bob() -> Recipient {
    Recipient::Staff(StaffId::new("bob").unwrap())
}

fn to_bob() -> Assign {
    Assign { owner: Some(StaffId::new("bob").unwrap()), team: None }
}

fn role(name: &str) -> Recipient {
    Recipient::Role(Name::new(name).unwrap())
}

#[test]
fn what_failed_is_tried_again_by_the_backoff() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        tell(&room, case, reply()).await;
        let (relay, post) = posted(&room);
        let relay = relay.with_backoff(Backoff::new([TimeDelta::minutes(1), TimeDelta::minutes(10)]));
        post.refuse(customer(), || Undelivered::later("greylisted"));
        assert_eq!(relay.tick().await.unwrap().retried, 1);
        assert_eq!(relay.tick().await.unwrap().claimed, 0);
        room.later(TimeDelta::seconds(59));
        assert_eq!(relay.tick().await.unwrap().claimed, 0);
        // A tenth may come on top.
        room.later(TimeDelta::seconds(7));
        assert_eq!(relay.tick().await.unwrap().retried, 1);
        post.accept(&customer());
        room.later(TimeDelta::minutes(11));
        assert_eq!(relay.tick().await.unwrap().sent, 1);
        assert_eq!(post.letters().iter().map(|letter| letter.attempt).collect::<Vec<_>>(), [1, 2, 3]);
        // In between nothing was known, so nothing is noted down.
        let events = room.events(case).await;
        assert_eq!(count(&events, "delivery"), 1);
    });
}

#[test]
fn who_asks_for_a_pause_is_given_it() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        tell(&room, case, reply()).await;
        let (relay, post) = posted(&room);
        post.refuse(customer(), || Undelivered::after("too-many", TimeDelta::minutes(30)));
        assert_eq!(relay.tick().await.unwrap().retried, 1);
        room.later(TimeDelta::minutes(29));
        assert_eq!(relay.tick().await.unwrap().claimed, 0);
        room.later(TimeDelta::minutes(1));
        assert_eq!(relay.tick().await.unwrap().retried, 1);
    });
}

#[test]
fn a_bouncing_customer_holds_up_nobody_else() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let (relay, post) = posted(&room);
        post.refuse(customer(), || Undelivered::later("mailbox-full"));
        tell(&room, case, reply()).await;
        tell(&room, case, reply()).await;
        tell(&room, case, to_bob()).await;
        let relayed = relay.tick().await.unwrap();
        assert_eq!((relayed.claimed, relayed.retried, relayed.sent), (2, 1, 1));
        // The customer's second letter waits for the first, and then goes after it.
        assert_eq!(post.letters().iter().filter(|letter| letter.notice.to == customer()).count(), 1);
        post.accept(&customer());
        room.later(TimeDelta::minutes(1));
        assert_eq!(relay.tick().await.unwrap().sent, 2);
        let versions: Vec<_> = post
            .letters()
            .iter()
            .filter(|l| l.notice.to == customer())
            .map(|l| l.notice.id.version)
            .collect();
        assert!(versions.is_sorted(), "{versions:?}");
    });
}

#[test]
fn what_never_arrives_is_owed_again_and_the_owner_is_told() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        tell(&room, case, to_bob()).await;
        tell(&room, case, reply()).await;
        let has = async |kind| room.desk.load(case).await.unwrap().unwrap().deadlines.has(kind);
        assert!(!has(DeadlineKind::Respond).await);
        let (relay, post) = posted(&room);
        post.refuse(customer(), || Undelivered::never("no-such-mailbox"));
        let relayed = relay.tick().await.unwrap();
        let [dead] = &relayed.dead[..] else { panic!("{relayed:?}") };
        assert_eq!(
            (dead.why.as_str(), dead.notice.as_ref().unwrap().to.clone()),
            ("no-such-mailbox", customer())
        );
        assert!(has(DeadlineKind::Respond).await);
        let events = room.events(case).await;
        let failed = events.iter().find_map(|event| match &event.fact {
            Fact::Delivery { result: Delivery::Failed, why, .. } => why.clone(),
            _ => None,
        });
        assert_eq!(failed.unwrap().as_str(), "no-such-mailbox");
        let told: Vec<_> =
            post.letters().iter().filter(|l| l.notice.to == bob()).map(|l| l.notice.kind).collect();
        assert_eq!(told, [NoticeKind::Assigned, NoticeKind::Undelivered]);
    });
}

#[test]
fn the_last_failure_is_the_end_of_it() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        tell(&room, case, to_bob()).await;
        let (relay, post) = posted(&room);
        post.refuse(bob(), || Undelivered::later("chat-is-down"));
        let relay = impatient(relay);
        let relayed = relay.tick().await.unwrap();
        assert_eq!(relayed.dead.len(), 1);
        assert_eq!(relayed.dead[0].why.as_str(), "chat-is-down");
        room.later(TimeDelta::minutes(30));
        assert_eq!(relay.tick().await.unwrap().claimed, 0);
    });
}

#[test]
fn a_case_that_cannot_be_read_is_waited_for() {
    block_on(async {
        let room = Room::new();
        let (bad, good) = (room.complain().await, room.complain().await);
        tell(&room, bad, to_bob()).await;
        tell(&room, good, to_bob()).await;
        let (relay, post) = posted(&room);
        room.backend.unreadable(Some(bad));
        let relayed = relay.tick().await.unwrap();
        assert_eq!((relayed.sent, relayed.retried), (1, 1));
        room.backend.unreadable(None);
        room.later(TimeDelta::minutes(1));
        assert_eq!(relay.tick().await.unwrap().sent, 1);
        assert_eq!(post.letters()[1].case.id, bad);
        // Where nobody mends it in time, it is given up.
        tell(&room, bad, Assign { owner: Some(StaffId::new("eve").unwrap()), team: None }).await;
        room.backend.unreadable(Some(bad));
        let relayed = impatient(relay).tick().await.unwrap();
        assert_eq!(relayed.dead[0].why.as_str(), "unreadable");
    });
}

#[test]
fn at_night_only_what_is_urgent_goes_out() {
    block_on(async {
        let room = Room::new();
        let office = WorkingCalendar::office("office").build().unwrap();
        let (relay, post) = posted(&room);
        let relay = relay.with_quiet_hours(office);
        room.complain().await;
        room.later(TimeDelta::hours(12));
        DeadlineWorker::of(&room.desk).tick().await.unwrap();
        let other = room.complain().await;
        tell(&room, other, say_at_night()).await;
        let relayed = relay.tick().await.unwrap();
        assert!(relayed.postponed >= 1 && relayed.sent >= 1, "{relayed:?}");
        assert!(post.letters().iter().all(|letter| letter.notice.kind == NoticeKind::Escalation));
        assert_eq!(relay.tick().await.unwrap().claimed, 0, "nobody asks again before the morning");
        // At nine it goes, and it is its first try.
        room.clock.set(monday() + TimeDelta::hours(24));
        relay.tick().await.unwrap();
        let message = post.letters().into_iter().find(|letter| letter.notice.to == customer()).unwrap();
        assert_eq!(message.attempt, 1);
    });
}

fn say_at_night() -> talkback::Command {
    talkback::Command::Reply(say("We look into it tomorrow."))
}

#[test]
fn quiet_hours_may_be_each_recipients_own() {
    block_on(async {
        let room = Room::new();
        let (relay, post) = posted(&room);
        let relay = relay.with_quiet_hours(|notice: &Notice, now: DateTime<Utc>| {
            (notice.to == bob()).then(|| now + TimeDelta::hours(1))
        });
        let case = room.complain().await;
        tell(&room, case, to_bob()).await;
        tell(&room, case, reply()).await;
        let relayed = relay.tick().await.unwrap();
        assert_eq!((relayed.sent, relayed.postponed), (1, 1));
        assert_eq!(post.letters()[0].notice.to, customer());
    });
}

#[test]
fn an_escalation_overtakes_what_its_recipient_did_not_get() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let (relay, post) = posted(&room);
        post.refuse(role("owner"), || Undelivered::later("chat-is-down"));
        // The warning fails, and its retry is hours away.
        let relay = relay.with_backoff(Backoff::new([TimeDelta::hours(20)]));
        room.later(TimeDelta::minutes(200));
        DeadlineWorker::of(&room.desk).tick().await.unwrap();
        assert_eq!(relay.tick().await.unwrap().retried, 1);
        assert_eq!(post.kinds(), [NoticeKind::Warning]);
        post.accept(&role("owner"));
        room.later(TimeDelta::hours(2));
        DeadlineWorker::of(&room.desk).tick().await.unwrap();
        relay.tick().await.unwrap();
        assert!(post.kinds().contains(&NoticeKind::Escalation), "{:?}", post.kinds());
        assert!(count(&room.events(case).await, "escalated") > 1);
    });
}
