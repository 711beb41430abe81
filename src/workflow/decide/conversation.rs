//! What is said, and what it satisfies.

use chrono::{DateTime, Utc};

use super::{Refusal, ending, opening};
use crate::case::{CloseReason, Closed, CycleCause, Head, MAX_UNSENT, Stage};
use crate::conversation::{Attachment, Outbound, Tone};
use crate::deadline::{DeadlineKind, MootReason, Promised};
use crate::id::{CommandId, MessageId};
use crate::policy::Anchor;
use crate::words::Words;
use crate::workflow::command::CustomerWrote;
use crate::workflow::event::{Fact, Said};
use crate::workflow::legal::wrote_again_and_no_more;
use crate::workflow::plan::Plan;
use crate::workflow::rejection::{Missing, Rule};
use crate::workflow::texts::Slot;

pub(super) fn acknowledge(plan: &mut Plan<'_>, message: &Outbound) -> Result<(), Refusal> {
    let message = outgoing(plan, message)?;
    if !plan.context.actor.party.is_staff() {
        if plan.case.head.automatic {
            return Err(Rule::MachinesDoNotTalk.into());
        }
        if plan.case.cycle.machine_acknowledged() {
            return Err(Refusal::missing(Rule::MachineSpokeAlready, [Missing::Acknowledgement]));
        }
        if !plan.policy.terms().automatic_acknowledgement {
            return Err(Refusal::missing(Rule::NotByMachine, [Missing::Acknowledgement]));
        }
    }
    plan.record(Fact::Acknowledged { message });
    acknowledged(plan, plan.on_its_way())?;
    Ok(())
}

pub(super) fn reply(plan: &mut Plan<'_>, message: &Outbound) -> Result<(), Refusal> {
    let message = outgoing(plan, message)?;
    let staff = plan.context.actor.party.is_staff();
    if !staff && plan.case.head.automatic {
        return Err(Rule::MachinesDoNotTalk.into());
    }
    let first_word = plan.case.cycle.acknowledged_at.is_none();
    plan.record(Fact::Replied { message });
    if staff {
        a_person_spoke(plan, first_word, plan.on_its_way())?;
    }
    Ok(())
}

pub(super) fn customer_wrote(plan: &mut Plan<'_>, message: &CustomerWrote) -> Result<(), Refusal> {
    if message.body.is_blank() && message.attachments.is_empty() && message.rating.is_none() {
        return Err(Rule::NoWords.into());
    }
    let (from, unreachable) = (plan.case.stage, plan.case.unreachable);
    let disputed = message.tone == Tone::Dispute && !message.automatic;
    let fact = Fact::CustomerWrote {
        body: Slot::Body.of(plan.context.command),
        attachments: counted(&message.attachments),
        tone: message.tone,
        automatic: message.automatic,
        rating: message.rating,
    };
    let at = plan.at;
    match from {
        Stage::Closed if message.automatic => plan.record(fact),
        Stage::Closed => {
            ending::may_reopen(plan)?;
            plan.record(fact);
            ending::begin_cycle(
                plan,
                if disputed { CycleCause::Disputed } else { CycleCause::WroteAgain },
                None,
            )?;
        }
        // What a machine sends back is no answer to an invitation.
        Stage::Invited if message.automatic => plan.record(fact),
        Stage::Invited => {
            plan.record(fact);
            plan.meet(DeadlineKind::Expire, at);
            opening::spoke(plan, &[])?;
        }
        Stage::Resolved | Stage::FollowedUp if disputed => {
            plan.record(fact);
            ending::begin_cycle(plan, CycleCause::Disputed, None)?;
        }
        _ => {
            plan.record(fact);
            if message.automatic {
                return Ok(());
            }
            if from == Stage::Waiting {
                end_wait(plan)?;
            }
            waits_for_answer(plan)?;
            if unreachable {
                can_be_asked(plan)?;
            }
        }
    }
    Ok(())
}

/// Who could not be reached can be asked now whether it helped.
pub(super) fn can_be_asked(plan: &mut Plan<'_>) -> Result<(), Rule> {
    let at = plan.at;
    if plan.case.stage == Stage::Resolved && !plan.case.deadlines.has(DeadlineKind::FollowUp) {
        plan.set(DeadlineKind::FollowUp, at)?;
    }
    Ok(())
}

pub(super) fn note(plan: &mut Plan<'_>, words: &Words) -> Result<(), Refusal> {
    if words.is_blank() {
        return Err(Rule::NoWords.into());
    }
    let body = Slot::Body.of(plan.context.command);
    plan.record(Fact::Noted { body });
    Ok(())
}

pub(super) fn no_action_needed(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    if plan.case.conversation.unanswered_since().is_none() {
        return Err(Rule::NothingToAnswer.into());
    }
    if wrote_again_and_no_more(&plan.case) {
        return close_again(plan);
    }
    plan.record(Fact::NoActionNeeded);
    plan.moot(DeadlineKind::Respond, MootReason::NothingToAnswer);
    Ok(())
}

/// A closed case that a "thanks!" reopened ends as it had ended before.
fn close_again(plan: &mut Plan<'_>) -> Result<(), Refusal> {
    let (reason, exit) = plan
        .case
        .closed
        .as_ref()
        .map_or((CloseReason::Confirmed, None), |closed| (closed.reason.clone(), closed.exit.clone()));
    let closed =
        Closed { at: ending::end(plan), reason, exit, reopen_until: ending::reopen_until(plan, plan.at)? };
    plan.record(Fact::Closed { closed: Box::new(closed), message: None, body: None, needed_nothing: true });
    plan.end_all();
    Ok(())
}

pub(super) fn unreachable(plan: &mut Plan<'_>, tried: &Words) -> Result<(), Refusal> {
    if tried.is_blank() {
        return Err(Refusal::missing(Rule::NoWords, [Missing::Reason]));
    }
    let tried = Slot::Reason.of(plan.context.command);
    plan.record(Fact::Unreachable { tried });
    for kind in
        [DeadlineKind::Acknowledge, DeadlineKind::Respond, DeadlineKind::Update, DeadlineKind::FollowUp]
    {
        plan.moot(kind, MootReason::Unreachable);
    }
    Ok(())
}

/// A person's public message, which may be still on its way: it answers what was said before it, acknowledges, keeps the promise of an
/// answer, and starts the time to the next word anew. A message that is recorded after a newer one
/// restarts nothing.
pub(super) fn a_person_spoke(
    plan: &mut Plan<'_>,
    first_word: bool,
    by: Option<MessageId>,
) -> Result<(), Rule> {
    let at = plan.at;
    if plan.case.conversation.waiting.iter().all(|waiting| waiting.since > at) {
        for id in plan.live(|deadline| deadline.id.kind == DeadlineKind::Respond && deadline.anchor <= at) {
            plan.meet_one(id, at, by);
        }
        a_clock_for_who_waits(plan)?;
    }
    plan.keep_promises(&Promised::Answer, at, by);
    if plan.case.deadlines.of_kind(DeadlineKind::Update).any(|deadline| deadline.anchor <= at) {
        plan.meet_by(DeadlineKind::Update, at, by);
        plan.set(DeadlineKind::Update, at)?;
        if plan.case.stage == Stage::Waiting {
            plan.pause(at)?;
        }
    }
    if first_word {
        acknowledged(plan, by)?;
    }
    Ok(())
}

/// The customer was told that they were heard: that is met, and what runs from it runs.
pub(super) fn acknowledged(plan: &mut Plan<'_>, by: Option<MessageId>) -> Result<(), Rule> {
    let at = plan.at;
    plan.meet_by(DeadlineKind::Acknowledge, at, by);
    plan.anchor_happened(Anchor::Acknowledged)
}

/// The customer's message ends the wait at its own time, or where the wait began if it is older.
pub(super) fn end_wait(plan: &mut Plan<'_>) -> Result<(), Rule> {
    plan.record(Fact::WaitEnded);
    wait_ended(plan, plan.at)
}

/// The wait lost its sense at that time.
pub(super) fn end_wait_at(plan: &mut Plan<'_>, at: DateTime<Utc>) -> Result<(), Rule> {
    plan.record_by_time(at, Fact::WaitEnded);
    wait_ended(plan, at)
}

fn wait_ended(plan: &mut Plan<'_>, at: DateTime<Utc>) -> Result<(), Rule> {
    let at = plan.case.cycle.pauses.last().map_or(at, |pause| at.max(pause.from));
    plan.meet(DeadlineKind::Resume, at);
    plan.resume(at)?;
    Ok(())
}

/// The oldest unanswered message keeps the clock: a spell of waiting has one deadline.
pub(super) fn waits_for_answer(plan: &mut Plan<'_>) -> Result<(), Rule> {
    let at = plan.at;
    if plan.case.conversation.unanswered_since() == Some(at)
        && !plan.case.deadlines.has(DeadlineKind::Respond)
    {
        plan.set(DeadlineKind::Respond, at)?;
    }
    Ok(())
}

/// A customer who waits for an answer has a clock, also where the policy had none when they spoke.
pub(super) fn a_clock_for_who_waits(plan: &mut Plan<'_>) -> Result<(), Rule> {
    match plan.case.conversation.unanswered_since() {
        Some(since) if !plan.case.deadlines.has(DeadlineKind::Respond) => {
            opening::anchored(plan, DeadlineKind::Respond, since)
        }
        _ => Ok(()),
    }
}

/// A message of ours, checked: it says something, and the customer can get it.
pub(super) fn outgoing(plan: &Plan<'_>, message: &Outbound) -> Result<Said, Refusal> {
    if message.body.is_blank() {
        return Err(Refusal::missing(Rule::NoWords, [Missing::MessageToCustomer]));
    }
    check_reach(&plan.case.head, message)?;
    if plan.case.cycle.outgoing.iter().filter(|outgoing| outgoing.is_underway()).count() >= MAX_UNSENT {
        return Err(Rule::TooManyUnsent.into());
    }
    let goes_at = plan.goes_at(plan.now);
    Ok(said(message, plan.context.command, goes_at, plan.fails_at(goes_at.unwrap_or(plan.now))))
}

pub(super) fn check_reach(head: &Head, message: &Outbound) -> Result<(), Refusal> {
    if head.contacts.is_empty() && !message.posted {
        return Err(Refusal::missing(Rule::NobodyToReach, [Missing::WayToReach]));
    }
    Ok(())
}

pub(super) fn said(
    message: &Outbound,
    command: CommandId,
    goes_at: Option<DateTime<Utc>>,
    fails_at: Option<DateTime<Utc>>,
) -> Said {
    Said {
        body: Slot::Body.of(command),
        reply_path: message.reply_path.kind(),
        posted: message.posted,
        delivered: message.delivered,
        attachments: counted(&message.attachments),
        goes_at: goes_at.filter(|_| !message.delivered),
        fails_at: fails_at.filter(|_| !message.delivered),
    }
}

/// How many files: their number is within a limit that fits.
pub(super) fn counted(attachments: &[Attachment]) -> u8 {
    u8::try_from(attachments.len()).unwrap_or(u8::MAX)
}
