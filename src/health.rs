//! How a worker or a relay is doing, for whoever watches over it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Error;
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
    /// How many looks have failed since the last success.
    pub failures: u32,
    /// Why the last of them did.
    pub last_error: Option<String>,
    /// The last time that the clock did not run on as it should. It changes no verdict, because what counts is
    /// the time in the events; only how soon somebody hears of it.
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
}

/// What one look found.
pub(crate) struct Look {
    pub(crate) at: DateTime<Utc>,
    pub(crate) lag: TimeDelta,
    pub(crate) failed: usize,
    pub(crate) quarantined: usize,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Watch(Arc<Mutex<Watched>>);

#[derive(Debug, Default)]
struct Watched {
    health: Health,
    last: Option<DateTime<Utc>>,
}

impl Watch {
    pub(crate) fn health(&self) -> Health {
        self.lock().health.clone()
    }

    /// The clock shows this now. Without another clock to compare with, only steps back can be seen.
    pub(crate) fn looks_at(&self, now: DateTime<Utc>) {
        let mut watched = self.lock();
        let last = watched.last.replace(now);
        if let Some(last) = last.filter(|last| now < *last) {
            let by = now - last;
            trace::clock_stepped(by);
            watched.health.clock_step = Some(ClockStep { at: now, by });
        }
    }

    /// The clock stepped so far while a steady one did not.
    #[cfg(feature = "tokio")]
    pub(crate) fn stepped(&self, at: DateTime<Utc>, by: TimeDelta) {
        trace::clock_stepped(by);
        self.lock().health.clock_step = Some(ClockStep { at, by });
    }

    pub(crate) fn succeeded(&self, look: &Look) {
        let health = &mut self.lock().health;
        health.last_success = Some(look.at);
        (health.lag, health.failed, health.quarantined) = (look.lag, look.failed, look.quarantined);
        (health.failures, health.last_error) = (0, None);
    }

    pub(crate) fn failed(&self, error: &Error) {
        let health = &mut self.lock().health;
        health.failures = health.failures.saturating_add(1);
        health.last_error = Some(error.to_string());
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
