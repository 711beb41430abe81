//! The life of a case in seven commands: open, acknowledge, customer wrote, reply, resolve, follow up,
//! close.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::workflow::{Close, CustomerWrote, Open, Resolve};
use talkback::{
    Actor, Backend, Channel, CloseReason, Command, Contact, CustomerId, Desk, Feedback, ManualClock,
    Outbound, Outcome, Party, Policy, PolicyBook, RemedyKind, ReplyPath, Resolution, StaffId, TenantId,
    WorkingCalendar,
};

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
            customer: Actor::customer(CustomerId::new("customer-17").unwrap()),
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

    /// A desk over this store, and its clock, which stands at the start.
    pub(crate) fn desk(&self, backend: Arc<dyn Backend>) -> (Desk, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at(self.start));
        let desk = Desk::new(backend, self.policies.clone(), clock.clone(), self.tenant.clone());
        (desk, clock)
    }
}
