//! What two states have to have in common to be one: a 128-bit key of everything that a decision looks
//! at, and of nothing else.
//!
//! Left out is what no decision looks at, or looks at only to count on:
//!
//! - ids, texts, versions, the numbers of cycles and deadlines (whether a deadline belongs to the present
//!   cycle is kept, and the order of the deadlines of one kind);
//! - when something was detected or recorded, who was told, how often anybody spoke, every tally;
//! - breaches of deadlines that are over, but for how many of them could still be excused;
//! - how often the last step of a ladder was repeated.
//!
//! Instants are kept relative to now, and no policy here knows a calendar, so a state and the same state
//! an hour later are one. Of an instant that lies so far back that nothing can come before it any more
//! (no command of these worlds happens earlier than a tick ago), or that nothing counted from it can lie
//! ahead, only that is kept. `alike` tests the claim: whatever is tried on two states with one key gives
//! two states with one key, or one refusal.

use chrono::{DateTime, TimeDelta, Utc};
use talkback::policy::{ExtensionLength, Policy, ReopenResolve};
use talkback::{
    About, Case, CloseReason, ContactRef, Credited, CycleCause, Deadline, DeadlineKind, DeadlineState, Ended,
    Event, Party, Promised, Remaining, Span, Waiting, WaitingFor,
};

use super::worlds::TICK;

/// A state's key.
pub(super) type Key = u128;

/// How long ago, in ticks, what is only compared with the time of a command may have been.
const NEAR: i32 = 2;
/// The same for what something is counted from: longer than any span of the worlds.
const FAR: i32 = 40;

/// What a policy looks back to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Memory {
    /// The steps of its ladder; from there on the last one is repeated.
    steps: u16,
    /// Something is counted from the start of the case or of the cycle later on.
    start: bool,
    /// Deadlines are computed anew, or run again because a message did not arrive: waits are given back to
    /// them, and it matters exactly when what was.
    exact: bool,
}

impl Memory {
    pub(super) fn of(policies: &[Policy], exact: bool) -> Self {
        let ladders = policies.iter().map(|policy| &policy.terms().ladder);
        let steps = ladders.map(|ladder| ladder.warn.len() + ladder.escalate.len()).max();
        let rules = policies.iter().flat_map(|policy| &policy.spec().rules);
        let mut targets = rules.flat_map(|rule| rule.targets.values()).flatten();
        let start = targets.any(|target| target.moot_if_resolved.is_some())
            || policies.iter().any(|policy| policy.terms().reopen_resolve == ReopenResolve::FromStart);
        Self { steps: steps.map_or(0, |steps| u16::try_from(steps).unwrap()), start, exact }
    }
}

/// The key of a case at a time.
pub(super) fn key(case: &Case, now: DateTime<Utc>, memory: Memory) -> Key {
    let mut walk = Walk::new(now, memory);
    walk.case(case);
    walk.end_of_it()
}

struct Walk {
    now: DateTime<Utc>,
    memory: Memory,
    one: u64,
    two: u64,
}

/// The product's upper and lower half, folded.
fn folded(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    ((product >> 64) as u64) ^ (product as u64)
}

impl Walk {
    const fn new(now: DateTime<Utc>, memory: Memory) -> Self {
        Self { now, memory, one: 0x243f_6a88_85a3_08d3, two: 0x1319_8a2e_0370_7344 }
    }

    fn end_of_it(&self) -> Key {
        (u128::from(self.one) << 64) | u128::from(self.two)
    }

    fn number(&mut self, n: u64) {
        self.one = folded(self.one ^ n, 0x9e37_79b9_7f4a_7c15).wrapping_add(0xa409_3822_299f_31d0);
        self.two =
            folded(self.two.rotate_left(23) ^ n, 0xd6e8_feb8_6659_fd93).wrapping_add(0x082e_fa98_ec4e_6c89);
    }

    fn yes(&mut self, flag: bool) {
        self.number(u64::from(flag));
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        for part in text.as_bytes().chunks(8) {
            let mut bytes = [0; 8];
            bytes[..part.len()].copy_from_slice(part);
            self.number(u64::from_le_bytes(bytes));
        }
    }

    fn length(&mut self, length: TimeDelta) {
        self.number(length.num_microseconds().unwrap_or(i64::MAX).cast_unsigned());
    }

    fn instant(&mut self, at: DateTime<Utc>, ago: i32) {
        self.length((at - self.now).max(TICK * -ago));
    }

    fn maybe(&mut self, at: Option<DateTime<Utc>>, ago: i32) {
        self.yes(at.is_some());
        if let Some(at) = at {
            self.instant(at, ago);
        }
    }

    fn contacts(&mut self, contacts: &[ContactRef]) {
        self.number(contacts.len() as u64);
        contacts.iter().for_each(|contact| self.number(contact.kind as u64));
    }

    fn case(&mut self, case: &Case) {
        self.number(case.stage as u64);
        let head = &case.head;
        self.text(head.policy.as_str());
        self.text(head.kind.as_str());
        self.text(head.came_as.as_ref().map_or("", |kind| kind.as_str()));
        self.number(head.priority as u64);
        self.contacts(&head.contacts);
        self.yes(head.automatic);
        self.instant(case.received_at, if self.memory.start { FAR } else { NEAR });
        self.text(case.owner.as_ref().map_or("", |owner| owner.as_str()));
        self.text(case.team.as_ref().map_or("", |team| team.as_str()));
        self.waiting(&case.conversation.waiting);
        self.number(case.erased);
        self.number(case.stepped_out);
        self.maybe(case.conversation.last_at, NEAR);
        self.number(match case.waiting_for {
            None => 0,
            Some(WaitingFor::Customer) => 1,
            Some(_) => 2,
        });
        self.yes(case.unreachable);
        self.number(case.involved.len() as u64);
        for involved in &case.involved {
            self.text(involved.customer.as_str());
            self.contacts(&involved.contacts);
            self.yes(involved.seat.side.is_some());
        }
        self.number(case.participants.len() as u64);
        self.cycle(case);
        self.outgoing(case);
        self.end(case);
        self.deadlines(case);
    }

    fn cycle(&mut self, case: &Case) {
        let cycle = &case.cycle;
        self.number(match cycle.cause {
            CycleCause::Opened => 0,
            CycleCause::Disputed => 1,
            CycleCause::WroteAgain => 2,
            _ => 3,
        });
        self.instant(cycle.started_at, if self.memory.start || self.memory.exact { FAR } else { NEAR });
        let past = if self.memory.exact { FAR } else { NEAR };
        self.maybe(cycle.acknowledged_at, past);
        self.yes(cycle.responded_at.is_some());
        self.maybe(cycle.resolved_at, past);
        self.yes(cycle.resolve_left.is_some());
        if let Some(left) = &cycle.resolve_left {
            self.instant(left.anchor, past);
            self.instant(left.due, FAR);
            self.remaining(&left.remaining);
        }
        self.number(u64::from(cycle.follow_ups));
        self.yes(cycle.answered_at.is_some());
        let pause = cycle.pauses.last();
        self.maybe(pause.map(|pause| pause.from), NEAR);
        self.yes(pause.is_some_and(|pause| pause.to.is_some()));
        if self.memory.exact {
            self.number(cycle.earlier_pauses.len() as u64);
            for pause in cycle.earlier_pauses.iter().chain(&cycle.pauses) {
                self.yes(pause.resolved);
                self.instant(pause.from, FAR);
                self.maybe(pause.to, FAR);
            }
            let kinds = [
                DeadlineKind::Acknowledge,
                DeadlineKind::Resolve,
                DeadlineKind::Update,
                DeadlineKind::FollowUp,
            ];
            kinds.into_iter().for_each(|kind| self.yes(cycle.had(kind) > 0));
        }
    }

    /// The messages on their way, by their place.
    fn outgoing(&mut self, case: &Case) {
        let cycle = &case.cycle;
        self.number(cycle.outgoing.len() as u64);
        for other in &cycle.outgoing {
            self.instant(other.at, FAR);
            self.waiting(&other.answered);
            self.number(other.purpose as u64);
            self.yes(other.by_person);
            self.yes(other.late);
            self.yes(other.of.is_some());
            self.yes(cycle.acknowledged_by == Some(other.message));
            self.yes(cycle.responded_by == Some(other.message));
            for set in [other.to, other.owed, other.unsent, other.unarrived, other.lost, other.overtaken] {
                self.number(set);
            }
            self.maybe(other.goes_at, NEAR);
            self.maybe(other.fails_at, NEAR);
            self.number(other.ended.len() as u64);
            other.ended.iter().for_each(|ended| self.ended(case, ended));
        }
    }

    /// Who waits, and since when.
    fn waiting(&mut self, waiting: &[Waiting]) {
        self.number(waiting.len() as u64);
        for one in waiting {
            self.number(u64::from(one.who));
            self.instant(one.since, FAR);
            self.maybe(one.last, FAR);
        }
    }

    /// A deadline that a message ended.
    fn ended(&mut self, case: &Case, ended: &Ended) {
        self.number(ended.owed);
        self.number(ended.id.kind as u64);
        self.yes(ended.id.cycle == case.cycle.number);
        self.number(ended.was as u64);
        self.instant(ended.anchor, FAR);
        self.instant(ended.due, FAR);
        self.maybe(ended.stood_since, FAR);
        self.about(ended.about.as_ref());
        let flags = [ended.provisional, ended.soft, ended.pausable, ended.extension.is_some()];
        self.number(flags.into_iter().fold(0, |bits, flag| bits << 1 | u64::from(flag)));
        self.maybe(ended.moot_until, FAR);
        self.span(ended.span.as_ref());
        self.number(u64::from(ended.steps_fired.min(self.memory.steps)));
        self.number(u64::from(ended.extended));
        let breach = case.deadlines.breaches().iter().find(|breach| breach.id == ended.id);
        self.number(breach.map_or(0, |breach| 1 + u64::from(breach.excused.is_some())));
    }

    fn span(&mut self, span: Option<&Span>) {
        match span {
            None => self.number(0),
            Some(Span::Hours { seconds }) => self.number(u64::from(*seconds) + 1),
            Some(other) => unreachable!("these worlds count in hours, not in {other:?}"),
        }
    }

    fn end(&mut self, case: &Case) {
        self.yes(case.closed.is_some());
        let Some(closed) = &case.closed else { return };
        self.instant(closed.at, NEAR);
        self.instant(closed.reopen_until, NEAR);
        self.text(closed.reason.as_str());
        match &closed.reason {
            CloseReason::Waived(by) => self.party(by),
            CloseReason::Referred(to) => self.text(to.as_str()),
            _ => {}
        }
        self.text(closed.exit.as_ref().map_or("", |exit| exit.why.as_str()));
    }

    fn party(&mut self, party: &Party) {
        match party {
            Party::Customer(_) => self.number(0),
            Party::Staff(staff) => self.text(staff.as_str()),
            _ => self.number(2),
        }
    }

    fn deadlines(&mut self, case: &Case) {
        let (live, breaches) = (case.deadlines.live(), case.deadlines.breaches());
        let ended = |id| case.deadlines.get(id).is_none();
        let open = breaches.iter().filter(|breach| breach.excused.is_none() && ended(breach.id)).count();
        self.number(open as u64);
        self.number(live.len() as u64);
        // In the order of their ids, without sorting in place.
        let mut last = None;
        for _ in live {
            let rest = live.iter().filter(|deadline| last.is_none_or(|last| deadline.id > last));
            let Some(next) = rest.min_by_key(|deadline| deadline.id) else { break };
            last = Some(next.id);
            self.yes(next.id.cycle == case.cycle.number);
            self.yes(breaches.iter().any(|breach| breach.id == next.id && breach.excused.is_some()));
            self.deadline(next);
        }
    }

    fn deadline(&mut self, deadline: &Deadline) {
        self.number(deadline.id.kind as u64);
        // What was missed or stands still is only compared, but for a ladder that is not yet at its end.
        let climbs = deadline.next_step.as_ref().is_some_and(|next| next.step + 1 < self.memory.steps);
        let runs = deadline.state == DeadlineState::Running;
        let total = matches!(&deadline.extension, Some(extension) if matches!(extension.length, ExtensionLength::To(_)));
        let exact = self.memory.exact;
        self.instant(deadline.anchor, if total || deadline.provisional || exact { FAR } else { NEAR });
        self.number(u64::from(deadline.basis.calendar_version));
        self.instant(deadline.due, if runs || climbs || exact { FAR } else { NEAR });
        self.instant(deadline.late_from, if runs { FAR } else { NEAR });
        self.span(deadline.span.as_ref());
        let flags = [deadline.soft, deadline.pausable, deadline.provisional, deadline.extension.is_some()];
        self.number(flags.into_iter().fold(0, |bits, flag| bits << 1 | u64::from(flag)));
        self.maybe(deadline.moot_until, FAR);
        self.number(u64::from(deadline.extended));
        self.about(deadline.about.as_ref());
        match &deadline.state {
            DeadlineState::Running => self.number(0),
            DeadlineState::Paused { at, remaining } => {
                self.number(1);
                self.instant(*at, if exact { FAR } else { NEAR });
                self.remaining(remaining);
            }
            DeadlineState::Breached => self.number(2),
            other => unreachable!("a deadline that is {other:?}"),
        }
        self.yes(deadline.next_step.is_some());
        if let Some(next) = &deadline.next_step {
            self.number(u64::from(next.step.min(self.memory.steps)));
            self.instant(next.at, FAR);
        }
        self.number(u64::from(deadline.steps_fired.min(self.memory.steps)));
        self.maybe(deadline.accepted_until, NEAR);
    }

    fn about(&mut self, about: Option<&About>) {
        match about {
            None => self.number(0),
            Some(About::Promised(Promised::Answer)) => self.number(1),
            Some(About::Promised(Promised::Resolution)) => self.number(2),
            Some(About::Promised(Promised::Action(code))) => self.text(code.as_str()),
            Some(About::Credit { to: Credited::Staff(staff), .. }) => self.text(staff.as_str()),
            Some(About::Credit { to: Credited::Team(team), .. }) => self.text(team.as_str()),
            Some(other) => unreachable!("a deadline about {other:?}"),
        }
    }

    fn remaining(&mut self, remaining: &Remaining) {
        match remaining {
            Remaining::Elapsed(left) => self.length(*left),
            other => unreachable!("these worlds count in hours, not in {other:?}"),
        }
    }
}

/// One key of several.
pub(super) fn joined(keys: [Key; 3]) -> Key {
    let mut walk = Walk::new(DateTime::UNIX_EPOCH, Memory::default());
    for key in keys {
        walk.number((key >> 64) as u64);
        walk.number(key as u64);
    }
    walk.end_of_it()
}

/// The key of a message that may become a case of its own.
pub(super) fn message_key(said: &Event, now: DateTime<Utc>) -> Key {
    let mut walk = Walk::new(now, Memory::default());
    // What is counted from it is long past after that.
    walk.instant(said.occurred_at, FAR);
    walk.end_of_it()
}
