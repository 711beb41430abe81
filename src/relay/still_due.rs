//! Whether a letter is still to go: asked of the case right before it is handed over.

use crate::case::{Case, Purpose, Stage};
use crate::workflow::{Notice, NoticeKind, Recipient};

/// True for a notification that is not due any more.
///
/// This is the one place that decides so by the case. What was erased is found while the letter is read.
pub(super) fn no_longer_due(notice: &Notice, case: &Case) -> bool {
    match notice.kind {
        // Nothing is left to hurry for.
        NoticeKind::Warning | NoticeKind::Escalation => {
            notice.deadline.is_some_and(|deadline| case.deadlines.get(deadline).is_none())
        }
        NoticeKind::Review => case.stage == Stage::Closed,
        // It went to somebody else meanwhile.
        NoticeKind::Assigned => !is_in_charge(&notice.to, case),
        // A resolution that was given up is given again, and what asks whether it helped goes with it. Other words
        // hold, however late they come.
        NoticeKind::Message => {
            matches!(notice.purpose, Some(Purpose::Resolution | Purpose::FollowUp))
                && was_given_up(notice, case)
        }
        // Thanks stay earned; staff hear of every loss.
        NoticeKind::AskWhy | NoticeKind::Thanks | NoticeKind::Undelivered => false,
    }
}

/// True once the message counts as lost to its recipient.
fn was_given_up(notice: &Notice, case: &Case) -> bool {
    let Recipient::Customer(customer) = &notice.to else { return false };
    notice.message().is_some_and(|message| case.has_lost(message, customer))
}

fn is_in_charge(to: &Recipient, case: &Case) -> bool {
    match to {
        Recipient::Staff(staff) => case.owner.as_ref() == Some(staff),
        Recipient::Team(team) => case.team.as_ref() == Some(team),
        Recipient::Customer(_) | Recipient::Role(_) => true,
    }
}
