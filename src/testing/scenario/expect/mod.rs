//! What a story expects.

use super::Scenario;
use super::moment::told;
use super::tell;
use crate::case::{Case, CloseReason, CycleCause, Stage};

mod deadlines;
mod people;
mod refusals;
mod verdicts;

/// What is expected of the case. The story ends where one of these does not hold.
impl Scenario {
    /// It stands there.
    #[track_caller]
    pub fn stage(self, stage: Stage) -> Self {
        let truth = self.of_the_case(|case| equal(&case.stage, &stage, |stage| format!("it is {stage}")));
        self.expect(format!("the case is {stage}"), truth)
    }

    /// It is closed, for that reason.
    #[track_caller]
    pub fn closed(self, reason: &CloseReason) -> Self {
        let truth = self.of_the_case(|case| match &case.closed {
            Some(closed) if case.stage == Stage::Closed => equal(&closed.reason, reason, |reason| {
                format!("it is closed as {}: {reason:?}", reason.as_str())
            }),
            _ => Err(format!("it is {}", case.stage)),
        });
        self.expect(format!("the case is closed as {}", reason.as_str()), truth)
    }

    /// It is in that cycle, counted from 1, which began for that reason.
    #[track_caller]
    pub fn cycle(self, number: u16, cause: CycleCause) -> Self {
        let truth = self.of_the_case(|case| {
            equal(&(case.cycle.number, case.cycle.cause), &(number, cause), |(number, cause)| {
                format!("it is in cycle {number}, which began because {}", because(*cause))
            })
        });
        self.expect(format!("the case is in cycle {number}, which began because {}", because(cause)), truth)
    }

    /// It counts as reopened so often: messages that needed no action are left out.
    #[track_caller]
    pub fn reopened(self, times: u16) -> Self {
        let truth = self.of_the_case(|case| {
            equal(&case.reopened, &times, |times| {
                format!("it counts as reopened {}", tell::times((*times).into()))
            })
        });
        self.expect(format!("the case counts as reopened {}", tell::times(times.into())), truth)
    }

    /// A fact of that written form, such as `wait-ended`, happened so often.
    #[track_caller]
    pub fn happened(self, fact: &str, times: usize) -> Self {
        let found = self.events().filter(|event| event.fact.as_str() == fact).count();
        let truth = equal(&found, &times, |found| format!("it was recorded {}", counted(*found)));
        self.expect(format!("{fact:?} was recorded {}", counted(times)), truth)
    }

    /// The last fact of that written form happened then.
    #[track_caller]
    pub fn happened_at(mut self, fact: &str, moment: impl Into<super::Moment>) -> Self {
        let Some(at) = self.instant(moment) else { return self };
        let last = self.events().filter(|event| event.fact.as_str() == fact).last();
        let truth = match last.map(|event| event.occurred_at) {
            None => Err("it was never recorded".to_owned()),
            Some(last) => equal(&last, &at, |last| format!("it happened {}", told(&self.zone, *last))),
        };
        let expected = format!("{fact:?} happened {}", told(&self.zone, at));
        self.expect(expected, truth)
    }

    /// Something else that is true of the case, in words.
    #[track_caller]
    pub fn case_has(self, what: &str, holds: impl FnOnce(&Case) -> bool) -> Self {
        let truth =
            self.of_the_case(|case| if holds(case) { Ok(()) } else { Err("the case has not".to_owned()) });
        self.expect(format!("the case has {what}"), truth)
    }

    fn of_the_case(&self, truth: impl FnOnce(&Case) -> Result<(), String>) -> Result<(), String> {
        self.case().map_or_else(|| Err("there is no case yet".to_owned()), truth)
    }
}

/// Holds when they are equal; else says how it is.
fn equal<T: PartialEq>(is: &T, expected: &T, says: impl FnOnce(&T) -> String) -> Result<(), String> {
    if is == expected { Ok(()) } else { Err(says(is)) }
}

fn counted(n: usize) -> String {
    tell::times(u32::try_from(n).unwrap_or(u32::MAX))
}

const fn because(cause: CycleCause) -> &'static str {
    match cause {
        CycleCause::Opened => "the customer spoke",
        CycleCause::Disputed => "the customer does not accept the resolution",
        CycleCause::WroteAgain => "the customer wrote again",
        CycleCause::Decided => "an employee decided so",
        #[allow(unreachable_patterns, reason = "a cause that needs no words")]
        _ => "of something else",
    }
}
