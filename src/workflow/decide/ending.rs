//! How a case is resolved, followed up, closed, and taken up again.

use chrono::{DateTime, Utc};

use super::{Refusal, conversation, handling, retargeting};
use crate::case::{CloseReason, Closed, CycleCause, ResolveLeft, Stage};
use crate::deadline::{DeadlineKind, DeadlineState, MootReason};
use crate::feedback::FeedbackKind;
use crate::id::{CustomerId, TextId};
use crate::policy::{Anchor, ReopenResolve};
use crate::resolution::{Outcome, RecordedRemedy, RemedyKind, Resolved, Verdict};
use crate::words::Words;
use crate::workflow::command::{Close, RecordAnswer, RecordExit, Resolve, Withdraw};
use crate::workflow::event::Fact;
use crate::workflow::evolve::bit;
use crate::workflow::plan::Plan;
use crate::workflow::rejection::{Missing, Rule};
use crate::workflow::texts::Slot;

pub(super) fn resolve(plan: &mut Plan<'_>, resolve: &Resolve) -> Result<(), Refusal> {
    let resolution = &resolve.resolution;
    let message = match &resolve.message {
        Some(message) => Some(conversation::outgoing(plan, message)?),
        None if plan.case.unreachable => None,
        None => return Err(Refusal::missing(Rule::InSilence, [Missing::MessageToCustomer])),
    };
    let mut reasons =
        resolution.remedies.iter().filter(|remedy| remedy.kind == RemedyKind::Declined).peekable();
    let unsaid = resolution.outcome == Outcome::Declined && reasons.peek().is_none();
    if unsaid || reasons.any(|remedy| remedy.words.as_ref().is_none_or(Words::is_blank)) {
        return Err(Refusal::missing(Rule::DeclinedWithoutReason, [Missing::Reason]));
    }
    let recorded = |(n, remedy): (usize, &crate::resolution::Remedy)| RecordedRemedy {
        kind: remedy.kind.clone(),
        text: remedy.words.as_ref().map(|_| Slot::Remedy(n).of(plan.context.command)),
    };
    let resolved = Resolved {
        outcome: resolution.outcome.clone(),
        remedies: resolution.remedies.iter().enumerate().map(recorded).collect(),
        root_cause: resolution.root_cause.clone(),
    };
    let (at, left) = (plan.at, left(plan)?);
    let first_word = plan.case.cycle.acknowledged_at.is_none();
    plan.record(Fact::Resolved { resolution: Box::new(resolved), message, left });
    plan.moot(DeadlineKind::Resume, MootReason::Overtaken);
    let by = plan.on_its_way();
    if message.is_some() {
        if resolution.outcome != Outcome::Declined {
            plan.moot_early(at, by);
        }
        conversation::a_person_spoke(plan, first_word, by)?;
        plan.set(DeadlineKind::FollowUp, at)?;
    }
    // The one that its message has just begun would only run again for nothing.
    plan.moot(DeadlineKind::Update, MootReason::Overtaken);
    for kind in [DeadlineKind::Resolve, DeadlineKind::Promise] {
        plan.meet_by(kind, at, by);
    }
    for (n, credit) in resolution.credits.iter().enumerate() {
        handling::credit_one(plan, n, credit)?;
    }
    Ok(())
}

/// What is left of the time to resolve, for the case that it is reopened.
fn left(plan: &Plan<'_>) -> Result<Option<ResolveLeft>, Rule> {
    let Some(deadline) = plan.case.deadlines.of_kind(DeadlineKind::Resolve).next() else { return Ok(None) };
    let (calendar, at) = (plan.policy.calendar(), plan.at);
    let (due, span) = match (&deadline.state, &deadline.span) {
        // As if the wait had ended with the resolution.
        (DeadlineState::Paused { at: paused, remaining }, Some(span)) => {
            (remaining.resume(span, calendar, *paused, at, deadline.due)?, span)
        }
        (DeadlineState::Running, Some(span)) if at <= deadline.due => (deadline.due, span),
        _ => return Ok(None),
    };
    Ok(Some(ResolveLeft { anchor: deadline.anchor, due, remaining: span.remaining(calendar, due, at)? }))
}

pub(super) fn follow_up(plan: &mut Plan<'_>, message: &crate::conversation::Outbound) -> Result<(), Refusal> {
    if plan.case.cycle.answered_at.is_some() {
        return Err(Rule::AlreadyAnswered.into());
    }
    if plan.case.deadlines.has(DeadlineKind::Confirm) {
        return Err(Rule::StillTimeToAnswer.into());
    }
    if !plan.context.actor.party.is_staff() && plan.case.head.automatic {
        return Err(Rule::MachinesDoNotTalk.into());
    }
    let message = conversation::outgoing(plan, message)?;
    let at = plan.at;
    plan.record(Fact::FollowedUp { message });
    if plan.context.actor.party.is_staff() {
        conversation::a_person_spoke(plan, false, plan.on_its_way())?;
    }
    plan.meet(DeadlineKind::FollowUp, at);
    Ok(plan.set(DeadlineKind::Confirm, at)?)
}

pub(super) fn record_answer(plan: &mut Plan<'_>, answer: &RecordAnswer) -> Result<(), Refusal> {
    if plan.case.cycle.answered_at.is_some() {
        return Err(Rule::AlreadyAnswered.into());
    }
    let at = plan.at;
    let body = answer.words.as_ref().map(|_| Slot::Body.of(plan.context.command));
    plan.record(Fact::Answered { satisfaction: answer.satisfaction, body });
    plan.meet(DeadlineKind::Confirm, at);
    plan.moot(DeadlineKind::FollowUp, MootReason::Overtaken);
    if answer.satisfaction.verdict == Verdict::Disputed {
        begin_cycle(plan, CycleCause::Disputed, None)?;
    }
    Ok(())
}

/// Once nothing is owed any more, a customer who was asked has their time to answer. It takes somebody's
/// deed to pay what is owed: what time brings begins nothing here, not even under a newer policy that
/// would have it, or the result would depend on when somebody looked.
pub(super) fn answer_period(plan: &mut Plan<'_>) -> Result<(), Rule> {
    if plan.events.iter().all(|event| event.command.is_none()) {
        return Ok(());
    }
    let case = &plan.case;
    let asked = case.stage == Stage::FollowedUp && case.cycle.answered_at.is_none();
    let waiting = case.deadlines.has(DeadlineKind::Confirm) || case.deadlines.has(DeadlineKind::FollowUp);
    if asked && !waiting && !case.owes() {
        // From what was last said, also when it is recorded late and came before that.
        let at = case.conversation.last_at.map_or(plan.at, |last| plan.at.max(last));
        plan.set(DeadlineKind::Confirm, at)?;
    }
    Ok(())
}

pub(super) fn close(plan: &mut Plan<'_>, close: &Close) -> Result<(), Refusal> {
    let grants = plan.context.actor.grants;
    let mut reason = close.reason.clone();
    match &close.reason {
        CloseReason::Confirmed => finished(plan)?,
        CloseReason::Unanswered => asked_enough(plan)?,
        CloseReason::ThanksSufficed => thanked_enough(plan)?,
        CloseReason::Spam if grants.spam => {}
        CloseReason::Spam => return Err(Rule::NotGranted.into()),
        CloseReason::Referred(_) if close.message.is_none() && !plan.case.unreachable => {
            return Err(Refusal::missing(Rule::InSilence, [Missing::MessageToCustomer]));
        }
        CloseReason::Referred(_) => {}
        CloseReason::Waived(_) => {
            super::rights::may_waive(plan)?;
            if close.words.as_ref().is_none_or(Words::is_blank) {
                return Err(Refusal::missing(Rule::NoWords, [Missing::Reason]));
            }
            reason = CloseReason::Waived(plan.context.actor.party.clone());
        }
        CloseReason::Withdrawn | CloseReason::Left => return Err(Rule::WithdrawInstead.into()),
        CloseReason::MergedInto(_) | CloseReason::InvitationLapsed => return Err(Rule::NotByHand.into()),
    }
    let message = close.message.as_ref().map(|message| conversation::outgoing(plan, message)).transpose()?;
    let body = close.words.as_ref().map(|_| Slot::Reason.of(plan.context.command));
    let first_word = plan.case.cycle.acknowledged_at.is_none();
    let waived = matches!(reason, CloseReason::Waived(_));
    let closed = Closed { at: end(plan), reason, exit: None, reopen_until: reopen_until(plan, plan.at)? };
    if message.is_some() {
        let met = [DeadlineKind::Acknowledge, DeadlineKind::Respond, DeadlineKind::Update];
        plan.breach_before_the_end(&met, plan.at);
    }
    plan.record(Fact::Closed { closed: Box::new(closed), message, body, needed_nothing: false });
    if message.is_some() {
        conversation::a_person_spoke(plan, first_word, None)?;
    }
    if waived {
        plan.waive_all();
    }
    plan.end_all();
    Ok(())
}

/// What a case still needs before its customer's answer can close it.
fn finished(plan: &Plan<'_>) -> Result<(), Refusal> {
    let case = &plan.case;
    let mut missing = Vec::new();
    if case.stage == Stage::Received {
        missing.push(Missing::Acknowledgement);
    }
    missing.extend(still_owed(plan));
    if case.stage.is_unresolved() {
        missing.push(Missing::Resolution);
    }
    if case.stage != Stage::FollowedUp {
        missing.push(Missing::FollowUp);
    }
    if case.cycle.answered_at.is_none() {
        missing.push(Missing::AnswerToFollowUp);
    }
    if missing.is_empty() { Ok(()) } else { Err(Refusal::missing(Rule::NotFinished, missing)) }
}

fn asked_enough(plan: &Plan<'_>) -> Result<(), Refusal> {
    let case = &plan.case;
    if case.cycle.answered_at.is_some() {
        return Err(Rule::AlreadyAnswered.into());
    }
    let mut missing = Vec::new();
    if !matches!(case.stage, Stage::Resolved | Stage::FollowedUp) {
        missing.push(Missing::Resolution);
    }
    // Thanks to an employee do not hang on the customer's silence; an answer and a promise do.
    missing.extend(still_owed(plan).filter(|missing| *missing != Missing::Thanks));
    let asked = case.cycle.follow_ups >= plan.policy.terms().follow_up_attempts;
    if !case.unreachable && !asked {
        missing.push(Missing::FollowUp);
    }
    if !case.unreachable && case.deadlines.has(DeadlineKind::Confirm) {
        missing.push(Missing::AnswerToFollowUp);
    }
    if missing.is_empty() { Ok(()) } else { Err(Refusal::missing(Rule::NotAskedEnough, missing)) }
}

fn thanked_enough(plan: &Plan<'_>) -> Result<(), Refusal> {
    let case = &plan.case;
    // A complaint does not become praise by being called so.
    let suffice = |kind: &FeedbackKind| plan.policy.terms().thanks_suffice.contains(kind);
    if !suffice(&case.head.kind) || !case.head.came_as.as_ref().is_none_or(suffice) {
        return Err(Rule::ThanksDoNotSuffice.into());
    }
    let mut missing = Vec::new();
    if case.cycle.responded_at.is_none() && !case.unreachable {
        missing.push(Missing::Answer);
    }
    missing.extend(still_owed(plan));
    missing.dedup();
    if missing.is_empty() { Ok(()) } else { Err(Refusal::missing(Rule::NotFinished, missing)) }
}

fn still_owed(plan: &Plan<'_>) -> impl Iterator<Item = Missing> {
    let answer = plan.case.conversation.unanswered_since().is_some().then_some(Missing::Answer);
    let thanks = plan.case.deadlines.has(DeadlineKind::Thank).then_some(Missing::Thanks);
    let promise = plan.case.deadlines.has(DeadlineKind::Promise).then_some(Missing::Promise);
    answer.into_iter().chain(thanks).chain(promise)
}

/// The case ends with the last of its customers who withdraws. As long as it is somebody else's matter, too, it
/// goes on for them.
pub(super) fn withdraw(plan: &mut Plan<'_>, withdraw: &Withdraw) -> Result<(), Refusal> {
    let who = plan.context.actor.acts_as().unwrap_or(&plan.case.head.customer).clone();
    let everyone = plan.case.everyone();
    let own = plan.case.place(&who).map_or(0, bit);
    if everyone & own == 0 && everyone != 0 {
        return Err(Rule::NothingChanges.into());
    }
    if everyone & !own != 0 {
        step_out(plan, who, withdraw);
        return Ok(());
    }
    let reason = if withdraw.leaving { CloseReason::Left } else { CloseReason::Withdrawn };
    let body = withdraw.words.as_ref().map(|_| Slot::Reason.of(plan.context.command));
    let exit = Some(withdraw.exit.clone());
    let closed = Closed { at: end(plan), reason, exit, reopen_until: reopen_until(plan, plan.at)? };
    plan.record(Fact::Closed { closed: Box::new(closed), message: None, body, needed_nothing: false });
    plan.end_all();
    Ok(())
}

/// One of several customers takes their part of the matter back.
fn step_out(plan: &mut Plan<'_>, customer: CustomerId, withdraw: &Withdraw) {
    let body = withdraw.words.as_ref().map(|_| Slot::Reason.of(plan.context.command));
    plan.record(Fact::SteppedOut {
        customer,
        leaving: withdraw.leaving,
        exit: Box::new(withdraw.exit.clone()),
        body,
    });
    if plan.case.conversation.waiting.is_empty() {
        plan.moot(DeadlineKind::Respond, MootReason::NothingToAnswer);
    }
}

pub(super) fn record_exit(plan: &mut Plan<'_>, record: &RecordExit) -> Result<(), Refusal> {
    if !plan.case.closed.as_ref().is_some_and(|closed| closed.is_unexplained()) {
        return Err(Rule::NothingToExplain.into());
    }
    let body = record.words.as_ref().map(|_| Slot::Body.of(plan.context.command));
    plan.record(Fact::ExitExplained { exit: record.exit.clone(), body });
    Ok(())
}

pub(super) fn reopen(plan: &mut Plan<'_>, words: &Words) -> Result<(), Refusal> {
    if words.is_blank() {
        return Err(Refusal::missing(Rule::NoWords, [Missing::Reason]));
    }
    merged_elsewhere(plan)?;
    let body = Slot::Reason.of(plan.context.command);
    Ok(begin_cycle(plan, CycleCause::Decided, Some(body))?)
}

/// When a case ends: now, but no earlier than what led to its end. A customer may have taken it back
/// before we resolved it, and we hear of it afterwards.
pub(super) fn end(plan: &Plan<'_>) -> DateTime<Utc> {
    let cycle = &plan.case.cycle;
    [cycle.acknowledged_at, cycle.resolved_at].into_iter().flatten().fold(plan.at, DateTime::max)
}

/// The last instant, included, at which a case that is closed at `at` is reopened by a message.
pub(super) fn reopen_until(plan: &Plan<'_>, at: DateTime<Utc>) -> Result<DateTime<Utc>, Rule> {
    Ok(plan.policy.terms().reopen_within.due(plan.policy.calendar(), at)?)
}

/// A message reopens a closed case within its window, and one that was taken for spam always.
pub(super) fn may_reopen(plan: &Plan<'_>) -> Result<(), Rule> {
    merged_elsewhere(plan)?;
    match &plan.case.closed {
        Some(closed) if closed.reason != CloseReason::Spam && plan.at > closed.reopen_until => {
            Err(Rule::ReopenWindowOver)
        }
        _ => Ok(()),
    }
}

pub(super) fn merged_elsewhere(plan: &Plan<'_>) -> Result<(), Rule> {
    let merged =
        plan.case.closed.as_ref().is_some_and(|closed| matches!(closed.reason, CloseReason::MergedInto(_)));
    if merged && plan.case.stage == Stage::Closed { Err(Rule::MergedElsewhere) } else { Ok(()) }
}

/// The next cycle. What was decided in the one before stays as it was; promises and thanks that are
/// still owed go on, and so does the clock of a message that nobody has answered yet.
pub(super) fn begin_cycle(plan: &mut Plan<'_>, cause: CycleCause, body: Option<TextId>) -> Result<(), Rule> {
    let (at, before) = (plan.at, plan.case.cycle.clone());
    plan.record(Fact::Reopened { cause, body });
    for kind in [DeadlineKind::FollowUp, DeadlineKind::Confirm] {
        plan.moot(kind, MootReason::Overtaken);
    }
    conversation::waits_for_answer(plan)?;
    if !plan.case.unreachable {
        plan.set(DeadlineKind::Update, at)?;
    }
    let Some(target) = plan.target(DeadlineKind::Resolve) else { return Ok(()) };
    let (calendar, span) = (plan.policy.calendar(), &target.within);
    let (anchor, due) = match &plan.policy.terms().reopen_resolve {
        _ if target.from == Anchor::StageRequested => (at, span.due(calendar, at)?),
        ReopenResolve::Fresh => (at, span.due(calendar, at)?),
        ReopenResolve::FromStart => (plan.case.received_at, span.due(calendar, plan.case.received_at)?),
        ReopenResolve::Remaining { floor } => {
            let least = floor.due(calendar, at)?;
            match (&before.resolve_left, before.resolved_at) {
                (Some(left), Some(resolved)) => {
                    let due = left.remaining.resume(span, calendar, resolved, at, left.due)?;
                    (left.anchor, due.max(least))
                }
                _ => (at, least),
            }
        }
    };
    let mut deadline = plan.targeted(DeadlineKind::Resolve, target, anchor, due)?;
    if plan.policy.terms().reopen_resolve == ReopenResolve::FromStart && anchor < at {
        retargeting::waits_before(plan, &mut deadline)?;
    }
    plan.begin(deadline)
}

/// A follow-up that nobody answered in time: the next attempt, or the end.
pub(in crate::workflow) fn unanswered(plan: &mut Plan<'_>, at: DateTime<Utc>) -> Result<(), Rule> {
    let asked = plan.case.unreachable || plan.case.cycle.follow_ups >= plan.policy.terms().follow_up_attempts;
    if plan.case.owes() {
        // We cannot take silence for an answer while we owe one ourselves; the customer's time begins
        // again once we do not (`answer_period`).
        return Ok(());
    }
    if !asked {
        return plan.set(DeadlineKind::FollowUp, at);
    }
    end_by_time(plan, at, CloseReason::Unanswered)
}

/// A follow-up did not arrive: an attempt without an answer.
pub(super) fn not_asked(plan: &mut Plan<'_>, at: DateTime<Utc>) -> Result<(), Rule> {
    plan.moot(DeadlineKind::Confirm, MootReason::Undelivered);
    if plan.case.cycle.follow_ups < plan.policy.terms().follow_up_attempts {
        plan.set(DeadlineKind::FollowUp, at)
    } else {
        unanswered(plan, at)
    }
}

/// The two ends that time alone brings.
pub(in crate::workflow) fn end_by_time(
    plan: &mut Plan<'_>,
    at: DateTime<Utc>,
    reason: CloseReason,
) -> Result<(), Rule> {
    let reopen_until = reopen_until(plan, at)?;
    let closed = Closed { at, reason, exit: None, reopen_until };
    plan.record_by_time(
        at,
        Fact::Closed { closed: Box::new(closed), message: None, body: None, needed_nothing: false },
    );
    plan.end_all();
    Ok(())
}
