//! What the deadline worker and the relay have in common: where they work, how much they take, and the turns
//! in which they serve the tenants.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::backend::{BackendError, Claim, Claimed, Lane, Settlement};
use crate::desk::{Desk, Room};
use crate::error::Error;
use crate::health::Watch;
use crate::id::TenantId;
use crate::steady::SteadyClock;
use crate::trace;

/// How many tenants are looked at in one round.
const TENANTS: usize = 100;

/// How one of them goes about its work.
#[derive(Debug, Clone)]
pub(crate) struct Duty {
    pub(crate) room: Room,
    /// How long what it took is kept from others.
    pub(crate) lease: TimeDelta,
    /// How much it takes in one call at most.
    pub(crate) budget: usize,
    /// How many items are under way at once.
    pub(crate) at_once: usize,
    /// How often the loop looks for work at least.
    #[cfg_attr(not(feature = "tokio"), expect(dead_code, reason = "only the loops wait"))]
    pub(crate) poll: TimeDelta,
    pub(crate) watch: Watch,
}

impl Duty {
    /// Works in that room by a [steady clock](SteadyClock): whatever is done under this duty goes by it.
    pub(crate) fn new(room: Room, lease: TimeDelta, poll: TimeDelta) -> Self {
        let watch = Watch::default();
        let clock = Arc::new(SteadyClock::new(room.clock, watch.clone()));
        Self { room: Room { clock, ..room }, lease, budget: 10_000, at_once: 8, poll, watch }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.room.clock.now()
    }

    /// Serves the tenants to whom something is due, `batch` items of each in a turn.
    pub(crate) fn turns(&self, lane: Lane, batch: usize) -> Turns<'_> {
        Turns { duty: self, lane, batch, tenants: Vec::new().into_iter(), taken: 0, before: None }
    }

    /// It could not be found out what is due.
    pub(crate) fn failed(&self, what: &'static str, error: &Error) {
        self.watch.failed(error);
        trace::not_found(what, error);
    }

    pub(crate) async fn settle(&self, settlement: Settlement) -> Result<(), Error> {
        match self.room.backend.settle(settlement).await {
            // Somebody committed to it or took it over, or an erasure took it away: it is in other hands.
            Ok(()) | Err(BackendError::LeaseLost) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Turns among tenants, until nothing is due to any of them or the budget is used up. One who is owed much
/// holds up nobody else.
pub(crate) struct Turns<'a> {
    duty: &'a Duty,
    lane: Lane,
    batch: usize,
    /// Those whose turn comes in this round.
    tenants: std::vec::IntoIter<TenantId>,
    taken: usize,
    /// How much had been taken when this round began; `None` before the first.
    before: Option<usize>,
}

/// A tenant's turn.
pub(crate) struct Turn {
    pub(crate) desk: Desk,
    pub(crate) now: DateTime<Utc>,
    /// What was taken for it.
    pub(crate) claimed: Claimed,
}

impl Turns<'_> {
    /// The next turn.
    pub(crate) async fn next(&mut self) -> Result<Option<Turn>, Error> {
        loop {
            if self.are_cut_short() {
                return Ok(None);
            }
            let now = self.duty.now();
            if let Some(tenant) = self.tenants.next() {
                let limit = self.batch.min(self.budget() - self.taken);
                let claim = Claim::work(tenant.clone(), self.lane, now, self.duty.lease, limit);
                let claimed = self.duty.room.backend.claim(claim).await?;
                let desk = Desk::in_room(tenant, self.duty.room.clone());
                return Ok(Some(Turn { desk, now, claimed }));
            }
            if self.before.replace(self.taken) == Some(self.taken) {
                return Ok(None);
            }
            let due = Claim::tenants(self.lane, now, TENANTS);
            self.tenants = self.duty.room.backend.claim(due).await?.into_tenants().into_iter();
        }
    }

    /// So much was taken in the last turn.
    pub(crate) const fn took(&mut self, items: usize) {
        self.taken += items;
    }

    /// How much was taken in all of them.
    pub(crate) const fn taken(&self) -> usize {
        self.taken
    }

    /// The budget is used up: more may be due.
    pub(crate) fn are_cut_short(&self) -> bool {
        self.taken >= self.budget()
    }

    /// Something is taken, however small the budget is.
    fn budget(&self) -> usize {
        self.duty.budget.max(1)
    }
}
