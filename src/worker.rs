//! The worker that makes deadlines fire: it finds what is due and ticks it.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::backend::{Backend, BackendError, Claim, Lane, LeasedWake, RecordId, Settlement, WakeEnd};
use crate::clock::Clock;
use crate::desk::{Desk, Room};
use crate::error::Error;
use crate::id::TenantId;
use crate::policy::PolicyBook;
use crate::workflow::Fact;

/// How many records are claimed at once.
const BATCH: usize = 100;
/// How many tenants are looked at in one round.
const TENANTS: usize = 100;

/// Ticks the cases whose time has come, of every tenant.
///
/// It has no thread and no timer: the application calls [`DeadlineWorker::tick`] from whatever it has for
/// that, every minute or so. A verdict never depends on how often; only how soon somebody hears of it
/// does.
///
/// It keeps no state: any number of workers may run, on any number of machines, and may be stopped at
/// any moment. What counts is the version check of each commit; the leases only keep workers from
/// doing the same work twice.
#[derive(Debug, Clone)]
pub struct DeadlineWorker {
    room: Room,
    lease: TimeDelta,
    budget: usize,
}

/// What one call of [`DeadlineWorker::tick`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ticked {
    /// Cases that were due and taken.
    pub claimed: usize,
    /// Cases to which time brought something.
    pub changed: usize,
    /// Events that it brought.
    pub events: usize,
    /// Deadlines that were missed.
    pub breached: usize,
    /// Cases that could not be ticked now, and will be tried again.
    pub failed: usize,
    /// The budget was used up: more may be due.
    pub more: bool,
}

impl DeadlineWorker {
    /// A worker for every tenant of a backend.
    #[must_use]
    pub fn new(backend: Arc<dyn Backend>, policies: PolicyBook, clock: Arc<dyn Clock>) -> Self {
        Self::in_room(Room { backend, policies: Arc::new(policies), clock })
    }

    /// A worker for every tenant of the backend that this desk stands in.
    #[must_use]
    pub fn of(desk: &Desk) -> Self {
        Self::in_room(desk.room().clone())
    }

    const fn in_room(room: Room) -> Self {
        Self { room, lease: TimeDelta::minutes(1), budget: 10_000 }
    }

    /// How long a claimed case is kept from other workers; a minute unless told. It has to be longer than
    /// nothing: with any other lease every [`tick`](Self::tick) fails as soon as something is due.
    #[must_use]
    pub const fn with_lease(mut self, lease: TimeDelta) -> Self {
        self.lease = lease;
        self
    }

    /// How many cases one call of [`DeadlineWorker::tick`] takes at most; 10,000 unless told.
    #[must_use]
    pub const fn with_budget(mut self, cases: usize) -> Self {
        self.budget = cases;
        self
    }

    /// Ticks everything that is due now, tenant by tenant, until nothing is due or the budget is used
    /// up. A case that cannot be ticked is left for later and holds nobody up.
    ///
    /// # Errors
    /// [`Error::Backend`] when due work cannot be found. What was ticked before stays done.
    pub async fn tick(&self) -> Result<Ticked, Error> {
        let mut done = Ticked::default();
        loop {
            let before = done.claimed;
            let now = self.room.clock.now();
            let tenants =
                self.room.backend.claim(Claim::tenants(Lane::Wakes, now, TENANTS)).await?.into_tenants();
            for tenant in tenants {
                self.tick_tenant(tenant, &mut done).await?;
                if done.claimed >= self.budget {
                    done.more = true;
                    return Ok(done);
                }
            }
            if done.claimed == before {
                return Ok(done);
            }
        }
    }

    async fn tick_tenant(&self, tenant: TenantId, done: &mut Ticked) -> Result<(), Error> {
        let desk = Desk::in_room(tenant.clone(), self.room.clone());
        while done.claimed < self.budget {
            let limit = BATCH.min(self.budget - done.claimed);
            let claim = Claim::work(tenant.clone(), Lane::Wakes, self.room.clock.now(), self.lease, limit);
            let wakes = self.room.backend.claim(claim).await?.into_wakes();
            let last = wakes.len() < limit;
            for wake in wakes {
                done.claimed += 1;
                self.tick_case(&desk, wake, done).await?;
            }
            if last {
                break;
            }
        }
        Ok(())
    }

    async fn tick_case(&self, desk: &Desk, wake: LeasedWake, done: &mut Ticked) -> Result<(), Error> {
        let RecordId::Case(case) = wake.key.id;
        match desk.tick(case).await {
            Ok(handled) if !handled.events.is_empty() => {
                let breached = |fact: &Fact| matches!(fact, Fact::Breached { .. });
                done.changed += 1;
                done.events += handled.events.len();
                done.breached += handled.events.iter().filter(|event| breached(&event.fact)).count();
                Ok(())
            }
            // Nothing to do after all, or not now: both are looked at again a little later, longer each
            // time, so that neither is taken over and over within one call.
            Ok(_) => self.later(wake).await,
            Err(_) => {
                done.failed += 1;
                self.later(wake).await
            }
        }
    }

    async fn later(&self, wake: LeasedWake) -> Result<(), Error> {
        let now = self.room.clock.now();
        let minutes = 1_i64 << wake.attempts.min(6);
        let at = now.checked_add_signed(TimeDelta::minutes(minutes)).unwrap_or(now);
        let settled = self
            .room
            .backend
            .settle(Settlement::wake(wake.key, wake.lease, WakeEnd::Retry { at }, now))
            .await;
        match settled {
            // Somebody committed to it or took it over: then it is in other hands.
            Ok(()) | Err(BackendError::LeaseLost) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
