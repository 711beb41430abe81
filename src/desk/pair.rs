//! Commands about two cases: what both of them store.

use super::handling::{Decided, written};
use crate::case::Case;
use crate::desk::Handled;
use crate::id::{CommandId, CustomerId};
use crate::policy::PolicyBook;
use crate::text::Text;
use crate::workflow::{Command, Pair, texts};

/// Everything that a decision about two cases stores. `other` is the second before it, where it existed.
pub(super) fn stored(
    policies: &PolicyBook,
    case: &Case,
    other: Option<&Case>,
    pair: Pair,
    command: &Command,
    id: CommandId,
) -> Decided {
    let (ours, theirs) = words(command, id, &case.head.customer, other.is_none());
    let (case, write) = written(policies, Some(case), pair.case, ours);
    let (other, second) = written(policies, other, pair.other, theirs);
    let events = write.events.clone();
    let handled = Handled { other: Some(other), ..Handled::fresh(case, events) };
    Decided { writes: vec![write, second], handled }
}

/// The words of the command, by the case that they belong to: what a case begins with belongs to that one,
/// the reason and what its customer was told to the one that it comes from.
fn words(command: &Command, id: CommandId, about: &CustomerId, begins: bool) -> (Vec<Text>, Vec<Text>) {
    let texts = texts(command, id, about);
    if begins {
        texts.into_iter().partition(|text| text.kind == crate::text::TextKind::Reason)
    } else {
        (texts, Vec::new())
    }
}
