//! One command on one case: what came of it, and every law.

use std::sync::Arc;

use talkback::policy::PolicyBook;
use talkback::workflow::CommandKind;
use talkback::{Actor, Case, CommandId, Context, Event, Notice, Party, Rejection};

use super::super::laws::{Seen, check_one, same_verdicts};
use super::super::run::{Order, Workflow, context};
use super::super::world::{ann, bob, customer};

/// A case afterwards, and the events or the refusal.
pub(super) type Outcome = (Arc<Case>, Result<Vec<Event>, Rejection>);

/// Ann, bob, the customer, machines.
pub(super) const ACTORS: usize = 4;

pub(super) fn actors() -> [Actor; ACTORS] {
    [ann(), bob(), customer(), Actor::system()]
}

/// The place of an actor among them.
pub(super) fn seat(party: &Party) -> usize {
    match party {
        Party::Staff(staff) if staff.as_str() == "ann" => 0,
        Party::Staff(_) => 1,
        Party::Customer(_) => 2,
        _ => 3,
    }
}

pub(super) const fn bit(kind: CommandKind) -> u64 {
    1 << (kind as u64)
}

/// A command's id: no two commands of one way to a state have the same.
pub(super) fn next_id<'a>(cases: impl IntoIterator<Item = &'a Case>) -> CommandId {
    let events: u64 = cases.into_iter().map(|case| case.version).sum();
    CommandId::from_uuid(uuid::Uuid::from_u128(u128::from(events) + 1))
}

/// The context of an order on a case.
pub(super) fn around<'a>(
    order: &'a Order,
    case: &Case,
    id: CommandId,
    books: &'a [PolicyBook],
) -> Context<'a> {
    Context { command: id, case: case.id, ..context(order, books) }
}

/// A step to check: a command, the case before it and what came of it.
pub(super) struct Checked<'a> {
    pub(super) order: &'a Order,
    pub(super) id: CommandId,
    pub(super) book: &'a PolicyBook,
    pub(super) before: Option<&'a Case>,
    pub(super) caught_up: Option<&'a Case>,
    pub(super) legal: &'a [CommandKind],
    pub(super) outcome: &'a Result<Vec<Event>, Rejection>,
    pub(super) again: Option<&'a Result<Vec<Event>, Rejection>>,
    pub(super) after: Option<&'a Case>,
}

impl Checked<'_> {
    /// Folds the events one by one and checks every law.
    pub(super) fn check(&self, workflow: &mut dyn Workflow) -> Result<(), String> {
        let events = self.outcome.as_deref().unwrap_or_default();
        let mut folds: Vec<Case> = Vec::with_capacity(events.len());
        let mut notices: Vec<Vec<Notice>> = Vec::with_capacity(events.len());
        for event in events {
            let last = folds.last().or(self.before).cloned();
            let Some(case) = workflow.evolve(last, event) else {
                return Err(format!("1, I2: {:?} leaves no case", event.fact));
            };
            notices.push(workflow.owed(&case, event));
            folds.push(case);
        }
        check_one(&Seen {
            order: self.order,
            id: self.id,
            book: self.book,
            before: self.before,
            caught_up: self.caught_up,
            legal: self.legal,
            outcome: self.outcome,
            again: self.again,
            after: self.after,
            folds: &folds,
            notices: &notices,
            may_withdraw: None,
        })
    }
}

/// Law 11: the same command, on a case that somebody had looked at.
pub(super) fn same(one: &Outcome, two: &Outcome) -> Result<(), String> {
    let (x, y) = (one.1.as_ref().map(|_| ()), two.1.as_ref().map(|_| ()));
    same_verdicts((x, Some(&*one.0)), (y, Some(&*two.0)))
}
