//! Whether a letter is still to go: asked of the case right before it is handed over.

use crate::case::{Case, Stage};
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
        // A message was written, whatever happened since; thanks stay earned; staff hear of every loss.
        NoticeKind::Message | NoticeKind::AskWhy | NoticeKind::Thanks | NoticeKind::Undelivered => false,
    }
}

fn is_in_charge(to: &Recipient, case: &Case) -> bool {
    match to {
        Recipient::Staff(staff) => case.owner.as_ref() == Some(staff),
        Recipient::Team(team) => case.team.as_ref() == Some(team),
        Recipient::Customer(_) | Recipient::Role(_) => true,
    }
}
