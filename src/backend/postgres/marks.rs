//! How far a tenant's queue was drained.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::backend::Lane;
use crate::id::TenantId;

/// A lower bound for the next claim of each tenant and lane: before it there is nothing, or only what
/// somebody else put there meanwhile.
///
/// A claim leaves dead entries at the head of the index. While anybody in the cluster holds an old
/// snapshot they cannot be removed, and each claim would read all of them again. So a claim begins where
/// the last full one ended; one that finds too little there looks before it as well, and from time to
/// time one begins at the beginning in any case.
#[derive(Debug, Default)]
pub(super) struct Marks(Mutex<HashMap<(Lane, TenantId), Mark>>);

#[derive(Debug)]
struct Mark {
    since: Option<DateTime<Utc>>,
    /// The earliest item that became ready since the last claim was answered.
    lowered: Option<DateTime<Utc>>,
    /// When a claim last began at the beginning, on the callers' clock.
    whole: DateTime<Utc>,
}

/// For so long, what others put before the mark may have to wait.
const WHOLE_EVERY: TimeDelta = TimeDelta::seconds(10);
/// More marks than this are forgotten, which costs one look at the beginning each.
const MOST: usize = 10_000;

impl Marks {
    /// Where a claim begins; `None` for the beginning.
    pub(super) fn since(&self, lane: Lane, tenant: &TenantId, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut marks = self.lock();
        if let Some(mark) = marks.get_mut(&(lane, tenant.clone())) {
            if (now - mark.whole).abs() < WHOLE_EVERY {
                return mark.since;
            }
            mark.whole = now;
            return None;
        }
        if marks.len() >= MOST {
            marks.clear();
        }
        marks.insert((lane, tenant.clone()), Mark { since: None, lowered: None, whole: now });
        None
    }

    /// A claim was full, and `last` is from when on its last item had been ready; `None` for one that took
    /// all there was.
    pub(super) fn claimed(&self, lane: Lane, tenant: &TenantId, last: Option<DateTime<Utc>>) {
        if let Some(mark) = self.lock().get_mut(&(lane, tenant.clone())) {
            let lowered = mark.lowered.take();
            mark.since = last.map(|last| lowered.map_or(last, |lowered| lowered.min(last)));
        }
    }

    /// An item is ready from then on.
    pub(super) fn lower(&self, lane: Lane, tenant: &TenantId, ready: DateTime<Utc>) {
        if let Some(mark) = self.lock().get_mut(&(lane, tenant.clone())) {
            mark.since = mark.since.map(|since| since.min(ready));
            mark.lowered = Some(mark.lowered.map_or(ready, |lowered| lowered.min(ready)));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(Lane, TenantId), Mark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_claim_begins_where_the_last_full_one_ended() {
        let (marks, tenant) = (Marks::default(), TenantId::single());
        let since = |now| marks.since(Lane::Wakes, &tenant, at(now));
        assert_eq!(since(100), None);
        marks.claimed(Lane::Wakes, &tenant, Some(at(50)));
        assert_eq!(since(101), Some(at(50)));
        marks.lower(Lane::Wakes, &tenant, at(60));
        marks.lower(Lane::Notices, &tenant, at(10));
        assert_eq!(since(102), Some(at(50)));
        marks.lower(Lane::Wakes, &tenant, at(40));
        assert_eq!(since(103), Some(at(40)));
        assert_eq!(since(110), None, "from time to time at the beginning");
        assert_eq!(since(111), Some(at(40)));
        assert_eq!(since(90), None, "also when the clock steps back");
        marks.lower(Lane::Wakes, &tenant, at(20));
        marks.claimed(Lane::Wakes, &tenant, Some(at(70)));
        assert_eq!(since(91), Some(at(20)), "what came while a claim was under way");
        marks.claimed(Lane::Wakes, &tenant, None);
        assert_eq!(since(92), None);
    }
}
