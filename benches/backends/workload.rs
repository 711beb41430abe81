//! The life of a case in seven commands: open, acknowledge, customer wrote, reply, resolve, follow up,
//! close. Command k is given to all cases before command k + 1, so that no command finds its case warm.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use talkback::backend::{Backend, Commit, Write};
use talkback::workflow::{Close, CustomerWrote, Open, Resolve, step};
use talkback::{
    Actor, CaseId, Channel, CloseReason, Command, CommandId, Contact, Context, CustomerId, Desk, Feedback,
    Grants, ManualClock, Outbound, Outcome, Party, Policy, PolicyBook, RemedyKind, ReplyPath, Request,
    Resolution, StaffId, TenantId, WorkingCalendar,
};
use uuid::Builder;

use super::recorder::Recorder;

pub(crate) const STEPS: usize = 7;

/// Who takes part, and under which policy.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) tenant: TenantId,
    pub(crate) policies: PolicyBook,
    pub(crate) calendar: WorkingCalendar,
    pub(crate) start: DateTime<Utc>,
    pub(crate) staff: Actor,
    pub(crate) customer: Actor,
}

impl Life {
    pub(crate) fn new() -> Self {
        let calendar = WorkingCalendar::office("office").build().unwrap();
        Self {
            tenant: TenantId::single(),
            policies: PolicyBook::single(Policy::house_standard(calendar.clone()).unwrap()),
            calendar,
            start: "2026-11-23T09:00:00Z".parse().unwrap(),
            staff: Actor::staff(StaffId::new("kim").unwrap()),
            customer: Actor {
                party: Party::Customer(CustomerId::new("customer-17").unwrap()),
                grants: Grants::NONE,
            },
        }
    }

    pub(crate) fn command(&self, k: usize) -> (Command, &Actor) {
        let text = "The kettle that I was sent leaks at the spout and the second one does too. ".repeat(2);
        let path = ReplyPath::email("care@shop.example").unwrap();
        let say = || Outbound::new(text.clone(), path.clone());
        match k {
            0 => {
                let feedback = Feedback::complaint(Channel::Email, text.clone())
                    .with_subject("Kettle")
                    .with_contact(Contact::email("ann@example.org").unwrap());
                (Open::new(feedback).into(), &self.customer)
            }
            1 => (Command::Acknowledge(say()), &self.staff),
            2 => (CustomerWrote::new(text).into(), &self.customer),
            3 => (Command::Reply(say()), &self.staff),
            4 => {
                let resolution = Resolution::new(Outcome::Fixed).with(RemedyKind::Fix, "A new one.");
                (Resolve::telling(resolution, say()).into(), &self.staff)
            }
            5 => (Command::FollowUp(say()), &self.staff),
            _ => {
                let close = Close {
                    reason: CloseReason::Waived(Party::System),
                    message: None,
                    words: Some("Done.".into()),
                };
                (close.into(), &self.staff)
            }
        }
    }

    pub(crate) fn at(&self, k: usize) -> DateTime<Utc> {
        self.start + TimeDelta::minutes(20 * k as i64)
    }

    pub(crate) fn desk(&self, backend: Arc<dyn Backend>) -> (Desk, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(self.start));
        let desk = Desk::new(backend, self.policies.clone(), clock.clone(), self.tenant.clone());
        (desk, clock)
    }

    /// Lives these cases, and says what each command took. With `held`, the caller has the case from the
    /// command before.
    pub(crate) async fn live(
        &self,
        backend: Arc<dyn Backend>,
        cases: impl Iterator<Item = u64> + Clone,
        held: bool,
    ) -> Vec<Duration> {
        let (desk, clock) = self.desk(backend);
        let mut states = vec![None; cases.clone().count()];
        let mut times = Vec::with_capacity(states.len() * STEPS);
        for k in 0..STEPS {
            clock.set(self.at(k));
            let (command, actor) = self.command(k);
            for (n, state) in cases.clone().zip(&mut states) {
                let request = Request::new(actor.clone(), command.clone()).with_id(command_id(n, k));
                let before = Instant::now();
                let handled = match state {
                    Some(case) if held => desk.execute_on(case, request).await,
                    _ => desk.execute(case_id(n), request).await,
                };
                times.push(before.elapsed());
                *state = Some(black_box(handled).unwrap().case);
            }
        }
        times
    }

    /// What living these cases stores, commit by commit: what a floor writes without deciding anything.
    pub(crate) fn commits(&self, cases: impl Iterator<Item = u64> + Clone) -> Vec<Commit> {
        let recorder = Arc::new(Recorder::default());
        pollster::block_on(self.live(recorder.clone(), cases, false));
        recorder.take()
    }

    /// A case that was just opened, each a second after the one before: what waits by the thousand.
    pub(crate) fn opened(&self, n: u64) -> Write {
        let (command, actor) = self.command(0);
        let context = Context {
            tenant: &self.tenant,
            case: case_id(n),
            now: self.start + TimeDelta::seconds(n as i64),
            occurred_at: None,
            actor,
            command: command_id(n, 0),
            policies: &self.policies,
        };
        let decision = step(None, &command, &context).unwrap();
        Write::new(decision.case, 0, decision.events)
    }
}

/// The cases of one round, or of one caller.
pub(crate) fn batch(number: usize, size: u64) -> std::ops::Range<u64> {
    number as u64 * size..(number as u64 + 1) * size
}

/// Ids rise with time, as those that the desk mints.
pub(crate) fn case_id(n: u64) -> CaseId {
    CaseId::from_uuid(rising(n, 0))
}

pub(crate) fn command_id(n: u64, k: usize) -> CommandId {
    CommandId::from_uuid(rising(n, 1 + k as u64))
}

fn rising(n: u64, salt: u64) -> uuid::Uuid {
    let mix = |mut word: u64| {
        word = (word ^ (word >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        word ^ (word >> 29)
    };
    let (high, low) = (mix(n * 16 + salt), mix(n * 16 + salt + (1 << 60)));
    let mut rest = [0; 10];
    rest[..8].copy_from_slice(&high.to_be_bytes());
    rest[8..].copy_from_slice(&low.to_be_bytes()[..2]);
    // Some a millisecond.
    Builder::from_unix_timestamp_millis(1_790_000_000_000 + n / 4, &rest).into_uuid()
}
