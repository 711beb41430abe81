//! All the work that there is, taken and held against the events that call for it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::journal::Journal;
use super::stored::histories;
use crate::backend::{Backend, BackendError, Claim, Lane, MAX_LIMIT, NoticeEnd, Settlement};
use crate::id::{CaseId, TenantId};
use crate::testing::failure::{Failure, ensure, same};
use crate::workflow::{Event, Notice, NoticeId, evolve, owed};

/// Takes every wake-up and every notice of a tenant, and settles the notices. It has to be later than all
/// of them are due, and than every lease ends.
///
/// # Errors
/// The first thing that is not as it has to be: a record that wants to be woken and is not offered, or is
/// and does not; a notice that is missing, that no event calls for, that was settled before, that comes twice,
/// or before an earlier one of its line.
pub async fn work(
    backend: &dyn Backend,
    tenant: &TenantId,
    journal: &Journal,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let histories = histories(backend, tenant).await?;
    let (mut wanted, mut called) = (BTreeSet::new(), BTreeMap::new());
    for (key, events) in &histories {
        let (notices, wakes) = owed_by(events);
        called.extend(notices.into_iter().map(|notice| (notice.id, notice)));
        if wakes {
            wanted.insert(key.id);
        }
    }
    let mut woken = BTreeSet::new();
    let claim = |lane| Claim::work(tenant.clone(), lane, now, TimeDelta::days(1), MAX_LIMIT);
    loop {
        let wakes = backend.claim(claim(Lane::Wakes)).await?.into_wakes();
        if wakes.is_empty() {
            break;
        }
        for wake in wakes {
            ensure(woken.insert(wake.key.id), "a wake-up is offered once")?;
        }
    }
    same("what wakes somebody up", &woken, &wanted)?;
    notices(backend, tenant, journal, now, &called).await
}

async fn notices(
    backend: &dyn Backend,
    tenant: &TenantId,
    journal: &Journal,
    now: DateTime<Utc>,
    called: &BTreeMap<NoticeId, Notice>,
) -> Result<(), Failure> {
    let mut offered = BTreeSet::new();
    let mut last: BTreeMap<(CaseId, String), NoticeId> = BTreeMap::new();
    loop {
        let claim = Claim::work(tenant.clone(), Lane::Notices, now, TimeDelta::days(1), MAX_LIMIT);
        let leased = backend.claim(claim).await?.into_notices();
        if leased.is_empty() {
            break;
        }
        for item in leased {
            let notice = item.notice.map_err(BackendError::from)?;
            // Which other ways there are is the policy's to say, and not the ledger's.
            if notice.destination.is_main() {
                same("a notice", &Some(&notice), &called.get(&item.id))?;
            }
            ensure(journal.settled.get(&item.id) != Some(&true), "what was settled is not offered")?;
            ensure(offered.insert(item.id), "a notice is offered once")?;
            let before = last.insert((item.id.case, notice.line()), item.id);
            ensure(
                before.is_none_or(|before| before < item.id),
                "the notices of a line come in their order",
            )?;
            let done = Settlement::notice(tenant.clone(), item.id, item.lease, NoticeEnd::Done, now);
            backend.settle(done).await?;
        }
    }
    let missing =
        called.keys().filter(|id| !offered.contains(id) && !journal.settled.contains_key(id)).count();
    ensure(missing == 0 || journal.erased, "every notice that an event calls for is there")
}

/// The notices that the events of a record call for, and whether it wants to be woken.
fn owed_by(events: &[Event]) -> (Vec<Notice>, bool) {
    let (mut case, mut notices) = (None, Vec::new());
    for event in events {
        case = evolve(case, event);
        notices.extend(case.iter().flat_map(|case| owed(case, event)));
    }
    (notices, case.is_some_and(|case| case.wake_up().is_some()))
}
