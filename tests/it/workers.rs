//! Workers in a crowd, after an outage, and in every order in which two of them can get into each other's
//! way: each deadline has one effect.

mod crowd;
#[cfg(feature = "sqlite")]
mod night_shift;
mod outage;
mod protocol;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use chrono::{DateTime, TimeDelta, Utc};
use pollster::block_on;
use talkback::backend::RecordId;
use talkback::{
    Actor, Backend, CaseId, Channel, Clock, CustomerId, DeadlineId, Desk, Fact, Feedback, Policy, PolicyBook,
    TenantId, WorkingCalendar,
};

/// Monday, nine o'clock.
fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// Made once, because a search makes many desks.
static POLICIES: LazyLock<PolicyBook> = LazyLock::new(|| {
    let office = WorkingCalendar::office("office").build().unwrap();
    PolicyBook::single(Policy::house_standard(office).unwrap())
});

fn desk(backend: Arc<dyn Backend>, clock: Arc<dyn Clock>) -> Desk {
    Desk::new(backend, POLICIES.clone(), clock, TenantId::single())
}

/// A complaint that nobody answers.
fn complain(desk: &Desk, received: DateTime<Utc>) -> CaseId {
    let by = Actor::customer(CustomerId::new("customer-17").unwrap());
    let feedback = Feedback::complaint(Channel::Chat, "It leaks.").received_at(received);
    block_on(desk.open(by, feedback)).unwrap().case.id
}

/// What was missed: how often that was recorded, and as due when.
type Missed = BTreeMap<(RecordId, DeadlineId), Vec<DateTime<Utc>>>;

/// Every breach that is recorded, read from the feed page by page.
fn missed(desk: &Desk) -> Missed {
    let (mut after, mut missed) = (None, Missed::new());
    loop {
        let page = block_on(desk.feed(after, 1_000)).unwrap();
        let Some(last) = page.last() else { return missed };
        after = Some(last);
        for item in page.items {
            let event = item.event.unwrap();
            if let Fact::Breached { deadline, .. } = event.fact {
                missed.entry((item.key.id, deadline)).or_default().push(event.occurred_at);
            }
        }
    }
}

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// An hour behind every deadline of the policy's first day.
fn after_four_hours() -> DateTime<Utc> {
    monday() + TimeDelta::hours(5)
}
