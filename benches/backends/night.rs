//! The workers over each backend: how late deadlines are noticed that come due all at once, how long a backlog
//! takes, and how many letters go out in a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use talkback::policy::{Ladder, PolicyBook, PolicySpec, Rule, Span, Target};
use talkback::{
    Actor, Backend, Channel, Clock, Command, Contact, CustomerId, DeadlineKind, DeadlineWorker, Desk, Fact,
    Feedback, ManualClock, NoticeRelay, Outbound, Policy, Receipt, ReplyPath, Request, StaffId, SystemClock,
    TenantId, WorkingCalendar, deliver_fn,
};
use tokio::runtime::Runtime;

use super::Asked;

const DUE_AT_ONCE: usize = 10_000;
const BACKLOG: usize = 50_000;
const LETTERS: usize = 5_000;
const POLL: TimeDelta = TimeDelta::seconds(1);

/// Over a backend whose futures run anywhere.
pub(crate) fn run<B: Backend, G>(asked: &Asked, name: &str, mut fresh: impl FnMut() -> (Arc<B>, G)) {
    let host = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    run_on(asked, name, &host, |_| fresh());
}

/// Runs what was asked for, each section in a fresh store.
pub(crate) fn run_on<B: Backend, G>(
    asked: &Asked,
    name: &str,
    host: &Runtime,
    mut fresh: impl FnMut(&Runtime) -> (Arc<B>, G),
) {
    let wants = |section: &str| asked.wants(&format!("{name} {section}"));
    if wants("lateness") {
        let (backend, _guard) = fresh(host);
        host.block_on(lateness(name, backend));
    }
    if wants("backlog") {
        let (backend, _guard) = fresh(host);
        host.block_on(backlog(name, backend));
    }
    if wants("relay") {
        let (backend, _guard) = fresh(host);
        host.block_on(relay(name, backend));
    }
}

/// Everything is due at one instant, three seconds after the worker began to run.
async fn lateness(name: &str, backend: Arc<dyn Backend>) {
    neglected(&backend, DUE_AT_ONCE).await;
    let desk = desk(&backend, Arc::new(Running::from(due() - TimeDelta::seconds(3))));
    let worker = DeadlineWorker::of(&desk).with_poll(POLL);
    worker.run(all_noticed(&desk, DUE_AT_ONCE)).await;
    let late = noticed(&desk).await;
    let of = |share: usize| late[(late.len() - 1) * share / 1_000].num_milliseconds();
    println!("late {name} due={} p50={}ms p99={}ms max={}ms", late.len(), of(500), of(990), of(1_000));
}

/// Nobody looked for a week.
async fn backlog(name: &str, backend: Arc<dyn Backend>) {
    neglected(&backend, BACKLOG).await;
    let desk = desk(&backend, Arc::new(ManualClock::at(due() + TimeDelta::weeks(1))));
    let worker = DeadlineWorker::of(&desk);
    let (began, mut ticks) = (Instant::now(), 0);
    while worker.tick().await.unwrap().more {
        ticks += 1;
    }
    let took = began.elapsed();
    println!(
        "drain {name} due={BACKLOG} ticks={} seconds={:.2} {:.0}/s",
        ticks + 1,
        took.as_secs_f64(),
        per_second(BACKLOG, took)
    );
}

/// Each letter is read with its words, recorded as sent and settled.
async fn relay(name: &str, backend: Arc<dyn Backend>) {
    let desk = desk(&backend, Arc::new(ManualClock::at(start())));
    let kim = Actor::staff(StaffId::new("kim").unwrap());
    for _ in 0..LETTERS {
        let case = desk.open(customer(), complaint()).await.unwrap().case;
        let reply = Outbound::new("We look into it.", ReplyPath::email("care@shop.example").unwrap());
        desk.execute_on(&case, Request::new(kim.clone(), Command::Reply(reply))).await.unwrap();
    }
    let relay = NoticeRelay::of(&desk, deliver_fn((), async |_, _| Ok(Receipt::Sent)));
    let began = Instant::now();
    assert_eq!(relay.tick().await.unwrap().sent, LETTERS);
    println!("relay {name} letters={LETTERS} {:.0}/s", per_second(LETTERS, began.elapsed()));
}

fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

/// Complaints that are all due at one instant.
async fn neglected(backend: &Arc<dyn Backend>, cases: usize) {
    let desk = desk(backend, Arc::new(ManualClock::at(start())));
    for _ in 0..cases {
        desk.open(customer(), complaint()).await.unwrap();
    }
}

async fn all_noticed(desk: &Desk, count: usize) {
    while noticed(desk).await.len() < count {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// How late each breach was noticed, the latest last.
async fn noticed(desk: &Desk) -> Vec<TimeDelta> {
    let (mut after, mut late) = (None, Vec::new());
    loop {
        let page = desk.feed(after, 1_000).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last);
        let events = page.items.into_iter().map(|item| item.event.unwrap());
        let breaches = events.filter(|event| matches!(event.fact, Fact::Breached { .. }));
        late.extend(breaches.map(|event| event.recorded_at - event.occurred_at));
    }
    late.sort_unstable();
    late
}

fn start() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn due() -> DateTime<Utc> {
    start() + TimeDelta::hours(4)
}

/// Four hours, day and night, without grace, and nobody is warned before.
fn desk(backend: &Arc<dyn Backend>, clock: Arc<dyn Clock>) -> Desk {
    let mut spec = PolicySpec::house_standard(WorkingCalendar::always());
    spec.rules = vec![Rule::always().target(DeadlineKind::Acknowledge, Target::within(Span::hours(4)))];
    spec.terms.grace_seconds = 0;
    spec.terms.ladder = Ladder { warn: Vec::new(), escalate: Vec::new(), repeat: None, ..spec.terms.ladder };
    let policies = PolicyBook::single(Policy::new(spec).unwrap());
    Desk::new(backend.clone(), policies, clock, TenantId::single())
}

fn customer() -> Actor {
    Actor::customer(CustomerId::new("customer-17").unwrap())
}

fn complaint() -> Feedback {
    Feedback::complaint(Channel::Email, "The kettle leaks, and nobody picks up the telephone.")
        .with_contact(Contact::email("ann@example.org").unwrap())
}

/// The machine's clock, as if it had shown that when it was made.
#[derive(Debug)]
struct Running {
    ahead: TimeDelta,
}

impl Running {
    fn from(now: DateTime<Utc>) -> Self {
        Self { ahead: now - SystemClock.now() }
    }
}

impl Clock for Running {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.ahead
    }

    fn monotonic(&self) -> Option<TimeDelta> {
        SystemClock.monotonic()
    }

    fn entropy(&self) -> u128 {
        SystemClock.entropy()
    }
}
