//! The proof by exhaustive search: every state of small worlds, as far as a bound, and every law at every
//! transition.
//!
//! The worlds are small in what may happen, not in how often: few people, a clock of ten minutes, due times
//! of one to three ticks, and every command. The model is the code: what is searched is what `step`,
//! `evolve`, `owed`, `merge` and `split` do.

mod alike;
mod bfs;
mod bugs;
mod checked;
mod delivery;
mod key;
mod owed;
mod pair;
mod single;
mod worlds;

use bfs::{Bound, Tally, search};
use delivery::Delivered;
use owed::Small;
use pair::Both;
use single::Single;
use talkback::Stage;
use talkback::workflow::CommandKind;
use worlds::SmallWorld;

use super::run::Real;

/// The fewest states in which everything is tried.
const LEAST: u64 = 1_000_000;

/// What the laws and the invariants that are to be searched for say of something that a decision about a
/// case does not know.
const WITHOUT_SUBJECT: [&str; 5] = [
    "law 12, that a message is delivered at least once: delivery is the relay's",
    "law 13: erasing is the store's",
    "I20, a fixed text to an unverified address: no address is verified",
    "I24, the customer's view and export: the desk's, which reads them from the ledger",
    "rule 17, that later messages to a merged case go to the other: the desk's",
];

/// The worlds with one case, and in how many states of each everything is tried.
fn all_worlds() -> Vec<(SmallWorld, usize)> {
    vec![
        (worlds::everything(), 70_000),
        (worlds::round(), 300_000),
        (worlds::late_news(), 130_000),
        (worlds::ladders(), 130_000),
        (worlds::lost_messages(), 160_000),
        (worlds::retargeted(), 70_000),
        (worlds::invited(), 30_000),
        (worlds::praised(), 50_000),
        (worlds::machine(), 30_000),
    ]
}

/// How many of the world with two.
const PAIRS: usize = 60_000;

#[test]
fn exhaustive() {
    let long = std::env::var("TALKBACK_LONG").is_ok_and(|value| value == "1");
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let bound = |states: usize| Bound { states: if long { 8 * states } else { states }, broken: 12, workers };
    let mut all = Tally::default();
    let mut add = |world: &SmallWorld, found: Result<Tally, String>| {
        let found = found.unwrap_or_else(|broken| panic!("{broken}"));
        println!("{}: {found}", world.name);
        all.add(found);
        all.kinds.insert(world.begins.command.kind());
    };
    for (world, states) in all_worlds() {
        let found = search(&Single::of(&world), &|| Box::new(Real), bound(states));
        add(&world, found);
    }
    let delivered = worlds::delivered();
    let world = worlds::two_cases();
    let found = search(&Both::of(&world), &|| Box::new(Real), bound(PAIRS));
    add(&world, found);
    for (same, states) in [(false, 60_000), (true, 30_000)] {
        let small = Small { last: 6, words: 4, letters: 3, same };
        let found = search(&Delivered::of(&delivered, small), &|| Box::new(Real), bound(states));
        add(&delivered, found);
    }
    WITHOUT_SUBJECT.iter().for_each(|what| println!("not here: {what}"));
    println!("states={} transitions={}", all.states, all.transitions);
    println!("{} facts, {} rules of refusals by command", all.facts.len(), all.rules.len());
    assert!(all.states >= LEAST, "only {} states", all.states);
    assert_eq!(all.stages.len(), Stage::ALL.len());
    let never: Vec<_> = CommandKind::ALL.into_iter().filter(|kind| !all.kinds.contains(kind)).collect();
    assert!(never.is_empty(), "never accepted: {never:?}");
}

#[test]
fn what_is_owed_is_what_the_model_says() {
    let delivered = worlds::delivered();
    for same in [false, true] {
        let small = Small { last: 6, words: 4, letters: 3, same };
        let bound = Bound { states: 4_000, broken: 4, workers: 2 };
        let found = search(&Delivered::of(&delivered, small), &|| Box::new(Real), bound);
        println!("{}", found.unwrap_or_else(|broken| panic!("{broken}")));
    }
}
