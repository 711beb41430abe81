//! Deliveries that panic, hang, bring their relay down, or cannot be recorded: none comes for ever, and none
//! stops the others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use pollster::block_on;
use talkback::relay::Backoff;
use talkback::workflow::{Assign, NoticeKind, Recipient};
use talkback::{
    CaseId, DeadlineKind, DeadlineWorker, Deliver, Letter, ManualClock, NoticeRelay, Receipt, StaffId,
    Undelivered, deliver_fn,
};

use super::relay::{posted, tell};
use super::unlucky::{Fate, Unlucky};
use super::{Room, reply};

/// Three tries, a minute and two apart.
fn three_tries(relay: NoticeRelay) -> NoticeRelay {
    relay.with_backoff(Backoff::new([TimeDelta::minutes(1), TimeDelta::minutes(2)]))
}

async fn answered(room: &Room<Unlucky>, cases: usize) -> Vec<CaseId> {
    let mut all = Vec::new();
    for _ in 0..cases {
        let case = room.complain().await;
        tell(room, case, reply()).await;
        all.push(case);
    }
    all
}

#[test]
fn a_delivery_that_is_never_recorded_is_tried_a_few_times_and_set_aside() {
    block_on(async {
        let room = Room::new();
        answered(&room, 1).await;
        let (relay, post) = posted(&room);
        let relay = three_tries(relay);
        let (mut failed, mut dead) = (0, Vec::new());
        for _ in 0..50 {
            room.backend.next([Fate::RequestLost; 32]);
            let relayed = relay.tick().await.unwrap();
            failed += relayed.failed;
            dead.extend(relayed.dead);
            room.backend.forget();
            room.later(TimeDelta::hours(1));
        }
        assert_eq!((failed, post.letters().len()), (2, 3));
        let [dead] = &dead[..] else { panic!("{dead:?}") };
        assert_eq!(dead.why.as_str(), "not-recorded");
    });
}

#[test]
fn a_recording_that_failed_is_tried_by_the_backoff() {
    block_on(async {
        let room = Room::new();
        answered(&room, 1).await;
        let (relay, _) = posted(&room);
        let relay = three_tries(relay);
        room.backend.next([Fate::RequestLost; 32]);
        assert_eq!(relay.tick().await.unwrap().failed, 1);
        room.later(TimeDelta::seconds(59));
        assert_eq!(relay.tick().await.unwrap().claimed, 0);
        room.later(TimeDelta::seconds(7));
        assert_eq!(relay.tick().await.unwrap().sent, 1);
    });
}

#[test]
fn a_delivery_that_panics_stops_no_other_and_is_set_aside() {
    block_on(async {
        let room = Room::new();
        let cases = answered(&room, 3).await;
        let calls = Arc::new(AtomicUsize::new(0));
        let deliver = deliver_fn((cases[1], calls.clone()), async |(bad, calls), letter: Letter| {
            if letter.case.id == bad && letter.message().is_some() {
                calls.fetch_add(1, Ordering::Relaxed);
                panic!("as a delivery may");
            }
            Ok(Receipt::Sent)
        });
        let relay = three_tries(NoticeRelay::of(&room.desk, deliver));
        let relayed = relay.tick().await.unwrap();
        assert_eq!((relayed.sent, relayed.retried), (2, 1));
        let mut dead = Vec::new();
        for _ in 0..10 {
            room.later(TimeDelta::hours(1));
            dead.extend(relay.tick().await.unwrap().dead);
        }
        assert_eq!(calls.load(Ordering::Relaxed), 3);
        let [dead] = &dead[..] else { panic!("{dead:?}") };
        assert_eq!((dead.id.case, dead.why.as_str()), (cases[1], "panicked"));
    });
}

#[test]
fn a_delivery_that_outlives_its_lease_is_dropped_and_counts_as_a_try() {
    let room = Room::new();
    block_on(answered(&room, 1));
    let hangs = deliver_fn((), async |_, letter: Letter| match letter.message() {
        Some(_) => std::future::pending().await,
        None => Ok(Receipt::Sent),
    });
    let relay = NoticeRelay::of(&room.desk, hangs).with_lease(TimeDelta::minutes(1));
    let relay = relay.with_backoff(Backoff::new([]));
    let mut tick = Box::pin(relay.tick());
    let context = &mut Context::from_waker(Waker::noop());
    assert!(tick.as_mut().poll(context).is_pending());
    room.later(TimeDelta::seconds(59));
    assert!(tick.as_mut().poll(context).is_pending());
    room.later(TimeDelta::seconds(1));
    let Poll::Ready(relayed) = tick.as_mut().poll(context) else { panic!("it waits for ever") };
    assert_eq!(relayed.unwrap().dead[0].why.as_str(), "too-slow");
}

/// Each of thirty relays dies while it delivers the letter.
#[test]
fn a_letter_that_brings_its_relays_down_is_set_aside() {
    let room = Room::new();
    block_on(answered(&room, 1));
    let calls = Arc::new(AtomicUsize::new(0));
    let mut dead = Vec::new();
    for _ in 0..30 {
        let dies = deliver_fn(calls.clone(), async |calls, letter: Letter| {
            if letter.message().is_none() {
                return Ok(Receipt::Sent);
            }
            calls.fetch_add(1, Ordering::Relaxed);
            std::future::pending().await
        });
        let relay = NoticeRelay::of(&room.desk, dies);
        let mut tick = Box::pin(relay.tick());
        if let Poll::Ready(relayed) = tick.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            dead.extend(relayed.unwrap().dead);
        }
        drop(tick);
        room.later(TimeDelta::minutes(6));
    }
    let [dead] = &dead[..] else { panic!("{dead:?}") };
    assert_eq!(dead.why.as_str(), "no-answer");
    assert_eq!(calls.load(Ordering::Relaxed), usize::try_from(Backoff::default().tries()).unwrap());
}

/// Thirty-two letters are taken together, and one of them kills its relay each time.
#[test]
fn a_letter_that_brings_its_relays_down_takes_no_other_along() {
    let room = Room::new();
    let cases = block_on(answered(&room, 32));
    let (bad, sent) = (cases[16], Arc::new(AtomicUsize::new(0)));
    for _ in 0..40 {
        let deliver = deliver_fn((bad, sent.clone()), async |(bad, sent), letter: Letter| {
            if letter.message().is_some() && letter.case.id == bad {
                std::future::pending::<()>().await;
            }
            if letter.message().is_some() {
                sent.fetch_add(1, Ordering::Relaxed);
            }
            Ok(Receipt::Sent)
        });
        let relay = NoticeRelay::of(&room.desk, deliver).with_at_once(1);
        let _ = Box::pin(relay.tick()).as_mut().poll(&mut Context::from_waker(Waker::noop()));
        room.later(TimeDelta::minutes(6));
    }
    assert_eq!(sent.load(Ordering::Relaxed), 31);
}

/// The clock of the slow relay, the letters that were delivered, and what happens meanwhile.
type Slow = (Arc<ManualClock>, Mutex<Vec<String>>);

#[test]
fn two_relays_deliver_each_letter_once_however_slow_they_are() {
    let room = Room::new();
    block_on(answered(&room, 32));
    let state: Arc<Slow> = Arc::new((room.clock.clone(), Mutex::default()));
    // Ten seconds each: thirty-two of them take longer than the lease.
    let slow = |state: Arc<Slow>| {
        deliver_fn(state, async |state: Arc<Slow>, letter: Letter| {
            let mut turns = 0;
            std::future::poll_fn(|_| {
                turns += 1;
                if turns < 2 { Poll::Pending } else { Poll::Ready(()) }
            })
            .await;
            state.0.advance(TimeDelta::seconds(10));
            state.1.lock().unwrap().push(letter.id());
            Ok(Receipt::Sent)
        })
    };
    let relay = || NoticeRelay::of(&room.desk, slow(state.clone())).with_at_once(1);
    let (one, two) = (relay(), relay());
    let mut ticks = [Box::pin(one.tick()), Box::pin(two.tick())];
    let context = &mut Context::from_waker(Waker::noop());
    // The second one looks again and again while the first is at it.
    while ticks[0].as_mut().poll(context).is_pending() {
        if ticks[1].as_mut().poll(context).is_ready() {
            ticks[1] = Box::pin(two.tick());
        }
    }
    while ticks[1].as_mut().poll(context).is_pending() {}
    let mut delivered = state.1.lock().unwrap().clone();
    delivered.sort();
    let deliveries = delivered.len();
    delivered.dedup();
    assert_eq!((deliveries, delivered.len()), (32, 32));
}

#[test]
fn a_warning_or_escalation_of_a_deadline_that_was_met_is_not_sent() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        room.later(TimeDelta::hours(5));
        DeadlineWorker::of(&room.desk).tick().await.unwrap();
        let has = room.desk.load(case).await.unwrap().unwrap().deadlines.has(DeadlineKind::Acknowledge);
        assert!(has);
        tell(&room, case, reply()).await;
        let (relay, post) = posted(&room);
        let relayed = relay.tick().await.unwrap();
        assert!(relayed.void > 0, "{relayed:?}");
        let about = |letter: &Letter| letter.notice.deadline.map(|deadline| deadline.kind);
        let kinds: Vec<_> = post.letters().iter().filter_map(about).collect();
        assert!(!kinds.contains(&DeadlineKind::Acknowledge), "{kinds:?}");
        assert_eq!(relay.tick().await.unwrap().claimed, 0, "it is settled");
    });
}

#[test]
fn who_is_not_in_charge_any_more_is_not_told_that_they_are() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        for owner in ["bob", "eva"] {
            let owner = Some(StaffId::new(owner).unwrap());
            tell(&room, case, Assign { owner, team: None }).await;
        }
        let (relay, post) = posted(&room);
        assert_eq!(relay.tick().await.unwrap().void, 1);
        let told: Vec<_> = post.letters().iter().map(|letter| letter.notice.to.clone()).collect();
        assert_eq!(told, [Recipient::Staff(StaffId::new("eva").unwrap())]);
        assert_eq!(post.kinds(), [NoticeKind::Assigned]);
    });
}

/// A mailer that is not `Clone`, and another way, chosen when the program runs.
#[test]
fn a_function_with_a_mailer_and_a_boxed_or_shared_way_deliver() {
    struct Mailer(Mutex<Vec<String>>);

    impl Mailer {
        async fn send(&self, id: &str) {
            self.0.lock().unwrap().push(id.to_owned());
        }
    }

    fn chosen(refuses: bool, mailer: Arc<Mailer>) -> Box<dyn Deliver> {
        if refuses {
            return Box::new(deliver_fn((), async |_, _| Err(Undelivered::never("closed"))));
        }
        Box::new(deliver_fn(mailer, async |mailer: Arc<Mailer>, letter: Letter| {
            mailer.send(&letter.id()).await;
            Ok(Receipt::Sent)
        }))
    }

    block_on(async {
        let room = Room::new();
        answered(&room, 2).await;
        let mailer = Arc::new(Mailer(Mutex::default()));
        let boxed = NoticeRelay::of(&room.desk, chosen(false, mailer.clone()));
        assert_eq!(boxed.with_budget(1).tick().await.unwrap().sent, 1);
        let shared: Arc<dyn Deliver> = Arc::from(chosen(true, mailer.clone()));
        let relayed = NoticeRelay::of(&room.desk, shared).with_budget(1).tick().await.unwrap();
        assert_eq!(relayed.dead[0].why.as_str(), "closed");
        assert_eq!(mailer.0.lock().unwrap().len(), 1);
    });
}

#[test]
fn dead_letters_are_listed_sent_again_and_dismissed() {
    block_on(async {
        let room = Room::new();
        let cases = answered(&room, 3).await;
        let (relay, post) = posted(&room);
        post.refuse(super::relay::customer(), || Undelivered::never("no-such-mailbox"));
        relay.tick().await.unwrap();
        assert_eq!(relay.health().dead_letters, 3);
        let first = room.desk.dead_letters(None, 2).await.unwrap();
        let last = room.desk.dead_letters(first.last().map(|dead| dead.id), 2).await.unwrap();
        let dead: Vec<_> = first.iter().chain(&last).collect();
        let listed: Vec<_> = dead.iter().map(|dead| (dead.id.case, dead.reason.as_str())).collect();
        let mut expected: Vec<_> = cases.iter().map(|case| (*case, "no-such-mailbox")).collect();
        expected.sort();
        assert_eq!(listed, expected);
        let other = room.desk.of_tenant(talkback::TenantId::new("other").unwrap());
        assert_eq!(other.dead_letters(None, 10).await.unwrap().len(), 0);

        room.desk.dismiss(dead[0]).await.unwrap();
        room.desk.send_again(dead[1]).await.unwrap();
        assert!(room.desk.send_again(dead[1]).await.is_err(), "once is enough");
        post.accept(&super::relay::customer());
        assert_eq!(relay.tick().await.unwrap().sent, 1);
        let sent = post.letters().pop().unwrap();
        assert_eq!((sent.notice.id, sent.attempt), (dead[1].id, 1));
        let left = room.desk.dead_letters(None, 10).await.unwrap();
        assert_eq!(left.iter().map(|dead| dead.id).collect::<Vec<_>>(), [dead[2].id]);
        room.desk.erase_case(dead[2].id.case).await.unwrap();
        assert_eq!(room.desk.dead_letters(None, 10).await.unwrap().len(), 0);
    });
}
