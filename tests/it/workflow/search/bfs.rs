//! Breadth first through everything that can happen in a world.
//!
//! States are taken from the queue by the batch, the workers share a batch, and what they came to is sorted
//! in by one, in the order of the queue: so each run finds the same states in the same order, and the way to
//! a state is a shortest one.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem::Discriminant;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use talkback::Stage;
use talkback::workflow::{CommandKind, Rule};

use super::super::run::Workflow;
use super::key::Key;

/// States that the workers share at a time, and that one takes at once.
const BATCH: usize = 4_096;
const SHARE: usize = 16;

/// Which of the things that can be tried, by the model's own numbers.
pub(super) type Choice = u16;

/// A world to go through.
pub(super) trait Model: Sync {
    type State: Send + Sync;

    /// The first state.
    fn begin(&self, workflow: &mut dyn Workflow, out: &mut Out<Self::State>);

    /// Tries everything in a state and checks every law. `number` is the state's place among all.
    fn expand(
        &self,
        workflow: &mut dyn Workflow,
        state: &Self::State,
        number: u32,
        out: &mut Out<Self::State>,
        tally: &mut Tally,
    );

    /// A way from the beginning, in words.
    fn tell(&self, workflow: &mut dyn Workflow, way: &[Choice]) -> Vec<String>;
}

/// What a worker came to from one state, and what broke there.
pub(super) struct Out<S> {
    /// The states themselves only where there is room to go on from them.
    reached: Vec<(Key, Option<S>, Choice)>,
    broken: Vec<(String, String, Choice)>,
}

impl<S> Out<S> {
    const fn new() -> Self {
        Self { reached: Vec::new(), broken: Vec::new() }
    }

    pub(super) fn reach(&mut self, key: Key, state: S, by: Choice) {
        self.reached.push((key, Some(state), by));
    }

    /// Notes what broke. Of one law and choice the first is enough.
    pub(super) fn hold(&mut self, holds: Result<(), String>, law: &str, by: Choice) -> bool {
        let Err(what) = holds else { return true };
        let what = format!("{law}{what}");
        let label = what.split(": ").next().unwrap_or_default().to_owned();
        self.broken.push((format!("{label}, {by}"), what, by));
        false
    }
}

/// What a search saw.
#[derive(Debug, Default, Clone)]
pub(super) struct Tally {
    /// States in which everything was tried.
    pub(super) states: u64,
    /// States that were come to, those included.
    pub(super) reached: u64,
    /// Commands that were tried, refused ones included, and ticks of the clock.
    pub(super) transitions: u64,
    pub(super) refused: u64,
    /// The most transitions that one of those states is away from the beginning.
    pub(super) depth: u16,
    /// Nothing was left to try.
    pub(super) complete: bool,
    pub(super) stages: BTreeSet<Stage>,
    pub(super) facts: BTreeSet<&'static str>,
    /// The commands of which some form was accepted.
    pub(super) kinds: BTreeSet<CommandKind>,
    /// Which commands were refused by which rules.
    pub(super) rules: HashSet<(CommandKind, Discriminant<Rule>)>,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.states += other.states;
        self.reached += other.reached;
        self.transitions += other.transitions;
        self.refused += other.refused;
        self.depth = self.depth.max(other.depth);
        self.stages.extend(other.stages);
        self.facts.extend(other.facts);
        self.kinds.extend(other.kinds);
        self.rules.extend(other.rules);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, reached, transitions, refused, depth, complete, .. } = self;
        write!(f, "states={states} reached={reached} transitions={transitions} refused={refused}")?;
        write!(f, " depth={depth}{}", if *complete { ", all there are" } else { "" })
    }
}

/// How far to go, and with whom.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    /// In how many states everything is tried.
    pub(super) states: usize,
    /// How many different things may break before it is enough.
    pub(super) broken: usize,
    pub(super) workers: usize,
}

/// Makes the workflow under test, one for each worker.
pub(super) type Make<'a> = &'a (dyn Fn() -> Box<dyn Workflow> + Sync);

/// A state to go on from, its place among all, and how far it is from the beginning.
struct Point<S> {
    state: S,
    number: u32,
    depth: u16,
}

/// What leads to a state: another one, and which choice.
type Link = (u32, Choice);

/// A worker's share of a batch: the place of its first state, and of each state what came of it.
type Done<S> = (usize, Vec<Out<S>>);

/// Keys are random enough.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are numbers");
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

type Visited = HashSet<Key, BuildHasherDefault<AsItIs>>;

/// What was found so far.
struct Found<S> {
    links: Vec<Link>,
    visited: Visited,
    queue: VecDeque<Point<S>>,
    /// The first that broke of each law and choice, and how it came to that.
    broken: BTreeMap<String, (Link, String)>,
}

impl<S> Found<S> {
    /// Keeps what is new: the first `most` states to go on from, of the others only that there are such.
    fn sort_in(&mut self, out: Out<S>, from: u32, depth: u16, most: usize) {
        for (label, what, by) in out.broken {
            self.broken.entry(label).or_insert(((from, by), what));
        }
        for (key, state, by) in out.reached {
            let state = state.filter(|_| self.links.len() < most);
            if self.visited.insert(key)
                && let Some(state) = state
            {
                let number = u32::try_from(self.links.len()).unwrap();
                self.links.push((from, by));
                self.queue.push_back(Point { state, number, depth });
            }
        }
    }

    /// The choices that lead to what broke.
    fn way(&self, (mut from, by): Link) -> Vec<Choice> {
        let mut way = vec![by];
        while let Some((before, by)) = self.links.get(from as usize) {
            way.push(*by);
            from = *before;
        }
        way.reverse();
        way
    }
}

/// Goes through the model as far as the bound. `Err` with a shortest way to each thing that broke.
pub(super) fn search<M: Model>(model: &M, make: Make<'_>, bound: Bound) -> Result<Tally, String> {
    let mut all = Tally::default();
    let mut found = Found {
        links: Vec::new(),
        visited: Visited::default(),
        queue: VecDeque::new(),
        broken: BTreeMap::new(),
    };
    let mut out = Out::new();
    model.begin(&mut *make(), &mut out);
    found.sort_in(out, u32::MAX, 0, bound.states);
    while !found.queue.is_empty() && found.broken.len() < bound.broken {
        let batch: Vec<_> = found.queue.drain(..found.queue.len().min(BATCH)).collect();
        let full = found.links.len() >= bound.states;
        let done = expand(model, make, bound.workers, &batch, &found.visited, full, &mut all);
        let places: Vec<_> = batch.iter().map(|point| (point.number, point.depth)).collect();
        // The states are over; what is kept of them are their links.
        drop(batch);
        for (out, (number, depth)) in done.into_iter().zip(places) {
            all.depth = all.depth.max(depth);
            found.sort_in(out, number, depth + 1, bound.states);
        }
    }
    all.reached = found.visited.len() as u64;
    all.complete = all.states == all.reached;
    if found.broken.is_empty() {
        return Ok(all);
    }
    let mut broken: Vec<_> = found.broken.values().collect();
    broken.sort();
    let tell = |(link, what): &(Link, String)| {
        let lines = model.tell(&mut *make(), &found.way(*link));
        let lines = lines.iter().zip(0..).map(|(line, n)| format!("\n{n:>3}. {line}"));
        format!("{what}{}", lines.collect::<String>())
    };
    Err(broken.into_iter().map(tell).collect::<Vec<_>>().join("\n\n"))
}

/// What came of each state of a batch, in its order. When it is `full`, only by their keys.
fn expand<M: Model>(
    model: &M,
    make: Make<'_>,
    workers: usize,
    batch: &[Point<M::State>],
    visited: &Visited,
    full: bool,
    all: &mut Tally,
) -> Vec<Out<M::State>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Done<M::State>>> = Mutex::default();
    let work = || {
        let (mut workflow, mut tally) = (make(), Tally::default());
        loop {
            let from = next.fetch_add(SHARE, Ordering::Relaxed);
            let Some(share) = batch.get(from..(from + SHARE).min(batch.len())) else { return tally };
            let came = share.iter().map(|point| {
                let mut out = Out::new();
                tally.states += 1;
                model.expand(&mut *workflow, &point.state, point.number, &mut out, &mut tally);
                // Most of it is known from before this batch.
                out.reached.retain(|(key, ..)| !visited.contains(key));
                if full {
                    out.reached.iter_mut().for_each(|(_, state, _)| *state = None);
                }
                out
            });
            let came = came.collect();
            done.lock().unwrap().push((from, came));
        }
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
        all.add(work());
        others.into_iter().for_each(|other| all.add(other.join().unwrap()));
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(from, _)| *from);
    done.into_iter().flat_map(|(_, came)| came).collect()
}
