//! How a worker or a relay is doing, for whoever watches over it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Error;
use crate::id::Destination;
use crate::trace;

/// How a [`DeadlineWorker`](crate::DeadlineWorker) or a [`NoticeRelay`](crate::NoticeRelay) is doing, with
/// all its clones, in this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// When it last looked for work and succeeded, by its clock. If that is long ago, it is stuck or stopped.
    pub last_success: Option<DateTime<Utc>>,
    /// How long the oldest item of the last look had been due that was on its first try. If that rises, it
    /// does not keep up. What waited for the end of quiet hours counts from before them.
    pub lag: TimeDelta,
    /// Items of the last look that could not be done, and are tried again later.
    pub failed: usize,
    /// Cases of the last look that are [set aside](crate::backend::Backend#quarantine): tried hourly, and to be
    /// found with [`CaseQuery::quarantined`](crate::backend::CaseQuery::quarantined).
    pub quarantined: usize,
    /// How many tries to deliver or to record a delivery failed and are repeated, since the relay was made. Of a
    /// worker always 0, as are the next two.
    pub retries: u64,
    /// How many letters were given up since the relay was made.
    pub dead_letters: u64,
    /// The destinations for which letters waited and nothing delivers, each with when that was last seen.
    pub missing_destinations: BTreeMap<Destination, DateTime<Utc>>,
    /// How many looks have failed since the last success.
    pub failures: u32,
    /// Why the last of them did.
    pub last_error: Option<String>,
    /// The last time that the clock stepped: what it showed contradicted the
    /// [monotonic clock](crate::Clock::monotonic) by more than a second.
    pub clock_step: Option<ClockStep>,
}

/// A clock that stepped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClockStep {
    /// What it showed afterwards.
    pub at: DateTime<Utc>,
    /// How far it stepped; negative for back.
    pub by: TimeDelta,
    /// True if the worker or relay goes by the new time. A step back is followed at once. A step ahead is
    /// followed once it has stood for as long as it is far, at most an hour; until then the monotonic clock
    /// counts.
    pub followed: bool,
}

/// What one look found.
pub(crate) struct Look {
    pub(crate) at: DateTime<Utc>,
    pub(crate) lag: TimeDelta,
    pub(crate) failed: usize,
    pub(crate) quarantined: usize,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Health>>);

impl Watch {
    pub(crate) fn health(&self) -> Health {
        self.lock().clone()
    }

    /// The clock stepped.
    pub(crate) fn clock_stepped(&self, step: ClockStep) {
        trace::clock_stepped(&step);
        self.lock().clock_step = Some(step);
    }

    pub(crate) fn succeeded(&self, look: &Look) {
        let mut health = self.lock();
        health.last_success = Some(look.at);
        (health.lag, health.failed, health.quarantined) = (look.lag, look.failed, look.quarantined);
        (health.failures, health.last_error) = (0, None);
    }

    /// So many tries are to be repeated, and so many letters were given up.
    pub(crate) fn relayed(&self, retries: usize, dead: usize) {
        let mut health = self.lock();
        health.retries = health.retries.saturating_add(retries as u64);
        health.dead_letters = health.dead_letters.saturating_add(dead as u64);
    }

    /// A letter waits for something that delivers there.
    pub(crate) fn misses(&self, destination: Destination, now: DateTime<Utc>) {
        self.lock().missing_destinations.insert(destination, now);
    }

    pub(crate) fn failed(&self, error: &Error) {
        let mut health = self.lock();
        health.failures = health.failures.saturating_add(1);
        health.last_error = Some(error.to_string());
    }

    fn lock(&self) -> MutexGuard<'_, Health> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
