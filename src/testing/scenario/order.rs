//! An order is carried out, and what has to hold whatever it was is checked.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::story::Line;
use super::{Scenario, tell};
use crate::case::Case;
use crate::id::CommandId;
use crate::policy::PolicyBook;
use crate::workflow::{Actor, Command, Context, Event, Notice, Rejection, decide, evolve, owed, step};

/// An order of a story, and what came of it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Step {
    /// What was ordered.
    pub command: Command,
    /// Its id.
    pub id: CommandId,
    /// By whom.
    pub actor: Actor,
    /// When, UTC.
    pub now: DateTime<Utc>,
    /// When it happened, UTC; `None`: then.
    pub occurred_at: Option<DateTime<Utc>>,
    /// The policies at that time.
    pub policies: PolicyBook,
    /// The case before it.
    pub before: Option<Arc<Case>>,
    /// The case after it.
    pub after: Option<Arc<Case>>,
    /// What happened, oldest first; nothing if it was refused.
    pub events: Vec<Event>,
    /// Who is told of it.
    pub notices: Vec<Notice>,
    /// Why it was refused.
    pub refusal: Option<Rejection>,
}

impl Scenario {
    /// Carries an order out and tells of it. `in_vain`: it is meant to be refused.
    #[track_caller]
    pub(super) fn order(
        mut self,
        actor: Actor,
        mut command: Command,
        occurred_at: Option<DateTime<Utc>>,
        in_vain: bool,
    ) -> Self {
        let occurred_at = begins(&mut command, occurred_at);
        let id = CommandId::derive(&Self::tenant(), &["order of a story", &self.steps.len().to_string()]);
        let (tenant, before) = (Self::tenant(), self.case.clone());
        let context = Context {
            tenant: &tenant,
            case: Self::case_id(),
            now: self.now,
            occurred_at,
            actor: &actor,
            command: id,
            policies: &self.book,
        };
        let decision = step(before.as_deref(), &command, &context);
        let again = decide(before.as_deref(), &command, &context);
        let same = match (&decision, &again) {
            (Ok(decision), Ok(events)) => decision.events == *events,
            (Err(refusal), Err(again)) => refusal == again,
            _ => false,
        };
        let (after, events, refusal) = match decision {
            Ok(decision) => (Some(decision.case), decision.events, None),
            Err(refusal) => (before.clone(), Vec::new(), Some(refusal)),
        };
        let mut notices = Vec::new();
        for event in &events {
            self.folded = evolve(self.folded.take(), event);
            if let Some(case) = &self.folded {
                notices.extend(owed(case, event));
            }
        }
        let step = Step {
            command,
            id,
            actor,
            now: self.now,
            occurred_at,
            policies: self.book.clone(),
            before,
            after: after.clone(),
            events,
            notices,
            refusal,
        };
        if !matches!(step.command, Command::Tick) || !step.events.is_empty() || step.refusal.is_some() {
            self.lines.push(Line::Done {
                what: tell::order(&self.zone, &step),
                consequences: tell::consequences(&self.zone, &step),
            });
        }
        let accepted = step.refusal.is_none();
        self.case = after;
        self.steps.push(step);
        if !same {
            self.broken("the same order was decided in two ways");
        }
        if self.folded.as_ref() != self.case.as_deref() {
            self.broken("the case is not what its events say");
        }
        match (accepted, in_vain) {
            (true, true) => self.broken("it was accepted, and the story says that it is in vain"),
            (false, false) => self.broken("it was refused, and the story does not say so"),
            _ => {}
        }
        self
    }
}

/// A case begins at its feedback's own time.
fn begins(command: &mut Command, occurred_at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    let feedback = match command {
        Command::Open(open) => &mut open.feedback,
        Command::Invite(invite) => &mut invite.about,
        _ => return occurred_at,
    };
    feedback.received_at = occurred_at.or(feedback.received_at);
    feedback.received_at
}
