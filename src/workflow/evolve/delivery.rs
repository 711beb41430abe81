//! What the fate of a message does to a case: what it said counts until it turns out to be lost.

use chrono::{DateTime, Utc};

use crate::case::{Case, Ended, Involved, MAX_SENT, Outgoing, Purpose, Stage};
use crate::conversation::{Delivery, Waiting};
use crate::deadline::{DeadlineChange, DeadlineKind};
use crate::id::{CustomerId, MessageId};
use crate::workflow::event::{Event, Said};
use crate::workflow::notice::purpose;

/// Follows a message on its way; `waited` are those who waited for an answer before it. A message that the
/// application brought itself has arrived: it is kept only beside others, because it stands in for those
/// before it that did not.
pub(super) fn follow(case: &mut Case, event: &Event, said: &Said, waited: &[Waiting]) {
    let Some(command) = event.command.filter(|_| case.is_open()) else { return };
    let message = command.into();
    if case.outgoing(message).is_some() || said.delivered && case.cycle.outgoing.is_empty() {
        forget_the_oldest(case);
        return;
    }
    let (purpose, everyone, at) = (purpose(event), case.everyone(), event.occurred_at);
    let heard = waited.iter().filter(|waiting| waiting.since <= at).fold(0, |set, one| set | bit(one.who));
    let owed =
        if purpose == Purpose::Resolution || heard & everyone == 0 { everyone } else { heard & everyone };
    let on_its_way = if said.delivered { 0 } else { everyone };
    let still = &case.conversation.waiting;
    case.cycle.outgoing.push(Outgoing {
        message,
        at,
        purpose,
        by_person: event.by.is_staff(),
        late: false,
        of: None,
        goes_at: said.goes_at,
        fails_at: said.fails_at,
        to: everyone,
        owed,
        unsent: on_its_way,
        unarrived: on_its_way,
        lost: 0,
        overtaken: 0,
        answered: waited.iter().filter(|waiting| !still.contains(waiting)).copied().collect(),
        ended: Vec::new(),
    });
    forget_the_oldest(case);
}

/// What arrived stands in for what went before it, and with nothing before it need not be kept; of what was
/// sent, only the newest are followed. That a machine acknowledged is remembered: it does so once.
fn forget_the_oldest(case: &mut Case) {
    let outgoing = &mut case.cycle.outgoing;
    while outgoing.first().is_some_and(Outgoing::has_arrived) {
        outgoing.remove(0);
    }
    let may_go = |other: &Outgoing| !other.is_underway() && !other.is_automatic_acknowledgement();
    while outgoing.iter().filter(|other| may_go(other)).count() > MAX_SENT {
        let Some(oldest) = outgoing.iter().position(may_go) else { break };
        outgoing.remove(oldest);
    }
    let cycle = &mut case.cycle;
    let followed = |by: &MessageId| cycle.outgoing.iter().any(|outgoing| outgoing.message == *by);
    let (acknowledged, responded) =
        (cycle.acknowledged_by.filter(followed), cycle.responded_by.filter(followed));
    (cycle.acknowledged_by, cycle.responded_by) = (acknowledged, responded);
}

/// A deadline that a message ends is kept with the message.
pub(super) fn note_what_it_ended(case: &mut Case, change: &DeadlineChange) {
    let (id, by, whom, moot) = match change {
        DeadlineChange::Met { id, by: Some(by), whom, .. } => (*id, *by, *whom, false),
        DeadlineChange::Moot { id, by: Some(by), .. } => (*id, *by, 0, true),
        _ => return,
    };
    let Some(deadline) = case.deadlines.get(id) else { return };
    // What came late is a message of its own, behind the first.
    let mut copies = case.cycle.outgoing.iter_mut().rev();
    if let Some(outgoing) = copies.find(|copy| copy.message == by && copy.to & whom == whom) {
        let owed = match id.kind {
            _ if whom != 0 => whom,
            // An answer is owed to those who waited for it.
            DeadlineKind::Respond => outgoing.answered.iter().fold(0, |set, one| set | bit(one.who)),
            _ => outgoing.owed,
        };
        outgoing.owed |= owed;
        outgoing.ended.push(Ended::of(deadline, moot, owed));
    }
}

/// Somebody spoke: what comes late to them answers nothing.
pub(super) fn overtaken(case: &mut Case, who: u8) {
    for outgoing in case.cycle.outgoing.iter_mut().filter(|outgoing| !outgoing.late) {
        outgoing.overtaken |= bit(who);
    }
}

/// Takes over messages of a case that was merged into this one. What was written to somebody in one of the
/// cases answers nothing that they said in the other.
pub(super) fn absorbed(case: &mut Case, newcomers: &[Involved], waiting: &[Waiting], theirs: &[Outgoing]) {
    let ours = case.everyone();
    case.involved.extend(newcomers.iter().cloned());
    let spoke = waiting.iter().fold(0, |set, waiting| set | bit(waiting.who));
    let both = ours & theirs.iter().fold(spoke, |set, outgoing| set | outgoing.to);
    case.cycle.outgoing.extend(theirs.iter().cloned());
    for outgoing in case.cycle.outgoing.iter_mut().filter(|outgoing| !outgoing.late) {
        outgoing.overtaken |= both;
    }
    for waiting in waiting {
        case.conversation.waits(*waiting);
    }
}

/// Whose copy of a message it is about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Recipients<'a> {
    /// One customer's: `None` is the case's customer.
    One(Option<&'a CustomerId>),
    /// Every copy that was not sent in time.
    Unsent,
}

/// It became known what became of a message. Nothing follows for a message that the case does not follow, or
/// for somebody it does not speak to.
pub(super) fn recorded(
    case: &mut Case,
    message: MessageId,
    to: Recipients<'_>,
    result: Delivery,
    at: DateTime<Utc>,
) {
    let to = match to {
        Recipients::One(customer) => customer.map_or(Some(0), |customer| case.place(customer)).map(bit),
        Recipients::Unsent => case.outgoing(message).map(|outgoing| outgoing.unsent),
    };
    let Some((to, place)) = to.and_then(|to| Some((to, case.cycle.copy(message, to)?))) else { return };
    let counts = case.cycle.outgoing.get(place).is_some_and(|outgoing| case.may_lose(outgoing));
    let had = case.cycle.outgoing.get(place).is_some_and(|outgoing| case.had(outgoing));
    let Some(outgoing) = case.cycle.outgoing.get_mut(place) else { return };
    // What has arrived cannot be lost any more.
    let open = outgoing.unarrived & to;
    outgoing.unsent &= !to;
    if result != Delivery::Sent {
        outgoing.unarrived &= !to;
    }
    match result {
        Delivery::Failed if counts => lost(case, place, open),
        Delivery::Failed if !had => {
            // It stands in for nothing, and nothing follows.
            outgoing.lost |= open;
            outgoing.owed &= !open;
        }
        Delivery::Failed | Delivery::Void => {}
        Delivery::Sent | Delivery::Delivered | Delivery::Read => {
            if outgoing.lost & to != 0 {
                came_late(case, place, to, result, at);
            }
        }
    }
    forget_the_oldest(case);
}

/// The words and addresses of a customer were erased, or everyone's: what was on its way to them is void, and
/// they are told no more. Everything that was decided stays.
pub(super) fn erased(case: &mut Case, customer: Option<&CustomerId>) {
    let Some(whose) = customer.map_or(Some(u64::MAX), |customer| case.place(customer).map(bit)) else {
        return;
    };
    case.erased |= whose & case.everyone();
    nothing_goes_to(case, whose);
}

/// A customer took their part of the matter back: they wait for nothing, and are told no more.
pub(super) fn stepped_out(case: &mut Case, customer: &CustomerId) {
    let Some(who) = case.place(customer) else { return };
    case.stepped_out |= bit(who);
    case.conversation.waiting.retain(|waiting| waiting.who != who);
    nothing_goes_to(case, bit(who));
}

fn nothing_goes_to(case: &mut Case, whose: u64) {
    for outgoing in &mut case.cycle.outgoing {
        outgoing.unsent &= !whose;
        outgoing.unarrived &= !whose;
    }
    forget_the_oldest(case);
}

/// Some did not get a message. For those whom it was owed to, the case is as if it had not been said, unless a
/// later one stands in for it.
fn lost(case: &mut Case, place: usize, to: u64) {
    let Some(outgoing) = case.cycle.outgoing.get_mut(place) else { return };
    outgoing.lost |= to;
    let missed = outgoing.owed & to;
    if missed == 0 {
        return;
    }
    let (message, was) = (outgoing.message, outgoing.purpose);
    if was == Purpose::Resolution {
        outgoing.purpose = Purpose::Word;
    }
    for ended in &mut outgoing.ended {
        ended.owed &= !missed;
    }
    outgoing.ended.retain(|ended| ended.owed != 0);
    let (waited, told) = outgoing.answered.iter().partition(|waiting| bit(waiting.who) & missed != 0);
    outgoing.answered = told;
    owed_again(case, place, waited);
    if was == Purpose::Resolution && matches!(case.stage, Stage::Resolved | Stage::FollowedUp) {
        case.stage = Stage::InProgress;
        case.cycle.resolved_at = None;
        case.cycle.resolution = None;
        case.cycle.resolve_left = None;
    }
    let cycle = &mut case.cycle;
    if cycle.acknowledged_by == Some(message) {
        // Nobody acknowledges what was resolved before.
        let resolved = cycle.resolved_at;
        let in_time = |other: &Outgoing| resolved.is_none_or(|resolved| other.at <= resolved);
        let next = cycle.stand_in(place, missed, |other| other.acknowledges() && in_time(other));
        (cycle.acknowledged_at, cycle.acknowledged_by) = carried_on(&mut cycle.outgoing, next, missed);
    }
    if cycle.responded_by == Some(message) {
        let next = cycle.stand_in(place, missed, Outgoing::answers);
        (cycle.responded_at, cycle.responded_by) = carried_on(&mut cycle.outgoing, next, missed);
    }
    if case.stage == Stage::Acknowledged && case.cycle.acknowledged_at.is_none() {
        case.stage = Stage::Received;
    }
}

/// The message at `next` stands in, and is owed to them as well from now on.
fn carried_on(
    outgoing: &mut [Outgoing],
    next: Option<usize>,
    whom: u64,
) -> (Option<DateTime<Utc>>, Option<MessageId>) {
    let next = next.and_then(|next| outgoing.get_mut(next));
    next.map(|next| {
        next.owed |= whom;
        (next.at, next.message)
    })
    .unzip()
}

/// Those whom a lost message had answered: a later one does, or they wait again.
fn owed_again(case: &mut Case, place: usize, waited: Vec<Waiting>) {
    for waiting in waited {
        let whom = bit(waiting.who);
        let later = case.cycle.stand_in(place, whom, Outgoing::answers);
        match later.and_then(|later| case.cycle.outgoing.get_mut(later)) {
            Some(later) => {
                later.owed |= whom;
                later.answered.push(waiting);
            }
            None => case.conversation.waits(waiting),
        }
    }
}

/// One got a message that had been given up: its words count for them from then, and answer what they had said
/// when it was written. A resolution has to be given again, because the case went on without it.
fn came_late(case: &mut Case, place: usize, to: u64, result: Delivery, at: DateTime<Utc>) {
    let Some(outgoing) = case.cycle.outgoing.get_mut(place) else { return };
    outgoing.lost &= !to;
    if matches!(case.stage, Stage::Invited | Stage::Closed) {
        return;
    }
    // Somebody may wait whom it was not owed to when it was said: the message that answered them is lost.
    let waits = case.conversation.waiting.iter().fold(0, |set, waiting| set | bit(waiting.who)) & to;
    let owed = outgoing.owed & to | waits;
    outgoing.to &= !to;
    outgoing.owed &= !to;
    let mut late = Outgoing {
        at,
        late: true,
        // It came here, wherever it was written.
        of: None,
        goes_at: None,
        fails_at: None,
        to,
        owed,
        unsent: 0,
        unarrived: if result == Delivery::Sent { to } else { 0 },
        lost: 0,
        overtaken: outgoing.overtaken & to,
        answered: Vec::new(),
        ended: Vec::new(),
        ..outgoing.clone()
    };
    if outgoing.to == 0 {
        case.cycle.outgoing.remove(place);
    }
    if late.purpose != Purpose::Acknowledgement {
        late.purpose = Purpose::Word;
    }
    let by = Some(late.message);
    if owed != 0 && late.answers() && late.overtaken == 0 {
        let told = |waiting: &Waiting| bit(waiting.who) & to != 0;
        late.answered.extend(case.conversation.waiting.iter().copied().filter(told));
        case.conversation.waiting.retain(|waiting| !told(waiting));
        super::responded(case, at, by);
    }
    if owed != 0 && late.acknowledges() {
        super::acknowledged(case, at, by);
    }
    case.cycle.outgoing.push(late);
}

/// A place as a set.
pub(in crate::workflow) fn bit(place: u8) -> u64 {
    1_u64.checked_shl(u32::from(place)).unwrap_or(0)
}
