//! Wake-ups and notices: taken, settled, made void.

use std::ops::Bound;

use chrono::{DateTime, Utc};

use super::tenant::Tenant;
use crate::backend::{
    After, BackendError, Claim, DeadNotice, ErasureScope, Key, Lane, Lease, LeasedNotice, LeasedWake,
    NoticeEnd, PendingNotice, RecordId, Settled, Settlement, WakeEnd,
};
use crate::id::{CaseId, TenantId};
use crate::workflow::Notice;
use crate::workflow::NoticeId;

impl Tenant {
    /// Ends what was moved under a clock that ran ahead. True if there was any.
    pub(super) fn recall(&mut self, claim: &Claim) -> bool {
        let (horizon, mut recalled) = (claim.horizon(), false);
        match claim.lane {
            Lane::Wakes => {
                while let Some(entry) = self.moved_wakes.last().copied().filter(|(at, _)| *at > horizon) {
                    self.moved_wakes.remove(&entry);
                    let Some(slot) = self.slots.get_mut(entry.1 as usize) else { continue };
                    if slot.wake.recall(claim.now) {
                        self.ready_wakes.remove(&entry);
                        self.ready_wakes.extend(slot.wake.ready().map(|at| (at, entry.1)));
                        recalled = true;
                    }
                }
            }
            Lane::Notices => {
                while let Some(entry) = self.leased_notices.last().copied().filter(|(at, _)| *at > horizon) {
                    self.leased_notices.remove(&entry);
                    let Some((_, pending)) = self.notices.get_mut(&entry.1) else { continue };
                    if pending.recall(claim.now) {
                        self.ready_notices.remove(&entry);
                        self.ready_notices.extend(pending.ready().map(|at| (at, entry.1)));
                        recalled = true;
                    }
                }
            }
        }
        recalled
    }

    pub(super) fn claim_wakes(&mut self, tenant: &TenantId, claim: &Claim) -> Vec<LeasedWake> {
        let mut due = Vec::new();
        while due.len() < claim.limit && self.ready_wakes.first().is_some_and(|(at, _)| *at <= claim.now) {
            due.extend(self.ready_wakes.pop_first());
        }
        let mut claimed = Vec::with_capacity(due.len());
        for entry in due {
            let Some(slot) = self.slots.get_mut(entry.1 as usize) else { continue };
            let lease = slot.wake.take(Lane::Wakes, claim.now, claim.lease);
            self.moved_wakes.remove(&entry);
            if let Some(at) = slot.wake.ready() {
                self.ready_wakes.insert((at, entry.1));
                self.moved_wakes.insert((at, entry.1));
            }
            claimed.push(LeasedWake {
                key: Key { tenant: tenant.clone(), id: slot.id },
                due: slot.wake.due().unwrap_or(entry.0),
                attempts: slot.wake.attempts(),
                quarantined: slot.wake.quarantined(),
                lease,
            });
        }
        claimed
    }

    pub(super) fn claim_notices(&mut self, tenant: &TenantId, claim: &Claim) -> Vec<LeasedNotice> {
        let due = self.ready_notices.iter().take_while(|(at, _)| *at <= claim.now).take(claim.limit);
        let due: Vec<_> = due.copied().collect();
        let mut claimed = Vec::with_capacity(due.len());
        for entry in due {
            self.ready_notices.remove(&entry);
            self.leased_notices.remove(&entry);
            let Some((notice, pending)) = self.notices.get_mut(&entry.1) else { continue };
            let key = Key { tenant: tenant.clone(), id: entry.1.case.into() };
            claimed.push(pending.take(key, entry.1, Ok(notice.clone()), claim));
            if let Some(at) = pending.ready() {
                self.ready_notices.insert((at, entry.1));
                self.leased_notices.insert((at, entry.1));
            }
        }
        claimed
    }

    pub(super) fn dead_letters(
        &self,
        tenant: &TenantId,
        after: Option<NoticeId>,
        limit: usize,
    ) -> Vec<DeadNotice> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let dead = self.notices.range((from, Bound::Unbounded)).filter_map(|(id, (notice, pending))| {
            pending.as_dead(Key { tenant: tenant.clone(), id: id.case.into() }, *id, Ok(notice.clone()))
        });
        dead.take(limit).collect()
    }

    pub(super) fn settle(&mut self, settlement: &Settlement) -> Result<(), BackendError> {
        match &settlement.item {
            Settled::Wake { record, lease, end } => self.settle_wake(*record, *lease, *end, settlement.now),
            Settled::Notice { notice, lease, end } => self.settle_notice(*notice, *lease, end),
        }
    }

    fn settle_wake(
        &mut self,
        record: RecordId,
        lease: Lease,
        end: WakeEnd,
        now: DateTime<Utc>,
    ) -> Result<(), BackendError> {
        let number = self.by_id.get(&record).copied().ok_or(BackendError::LeaseLost)?;
        let slot = self.slots.get_mut(number as usize).ok_or(BackendError::LeaseLost)?;
        let before = slot.wake.ready();
        slot.wake.settle_wake(lease, end, now)?;
        if let Some(at) = before {
            self.ready_wakes.remove(&(at, number));
            self.moved_wakes.remove(&(at, number));
        }
        if let Some(at) = slot.wake.ready() {
            self.ready_wakes.insert((at, number));
            if slot.wake.due() != Some(at) {
                self.moved_wakes.insert((at, number));
            }
        }
        Ok(())
    }

    fn settle_notice(&mut self, id: NoticeId, lease: Lease, end: &NoticeEnd) -> Result<(), BackendError> {
        let (_, pending) = self.notices.get_mut(&id).ok_or(BackendError::LeaseLost)?;
        let before = pending.ready();
        let became = pending.settle(lease, end)?;
        let after = pending.ready();
        if let Some(at) = before {
            self.ready_notices.remove(&(at, id));
            self.leased_notices.remove(&(at, id));
        }
        self.ready_notices.extend(after.filter(|_| became == After::Waits).map(|at| (at, id)));
        let gone = match became {
            After::Waits => None,
            After::SetAside => self.notices.get(&id).map(|(notice, _)| notice.clone()),
            After::Over => self.notices.remove(&id).map(|(notice, _)| notice),
        };
        if let Some(notice) = gone {
            self.show_first(&notice);
        }
        Ok(())
    }

    pub(super) fn owe(&mut self, notice: Notice) {
        let (id, pending) = (notice.id, PendingNotice::new(notice.at));
        if self.first(&notice).is_none_or(|(first, _)| id < first) {
            self.ready_notices.extend(pending.ready().map(|at| (at, id)));
        }
        self.notices.insert(id, (notice, pending));
    }

    /// The first notice of its line is ready when its time comes; the others are not shown.
    fn show_first(&mut self, of: &Notice) {
        let shown = self.first(of).and_then(|(id, pending)| Some((pending.ready()?, id)));
        self.ready_notices.extend(shown);
    }

    /// The first notice of the line in which this one stands, stood or will stand.
    fn first(&self, of: &Notice) -> Option<(NoticeId, &PendingNotice)> {
        let mut case = self.notices.range(of_case(of.id.case));
        let (id, (_, pending)) =
            case.find(|(_, (other, pending))| pending.is_in_line() && other.is_in_line_with(of))?;
        Some((*id, pending))
    }

    /// Takes the notices of a person or of a record away; what stood behind them moves up.
    pub(super) fn void_notices(&mut self, scope: &ErasureScope) -> u64 {
        let gone: Vec<_> = self.notices.extract_if(.., |_, (notice, _)| scope.takes_notice(notice)).collect();
        for (id, (_, pending)) in &gone {
            if let Some(at) = pending.ready() {
                self.ready_notices.remove(&(at, *id));
                self.leased_notices.remove(&(at, *id));
            }
        }
        gone.iter().for_each(|(_, (notice, _))| self.show_first(notice));
        gone.len() as u64
    }
}

fn of_case(case: CaseId) -> std::ops::RangeInclusive<NoticeId> {
    NoticeId { case, version: 0, n: 0 }..=NoticeId { case, version: u64::MAX, n: u16::MAX }
}
