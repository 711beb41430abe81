//! How an item of work waits, is taken and comes back: the arithmetic of leases and of quarantine,
//! for backends that do not leave it to a database.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::error::{BackendError, Undecodable};
use super::record::Key;
use super::work::{
    Claim, DeadNotice, Lane, Lease, LeasedNotice, MAX_LEASE, NoticeEnd, QUARANTINE_AFTER, QUARANTINE_RETRY,
    WakeEnd,
};
use crate::id::Code;
use crate::workflow::{Notice, NoticeId};

/// The state of one item of work.
///
/// There is one instant that says when the item can be had, and a lease moves it: an expired lease
/// needs no cleaning up, and one ordered index over [`Pending::ready`] is all that a claim reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    pub(super) due: Option<DateTime<Utc>>,
    pub(super) ready: Option<DateTime<Utc>>,
    // Never set back, so that a lease of before a commit never fits one of after it.
    pub(super) leases: u32,
    pub(super) attempts: u32,
    pub(super) leased: bool,
    pub(super) quarantined: bool,
}

impl Pending {
    /// An item that waits until `due`; `None` for nothing to do.
    #[must_use]
    pub const fn new(due: Option<DateTime<Utc>>) -> Self {
        Self { due, ready: due, leases: 0, attempts: 0, leased: false, quarantined: false }
    }

    /// Starts afresh with another instant, as a commit does: the lease is void, the tries are
    /// forgotten, the quarantine is over.
    pub fn replace(&mut self, due: Option<DateTime<Utc>>) {
        *self = Self { leases: self.leases, ..Self::new(due) };
    }

    /// When it was to happen.
    #[must_use]
    pub const fn due(&self) -> Option<DateTime<Utc>> {
        self.due
    }

    /// From when on it can be claimed, inclusive.
    #[must_use]
    pub const fn ready(&self) -> Option<DateTime<Utc>> {
        self.ready
    }

    /// True if it can be claimed at that instant.
    #[must_use]
    pub fn is_ready(&self, now: DateTime<Utc>) -> bool {
        self.ready.is_some_and(|ready| ready <= now)
    }

    /// Ends a lease that was given under a clock that ran ahead, and a wait for another try likewise: see
    /// [`MAX_LEASE`]. True if there was one.
    pub fn recall(&mut self, now: DateTime<Utc>) -> bool {
        let moved = self.leased || self.ready != self.due;
        let recalled = moved && self.ready.is_some_and(|ready| ready > later(now, MAX_LEASE));
        if recalled {
            self.ready = self.due.map(|due| due.min(now));
        }
        recalled
    }

    /// How often it was claimed, without the times that it was given back untried.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// True if its tries failed too often.
    #[must_use]
    pub const fn quarantined(&self) -> bool {
        self.quarantined
    }

    /// Takes the item under a lease of that length. The caller has seen that it is ready.
    pub fn take(&mut self, lane: Lane, now: DateTime<Utc>, length: TimeDelta) -> Lease {
        // That it can be taken after so many tries means that the last one lapsed: it may be what
        // brings its workers down, so that its lease has to be the hourly pause as well.
        self.quarantined = lane == Lane::Wakes && self.attempts >= QUARANTINE_AFTER;
        let length = if self.quarantined { length.max(QUARANTINE_RETRY) } else { length };
        self.attempts = self.attempts.saturating_add(1);
        self.leases = self.leases.saturating_add(1);
        self.leased = true;
        self.ready = Some(later(now, length));
        Lease::new(u64::from(self.leases))
    }

    /// Gives a wake-up back.
    ///
    /// # Errors
    /// [`BackendError::LeaseLost`] if the lease is not the one that it is under.
    pub fn settle_wake(
        &mut self,
        lease: Lease,
        end: WakeEnd,
        now: DateTime<Utc>,
    ) -> Result<(), BackendError> {
        self.give_back(lease)?;
        match end {
            WakeEnd::Released => {
                self.attempts = self.attempts.saturating_sub(1);
                self.ready = self.due;
            }
            WakeEnd::Retry { at } => {
                self.quarantined = self.attempts >= QUARANTINE_AFTER;
                self.ready = Some(if self.quarantined { later(now, QUARANTINE_RETRY) } else { at });
            }
        }
        Ok(())
    }

    fn give_back(&mut self, lease: Lease) -> Result<(), BackendError> {
        if !self.leased || lease.number() != u64::from(self.leases) {
            return Err(BackendError::LeaseLost);
        }
        self.leased = false;
        Ok(())
    }
}

/// The state of one notice: how it waits in its line, or that it is a dead letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingNotice {
    pub(super) pending: Pending,
    /// It left its line when it was given up, and does not come back to it.
    pub(super) in_line: bool,
    pub(super) dead: Option<Code>,
}

/// What becomes of a notice that was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// It waits for another try, and what stands behind it waits for it.
    Waits,
    /// It was given up and has left its line: the next one may go. It is to be kept.
    SetAside,
    /// It is over and to be removed: the next one may go.
    Over,
}

impl PendingNotice {
    /// A notice that waits in its line until `due`.
    #[must_use]
    pub const fn new(due: DateTime<Utc>) -> Self {
        Self { pending: Pending::new(Some(due)), in_line: true, dead: None }
    }

    /// From when on it can be claimed, inclusive; `None` for a dead letter.
    #[must_use]
    pub const fn ready(&self) -> Option<DateTime<Utc>> {
        self.pending.ready()
    }

    /// Ends a lease that was given under a clock that ran ahead: see [`MAX_LEASE`]. True if there was one.
    pub fn recall(&mut self, now: DateTime<Utc>) -> bool {
        self.pending.leased && self.pending.recall(now)
    }

    /// True if it stands in its line, and what is behind it waits for it.
    #[must_use]
    pub const fn is_in_line(&self) -> bool {
        self.in_line
    }

    /// Takes the notice for a claim. The caller has seen that it is ready.
    pub fn take(
        &mut self,
        key: Key,
        id: NoticeId,
        notice: Result<Notice, Undecodable>,
        claim: &Claim,
    ) -> LeasedNotice {
        let due = self.pending.due().unwrap_or(claim.now);
        let lease = self.pending.take(Lane::Notices, claim.now, claim.lease);
        LeasedNotice { key, id, notice, due, attempts: self.pending.attempts(), lease }
    }

    /// Shows the notice if it is a dead letter.
    #[must_use]
    pub fn as_dead(&self, key: Key, id: NoticeId, notice: Result<Notice, Undecodable>) -> Option<DeadNotice> {
        let (reason, pending) = (self.dead.clone()?, &self.pending);
        let (due, lease) = (pending.due()?, Lease::new(u64::from(pending.leases)));
        Some(DeadNotice { key, id, notice, due, attempts: pending.attempts(), reason, lease })
    }

    /// Settles the notice.
    ///
    /// # Errors
    /// [`BackendError::LeaseLost`] if the lease is not the one that it is under.
    pub fn settle(&mut self, lease: Lease, end: &NoticeEnd) -> Result<After, BackendError> {
        self.pending.give_back(lease)?;
        let was_dead = self.dead.take().is_some();
        match end {
            NoticeEnd::Done => return Ok(After::Over),
            NoticeEnd::Dead { reason } => {
                self.dead = Some(reason.clone());
                self.in_line = false;
                // Under a lease of its own, which never ends.
                self.pending.leases = self.pending.leases.saturating_add(1);
                (self.pending.leased, self.pending.ready) = (true, None);
                return Ok(After::SetAside);
            }
            NoticeEnd::Retry { at } => self.pending.ready = Some(*at),
            NoticeEnd::Postponed { at } => {
                self.pending.attempts = self.pending.attempts.saturating_sub(1);
                self.pending.ready = Some(*at);
            }
        }
        if was_dead {
            self.pending.attempts = 0;
        }
        Ok(After::Waits)
    }
}

fn later(now: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    now.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarantined_lease_lasts_an_hour_at_least() {
        let now = DateTime::UNIX_EPOCH;
        for (asked, given) in
            [(TimeDelta::minutes(5), QUARANTINE_RETRY), (TimeDelta::hours(3), TimeDelta::hours(3))]
        {
            let mut pending = Pending::new(Some(now));
            for _ in 0..=QUARANTINE_AFTER {
                pending.take(Lane::Wakes, now, asked);
            }
            assert!(pending.quarantined());
            assert_eq!(pending.ready(), Some(now + given));
        }
    }

    #[test]
    fn what_was_moved_too_far_is_recalled_and_nothing_else() {
        let (now, far) = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::days(3_650));
        let mut waits = Pending::new(Some(far));
        assert!(!waits.recall(now) && waits.ready() == Some(far));
        let mut leased = Pending::new(Some(now));
        let lease = leased.take(Lane::Wakes, now, MAX_LEASE);
        assert!(!leased.recall(now));
        assert!(leased.recall(now - TimeDelta::microseconds(1)));
        leased.settle_wake(lease, WakeEnd::Retry { at: far }, far).unwrap();
        assert!(leased.recall(now) && leased.ready() == Some(now));
        assert!(!leased.recall(now));
    }

    #[test]
    fn time_ends_without_a_panic() {
        let now = DateTime::<Utc>::MAX_UTC;
        let mut pending = Pending::new(Some(now));
        pending.take(Lane::Notices, now, TimeDelta::MAX);
        assert_eq!(pending.ready(), Some(now));
    }
}
