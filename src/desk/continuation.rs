//! A message to a case that is over for good: it goes to the case in which that goes on, or opens one that
//! continues it.

use super::Request;
use crate::case::{Case, CloseReason};
use crate::conversation::Party;
use crate::feedback::{Consent, ContactKind, Feedback};
use crate::id::CaseId;
use crate::workflow::{Command, Context, Continued, Decision, Open, Rejection, Rule, step};

/// The case in which this one goes on, for a message of the customer to a case that was merged.
pub(super) fn merged_into(old: Option<&Case>, request: &Request) -> Option<CaseId> {
    match (&request.command, &old?.closed.as_deref()?.reason) {
        (Command::CustomerWrote(_), CloseReason::MergedInto(into)) => Some(*into),
        _ => None,
    }
}

/// The decision that opens the new case, where a customer's message was refused because the old one
/// cannot be reopened any more. `None` where that is not what was refused.
pub(super) fn of(
    old: Option<&Case>,
    request: &Request,
    rejection: &Rejection,
    context: &Context<'_>,
) -> Option<Result<Decision, Rejection>> {
    let (Some(old), Command::CustomerWrote(message), Rule::ReopenWindowOver) =
        (old, &request.command, &rejection.rule)
    else {
        return None;
    };
    // Whoever is involved goes on in a case of their own; anybody else speaks for the customer.
    let speaker = match &request.by.party {
        Party::Customer(speaker) if old.reach(speaker).is_some() => speaker,
        _ => &old.head.customer,
    };
    let (contact, contact_text) = old.reach(speaker).unwrap_or((ContactKind::Nowhere, None));
    let consent = if *speaker == old.head.customer { old.head.consent } else { Consent::default() };
    let mut feedback = Feedback::new(old.head.kind.clone(), old.head.channel.clone(), message.body.clone())
        .with_customer(speaker.clone())
        .with_priority(old.head.priority)
        .with_consent(consent);
    feedback.labels.clone_from(&old.head.labels);
    feedback.references.clone_from(&old.head.references);
    feedback.attachments.clone_from(&message.attachments);
    feedback.automatic = message.automatic;
    feedback.received_at = context.occurred_at;
    let mut open = Open::new(feedback);
    open.policy = Some(old.head.policy.clone()).filter(|id| context.policies.has(id));
    open.continues = Some(Continued { case: old.id, contact, contact_text });
    // The command's id is fresh, and known to whoever repeats it: so is the id of the new case.
    let context = Context { case: CaseId::from_uuid(context.command.uuid()), ..*context };
    Some(step(None, &Command::Open(Box::new(open)), &context))
}
