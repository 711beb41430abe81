//! Commits as a desk makes them, to be sent when and how a test wants.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use talkback::backend::*;
use talkback::{
    Actor, CaseId, Channel, Command, CommandId, CustomerId, Desk, Feedback, ManualClock, Outbound, Policy,
    PolicyBook, ReplyPath, Request, StaffId, TenantId, Text, WorkingCalendar,
};
use uuid::Uuid;

pub(crate) fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

pub(crate) fn policies() -> PolicyBook {
    let office = WorkingCalendar::office("office").build().unwrap();
    PolicyBook::single(Policy::house_standard(office).unwrap())
}

pub(crate) fn tenant(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

pub(crate) fn case(n: u128) -> CaseId {
    CaseId::from_uuid(Uuid::from_u128(n))
}

pub(crate) fn command(n: u128) -> CommandId {
    CommandId::from_uuid(Uuid::from_u128(n))
}

pub(crate) fn ann() -> CustomerId {
    CustomerId::new("customer-17").unwrap()
}

pub(crate) fn desk(backend: Arc<dyn Backend>, tenant: &TenantId) -> Desk {
    Desk::new(backend, policies(), Arc::new(ManualClock::at(monday())), tenant.clone())
}

/// Ann complains.
pub(crate) fn complaint(id: u128) -> Request {
    let feedback = Feedback::complaint(Channel::Chat, "The kettle leaks.");
    let open = Command::Open(Box::new(talkback::workflow::Open::new(feedback)));
    Request::new(Actor::customer(ann()), open).with_id(command(id))
}

/// Kim replies, so that Ann has to be told.
pub(crate) fn reply(id: u128) -> Request {
    let words = Outbound::new("We look into it.", ReplyPath::email("care@shop.example").unwrap());
    Request::new(Actor::staff(StaffId::new("kim").unwrap()), Command::Reply(words)).with_id(command(id))
}

/// What a desk would commit for this request now. Nothing is written.
pub(crate) async fn commit_of(
    backend: &Arc<dyn Backend>,
    tenant: &TenantId,
    case: CaseId,
    request: Request,
) -> Commit {
    let held = Arc::new(Holding { inner: backend.clone(), held: Mutex::default() });
    desk(held.clone(), tenant).execute(case, request).await.unwrap_err();
    held.held.lock().unwrap().take().unwrap()
}

/// A backend that keeps commits back.
#[derive(Debug)]
struct Holding {
    inner: Arc<dyn Backend>,
    held: Mutex<Option<Commit>>,
}

#[async_trait]
impl Backend for Holding {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        self.inner.load(request).await
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        *self.held.lock().unwrap() = Some(request);
        Err(BackendError::unavailable("kept back"))
    }

    async fn find(&self, request: Find) -> Result<Page, BackendError> {
        self.inner.find(request).await
    }

    async fn events(&self, request: EventQuery) -> Result<EventPage, BackendError> {
        self.inner.events(request).await
    }

    async fn texts(&self, request: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        self.inner.texts(request).await
    }

    async fn erase(&self, request: Erasure) -> Result<Erased, BackendError> {
        self.inner.erase(request).await
    }

    async fn claim(&self, request: Claim) -> Result<Claimed, BackendError> {
        self.inner.claim(request).await
    }

    async fn settle(&self, request: Settlement) -> Result<(), BackendError> {
        self.inner.settle(request).await
    }
}
