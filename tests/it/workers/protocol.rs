//! Two workers and a deadline or two, in every order of their calls: each may be interleaved with the other's, each
//! commit may succeed, be lost, or succeed without an answer, either worker may die at any moment, and the
//! clock may run past the lease or step back. It is the code itself that is searched, and no model of it: each
//! path is lived from the beginning. Two paths are the same when the same was written in the same order, each
//! worker was answered the same, and the clock shows the same.

use std::collections::HashSet;
use std::fmt::{self, Debug};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Waker};

use async_trait::async_trait;
use chrono::TimeDelta;
use talkback::backend::*;
use talkback::{Clock, DeadlineWorker, Desk, Error, ManualClock, MemoryBackend, Text, Ticked};

use super::{after_four_hours, complain, desk, missed, monday};
use crate::backend::hesitant::hesitate;

/// So often each worker looks for work on a path.
const LOOKS: u8 = 2;

/// What can happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// A worker that has nothing to do looks again.
    Looks(usize),
    /// A worker's next call of the backend is carried out.
    Call(usize),
    /// It is a commit, and never arrives; nobody can say so.
    Lost(usize),
    /// It is a commit, it arrives, and the answer is lost.
    Unanswered(usize),
    /// The worker dies before its next call, and another is started in its place.
    Dies(usize),
    /// Every lease runs out.
    LeasesEnd,
    /// The clock steps back, to before the deadline.
    StepsBack,
}

/// What becomes of the next commit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
enum Fate {
    #[default]
    Arrives,
    Lost,
    Unanswered,
}

/// Waits before each call until somebody lets it go on.
#[derive(Default)]
struct Stepwise {
    inner: MemoryBackend,
    /// It stores a commit on whatever version there is.
    careless: bool,
    seen: Mutex<Seen>,
}

/// What tells two worlds apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Seen {
    /// Who is being polled.
    current: usize,
    /// It waits with a commit.
    commits: bool,
    /// What becomes of the next commit.
    fate: Fate,
    /// Everything that was written, in order.
    written: u64,
    /// Everything that each worker was answered since it began, in order, and the times that it read.
    answered: [u64; 2],
}

impl fmt::Debug for Stepwise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stepwise")
    }
}

fn and_then(before: u64, what: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    (before, what).hash(&mut hasher);
    hasher.finish()
}

impl Stepwise {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    async fn store(&self, commit: Commit) -> Result<Committed, BackendError> {
        match self.inner.commit(commit.clone()).await {
            Err(BackendError::Conflict { actual, .. }) if self.careless => {
                self.inner.commit(moved_behind(commit, actual)).await
            }
            answer => answer,
        }
    }

    /// Notes the call down, and what it was answered.
    fn answers<T: Debug>(&self, call: &str, writes: bool, answer: T) -> T {
        let mut seen = self.seen();
        let (worker, shown) = (seen.current, format!("{call} {answer:?}"));
        if writes {
            seen.written = and_then(seen.written, &shown);
        }
        seen.answered[worker] = and_then(seen.answered[worker], &shown);
        answer
    }
}

/// The same commit, as if it had been decided on that version.
fn moved_behind(mut commit: Commit, version: u64) -> Commit {
    let write = &mut commit.writes[0];
    let further = version - write.expected;
    write.expected = version;
    write.events.iter_mut().for_each(|event| event.version += further);
    write.notices.iter_mut().for_each(|notice| notice.id.version += further);
    let Record::Case(case) = &mut write.record else { panic!("a case") };
    Arc::make_mut(case).version += further;
    commit
}

#[async_trait]
impl Backend for Stepwise {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        hesitate(1).await;
        self.answers("load", false, self.inner.load(request).await)
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        self.seen().commits = true;
        hesitate(1).await;
        let unknown = || Err(BackendError::Unknown { command: None });
        let fate = std::mem::take(&mut self.seen().fate);
        match fate {
            Fate::Arrives => self.answers("commit", true, self.store(request).await),
            Fate::Lost => self.answers("lost", false, unknown()),
            Fate::Unanswered => {
                let written = self.store(request).await;
                self.answers("unanswered", true, if written.is_ok() { unknown() } else { written })
            }
        }
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
        hesitate(1).await;
        let writes = request.scope != Scope::Every;
        self.answers("claim", writes, self.inner.claim(request).await)
    }

    async fn settle(&self, request: Settlement) -> Result<(), BackendError> {
        hesitate(1).await;
        self.answers("settle", true, self.inner.settle(request).await)
    }
}

type Ticking = Pin<Box<dyn Future<Output = Result<Ticked, Error>>>>;

/// A worker: its tick under way, at a call or over.
struct Place {
    tick: Option<Ticking>,
    looks: u8,
    at_commit: bool,
}

struct World {
    backend: Arc<Stepwise>,
    clock: Arc<ManualClock>,
    desk: Desk,
    workers: [Place; 2],
}

impl World {
    fn new(careless: bool, deadlines: usize) -> Self {
        let backend = Stepwise { careless, ..Stepwise::default() };
        let (backend, clock) = (Arc::new(backend), Arc::new(ManualClock::at(monday())));
        let desk = desk(backend.clone(), clock.clone());
        for _ in 0..deadlines {
            complain(&desk, monday());
        }
        clock.set(after_four_hours());
        let workers = [(); 2].map(|()| Place { tick: None, looks: 0, at_commit: false });
        Self { backend, clock, desk, workers }
    }

    fn starts(&mut self, n: usize) {
        self.backend.seen().answered[n] = 0;
        let worker = DeadlineWorker::of(&self.desk).with_at_once(1);
        self.workers[n].tick = Some(Box::pin(async move { worker.tick().await }));
        self.polls(n);
    }

    /// Carries out the call that the worker waits with, and goes on to its next.
    fn polls(&mut self, n: usize) {
        {
            let mut seen = self.backend.seen();
            (seen.current, seen.commits) = (n, false);
            // What it does next may carry the time that it reads now.
            seen.answered[n] = and_then(seen.answered[n], self.clock.now());
        }
        let Place { tick, at_commit, .. } = &mut self.workers[n];
        let waits = tick
            .as_mut()
            .is_some_and(|tick| tick.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        if !waits {
            *tick = None;
        }
        *at_commit = self.backend.seen().commits;
    }

    fn takes(&mut self, step: Step) {
        let fated = |fate| self.backend.seen().fate = fate;
        match step {
            Step::Looks(n) => {
                self.workers[n].looks += 1;
                self.starts(n);
            }
            Step::Call(n) => self.polls(n),
            Step::Lost(n) => {
                fated(Fate::Lost);
                self.polls(n);
            }
            Step::Unanswered(n) => {
                fated(Fate::Unanswered);
                self.polls(n);
            }
            Step::Dies(n) => self.starts(n),
            Step::LeasesEnd => drop(self.clock.advance(TimeDelta::minutes(2))),
            Step::StepsBack => self.clock.set(monday()),
        }
    }

    /// Everything that can happen here, with so many mishaps left.
    fn possible(&self, mishaps: u32) -> Vec<Step> {
        let mut steps = Vec::new();
        for (n, place) in self.workers.iter().enumerate() {
            if place.tick.is_none() {
                steps.extend((place.looks < LOOKS).then_some(Step::Looks(n)));
                continue;
            }
            steps.push(Step::Call(n));
            if mishaps > 0 {
                steps.push(Step::Dies(n));
            }
            if mishaps > 0 && place.at_commit {
                steps.extend([Step::Lost(n), Step::Unanswered(n)]);
            }
        }
        if mishaps > 0 && !steps.is_empty() {
            steps.extend([Step::LeasesEnd, Step::StepsBack]);
        }
        steps
    }

    /// What tells this world from others.
    fn digest(&self, mishaps: u32) -> u64 {
        let seen = self.backend.seen();
        let under_way =
            self.workers.each_ref().map(|place| (place.tick.is_some(), place.looks, place.at_commit));
        and_then(seen.written, (seen.answered, under_way, self.clock.now(), mishaps))
    }

    /// Nothing is recorded twice, at any moment.
    fn is_sound(&self) -> bool {
        missed(&self.desk).values().all(|times| times.len() == 1)
    }

    /// Once nothing goes wrong any more, each deadline has its one effect.
    fn comes_right(mut self, deadlines: usize) -> bool {
        self.workers.iter_mut().for_each(|place| place.tick = None);
        self.clock.set(after_four_hours() + TimeDelta::hours(3));
        self.starts(0);
        while self.workers[0].tick.is_some() {
            self.polls(0);
        }
        missed(&self.desk).len() == deadlines && self.is_sound()
    }
}

#[derive(Default)]
struct Search {
    careless: bool,
    deadlines: usize,
    known: HashSet<u64>,
    steps: u64,
    ends: u64,
}

impl Search {
    /// Lives everything that can follow on this path, up to the first one that goes wrong.
    fn go_on(&mut self, path: &mut Vec<Step>, mishaps: u32) -> Result<(), String> {
        let mut world = World::new(self.careless, self.deadlines);
        path.iter().for_each(|step| world.takes(*step));
        self.steps += 1;
        if !self.known.insert(world.digest(mishaps)) {
            return Ok(());
        }
        if !world.is_sound() {
            return Err(format!("twice: {path:?}"));
        }
        let possible = world.possible(mishaps);
        if possible.is_empty() {
            self.ends += 1;
            return if world.comes_right(self.deadlines) {
                Ok(())
            } else {
                Err(format!("never, or twice: {path:?}"))
            };
        }
        drop(world);
        for step in possible {
            path.push(step);
            self.go_on(
                path,
                if matches!(step, Step::Call(_) | Step::Looks(_)) { mishaps } else { mishaps - 1 },
            )?;
            path.pop();
        }
        Ok(())
    }
}

/// So many things go wrong on each path; TALKBACK_LONG=1 lets two more. There are at least so many ends.
fn in_every_order(deadlines: usize, mishaps: u32, ends: u64) {
    let long = std::env::var("TALKBACK_LONG").is_ok_and(|value| value == "1");
    let mut search = Search { deadlines, ..Search::default() };
    search.go_on(&mut Vec::new(), if long { mishaps + 2 } else { mishaps }).unwrap();
    println!("states={} transitions={} ends={}", search.known.len(), search.steps, search.ends);
    assert!(search.known.len() > 4_000 && search.ends > ends, "{} states", search.known.len());
}

#[test]
fn two_workers_and_one_deadline_in_every_order() {
    in_every_order(1, 2, 500);
}

/// What is ticked together is stored together, or each by itself.
#[test]
fn two_workers_and_two_deadlines_in_every_order() {
    in_every_order(2, 1, 100);
}

/// The search can fail: a store that does not compare versions is found out.
#[test]
fn a_store_that_does_not_compare_versions_is_found_out() {
    let mut search = Search { careless: true, deadlines: 1, ..Search::default() };
    let why = search.go_on(&mut Vec::new(), 2).unwrap_err();
    assert!(why.starts_with("twice"), "{why}");
}
