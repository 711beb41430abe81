//! What is expected of live deadlines, and of when the case is looked at next.

use super::equal;
use crate::deadline::{Deadline, DeadlineKind, DeadlineState};
use crate::testing::scenario::moment::{told, told_end};
use crate::testing::scenario::{Moment, Scenario, tell};

/// What is expected of live deadlines: what runs, stands still, or was missed and is still owed. Where
/// there are several of a kind, one that is as expected is enough. The story ends where one of these
/// does not hold.
impl Scenario {
    /// One of that kind runs and is due then: the last instant at which it can be met. Days end at
    /// `24:00`.
    #[track_caller]
    pub fn due(self, kind: DeadlineKind, moment: impl Into<Moment>) -> Self {
        self.runs(kind, moment.into(), false)
    }

    /// The same where what it runs from has not happened: that is the latest that it can be.
    #[track_caller]
    pub fn due_at_the_latest(self, kind: DeadlineKind, moment: impl Into<Moment>) -> Self {
        self.runs(kind, moment.into(), true)
    }

    #[track_caller]
    fn runs(mut self, kind: DeadlineKind, moment: Moment, provisional: bool) -> Self {
        let Some(due) = self.instant(moment) else { return self };
        let so = |deadline: &Deadline| {
            let runs = deadline.state == DeadlineState::Running;
            runs && deadline.due == due && deadline.provisional == provisional
        };
        let truth = self.some(kind, so).map_err(|truth| {
            let why = self.case().map(|case| self.book.explain(case));
            let why = why.iter().flat_map(|why| &why.deadlines).find(|deadline| deadline.id.kind == kind);
            why.map_or(truth.clone(), |why| format!("{truth}\n{why}"))
        });
        let latest = if provisional { " at the latest" } else { "" };
        let expected = format!("{kind} is due by {}{latest}", told_end(&self.zone, due));
        self.expect(expected, truth)
    }

    /// One of that kind stands still.
    #[track_caller]
    pub fn paused(self, kind: DeadlineKind) -> Self {
        let truth = self.some(kind, |deadline| matches!(deadline.state, DeadlineState::Paused { .. }));
        self.expect(format!("{kind} stands still"), truth)
    }

    /// One of that kind was missed and is still owed.
    #[track_caller]
    pub fn overdue(self, kind: DeadlineKind) -> Self {
        let truth = self.some(kind, |deadline| deadline.state == DeadlineState::Breached);
        self.expect(format!("{kind} was missed and is still owed"), truth)
    }

    /// None of that kind is live.
    #[track_caller]
    pub fn without(self, kind: DeadlineKind) -> Self {
        let live = self.case().and_then(|case| case.deadlines.of_kind(kind).next());
        let truth = live.map_or(Ok(()), |live| Err(tell::standing(&self.zone, live)));
        self.expect(format!("no {kind} runs"), truth)
    }

    /// These kinds are live, so often as they are named, and no others. In any order.
    #[track_caller]
    pub fn live(self, kinds: impl IntoIterator<Item = DeadlineKind>) -> Self {
        let mut expected: Vec<_> = kinds.into_iter().collect();
        expected.sort_unstable();
        let truth = self.of_the_case(|case| {
            let mut live: Vec<_> = case.deadlines.live().iter().map(|deadline| deadline.id.kind).collect();
            live.sort_unstable();
            equal(&live, &expected, |_| self.standing())
        });
        let names: Vec<_> = expected.iter().map(ToString::to_string).collect();
        let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
        self.expect(format!("what is live: {names}"), truth)
    }

    /// Somebody has to look at the case then, the first instant at which something happens to it by itself.
    #[track_caller]
    pub fn wakes_up(mut self, moment: impl Into<Moment>) -> Self {
        let Some(at) = self.instant(moment) else { return self };
        let truth = self.of_the_case(|case| match case.wake_up() {
            Some(wake_up) => {
                equal(&wake_up, &at, |wake_up| format!("that is {}", told(&self.zone, *wake_up)))
            }
            None => Err("nobody has to look at it any more".to_owned()),
        });
        let expected = format!("the case is looked at next {}", told(&self.zone, at));
        self.expect(expected, truth)
    }

    /// Nobody has to look at the case any more.
    #[track_caller]
    pub fn sleeps(self) -> Self {
        let truth = self.of_the_case(|case| match case.wake_up() {
            Some(wake_up) => Err(format!("it is looked at {}", told(&self.zone, wake_up))),
            None => Ok(()),
        });
        self.expect("nobody has to look at the case any more", truth)
    }

    /// Holds when one of the live deadlines of that kind is so; else says how they stand.
    fn some(&self, kind: DeadlineKind, so: impl Fn(&Deadline) -> bool) -> Result<(), String> {
        self.of_the_case(|case| {
            if case.deadlines.of_kind(kind).any(so) {
                return Ok(());
            }
            let standing = case.deadlines.of_kind(kind).map(|live| tell::standing(&self.zone, live));
            let standing: Vec<_> = standing.collect();
            Err(if standing.is_empty() {
                format!("no {kind} is live; {}", self.standing())
            } else {
                standing.join("; ")
            })
        })
    }

    /// How all of them stand.
    fn standing(&self) -> String {
        let live = self.case().into_iter().flat_map(|case| case.deadlines.live());
        let live: Vec<_> = live.map(|deadline| tell::standing(&self.zone, deadline)).collect();
        if live.is_empty() { "nothing is live".to_owned() } else { live.join("; ") }
    }
}
