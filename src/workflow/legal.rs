//! Which commands belong to which stage: the diagram as a table.

use chrono::{DateTime, Utc};

use super::command::CommandKind;
use super::plan::undated;
use crate::case::{Case, CycleCause, Stage};
use crate::conversation::Party;
use crate::deadline::{Deadline, DeadlineKind};

/// What this party may do with the case at `now`, as far as its stage and its deadlines say. A command can
/// still be refused for what it holds: a wait that is too long, a reason that does not apply. What time
/// has brought since the case was last looked at is not reckoned in: tick first.
#[must_use]
pub fn legal(case: &Case, party: &Party, now: DateTime<Utc>) -> Vec<CommandKind> {
    let at = undated(case, now);
    let possible = |kind: CommandKind| {
        kind != CommandKind::Tick && may(party, kind) && belongs(case, kind) && has_object(case, kind, at)
    };
    CommandKind::ALL.into_iter().filter(|kind| possible(*kind)).collect()
}

/// True when the stage allows the command.
pub(super) fn belongs(case: &Case, kind: CommandKind) -> bool {
    let stage = case.stage;
    let begun = stage != Stage::Invited;
    match kind {
        CommandKind::Open | CommandKind::Invite => false,
        CommandKind::CustomerWrote | CommandKind::Note | CommandKind::Excuse | CommandKind::Tick => true,
        CommandKind::Acknowledge => stage == Stage::Received,
        CommandKind::Await => matches!(stage, Stage::Acknowledged | Stage::InProgress),
        CommandKind::Resume => stage == Stage::Waiting,
        CommandKind::Resolve => stage.is_unresolved(),
        CommandKind::FollowUp => matches!(stage, Stage::Resolved | Stage::FollowedUp),
        CommandKind::RecordAnswer => stage == Stage::FollowedUp,
        CommandKind::NoActionNeeded => {
            matches!(stage, Stage::Resolved | Stage::FollowedUp) || wrote_again_and_no_more(case)
        }
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
        | CommandKind::Waive => stage.is_open(),
    }
}

/// True when there is something for the command to act on.
fn has_object(case: &Case, kind: CommandKind, at: DateTime<Utc>) -> bool {
    let deadlines = &case.deadlines;
    match kind {
        CommandKind::NoActionNeeded => case.conversation.unanswered_since.is_some(),
        CommandKind::Fulfil => deadlines.of_kind(DeadlineKind::Promise).any(Deadline::is_fulfilled_by_hand),
        CommandKind::RecordThanked => deadlines.has(DeadlineKind::Thank),
        CommandKind::AcceptEscalation => deadlines.live().iter().any(|deadline| deadline.is_acceptable(at)),
        CommandKind::Waive => deadlines.live().iter().any(|deadline| deadline.id.kind.is_owed()),
        CommandKind::Extend => deadlines.live().iter().any(|deadline| deadline.is_extendable()),
        CommandKind::Excuse => deadlines.breaches().iter().any(|breach| breach.excused.is_none()),
        CommandKind::RecordAnswer => case.cycle.answered_at.is_none(),
        CommandKind::FollowUp => {
            let asked = case.cycle.answered_at.is_some() || deadlines.has(DeadlineKind::Confirm);
            case.stage == Stage::Resolved || !asked
        }
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
        && case.conversation.unanswered_since.is_some()
}

/// True when such a party may give the command at all.
pub(super) fn may(party: &Party, kind: CommandKind) -> bool {
    match party {
        Party::Staff(_) => true,
        Party::Customer(_) => matches!(
            kind,
            CommandKind::Open
                | CommandKind::CustomerWrote
                | CommandKind::RecordAnswer
                | CommandKind::Withdraw
        ),
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
        ),
        Party::ThirdParty(_) => matches!(kind, CommandKind::Open | CommandKind::Note),
    }
}
