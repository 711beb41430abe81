//! When to tick next, and how a worker is doing.

use chrono::TimeDelta;
use pollster::block_on;
use talkback::backend::{Direction, Order, PageRequest};
use talkback::testing::{Faults, FaultyBackend};
use talkback::{DeadlineWorker, Health, MemoryBackend, TenantId};

use super::relay::posted;
use super::{Room, ann, complaint, monday};

#[test]
fn the_next_wake_up_is_known_before_it_comes() {
    block_on(async {
        let room = Room::new();
        let worker = DeadlineWorker::of(&room.desk);
        let day = TimeDelta::days(1);
        assert_eq!(worker.next_wakeup(day).await.unwrap(), None);
        let later = room.desk.of_tenant(TenantId::new("later").unwrap());
        let case = room.desk.open(ann(), complaint()).await.unwrap().case;
        room.later(TimeDelta::minutes(10));
        later.open(ann(), complaint()).await.unwrap();
        let next = case.wake_up().unwrap();
        assert_eq!(worker.next_wakeup(day).await.unwrap(), Some(next));
        let left = next - monday() - TimeDelta::minutes(10);
        assert_eq!(worker.next_wakeup(left).await.unwrap(), Some(next), "the end is included");
        assert_eq!(worker.next_wakeup(left - TimeDelta::microseconds(1)).await.unwrap(), None);
        room.clock.set(next);
        assert_eq!(worker.tick().await.unwrap().changed, 1);
        // That of the other tenant, or what the first case brings next.
        assert!(worker.next_wakeup(day).await.unwrap().is_some_and(|at| at > next));
    });
}

#[test]
fn after_a_clock_that_ran_ahead_no_case_sleeps_for_years() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let (early, late) = (room.complain().await, room.complain().await);
        let right = monday() + TimeDelta::hours(2);
        room.clock.set(monday() + TimeDelta::days(3_650));
        let wrong = DeadlineWorker::of(&room.desk);
        assert_eq!(wrong.tick().await.unwrap().changed, 2);
        // Another process, which has never seen the wrong time, finds them within the hour.
        room.clock.set(right);
        let worker = DeadlineWorker::of(&room.desk);
        worker.tick().await.unwrap();
        room.later(TimeDelta::hours(1));
        worker.tick().await.unwrap();
        for case in [early, late] {
            let case = room.desk.load(case).await.unwrap().unwrap();
            assert!(case.wake_up().unwrap() < right + TimeDelta::days(2));
        }
        // And wakes them up again in time.
        let next = worker.next_wakeup(TimeDelta::days(2)).await.unwrap().unwrap();
        room.clock.set(next);
        assert!(worker.tick().await.unwrap().changed > 0);
    });
}

#[test]
fn a_worker_that_sees_the_clock_step_back_looks_at_once() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let case = room.complain().await;
        let worker = DeadlineWorker::of(&room.desk);
        room.clock.set(monday() + TimeDelta::days(3_650));
        worker.tick().await.unwrap();
        room.clock.set(monday() + TimeDelta::hours(2));
        worker.tick().await.unwrap();
        let case = room.desk.load(case).await.unwrap().unwrap();
        assert!(case.wake_up().unwrap() < monday() + TimeDelta::days(2));
    });
}

#[test]
fn what_is_overdue_comes_first_whenever_it_next_wakes_up() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let late = room.complain().await;
        let worker = DeadlineWorker::of(&room.desk);
        room.later(TimeDelta::days(3));
        worker.tick().await.unwrap();
        let fresh = room.complain().await;
        let of = |order| {
            let query = room.desk.query().ordered(order, Direction::Ascending);
            room.desk.find(query, PageRequest::first(10))
        };
        let ids = |page: talkback::backend::Page| {
            let records = page.items.into_iter().flatten();
            records.map(|found| found.record.as_case().unwrap().id).collect::<Vec<_>>()
        };
        assert_eq!(ids(of(Order::WakeUp).await.unwrap()), [fresh, late], "a breach moves the wake-up");
        assert_eq!(ids(of(Order::Due).await.unwrap()), [late, fresh]);
        let now = talkback::Clock::now(room.clock.as_ref());
        let case = room.desk.load(late).await.unwrap().unwrap();
        let overdue: Vec<_> = case.overdue(now).iter().map(|deadline| deadline.due).collect();
        assert!(overdue.len() >= 2 && overdue.is_sorted(), "{overdue:?}");
        assert_eq!(case.owed_by(), overdue.first().copied());
        assert!(room.desk.load(fresh).await.unwrap().unwrap().overdue(now).is_empty());
    });
}

#[test]
fn what_was_taken_and_not_done_is_not_what_comes_next() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        room.backend.unreadable(Some(case));
        room.later(TimeDelta::days(1));
        let worker = DeadlineWorker::of(&room.desk);
        assert_eq!(worker.tick().await.unwrap().failed, 1);
        assert_eq!(worker.next_wakeup(TimeDelta::hours(10)).await.unwrap(), None);
    });
}

#[test]
fn a_worker_tells_how_it_is_doing() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let worker = DeadlineWorker::of(&room.desk);
        assert_eq!(worker.health(), Health::default());
        let due = room.desk.load(case).await.unwrap().unwrap().wake_up().unwrap();
        room.clock.set(due + TimeDelta::minutes(7));
        let ticked = worker.tick().await.unwrap();
        assert_eq!(ticked.lag, TimeDelta::minutes(7));
        let health = worker.clone().health();
        assert_eq!(
            (health.last_success, health.lag),
            (Some(due + TimeDelta::minutes(7)), TimeDelta::minutes(7))
        );
        // A case that cannot be ticked is tried eight times, then once an hour, and seen all the while.
        room.backend.unreadable(Some(case));
        let mut seen = Vec::new();
        for _ in 0..200 {
            room.later(TimeDelta::minutes(30));
            let ticked = worker.tick().await.unwrap();
            seen.extend((ticked.claimed > 0).then_some((ticked.failed, ticked.quarantined)));
        }
        assert_eq!(seen[..8], [(1, 0); 8]);
        assert!(seen.len() > 40 && seen[8..].iter().all(|looked| *looked == (1, 1)), "{seen:?}");
    });
}

#[test]
fn failures_are_counted_and_said() {
    block_on(async {
        let never = Faults { before: 1_000, ..Faults::NONE };
        let room = Room::over(FaultyBackend::new(MemoryBackend::new(), 1, never));
        let worker = DeadlineWorker::of(&room.desk);
        for n in 1..=3 {
            assert!(worker.tick().await.is_err());
            let health = worker.health();
            assert_eq!((health.failures, health.last_success), (n, None));
            assert!(health.last_error.is_some());
        }
        room.backend.set(Faults::NONE);
        worker.tick().await.unwrap();
        let health = worker.health();
        assert_eq!((health.failures, health.last_error), (0, None));
    });
}

#[test]
fn a_clock_that_steps_back_is_reported_and_harmless() {
    block_on(async {
        let room = Room::new();
        room.complain().await;
        room.later(TimeDelta::days(2));
        let worker = DeadlineWorker::of(&room.desk);
        let breached = worker.tick().await.unwrap().breached;
        assert!(breached > 0);
        room.clock.set(monday());
        assert_eq!(worker.tick().await.unwrap().claimed, 0);
        let step = worker.health().clock_step.unwrap();
        assert_eq!((step.at, step.by), (monday(), -TimeDelta::days(2)));
        room.later(TimeDelta::days(2));
        assert_eq!(worker.tick().await.unwrap().breached, 0, "once is once");
    });
}

/// A clock that is set ten years ahead and back again breaches nothing.
#[test]
fn a_jump_that_the_monotonic_clock_contradicts_is_reported_and_not_acted_on() {
    block_on(async {
        let room = Room::new();
        let case = room.complain().await;
        let (worker, (relay, post)) = (DeadlineWorker::of(&room.desk), posted(&room));
        let years = TimeDelta::days(3_650);
        room.clock.jump(years);
        room.later(TimeDelta::minutes(10));
        assert_eq!(worker.tick().await.unwrap().claimed, 0);
        relay.tick().await.unwrap();
        for health in [worker.health(), relay.health()] {
            let step = health.clock_step.unwrap();
            assert_eq!((step.by, step.followed), (years, false));
            assert_eq!(health.last_success, Some(monday() + TimeDelta::minutes(10)));
        }
        room.clock.jump(-years);
        assert_eq!(worker.tick().await.unwrap().claimed, 0);
        assert_eq!(room.events(case).await.len(), 1);
        assert_eq!(post.letters().len(), 0);
    });
}

/// As after a machine was asleep: its monotonic clock stood still.
#[test]
fn a_jump_that_stands_for_an_hour_is_acted_on() {
    block_on(async {
        let room = Room::new();
        room.complain().await;
        let worker = DeadlineWorker::of(&room.desk);
        room.clock.jump(TimeDelta::days(2));
        assert_eq!(worker.tick().await.unwrap().claimed, 0);
        room.later(TimeDelta::hours(1));
        assert!(worker.tick().await.unwrap().breached > 0);
        assert!(worker.health().clock_step.unwrap().followed);
    });
}
