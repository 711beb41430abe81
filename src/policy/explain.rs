//! Why the deadlines of a case are due when they are, in sentences.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::target::last_moment;
use super::{Facts, Policy, PolicyBook, Span, wording};
use crate::calendar::CalendarError;
use crate::case::Case;
use crate::deadline::{Basis, Deadline, DeadlineId, DeadlineKind, DeadlineState};
use crate::id::Name;

/// Why the live deadlines of a case are due when they are.
///
/// [`Display`](fmt::Display) writes a line for each deadline, and its sentences below it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaseExplanation {
    /// In the order in which they are due.
    pub deadlines: Vec<DeadlineExplanation>,
}

/// Why one deadline is due when it is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadlineExplanation {
    /// Which.
    pub id: DeadlineId,
    /// What the rule calls it.
    pub step: Option<Name>,
    /// The last instant at which it can be met, included, UTC.
    pub due: DateTime<Utc>,
    /// The last local date on which it can be met, in the zone of the calendar.
    pub last_day: NaiveDate,
    /// The number, from 0, of the rule that sets such a deadline for the case as it stands; `None` where
    /// no rule does: a date that somebody gave, the floor.
    pub rule: Option<usize>,
    /// By which policy and calendar it was computed.
    pub basis: Basis,
    /// In sentences.
    pub sentences: Vec<String>,
}

impl Policy {
    /// Explains the live deadlines of a case: which rule applied, what was counted, what moved the due
    /// time since. Where another version of the policy or the calendar had set one, it says so and what
    /// this version would say; the deadline keeps what it was set with.
    #[must_use]
    pub fn explain(&self, case: &Case) -> CaseExplanation {
        explained(case, &|_| Some(self))
    }
}

impl PolicyBook {
    /// The same as [`Policy::explain`], each deadline by the very version of the policy that set it,
    /// where the book still has that, else by the policy of the case.
    #[must_use]
    pub fn explain(&self, case: &Case) -> CaseExplanation {
        explained(case, &|basis| {
            let set_it = self
                .policies()
                .iter()
                .find(|policy| *policy.id() == basis.policy && policy.version() == basis.policy_version);
            set_it.map(AsRef::as_ref).or_else(|| self.of(&case.head.policy, case.head.policy_version))
        })
    }
}

fn explained<'a>(case: &Case, policy: &dyn Fn(&Basis) -> Option<&'a Policy>) -> CaseExplanation {
    let mut live: Vec<_> = case.deadlines.live().iter().collect();
    live.sort_by_key(|deadline| (deadline.due, deadline.id));
    let deadlines =
        live.into_iter().filter_map(|deadline| Some(one(policy(&deadline.basis)?, case, deadline)));
    CaseExplanation { deadlines: deadlines.collect() }
}

fn one(policy: &Policy, case: &Case, deadline: &Deadline) -> DeadlineExplanation {
    let calendar = policy.calendar();
    let kind = deadline.id.kind;
    let mut sentences = vec![state(policy, deadline)];
    let basis = &deadline.basis;
    if **policy.basis() != **basis {
        sentences.push(format!(
            "It was set by {} version {}, in the calendar {} version {}, and keeps that",
            basis.policy, basis.policy_version, basis.calendar, basis.calendar_version
        ));
    }
    let target = policy.target(kind, &Facts::of(case));
    match (&target, &deadline.span) {
        (Some((number, target)), Some(span)) => {
            sentences.push(if target.within == *span || deadline.extended > 0 {
                policy.says(kind, *number, target)
            } else {
                let now = policy.says(kind, *number, target);
                format!("It was set with {span}; now it would be {now}")
            });
        }
        (None, Some(span)) if kind == DeadlineKind::Review => {
            sentences.push(format!("Nothing else would wake the case: it is looked at every {span}"));
        }
        (None, Some(span)) => {
            sentences.push(format!("It was set with {span}; no rule of {} asks for it now", policy.id()));
        }
        (_, None) => sentences.push("It is a date that was given".to_owned()),
    }
    if let Some(span) = &deadline.span {
        let same_calendar =
            (calendar.name(), calendar.version()) == (&basis.calendar, basis.calendar_version);
        let counted = if same_calendar {
            counted(policy, case, deadline, span)
        } else {
            Ok(vec!["This policy has another calendar: its days cannot be counted again here".to_owned()])
        };
        // What the calendar cannot compute now it could when the deadline was set.
        sentences
            .extend(counted.unwrap_or_else(|error| vec![format!("It cannot be counted again: {error}")]));
    }
    let last_day = match &deadline.span {
        Some(span) => span.last_day(calendar, deadline.due),
        None => calendar.local_date(deadline.due),
    };
    DeadlineExplanation {
        id: deadline.id,
        step: deadline.step.clone(),
        due: deadline.due,
        last_day: last_day.unwrap_or_else(|_| deadline.due.date_naive()),
        rule: target.map(|(number, _)| number),
        basis: Basis::clone(basis),
        sentences,
    }
}

fn state(policy: &Policy, deadline: &Deadline) -> String {
    let calendar = policy.calendar();
    let by = wording::by(calendar, deadline.due);
    match &deadline.state {
        DeadlineState::Running if deadline.provisional => {
            format!("Due {by} at the latest: what it runs from has not happened")
        }
        DeadlineState::Running => format!("Due {by}"),
        DeadlineState::Paused { at, .. } => {
            format!("It stands still since {}; it was due {by}", wording::at(calendar, *at))
        }
        DeadlineState::Breached => format!("It was missed: due {by}"),
    }
}

/// What was counted, and what moved the due time since.
fn counted(
    policy: &Policy,
    case: &Case,
    deadline: &Deadline,
    span: &Span,
) -> Result<Vec<String>, CalendarError> {
    let calendar = policy.calendar();
    let mut sentences = Vec::new();
    let acknowledge = case.deadlines.of_kind(DeadlineKind::Acknowledge).next();
    let from = match (deadline.provisional, acknowledge) {
        (true, Some(acknowledge)) if acknowledge.id != deadline.id => last_moment(span, acknowledge.due),
        _ => deadline.anchor,
    };
    sentences.push(format!("Counted from {}", wording::at(calendar, from)));
    let mut explained = span.explain(calendar, from)?;
    sentences.extend(explained.sentences());
    if deadline.extended > 0 {
        let extension = deadline.extension.as_ref();
        let words = extension.map(ToString::to_string).unwrap_or_default();
        sentences.push(format!("It was extended ({words}): {} so far", deadline.extended));
        for _ in 0..deadline.extended {
            let by = extension.and_then(|extension| match &extension.length {
                super::ExtensionLength::By(by) => Some(by),
                _ => None,
            });
            let Some(by) = by else { break };
            explained = by.explain(calendar, last_moment(by, explained.due()))?;
            sentences.extend(explained.sentences());
        }
    }
    if explained.due() != deadline.due {
        let mut reasons = Vec::new();
        for pause in &case.cycle.pauses {
            let since = wording::at(calendar, pause.from);
            reasons.push(match pause.to {
                Some(to) => format!("it stood still from {since} to {}", wording::at(calendar, to)),
                None => format!("it stands still since {since}"),
            });
        }
        if deadline.id.cycle > 1 && deadline.id.kind == DeadlineKind::Resolve {
            reasons.push("the case was taken up again with what was left of its time".to_owned());
        }
        if reasons.is_empty() {
            reasons.push("it was given another date".to_owned());
        }
        let by = wording::by(calendar, deadline.due);
        sentences.push(format!("It is due {by} instead: {}", reasons.join("; ")));
    }
    if let Some(until) = deadline.moot_until {
        let until = wording::by(calendar, until);
        sentences.push(format!("Nothing is owed if the case is resolved {until}"));
    }
    Ok(sentences)
}

impl fmt::Display for CaseExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, deadline) in self.deadlines.iter().enumerate() {
            write!(f, "{}{deadline}", if n == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl fmt::Display for DeadlineExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        if let Some(step) = &self.step {
            write!(f, " ({step})")?;
        }
        self.sentences.iter().try_for_each(|sentence| write!(f, "\n  {sentence}"))
    }
}
