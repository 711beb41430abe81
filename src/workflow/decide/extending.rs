//! How a running deadline is moved back.

use chrono::{DateTime, Utc};

use super::{Refusal, conversation, rights};
use crate::deadline::{Deadline, DeadlineChange, DeadlineState};
use crate::policy::Extension;
use crate::workflow::command::Extend;
use crate::workflow::event::Fact;
use crate::workflow::plan::{Plan, stored};
use crate::workflow::rejection::{Missing, Rule};
use crate::workflow::texts::Slot;

pub(super) fn extend(plan: &mut Plan<'_>, extend: &Extend) -> Result<(), Refusal> {
    if !plan.context.actor.grants.extend {
        return Err(Rule::NotGranted.into());
    }
    let id = extend.deadline;
    let Some(deadline) = plan.case.deadlines.get(id) else { return Err(Rule::NoSuchDeadline.into()) };
    let Some(extension) = deadline.extension.clone() else { return Err(Rule::NotExtendable.into()) };
    may_still(plan, deadline, &extension)?;
    let (anchor, old_due) = (deadline.anchor, deadline.due);
    let new_due = new_due(plan, deadline, &extension, extend.until)?;
    if extension.reason {
        rights::said_why(&extend.reason)?;
    }
    let reason = (!extend.reason.is_blank()).then(|| Slot::Reason.of(plan.context.command));
    let message = extend.message.as_ref().map(|message| conversation::outgoing(plan, message)).transpose()?;
    if extension.notice && message.is_none() && !plan.case.unreachable {
        return Err(Refusal::missing(Rule::ExtendedInSilence, [Missing::MessageToCustomer]));
    }
    let first_word = plan.case.cycle.acknowledged_at.is_none();
    plan.record(Fact::Extended { deadline: id, old_due, new_due, reason, message });
    let mut change = plan.moved(id, anchor, new_due);
    if let DeadlineChange::Moved { extended, .. } = &mut change {
        *extended = true;
    }
    plan.change(change);
    if message.is_some() {
        conversation::a_person_spoke(plan, first_word, plan.on_its_way())?;
    }
    Ok(())
}

/// The guard that every rule with an extension has: it is granted while the deadline still runs.
fn may_still(plan: &Plan<'_>, deadline: &Deadline, extension: &Extension) -> Result<(), Rule> {
    if deadline.state == DeadlineState::Breached || plan.at > deadline.due {
        Err(Rule::TooLateToExtend)
    } else if deadline.extended >= extension.times {
        Err(Rule::ExtensionsUsedUp)
    } else if deadline.is_extendable() {
        Ok(())
    } else {
        Err(Rule::NotRunning)
    }
}

fn new_due(
    plan: &Plan<'_>,
    deadline: &Deadline,
    extension: &Extension,
    until: Option<DateTime<Utc>>,
) -> Result<DateTime<Utc>, Refusal> {
    let computed = extension.due(plan.policy.calendar(), deadline.anchor, deadline.due)?;
    match (computed, until.map(stored).transpose()?) {
        (Some(due), None) => Ok(due),
        (None, Some(agreed)) if agreed > deadline.due => Ok(agreed),
        (None, _) => Err(Refusal::missing(Rule::OtherLength, [Missing::Date])),
        (Some(_), Some(_)) => Err(Rule::OtherLength.into()),
    }
}
