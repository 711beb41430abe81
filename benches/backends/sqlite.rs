//! The backend in SQLite: P2 to P5, P17, and its part of the scaling.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use talkback::SqliteBackend;
use talkback::backend::sqlite::{SqliteOptions, Synchronous, Writing};
use tokio::runtime::{Builder, Runtime};

use super::floor_sqlite::Floor;
use super::life::{Life, STEPS};
use super::measure::{Took, pairs, timed};
use super::night;
use super::scaling;
use super::store::Ours;
use super::workload::batch;
use super::{Asked, lengths};

const CASES: u64 = 200;

pub(crate) fn run(asked: &Asked, life: &Arc<Life>) {
    if asked.wants("sqlite p2") {
        in_line(life, Synchronous::Normal, "sqlite p2-inline-normal");
    }
    if asked.wants("sqlite p3") {
        in_line(life, Synchronous::Full, "sqlite p3-inline-full");
    }
    if asked.wants("sqlite p4") {
        groups(life);
    }
    if asked.wants("sqlite p5") {
        one_hop(life);
    }
    if asked.wants("sqlite p17") {
        let dir = Scratch::new();
        let backend = dir.ours(Synchronous::Normal, Writing::InLine);
        lengths::run(life, "sqlite", &backend, None);
    }
    night::run(asked, "sqlite", || {
        let dir = Scratch::new();
        (dir.ours(Synchronous::Full, Writing::OwnThread), dir)
    });
    let dirs = Mutex::new(Vec::new());
    let make = || {
        let dir = Scratch::new();
        let backend = dir.ours(Synchronous::Normal, Writing::InLine);
        let ours = Ours::anywhere(backend, life.tenant.clone());
        let floor = dir.floor("NORMAL");
        dirs.lock().unwrap().push(dir);
        (ours, floor)
    };
    scaling::run(asked, life, "sqlite", make);
    scaling::drain(asked, life, "sqlite", make);
}

/// One caller, on its own thread.
fn in_line(life: &Life, synchronous: Synchronous, case: &str) {
    let pairs = pairs(
        |round| {
            let dir = Scratch::new();
            let backend = dir.ours(synchronous, Writing::InLine);
            Took::each(pollster::block_on(life.live(backend, batch(round, CASES), false)))
        },
        |round| {
            let dir = Scratch::new();
            let floor = dir.floor(name(synchronous));
            let commits = life.commits(batch(round, CASES));
            let take = |commit| timed(|| floor.carry_out(commit, None)).0;
            Took::each(commits.iter().map(take).collect())
        },
    );
    pairs.print(case, CASES as usize * STEPS);
    pairs.print_medians(&format!("{case}-p50"));
}

/// Many callers at once, whose commits share a wait for the disk, against one caller on its own thread.
fn groups(life: &Arc<Life>) {
    let alone = |round| {
        let dir = Scratch::new();
        let backend = dir.ours(Synchronous::Full, Writing::InLine);
        Took::each(pollster::block_on(life.live(backend, batch(round, CASES), false)))
    };
    for callers in [8, 64] {
        let pairs = pairs(
            |round| {
                let dir = Scratch::new();
                let backend = dir.ours(Synchronous::Full, Writing::OwnThread);
                let (took, ()) = timed(|| {
                    thread::scope(|scope| {
                        for caller in 0..callers {
                            let backend = backend.clone();
                            let cases =
                                batch(round, CASES).filter(move |n| n % callers as u64 == caller as u64);
                            scope.spawn(move || pollster::block_on(life.live(backend, cases, false)));
                        }
                    });
                });
                Took::whole(took)
            },
            alone,
        );
        pairs.print_gain(&format!("sqlite p4-group-{callers}"));
    }
}

/// One caller in an asynchronous host, with a thread that writes, against a floor that goes to another
/// thread once for each command.
fn one_hop(life: &Life) {
    let host = host();
    let pairs = pairs(
        |round| {
            let dir = Scratch::new();
            let backend = dir.ours(Synchronous::Normal, Writing::OwnThread);
            Took::each(host.block_on(life.live(backend, batch(round, CASES), false)))
        },
        |round| {
            let dir = Scratch::new();
            let floor = Arc::new(Mutex::new(dir.floor("NORMAL")));
            let commits = life.commits(batch(round, CASES));
            Took::each(host.block_on(async {
                let mut times: Vec<Duration> = Vec::with_capacity(commits.len());
                for commit in commits {
                    let floor = floor.clone();
                    let before = Instant::now();
                    let work = move || floor.lock().unwrap().carry_out(&commit, None);
                    tokio::task::spawn_blocking(work).await.unwrap();
                    times.push(before.elapsed());
                }
                times
            }))
        },
    );
    pairs.print("sqlite p5-own-thread-normal", CASES as usize * STEPS);
}

fn host() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).build().unwrap()
}

const fn name(synchronous: Synchronous) -> &'static str {
    match synchronous {
        Synchronous::Normal => "NORMAL",
        Synchronous::Full => "FULL",
    }
}

/// A directory of its own on the disk of the build, gone with its owner.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let name = format!("bench-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn ours(&self, synchronous: Synchronous, writing: Writing) -> Arc<SqliteBackend> {
        let options = SqliteOptions::default().with_synchronous(synchronous).with_writing(writing);
        Arc::new(SqliteBackend::open_with(self.0.join("ours.db"), options).unwrap())
    }

    fn floor(&self, synchronous: &str) -> Floor {
        Floor::open(&self.0.join("floor.db"), synchronous)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
