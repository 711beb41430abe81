//! The one room that reads the time or randomness. Everything else takes them as arguments.

use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};

/// Where the time and the randomness of new ids come from.
///
/// `now` may stand still or step back (a corrected system clock does): within a case time never
/// does, because an event is recorded no earlier than the one before it.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The current instant.
    fn now(&self) -> DateTime<Utc>;

    /// How much time has passed since a fixed instant of this process, by a clock that nobody sets: it runs
    /// evenly and never steps. With it the worker and the relay notice that `now` jumped, and do not act on
    /// a jump ahead. `None` if there is no such clock; then jumps ahead are believed.
    fn monotonic(&self) -> Option<TimeDelta>;

    /// 128 fresh bits for an id. They need not be secret, but two calls must not agree.
    fn entropy(&self) -> u128;
}

/// The machine's clock and its random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    /// Counts from the first call in this process. On most systems it stands still while the machine sleeps.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's steady clock")]
    fn monotonic(&self) -> Option<TimeDelta> {
        static FIRST: OnceLock<Instant> = OnceLock::new();
        TimeDelta::from_std(FIRST.get_or_init(Instant::now).elapsed()).ok()
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's randomness")]
    fn entropy(&self) -> u128 {
        uuid::Uuid::new_v4().as_u128()
    }
}

/// A clock that moves only when it is told to, and whose ids are the same in every run: for tests,
/// examples and playing recorded feedback.
///
/// ```
/// use chrono::TimeDelta;
/// use talkback::{Clock, ManualClock};
///
/// let clock = ManualClock::at("2026-11-23T09:00:00Z".parse()?);
/// clock.advance(TimeDelta::hours(3));
/// assert_eq!(clock.now().to_rfc3339(), "2026-11-23T12:00:00+00:00");
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug)]
pub struct ManualClock {
    state: Mutex<ManualState>,
}

#[derive(Debug)]
struct ManualState {
    now: DateTime<Utc>,
    passed: TimeDelta,
    drawn: u64,
}

impl ManualClock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        Self { state: Mutex::new(ManualState { now, passed: TimeDelta::zero(), drawn: 0 }) }
    }

    /// Moves the clock to `now`, which may lie in its past. Forwards, the time between has passed.
    pub fn set(&self, now: DateTime<Utc>) {
        self.with(|state| state.pass(now - state.now));
    }

    /// Moves the clock by `delta` and returns the new time. It stops at the last representable instant.
    pub fn advance(&self, delta: TimeDelta) -> DateTime<Utc> {
        self.with(|state| {
            state.pass(delta);
            state.now
        })
    }

    /// Puts the clock wrong by `delta`, or right again, while no time passes: what happens when a machine's
    /// clock is set. Its [monotonic](Clock::monotonic) time stands still.
    pub fn jump(&self, delta: TimeDelta) -> DateTime<Utc> {
        self.with(|state| {
            state.step(delta);
            state.now
        })
    }

    fn with<T>(&self, change: impl FnOnce(&mut ManualState) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ManualState {
    fn pass(&mut self, delta: TimeDelta) {
        self.step(delta);
        self.passed = self.passed.checked_add(&delta.max(TimeDelta::zero())).unwrap_or(self.passed);
    }

    fn step(&mut self, delta: TimeDelta) {
        self.now = self.now.checked_add_signed(delta).unwrap_or(self.now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        self.with(|state| state.now)
    }

    fn monotonic(&self) -> Option<TimeDelta> {
        self.with(|state| Some(state.passed))
    }

    fn entropy(&self) -> u128 {
        // A bijection of the counter (splitmix64's finaliser) on the high half, so that no two draws
        // agree in the 80 bits that an id takes.
        self.with(|state| {
            state.drawn = state.drawn.wrapping_add(1);
            let mut mixed = state.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (u128::from(mixed ^ (mixed >> 31)) << 64) | u128::from(state.drawn)
        })
    }
}
