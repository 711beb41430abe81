//! What we do between the customer's word and the resolution.

use super::{Refusal, conversation, each_once, ending};
use crate::case::{Case, ContactRef, MAX_CONTACTS, MAX_PAUSES, Stage, WaitingFor};
use crate::deadline::{About, Deadline, DeadlineId, DeadlineKind, Promised};
use crate::feedback::Contact;
use crate::policy::Anchor;
use crate::resolution::Credit;
use crate::workflow::command::{Assign, Await, ChangeContact, Classify, Command, ContactChange, Promise};
use crate::workflow::event::Fact;
use crate::workflow::plan::{Plan, stored};
use crate::workflow::rejection::{Limit, Missing, Rule};
use crate::workflow::texts::Slot;

pub(super) fn assign(plan: &mut Plan<'_>, assign: &Assign) -> Result<(), Refusal> {
    if assign.owner.is_none() && assign.team.is_none() {
        return Err(Rule::NobodyNamed.into());
    }
    let first = plan.case.owner.is_none() && plan.case.team.is_none();
    plan.record(Fact::Assigned { owner: assign.owner.clone(), team: assign.team.clone() });
    if first {
        plan.anchor_happened(Anchor::HandedOver)?;
    }
    Ok(())
}

pub(super) fn classify(plan: &mut Plan<'_>, classify: &Classify) -> Result<(), Refusal> {
    plan.record(Fact::Classified {
        kind: classify.kind.clone(),
        priority: classify.priority,
        labels: classify.labels.as_deref().map(each_once),
        touchpoint: classify.touchpoint.clone(),
    });
    Ok(())
}

pub(super) fn wait(plan: &mut Plan<'_>, wait: &Await) -> Result<(), Refusal> {
    if wait.reason.is_blank() {
        return Err(Refusal::missing(Rule::NoWords, [Missing::Reason]));
    }
    if wait.who == WaitingFor::Customer && plan.case.conversation.unanswered_since().is_some() {
        return Err(Refusal::missing(Rule::CustomerWaits, [Missing::Answer]));
    }
    if plan.case.cycle.pauses.len() >= MAX_PAUSES {
        return Err(Rule::TooManyWaits.into());
    }
    let (at, until) = (plan.at, stored(wait.until)?);
    if until <= at || until <= plan.now {
        return Err(Refusal::missing(Rule::WaitInPast, [Missing::Date]));
    }
    let latest = plan.policy.terms().longest_wait.due(plan.policy.calendar(), at)?;
    if until > latest {
        return Err(Refusal::missing(Rule::WaitTooLong(latest), [Missing::Date]));
    }
    let reason = Slot::Reason.of(plan.context.command);
    plan.record(Fact::WaitBegan { who: wait.who, reason });
    let limit = plan.deadline(DeadlineKind::Resume, at, until);
    plan.begin(limit)?;
    plan.pause(at)?;
    Ok(())
}

pub(super) fn resume(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    Ok(conversation::end_wait(plan)?)
}

pub(super) fn promise(plan: &mut Plan<'_>, promise: &Promise) -> Result<(), Refusal> {
    let (at, by) = (plan.at, stored(promise.by)?);
    if by <= at {
        return Err(Refusal::missing(Rule::PromiseInPast, [Missing::Date]));
    }
    let latest = plan.policy.terms().longest_promise.due(plan.policy.calendar(), at)?;
    if by > latest {
        return Err(Refusal::missing(Rule::PromiseTooLong(latest), [Missing::Date]));
    }
    // Nothing would keep it: the resolution has been given, and another begins with a reopening.
    if promise.what == Promised::Resolution && !plan.case.stage.is_unresolved() {
        return Err(Rule::WrongStage.into());
    }
    let mut deadline = plan.deadline(DeadlineKind::Promise, at, by);
    deadline.about = Some(About::Promised(promise.what.clone()));
    let message =
        promise.message.as_ref().map(|message| conversation::outgoing(plan, message)).transpose()?;
    if message.is_some() && !plan.context.actor.party.is_staff() && plan.case.head.automatic {
        return Err(Rule::MachinesDoNotTalk.into());
    }
    let first_word = plan.case.cycle.acknowledged_at.is_none();
    plan.record(Fact::Promised { what: promise.what.clone(), deadline: deadline.id, message });
    // What was promised before is kept by these words, not what they promise.
    if message.is_some() && plan.context.actor.party.is_staff() {
        conversation::a_person_spoke(plan, first_word, plan.on_its_way())?;
    }
    Ok(plan.begin(deadline)?)
}

pub(super) fn fulfil(plan: &mut Plan<'_>, id: DeadlineId) -> Result<(), Refusal> {
    if !plan.case.deadlines.get(id).is_some_and(Deadline::is_fulfilled_by_hand) {
        return Err(Rule::NoSuchDeadline.into());
    }
    let at = plan.at;
    plan.record(Fact::Fulfilled { deadline: id });
    plan.meet_one(id, at, None);
    Ok(())
}

pub(super) fn credit(plan: &mut Plan<'_>, credit: &Credit) -> Result<(), Refusal> {
    Ok(credit_one(plan, 0, credit)?)
}

/// The n-th credit of a command.
pub(super) fn credit_one(plan: &mut Plan<'_>, n: usize, credit: &Credit) -> Result<(), Rule> {
    let (at, to) = (plan.at, credit.to.clone());
    let text = credit.words.as_ref().map(|_| Slot::Credit(n).of(plan.context.command));
    plan.record(Fact::Credited { to: to.clone(), body: text });
    plan.set_about(DeadlineKind::Thank, at, Some(About::Credit { to, text }))
}

pub(super) fn thanked(plan: &mut Plan<'_>, id: DeadlineId) -> Result<(), Refusal> {
    if id.kind != DeadlineKind::Thank || plan.case.deadlines.get(id).is_none() {
        return Err(Rule::NoSuchDeadline.into());
    }
    let at = plan.at;
    plan.record(Fact::Thanked { deadline: id });
    plan.meet_one(id, at, None);
    Ok(())
}

pub(super) fn change_contact(plan: &mut Plan<'_>, command: &ChangeContact) -> Result<(), Refusal> {
    ending::merged_elsewhere(plan)?;
    let customer = plan.context.actor.acts_as().unwrap_or(&plan.case.head.customer).clone();
    let known = plan.case.contacts(&customer).ok_or(Rule::NotTheirPart)?;
    let (was, contact) = match &command.change {
        ContactChange::Add(contact) => (None, Some(contact)),
        ContactChange::Correct(was, contact) => (Some(*was), Some(contact)),
        ContactChange::Remove(was) => (Some(*was), None),
    };
    if was.is_some_and(|was| !known.contains(&was)) {
        return Err(Rule::NoSuchContact.into());
    }
    if was.is_none() && known.len() >= MAX_CONTACTS {
        return Err(Rule::TooMuch(Limit::TooManyContacts).into());
    }
    let text = |contact: &Contact| contact.words().map(|_| Slot::Contact.of(plan.context.command));
    let now = contact.and_then(|contact| ContactRef::new(contact.kind(), text(contact)));
    // Nowhere is no way to reach anybody, and a chat is the same chat a second time.
    if contact.is_some() && now.is_none_or(|now| known.contains(&now)) {
        return Err(Rule::NothingChanges.into());
    }
    let unreachable = plan.case.unreachable;
    plan.record(Fact::ContactChanged { customer, was, now, preferred: command.preferred });
    if unreachable && !plan.case.unreachable {
        conversation::can_be_asked(plan)?;
    }
    Ok(())
}

/// Why a command does not belong to the stage, and what would bring the case there.
pub(super) fn out_of_place(case: &Case, command: &Command) -> Refusal {
    let unresolved = case.stage.is_unresolved();
    match command {
        Command::Acknowledge(_) if case.cycle.acknowledged_at.is_some() => Rule::AlreadyAcknowledged.into(),
        Command::Await(_) if case.stage == Stage::Received => {
            Refusal::missing(Rule::WrongStage, [Missing::Acknowledgement])
        }
        Command::FollowUp(_) if unresolved => Refusal::missing(Rule::WrongStage, [Missing::Resolution]),
        Command::RecordAnswer(_) if unresolved => {
            Refusal::missing(Rule::WrongStage, [Missing::Resolution, Missing::FollowUp])
        }
        Command::RecordAnswer(_) if case.stage == Stage::Resolved => {
            Refusal::missing(Rule::WrongStage, [Missing::FollowUp])
        }
        _ => Rule::WrongStage.into(),
    }
}
