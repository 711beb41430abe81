//! Backends that cannot disagree without a test noticing: the same random life against memory, SQLite and PostgreSQL
//! side by side. After each step everything that can be asked is asked of each, and every answer is compared.
//!
//! A life that finds a difference is shortened as far as it goes and printed. `PROPTEST_RNG_SEED` asks for other
//! lives, `PROPTEST_CASES` for another number of them.

mod beginning;
mod life;
mod lists;
mod questions;
mod sides;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};
use talkback::workflow::CommandKind;

use self::life::{DEEDS, Life, lives};
use self::sides::World;
use crate::random::cases;

/// What was done, and how much was compared.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) lives: usize,
    pub(super) steps: usize,
    pub(super) comparisons: usize,
    /// How often each kind of step did something.
    pub(super) kinds: BTreeMap<String, usize>,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.lives += other.lives;
        self.steps += other.steps;
        self.comparisons += other.comparisons;
        for (kind, count) in &other.kinds {
            *self.kinds.entry(kind.clone()).or_default() += count;
        }
    }
}

/// Lives on two threads; ten times as many with TALKBACK_LONG=1.
const LIVES: u32 = 300;
const THREADS: u32 = 2;

#[test]
fn every_backend_answers_alike_after_every_step() {
    let long = std::env::var_os("TALKBACK_LONG").is_some_and(|long| long == "1");
    let config = cases(LIVES * if long { 10 } else { 1 });
    let (total, backends) = (Mutex::new(Tally::default()), Mutex::new(0));
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (total, backends, config) = (&total, &backends, share(&config, n));
            scope.spawn(move || {
                let world = World::new();
                *backends.lock().unwrap() = world.backends();
                let tried = TestRunner::new(config.clone()).run(&lives(), |life| {
                    let lived = world.lives(async |sides| Life::new(sides).lived(&life).await);
                    total.lock().unwrap().add(&lived.map_err(TestCaseError::fail)?);
                    Ok(())
                });
                if let Err(different) = tried {
                    panic!("with {:?}: {different}", config.rng_seed);
                }
            });
        }
    });
    let (total, backends) = (total.into_inner().unwrap(), backends.into_inner().unwrap());
    println!(
        "differential: lives={} steps={} comparisons={} backends={backends}",
        total.lives, total.steps, total.comparisons
    );
    // What was never done was never compared: a command that is added has to come up in the lives.
    let kinds = CommandKind::ALL.iter().map(|kind| format!("{kind:?}")).chain(DEEDS.map(str::to_owned));
    let missing: Vec<_> = kinds.filter(|kind| !total.kinds.contains_key(kind)).collect();
    assert!(missing.is_empty(), "no life did {missing:?}; they did {:?}", total.kinds);
    assert!(total.kinds.len() >= 40 && total.comparisons >= 100 * total.lives);
}

/// One thread's part: other lives than those of the others.
fn share(config: &ProptestConfig, n: u32) -> ProptestConfig {
    let RngSeed::Fixed(seed) = config.rng_seed else { unreachable!("the seed is fixed") };
    let rng_seed = RngSeed::Fixed(seed + u64::from(n));
    ProptestConfig { cases: config.cases.div_ceil(THREADS), rng_seed, ..config.clone() }
}

/// The comparison finds a backend that forgets to follow a record in one column, as one did once: the instant since
/// when an answered invitation is open.
#[test]
fn a_column_that_is_not_followed_is_found() {
    let world = World::with_a_stale_one();
    let found = TestRunner::new(cases(400)).run(&lives(), |life| {
        let lived = world.lives(async |sides| Life::new(sides).lived(&life).await);
        lived.map(drop).map_err(TestCaseError::fail)
    });
    let found = found.unwrap_err().to_string();
    assert!(found.contains("opened") && found.contains("stale"), "{found}");
}
