//! A message to a case that is over for good: it goes to the case in which that goes on, or opens one that
//! continues it.

use super::Request;
use crate::case::{Case, CloseReason};
use crate::conversation::Party;
use crate::feedback::{Consent, Feedback};
use crate::id::{CaseId, CommandId};
use crate::workflow::{Command, Context, Continued, Open, Rejection, Rule};

/// The case in which this one goes on, for what a customer may still say to a case that was merged.
pub(super) fn merged_into(old: Option<&Case>, command: &Command) -> Option<CaseId> {
    match (command, &old?.closed.as_deref()?.reason) {
        (Command::CustomerWrote(_) | Command::ChangeContact(_), CloseReason::MergedInto(into)) => Some(*into),
        _ => None,
    }
}

/// The same for a report of what became of a message: it is taken where the case goes on, because what the
/// message had met is owed there.
pub(super) fn reported_to(old: Option<&Case>, request: &Request) -> Option<CaseId> {
    match (&request.command, &old?.closed.as_deref()?.reason) {
        (Command::RecordDelivery(_) | Command::RecordHold(_), CloseReason::MergedInto(into)) => Some(*into),
        _ => None,
    }
}

/// The command that opens the new case, where a customer's message was refused because the old one cannot be
/// reopened any more. `None` where that is not what was refused.
pub(super) fn of(
    old: Option<&Case>,
    request: &Request,
    rejection: &Rejection,
    context: &Context<'_>,
) -> Option<Open> {
    let (Some(old), Command::CustomerWrote(message), Rule::ReopenWindowOver) =
        (old, &request.command, &rejection.rule)
    else {
        return None;
    };
    // Whoever is involved goes on in a case of their own.
    let speaker = context.actor.acts_as().unwrap_or(&old.head.customer);
    let consent = if *speaker == old.head.customer { old.head.consent } else { Consent::default() };
    let mut feedback = Feedback::new(old.head.kind.clone(), old.head.channel.clone(), message.body.clone())
        .with_customer(speaker.clone())
        .with_priority(old.head.priority)
        .with_consent(consent);
    feedback.labels.clone_from(&old.head.labels);
    feedback.references.clone_from(&old.head.references);
    feedback.attachments.clone_from(&message.attachments);
    feedback.automatic = message.automatic;
    // What a customer hands in themselves is from now.
    let dated = !matches!(context.actor.party, Party::Customer(_));
    feedback.received_at = context.occurred_at.filter(|_| dated);
    feedback.rating = message.rating;
    let mut open = Open::new(feedback);
    open.policy = Some(old.head.policy.clone()).filter(|id| context.policies.has(id));
    let contacts = old.contacts(speaker).unwrap_or_default().to_vec();
    open.continues = Some(Continued { case: old.id, contacts });
    Some(open)
}

/// The id of the new case. The command's id is fresh, and known to whoever repeats it: so is this one.
pub(super) const fn id(command: CommandId) -> CaseId {
    CaseId::from_uuid(command.uuid())
}
