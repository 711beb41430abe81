//! Nobody ticks for a week. Afterwards everything is recorded as if somebody always had, in bounded pieces,
//! and who has something new does not wait behind the backlog.

use std::sync::Arc;

use chrono::TimeDelta;
use pollster::block_on;
use talkback::backend::{Claim, Lane};
use talkback::{Backend, DeadlineWorker, Desk, ManualClock, MemoryBackend, TenantId};

use super::{Dice, Missed, complain, desk, missed, monday};

const CASES: usize = 2_000;
const WEEK: TimeDelta = TimeDelta::weeks(1);

struct World {
    desk: Desk,
    clock: Arc<ManualClock>,
    backend: Arc<MemoryBackend>,
}

/// Complaints that come in during a week, and are ticked every so often.
fn lived(ticked_every: Option<TimeDelta>) -> World {
    let (backend, clock) = (Arc::new(MemoryBackend::new()), Arc::new(ManualClock::at(monday())));
    let desk = desk(backend.clone(), clock.clone());
    let worker = DeadlineWorker::of(&desk);
    let mut dice = Dice(3);
    let mut times: Vec<_> =
        (0..CASES).map(|_| TimeDelta::seconds(dice.below(604_800).cast_signed())).collect();
    times.sort_unstable();
    let mut next = monday();
    for at in times {
        if let Some(every) = ticked_every {
            while next < monday() + at {
                clock.set(next);
                block_on(worker.tick()).unwrap();
                next += every;
            }
        }
        clock.set(monday() + at);
        complain(&desk, monday() + at);
    }
    clock.set(monday() + WEEK + TimeDelta::days(1));
    World { desk, clock, backend }
}

/// Case by case, because ids are minted in the same order in both worlds.
fn dues(missed: Missed) -> Vec<(talkback::DeadlineKind, Vec<chrono::DateTime<chrono::Utc>>)> {
    missed.into_iter().map(|((_, deadline), times)| (deadline.kind, times)).collect()
}

#[test]
fn a_week_without_workers_loses_no_breach_and_moves_none() {
    let (watched, left_alone) = (lived(Some(TimeDelta::hours(1))), lived(None));
    block_on(DeadlineWorker::of(&watched.desk).tick()).unwrap();
    let worker = DeadlineWorker::of(&left_alone.desk).with_budget(100);
    let mut ticks = 0;
    loop {
        let ticked = block_on(worker.tick()).unwrap();
        assert!(ticked.claimed <= 100, "{ticked:?}");
        ticks += 1;
        if !ticked.more {
            break;
        }
    }
    // A case is claimed once, whatever it missed.
    assert!(ticks <= CASES / 100 + 1, "{ticks} ticks");
    let (expected, found) = (dues(missed(&watched.desk)), dues(missed(&left_alone.desk)));
    assert!(found.len() > CASES, "{}", found.len());
    assert_eq!(found, expected);
    let left = Claim::tenants(Lane::Wakes, left_alone.clock_now(), 10);
    assert!(block_on(left_alone.backend.claim(left)).unwrap().is_empty());
}

#[test]
fn who_has_something_new_does_not_wait_behind_a_backlog() {
    let world = lived(None);
    let small = world.desk.of_tenant(TenantId::new("small").unwrap());
    let now = world.clock_now();
    complain(&small, now);
    world.clock.set(now + TimeDelta::hours(5));
    let worker = DeadlineWorker::of(&world.desk).with_budget(200);
    let ticked = block_on(worker.tick()).unwrap();
    assert!(ticked.more && ticked.claimed <= 200, "{ticked:?}");
    assert_eq!(missed(&small).len(), 1);
}

impl World {
    fn clock_now(&self) -> chrono::DateTime<chrono::Utc> {
        talkback::Clock::now(self.clock.as_ref())
    }
}
