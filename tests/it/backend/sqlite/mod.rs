//! SQLite: the suite in every way of running, and what the suite cannot know of.

mod audits;
mod backups;
mod damage;
mod epochs;
mod erasing;
mod files;
mod groups;
#[cfg(target_os = "linux")]
mod hasty;
#[cfg(target_os = "linux")]
mod kills;
mod lists;
#[cfg(target_os = "linux")]
mod marks;
mod paths;
mod promises;
#[cfg(target_os = "linux")]
mod victim;

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use pollster::block_on;
use talkback::backend::sqlite::*;
use talkback::backend::*;
use talkback::testing::rusqlite::Connection;
use talkback::workflow::CustomerWrote;
use talkback::{
    Actor, Case, CaseId, Channel, Command, CommandId, Contact, CustomerId, Desk, Error, Feedback,
    ManualClock, Policy, PolicyBook, Request, TenantId, WorkingCalendar,
};

fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn long_after() -> DateTime<Utc> {
    monday() + TimeDelta::days(365)
}

fn tenant() -> TenantId {
    TenantId::single()
}

fn ann() -> CustomerId {
    CustomerId::new("customer-17").unwrap()
}

fn case(n: u32) -> CaseId {
    CaseId::derive(&tenant(), &["case", &n.to_string()])
}

fn key(n: u32) -> Key {
    Key::new(tenant(), case(n))
}

fn command(n: u32, k: u32) -> CommandId {
    CommandId::derive(&tenant(), &["command", &n.to_string(), &k.to_string()])
}

fn desk(backend: Arc<dyn Backend>) -> Desk {
    let office = WorkingCalendar::office("office").build().unwrap();
    let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
    Desk::new(backend, policies, Arc::new(ManualClock::at(monday())), tenant())
}

/// Opens case `n` with these words.
async fn open(desk: &Desk, n: u32, words: &str) -> Result<Arc<Case>, Error> {
    let feedback = Feedback::complaint(Channel::Chat, words)
        .with_customer(ann())
        .with_contact(Contact::email("ann@example.org").unwrap());
    let request = Request::new(Actor::customer(ann()), talkback::workflow::Open::new(feedback));
    Ok(desk.execute(case(n), request.with_id(command(n, 0))).await?.case)
}

/// The customer of case `n` writes her `k`th message.
async fn write(desk: &Desk, n: u32, k: u32, words: &str) -> Result<Arc<Case>, Error> {
    let wrote: Command = CustomerWrote::new(words).into();
    let request = Request::new(Actor::customer(ann()), wrote).with_id(command(n, k));
    Ok(desk.execute(case(n), request).await?.case)
}

/// A file with cases 1 to `cases`.
fn filled(path: &Path, cases: u32) -> Arc<SqliteBackend> {
    let backend = Arc::new(SqliteBackend::open(path).unwrap());
    let desk = desk(backend.clone());
    for n in 1..=cases {
        block_on(open(&desk, n, "The kettle leaks.")).unwrap();
    }
    backend
}

/// What SQLite's shell would do to the file, behind the backend's back.
fn by_hand(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

async fn list(backend: &dyn Backend) -> Vec<Result<Found, Undecodable>> {
    let find = Find::new(CaseQuery::new(tenant()), PageRequest::first(100));
    backend.find(find).await.unwrap().items
}

async fn feed(backend: &dyn Backend, after: Option<Position>) -> Vec<EventItem> {
    backend.events(EventQuery::feed(tenant(), after, 1_000)).await.unwrap().items
}
