//! Commands about two cases: merging one into another, and splitting one off.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::delivery::StandIn;
use super::places::Places;
use super::{Decision, Refusal, allowed, check_time, conversation, ended, ending, opening, rejected, rights};
use crate::case::{
    Case, CloseReason, Closed, Involved, MAX_CONTACTS, MAX_INVOLVED, MAX_UNSENT, MoreContacts, Outgoing,
    Participant, Seat, Stage,
};
use crate::deadline::{Deadline, DeadlineChange, DeadlineKind, DeadlineState};
use crate::id::{CaseId, CustomerId, MessageId, TenantId, TextId};
use crate::workflow::command::{Command, Merge, Split};
use crate::workflow::event::{BreachCause, Event, Fact};
use crate::workflow::evolve::bit;
use crate::workflow::legal::belongs;
use crate::workflow::plan::{Plan, trimmed};
use crate::workflow::rejection::{Limit, Missing, Rejection, Rule};
use crate::workflow::texts::{MAX_CARRIED, Slot, carried};
use crate::workflow::{Context, time};

/// A decision about two cases. Both are stored together, or neither.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Pair {
    /// Of the case that the command was given to.
    pub case: Decision,
    /// Of the other one: that into which it was merged, or the new one.
    pub other: Decision,
}

/// Decides to go on in another case, [`Command::Merge`].
///
/// `case` is closed as merged; `into` takes over what it still owes: of each kind the earliest start and
/// due time, every promise and every thanks, and the answer that its customer waits for. Lateness that was
/// recorded stays where it was recorded. Both have to be open and unresolved, so that nothing that was
/// promised to a customer disappears into a case that is over; so no circle can come about. Whoever spoke
/// in `case` is told from now on what the customer of `into` is told.
///
/// The contacts of everyone in `case` go along, and get addresses of their own there: erasing `case` later takes
/// none of them.
///
/// `into` is the other case, `None` if there is none. `needless` are the texts of contacts that need not go along:
/// those that were erased, and those that `into` has already of the same person. `context` is that of `case`.
///
/// # Errors
/// [`Rejection`], with the rule, what is missing and what is possible instead.
pub fn merge(
    case: &Case,
    into: Option<&Case>,
    needless: &[TextId],
    merge: &Merge,
    context: &Context<'_>,
) -> Result<Pair, Rejection> {
    let command = Command::Merge(Box::new(merge.clone()));
    merged(case, into, needless, merge, &command, context)
        .map_err(|refusal| rejected(refusal, Some(case), &command, context))
}

/// Decides to make a message a case of its own, [`Command::Split`].
///
/// `said` is the event that brought the message, `None` if there is none. The new case, whose id is
/// [`split_into`], has deadlines of its own from the message's own time; what `case` owes stays as it is.
/// `already` is the case of that id: a message becomes a case of its own once. `context` is that of `case`.
///
/// # Errors
/// [`Rejection`], with the rule, what is missing and what is possible instead.
pub fn split(
    case: &Case,
    said: Option<&Event>,
    already: Option<&Case>,
    split: &Split,
    context: &Context<'_>,
) -> Result<Pair, Rejection> {
    let command = Command::Split(Box::new(split.clone()));
    split_off(case, said, already, split, &command, context)
        .map_err(|refusal| rejected(refusal, Some(case), &command, context))
}

/// Returns the id of the case that a message becomes when it is split off. It follows from the message, so that
/// splitting it off a second time finds the case.
#[must_use]
pub fn split_into(tenant: &TenantId, message: MessageId) -> CaseId {
    CaseId::derive(tenant, &["split", &message.to_string()])
}

/// The case as a plan, once time has brought what it brings and the command belongs there.
fn begun<'a>(case: &'a Case, command: &Command, context: &'a Context<'a>) -> Result<Plan<'a>, Refusal> {
    rights::theirs(case, command, context)?;
    allowed(command, context)?;
    let mut plan = Plan::of(case, context)?;
    time::catch_up(&mut plan)?;
    if !belongs(&plan.case, command.kind()) {
        return Err(Rule::WrongStage.into());
    }
    if !context.actor.grants.merge {
        return Err(Rule::NotGranted.into());
    }
    check_time(&mut plan, command)?;
    Ok(plan)
}

fn merged(
    case: &Case,
    into: Option<&Case>,
    needless: &[TextId],
    merge: &Merge,
    command: &Command,
    context: &Context<'_>,
) -> Result<Pair, Refusal> {
    let mut source = begun(case, command, context)?;
    if merge.into == case.id {
        return Err(Rule::IntoItself.into());
    }
    let into = into.filter(|into| into.id == merge.into).ok_or(Rule::NoSuchCase)?;
    let mut target = Plan::of(into, context)?;
    time::catch_up(&mut target)?;
    if matches!(target.case.closed.as_deref(), Some(Closed { reason: CloseReason::MergedInto(_), .. })) {
        return Err(Rule::MergedElsewhere.into());
    }
    if !target.case.stage.is_unresolved() {
        return Err(Rule::TargetNotOpen.into());
    }
    rights::said_why(&merge.reason)?;
    target.at = target.at.max(source.at);
    let before = source.case.clone();
    close(&mut source, &target.case, merge)?;
    absorb(&mut target, &before, needless)?;
    Ok(Pair { case: ended(source)?.into(), other: ended(target)?.into() })
}

fn close(source: &mut Plan<'_>, target: &Case, merge: &Merge) -> Result<(), Refusal> {
    let customer = &source.case.head.customer;
    let same = *customer == target.head.customer && source.case.involved.is_empty();
    let message = match &merge.message {
        Some(message) => Some(conversation::outgoing(source, message)?),
        None if same || source.case.unreachable => None,
        None => return Err(Refusal::missing(Rule::InSilence, [Missing::MessageToCustomer])),
    };
    let reopen_until = ending::reopen_until(source, source.at)?;
    let reason = CloseReason::MergedInto(merge.into);
    let closed = Closed { at: ending::end(source), reason, exit: None, reopen_until };
    let body = Some(Slot::Reason.of(source.context.command));
    if message.is_some() {
        source.breach_before_the_end(&[DeadlineKind::Acknowledge], source.at);
    }
    source.record(Fact::Closed { closed: Box::new(closed), message, body, needed_nothing: false });
    if message.is_some() {
        let at = source.at;
        source.meet(DeadlineKind::Acknowledge, at);
    }
    source.end_all();
    Ok(())
}

/// Takes over what the other case still owes.
fn absorb(target: &mut Plan<'_>, source: &Case, needless: &[TextId]) -> Result<(), Refusal> {
    let Joining { involved, participants, contacts } = joining(target, source, needless)?;
    let places = Places::of(&target.case, &involved, source);
    let waiting = places.waiting(&source.conversation.waiting);
    let waits = !waiting.is_empty();
    let outgoing: Vec<_> =
        source.cycle.outgoing.iter().map(|outgoing| places.moved(source.id, outgoing)).collect();
    let underway = |list: &[Outgoing]| list.iter().filter(|outgoing| outgoing.is_underway()).count();
    if underway(&target.case.cycle.outgoing).saturating_add(underway(&outgoing)) > MAX_UNSENT {
        return Err(Rule::TooManyUnsent.into());
    }
    let erased = places.set(source.erased);
    // Whoever is here already has said here what they want.
    let here =
        target.case.told().fold(0, |set, (customer, _)| set | target.case.place(customer).map_or(0, bit));
    let stepped_out = places.set(source.stepped_out) & !here;
    let from = source.id;
    target.record(Fact::Absorbed {
        from,
        involved,
        participants,
        contacts,
        waiting,
        outgoing,
        erased,
        stepped_out,
    });
    let acknowledged = target.case.cycle.acknowledged_at.is_some();
    // What was missed comes last: that is an event of its own.
    let missed = |deadline: &&Arc<Deadline>| deadline.state == DeadlineState::Breached;
    let running = source.deadlines.live().iter().filter(|deadline| !missed(deadline));
    for deadline in running.chain(source.deadlines.live().iter().filter(missed)) {
        match deadline.id.kind {
            DeadlineKind::Acknowledge if acknowledged => {}
            _ => take_over(target, deadline)?,
        }
    }
    if waits && target.case.stage == Stage::Waiting {
        conversation::end_wait(target)?;
    }
    Ok(conversation::a_clock_for_who_waits(target)?)
}

/// What the other case owes is owed here: beside what this one owes, or the earlier of the two.
fn take_over(target: &mut Plan<'_>, deadline: &Deadline) -> Result<(), Rule> {
    match deadline.id.kind {
        DeadlineKind::Promise | DeadlineKind::Thank => carry(target, deadline),
        DeadlineKind::Respond if !target.case.deadlines.has(DeadlineKind::Respond) => carry(target, deadline),
        DeadlineKind::Acknowledge | DeadlineKind::Respond | DeadlineKind::Resolve | DeadlineKind::Update => {
            earliest(target, deadline)
        }
        _ => Ok(()),
    }
}

/// A message of a case that was merged into this one is lost: what it had met there is owed here, as if it
/// had been lost before the merge. A later message of this case may make up for it.
pub(super) fn owed_again(
    plan: &mut Plan<'_>,
    deadline: &Deadline,
    instead: Option<StandIn>,
) -> Result<(), Rule> {
    let Some(StandIn { at, message, whom }) = instead else { return take_over(plan, deadline) };
    let id = plan.deadline(deadline.id.kind, deadline.anchor, deadline.due).id;
    carry(plan, deadline)?;
    plan.meet_for(id, at, Some(message), whom);
    Ok(())
}

/// Who comes with a case that is merged into another.
#[derive(Default)]
struct Joining {
    involved: Vec<Involved>,
    participants: Vec<Participant>,
    contacts: Vec<MoreContacts>,
}

/// Who has to be told besides those who are told already, who else had written, and how those who are told
/// already can be reached besides.
fn joining(target: &Plan<'_>, source: &Case, needless: &[TextId]) -> Result<Joining, Rule> {
    let (case, mut carried_so_far) = (&target.case, 0);
    let mut joining = Joining::default();
    for (customer, contacts) in source.told() {
        let contacts =
            contacts.iter().filter(|contact| !contact.text.is_some_and(|text| needless.contains(&text)));
        let contacts =
            carried(&contacts.copied().collect::<Vec<_>>(), target.context.command, carried_so_far);
        carried_so_far += contacts.iter().filter(|contact| contact.text.is_some()).count();
        let customer = customer.clone();
        match case.contacts(&customer) {
            None => {
                let seat = seat(target, source, &customer);
                joining.involved.push(Involved { customer, contacts, seat });
            }
            Some(known) => {
                let new = contacts.iter().filter(|contact| !known.contains(contact)).count();
                if known.len().saturating_add(new) > MAX_CONTACTS {
                    return Err(Rule::TooMuch(Limit::TooManyContacts));
                }
                if new > 0 {
                    joining.contacts.push(MoreContacts { customer, contacts });
                }
            }
        }
    }
    let strangers = source.participants.iter().filter(|one| !case.concerns(&one.customer));
    joining.participants.extend(strangers.map(|one| Participant {
        customer: one.customer.clone(),
        seat: seat(target, source, &one.customer),
    }));
    let too_many = |known: usize, new: usize| known.saturating_add(new) > MAX_INVOLVED;
    if too_many(case.involved.len(), joining.involved.len())
        || too_many(case.participants.len(), joining.participants.len())
    {
        return Err(Rule::TooMuch(Limit::TooManyInvolved));
    }
    if carried_so_far > MAX_CARRIED {
        return Err(Rule::TooMuch(Limit::TooManyContacts));
    }
    Ok(joining)
}

/// Where a person of the source sits in the target: with those with whom they sat. Where one of those is in the
/// target already, that is their side.
fn seat(target: &Plan<'_>, source: &Case, person: &CustomerId) -> Seat {
    let side = source.seat(person).and_then(|seat| seat.side);
    let neighbours = source.people().filter(|other| source.seat(other).is_some_and(|seat| seat.side == side));
    let known = neighbours.filter_map(|other| target.case.seat(other)).next();
    let side = known.map_or(Some(side.unwrap_or(source.id)), |seat| seat.side);
    Seat { side, since: target.case.version.saturating_add(1) }
}

/// What the other case owes beside what this one owes: owed here as it was there. What was late there is
/// late here.
fn carry(target: &mut Plan<'_>, deadline: &Deadline) -> Result<(), Rule> {
    let missed = deadline.state == DeadlineState::Breached;
    let fresh = Deadline {
        id: target.deadline(deadline.id.kind, deadline.anchor, deadline.due).id,
        state: DeadlineState::Running,
        steps_fired: 0,
        accepted_until: None,
        ..deadline.clone()
    };
    let (id, due) = (fresh.id, fresh.due);
    target.begin(fresh)?;
    if missed {
        target.breach(id, due, BreachCause::CameMerged);
    }
    Ok(())
}

/// Of two that run for the same, the earliest start and due time.
fn earliest(target: &mut Plan<'_>, theirs: &Deadline) -> Result<(), Rule> {
    let at = target.at;
    let Some(due) = running_due(target, theirs, at)? else { return missed(target, theirs) };
    let Some(ours) = target.case.deadlines.of_kind(theirs.id.kind).next().cloned() else {
        return carry(target, &Deadline { due, late_from: target.late_from(due), ..theirs.clone() });
    };
    let Some(our_due) = running_due(target, &ours, at)? else { return Ok(()) };
    let anchor = ours.anchor.min(theirs.anchor);
    if our_due <= due && anchor == ours.anchor {
        return Ok(());
    }
    let governing = if due < our_due { theirs } else { &ours };
    let fresh = Deadline {
        id: ours.id,
        anchor,
        due: due.min(our_due),
        state: DeadlineState::Running,
        steps_fired: ours.steps_fired,
        ..governing.clone()
    };
    target.retarget(ours.due, fresh);
    if target.case.stage == Stage::Waiting {
        target.pause_one(ours.id, at)?;
    }
    Ok(())
}

/// What was missed there is missed here: an answer that was due before ours is.
fn missed(target: &mut Plan<'_>, theirs: &Deadline) -> Result<(), Rule> {
    let ours = target.case.deadlines.of_kind(theirs.id.kind).next().cloned();
    let Some(ours) = ours else { return Ok(()) };
    if theirs.id.kind != DeadlineKind::Respond
        || ours.state != DeadlineState::Running
        || ours.due <= theirs.due
    {
        return Ok(());
    }
    let fresh = Deadline {
        id: ours.id,
        state: DeadlineState::Running,
        steps_fired: 0,
        accepted_until: None,
        ..theirs.clone()
    };
    target.retarget(ours.due, fresh);
    target.breach(ours.id, theirs.due, BreachCause::CameMerged);
    Ok(())
}

/// When it would be due if it ran on from `at`; `None` for one that was missed.
fn running_due(
    plan: &Plan<'_>,
    deadline: &Deadline,
    at: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Rule> {
    match (&deadline.state, &deadline.span) {
        (DeadlineState::Running, _) => Ok(Some(deadline.due)),
        (DeadlineState::Paused { at: paused, remaining }, Some(span)) => {
            let due = remaining.resume(span, plan.policy.calendar(), *paused, at, deadline.due)?;
            Ok(Some(trimmed(due.max(deadline.due))))
        }
        _ => Ok(None),
    }
}

fn split_off(
    case: &Case,
    said: Option<&Event>,
    already: Option<&Case>,
    split: &Split,
    command: &Command,
    context: &Context<'_>,
) -> Result<Pair, Refusal> {
    let mut source = begun(case, command, context)?;
    rights::said_why(&split.reason)?;
    let said = said.ok_or(Rule::NoSuchMessage)?;
    let Fact::CustomerWrote { attachments, automatic, rating, .. } = &said.fact else {
        return Err(Rule::NoSuchMessage.into());
    };
    if said.command.is_none_or(|command| split.message != command.into()) || said.version > case.version {
        return Err(Rule::NoSuchMessage.into());
    }
    // What answered an invitation is what the case began with.
    if said
        .changes
        .iter()
        .any(|change| matches!(change, DeadlineChange::Met { id, .. } if id.kind == DeadlineKind::Expire))
    {
        return Err(Rule::NoSuchMessage.into());
    }
    if let Some(already) = already {
        return Err(Rule::SplitOffAlready(already.id).into());
    }
    let into = split_into(context.tenant, split.message);
    let reason = Slot::Reason.of(context.command);
    source.record(Fact::SplitOff { message: split.message, into, reason });
    let context = Context { case: into, ..*context };
    // An employee may have written down what the customer said.
    let by = said.speaker().unwrap_or(&source.case.head.customer).clone();
    let told = opening::Told {
        by,
        at: said.occurred_at,
        attachments: *attachments,
        automatic: *automatic,
        rating: *rating,
    };
    let mut new = opening::split(&source.case, &told, split, &context)?;
    time::catch_up(&mut new)?;
    let other = ended(new)?.into();
    Ok(Pair { case: ended(source)?.into(), other })
}
