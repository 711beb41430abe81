//! The front door and the worker, over a backend that has good and bad days.

mod boundaries;
mod commands;
mod destinations;
mod exporting;
mod hostile;
mod looking_ahead;
mod reading;
mod relay;
#[cfg(feature = "tokio")]
mod running;
mod stubborn;
#[cfg(feature = "tracing")]
mod traced;
mod trouble;
mod truthful;
mod unlucky;
mod worker;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::backend::{Order, PageRequest};
use talkback::{
    Actor, Backend, CaseId, Channel, Command, CommandId, Contact, CustomerId, Desk, Event, Feedback,
    ManualClock, Outbound, Policy, PolicyBook, ReplyPath, StaffId, TenantId, WorkingCalendar,
};

use self::unlucky::Unlucky;

/// Monday, nine o'clock.
fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// A desk over some backend, and the clock on its wall.
struct Room<B> {
    desk: Desk,
    backend: Arc<B>,
    clock: Arc<ManualClock>,
}

impl Room<Unlucky> {
    fn new() -> Self {
        Self::over(Unlucky::default())
    }
}

impl<B: Backend> Room<B> {
    fn over(backend: B) -> Self {
        let (backend, clock) = (Arc::new(backend), Arc::new(ManualClock::at(monday())));
        let desk = Desk::new(backend.clone(), policies(), clock.clone(), TenantId::single());
        Self { desk, backend, clock }
    }

    async fn complain(&self) -> CaseId {
        self.desk.open(ann(), complaint()).await.unwrap().case.id
    }

    async fn events(&self, case: CaseId) -> Vec<Event> {
        self.desk.events(case, 0, 1_000).await.unwrap()
    }

    async fn cases(&self) -> usize {
        let all = self.desk.query().ordered(Order::Opened, talkback::backend::Direction::Ascending);
        self.desk.find(all, PageRequest::first(1_000)).await.unwrap().items.len()
    }

    fn later(&self, by: TimeDelta) {
        self.clock.advance(by);
    }
}

fn policies() -> PolicyBook {
    let office = WorkingCalendar::office("office").build().unwrap();
    PolicyBook::single(Policy::house_standard(office).unwrap())
}

fn ann() -> Actor {
    Actor::customer(ann_id())
}

fn ann_id() -> CustomerId {
    CustomerId::new("customer-17").unwrap()
}

fn kim() -> Actor {
    Actor::staff(StaffId::new("kim").unwrap())
}

fn complaint() -> Feedback {
    Feedback::complaint(Channel::Chat, "The kettle leaks.")
        .with_contact(Contact::email("ann@example.org").unwrap())
}

fn say(words: &str) -> Outbound {
    Outbound::new(words, ReplyPath::email("care@shop.example").unwrap())
}

fn reply() -> Command {
    Command::Reply(say("We look into it."))
}

fn id(text: &str) -> CommandId {
    CommandId::derive(&TenantId::single(), &[text])
}

fn count(events: &[Event], fact: &str) -> usize {
    events.iter().filter(|event| event.fact.as_str() == fact).count()
}
