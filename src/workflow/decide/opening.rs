//! How a case begins.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Refusal, each_once};
use crate::case::{Case, ContactRef, CycleCause, Head, Stage, add_contacts};
use crate::conversation::Party;
use crate::deadline::{Deadline, DeadlineKind, MootReason};
use crate::feedback::{Contact, Feedback, Rating};
use crate::format::Format;
use crate::id::{CommandId, CustomerId, Name, TextId};
use crate::policy::{Anchor, Policy};
use crate::workflow::Context;
use crate::workflow::command::{Continued, Invite, Open, Split};
use crate::workflow::event::{Event, Fact, Invited, Opened};
use crate::workflow::evolve::begin;
use crate::workflow::plan::{Plan, fails_at, goes_at, latest, stored, trimmed, within_range};
use crate::workflow::rejection::Rule;
use crate::workflow::texts::{Slot, carried};

pub(super) fn open<'a>(open: &Open, context: &'a Context<'a>) -> Result<Plan<'a>, Refusal> {
    let feedback = &open.feedback;
    let spoken = [&feedback.subject, &feedback.body].into_iter().flatten().any(|words| !words.is_blank());
    if !spoken && feedback.rating.is_none() && feedback.attachments.is_empty() {
        return Err(Rule::NoWords.into());
    }
    let (command, policy) = grounds(context, open.policy.as_ref(), feedback)?;
    their_own(feedback, context, policy)?;
    let head = Arc::new(head(feedback, context, command, policy, open.continues.as_ref()));
    let body = feedback.body.as_ref().map(|_| Slot::Body.of(command));
    let fact = opened(context, &head, body, super::conversation::counted(&feedback.attachments));
    let mut plan = first(context, policy, &head, Stage::Received, fact, feedback)?;
    spoke(&mut plan, &open.untimed)?;
    Ok(plan)
}

/// Whoever speaks for somebody else says so, and a customer opens no case that is late when it begins: what they
/// hand in themselves is from now, or from as long ago as clocks may differ.
fn their_own(feedback: &Feedback, context: &Context<'_>, policy: &Policy) -> Result<(), Rule> {
    let actor = context.actor;
    if let (Some(acts_as), Some(customer)) = (actor.acts_as(), &feedback.customer)
        && acts_as != customer
    {
        return Err(Rule::NotConcerned);
    }
    match (&actor.party, feedback.received_at) {
        (Party::Customer(_), Some(at)) if latest(policy, at) < context.now => Err(Rule::Backdated),
        _ => Ok(()),
    }
}

/// A message of the customer that becomes a case of its own.
pub(super) struct Told {
    /// Who said it.
    pub(super) by: CustomerId,
    pub(super) at: DateTime<Utc>,
    pub(super) attachments: u8,
    pub(super) automatic: bool,
    pub(super) rating: Option<Rating>,
}

/// The new case. Its words are those of the message, unless it was given others. They are copies: what one case
/// shows stays when the other is erased.
pub(super) fn split<'a>(
    case: &Case,
    told: &Told,
    split: &Split,
    context: &'a Context<'a>,
) -> Result<Plan<'a>, Refusal> {
    let feedback = Feedback {
        customer: Some(told.by.clone()),
        contact: Contact::Nowhere,
        received_at: Some(told.at),
        automatic: told.automatic,
        rating: split.about.rating.or(told.rating),
        ..split.about.clone()
    };
    // Nobody named the policy of the old case: it may be gone.
    let same = Some(&case.head.policy).filter(|id| context.policies.has(id));
    let (command, policy) = grounds(context, split.policy.as_ref().or(same), &feedback)?;
    let contacts = case.contacts(&told.by).unwrap_or_default().to_vec();
    let from = Continued { case: case.id, contacts };
    let mut head = head(&feedback, context, command, policy, Some(&from));
    head.split_from = head.continues.take();
    let head = Arc::new(head);
    let fact = opened(context, &head, Some(Slot::Body.of(command)), told.attachments);
    let mut plan = first(context, policy, &head, Stage::Received, fact, &feedback)?;
    spoke(&mut plan, &[])?;
    Ok(plan)
}

pub(super) fn invite<'a>(invite: &Invite, context: &'a Context<'a>) -> Result<Plan<'a>, Refusal> {
    let feedback = &invite.about;
    let (command, policy) = grounds(context, invite.policy.as_ref(), feedback)?;
    let mut head = head(feedback, context, command, policy, None);
    // We ask; nobody has written yet, so no machine has.
    head.automatic = false;
    let head = Arc::new(head);
    if !feedback.consent.surveys {
        return Err(Rule::NoConsent.into());
    }
    let now = stored(context.now)?;
    let goes_at = goes_at(policy, now);
    let fails_at = fails_at(policy, goes_at.unwrap_or(now));
    let message = super::conversation::said(&invite.question, command, goes_at, fails_at);
    if invite.question.body.is_blank() {
        return Err(Rule::NoWords.into());
    }
    super::conversation::check_reach(&head, &invite.question)?;
    let fact = Fact::Invited(Box::new(Invited {
        tenant: context.tenant.clone(),
        case: context.case,
        head: head.clone(),
        message,
    }));
    let mut plan = first(context, policy, &head, Stage::Invited, fact, feedback)?;
    let at = plan.at;
    plan.set(DeadlineKind::Expire, at)?;
    Ok(plan)
}

/// The deadlines that the customer's first word begins: the start of a case, or an answered invitation.
pub(super) fn spoke(plan: &mut Plan<'_>, untimed: &[DeadlineKind]) -> Result<(), Rule> {
    let at = plan.at;
    for kind in
        [DeadlineKind::Acknowledge, DeadlineKind::Respond, DeadlineKind::Resolve, DeadlineKind::Update]
    {
        // A machine that wrote is not waiting for anybody's word.
        if plan.case.head.automatic && kind != DeadlineKind::Acknowledge && kind != DeadlineKind::Resolve {
            continue;
        }
        anchored(plan, kind, at)?;
        if untimed.contains(&kind) {
            plan.moot(kind, MootReason::TimeUnknown);
        }
    }
    if plan.case.head.automatic {
        plan.moot(DeadlineKind::Acknowledge, MootReason::Automatic);
    }
    Ok(())
}

/// Begins a deadline from the customer's word. When it runs from something that has not happened yet, it
/// is provisional: of the acknowledgement, with the latest due time that it can have.
pub(super) fn anchored(plan: &mut Plan<'_>, kind: DeadlineKind, at: DateTime<Utc>) -> Result<(), Rule> {
    let Some(target) = plan.target(kind) else { return Ok(()) };
    let acknowledge = plan.case.deadlines.of_kind(DeadlineKind::Acknowledge).next();
    let calendar = plan.policy.calendar();
    let due = match (target.from, acknowledge) {
        (Anchor::Acknowledged, Some(acknowledge)) => target.latest(calendar, acknowledge.due)?,
        _ => target.within.due(calendar, at)?,
    };
    let in_charge = plan.case.owner.is_some() || plan.case.team.is_some();
    let provisional = match target.from {
        Anchor::Acknowledged => true,
        Anchor::HandedOver => !in_charge,
        _ => false,
    };
    let deadline = plan.targeted(kind, target, at, due)?;
    plan.begin(Deadline { provisional, ..deadline })
}

/// What has to be known before a case can begin: the command's id and the policy.
fn grounds<'a>(
    context: &Context<'a>,
    policy: Option<&Name>,
    feedback: &Feedback,
) -> Result<(CommandId, &'a Policy), Refusal> {
    let received = feedback.received_at.unwrap_or(context.now);
    Ok((context.command, context.policies.opening(policy, received).ok_or(Rule::NoPolicy)?))
}

fn opened(context: &Context<'_>, head: &Arc<Head>, body: Option<TextId>, attachments: u8) -> Fact {
    let (tenant, head) = (context.tenant.clone(), head.clone());
    Fact::Opened(Box::new(Opened { tenant, case: context.case, head, body, attachments }))
}

fn first<'a>(
    context: &'a Context<'a>,
    policy: &'a Policy,
    head: &Arc<Head>,
    stage: Stage,
    fact: Fact,
    feedback: &Feedback,
) -> Result<Plan<'a>, Rule> {
    let recorded_at = stored(context.now)?;
    let possible = DateTime::UNIX_EPOCH..=latest(policy, recorded_at);
    let (occurred_at, dated) = match feedback.received_at {
        None => (recorded_at, None),
        Some(own) if possible.contains(&own) => (trimmed(own), None),
        // A customer's message is never refused for its date: it counts as now.
        Some(own) if stage == Stage::Received => (recorded_at, Some(within_range(own))),
        Some(_) => return Err(Rule::ImpossibleTime),
    };
    let event = Event {
        version: 1,
        occurred_at,
        dated,
        recorded_at,
        by: context.actor.party.clone(),
        on_behalf_of: context.actor.on_behalf_of.clone(),
        command: Some(context.command),
        fact,
        changes: Vec::new(),
        format: Format,
    };
    let case: Case = begin(context.tenant, context.case, head, stage, &event);
    debug_assert_eq!(case.cycle.cause, CycleCause::Opened);
    Ok(Plan::beginning(context, policy, case, event))
}

fn head(
    feedback: &Feedback,
    context: &Context<'_>,
    command: CommandId,
    policy: &Policy,
    continues: Option<&Continued>,
) -> Head {
    let customer = match (&feedback.customer, context.actor.acts_as()) {
        (Some(customer), _) | (None, Some(customer)) => customer.clone(),
        (None, None) => CustomerId::of_case(context.case),
    };
    Head {
        kind: feedback.kind.clone(),
        came_as: None,
        channel: feedback.channel.clone(),
        priority: feedback.priority,
        customer,
        contacts: contacts(&feedback.contact, command, continues),
        subject: feedback.subject.as_ref().map(|_| Slot::Subject.of(command)),
        rating: feedback.rating,
        touchpoint: feedback.touchpoint.clone(),
        labels: each_once(&feedback.labels),
        references: each_once(&feedback.references),
        consent: feedback.consent,
        automatic: feedback.automatic,
        continues: continues.map(|old| old.case),
        split_from: None,
        policy: policy.id().clone(),
        policy_version: policy.version(),
    }
}

/// A case goes on reaching its customer where the one before did. An address that it brings comes first; a chat
/// comes last, because they may not come back to it.
fn contacts(contact: &Contact, command: CommandId, continues: Option<&Continued>) -> Vec<ContactRef> {
    let own = ContactRef::new(contact.kind(), contact.words().map(|_| Slot::Contact.of(command)));
    let old = continues.map(|old| carried(&old.contacts, command, 0)).unwrap_or_default();
    let mut contacts = Vec::new();
    if matches!(contact, Contact::InThread) {
        add_contacts(&mut contacts, old.into_iter().chain(own));
    } else {
        add_contacts(&mut contacts, own.into_iter().chain(old));
    }
    contacts
}
