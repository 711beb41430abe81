//! What each backend costs over a floor written by hand for the same work, in the same run.
//!
//! `cargo bench --bench backends --all-features` runs everything in some minutes; what stands behind `--`
//! selects: `-- sqlite p2`, `-- postgres`, `-- p10`. `ROUNDS=9` plays more rounds than seven (at most
//! nine), `TALKBACK_BENCH_MILLION=1` goes on to a million open cases.
//!
//! Lines begin with what they are: `ratio` is our time over the floor's, `growth` our time over our time
//! with less of something, `gain` one caller's time over that of many, `count` a count, `scale` times of
//! this machine for orientation, `late`, `drain` and `relay` what the workers did over a backend: how late they
//! noticed 10,000 deadlines of one instant, how long 50,000 of a week took, how many letters went out. Three numbers are the median of the rounds, the least and the greatest.
//!
//! While neighbours keep all processors busy, every wait for a disk is rounded up to the scheduler's next
//! tick, and all ratios become one: run it on a quiet machine, or under a real-time scheduler.
//!
//! Left out, because there is nothing to measure yet: several commands in one transaction (P9), and with
//! it draining in batches.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

mod bytes;
mod cluster;
mod floor_memory;
mod floor_postgres;
mod floor_sqlite;
mod lengths;
mod life;
mod measure;
mod memory;
mod night;
mod postgres;
mod proxy;
mod recorder;
mod scaling;
mod shelf;
mod sqlite;
mod store;
mod workload;

use std::sync::Arc;

use self::life::Life;

#[global_allocator]
static ALLOCATOR: bytes::Counting = bytes::Counting;

fn main() {
    let asked = Asked::read();
    let life = Arc::new(Life::new());
    memory::run(&asked, &life);
    sqlite::run(&asked, &life);
    postgres::run(&asked, &life);
}

/// Which sections are asked for.
pub(crate) struct Asked(Vec<String>);

impl Asked {
    fn read() -> Self {
        Self(std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect())
    }

    /// True if that case has every word that was asked for; without any, all are.
    pub(crate) fn wants(&self, case: &str) -> bool {
        self.0.iter().all(|word| case.split(' ').any(|part| part == word))
    }
}
