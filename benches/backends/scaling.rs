//! P10, P11, P13 and P14: loading, listing and claiming among ever more open cases, a backlog, draining it.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use talkback::backend::{Commit, Write};
use talkback::{CaseId, DeadlineWorker, ManualClock};

use super::Asked;
use super::life::Life;
use super::measure::{Pairs, Took, line, pairs, timed};
use super::recorder::Recorder;
use super::store::{CLAIM, LEASE, Ledger, Ours, Store};
use super::workload::case_id;

/// Cases are put in such portions.
const TOGETHER: usize = 400;
/// So many are due when claims are measured.
const DUE: usize = 5_000;
/// Of each kind of request, in each round.
const EACH: usize = 5;
/// How many overdue cases a worker drains.
const DRAINED: u64 = 1_000;

/// The numbers of open cases: 10,000 and 100,000, and a million with `TALKBACK_BENCH_MILLION=1`.
pub(crate) fn sizes() -> Vec<u64> {
    let million = std::env::var_os("TALKBACK_BENCH_MILLION").is_some_and(|wanted| wanted == "1");
    let mut sizes = vec![10_000, 100_000];
    sizes.extend(million.then_some(1_000_000));
    sizes
}

/// Gives back the store that was filled, if any of this was asked for.
pub(crate) fn run<F: Store>(
    asked: &Asked,
    life: &Life,
    store: &str,
    make: impl Fn() -> (Ours, F),
) -> Option<Ours> {
    let growing =
        ["load", "p10", "p11", "p12", "p14"].iter().any(|case| asked.wants(&format!("{store} {case}")));
    growing.then(|| grow(life, store, make()))
}

fn grow<F: Store>(life: &Life, store: &str, (mut ours, mut floor): (Ours, F)) -> Ours {
    let mut wakes: Vec<DateTime<Utc>> = Vec::new();
    let mut claimed = 0;
    let mut first: Option<[f64; 3]> = None;
    let mut head = None;
    for size in sizes() {
        add(life, &mut wakes, size, &mut ours, &mut floor);
        println!("scale {store} {size} open cases");
        let loads = alternately(&mut ours, &mut floor, |store, n| {
            let at = (n as u64).wrapping_mul(0x9e37_79b9) % size;
            timed(|| store.load(case_id(at))).0
        });
        loads.print_medians(&format!("{store} load-{size}"));
        let lists = alternately(&mut ours, &mut floor, |store, _| timed(|| store.list(None)).0);
        lists.print_medians(&format!("{store} p14-list-{size}"));
        // The claims of the sizes before took the first ones.
        let rounds = super::measure::rounds() + 1;
        assert!(rounds * EACH * CLAIM <= DUE, "at most {} rounds", DUE / EACH / CLAIM - 1);
        let now = wakes[claimed + DUE];
        claimed += rounds * EACH * CLAIM;
        let claims = claims(&mut ours, &mut floor, now);
        claims.print_medians(&format!("{store} p10-claim-{size}"));
        let took = [&loads, &lists, &claims].map(Pairs::ours);
        println!(
            "scale {store} ours load {:.1} us, list {:.1} us, claim {:.1} us",
            took[0] * 1e6,
            took[1] * 1e6,
            took[2] * 1e6
        );
        let smallest = first.get_or_insert(took);
        for (name, (now, then)) in
            ["load", "p14-list", "p10-claim"].iter().zip(took.iter().zip(smallest.iter()))
        {
            println!("growth {store} {name}-{size} {:.2}", now / then);
        }
        head = Some(took[2]);
    }
    deep(store, &mut ours);
    let overdue = claims(&mut ours, &mut floor, wakes[wakes.len() - 1]);
    overdue.print_medians(&format!("{store} p11-backlog"));
    if let Some(head) = head {
        println!("growth {store} p11-backlog {:.2} of the claim with {DUE} due", overdue.ours() / head);
    }
    ours
}

/// Opens cases until there are so many.
fn add<F: Store>(life: &Life, wakes: &mut Vec<DateTime<Utc>>, size: u64, ours: &mut Ours, floor: &mut F) {
    let mut together: Vec<Write> = Vec::with_capacity(TOGETHER);
    for n in wakes.len() as u64..size {
        let write = life.opened(n);
        wakes.extend(write.record.wake_up());
        together.push(write);
        if together.len() == TOGETHER || n + 1 == size {
            ours.put(&together);
            floor.put(&together);
            together.clear();
        }
    }
    wakes.sort();
    ours.tidy();
    floor.tidy();
}

/// Asks both for the same, several times a round.
fn alternately<F: Store>(
    ours: &mut Ours,
    floor: &mut F,
    ask: impl Fn(&mut dyn Store, usize) -> Duration,
) -> Pairs {
    let each = |store: &mut dyn Store, round: usize| {
        Took::each((0..EACH).map(|n| ask(store, round * EACH + n)).collect())
    };
    pairs(|round| each(ours, round), |round| each(floor, round))
}

fn claims<F: Store>(ours: &mut Ours, floor: &mut F, now: DateTime<Utc>) -> Pairs {
    alternately(ours, floor, |store, _| {
        let (took, taken) = timed(|| store.claim(now, now + LEASE));
        assert_eq!(taken.len(), CLAIM);
        took
    })
}

/// The thousandth page against the first.
fn deep(store: &str, ours: &mut Ours) {
    let mut behind = None;
    for _ in 1..1_000 {
        behind = ours.list(behind);
    }
    let each =
        |ours: &mut Ours, behind| Took::each((0..EACH).map(|_| timed(|| ours.list(behind)).0).collect());
    let shared = std::cell::RefCell::new(ours);
    let pairs = pairs(|_| each(&mut shared.borrow_mut(), behind), |_| each(&mut shared.borrow_mut(), None));
    pairs.print_growth(&format!("{store} p14-page-1000"));
}

/// A worker that ticks overdue cases against claiming and writing them by hand: one by one, while the worker
/// stores a few at a time.
pub(crate) fn drain<F: Ledger>(asked: &Asked, life: &Life, store: &str, make: impl Fn() -> (Ours, F)) {
    if !asked.wants(&format!("{store} p13")) {
        return;
    }
    let late = life.opened(DRAINED).record.wake_up().unwrap();
    let worker = |backend| {
        let clock = Arc::new(ManualClock::at(late));
        DeadlineWorker::new(backend, life.policies.clone(), clock).with_budget(DRAINED as usize)
    };
    let writes: Vec<_> = (0..DRAINED).map(|n| life.opened(n)).collect();
    let recorder = Arc::new(Recorder::default());
    let mut remembered = Ours::anywhere(recorder.clone(), life.tenant.clone());
    remembered.put(&writes);
    recorder.take();
    pollster::block_on(worker(recorder.clone()).tick()).unwrap();
    // Ours are stored a few at a time.
    let one = |now, write: Write| (id(&write), Commit::new(life.tenant.clone(), now, vec![write]));
    let each = |commit: Commit| commit.writes.into_iter().map(move |write| one(commit.now, write));
    let commits: std::collections::HashMap<CaseId, _> = recorder.take().into_iter().flat_map(each).collect();
    assert_eq!(commits.len() as u64, DRAINED);
    let mut ratios = Vec::new();
    for round in 0..3 {
        let (mut ours, mut floor) = make();
        ours.put(&writes);
        floor.put(&writes);
        // Some tables are empty still: what the server learns of them must not make it slow later.
        floor.tidy();
        let worker = worker(ours.backend.clone());
        let (by_us, done) = timed(|| ours.run(worker.tick()).unwrap());
        assert_eq!((done.changed as u64, done.failed), (DRAINED, 0));
        let (by_hand, left) = timed(|| {
            let mut left = DRAINED;
            while left > 0 {
                let taken = floor.claim(late, late + LEASE);
                if taken.is_empty() {
                    break;
                }
                taken.iter().for_each(|id| floor.carry_out(&commits[id], late + LEASE));
                left -= taken.len() as u64;
            }
            left
        });
        assert_eq!(left, 0);
        ratios.push(by_us.as_secs_f64() / by_hand.as_secs_f64());
        if round == 0 {
            println!(
                "scale {store} p13-drain ours {:.1} us, floor {:.1} us a case",
                by_us.as_secs_f64() * 1e6 / DRAINED as f64,
                by_hand.as_secs_f64() * 1e6 / DRAINED as f64
            );
        }
    }
    line("ratio", &format!("{store} p13-drain-over-one-by-one"), ratios);
}

fn id(write: &Write) -> CaseId {
    write.record.as_case().unwrap().id
}
