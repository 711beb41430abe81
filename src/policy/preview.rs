//! What a policy would ask for: its due times before there is a case.

use chrono::{DateTime, NaiveDate, Utc};

use super::target::last_moment;
use super::{Anchor, Facts, Policy, Target, wording};
use crate::calendar::{CalendarError, WorkingCalendar};
use crate::deadline::DeadlineKind;
use crate::id::Name;

/// When the events happened that targets run from, as far as they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestones {
    /// When the customer spoke.
    pub received: DateTime<Utc>,
    /// When they were told that they were heard.
    pub acknowledged: Option<DateTime<Utc>>,
    /// When it was handed over to whoever is in charge.
    pub handed_over: Option<DateTime<Utc>>,
    /// When this stage was requested; `None`: with the customer's word.
    pub stage_requested: Option<DateTime<Utc>>,
    /// When the final answer was sent.
    pub final_answer_sent: Option<DateTime<Utc>>,
}

impl Milestones {
    /// The customer spoke, and nothing else happened yet.
    #[must_use]
    pub const fn received(at: DateTime<Utc>) -> Self {
        Self {
            received: at,
            acknowledged: None,
            handed_over: None,
            stage_requested: None,
            final_answer_sent: None,
        }
    }

    /// This happened then.
    #[must_use]
    pub const fn with(mut self, anchor: Anchor, at: DateTime<Utc>) -> Self {
        match anchor {
            Anchor::Received => self.received = at,
            Anchor::Acknowledged => self.acknowledged = Some(at),
            Anchor::HandedOver => self.handed_over = Some(at),
            Anchor::StageRequested => self.stage_requested = Some(at),
            Anchor::FinalAnswerSent => self.final_answer_sent = Some(at),
        }
        self
    }
}

/// A deadline as a policy would set it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preview {
    /// What it is about.
    pub kind: DeadlineKind,
    /// What the rule calls it.
    pub step: Option<Name>,
    /// The number of the rule that sets it, from 0.
    pub rule: usize,
    /// The last instant at which it can be met, included, UTC.
    pub due: DateTime<Utc>,
    /// The last local date on which it can be met, in the zone of the policy's calendar.
    pub last_day: NaiveDate,
    /// It is a goal, not a duty.
    pub soft: bool,
    /// What it runs from has not happened: see [`Deadline::provisional`](crate::Deadline::provisional).
    pub provisional: bool,
    /// Why it is due then, in sentences.
    pub explanation: Vec<String>,
}

/// From when a target is counted.
struct Start {
    at: DateTime<Utc>,
    provisional: bool,
    /// The due time of what it waits for, where that bounds it.
    awaited: Option<DateTime<Utc>>,
}

impl Start {
    const fn known(at: DateTime<Utc>) -> Self {
        Self { at, provisional: false, awaited: None }
    }

    fn sentence(&self, calendar: &WorkingCalendar) -> String {
        let at = wording::at(calendar, self.at);
        match (self.provisional, self.awaited) {
            (false, _) => format!("Counted from {at}"),
            (true, None) => format!("That has not happened: counted from {at} for now"),
            (true, Some(awaited)) => format!(
                "That has not happened: this is the latest possible, as if it came {}",
                wording::by(calendar, awaited)
            ),
        }
    }
}

impl Policy {
    /// The deadlines that it would set up to the resolution, and the first follow-up after it, for such
    /// a case: what the workflow sets when the same things happen at the same times. What runs from an
    /// event that has not happened is provisional.
    ///
    /// ```
    /// use talkback::policy::{Facts, Milestones};
    /// use talkback::*;
    ///
    /// let policy = Policy::house_standard(WorkingCalendar::office("office").build()?)?;
    /// let facts = Facts {
    ///     tenant: &TenantId::single(),
    ///     kind: &FeedbackKind::Complaint,
    ///     priority: Priority::Normal,
    ///     channel: &Channel::Email,
    ///     labels: &[],
    ///     rating: None,
    /// };
    /// let preview = policy.preview(&facts, &Milestones::received("2026-11-23T09:00:00Z".parse()?))?;
    /// assert_eq!(preview[0].kind, DeadlineKind::Acknowledge);
    /// assert_eq!(preview[0].due.to_rfc3339(), "2026-11-23T13:00:00+00:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] and [`CalendarError::NeverOpens`] for instants so far away that the
    /// calendar has no answer.
    pub fn preview(&self, facts: &Facts<'_>, milestones: &Milestones) -> Result<Vec<Preview>, CalendarError> {
        use DeadlineKind as Kind;
        let mut previews: Vec<Preview> = Vec::new();
        for kind in [Kind::Acknowledge, Kind::Respond, Kind::Update, Kind::Resolve, Kind::FollowUp] {
            let Some((number, target)) = self.target(kind, facts) else { continue };
            let due_of = |kind| previews.iter().find(|other| other.kind == kind).map(|other| other.due);
            let Some(start) = start(kind, target, milestones, &due_of) else { continue };
            let from = start.awaited.map_or(start.at, |due| last_moment(&target.within, due));
            let due = target.within.due(self.calendar(), from)?;
            let mut explanation = vec![self.says(kind, number, target), start.sentence(self.calendar())];
            explanation.extend(target.within.explain(self.calendar(), from)?.sentences());
            let begun = milestones.stage_requested.unwrap_or(milestones.received);
            explanation.extend(wording::conditions(target, self.calendar(), begun, start.at, due)?);
            previews.push(Preview {
                kind,
                step: target.step.clone(),
                rule: number,
                due,
                last_day: target.within.last_day(self.calendar(), due)?,
                soft: target.soft,
                provisional: start.provisional,
                explanation,
            });
        }
        Ok(previews)
    }

    /// `8 weeks from the customer's word, says rule 1 of …`
    pub(super) fn says(&self, kind: DeadlineKind, number: usize, target: &Target) -> String {
        let event = wording::anchor(target.from, starts_with(kind));
        format!("{} from {event}, says {}", target.within, wording::rule(self, number))
    }
}

/// The event that starts a step of that kind by itself.
const fn starts_with(kind: DeadlineKind) -> &'static str {
    match kind {
        DeadlineKind::FollowUp => "the resolution",
        DeadlineKind::Confirm => "the follow-up",
        DeadlineKind::Thank => "the credit",
        DeadlineKind::Expire => "the invitation",
        _ => "the customer's word",
    }
}

/// From when a target is counted; `None` where nothing says when it could begin.
fn start(
    kind: DeadlineKind,
    target: &Target,
    milestones: &Milestones,
    due_of: &dyn Fn(DeadlineKind) -> Option<DateTime<Utc>>,
) -> Option<Start> {
    let spoken = milestones.stage_requested.unwrap_or(milestones.received);
    let unbounded = Start { at: spoken, provisional: true, awaited: None };
    let awaiting = |due| Start { at: spoken, provisional: true, awaited: Some(due) };
    Some(match target.from {
        _ if kind == DeadlineKind::FollowUp => match milestones.final_answer_sent {
            Some(at) => Start::known(at),
            None => awaiting(due_of(DeadlineKind::Resolve)?),
        },
        Anchor::Acknowledged => match (milestones.acknowledged, due_of(DeadlineKind::Acknowledge)) {
            (Some(at), _) => Start::known(at),
            (None, Some(due)) => awaiting(due),
            (None, None) => unbounded,
        },
        Anchor::HandedOver => match milestones.handed_over {
            Some(at) => Start::known(at),
            None => unbounded,
        },
        Anchor::Received | Anchor::StageRequested | Anchor::FinalAnswerSent => Start::known(spoken),
    })
}
