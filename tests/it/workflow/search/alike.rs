//! The claim that the keys rest on: two states with one key behave alike.

use std::collections::HashMap;
use std::sync::Arc;

use talkback::{Case, Event};

use super::super::run::{Order, Real, Workflow, context, tick};
use super::checked::Outcome;
use super::key::Key;
use super::single::Single;
use super::worlds::{self, SmallWorld, instant, time_may_pass};

/// Two ways to one state that are not one case, and all that is tried on both.
struct Twins<'a> {
    world: &'a SmallWorld,
    model: Single<'a>,
    /// How many pairs were compared.
    pairs: usize,
}

impl Twins<'_> {
    fn orders(&self, case: &Arc<Case>, at: u16) -> Vec<(&'static str, Order)> {
        let caught_up = self.model.look(&mut Real, case, at).0;
        let shapes = self.world.shapes.iter().filter_map(|shape| {
            let order = shape.at(at).or_else(|| shape.on(&caught_up, at))?;
            Some((shape.name, order))
        });
        std::iter::once(("somebody looks", tick(instant(at), 0, 0))).chain(shapes).collect()
    }

    fn step(&self, case: &Arc<Case>, order: &Order) -> Outcome {
        self.model.step(&mut Real, case, order)
    }

    /// Compares everything that may come of two states with one key.
    fn compare(&mut self, one: (&Arc<Case>, u16), two: (&Arc<Case>, u16)) {
        self.pairs += 1;
        let apart = || {
            format!(
                "{}: {:#?}\nat {}, or\n{:#?}\nat {}",
                self.world.name,
                one.0,
                instant(one.1),
                two.0,
                instant(two.1)
            )
        };
        let may_pass = |(case, at): (&Arc<Case>, u16)| time_may_pass(case, instant(at));
        assert_eq!(may_pass(one), may_pass(two), "time: {}", apart());
        let (a, b) = (self.orders(one.0, one.1), self.orders(two.0, two.1));
        assert_eq!(a.len(), b.len(), "other things can be tried: {}", apart());
        for ((name, a), (_, b)) in a.iter().zip(&b) {
            let (a, b) = (self.step(one.0, a), self.step(two.0, b));
            match (&a.1, &b.1) {
                (Ok(x), Ok(y)) => {
                    let facts =
                        |events: &[Event]| events.iter().map(|event| event.fact.as_str()).collect::<Vec<_>>();
                    assert_eq!(facts(x), facts(y), "{name}: {}", apart());
                    let keys = (self.model.key(&a.0, one.1), self.model.key(&b.0, two.1));
                    assert_eq!(keys.0, keys.1, "{name}, then {:#?}\nor {:#?}\n{}", a.0, b.0, apart());
                }
                (x, y) => assert_eq!(x.as_ref().err(), y.as_ref().err(), "{name}: {}", apart()),
            }
        }
    }
}

/// Walks the world's first states and compares each way to a state with the first way there, as long as
/// they are enough.
fn twins(world: &SmallWorld, states: usize, enough: usize) -> usize {
    let mut twins = Twins { world, model: Single::of(world), pairs: 0 };
    let begun = Real.submit(None, &world.begins.command, &context(&world.begins, &world.books)).0;
    let begun = Arc::new(begun.unwrap());
    let mut known: HashMap<Key, (Arc<Case>, u16)> = HashMap::new();
    let mut queue = vec![(begun.clone(), 0)];
    known.insert(twins.model.key(&begun, 0), (begun, 0));
    let mut next = 0;
    while next < queue.len().min(states) && twins.pairs < enough {
        let (case, at) = queue[next].clone();
        next += 1;
        let mut came: Vec<_> = twins
            .orders(&case, at)
            .iter()
            .map(|(_, order)| twins.step(&case, order))
            .filter(|(_, outcome)| outcome.is_ok())
            .map(|(after, _)| (after, at))
            .collect();
        if time_may_pass(&case, instant(at)) {
            came.push((case, at + 1));
        }
        for (n, new) in came.into_iter().enumerate() {
            match known.get(&twins.model.key(&new.0, new.1)).cloned() {
                None => {
                    known.insert(twins.model.key(&new.0, new.1), new.clone());
                    queue.push(new);
                }
                // Not the same history in another order, but other times, or another past.
                Some(old) if differ(&old, &new) && (next + n) % 5 == 0 => {
                    twins.compare((&old.0, old.1), (&new.0, new.1));
                }
                Some(_) => {}
            }
        }
    }
    twins.pairs
}

/// True when one of the instants that the key shortens is another, or the number of a cycle.
fn differ(one: &(Arc<Case>, u16), two: &(Arc<Case>, u16)) -> bool {
    let past = |(case, at): &(Arc<Case>, u16)| {
        let now = instant(*at);
        let cycle = &case.cycle;
        let since = [
            Some(case.received_at),
            Some(case.updated_at),
            cycle.acknowledged_at,
            cycle.responded_at,
            cycle.resolved_at,
            case.conversation.last_at,
            case.closed.as_ref().map(|closed| closed.at),
        ];
        (since.map(|at| at.map(|at| now - at)), cycle.number, case.deadlines.breaches().len())
    };
    past(one) != past(two)
}

#[test]
fn states_with_one_key_behave_alike() {
    for (world, _) in super::all_worlds() {
        let pairs = twins(&world, 20_000, 1_000);
        println!("{}: {pairs} pairs", world.name);
        assert!(pairs >= 1_000, "{}: only {pairs} pairs", world.name);
    }
}

#[test]
fn the_key_tells_apart_what_behaves_otherwise() {
    // Each of these moves one thing that decisions look at, and has to give another key.
    let world = worlds::everything();
    let search = Single::of(&world);
    let case = Real.submit(None, &world.begins.command, &context(&world.begins, &world.books)).0.unwrap();
    let same = search.key(&case, 0);
    assert_eq!(same, search.key(&case.clone(), 0));
    let mut others = vec![search.key(&case, 1)];
    let mut other = |change: fn(&mut Case)| {
        let mut changed = case.clone();
        change(&mut changed);
        others.push(search.key(&changed, 0));
    };
    other(|case| case.unreachable = true);
    other(|case| case.stage = talkback::Stage::Acknowledged);
    other(|case| case.conversation.waiting.clear());
    other(|case| case.cycle.responded_at = Some(case.received_at));
    other(|case| case.cycle.follow_ups = 1);
    other(|case| case.owner = Some(super::super::generate::staff_id("ann")));
    other(|case| std::sync::Arc::make_mut(&mut case.head).automatic = true);
    other(|case| case.received_at -= worlds::TICK);
    others.push(same);
    let count = others.len();
    others.sort_unstable();
    others.dedup();
    assert_eq!(others.len(), count);
}
