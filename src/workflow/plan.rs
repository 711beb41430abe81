//! A decision in the making: the events so far, and the case as it stands after them.
//!
//! Every step sees what the steps before it did, because each event is folded in as it is recorded,
//! by the same code that folds the ledger.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

use super::Context;
use super::event::{BreachCause, Event, Fact};
use super::evolve::{apply, apply_change};
use super::rejection::Rule;
use crate::calendar::CalendarError;
use crate::case::{Case, Pause};
use crate::conversation::Party;
use crate::deadline::{
    About, Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, Excuse, MAX_LIVE_DEADLINES,
    MootReason, NextStep, PRECISION, Promised,
};
use crate::format::Format;
use crate::id::{CommandId, CustomerId, MessageId};
use crate::policy::{Anchor, Facts, Policy, Target};

pub(super) struct Plan<'a> {
    pub(super) context: &'a Context<'a>,
    /// The policy for deadlines that are set from now on.
    pub(super) policy: &'a Policy,
    /// The case after the events so far, copied at the first of them: most of what is refused, and every
    /// look that finds nothing due, needs no copy.
    pub(super) case: Cow<'a, Case>,
    /// When the command's own fact happened, as far as that counts.
    pub(super) at: DateTime<Utc>,
    /// The time that the customer's message bears, where another one counts.
    pub(super) dated: Option<DateTime<Utc>>,
    /// Now: what time has brought and what begins goes by it.
    pub(super) now: DateTime<Utc>,
    /// When everything here is recorded: now, but not before the last event.
    recorded: DateTime<Utc>,
    pub(super) events: Vec<Event>,
}

impl<'a> Plan<'a> {
    /// A plan for a case that there is.
    pub(super) fn of(case: &'a Case, context: &'a Context<'a>) -> Result<Self, Rule> {
        let policy =
            context.policies.of(&case.head.policy, case.head.policy_version).ok_or(Rule::NoPolicy)?;
        let now = stored(context.now)?;
        let mut plan = Self {
            context,
            policy,
            case: Cow::Borrowed(case),
            at: now,
            dated: None,
            now,
            recorded: now.max(case.updated_at),
            events: Vec::new(),
        };
        plan.at = context.occurred_at.map_or_else(|| plan.undated(), within_range);
        Ok(plan)
    }

    /// A plan for a case that begins with this event.
    pub(super) fn beginning(context: &'a Context<'a>, policy: &'a Policy, case: Case, event: Event) -> Self {
        let mut plan = Self {
            context,
            policy,
            case: Cow::Owned(case),
            at: event.occurred_at,
            dated: None,
            now: event.recorded_at,
            recorded: event.recorded_at,
            events: Vec::with_capacity(2),
        };
        apply(plan.case.to_mut(), &event);
        plan.events.push(event);
        plan
    }

    /// The latest time that something may claim to have happened at.
    pub(super) fn latest(&self) -> DateTime<Utc> {
        latest(self.policy, self.now)
    }

    /// The earliest time that somebody may claim who says that it happened just now.
    pub(super) fn just_now(&self) -> DateTime<Utc> {
        self.now - TimeDelta::seconds(i64::from(self.policy.terms().skew_seconds))
    }

    /// When something happens that has no time of its own: now, and after everything that is known to have
    /// happened. A customer's clock may be a little ahead of ours; what is further ahead was wrong.
    pub(super) fn undated(&self) -> DateTime<Utc> {
        let (case, latest) = (&self.case, self.latest());
        let known = [Some(case.updated_at), Some(case.received_at), case.conversation.last_at];
        known.into_iter().flatten().filter(|at| *at <= latest).fold(self.now, DateTime::max)
    }

    /// Records the command's own fact.
    pub(super) fn record(&mut self, fact: Fact) {
        let (at, actor) = (self.at, self.context.actor);
        let by = (actor.party.clone(), actor.on_behalf_of.clone());
        let dated = self.dated.take();
        self.push(at, dated, by, Some(self.context.command), fact);
    }

    /// Records what time brought about.
    pub(super) fn record_by_time(&mut self, at: DateTime<Utc>, fact: Fact) {
        self.push(at, None, (Party::System, None), None, fact);
    }

    fn push(
        &mut self,
        occurred_at: DateTime<Utc>,
        dated: Option<DateTime<Utc>>,
        (by, on_behalf_of): (Party, Option<CustomerId>),
        command: Option<CommandId>,
        fact: Fact,
    ) {
        let event = Event {
            version: self.case.version.saturating_add(1),
            occurred_at,
            dated,
            recorded_at: self.recorded,
            by,
            on_behalf_of,
            command,
            fact,
            changes: Vec::new(),
            format: Format,
        };
        apply(self.case.to_mut(), &event);
        // Most decisions come to one event or two.
        if self.events.is_empty() {
            self.events.reserve_exact(2);
        }
        self.events.push(event);
    }

    /// Adds a change of a deadline to the last event.
    pub(super) fn change(&mut self, change: DeadlineChange) {
        apply_change(self.case.to_mut(), &change);
        if let Some(event) = self.events.last_mut() {
            event.changes.push(change);
        }
    }

    /// Puts a deadline that was computed anew in the place of the one that was due at `old_due`.
    pub(super) fn retarget(&mut self, old_due: DateTime<Utc>, fresh: Deadline) {
        let change = self.retargeted(old_due, fresh);
        self.change(change);
    }

    /// The change that does so.
    pub(super) fn retargeted(&self, old_due: DateTime<Utc>, mut fresh: Deadline) -> DeadlineChange {
        fresh.late_from = self.late_from(fresh.due);
        fresh.next_step = match fresh.state {
            DeadlineState::Running if fresh.id.kind.is_owed() => {
                self.warning_from(fresh.steps_fired, self.now, fresh.due)
            }
            _ => None,
        };
        DeadlineChange::Retargeted { deadline: Arc::new(fresh), old_due }
    }

    /// The message of this command, if it is one that may still turn out not to have arrived.
    pub(super) fn on_its_way(&self) -> Option<MessageId> {
        let message = MessageId::from(self.context.command);
        self.case.outgoing(message).map(|outgoing| outgoing.message)
    }

    /// The first instant from `at` on at which a message may go out, if that is later.
    pub(super) fn goes_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        goes_at(self.policy, at)
    }

    /// The first instant at which a message that could go out at `at` counts as lost, unless it was sent.
    pub(super) fn fails_at(&self, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        fails_at(self.policy, at)
    }

    /// The target of the policy for a kind of deadline of this case.
    pub(super) fn target(&self, kind: DeadlineKind) -> Option<&'a Target> {
        self.policy.target(kind, &Facts::of(&self.case)).map(|(_, target)| target)
    }

    /// Begins a deadline as the policy has it, if it has it.
    pub(super) fn set(&mut self, kind: DeadlineKind, anchor: DateTime<Utc>) -> Result<(), Rule> {
        self.set_about(kind, anchor, None)
    }

    pub(super) fn set_about(
        &mut self,
        kind: DeadlineKind,
        anchor: DateTime<Utc>,
        about: Option<About>,
    ) -> Result<(), Rule> {
        let Some(target) = self.target(kind) else { return Ok(()) };
        let anchor = match target.from {
            Anchor::FinalAnswerSent => self.case.cycle.resolved_at.unwrap_or(anchor),
            _ => anchor,
        };
        let due = target.within.due(self.policy.calendar(), anchor)?;
        self.begin(Deadline { about, ..self.targeted(kind, target, anchor, due)? })
    }

    /// A deadline with everything that the target says of it.
    pub(super) fn targeted(
        &self,
        kind: DeadlineKind,
        target: &Target,
        anchor: DateTime<Utc>,
        due: DateTime<Utc>,
    ) -> Result<Deadline, CalendarError> {
        let (calendar, spoken) = (self.policy.calendar(), self.case.cycle.started_at);
        let moot_until =
            target.moot_if_resolved.as_ref().map(|span| span.due(calendar, spoken)).transpose()?;
        Ok(Deadline {
            step: target.step.clone(),
            span: Some(target.within.clone()),
            soft: target.soft,
            pausable: target.pausable,
            moot_until: moot_until.map(trimmed),
            extension: target.extension.clone().map(Arc::new),
            ..self.deadline(kind, anchor, due)
        })
    }

    /// Begins a deadline. Only promises and thanks can be too many: of the other kinds one is live at a
    /// time, and they have room kept for them, so that no message, tick or end is refused for it. What a
    /// message met that may turn out not to have arrived keeps its room, too: it may have to run again.
    pub(super) fn begin(&mut self, mut deadline: Deadline) -> Result<(), Rule> {
        let many = |kind| matches!(kind, DeadlineKind::Promise | DeadlineKind::Thank);
        let live = self.case.deadlines.live().iter().map(|other| other.id);
        let met = self.case.cycle.outgoing.iter().flat_map(|outgoing| &outgoing.ended).map(|ended| ended.id);
        let count = live.chain(met).filter(|id| many(id.kind)).count();
        if many(deadline.id.kind) && count + DeadlineKind::ALL.len() >= MAX_LIVE_DEADLINES {
            return Err(Rule::TooManyDeadlines);
        }
        if deadline.id.kind.is_owed() {
            deadline.next_step = self.warning_from(0, deadline.anchor, deadline.due);
        }
        self.change(DeadlineChange::Set(Arc::new(deadline)));
        Ok(())
    }

    /// A deadline of this cycle with a due time, and nothing else yet.
    pub(super) fn deadline(&self, kind: DeadlineKind, anchor: DateTime<Utc>, due: DateTime<Utc>) -> Deadline {
        let last = self.case.cycle.had(kind);
        let id = DeadlineId { kind, cycle: self.case.cycle.number, n: last.saturating_add(1) };
        Deadline::running(id, anchor, trimmed(due), self.late_from(due), self.policy.basis().clone())
    }

    pub(super) fn late_from(&self, due: DateTime<Utc>) -> DateTime<Utc> {
        let grace = TimeDelta::seconds(i64::from(self.policy.terms().grace_seconds));
        later(later(trimmed(due), grace), PRECISION)
    }

    /// The live deadlines of that sort, in the order in which they began.
    pub(super) fn live(&self, sort: impl Fn(&Deadline) -> bool) -> Vec<DeadlineId> {
        let live = self.case.deadlines.live().iter();
        live.filter(|deadline| sort(deadline)).map(|deadline| deadline.id).collect()
    }

    /// What `kind` asks for happened at `at`: every live deadline of that kind is met, late where it was
    /// late.
    pub(super) fn meet(&mut self, kind: DeadlineKind, at: DateTime<Utc>) {
        self.meet_by(kind, at, None);
    }

    /// The same, where a message of ours did it that may still turn out not to have arrived.
    pub(super) fn meet_by(&mut self, kind: DeadlineKind, at: DateTime<Utc>, by: Option<MessageId>) {
        for id in self.live(|deadline| deadline.id.kind == kind) {
            self.meet_one(id, at, by);
        }
    }

    pub(super) fn meet_one(&mut self, id: DeadlineId, at: DateTime<Utc>, by: Option<MessageId>) {
        self.meet_for(id, at, by, 0);
    }

    /// The same by a message that stands in for another, for those of `whom`.
    pub(super) fn meet_for(&mut self, id: DeadlineId, at: DateTime<Utc>, by: Option<MessageId>, whom: u64) {
        let Some(deadline) = self.case.deadlines.get(id) else { return };
        let (due, late) =
            (deadline.due, at > deadline.due && !matches!(deadline.state, DeadlineState::Paused { .. }));
        let in_time = matches!(deadline.state, DeadlineState::Breached) && !late;
        // Recorded within the grace, but done after it was due: late all the same.
        if deadline.state == DeadlineState::Running && late && id.kind.is_owed() {
            self.breach(id, due, BreachCause::DoneLate);
        }
        self.change(DeadlineChange::Met { id, at, by, whom });
        if in_time {
            self.change(DeadlineChange::Excused { id, why: Excuse::DoneInTime });
        }
    }

    /// What is over at `at` and is about to be met by the last word of a case: its lateness is recorded
    /// before the case is closed, because nothing is afterwards.
    pub(super) fn breach_before_the_end(&mut self, kinds: &[DeadlineKind], at: DateTime<Utc>) {
        let late = |deadline: &Deadline| {
            deadline.state == DeadlineState::Running && deadline.due < at && kinds.contains(&deadline.id.kind)
        };
        for id in self.live(late) {
            if let Some(due) = self.case.deadlines.get(id).map(|deadline| deadline.due) {
                self.breach(id, due, BreachCause::DoneLate);
            }
        }
    }

    /// A live deadline of that kind lost its sense.
    pub(super) fn moot(&mut self, kind: DeadlineKind, reason: MootReason) {
        self.moot_by(kind, reason, None);
    }

    /// The same, where a message of ours did it that may still turn out not to have arrived.
    pub(super) fn moot_by(&mut self, kind: DeadlineKind, reason: MootReason, by: Option<MessageId>) {
        for id in self.live(|deadline| deadline.id.kind == kind) {
            self.change(DeadlineChange::Moot { id, reason, by });
        }
    }

    /// What a resolution at `at` comes early enough for is neither met nor missed.
    pub(super) fn moot_early(&mut self, at: DateTime<Utc>, by: Option<MessageId>) {
        let early = |deadline: &Deadline| {
            deadline.state != DeadlineState::Breached && deadline.moot_until.is_some_and(|until| at <= until)
        };
        for id in self.live(early) {
            self.change(DeadlineChange::Moot { id, reason: MootReason::ResolvedEarly, by });
        }
    }

    /// Records that a deadline was missed.
    pub(super) fn breach(&mut self, id: DeadlineId, due: DateTime<Utc>, cause: BreachCause) {
        let next_step = self.first_escalation(due);
        self.record_by_time(due, Fact::Breached { deadline: id, cause });
        let detected = self.now;
        self.change(DeadlineChange::Breached { id, due, detected, next_step });
    }

    /// Every live promise of that which had been given by then is kept.
    pub(super) fn keep_promises(&mut self, what: &Promised, at: DateTime<Utc>, by: Option<MessageId>) {
        let kept = |deadline: &Deadline| {
            let promised = matches!(&deadline.about, Some(About::Promised(promised)) if promised == what);
            promised && deadline.anchor <= at
        };
        for id in self.live(kept) {
            self.meet_one(id, at, by);
        }
    }

    /// What some deadlines run from has happened: those that wait for it get their due time. Others stay,
    /// also when the case was classified since and newer rules would have them wait.
    pub(super) fn anchor_happened(&mut self, anchor: Anchor) -> Result<(), Rule> {
        let (at, calendar) = (self.at, self.policy.calendar());
        let mut changes = Vec::new();
        for deadline in self.case.deadlines.live() {
            let runs_from = self.target(deadline.id.kind).is_some_and(|target| target.from == anchor);
            let waits = runs_from && deadline.provisional;
            if let (true, DeadlineState::Running, Some(span)) = (waits, &deadline.state, &deadline.span) {
                changes.push(self.moved(deadline.id, at, span.due(calendar, at)?));
            }
        }
        changes.into_iter().for_each(|change| self.change(change));
        Ok(())
    }

    /// The case is over: what is live loses its sense, and what was missed stays missed.
    pub(super) fn end_all(&mut self) {
        let mut ids = self.live(|_| true);
        // By kind, whatever the order in which they began: the ledger reads the same for every end.
        ids.sort_unstable();
        for id in ids {
            self.change(DeadlineChange::Moot { id, reason: MootReason::Closed, by: None });
        }
    }

    /// Everything that we still owe is given up.
    pub(super) fn waive_all(&mut self) {
        for id in self.live(|deadline| deadline.id.kind.is_owed()) {
            let by = self.context.actor.party.clone();
            self.change(DeadlineChange::Waived { id, by });
        }
    }

    /// Every running deadline that may stand still does so from `at`.
    pub(super) fn pause(&mut self, at: DateTime<Utc>) -> Result<(), CalendarError> {
        self.pause_those(at, |_| true)
    }

    /// The same for one.
    pub(super) fn pause_one(&mut self, id: DeadlineId, at: DateTime<Utc>) -> Result<(), CalendarError> {
        self.pause_those(at, |deadline| deadline.id == id)
    }

    fn pause_those(
        &mut self,
        at: DateTime<Utc>,
        which: impl Fn(&Deadline) -> bool,
    ) -> Result<(), CalendarError> {
        let calendar = self.policy.calendar();
        let mut changes = Vec::new();
        for deadline in self.case.deadlines.live().iter().filter(|deadline| which(deadline)) {
            // What is due at the pause is due then, not after it.
            let stands = deadline.pausable && deadline.due > at;
            if let (true, DeadlineState::Running, Some(span)) = (stands, &deadline.state, &deadline.span) {
                let remaining = span.remaining(calendar, deadline.due, at)?;
                changes.push(DeadlineChange::Paused { id: deadline.id, at, remaining });
            }
        }
        changes.into_iter().for_each(|change| self.change(change));
        Ok(())
    }

    /// Every deadline that stands still runs again from `at`.
    pub(super) fn resume(&mut self, at: DateTime<Utc>) -> Result<(), CalendarError> {
        let calendar = self.policy.calendar();
        let mut changes = Vec::new();
        for deadline in self.case.deadlines.live() {
            if let (DeadlineState::Paused { at: paused, remaining }, Some(span)) =
                (&deadline.state, &deadline.span)
            {
                // Standing still never costs time, also where the parts of a minimum round apart.
                let due = remaining.resume(span, calendar, *paused, at, deadline.due)?.max(deadline.due);
                changes.push(self.moved(deadline.id, deadline.anchor, due));
            }
        }
        changes.into_iter().for_each(|change| self.change(change));
        Ok(())
    }

    /// A deadline with a new due time, its ladder reckoned anew.
    pub(super) fn moved(&self, id: DeadlineId, anchor: DateTime<Utc>, due: DateTime<Utc>) -> DeadlineChange {
        let (due, late_from) = (trimmed(due), self.late_from(due));
        let fired = self.case.deadlines.get(id).map_or(0, |deadline| deadline.steps_fired);
        DeadlineChange::Moved {
            id,
            anchor,
            due,
            late_from,
            next_step: self.warning_from(fired, self.now, due),
            extended: false,
        }
    }

    /// The next warning from step `from` on, if one is still to come.
    pub(super) fn warning_from(
        &self,
        from: u16,
        after: DateTime<Utc>,
        due: DateTime<Utc>,
    ) -> Option<NextStep> {
        let warnings = self.policy.terms().ladder.warn.iter().zip(0_u16..).skip(usize::from(from));
        warnings
            .filter_map(|(step, n)| {
                let at = self.policy.calendar().subtract(due, step.offset.delta()).ok()?;
                (at > after && at < due).then_some(NextStep { step: n, at: trimmed(at) })
            })
            .next()
    }

    /// The due time of a deadline that would have been due at `due`, with the time in which the case stood
    /// still since `from` given back, in the unit of its span, and how it stands after that.
    pub(super) fn through_pauses(
        &self,
        deadline: &mut Deadline,
        pauses: &[Pause],
        from: DateTime<Utc>,
    ) -> Result<(), CalendarError> {
        let Some(span) = deadline.span.clone().filter(|_| deadline.pausable) else { return Ok(()) };
        let calendar = self.policy.calendar();
        for pause in pauses {
            let at = pause.from.max(from);
            // What is due at the pause is due then, not after it.
            if deadline.due <= at || pause.to.is_some_and(|to| to <= at) {
                continue;
            }
            let remaining = span.remaining(calendar, deadline.due, at)?;
            match pause.to {
                Some(to) => {
                    let due = remaining.resume(&span, calendar, at, to, deadline.due)?;
                    deadline.due = trimmed(due.max(deadline.due));
                }
                None => deadline.state = DeadlineState::Paused { at, remaining },
            }
        }
        deadline.late_from = self.late_from(deadline.due);
        Ok(())
    }

    fn first_escalation(&self, due: DateTime<Utc>) -> Option<NextStep> {
        self.escalation(0, due, due)
    }

    /// The step after so many, of a deadline that was missed and is owed again.
    pub(super) fn escalation_from(
        &self,
        fired: u16,
        due: DateTime<Utc>,
        before: DateTime<Utc>,
    ) -> Option<NextStep> {
        let warnings = u16::try_from(self.policy.terms().ladder.warn.len()).unwrap_or(u16::MAX);
        self.escalation(fired.saturating_sub(warnings), due, before)
    }

    /// The n-th step after a deadline was missed, from 0; past the end of the ladder it repeats, counted
    /// from the step before it.
    pub(super) fn escalation(&self, n: u16, due: DateTime<Utc>, before: DateTime<Utc>) -> Option<NextStep> {
        let ladder = &self.policy.terms().ladder;
        let step = u16::try_from(ladder.warn.len()).ok()?.saturating_add(n);
        let at = match (ladder.escalate.get(usize::from(n)), ladder.repeat) {
            (Some(step), _) if step.offset.delta().is_zero() => due,
            (Some(step), _) => self.policy.calendar().add(due, step.offset.delta()).ok()?,
            (None, Some(repeat)) => {
                let next = self.policy.calendar().add(before, repeat.delta()).ok()?;
                // However long nobody looked, one reminder is enough: the next is counted from now.
                if next > self.now {
                    next
                } else {
                    self.policy.calendar().add(self.now, repeat.delta()).ok()?
                }
            }
            (None, None) => return None,
        };
        Some(NextStep { step, at: trimmed(at) })
    }
}

/// See [`Plan::goes_at`].
pub(super) fn goes_at(policy: &Policy, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    // Hours that do not reach so far hold nothing back.
    let open = policy.sending_hours()?.next_open(at).ok()?;
    (open > at).then(|| trimmed(open))
}

/// See [`Plan::fails_at`].
pub(super) fn fails_at(policy: &Policy, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let terms = policy.terms();
    let limit = i64::from(terms.dispatch_seconds);
    let patience = TimeDelta::seconds(limit.saturating_add(i64::from(terms.grace_seconds)));
    (limit > 0).then(|| later(later(at, patience), PRECISION))
}

/// An instant as it is stored: in range, and at the precision of every store.
pub(super) fn stored(at: DateTime<Utc>) -> Result<DateTime<Utc>, Rule> {
    let range = DateTime::UNIX_EPOCH.timestamp()..=LAST_SECOND;
    if range.contains(&at.timestamp()) { Ok(trimmed(at)) } else { Err(Rule::TimeOutOfRange) }
}

/// The instant that can be stored and is closest to this one.
pub(super) fn within_range(at: DateTime<Utc>) -> DateTime<Utc> {
    let last = DateTime::from_timestamp(LAST_SECOND, 0).unwrap_or(DateTime::<Utc>::MAX_UTC);
    trimmed(at.clamp(DateTime::UNIX_EPOCH, last))
}

/// The latest time that something may claim to have happened at.
pub(super) fn latest(policy: &Policy, now: DateTime<Utc>) -> DateTime<Utc> {
    later(now, TimeDelta::seconds(i64::from(policy.terms().skew_seconds)))
}

/// The last second of the year 2261: what fits into 64-bit nanoseconds.
const LAST_SECOND: i64 = 9_214_646_399;

pub(super) fn trimmed(at: DateTime<Utc>) -> DateTime<Utc> {
    at.trunc_subsecs(6)
}

/// `at` and `delta` later, or the last instant that there is.
pub(super) fn later(at: DateTime<Utc>, delta: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
