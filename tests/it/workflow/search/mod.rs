//! The proof by exhaustive search: every state of small worlds, up to a bound, and every law at every
//! transition.

mod alike;
mod bfs;
mod bugs;
mod checked;
mod key;
mod single;
mod worlds;

use bfs::{Bound, Tally, search};
use single::Single;
use worlds::SmallWorld;

use super::run::Real;

fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The worlds, and in how many states of each everything is tried.
fn all_worlds() -> Vec<(SmallWorld, usize)> {
    vec![
        (worlds::everything(), 300_000),
        (worlds::round(), 350_000),
        (worlds::late_news(), 150_000),
        (worlds::ladders(), 150_000),
        (worlds::lost_messages(), 150_000),
        (worlds::retargeted(), 50_000),
        (worlds::invited(), 50_000),
        (worlds::praised(), 50_000),
        (worlds::machine(), 50_000),
    ]
}

#[test]
fn exhaustive() {
    let long = std::env::var("TALKBACK_LONG").is_ok_and(|value| value == "1");
    let mut all = Tally::default();
    for (world, most) in all_worlds() {
        let most = if long { most * 10 } else { most };
        let bound = Bound { states: most, broken: 12, workers: workers() };
        let found = search(&Single::of(&world), &|| Box::new(Real), bound);
        let found = found.unwrap_or_else(|broken| panic!("{broken}"));
        println!(
            "{}: states={} reached={} transitions={} refused={} depth={}{}",
            world.name,
            found.states,
            found.reached,
            found.transitions,
            found.refused,
            found.depth,
            if found.complete { ", all there are" } else { "" }
        );
        all.add(found);
    }
    println!("states={} transitions={}", all.states, all.transitions);
}
