//! What is expected of how deadlines ended, and of the record of lateness.

use super::equal;
use crate::deadline::{Breach, DeadlineKind, Excuse, Tally};
use crate::testing::scenario::moment::{told, told_end};
use crate::testing::scenario::{Moment, Scenario, tell};
use crate::workflow::{BreachCause, Fact};

/// What is expected of how the deadlines of a kind ended, all cycles together. The story ends where one
/// of these does not hold.
impl Scenario {
    /// So many were met in time.
    #[track_caller]
    pub fn met(self, kind: DeadlineKind, times: u32) -> Self {
        self.tallies(kind, times, "met in time", |tally| tally.met)
    }

    /// So many were missed, done later or not.
    #[track_caller]
    pub fn breached(self, kind: DeadlineKind, times: u32) -> Self {
        self.tallies(kind, times, "missed", |tally| tally.breached)
    }

    /// So many of the missed were done after all.
    #[track_caller]
    pub fn done_late(self, kind: DeadlineKind, times: u32) -> Self {
        self.tallies(kind, times, "done after all", |tally| tally.late)
    }

    /// So many limits passed.
    #[track_caller]
    pub fn lapsed(self, kind: DeadlineKind, times: u32) -> Self {
        self.tallies(kind, times, "left to pass", |tally| tally.lapsed)
    }

    /// So many were given up.
    #[track_caller]
    pub fn waived(self, kind: DeadlineKind, times: u32) -> Self {
        self.tallies(kind, times, "given up", |tally| tally.waived)
    }

    /// So many lost their sense.
    #[track_caller]
    pub fn moot(self, kind: DeadlineKind, times: u32) -> Self {
        self.tallies(kind, times, "moot", |tally| tally.moot)
    }

    /// So many of the missed are excused.
    #[track_caller]
    pub fn excused(self, kind: DeadlineKind, times: u32) -> Self {
        self.tallies(kind, times, "excused", |tally| tally.excused)
    }

    #[track_caller]
    fn tallies(self, kind: DeadlineKind, n: u32, how: &str, count: impl FnOnce(&Tally) -> u32) -> Self {
        let truth = self.of_the_case(|case| {
            let tally = case.deadlines.tally(kind);
            equal(&count(&tally), &n, |is| format!("{} ({})", tell::times(*is), summed(&tally)))
        });
        self.expect(format!("{kind} was {how} {}", tell::times(n)), truth)
    }
}

fn summed(tally: &Tally) -> String {
    let parts = [
        (tally.set, "set"),
        (tally.met, "met in time"),
        (tally.breached, "missed"),
        (tally.late, "done after all"),
        (tally.excused, "excused"),
        (tally.lapsed, "passed"),
        (tally.waived, "given up"),
        (tally.moot, "moot"),
        (tally.superseded, "replaced"),
    ];
    let parts: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, how)| format!("{n} {how}")).collect();
    if parts.is_empty() {
        "none was ever set".to_owned()
    } else {
        format!("all in all: {}", parts.join(", "))
    }
}

/// What is expected of the last breach of a kind. The story ends where one of these does not hold.
impl Scenario {
    /// It was missed, and due then: the instant of the breach.
    #[track_caller]
    pub fn breach(mut self, kind: DeadlineKind, due: impl Into<Moment>) -> Self {
        let Some(due) = self.instant(due) else { return self };
        let truth = self.of_the_last_breach(kind, |breach| {
            equal(&breach.due, &due, |is| format!("it was due {}", told_end(&self.zone, *is)))
        });
        let expected = format!("{kind} was missed at {}", told_end(&self.zone, due));
        self.expect(expected, truth)
    }

    /// That was noticed then.
    #[track_caller]
    pub fn breach_noticed(mut self, kind: DeadlineKind, moment: impl Into<Moment>) -> Self {
        let Some(at) = self.instant(moment) else { return self };
        let truth = self.of_the_last_breach(kind, |breach| {
            equal(&breach.detected, &at, |is| format!("it was noticed {}", told(&self.zone, *is)))
        });
        let expected = format!("that {kind} was missed was noticed {}", told(&self.zone, at));
        self.expect(expected, truth)
    }

    /// It came about like that.
    #[track_caller]
    pub fn breach_cause(self, kind: DeadlineKind, cause: BreachCause) -> Self {
        let recorded = self.of_the_last_breach(kind, |breach| {
            let cause_of = |event: &crate::workflow::Event| match &event.fact {
                Fact::Breached { deadline, cause } if *deadline == breach.id => Some(*cause),
                _ => None,
            };
            let is = self.events().find_map(cause_of);
            equal(&is, &Some(cause), |is| format!("it was {is:?}"))
        });
        self.expect(format!("the cause of the missed {kind} was {cause:?}"), recorded)
    }

    /// What it asks for was done then.
    #[track_caller]
    pub fn breach_done(mut self, kind: DeadlineKind, moment: impl Into<Moment>) -> Self {
        let Some(at) = self.instant(moment) else { return self };
        let truth = self.of_the_last_breach(kind, |breach| {
            equal(&breach.met, &Some(at), |is| match is {
                Some(is) => format!("it was done {}", told(&self.zone, *is)),
                None => "it was never done".to_owned(),
            })
        });
        let expected = format!("the missed {kind} was done {}", told(&self.zone, at));
        self.expect(expected, truth)
    }

    /// What it asks for was never done.
    #[track_caller]
    pub fn breach_never_done(self, kind: DeadlineKind) -> Self {
        let truth = self.of_the_last_breach(kind, |breach| match breach.met {
            Some(is) => Err(format!("it was done {}", told(&self.zone, is))),
            None => Ok(()),
        });
        self.expect(format!("the missed {kind} was never done"), truth)
    }

    /// It is excused for that reason, or not at all.
    #[track_caller]
    pub fn breach_excused(self, kind: DeadlineKind, excuse: Option<Excuse>) -> Self {
        let says = |excuse: &Option<Excuse>| match excuse {
            None => "it is not excused".to_owned(),
            Some(Excuse::DoneInTime) => "it is excused: done in time, recorded late".to_owned(),
            Some(_) => "it is excused: somebody said why".to_owned(),
        };
        let truth = self.of_the_last_breach(kind, |breach| equal(&breach.excused, &excuse, says));
        self.expect(format!("of the missed {kind}: {}", says(&excuse)), truth)
    }

    fn of_the_last_breach(
        &self,
        kind: DeadlineKind,
        truth: impl FnOnce(&Breach) -> Result<(), String>,
    ) -> Result<(), String> {
        self.of_the_case(|case| {
            let last = case.deadlines.breaches().iter().rfind(|breach| breach.id.kind == kind);
            last.map_or_else(|| Err(format!("no {kind} was missed")), truth)
        })
    }
}
