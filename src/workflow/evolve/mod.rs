//! What a fact does to a case.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::event::{Event, Fact};
use crate::case::{
    Case, CloseReason, ContactRef, Cycle, CycleCause, Head, MAX_INVOLVED, Participant, Pause, Seat, Stage,
    add_contacts, joined,
};
use crate::conversation::{ConversationHead, Party, Waiting};
use crate::deadline::{DeadlineChange, DeadlineKind, Deadlines, MootReason};
use crate::feedback::Rating;
use crate::format::Format;
use crate::id::{CaseId, CustomerId, MessageId, TenantId};
use crate::resolution::Verdict;

mod clock;
mod delivery;

pub(super) use clock::corrected;
use delivery::Recipients;
pub(super) use delivery::bit;

/// Folds one event into a case: no clock, no policy, no refusal. An event that begins a case makes
/// one; any other event of a case that is not there gives none.
#[must_use]
pub fn evolve(case: Option<Case>, event: &Event) -> Option<Case> {
    let mut case = match (&event.fact, case) {
        (Fact::Opened(opened), None) => {
            begin(&opened.tenant, opened.case, &opened.head, Stage::Received, event)
        }
        (Fact::Invited(invited), None) => {
            begin(&invited.tenant, invited.case, &invited.head, Stage::Invited, event)
        }
        (_, case) => case?,
    };
    apply(&mut case, event);
    Some(case)
}

/// Folds a history, oldest first. `None` for an empty one, or one that does not begin at the beginning.
pub fn fold<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Case> {
    events.into_iter().fold(None, evolve)
}

/// A case before the rest of its first event.
pub(crate) fn begin(tenant: &TenantId, id: CaseId, head: &Arc<Head>, stage: Stage, event: &Event) -> Case {
    Case {
        tenant: tenant.clone(),
        id,
        version: 0,
        stage,
        head: head.clone(),
        received_at: event.occurred_at,
        updated_at: event.recorded_at,
        owner: None,
        team: None,
        involved: Vec::new(),
        participants: Vec::new(),
        erased: 0,
        stepped_out: 0,
        conversation: ConversationHead::default(),
        cycle: Cycle::begin(1, event.occurred_at, CycleCause::Opened),
        deadlines: Deadlines::default(),
        waiting_for: None,
        unreachable: false,
        closed: None,
        reopened: 0,
        format: Format,
    }
}

/// The same in place.
pub(super) fn apply(case: &mut Case, event: &Event) {
    case.version = event.version;
    case.updated_at = event.recorded_at;
    match event.fact.said() {
        Some(said) => {
            let waited = case.conversation.waiting.clone();
            fact(case, event);
            take_part(case, event);
            delivery::follow(case, event, said, &waited);
        }
        None => {
            fact(case, event);
            take_part(case, event);
        }
    }
    for change in &event.changes {
        apply_change(case, change);
    }
}

/// One change of a deadline.
pub(super) fn apply_change(case: &mut Case, change: &DeadlineChange) {
    if let DeadlineChange::Set(deadline) = change
        && let Some(last) = case.cycle.numbered.get_mut(deadline.id.kind as usize)
    {
        *last = deadline.id.n;
    }
    delivery::note_what_it_ended(case, change);
    // An answer that nobody owes any more is not waited for: the next message starts a clock of its own.
    let given_up = match change {
        DeadlineChange::Moot { reason: MootReason::NoTarget, .. } => false,
        DeadlineChange::Moot { id, .. } | DeadlineChange::Waived { id, .. } => {
            id.kind == DeadlineKind::Respond
        }
        _ => false,
    };
    if given_up {
        case.conversation.waiting.clear();
    }
    case.deadlines.apply(change);
}

/// Who speaks in a case takes part in it from then on: on the side of whoever they speak for.
fn take_part(case: &mut Case, event: &Event) {
    let Some(speaker) = event.speaker().filter(|speaker| !case.concerns(speaker)) else { return };
    if case.participants.len() >= MAX_INVOLVED {
        return;
    }
    let for_whom = event.on_behalf_of.as_ref().and_then(|customer| case.seat(customer));
    let seat = Seat { side: for_whom.and_then(|seat| seat.side), since: event.version };
    case.participants.push(Participant { customer: speaker.clone(), seat });
}

fn fact(case: &mut Case, event: &Event) {
    let at = event.occurred_at;
    match &event.fact {
        Fact::Opened(_) => customer_spoke(case, event, case.head.automatic),
        Fact::Invited(_) => case.conversation.last_at = Some(at),
        Fact::Acknowledged { .. } => {
            count_ours(case, &event.by, at);
            acknowledged(case, at, message_of(event));
        }
        Fact::CustomerWrote { automatic, rating, .. } => {
            rated(case, *rating);
            if case.stage == Stage::Invited && !automatic {
                case.stage = Stage::Received;
                case.received_at = at;
                case.cycle.started_at = at;
                // Whoever answers the invitation has had it.
                case.cycle.outgoing.clear();
            }
            customer_spoke(case, event, *automatic);
        }
        Fact::Replied { .. } => we_spoke(case, event),
        Fact::Noted { .. } => case.conversation.notes = case.conversation.notes.saturating_add(1),
        Fact::Assigned { owner, team } => {
            if owner.is_some() {
                case.owner.clone_from(owner);
            }
            if team.is_some() {
                case.team.clone_from(team);
            }
            if case.stage == Stage::Acknowledged {
                case.stage = Stage::InProgress;
            }
        }
        Fact::Classified { kind, priority, labels, touchpoint } => {
            let head = Arc::make_mut(&mut case.head);
            if let Some(kind) = kind {
                let before = std::mem::replace(&mut head.kind, kind.clone());
                head.came_as.get_or_insert(before);
            }
            if let Some(priority) = priority {
                head.priority = *priority;
            }
            if let Some(labels) = labels {
                head.labels.clone_from(labels);
            }
            if touchpoint.is_some() {
                head.touchpoint.clone_from(touchpoint);
            }
        }
        Fact::WaitBegan { who, .. } => {
            case.stage = Stage::Waiting;
            case.waiting_for = Some(*who);
            case.cycle.pauses.push(Pause { from: at, to: None, resolved: false });
        }
        Fact::WaitEnded => wait_ended(case, at),
        Fact::Resolved { resolution, message, left } => {
            if case.stage == Stage::Waiting {
                wait_ended(case, at);
            }
            if message.is_some() {
                we_spoke(case, event);
            }
            case.stage = Stage::Resolved;
            case.cycle.resolved_at = Some(at);
            case.cycle.resolution = Some(resolution.clone());
            case.cycle.resolve_left.clone_from(left);
        }
        Fact::Extended { message: Some(_), .. } | Fact::Promised { message: Some(_), .. } => {
            we_spoke(case, event);
        }
        Fact::FollowedUp { .. } => {
            we_spoke(case, event);
            case.stage = Stage::FollowedUp;
            case.cycle.follow_ups = case.cycle.follow_ups.saturating_add(1);
        }
        Fact::Answered { satisfaction, .. } => {
            case.cycle.answered_at = Some(at);
            case.cycle.satisfaction = Some(*satisfaction);
            // What they give a resolution that they do not accept is about what comes next.
            if satisfaction.verdict == Verdict::Disputed {
                rated(case, satisfaction.rating);
            }
            // Whoever does not accept the resolution waits for a person; any other answer is the end.
            customer_spoke(case, event, satisfaction.verdict != Verdict::Disputed);
        }
        Fact::NoActionNeeded => case.conversation.waiting.clear(),
        Fact::Unreachable { .. } => {
            case.unreachable = true;
            case.conversation.waiting.clear();
        }
        Fact::Closed { closed, message, needed_nothing, .. } => {
            match (message, &closed.reason) {
                // That it goes on elsewhere is no answer.
                (Some(_), CloseReason::MergedInto(_)) => {
                    count_ours(case, &event.by, at);
                    acknowledged(case, at, message_of(event));
                }
                (Some(_), _) => we_spoke(case, event),
                (None, _) => {}
            }
            if case.stage == Stage::Waiting {
                wait_ended(case, at);
            }
            if *needed_nothing {
                case.reopened = case.reopened.saturating_sub(1);
            }
            case.conversation.waiting.clear();
            // What may still be lost is followed where the case goes on.
            if matches!(closed.reason, CloseReason::MergedInto(_)) {
                case.cycle.outgoing.clear();
            }
            case.stage = Stage::Closed;
            case.closed = Some(closed.clone());
        }
        Fact::Reopened { cause, .. } => {
            case.stage = Stage::InProgress;
            case.reopened = case.reopened.saturating_add(1);
            let next = Cycle::begin(case.cycle.number.saturating_add(1), at, *cause);
            let before = std::mem::replace(&mut case.cycle, next);
            case.cycle.earlier_pauses = pauses_before(before, at);
        }
        Fact::Delivery { message, to, result, .. } => {
            let unsent = event.command.is_none();
            let to = if unsent { Recipients::Unsent } else { Recipients::One(to.as_ref()) };
            delivery::recorded(case, *message, to, *result, at);
        }
        Fact::Held { message, fails_at, .. } => {
            let mut followed = case.cycle.outgoing.iter_mut();
            if let Some(outgoing) = followed.find(|outgoing| outgoing.message == *message) {
                outgoing.fails_at = *fails_at;
            }
        }
        Fact::SteppedOut { customer, .. } => delivery::stepped_out(case, customer),
        Fact::Erased { customer } => delivery::erased(case, customer.as_ref()),
        Fact::Retargeted { policy, policy_version, priority, .. } => {
            let head = Arc::make_mut(&mut case.head);
            head.policy.clone_from(policy);
            head.policy_version = *policy_version;
            head.priority = *priority;
        }
        Fact::Absorbed {
            involved, participants, contacts, waiting, outgoing, erased, stepped_out, ..
        } => {
            case.erased |= erased;
            case.stepped_out |= stepped_out;
            delivery::absorbed(case, involved, waiting, outgoing);
            case.participants.extend(participants.iter().cloned());
            case.participants.retain(|one| !involved.iter().any(|other| other.customer == one.customer));
            for more in contacts {
                if let Some(known) = case.contacts_mut(&more.customer) {
                    add_contacts(known, more.contacts.iter().copied());
                }
            }
        }
        Fact::ContactChanged { customer, was, now, preferred } => {
            contact_changed(case, customer, *was, *now, *preferred);
        }
        Fact::ExitExplained { exit, .. } => {
            if let Some(closed) = &mut case.closed {
                closed.exit = Some(exit.clone());
            }
        }
        Fact::ClockCorrected { latest } => clock::corrected(case, *latest),
        Fact::Promised { message: None, .. }
        | Fact::Fulfilled { .. }
        | Fact::Credited { .. }
        | Fact::Thanked { .. }
        | Fact::EscalationAccepted { .. }
        | Fact::Excused { .. }
        | Fact::Waived { .. }
        | Fact::Extended { message: None, .. }
        | Fact::Recalculated { .. }
        | Fact::SplitOff { .. }
        | Fact::Breached { .. }
        | Fact::Lapsed { .. } => {}
        Fact::Escalated { deadline, step, .. } => case.deadlines.fired(*deadline, *step),
    }
}

/// What takes the place of another stands where that stood, unless it is preferred. A customer of whom a way is
/// known again is not out of reach any more.
fn contact_changed(
    case: &mut Case,
    customer: &CustomerId,
    was: Option<ContactRef>,
    now: Option<ContactRef>,
    preferred: bool,
) {
    let Some(contacts) = case.contacts_mut(customer) else { return };
    let stood = was.and_then(|was| contacts.iter().position(|contact| *contact == was));
    if let Some(place) = stood {
        contacts.remove(place);
    }
    let Some(now) = now else { return };
    let place = if preferred { 0 } else { stood.unwrap_or(contacts.len()) };
    contacts.insert(place, now);
    if *customer == case.head.customer {
        case.unreachable = false;
    }
}

/// The customer said something that asks for an answer, unless a machine of theirs did.
fn customer_spoke(case: &mut Case, event: &Event, automatic: bool) {
    count_customers(case, event.occurred_at);
    if automatic {
        return;
    }
    case.unreachable = false;
    // Whoever only takes part is answered with the case's customer.
    let who = event.speaker().and_then(|customer| case.place(customer)).unwrap_or(0);
    // Whoever speaks again is told again.
    case.erased &= !delivery::bit(who);
    case.stepped_out &= !delivery::bit(who);
    delivery::overtaken(case, who);
    // What is heard of later does not move the clock back.
    let at = event.occurred_at;
    let waits = case.conversation.waiting.iter().find(|waiting| waiting.who == who);
    let since = waits.map_or(at, |waiting| at.max(waiting.since));
    case.conversation.waits(Waiting { who, since, last: None });
}

/// The newest number that the customer gave is the case's.
fn rated(case: &mut Case, rating: Option<Rating>) {
    if rating.is_some() && rating != case.head.rating {
        Arc::make_mut(&mut case.head).rating = rating;
    }
}

fn count_customers(case: &mut Case, at: DateTime<Utc>) {
    let conversation = &mut case.conversation;
    conversation.from_customer = conversation.from_customer.saturating_add(1);
    conversation.customer_spoke_last = true;
    conversation.last_at = conversation.last_at.max(Some(at));
}

fn count_ours(case: &mut Case, by: &Party, at: DateTime<Utc>) {
    let conversation = &mut case.conversation;
    let count = if by.is_staff() { &mut conversation.from_staff } else { &mut conversation.automatic };
    *count = count.saturating_add(1);
    conversation.customer_spoke_last = false;
    conversation.last_at = conversation.last_at.max(Some(at));
}

/// A message that is not only an acknowledgement: a person's answers what the customer said before it.
fn we_spoke(case: &mut Case, event: &Event) {
    let (at, by) = (event.occurred_at, message_of(event));
    count_ours(case, &event.by, at);
    if !event.by.is_staff() {
        return;
    }
    case.conversation.waiting =
        case.conversation.waiting.iter().filter_map(|waiting| waiting.after(at)).collect();
    responded(case, at, by);
    acknowledged(case, at, by);
    if case.stage == Stage::Acknowledged {
        case.stage = Stage::InProgress;
    }
}

fn message_of(event: &Event) -> Option<MessageId> {
    event.command.map(MessageId::from)
}

fn responded(case: &mut Case, at: DateTime<Utc>, by: Option<MessageId>) {
    if case.cycle.responded_at.is_none() {
        (case.cycle.responded_at, case.cycle.responded_by) = (Some(at), by);
    }
}

fn acknowledged(case: &mut Case, at: DateTime<Utc>, by: Option<MessageId>) {
    // A cycle that was resolved without a word (nobody could be reached) was never acknowledged.
    if case.cycle.resolved_at.is_none() && case.cycle.acknowledged_at.is_none() {
        (case.cycle.acknowledged_at, case.cycle.acknowledged_by) = (Some(at), by);
    }
    if case.stage == Stage::Received {
        case.stage = Stage::Acknowledged;
    }
}

/// When the case stood still before a cycle that begins at `at`: its waits, and the time between the
/// resolution and the reopening.
fn pauses_before(cycle: Cycle, at: DateTime<Utc>) -> Vec<Pause> {
    let mut pauses = cycle.earlier_pauses;
    pauses.extend(cycle.pauses);
    pauses.extend(cycle.resolved_at.map(|from| Pause { from, to: Some(at.max(from)), resolved: true }));
    joined(pauses)
}

fn wait_ended(case: &mut Case, at: DateTime<Utc>) {
    case.waiting_for = None;
    if case.stage == Stage::Waiting {
        case.stage = Stage::InProgress;
    }
    if let Some(pause) = case.cycle.pauses.last_mut() {
        pause.to.get_or_insert(at.max(pause.from));
    }
}
