//! A clock that is not fooled when the machine's clock is set: what the worker and the relay go by.
//!
//! [`Duty::new`](crate::duty::Duty::new) puts it in front of the application's clock, so that everything that
//! a worker or a relay does, its claims, its ticks and its settlements, goes by this one time. Neither asks
//! about jumps itself.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Clock;
use crate::health::{ClockStep, Watch};

/// Clocks that differ by no more than this are right: it is more than a clock drifts between two looks.
const TOLERANCE: TimeDelta = TimeDelta::seconds(1);
/// A jump ahead is believed after this time at the latest.
const BELIEVED_AFTER: TimeDelta = TimeDelta::hours(1);

/// Shows the time of another clock, but runs no faster than the monotonic one.
///
/// - A jump **back** is followed at once: looking earlier than it is never makes anything due.
/// - A jump **ahead** is not followed at first: the time goes on as the monotonic clock counts it. It is
///   believed once it has stood for as long as it is far, at most an hour. So a clock that is set to a wrong
///   year and back changes nothing, and a machine that slept catches up by itself.
///
/// Both are reported to the [`Watch`]. Without a monotonic clock every time is believed, and only jumps back
/// are seen.
#[derive(Debug)]
pub(crate) struct SteadyClock {
    inner: Arc<dyn Clock>,
    watch: Watch,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// What was last believed.
    believed: Reading,
    /// A jump ahead of what was believed, which is not acted on yet.
    doubted: Option<Jump>,
}

/// Both clocks at one moment.
#[derive(Debug, Clone, Copy)]
struct Reading {
    wall: DateTime<Utc>,
    monotonic: Option<TimeDelta>,
}

#[derive(Debug, Clone, Copy)]
struct Jump {
    by: TimeDelta,
    /// The monotonic time at which it was first seen.
    seen: TimeDelta,
}

impl SteadyClock {
    pub(crate) fn new(inner: Arc<dyn Clock>, watch: Watch) -> Self {
        let state = State { believed: Reading::of(inner.as_ref()), doubted: None };
        Self { inner, watch, state: Mutex::new(state) }
    }
}

impl Clock for SteadyClock {
    fn now(&self) -> DateTime<Utc> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (now, step) = state.read(Reading::of(self.inner.as_ref()));
        if let Some(step) = step {
            self.watch.clock_stepped(step);
        }
        now
    }

    fn monotonic(&self) -> Option<TimeDelta> {
        self.inner.monotonic()
    }

    fn entropy(&self) -> u128 {
        self.inner.entropy()
    }
}

impl Reading {
    fn of(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), monotonic: clock.monotonic() }
    }

    /// What the clock should show at `monotonic` if it ran on evenly since this reading.
    fn expected_at(self, monotonic: TimeDelta) -> Option<DateTime<Utc>> {
        self.wall.checked_add_signed(monotonic - self.monotonic?)
    }
}

impl State {
    /// The time to go by, and the step to report, if there is one.
    fn read(&mut self, reading: Reading) -> (DateTime<Utc>, Option<ClockStep>) {
        let monotonic = reading.monotonic.unwrap_or_default();
        let Some(expected) = self.believed.expected_at(monotonic) else {
            // Nothing to compare with: only a step back can be seen.
            let by = (reading.wall - self.believed.wall).min(TimeDelta::zero());
            return self.believe(reading, by);
        };
        let by = reading.wall - expected;
        if by <= TOLERANCE {
            let doubted = self.doubted.map_or_else(TimeDelta::zero, |jump| jump.by);
            let stepped = by - doubted;
            return self.believe(reading, if stepped < -TOLERANCE { stepped } else { TimeDelta::zero() });
        }
        match self.doubted.filter(|jump| (by - jump.by).abs() <= TOLERANCE) {
            None => {
                let before = self.doubted.replace(Jump { by, seen: monotonic });
                let by = by - before.map_or_else(TimeDelta::zero, |jump| jump.by);
                (expected, Some(ClockStep { at: reading.wall, by, followed: false }))
            }
            Some(jump) if monotonic - jump.seen >= jump.by.min(BELIEVED_AFTER) => {
                self.believe(reading, jump.by)
            }
            Some(_) => (expected, None),
        }
    }

    fn believe(&mut self, reading: Reading, by: TimeDelta) -> (DateTime<Utc>, Option<ClockStep>) {
        *self = Self { believed: reading, doubted: None };
        let step = ClockStep { at: reading.wall, by, followed: true };
        (reading.wall, Some(step).filter(|step| !step.by.is_zero()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    const YEARS: TimeDelta = TimeDelta::days(3_650);
    const MINUTE: TimeDelta = TimeDelta::minutes(1);

    fn clocks() -> (Arc<ManualClock>, SteadyClock, Watch) {
        let (clock, watch) = (Arc::new(ManualClock::at(DateTime::UNIX_EPOCH)), Watch::default());
        let steady = SteadyClock::new(clock.clone(), watch.clone());
        (clock, steady, watch)
    }

    fn shown(steady: &SteadyClock) -> TimeDelta {
        steady.now() - DateTime::UNIX_EPOCH
    }

    #[test]
    fn it_shows_the_time_of_a_clock_that_runs_evenly() {
        let (clock, steady, watch) = clocks();
        for days in [0, 1, 400] {
            clock.advance(TimeDelta::days(days));
            assert_eq!(steady.now(), clock.now());
        }
        assert_eq!(watch.health().clock_step, None);
    }

    #[test]
    fn a_jump_ahead_and_back_is_reported_and_changes_nothing() {
        let (clock, steady, watch) = clocks();
        clock.jump(YEARS);
        for minutes in 1..=59 {
            clock.advance(MINUTE);
            assert_eq!(shown(&steady), MINUTE * minutes);
        }
        let step = watch.health().clock_step.unwrap();
        assert_eq!((step.by, step.followed), (YEARS, false));
        clock.jump(-YEARS);
        assert_eq!(shown(&steady), MINUTE * 59);
        let step = watch.health().clock_step.unwrap();
        assert_eq!((step.at, step.by, step.followed), (clock.now(), -YEARS, true));
    }

    #[test]
    fn a_jump_ahead_that_stands_is_believed() {
        for (far, after) in [(YEARS, 61), (TimeDelta::minutes(10), 11)] {
            let (clock, steady, watch) = clocks();
            clock.jump(far);
            let believed = (1..=100).find(|_| {
                clock.advance(MINUTE);
                steady.now() == clock.now()
            });
            assert_eq!(believed, Some(after), "{far}");
            assert!(watch.health().clock_step.unwrap().followed);
        }
    }

    #[test]
    fn a_clock_that_jumps_again_is_doubted_anew() {
        let (clock, steady, _) = clocks();
        clock.jump(YEARS);
        shown(&steady);
        clock.advance(TimeDelta::minutes(59));
        clock.jump(YEARS);
        assert_eq!(shown(&steady), MINUTE * 59);
        clock.advance(TimeDelta::minutes(59));
        assert_eq!(shown(&steady), MINUTE * 118);
    }

    #[test]
    fn a_jump_back_is_followed_at_once_and_reported() {
        let (clock, steady, watch) = clocks();
        clock.jump(-YEARS);
        assert_eq!(shown(&steady), -YEARS);
        let step = watch.health().clock_step.unwrap();
        assert_eq!((step.by, step.followed), (-YEARS, true));
    }

    #[test]
    fn small_corrections_are_followed_and_not_reported() {
        let (clock, steady, watch) = clocks();
        for _ in 0..10 {
            clock.jump(TOLERANCE);
            assert_eq!(steady.now(), clock.now());
        }
        assert_eq!(watch.health().clock_step, None);
    }

    /// A clock without a monotonic one beside it.
    #[derive(Debug)]
    struct WallOnly(Arc<ManualClock>);

    impl Clock for WallOnly {
        fn now(&self) -> DateTime<Utc> {
            self.0.now()
        }

        fn monotonic(&self) -> Option<TimeDelta> {
            None
        }

        fn entropy(&self) -> u128 {
            0
        }
    }

    #[test]
    fn without_a_monotonic_clock_every_time_is_believed_and_steps_back_are_reported() {
        let (clock, _, watch) = clocks();
        let steady = SteadyClock::new(Arc::new(WallOnly(clock.clone())), watch.clone());
        clock.jump(YEARS);
        assert_eq!((steady.now(), watch.health().clock_step), (clock.now(), None));
        clock.jump(-MINUTE);
        assert_eq!(steady.now(), clock.now());
        assert_eq!(watch.health().clock_step.unwrap().by, -MINUTE);
    }
}
