//! Another policy, priority or calendar: what runs is computed anew, from where it began.

use chrono::{DateTime, Utc};

use super::{Refusal, opening, rights};
use crate::case::Stage;
use crate::deadline::{Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, MootReason};
use crate::policy::{Anchor, ReopenResolve, Span};
use crate::words::Words;
use crate::workflow::command::Retarget;
use crate::workflow::event::Fact;
use crate::workflow::plan::{Plan, trimmed};
use crate::workflow::rejection::Rule;
use crate::workflow::texts::Slot;

pub(super) fn retarget(plan: &mut Plan<'_>, retarget: &Retarget) -> Result<(), Refusal> {
    may_retarget(plan, &retarget.reason)?;
    let head = &plan.case.head;
    let policy = match &retarget.policy {
        Some(id) => plan.context.policies.opening(Some(id), plan.now).ok_or(Rule::NoPolicy)?,
        None => plan.policy,
    };
    let priority = retarget.priority.unwrap_or(head.priority);
    let same = (policy.id(), policy.version()) == (&head.policy, head.policy_version);
    if same && priority == head.priority {
        return Err(Rule::NothingChanges.into());
    }
    plan.policy = policy;
    plan.record(Fact::Retargeted {
        policy: policy.id().clone(),
        policy_version: policy.version(),
        priority,
        reason: Slot::Reason.of(plan.context.command),
    });
    for id in running(plan) {
        if targeted(id.kind) {
            one(plan, id)?;
        }
    }
    Ok(what_is_new(plan)?)
}

pub(super) fn recalculate(plan: &mut Plan<'_>, reason: &Words) -> Result<(), Refusal> {
    may_retarget(plan, reason)?;
    let now = plan.policy.basis().clone();
    let calendar = |deadline: &Deadline| {
        let basis = &deadline.basis;
        (&basis.calendar, basis.calendar_version, &basis.zone_rules)
            != (&now.calendar, now.calendar_version, &now.zone_rules)
    };
    let mut stale = running(plan);
    let computed =
        |id: &DeadlineId| plan.case.deadlines.get(*id).is_some_and(|d| d.is_computed() && calendar(d));
    stale.retain(computed);
    if stale.is_empty() {
        return Err(Rule::NothingChanges.into());
    }
    plan.record(Fact::Recalculated { reason: Slot::Reason.of(plan.context.command) });
    for id in stale {
        let Some(old) = plan.case.deadlines.get(id).cloned() else { continue };
        let Some(span) = old.span.clone() else { continue };
        let fresh = Deadline { basis: now.clone(), ..old.clone() };
        replace(plan, &old, fresh, &span)?;
    }
    Ok(())
}

fn may_retarget(plan: &Plan<'_>, reason: &Words) -> Result<(), Refusal> {
    if !plan.context.actor.grants.retarget {
        return Err(Rule::NotGranted.into());
    }
    rights::said_why(reason)
}

/// What has not been decided yet: a breach stays, with the due time that was missed.
fn running(plan: &Plan<'_>) -> Vec<DeadlineId> {
    plan.live(|deadline| deadline.state != DeadlineState::Breached)
}

/// The kinds whose due times come from a target. A promise is a date, a wait and a review are limits of
/// their own, thanks are owed as they were.
const fn targeted(kind: DeadlineKind) -> bool {
    matches!(
        kind,
        DeadlineKind::Acknowledge
            | DeadlineKind::Respond
            | DeadlineKind::Update
            | DeadlineKind::Resolve
            | DeadlineKind::FollowUp
            | DeadlineKind::Confirm
            | DeadlineKind::Expire
    )
}

/// Gives one deadline the target that the policy has for it now.
fn one(plan: &mut Plan<'_>, id: DeadlineId) -> Result<(), Rule> {
    let Some(old) = plan.case.deadlines.get(id).cloned() else { return Ok(()) };
    let Some(target) = plan.target(id.kind) else {
        plan.change(DeadlineChange::Moot { id, reason: MootReason::NoTarget, by: None });
        return Ok(());
    };
    let fresh = Deadline {
        provisional: old.provisional,
        extended: old.extended,
        steps_fired: old.steps_fired,
        ..plan.targeted(id.kind, target, old.anchor, old.due)?
    };
    replace(plan, &old, Deadline { id, ..fresh }, &target.within)
}

/// Puts `fresh` in the place of `old`, with the due time that `span` gives from its anchor. What the case
/// stood still is given back in the new unit, and what comes earlier than it was leaves the policy's
/// notice. Where an extension was granted, it stays granted.
fn replace(plan: &mut Plan<'_>, old: &Deadline, mut fresh: Deadline, span: &Span) -> Result<(), Rule> {
    fresh.state = DeadlineState::Running;
    fresh.due = trimmed(full_due(plan, old, &fresh, span)?);
    give_back(plan, &mut fresh)?;
    if old.extended > 0 {
        fresh.due = fresh.due.max(old.due);
    }
    let least = plan.policy.calendar().add(plan.now, plan.policy.terms().minimum_notice.delta())?;
    if fresh.due < old.due && fresh.state == DeadlineState::Running {
        fresh.due = fresh.due.max(trimmed(least)).min(old.due);
    }
    plan.retarget(old.due, fresh);
    Ok(())
}

/// A running deadline with the due time that its own target gives from its anchor, the waits given back.
pub(super) fn computed_anew(plan: &Plan<'_>, old: &Deadline) -> Result<Deadline, Rule> {
    let mut fresh = old.clone();
    if let Some(span) = &old.span {
        fresh.due = trimmed(full_due(plan, old, &fresh, span)?);
        give_back(plan, &mut fresh)?;
    }
    Ok(fresh)
}

/// The due time without any pause.
fn full_due(plan: &Plan<'_>, old: &Deadline, fresh: &Deadline, span: &Span) -> Result<DateTime<Utc>, Rule> {
    let calendar = plan.policy.calendar();
    let target = plan.target(old.id.kind).filter(|_| old.provisional);
    let acknowledge = plan.case.deadlines.of_kind(DeadlineKind::Acknowledge).next();
    match (target, acknowledge) {
        (Some(target), Some(acknowledge)) if target.from == Anchor::Acknowledged => {
            Ok(target.latest(calendar, acknowledge.due)?)
        }
        _ => Ok(span.due(calendar, fresh.anchor)?),
    }
}

/// The case's waits do not count. Where the time to resolve goes on in a reopened case, neither do those of
/// the cycles before, nor, unless it runs from the customer's first word, the time between a resolution and a
/// reopening.
fn give_back(plan: &Plan<'_>, fresh: &mut Deadline) -> Result<(), Rule> {
    let cycle = &plan.case.cycle;
    let goes_on = fresh.id.kind == DeadlineKind::Resolve && fresh.anchor < cycle.started_at;
    match &plan.policy.terms().reopen_resolve {
        ReopenResolve::Remaining { floor } if goes_on => {
            let pausable = std::mem::replace(&mut fresh.pausable, true);
            let from = fresh.anchor;
            plan.through_pauses(fresh, &cycle.earlier_pauses, from)?;
            fresh.pausable = pausable;
            let least = floor.due(plan.policy.calendar(), cycle.started_at)?;
            fresh.due = fresh.due.max(trimmed(least));
        }
        ReopenResolve::FromStart if goes_on => waits_before(plan, fresh)?,
        _ => {}
    }
    let from = fresh.anchor;
    Ok(plan.through_pauses(fresh, &cycle.pauses, from)?)
}

/// Gives the waits of earlier cycles back.
pub(super) fn waits_before(plan: &Plan<'_>, fresh: &mut Deadline) -> Result<(), Rule> {
    let earlier = plan.case.cycle.earlier_pauses.iter();
    let waits: Vec<_> = earlier.filter(|pause| !pause.resolved).copied().collect();
    let from = fresh.anchor;
    Ok(plan.through_pauses(fresh, &waits, from)?)
}

/// What the policy asks for that none of the old one's deadlines stood for.
fn what_is_new(plan: &mut Plan<'_>) -> Result<(), Rule> {
    let (case, cycle) = (&plan.case, &plan.case.cycle);
    let reachable = !case.unreachable && !case.head.automatic;
    let unresolved = case.stage.is_unresolved();
    // Who was heard once is not told so again in a later cycle.
    let unheard = cycle.number == 1 && cycle.acknowledged_at.is_none();
    let resolved = case.stage == Stage::Resolved;
    let owed = [
        (DeadlineKind::Acknowledge, unresolved && reachable && unheard, cycle.started_at),
        (DeadlineKind::Resolve, unresolved, cycle.started_at),
        (DeadlineKind::Update, unresolved && reachable, plan.at),
        (DeadlineKind::FollowUp, resolved && reachable, cycle.resolved_at.unwrap_or(plan.at)),
    ];
    let owed =
        owed.map(|(kind, called_for, anchor)| (called_for && cycle.had(kind) == 0).then_some((kind, anchor)));
    let unanswered_since = case.conversation.unanswered_since();
    for (kind, anchor) in owed.into_iter().flatten() {
        begin(plan, kind, anchor)?;
    }
    match unanswered_since {
        Some(since) if !plan.case.deadlines.has(DeadlineKind::Respond) => {
            begin(plan, DeadlineKind::Respond, since)
        }
        _ => Ok(()),
    }
}

/// Begins a deadline that is not due before the policy's notice is over.
fn begin(plan: &mut Plan<'_>, kind: DeadlineKind, anchor: DateTime<Utc>) -> Result<(), Rule> {
    opening::anchored(plan, kind, anchor)?;
    let Some(set) = plan.case.deadlines.of_kind(kind).last().cloned() else { return Ok(()) };
    let mut fresh = set.clone();
    give_back(plan, &mut fresh)?;
    let least = plan.policy.calendar().add(plan.now, plan.policy.terms().minimum_notice.delta())?;
    fresh.due = fresh.due.max(trimmed(least));
    if fresh.due == set.due && fresh.state == set.state {
        return Ok(());
    }
    plan.retarget(set.due, fresh);
    Ok(())
}
