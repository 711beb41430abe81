//! Which commands belong to which stage, and to whom: the diagram as a table.

use chrono::{DateTime, Utc};

use super::Actor;
use super::command::CommandKind;
use super::rejection::Rule;
use crate::case::{Case, CycleCause, Outgoing, Stage};
use crate::conversation::Party;
use crate::deadline::{Deadline, DeadlineKind};

impl Case {
    /// What this actor may do with the case at `now`, UTC, as far as its stage, its deadlines and the
    /// actor's rights say: the buttons to draw. A command can still be refused for what it holds: a wait
    /// that is too long, a reason that does not apply. Ticking, which anybody may do at any time, is left
    /// out, and so is what it would bring; and an erasure, which the desk records itself.
    #[must_use]
    pub fn legal_commands(&self, actor: &Actor, now: DateTime<Utc>) -> Vec<CommandKind> {
        let legal = |kind: &CommandKind| {
            !matches!(kind, CommandKind::Tick | CommandKind::RecordErasure)
                && may(actor, *kind)
                && not_theirs(self, actor, *kind).is_none()
                && has_right(self, actor, *kind)
                && (actor.party != Party::System || a_machine_may(self, *kind))
                && belongs(self, *kind)
                && has_object(self, *kind, now)
        };
        CommandKind::ALL.into_iter().filter(legal).collect()
    }
}

/// True when the stage allows the command.
pub(super) fn belongs(case: &Case, kind: CommandKind) -> bool {
    let stage = case.stage;
    let begun = stage != Stage::Invited;
    match kind {
        CommandKind::Open | CommandKind::Invite => false,
        CommandKind::CustomerWrote
        | CommandKind::Note
        | CommandKind::Excuse
        | CommandKind::RecordDelivery
        | CommandKind::ChangeContact
        | CommandKind::RecordHold
        | CommandKind::RecordErasure
        | CommandKind::Tick => true,
        // The stage may be a later one when the first word did not arrive.
        CommandKind::Acknowledge => stage.is_unresolved() && case.cycle.acknowledged_at.is_none(),
        CommandKind::Await => matches!(stage, Stage::Acknowledged | Stage::InProgress),
        CommandKind::Resume => stage == Stage::Waiting,
        CommandKind::Resolve => stage.is_unresolved(),
        CommandKind::FollowUp => matches!(stage, Stage::Resolved | Stage::FollowedUp),
        CommandKind::RecordAnswer => stage == Stage::FollowedUp,
        CommandKind::NoActionNeeded => {
            matches!(stage, Stage::Resolved | Stage::FollowedUp) || wrote_again_and_no_more(case)
        }
        CommandKind::Merge => stage.is_unresolved(),
        CommandKind::Split => begun,
        CommandKind::RecordExit => stage == Stage::Closed,
        CommandKind::Reopen => matches!(stage, Stage::Resolved | Stage::FollowedUp | Stage::Closed),
        CommandKind::Reply
        | CommandKind::Promise
        | CommandKind::Fulfil
        | CommandKind::Credit
        | CommandKind::RecordThanked
        | CommandKind::RecordUnreachable
        | CommandKind::AcceptEscalation => stage.is_open() && begun,
        CommandKind::Assign
        | CommandKind::Classify
        | CommandKind::Close
        | CommandKind::Withdraw
        | CommandKind::Extend
        | CommandKind::Retarget
        | CommandKind::Recalculate
        | CommandKind::Waive => stage.is_open(),
    }
}

/// True when the actor has the right that the command takes. Closing takes one for some reasons only.
fn has_right(case: &Case, actor: &Actor, kind: CommandKind) -> bool {
    let grants = actor.grants;
    match kind {
        CommandKind::Waive => grants.waive && !in_charge(case, &actor.party),
        CommandKind::Excuse => grants.excuse && !in_charge(case, &actor.party),
        CommandKind::Extend => grants.extend,
        CommandKind::Retarget | CommandKind::Recalculate => grants.retarget,
        CommandKind::Merge | CommandKind::Split => grants.merge,
        _ => true,
    }
}

/// True where a machine may speak: not to a machine, and to say that the customer was heard only once.
fn a_machine_may(case: &Case, kind: CommandKind) -> bool {
    match kind {
        CommandKind::Acknowledge => !case.head.automatic && !case.cycle.machine_acknowledged(),
        CommandKind::Reply | CommandKind::FollowUp => !case.head.automatic,
        _ => true,
    }
}

/// True for the employee who is in charge of the case.
pub(super) fn in_charge(case: &Case, party: &Party) -> bool {
    matches!((party, &case.owner), (Party::Staff(staff), Some(owner)) if staff == owner)
}

/// True when there is something for the command to act on.
fn has_object(case: &Case, kind: CommandKind, at: DateTime<Utc>) -> bool {
    let deadlines = &case.deadlines;
    match kind {
        CommandKind::NoActionNeeded => case.conversation.unanswered_since().is_some(),
        CommandKind::Fulfil => deadlines.of_kind(DeadlineKind::Promise).any(Deadline::is_fulfilled_by_hand),
        CommandKind::RecordThanked => deadlines.has(DeadlineKind::Thank),
        CommandKind::AcceptEscalation => deadlines.live().iter().any(|deadline| deadline.is_acceptable(at)),
        CommandKind::Waive => deadlines.live().iter().any(|deadline| deadline.id.kind.is_owed()),
        CommandKind::Extend => deadlines.live().iter().any(|deadline| deadline.is_extendable()),
        CommandKind::Excuse => deadlines.breaches().iter().any(|breach| breach.excused.is_none()),
        CommandKind::Recalculate => deadlines.live().iter().any(|deadline| deadline.is_computed()),
        CommandKind::RecordExit => case.closed.as_ref().is_some_and(|closed| closed.is_unexplained()),
        CommandKind::RecordHold => case.cycle.outgoing.iter().any(Outgoing::is_underway),
        CommandKind::RecordAnswer => case.cycle.answered_at.is_none(),
        CommandKind::FollowUp => case.cycle.answered_at.is_none() && !deadlines.has(DeadlineKind::Confirm),
        _ => true,
    }
}

/// True when a closed case was reopened by a message, and nothing was done about it yet.
pub(super) fn wrote_again_and_no_more(case: &Case) -> bool {
    case.stage == Stage::InProgress
        && case.cycle.cause == CycleCause::WroteAgain
        && case.cycle.responded_at.is_none()
        && case.cycle.acknowledged_at.is_none()
        && case.cycle.pauses.is_empty()
        && !case.deadlines.live().iter().any(|deadline| {
            let ours = matches!(deadline.id.kind, DeadlineKind::Promise | DeadlineKind::Thank);
            ours && deadline.id.cycle == case.cycle.number
        })
        && case.conversation.unanswered_since().is_some()
}

/// True when such an actor may give the command at all, whatever the case.
pub(super) fn may(actor: &Actor, kind: CommandKind) -> bool {
    may_party(&actor.party, kind) && (actor.on_behalf_of.is_none() || is_customers(kind))
}

/// True for what customers do themselves, and whoever acts for them.
const fn is_customers(kind: CommandKind) -> bool {
    matches!(
        kind,
        CommandKind::Open
            | CommandKind::CustomerWrote
            | CommandKind::RecordAnswer
            | CommandKind::Withdraw
            | CommandKind::RecordExit
            | CommandKind::ChangeContact
    )
}

/// Why an actor may not do this in a case of somebody else's, if it is one.
pub(super) fn not_theirs(case: &Case, actor: &Actor, kind: CommandKind) -> Option<Rule> {
    let acts_as = actor.acts_as()?;
    let theirs = match kind {
        // Whoever takes a mail in says who wrote it: somebody in copy, say.
        CommandKind::CustomerWrote => case.concerns(acts_as) || !matches!(actor.party, Party::Customer(_)),
        CommandKind::RecordAnswer | CommandKind::ChangeContact => case.is_told(acts_as),
        CommandKind::Withdraw => case.is_told(acts_as),
        CommandKind::RecordExit => *acts_as == case.head.customer,
        _ => case.concerns(acts_as),
    };
    let rule = || if case.concerns(acts_as) { Rule::NotTheirPart } else { Rule::NotConcerned };
    (!theirs).then(rule)
}

fn may_party(party: &Party, kind: CommandKind) -> bool {
    match party {
        Party::Staff(_) => true,
        Party::Customer(_) => is_customers(kind),
        Party::System => !matches!(
            kind,
            CommandKind::Resolve
                | CommandKind::Close
                | CommandKind::Reopen
                | CommandKind::NoActionNeeded
                | CommandKind::RecordUnreachable
                | CommandKind::AcceptEscalation
                | CommandKind::Excuse
                | CommandKind::Waive
                | CommandKind::Extend
                | CommandKind::Retarget
                | CommandKind::Recalculate
                | CommandKind::Merge
                | CommandKind::Split
        ),
        Party::ThirdParty(_) => matches!(kind, CommandKind::Open | CommandKind::Note),
    }
}
