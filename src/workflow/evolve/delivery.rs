//! What the fate of a message does to a case: what it said counts until it turns out not to have arrived.

use chrono::{DateTime, Utc};

use crate::case::{Case, Cycle, Ended, MAX_SENT, Outgoing, Purpose, Stage};
use crate::conversation::Delivery;
use crate::deadline::DeadlineChange;
use crate::id::{CustomerId, MessageId};
use crate::workflow::event::{Event, Said};
use crate::workflow::notice::purpose;

/// What a message may bring about, before it did.
pub(super) struct Before {
    unanswered_since: Option<DateTime<Utc>>,
    acknowledged: bool,
    responded: bool,
}

impl Before {
    pub(super) const fn of(case: &Case) -> Self {
        Self {
            unanswered_since: case.conversation.unanswered_since,
            acknowledged: case.cycle.acknowledged_at.is_some(),
            responded: case.cycle.responded_at.is_some(),
        }
    }
}

/// Follows a message on its way. One that the application brought itself has arrived: it is kept only
/// beside others, because it stands in for those before it that did not.
pub(super) fn follow(case: &mut Case, event: &Event, said: &Said, before: &Before) {
    let Some(command) = event.command.filter(|_| case.is_open()) else { return };
    let outgoing = &case.cycle.outgoing;
    let known = outgoing.iter().any(|other| other.message == command.into());
    if known || said.delivered && outgoing.is_empty() {
        return;
    }
    let recipients = u32::try_from(case.involved.len()).unwrap_or(u32::MAX).saturating_add(1);
    let everybody = 1_u64.checked_shl(recipients).map_or(u64::MAX, |bit| bit - 1);
    let on_its_way = if said.delivered { 0 } else { everybody };
    case.cycle.outgoing.push(Outgoing {
        message: command.into(),
        at: event.occurred_at,
        purpose: purpose(event),
        by_person: event.by.is_staff(),
        first_word: !before.acknowledged && case.cycle.acknowledged_at.is_some(),
        first_answer: !before.responded && case.cycle.responded_at.is_some(),
        answered: before.unanswered_since.filter(|_| case.conversation.unanswered_since.is_none()),
        ended: Vec::new(),
        fails_at: said.fails_at,
        unsent: on_its_way,
        unarrived: on_its_way,
        failed: false,
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
        let Some(oldest) = outgoing.iter().position(may_go) else { return };
        outgoing.remove(oldest);
    }
}

/// A deadline that a message ends is kept with the message.
pub(super) fn note_what_it_ended(case: &mut Case, change: &DeadlineChange) {
    let (id, by, moot) = match change {
        DeadlineChange::Met { id, by: Some(by), .. } => (*id, *by, None),
        DeadlineChange::Moot { id, by: Some(by), reason } => (*id, *by, Some(*reason)),
        _ => return,
    };
    let Some(ended) = case.deadlines.get(id).map(|deadline| Ended::of(deadline, moot)) else { return };
    if let Some(outgoing) = case.cycle.outgoing_mut(by) {
        outgoing.ended.push(ended);
    }
}

/// It became known what became of a message. Of one that the case does not follow any more nothing
/// follows.
pub(super) fn recorded(
    case: &mut Case,
    message: MessageId,
    to: Option<&CustomerId>,
    result: Delivery,
    at: DateTime<Utc>,
) {
    if result == Delivery::Failed {
        if case.may_fail(message).is_some() {
            failed(case, message);
        } else {
            // Nothing follows, now or later: it is not waited for any more.
            let settled =
                |other: &Outgoing| other.message == message && !other.failed && !other.has_arrived();
            case.cycle.outgoing.retain(|other| !settled(other));
        }
        forget_the_oldest(case);
        return;
    }
    let Some(recipient) = case.recipient(to) else { return };
    let Some(outgoing) = case.cycle.outgoing_mut(message) else { return };
    outgoing.unsent &= !recipient;
    if result != Delivery::Sent {
        outgoing.unarrived &= !recipient;
    }
    if outgoing.failed {
        came_after_all(case, message, at);
    }
    forget_the_oldest(case);
}

/// A message did not arrive: the case is as if it had not been said, unless a later one says as much.
fn failed(case: &mut Case, message: MessageId) {
    let Some(outgoing) = case.cycle.outgoing_mut(message) else { return };
    outgoing.failed = true;
    outgoing.ended.clear();
    let (at, purpose, answered) = (outgoing.at, outgoing.purpose, outgoing.answered.take());
    let first_word = std::mem::take(&mut outgoing.first_word);
    let first_answer = std::mem::take(&mut outgoing.first_answer);
    // The same one that meets in its place what it had met.
    match (answered, stand_in(&mut case.cycle, |other| other.answers() && other.at >= at)) {
        (Some(since), Some(later)) => {
            later.answered = Some(later.answered.map_or(since, |other| other.min(since)));
        }
        (Some(since), None) => {
            let unanswered = &mut case.conversation.unanswered_since;
            *unanswered = Some(unanswered.map_or(since, |other| other.min(since)));
        }
        (None, _) => {}
    }
    let cycle = &mut case.cycle;
    let unresolved =
        purpose == Purpose::Resolution && matches!(case.stage, Stage::Resolved | Stage::FollowedUp);
    if unresolved {
        case.stage = Stage::InProgress;
        cycle.resolved_at = None;
        cycle.resolution = None;
        cycle.resolve_left = None;
    }
    if first_word {
        // Nobody acknowledges what was resolved before.
        let resolved = cycle.resolved_at;
        let next = stand_in(cycle, Outgoing::acknowledges);
        let next = next.filter(|other| resolved.is_none_or(|resolved| other.at <= resolved));
        cycle.acknowledged_at = next.map(|other| {
            other.first_word = true;
            other.at
        });
    }
    if first_answer {
        let next = stand_in(cycle, Outgoing::answers);
        cycle.responded_at = next.map(|other| {
            other.first_answer = true;
            other.at
        });
    }
    if case.stage == Stage::Acknowledged && cycle.acknowledged_at.is_none() {
        case.stage = Stage::Received;
    }
}

fn stand_in(cycle: &mut Cycle, counts: impl Fn(&Outgoing) -> bool) -> Option<&mut Outgoing> {
    let message = cycle.stand_in(counts)?.message;
    cycle.outgoing_mut(message)
}

/// A message that had been given up went out: its words count from then. A resolution has to be given
/// again, because the case went on without it.
fn came_after_all(case: &mut Case, message: MessageId, at: DateTime<Utc>) {
    let Some(outgoing) = case.cycle.outgoing_mut(message) else { return };
    let written = std::mem::replace(&mut outgoing.at, at);
    outgoing.failed = false;
    outgoing.fails_at = None;
    if outgoing.purpose != Purpose::Acknowledgement {
        outgoing.purpose = Purpose::Word;
    }
    let (acknowledges, answers) = (outgoing.acknowledges(), outgoing.answers());
    if matches!(case.stage, Stage::Invited | Stage::Closed) {
        return;
    }
    if answers && case.conversation.unanswered_since.is_some_and(|since| since <= written) {
        outgoing.answered = case.conversation.unanswered_since.take();
    }
    let before = Before::of(case);
    if answers {
        case.cycle.responded_at.get_or_insert(at);
    }
    if acknowledges {
        super::acknowledged(case, at);
    }
    let first_word = !before.acknowledged && case.cycle.acknowledged_at.is_some();
    let first_answer = !before.responded && case.cycle.responded_at.is_some();
    if let Some(outgoing) = case.cycle.outgoing_mut(message) {
        (outgoing.first_word, outgoing.first_answer) = (first_word, first_answer);
    }
}
