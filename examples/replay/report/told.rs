//! What can only be seen while it happens.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use talkback::{Case, CaseId, Event, Fact, Handled, Tone, Verdict};

use super::Refused;

/// What was told while it was played.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) commands: u64,
    pub(crate) ticks: usize,
    pub(crate) seconds: f64,
    pub(crate) timely_yes: u64,
    pub(crate) timely_no: u64,
    pub(crate) outcomes: BTreeMap<String, u64>,
    pub(crate) remedies: BTreeMap<String, u64>,
    pub(crate) durations: BTreeMap<Step, Vec<TimeDelta>>,
    pub(crate) warnings: BTreeMap<&'static str, u64>,
    /// Facts that the workflow refused.
    pub(crate) rejections: Vec<Refused>,
    disputed: HashSet<CaseId>,
    seen: HashMap<CaseId, Seen>,
}

/// A step whose duration is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    HandOver,
    Acknowledge,
    Respond,
    Resolve,
    FollowUp,
    Answer,
}

/// Which steps of a case's present round were measured, and when its customer was last asked.
#[derive(Default)]
struct Seen {
    round: u16,
    steps: u8,
    asked: Option<DateTime<Utc>>,
}

impl Step {
    pub(crate) const ALL: [Self; 6] =
        [Self::HandOver, Self::Acknowledge, Self::Respond, Self::Resolve, Self::FollowUp, Self::Answer];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::HandOver => "hand-over",
            Self::Acknowledge => "acknowledge",
            Self::Respond => "respond",
            Self::Resolve => "resolve",
            Self::FollowUp => "follow-up",
            Self::Answer => "answer",
        }
    }
}

impl Told {
    pub(crate) fn warn(&mut self, warning: &'static str) {
        *self.warnings.entry(warning).or_default() += 1;
    }

    /// A case was opened.
    pub(crate) fn opened(&mut self, timely: Option<bool>, warnings: &[&'static str]) {
        match timely {
            Some(true) => self.timely_yes += 1,
            Some(false) => self.timely_no += 1,
            None => {}
        }
        for warning in warnings {
            self.warn(warning);
        }
    }

    /// A fact was played; `timed` if the source says when it happened.
    pub(crate) fn happened(&mut self, handled: &Handled, timed: bool) {
        for event in handled.events.iter().filter(|event| event.command.is_some()) {
            self.count(&handled.case, event);
            let (asked, at) = (self.seen.entry(handled.case.id).or_default().asked, event.occurred_at);
            match &event.fact {
                Fact::Assigned { .. } => self.step(&handled.case, Step::HandOver, Some(at), timed),
                Fact::FollowedUp { .. } => {
                    self.step(&handled.case, Step::FollowUp, Some(at), timed);
                    self.seen.entry(handled.case.id).or_default().asked = Some(at);
                }
                Fact::Answered { .. } => {
                    if let (Some(asked), true) = (asked, timed) {
                        self.durations.entry(Step::Answer).or_default().push(at - asked);
                    }
                }
                _ => {}
            }
        }
        let cycle = &handled.case.cycle;
        self.step(&handled.case, Step::Acknowledge, cycle.acknowledged_at, timed);
        self.step(&handled.case, Step::Respond, cycle.responded_at, timed);
        self.step(&handled.case, Step::Resolve, cycle.resolved_at, timed);
    }

    pub(crate) fn disputed(&self) -> usize {
        self.disputed.len()
    }

    fn count(&mut self, case: &Case, event: &Event) {
        match &event.fact {
            Fact::Resolved { resolution, .. } => {
                *self.outcomes.entry(resolution.outcome.to_string()).or_default() += 1;
                for remedy in &resolution.remedies {
                    *self.remedies.entry(remedy.kind.to_string()).or_default() += 1;
                }
            }
            Fact::CustomerWrote { tone: Tone::Dispute, .. } => {
                self.disputed.insert(case.id);
            }
            Fact::Answered { satisfaction, .. } if satisfaction.verdict == Verdict::Disputed => {
                self.disputed.insert(case.id);
            }
            _ => {}
        }
    }

    /// Measures a step, once in each round.
    fn step(&mut self, case: &Case, step: Step, done: Option<DateTime<Utc>>, timed: bool) {
        let Some(done) = done else { return };
        let seen = self.seen.entry(case.id).or_default();
        if seen.round != case.cycle.number {
            *seen = Seen { round: case.cycle.number, ..Seen::default() };
        }
        let bit = 1 << step as u8;
        if seen.steps & bit != 0 {
            return;
        }
        seen.steps |= bit;
        let from = if step == Step::FollowUp { case.cycle.resolved_at } else { Some(case.cycle.started_at) };
        if let (Some(from), true) = (from, timed) {
            self.durations.entry(step).or_default().push(done - from);
        }
    }
}
