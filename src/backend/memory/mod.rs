//! Everything in memory: as strict as a database, and gone with the process.

mod orders;
mod queue;
mod slot;
mod tenant;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use self::tenant::Tenant;
use super::{
    Backend, BackendError, Claim, Claimed, Commit, Committed, Erased, Erasure, EventPage, EventQuery, Find,
    Lane, Load, Loaded, Page, Scope, Settlement, TextQuery,
};
use crate::id::TenantId;
use crate::text::Text;

/// A backend that keeps everything in memory: for tests, examples and short-lived work.
///
/// It keeps every promise of [`Backend`] but that of outliving the process. Sharing one among desks
/// and workers means sharing an `Arc` of it. What a claim or a page of an unfiltered list costs does
/// not grow with the number of records; a filter is answered by walking the list in its order, and an
/// erasure by looking at all texts of the tenant.
#[derive(Default)]
pub struct MemoryBackend {
    state: Mutex<State>,
}

impl MemoryBackend {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // Nothing in here panics between two changes that belong together, so a poisoned lock guards a
    // state that is whole.
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Shows how much it holds, and nothing of what it holds.
impl fmt::Debug for MemoryBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tenants, records) = self.with(|state| {
            let records = state.tenants.values().map(|tenant| tenant.slots.len()).sum::<usize>();
            (state.tenants.len(), records)
        });
        f.debug_struct("MemoryBackend").field("tenants", &tenants).field("records", &records).finish()
    }
}

#[async_trait]
impl Backend for MemoryBackend {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        Ok(self.with(|state| match state.tenants.get(&request.key.tenant) {
            Some(tenant) => tenant.load(&request),
            None => Loaded { record: None, outcome: None },
        }))
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        request.check()?;
        self.with(|state| {
            let Some(tenant) = state.tenants.get_mut(&request.tenant) else {
                let (id, mut tenant) = (request.tenant.clone(), Tenant::default());
                let committed = tenant.commit(request)?;
                state.heads.update(&id, &mut tenant);
                state.tenants.insert(id, tenant);
                return Ok(committed);
            };
            let id = request.tenant.clone();
            let committed = tenant.commit(request);
            state.heads.update(&id, tenant);
            committed
        })
    }

    async fn find(&self, request: Find) -> Result<Page, BackendError> {
        let after = request.after()?;
        Ok(self.with(|state| match state.tenants.get_mut(&request.query.tenant) {
            Some(tenant) => tenant.find(&request, after),
            None => Page { items: Vec::new(), next: None },
        }))
    }

    async fn events(&self, request: EventQuery) -> Result<EventPage, BackendError> {
        request.check()?;
        Ok(self.with(|state| match state.tenants.get(&request.tenant) {
            Some(tenant) => tenant.events(&request),
            None => EventPage { items: Vec::new() },
        }))
    }

    async fn texts(&self, request: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        request.check()?;
        Ok(self.with(|state| {
            let tenant = state.tenants.get(&request.tenant);
            request.ids.iter().map(|id| tenant.and_then(|tenant| tenant.text(*id))).collect()
        }))
    }

    async fn erase(&self, request: Erasure) -> Result<Erased, BackendError> {
        Ok(self.with(|state| {
            let Some(tenant) = state.tenants.get_mut(&request.tenant) else {
                return Erased::default();
            };
            let erased = tenant.erase(&request.scope);
            state.heads.update(&request.tenant, tenant);
            erased
        }))
    }

    async fn claim(&self, request: Claim) -> Result<Claimed, BackendError> {
        request.check()?;
        Ok(self.with(|state| match &request.scope {
            Scope::Every => {
                let State { tenants, heads } = state;
                for (id, tenant) in tenants {
                    if tenant.recall(&request) {
                        heads.update(id, tenant);
                    }
                }
                Claimed::Tenants(heads.due(&request))
            }
            Scope::DeadLetters { tenant: id, after } => {
                let tenant = state.tenants.get(id).filter(|_| request.lane == Lane::Notices);
                let dead = tenant.map(|tenant| tenant.dead_letters(id, *after, request.limit));
                Claimed::DeadLetters(dead.unwrap_or_default())
            }
            Scope::One(id) => {
                let Some(tenant) = state.tenants.get_mut(id) else {
                    return match request.lane {
                        Lane::Wakes => Claimed::Wakes(Vec::new()),
                        Lane::Notices => Claimed::Notices(Vec::new()),
                    };
                };
                tenant.recall(&request);
                let claimed = match request.lane {
                    Lane::Wakes => Claimed::Wakes(tenant.claim_wakes(id, &request)),
                    Lane::Notices => Claimed::Notices(tenant.claim_notices(id, &request)),
                };
                state.heads.update(id, tenant);
                claimed
            }
        }))
    }

    async fn settle(&self, request: Settlement) -> Result<(), BackendError> {
        self.with(|state| {
            let tenant = state.tenants.get_mut(&request.tenant).ok_or(BackendError::LeaseLost)?;
            let settled = tenant.settle(&request);
            state.heads.update(&request.tenant, tenant);
            settled
        })
    }
}

#[derive(Default)]
struct State {
    tenants: HashMap<TenantId, Tenant>,
    heads: Heads,
}

/// For each lane, the tenants by the instant at which their first item is ready: what a claim over
/// every tenant reads.
#[derive(Default)]
struct Heads {
    wakes: BTreeSet<(DateTime<Utc>, TenantId)>,
    notices: BTreeSet<(DateTime<Utc>, TenantId)>,
}

impl Heads {
    fn update(&mut self, id: &TenantId, tenant: &mut Tenant) {
        for lane in [Lane::Wakes, Lane::Notices] {
            let (before, now) = tenant.move_head(lane);
            if before != now {
                let set = self.of(lane);
                if let Some(at) = before {
                    set.remove(&(at, id.clone()));
                }
                if let Some(at) = now {
                    set.insert((at, id.clone()));
                }
            }
        }
    }

    fn due(&mut self, claim: &Claim) -> Vec<TenantId> {
        let due = self.of(claim.lane).iter().take_while(|(at, _)| *at <= claim.now);
        due.take(claim.limit).map(|(_, id)| id.clone()).collect()
    }

    fn of(&mut self, lane: Lane) -> &mut BTreeSet<(DateTime<Utc>, TenantId)> {
        match lane {
            Lane::Wakes => &mut self.wakes,
            Lane::Notices => &mut self.notices,
        }
    }
}
