//! The shift: who is started, who is killed, and when it is over.

use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use talkback::{Actor, Channel, Clock, CustomerId, Desk, Feedback, SystemClock};

use super::args::Args;
use super::tally::{self, Tally};
use super::worker::desk;
use super::{Failure, store};

/// An acknowledgement is due after four hours.
const LONG_AGO: TimeDelta = TimeDelta::hours(5);
/// Longer than any lease, and long enough for a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Shift {
    pub(crate) deadlines: usize,
    pub(crate) tally: Tally,
    pub(crate) kills: usize,
    pub(crate) began: Instant,
}

/// Opens the complaints in portions; after each, one of the workers is killed and another takes its place.
pub(crate) fn hold(args: &Args) -> Result<Shift, Failure> {
    let own = Own::new(args);
    let store = store::named(&own.backend)?;
    if own.backend == "memory" {
        return Err(Failure("workers are processes: they cannot share a memory".into()));
    }
    #[cfg(feature = "postgres-deadpool")]
    let runtime = store.runtime()?;
    #[cfg(feature = "postgres-deadpool")]
    let _entered = runtime.as_ref().map(tokio::runtime::Runtime::enter);
    let desk = desk(store.open()?, &args.tenant)?;
    let earlier = Desk::new(store.open()?, desk.policies().clone(), Arc::new(Earlier), desk.tenant().clone());

    let (began, mut kills) = (Instant::now(), 0);
    let mut workers = Vec::new();
    for _ in 0..args.workers {
        workers.push(start(&own.backend, args)?);
    }
    let portions = args.kills.max(1);
    for portion in 0..portions {
        for _ in (portion * args.deadlines / portions)..((portion + 1) * args.deadlines / portions) {
            complain(&earlier)?;
        }
        if args.kills > 0 {
            thread::sleep(Duration::from_millis(random(30)));
            let place = usize::try_from(random(args.workers as u64))?;
            kill(std::mem::replace(&mut workers[place], start(&own.backend, args)?))?;
            kills += 1;
        }
    }
    let tally = until_all_are_noticed(&desk, args.deadlines)?;
    workers.into_iter().try_for_each(kill)?;
    Ok(Shift { deadlines: args.deadlines, tally, kills, began })
}

fn start(backend: &str, args: &Args) -> Result<Child, Failure> {
    let mut worker = Command::new(std::env::current_exe()?);
    worker.args(["--backend", backend, "--work-for", &args.tenant]);
    Ok(worker.stdin(Stdio::piped()).spawn()?)
}

/// Killed, and not asked to stop.
fn kill(mut worker: Child) -> std::io::Result<()> {
    let killed = worker.kill();
    worker.wait()?;
    killed
}

fn complain(desk: &Desk) -> Result<(), Failure> {
    let by = Actor::customer(CustomerId::new("customer-17")?);
    pollster::block_on(desk.open(by, Feedback::complaint(Channel::Chat, "It leaks.")))?;
    Ok(())
}

fn until_all_are_noticed(desk: &Desk, deadlines: usize) -> Result<Tally, Failure> {
    let began = Instant::now();
    loop {
        let tally = tally::count(desk)?;
        if tally.effects >= deadlines || began.elapsed() > PATIENCE {
            return Ok(tally);
        }
        thread::sleep(Duration::from_millis(50));
    }
}

fn random(below: u64) -> u64 {
    u64::try_from(SystemClock.entropy() % u128::from(below.max(1))).unwrap_or_default()
}

/// A clock that is five hours slow: what is opened by it has been waiting for so long.
#[derive(Debug)]
struct Earlier;

impl Clock for Earlier {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() - LONG_AGO
    }

    fn monotonic(&self) -> Option<TimeDelta> {
        SystemClock.monotonic()
    }

    fn entropy(&self) -> u128 {
        SystemClock.entropy()
    }
}

/// The store, and the file of our own that goes with us.
struct Own {
    backend: String,
    file: Option<std::path::PathBuf>,
}

impl Own {
    fn new(args: &Args) -> Self {
        if let Some(backend) = args.backend.clone() {
            return Self { backend, file: None };
        }
        let file = std::env::temp_dir().join(format!("talkback-{}.db", args.tenant));
        Self { backend: format!("sqlite:{}", file.display()), file: Some(file) }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let Some(file) = &self.file else { return };
        for end in ["", "-wal", "-shm", "-feed"] {
            let mut name = file.clone().into_os_string();
            name.push(end);
            // One that was never written is not there.
            let _ = std::fs::remove_file(name);
        }
    }
}
