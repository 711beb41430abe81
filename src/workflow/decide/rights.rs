//! What takes a right: acting on a case at all, waiving, excusing, taking an escalation on.

use super::Refusal;
use crate::case::{Case, MAX_INVOLVED};
use crate::deadline::{DeadlineChange, DeadlineId, DeadlineState, Excuse, NextStep};
use crate::words::Words;
use crate::workflow::Context;
use crate::workflow::command::Command;
use crate::workflow::event::Fact;
use crate::workflow::legal::{in_charge, not_theirs};
use crate::workflow::plan::Plan;
use crate::workflow::rejection::{Limit, Missing, Rule};
use crate::workflow::texts::Slot;

/// A customer acts on what concerns them, and whoever acts for one on what concerns that one.
pub(super) fn theirs(case: &Case, command: &Command, context: &Context<'_>) -> Result<(), Refusal> {
    let actor = context.actor;
    if let Some(rule) = not_theirs(case, actor, command.kind()) {
        return Err(rule.into());
    }
    let newcomer = actor.speaker().is_some_and(|speaker| !case.concerns(speaker));
    if newcomer && case.participants.len() >= MAX_INVOLVED {
        return Err(Rule::TooMuch(Limit::TooManyInvolved).into());
    }
    Ok(())
}

pub(super) fn accept(plan: &mut Plan<'_>, id: DeadlineId) -> Result<(), Refusal> {
    let Some(deadline) = plan.case.deadlines.get(id) else { return Err(Rule::NoSuchDeadline.into()) };
    if deadline.state != DeadlineState::Breached {
        return Err(Rule::NotBreached.into());
    }
    // Whoever dates it ahead is not sooner allowed to.
    if !deadline.is_acceptable(plan.at.min(plan.now)) {
        return Err(Rule::AlreadyAccepted.into());
    }
    let until = plan.policy.calendar().add(plan.at, plan.policy.terms().ladder.accepted_for.delta())?;
    let next_step =
        deadline.next_step.as_ref().map(|next| NextStep { step: next.step, at: next.at.max(until) });
    plan.record(Fact::EscalationAccepted { deadline: id });
    plan.change(DeadlineChange::Accepted { id, until, next_step });
    Ok(())
}

pub(super) fn excuse(plan: &mut Plan<'_>, id: DeadlineId, words: &Words) -> Result<(), Refusal> {
    if !plan.context.actor.grants.excuse {
        return Err(Rule::NotGranted.into());
    }
    not_own(plan)?;
    said_why(words)?;
    match plan.case.deadlines.breaches().iter().find(|breach| breach.id == id) {
        None if plan.case.deadlines.is_listed_in_full(id.kind) => return Err(Rule::NotBreached.into()),
        None => return Err(Rule::NoLongerListed.into()),
        Some(breach) if breach.excused.is_some() => return Err(Rule::AlreadyExcused.into()),
        Some(_) => {}
    }
    let body = Some(Slot::Reason.of(plan.context.command));
    plan.record(Fact::Excused { deadline: id, why: Excuse::Stated, body });
    plan.change(DeadlineChange::Excused { id, why: Excuse::Stated });
    Ok(())
}

pub(super) fn waive(plan: &mut Plan<'_>, id: DeadlineId, words: &Words) -> Result<(), Refusal> {
    may_waive(plan)?;
    said_why(words)?;
    if !id.kind.is_owed() || plan.case.deadlines.get(id).is_none() {
        return Err(Rule::NoSuchDeadline.into());
    }
    let body = Slot::Reason.of(plan.context.command);
    plan.record(Fact::Waived { deadline: id, body });
    let by = plan.context.actor.party.clone();
    plan.change(DeadlineChange::Waived { id, by });
    Ok(())
}

pub(super) fn may_waive(plan: &Plan<'_>) -> Result<(), Refusal> {
    if !plan.context.actor.grants.waive {
        return Err(Rule::NotGranted.into());
    }
    Ok(not_own(plan)?)
}

fn not_own(plan: &Plan<'_>) -> Result<(), Rule> {
    if in_charge(&plan.case, &plan.context.actor.party) { Err(Rule::OwnCase) } else { Ok(()) }
}

pub(super) fn said_why(words: &Words) -> Result<(), Refusal> {
    if words.is_blank() { Err(Refusal::missing(Rule::NoWords, [Missing::Reason])) } else { Ok(()) }
}
