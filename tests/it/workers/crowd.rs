//! Eight workers, of whom one or another is killed or stands still at any moment.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use chrono::TimeDelta;
use pollster::block_on;
use talkback::{DeadlineKind, DeadlineWorker, Error, ManualClock, Ticked};

use super::{Dice, after_four_hours, complain, desk, missed, monday};
use crate::backend::hesitant::Hesitant;

const WORKERS: usize = 8;
const DUE: usize = 100_000;

type Ticking<'a> = Pin<Box<dyn Future<Output = Result<Ticked, Error>> + 'a>>;

#[test]
fn every_deadline_has_one_effect_whoever_is_killed() {
    let clock = Arc::new(ManualClock::at(monday()));
    // Each call takes two polls, so that a worker can be stopped before and after it.
    let desk = desk(Arc::new(Hesitant::new(1, 1)), clock.clone());
    for _ in 0..DUE {
        complain(&desk, monday());
    }
    clock.set(after_four_hours());
    let workers: Vec<_> = (0..WORKERS).map(|_| DeadlineWorker::of(&desk)).collect();
    let mut dice = Dice(17);
    let (mut kills, mut pauses) = (0, 0);
    let mut ticking: Vec<Option<Ticking<'_>>> = workers.iter().map(|_| None).collect();
    let mut idle = 0;
    while idle < 3 * WORKERS {
        let n = usize::try_from(dice.below(WORKERS as u64)).unwrap();
        match dice.below(400) {
            // Killed: what it had claimed stays claimed, what it had sent off may arrive or not.
            0 if ticking[n].take().is_some() => kills += 1,
            // Everybody stands still until all leases are over, and goes on as if nothing had been.
            1 => {
                clock.advance(TimeDelta::minutes(2));
                pauses += 1;
            }
            _ => {}
        }
        let tick = ticking[n].get_or_insert_with(|| Box::pin(workers[n].tick()));
        if let Poll::Ready(ticked) = tick.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            ticking[n] = None;
            idle = if ticked.unwrap().claimed == 0 { idle + 1 } else { 0 };
        }
    }
    drop(ticking);
    // What the last of those that were killed had claimed.
    clock.advance(TimeDelta::minutes(2));
    block_on(workers[0].tick()).unwrap();

    let missed = missed(&desk);
    assert!(kills > 50 && pauses > 50, "{kills} kills, {pauses} pauses");
    assert_eq!(missed.len(), DUE);
    assert!(missed.values().all(|times| times.len() == 1), "one was recorded twice");
    assert!(missed.keys().all(|(_, deadline)| deadline.kind == DeadlineKind::Acknowledge));
    println!("deadlines={DUE} effects={} workers={WORKERS} kills={kills} pauses={pauses}", missed.len());
}
