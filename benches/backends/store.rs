//! What the scaling sections ask of a store, ours or one written by hand.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::backend::{
    Backend, CaseQuery, Claim, Commit, Direction, Find, Key, Lane, Load, MAX_RECORDS, Order, PageRequest,
    RecordId, Write,
};
use talkback::{CaseId, TenantId};
use tokio::runtime::Runtime;

/// How many items a page or a claim has.
pub(crate) const PAGE: usize = 50;
pub(crate) const CLAIM: usize = 100;

/// Where a list goes on: behind that case with that wake-up.
pub(crate) type Place = (DateTime<Utc>, CaseId);

pub(crate) trait Store {
    /// Stores new cases.
    fn put(&mut self, writes: &[Write]);
    /// Called when many were put.
    fn tidy(&mut self) {}
    /// Reads a case.
    fn load(&mut self, id: CaseId);
    /// Reads a page of the open cases by wake-up, and says where the next one begins.
    fn list(&mut self, behind: Option<Place>) -> Option<Place>;
    /// Takes cases that are due until then.
    fn claim(&mut self, now: DateTime<Utc>, until: DateTime<Utc>) -> Vec<CaseId>;
}

/// One that writes down what was decided, too.
pub(crate) trait Ledger: Store {
    /// Loads a case that is claimed until then, and writes what was decided about it.
    fn carry_out(&mut self, commit: &Commit, until: DateTime<Utc>);
}

/// A backend of the library.
pub(crate) struct Ours {
    pub(crate) backend: Arc<dyn Backend>,
    /// Another way to the same store, for filling it.
    pub(crate) filler: Arc<dyn Backend>,
    pub(crate) tenant: TenantId,
    /// What its futures run on, if they need anything.
    pub(crate) runtime: Option<Arc<Runtime>>,
}

impl Ours {
    /// Of a backend whose futures run anywhere.
    pub(crate) fn anywhere(backend: Arc<dyn Backend>, tenant: TenantId) -> Self {
        Self { filler: backend.clone(), backend, tenant, runtime: None }
    }

    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        match &self.runtime {
            Some(runtime) => runtime.block_on(future),
            None => pollster::block_on(future),
        }
    }
}

impl Store for Ours {
    fn put(&mut self, writes: &[Write]) {
        let now = writes[0].events[0].recorded_at;
        let commits = writes.chunks(MAX_RECORDS).map(|some| {
            let (backend, commit) =
                (self.filler.clone(), Commit::new(self.tenant.clone(), now, some.to_vec()));
            async move { backend.commit(commit).await.map(drop) }
        });
        let Some(runtime) = &self.runtime else {
            commits.for_each(|commit| pollster::block_on(commit).unwrap());
            return;
        };
        // As many at once as there are connections.
        let tasks: Vec<_> = commits.map(|commit| runtime.spawn(commit)).collect();
        tasks.into_iter().for_each(|task| runtime.block_on(task).unwrap().unwrap());
    }

    fn load(&mut self, id: CaseId) {
        let loaded = self.run(self.backend.load(Load::new(Key::new(self.tenant.clone(), id)))).unwrap();
        assert!(loaded.record.is_some());
    }

    fn list(&mut self, behind: Option<Place>) -> Option<Place> {
        let query = CaseQuery::new(self.tenant.clone()).ordered(Order::WakeUp, Direction::Ascending);
        let page = match behind {
            Some((at, id)) => PageRequest::after(PAGE, query.cursor(at, id.into())),
            None => PageRequest::first(PAGE),
        };
        let page = self.run(self.backend.find(Find::new(query, page))).unwrap();
        assert_eq!(page.items.len(), PAGE);
        let last = page.items.last()?.as_ref().unwrap();
        let RecordId::Case(id) = last.record.id() else { return None };
        Some((last.record.wake_up()?, id))
    }

    fn claim(&mut self, now: DateTime<Utc>, until: DateTime<Utc>) -> Vec<CaseId> {
        let claim = Claim::work(self.tenant.clone(), Lane::Wakes, now, until - now, CLAIM);
        let wakes = self.run(self.backend.claim(claim)).unwrap().into_wakes();
        let case = |id| match id {
            RecordId::Case(case) => case,
            other => panic!("{other} is no case"),
        };
        wakes.into_iter().map(|wake| case(wake.key.id)).collect()
    }
}

/// A lease so long that nothing comes back while the bench runs.
pub(crate) const LEASE: TimeDelta = TimeDelta::days(4_000);
