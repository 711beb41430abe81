//! An order is carried out, and what has to hold whatever it was is checked.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::cases::Played;
use super::deed::May;
use super::story::Line;
use super::{Scenario, tell};
use crate::case::Case;
use crate::id::{CaseId, CommandId};
use crate::policy::PolicyBook;
use crate::workflow::{self, Actor, Command, Context, Decision, Event, Notice, Rejection, evolve, owed};

/// An order of a story, and what came of it in one case. One that is about two cases has a step for each.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Step {
    /// In which case.
    pub case: CaseId,
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

/// What came of an order in one case.
struct Came {
    place: usize,
    before: Option<Arc<Case>>,
    after: Option<Arc<Case>>,
    events: Vec<Event>,
}

impl Scenario {
    /// Carries an order out and tells of it.
    #[track_caller]
    pub(super) fn order(
        mut self,
        actor: &Actor,
        mut command: Command,
        occurred_at: Option<DateTime<Utc>>,
        may: May,
    ) -> Self {
        let occurred_at = begins(&mut command, occurred_at);
        let id = CommandId::derive(&Self::tenant(), &["world", &self.steps.len().to_string()]);
        let (tenant, book) = (Self::tenant(), self.book.clone());
        let context = Context {
            tenant: &tenant,
            case: self.played().id,
            now: self.now,
            occurred_at,
            actor,
            command: id,
            policies: &book,
        };
        let decided = self.decided(&command, &context);
        let same = decided == self.decided(&command, &context);
        let (decisions, refusal) = match decided {
            Ok(decisions) => (decisions, None),
            Err(refusal) => (Vec::new(), Some(refusal)),
        };
        let refused = refusal.is_some();
        let mut came: Vec<_> = decisions.into_iter().map(|decision| self.comes(decision)).collect();
        if refused {
            let (place, case) = (self.present, self.played().case.clone());
            came.push(Came { place, before: case.clone(), after: case, events: Vec::new() });
        }
        let quiet = matches!(command, Command::Tick) && came.iter().all(|came| came.events.is_empty());
        let step = |case: CaseId, came: Came, notices: Vec<Notice>| Step {
            case,
            command: command.clone(),
            id,
            actor: actor.clone(),
            now: context.now,
            occurred_at,
            policies: book.clone(),
            before: came.before,
            after: came.after,
            events: came.events,
            notices,
            refusal: refusal.clone(),
        };
        let (mut what, mut consequences) = (None, Vec::new());
        for came in came {
            let place = came.place;
            let notices = self.folds(place, &came.events);
            let Some(played) = self.cases.get_mut(place) else { continue };
            played.case.clone_from(&came.after);
            let step = step(played.id, came, notices);
            what.get_or_insert_with(|| tell::order(&self.zone, &step));
            let elsewhere = self.cases.get(place).filter(|_| place != self.present);
            let elsewhere = elsewhere.map(|told| format!("in {}: ", told.name)).unwrap_or_default();
            let told = tell::consequences(&self.zone, &step);
            consequences.extend(told.into_iter().map(|sentence| format!("{elsewhere}{sentence}")));
            self.steps.push(step);
        }
        if let Some(what) = what.filter(|_| !quiet || refused) {
            self.lines.push(Line::Done { what, consequences });
        }
        if !same {
            self.broken("the same order was decided in two ways");
        }
        if self.cases.iter().any(|told| told.folded.as_ref() != told.case.as_deref()) {
            self.broken("the case is not what its events say");
        }
        match (refused, may) {
            (false, May::Never) => self.broken("it was accepted, and the story says that it is in vain"),
            (true, May::Only) => self.broken("it was refused, and the story does not say so"),
            _ => {}
        }
        self
    }

    /// What the workflow decides: of the present case, and of the other one where it is about two.
    fn decided(&self, command: &Command, context: &Context<'_>) -> Result<Vec<Decision>, Rejection> {
        let pair = match (command, self.case()) {
            (Command::Merge(merge), Some(case)) => {
                let into = self.cases.iter().find(|told| told.id == merge.into);
                workflow::merge(case, into.and_then(|told| told.case.as_deref()), &[], merge, context)?
            }
            (Command::Split(split), Some(case)) => {
                let said = |event: &&Event| event.command.map(Into::into) == Some(split.message);
                let of_this = self.steps.iter().filter(|step| step.case == case.id);
                let said = of_this.flat_map(|step| &step.events).find(said);
                let new = workflow::split_into(context.tenant, split.message);
                let already = self.cases.iter().find(|told| told.id == new);
                let already = already.and_then(|told| told.case.as_deref());
                workflow::split(case, said, already, split, context)?
            }
            (_, case) => return Ok(vec![workflow::step(case, command, context)?]),
        };
        Ok(vec![pair.case, pair.other])
    }

    /// What a decision does to its case, which is a new one where none has its id.
    fn comes(&mut self, decision: Decision) -> Came {
        let id = decision.case.id;
        let place = self.cases.iter().position(|told| told.id == id).unwrap_or_else(|| {
            self.cases.push(Played { id, ..Played::new("the new case") });
            self.cases.len() - 1
        });
        let before = self.cases.get(place).and_then(|told| told.case.clone());
        Came { place, before, after: Some(decision.case), events: decision.events }
    }

    /// Folds events into the case at that place, and gives the notices that they call for.
    fn folds(&mut self, place: usize, events: &[Event]) -> Vec<Notice> {
        let mut notices = Vec::new();
        let Some(told) = self.cases.get_mut(place) else { return notices };
        for event in events {
            told.folded = evolve(told.folded.take(), event);
            if let Some(case) = &told.folded {
                notices.extend(owed(case, event));
            }
        }
        notices
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
