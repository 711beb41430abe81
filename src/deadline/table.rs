//! The deadlines of one case: the live ones, the breaches, and how the rest ended.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, Excuse};
use crate::case::WasEnded;

/// The most deadlines that may be live in one case.
pub const MAX_LIVE_DEADLINES: usize = 64;
/// The most breaches that a case lists one by one. The oldest of those that are no longer owed make room for
/// new ones, and stay in the tallies and in the ledger.
pub const MAX_LISTED_BREACHES: usize = 256;

/// The deadlines of a case: the live ones, the breaches, and how many of each kind ended how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deadlines {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    live: Vec<Arc<Deadline>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    breaches: Vec<Breach>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tallies: Vec<(DeadlineKind, Tally)>,
}

impl Deadlines {
    /// The live ones: running, paused, or missed and still owed. At most [`MAX_LIVE_DEADLINES`].
    #[must_use]
    pub fn live(&self) -> &[Arc<Deadline>] {
        &self.live
    }

    /// One live deadline.
    #[must_use]
    pub fn get(&self, id: DeadlineId) -> Option<&Deadline> {
        self.live.iter().find(|deadline| deadline.id == id).map(AsRef::as_ref)
    }

    /// The live ones of a kind.
    pub fn of_kind(&self, kind: DeadlineKind) -> impl Iterator<Item = &Deadline> {
        self.live.iter().map(AsRef::as_ref).filter(move |deadline| deadline.id.kind == kind)
    }

    /// True when one of that kind is live.
    #[must_use]
    pub fn has(&self, kind: DeadlineKind) -> bool {
        self.of_kind(kind).next().is_some()
    }

    /// The recorded breaches, oldest first: all that are still owed, and of the others the newest, at most
    /// [`MAX_LISTED_BREACHES`] together.
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// True while every breach of that kind is listed, and none only counted.
    pub(crate) fn is_listed_in_full(&self, kind: DeadlineKind) -> bool {
        let listed = self.breaches.iter().filter(|breach| breach.id.kind == kind).count();
        u32::try_from(listed).is_ok_and(|listed| listed >= self.tally(kind).breached)
    }

    /// True when it was missed, met later or not; of the breaches that are listed.
    pub(crate) fn is_breached(&self, id: DeadlineId) -> bool {
        self.breaches.iter().any(|breach| breach.id == id)
    }

    /// How the deadlines of a kind ended so far.
    #[must_use]
    pub fn tally(&self, kind: DeadlineKind) -> Tally {
        self.tallies.iter().find(|(of, _)| *of == kind).map_or_else(Tally::default, |(_, tally)| *tally)
    }

    /// The next instant at which something happens to any of them by itself.
    #[must_use]
    pub fn next_instant(&self) -> Option<DateTime<Utc>> {
        self.live.iter().filter_map(|deadline| deadline.next_instant()).min()
    }

    /// Carries out one change. A change of a deadline that is not there does nothing: the ledger may
    /// hold changes of a newer version of the library.
    pub(crate) fn apply(&mut self, change: &DeadlineChange) {
        match change {
            DeadlineChange::Set(deadline) => {
                count(&mut self.tally_mut(deadline.id.kind).set);
                self.live.push(deadline.clone());
            }
            DeadlineChange::Met { id, at, .. } => self.meet(*id, *at),
            DeadlineChange::Breached { id, due, detected, next_step } => {
                let Some(deadline) = self.live_mut(*id) else { return };
                deadline.state = DeadlineState::Breached;
                deadline.next_step.clone_from(next_step);
                let soft = deadline.soft;
                count(&mut self.tally_mut(id.kind).breached);
                self.make_room();
                self.breaches.push(Breach {
                    id: *id,
                    due: *due,
                    detected: *detected,
                    met: None,
                    excused: None,
                    soft,
                });
            }
            DeadlineChange::Lapsed { id, .. } => self.end(*id, |tally| count(&mut tally.lapsed)),
            DeadlineChange::Waived { id, .. } => self.end(*id, |tally| count(&mut tally.waived)),
            DeadlineChange::Superseded { id, .. } => self.end(*id, |tally| count(&mut tally.superseded)),
            DeadlineChange::Moot { id, .. } => self.end(*id, |tally| count(&mut tally.moot)),
            DeadlineChange::Paused { id, at, remaining } => {
                if let Some(deadline) = self.live_mut(*id) {
                    deadline.state = DeadlineState::Paused { at: *at, remaining: remaining.clone() };
                    deadline.next_step = None;
                }
            }
            DeadlineChange::Moved { id, anchor, due, late_from, next_step, extended } => {
                if let Some(deadline) = self.live_mut(*id) {
                    deadline.state = DeadlineState::Running;
                    deadline.anchor = *anchor;
                    deadline.provisional = false;
                    deadline.due = *due;
                    deadline.late_from = *late_from;
                    deadline.next_step.clone_from(next_step);
                    if *extended {
                        deadline.extend();
                    }
                }
            }
            DeadlineChange::Rearmed { deadline, was } => self.rearm(deadline, *was),
            DeadlineChange::Retargeted { deadline, .. } => {
                if let Some(place) = self.live.iter_mut().find(|live| live.id == deadline.id) {
                    *place = deadline.clone();
                }
            }
            DeadlineChange::Step { id, next_step } => {
                if let Some(deadline) = self.live_mut(*id) {
                    deadline.next_step.clone_from(next_step);
                }
            }
            DeadlineChange::Accepted { id, until, next_step } => {
                if let Some(deadline) = self.live_mut(*id) {
                    deadline.next_step.clone_from(next_step);
                    deadline.accepted_until = Some(*until);
                }
            }
            DeadlineChange::Excused { id, why } => {
                if let Some(breach) = self.breaches.iter_mut().find(|breach| breach.id == *id)
                    && breach.excused.replace(*why).is_none()
                {
                    count(&mut self.tally_mut(id.kind).excused);
                }
            }
        }
    }

    /// A step of a deadline's ladder was fired.
    pub(crate) fn fired(&mut self, id: DeadlineId, step: u16) {
        if let Some(deadline) = self.live_mut(id) {
            deadline.steps_fired = step.saturating_add(1);
        }
    }

    fn meet(&mut self, id: DeadlineId, at: DateTime<Utc>) {
        let Some(place) = self.live.iter().position(|deadline| deadline.id == id) else { return };
        let deadline = self.live.remove(place);
        if deadline.state == DeadlineState::Breached {
            count(&mut self.tally_mut(id.kind).late);
            if let Some(breach) = self.breaches.iter_mut().find(|breach| breach.id == id) {
                breach.met = Some(at);
            }
        } else {
            count(&mut self.tally_mut(id.kind).met);
        }
    }

    /// A deadline is live again as if it had not ended.
    fn rearm(&mut self, deadline: &Arc<Deadline>, was: WasEnded) {
        let tally = self.tally_mut(deadline.id.kind);
        let counter = match was {
            WasEnded::Met => &mut tally.met,
            WasEnded::Late => &mut tally.late,
            WasEnded::Moot => &mut tally.moot,
        };
        *counter = counter.saturating_sub(1);
        if let Some(breach) = self.breaches.iter_mut().find(|breach| breach.id == deadline.id) {
            breach.met = None;
            // The evidence is gone with the message; what a person said stays said.
            if breach.excused == Some(Excuse::DoneInTime) {
                breach.excused = None;
                let tally = self.tally_mut(deadline.id.kind);
                tally.excused = tally.excused.saturating_sub(1);
            }
        }
        self.live.push(deadline.clone());
    }

    /// Takes a deadline out of the live ones. A breach keeps its verdict: it is counted as breached
    /// and as nothing else.
    fn end(&mut self, id: DeadlineId, tell: impl FnOnce(&mut Tally)) {
        let Some(place) = self.live.iter().position(|deadline| deadline.id == id) else { return };
        if self.live.remove(place).state != DeadlineState::Breached {
            tell(self.tally_mut(id.kind));
        }
    }

    /// Takes the oldest breach out of a full list, of those that are no longer owed: their verdict is final
    /// and stays in the tallies and in the ledger.
    fn make_room(&mut self) {
        if self.breaches.len() < MAX_LISTED_BREACHES {
            return;
        }
        let live = |breach: &Breach| self.live.iter().any(|deadline| deadline.id == breach.id);
        let over = self.breaches.iter().position(|breach| !live(breach));
        self.breaches.remove(over.unwrap_or(0));
    }

    fn live_mut(&mut self, id: DeadlineId) -> Option<&mut Deadline> {
        self.live.iter_mut().find(|deadline| deadline.id == id).map(Arc::make_mut)
    }

    fn tally_mut(&mut self, kind: DeadlineKind) -> &mut Tally {
        let place = match self.tallies.iter().position(|(of, _)| *of == kind) {
            Some(place) => place,
            None => {
                self.tallies.push((kind, Tally::default()));
                self.tallies.len() - 1
            }
        };
        #[expect(clippy::indexing_slicing, reason = "found or pushed just above")]
        &mut self.tallies[place].1
    }
}

/// A recorded breach. It stays, whatever happens to the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Breach {
    /// Which deadline.
    pub id: DeadlineId,
    /// When it was due: the instant of the breach.
    pub due: DateTime<Utc>,
    /// When that was noticed.
    pub detected: DateTime<Utc>,
    /// When it was done after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<DateTime<Utc>>,
    /// It was excused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excused: Option<Excuse>,
    /// It was a goal, not a duty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft: bool,
}

/// How the deadlines of one kind ended in a case, all cycles together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Tally {
    /// How many were set.
    pub set: u32,
    /// Met in time.
    pub met: u32,
    /// Missed, and done later.
    pub late: u32,
    /// Missed, done later or not.
    pub breached: u32,
    /// Of the missed, how many are excused.
    pub excused: u32,
    /// Limits that passed.
    pub lapsed: u32,
    /// Given up.
    pub waived: u32,
    /// Without sense.
    pub moot: u32,
    /// Replaced.
    pub superseded: u32,
}

impl Tally {
    /// Missed and not done.
    #[must_use]
    pub const fn overdue(&self) -> u32 {
        self.breached.saturating_sub(self.late)
    }
}

const fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deadline::Basis;
    use crate::id::Name;

    fn at(minute: u32) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(minute.into())
    }

    fn id(n: u16) -> DeadlineId {
        DeadlineId { kind: DeadlineKind::Promise, cycle: 1, n }
    }

    fn missed(deadlines: &mut Deadlines, n: u16) {
        let (policy, calendar) = (Name::known("p"), Name::known("c"));
        let basis = Basis { policy, policy_version: 1, calendar, calendar_version: 1, zone_rules: None };
        let (due, detected) = (at(n.into()), at(u32::from(n) + 1));
        let deadline = Deadline::running(id(n), at(0), due, due, Arc::new(basis));
        deadlines.apply(&DeadlineChange::Set(Arc::new(deadline)));
        deadlines.apply(&DeadlineChange::Breached { id: id(n), due, detected, next_step: None });
    }

    /// So many promises, each missed and done later, but for the first, which is still owed.
    fn after(count: u16) -> Deadlines {
        let mut deadlines = Deadlines::default();
        for n in 1..=count {
            missed(&mut deadlines, n);
            if n > 1 {
                deadlines.apply(&DeadlineChange::Met {
                    id: id(n),
                    at: at(u32::from(n) + 2),
                    by: None,
                    whom: 0,
                });
            }
        }
        deadlines
    }

    #[test]
    fn of_more_breaches_than_are_listed_the_oldest_that_are_over_make_room() {
        let most = u16::try_from(MAX_LISTED_BREACHES).unwrap();
        let listed = |count| after(count).breaches.iter().map(|breach| breach.id.n).collect::<Vec<_>>();
        assert_eq!(listed(most), (1..=most).collect::<Vec<_>>());
        assert!(after(most).is_listed_in_full(DeadlineKind::Promise));
        for more in [1, 5_000] {
            let count = most + more;
            let newest = count - most + 2..=count;
            assert_eq!(listed(count), [1].into_iter().chain(newest).collect::<Vec<_>>());
            let deadlines = after(count);
            assert!(!deadlines.is_listed_in_full(DeadlineKind::Promise));
            let tally = deadlines.tally(DeadlineKind::Promise);
            assert_eq!((tally.breached, tally.late), (count.into(), u32::from(count) - 1));
        }
    }

    #[test]
    fn what_is_owed_longest_can_still_be_met() {
        let mut deadlines = after(u16::try_from(MAX_LISTED_BREACHES).unwrap() + 300);
        deadlines.apply(&DeadlineChange::Met { id: id(1), at: at(9_000), by: None, whom: 0 });
        assert_eq!(deadlines.breaches[0].met, Some(at(9_000)));
        assert!(deadlines.live.is_empty());
    }
}
