//! The search: breadth first from a first command, every command in every state, every law at every
//! transition.
//!
//! A state is a case and a time. What comes of it: the commands at that time, and a tick of the clock in
//! which nobody does anything. States are taken from the queue by the batch, the workers share a batch,
//! and what they found is sorted in by one, in the order of the queue: so each run finds the same states
//! in the same order, and the way to a state is a shortest one.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::mem::{Discriminant, discriminant};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use talkback::workflow::{CommandKind, Rule};
use talkback::{Actor, Case, CommandId, Context, Event, Party, Rejection, Stage};

use super::super::laws::{
    Seen, check_one, law_10_one_sentence, law_10_what_is_listed_is_possible, same_verdicts,
};
use super::super::run::{Order, Workflow, context, tick};
use super::super::world::{ann, bob, customer};
use super::key::{Key, Memory, key};
use super::worlds::{LAST_TICK, SmallWorld, instant, time_may_pass};

/// States that the workers share at a time, and that one takes at once.
const BATCH: usize = 4_096;
const SHARE: usize = 16;

/// A state to go on from.
pub(super) struct Point {
    pub(super) case: Arc<Case>,
    pub(super) tick: u16,
    /// Its place among all states, and how many transitions lead to it.
    index: u32,
    depth: u16,
}

/// What leads to a state: another one, and which command.
type Link = (u32, u16);

/// The transitions that are no shapes.
const TICKED: u16 = u16::MAX;
const TIME: u16 = u16::MAX - 1;
const BEGIN: u16 = u16::MAX - 2;
/// What is said of a state and a kind of command, by the kind.
const LISTED: u16 = u16::MAX - 3;

/// A state that a worker came to, and how.
struct Reached {
    key: Key,
    case: Arc<Case>,
    tick: u16,
    link: Link,
    depth: u16,
}

/// What broke, and after which command in which state.
struct Broken {
    /// The law, and what was tried.
    label: String,
    what: String,
    link: Link,
}

/// A worker's share of a batch: where it begins, what it came to, what broke.
type Done = (usize, Vec<Reached>, Vec<Broken>);

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
    pub(super) depth: u16,
    /// Nothing was left to try.
    pub(super) complete: bool,
    pub(super) stages: BTreeSet<Stage>,
    pub(super) facts: BTreeSet<&'static str>,
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

/// Makes the workflow under test, one for each worker.
pub(super) type Make<'a> = &'a (dyn Fn() -> Box<dyn Workflow> + Sync);

pub(super) struct Search<'a> {
    world: &'a SmallWorld,
    memory: Memory,
    /// The orders of a tick that do not depend on the case, by shape.
    orders: Vec<Vec<Option<Order>>>,
    ticks: Vec<Order>,
    /// The kinds of command that each of these tries.
    tried: [u64; ACTORS],
    actors: [Actor; ACTORS],
}

/// Ann, bob, the customer, machines.
const ACTORS: usize = 4;

fn seat(party: &Party) -> usize {
    match party {
        Party::Staff(staff) if staff.as_str() == "ann" => 0,
        Party::Staff(_) => 1,
        Party::Customer(_) => 2,
        _ => 3,
    }
}

const fn bit(kind: CommandKind) -> u64 {
    1 << (kind as u64)
}

impl<'a> Search<'a> {
    pub(super) fn of(world: &'a SmallWorld) -> Self {
        let orders = (0..=LAST_TICK).map(|tick| world.shapes.iter().map(|shape| shape.at(tick)).collect());
        let mut tried = [0; ACTORS];
        for shape in &world.shapes {
            tried[seat(&shape.actor().party)] |= bit(shape.kind);
        }
        Self {
            world,
            memory: world.memory,
            orders: orders.collect(),
            ticks: (0..=LAST_TICK).map(|at| tick(instant(at), 0, 0)).collect(),
            tried,
            actors: [ann(), bob(), customer(), Actor::system()],
        }
    }

    pub(super) fn key(&self, case: &Case, tick: u16) -> Key {
        key(case, instant(tick), self.memory)
    }

    /// Goes on until everything was tried in `most` states, or in all. `Err` with a shortest way to what
    /// breaks a law, for the first `enough` laws and commands.
    pub(super) fn run(
        &self,
        make: Make<'_>,
        most: usize,
        workers: usize,
        enough: usize,
    ) -> Result<Tally, String> {
        let mut links: Vec<Link> = Vec::new();
        let mut visited = Visited::default();
        let mut queue = VecDeque::new();
        let mut all = Tally::default();
        let mut broken: BTreeMap<String, Broken> = BTreeMap::new();
        let mut note = |found: Vec<Broken>| {
            for one in found {
                broken.entry(one.label.clone()).or_insert(one);
            }
            broken.len()
        };
        let mut found = Vec::new();
        if let Some(first) = self.begin(&mut *make(), &mut found) {
            self.sort_in(vec![first], most, &mut visited, &mut links, &mut queue);
        }
        let mut bad = note(found);
        while !queue.is_empty() && bad < enough {
            let batch: Vec<_> = queue.drain(..queue.len().min(BATCH)).collect();
            let next = AtomicUsize::new(0);
            let done: Mutex<Vec<Done>> = Mutex::default();
            std::thread::scope(|scope| {
                let work = || {
                    let mut workflow = make();
                    let mut tally = Tally::default();
                    loop {
                        let from = next.fetch_add(SHARE, Ordering::Relaxed);
                        let Some(share) = batch.get(from..(from + SHARE).min(batch.len())) else { break };
                        let (mut reached, mut broken) = (Vec::new(), Vec::new());
                        for point in share {
                            let workflow = &mut *workflow;
                            self.expand(workflow, point, &visited, &mut reached, &mut broken, &mut tally);
                        }
                        done.lock().unwrap().push((from, reached, broken));
                    }
                    tally
                };
                let others: Vec<_> = (1..workers).map(|_| scope.spawn(work)).collect();
                all.add(work());
                others.into_iter().for_each(|other| all.add(other.join().unwrap()));
            });
            drop(batch);
            let mut done = done.into_inner().unwrap();
            done.sort_by_key(|(from, ..)| *from);
            for (_, reached, found) in done {
                bad = note(found);
                self.sort_in(reached, most, &mut visited, &mut links, &mut queue);
            }
        }
        all.reached = visited.len() as u64;
        all.complete = all.states == all.reached;
        if broken.is_empty() {
            return Ok(all);
        }
        let mut broken: Vec<_> = broken.into_values().collect();
        broken.sort_by_key(|broken| broken.link);
        let told: Vec<_> = broken.iter().map(|broken| self.tell(make, &links, broken)).collect();
        Err(told.join("\n\n"))
    }

    /// Keeps what is new: the first `most` states to go on from, of the others only that there are such.
    fn sort_in(
        &self,
        reached: Vec<Reached>,
        most: usize,
        visited: &mut Visited,
        links: &mut Vec<Link>,
        queue: &mut VecDeque<Point>,
    ) {
        for new in reached {
            if visited.insert(new.key) && links.len() < most {
                let index = u32::try_from(links.len()).unwrap();
                links.push(new.link);
                queue.push_back(Point { case: new.case, tick: new.tick, index, depth: new.depth });
            }
        }
    }

    fn begin(&self, workflow: &mut dyn Workflow, broken: &mut Vec<Broken>) -> Option<Reached> {
        let (order, link) = (&self.world.begins, (u32::MAX, BEGIN));
        let (after, outcome) = workflow.submit(None, &order.command, &context(order, &self.world.books));
        let folds = self.folds(workflow, None, &outcome);
        let notices = notices(workflow, &outcome, &folds);
        let seen = Seen {
            order,
            id: order.id,
            book: &self.world.books[0],
            before: None,
            caught_up: None,
            legal: &[],
            outcome: &outcome,
            again: None,
            after: after.as_ref(),
            folds: &folds,
            notices: &notices,
            may_withdraw: None,
        };
        if let Err(what) = check_one(&seen) {
            broken.push(Broken { label: what.clone(), what, link });
        }
        let case = Arc::new(after?);
        Some(Reached { key: self.key(&case, 0), case, tick: 0, link, depth: 0 })
    }

    fn folds(
        &self,
        workflow: &mut dyn Workflow,
        before: Option<&Case>,
        outcome: &Result<Vec<Event>, Rejection>,
    ) -> Vec<Case> {
        let events = outcome.as_deref().unwrap_or_default();
        let mut folds: Vec<Case> = Vec::with_capacity(events.len());
        for event in events {
            let last = folds.last().or(before).cloned();
            folds.extend(workflow.evolve(last, event));
        }
        folds
    }

    /// Tries everything in one state.
    fn expand(
        &self,
        workflow: &mut dyn Workflow,
        point: &Point,
        visited: &Visited,
        reached: &mut Vec<Reached>,
        broken: &mut Vec<Broken>,
        tally: &mut Tally,
    ) {
        tally.states += 1;
        tally.depth = tally.depth.max(point.depth);
        tally.stages.insert(point.case.stage);
        let mut hold = |holds: Result<(), String>, law: &str, shape: u16| {
            let Err(what) = holds else { return true };
            let what = format!("{law}{what}");
            let law = what.split(':').next().unwrap_or_default();
            broken.push(Broken { label: format!("{law}, {shape}"), what, link: (point.index, shape) });
            false
        };
        let mut keep = |case: Arc<Case>, tick: u16, shape: u16| {
            let key = self.key(&case, tick);
            if !visited.contains(&key) {
                let link = (point.index, shape);
                reached.push(Reached { key, case, tick, link, depth: point.depth + 1 });
            }
        };
        let books = &self.world.books;
        let order = &self.ticks[usize::from(point.tick)];
        let (caught_up, ticked) = workflow.step(&point.case, &order.command, &context(order, books));
        let possible = self.actors.each_ref().map(|actor| caught_up.legal_commands(actor, order.now));
        let others = self.looked_at(workflow, point, &caught_up, &ticked);
        let mut accepted = [0; ACTORS];
        let dynamic: Vec<Option<Order>> =
            self.world.shapes.iter().map(|shape| shape.on(&caught_up, point.tick)).collect();
        let fixed = &self.orders[usize::from(point.tick)];
        let shapes = fixed
            .iter()
            .zip(&dynamic)
            .zip(0..)
            .filter_map(|((fixed, on), n)| Some((fixed.as_ref().or(on.as_ref())?, n)));
        for (order, shape) in std::iter::once((order, TICKED)).chain(shapes) {
            tally.transitions += 1;
            let id = next_id(&point.case);
            let around = Context { command: id, ..context(order, books) };
            let (after, outcome) = if shape == TICKED {
                (caught_up.clone(), ticked.clone())
            } else {
                workflow.step(&point.case, &order.command, &around)
            };
            // Every fourth decision is made twice.
            let twice = (point.index + u32::from(shape)).is_multiple_of(4);
            let again = twice.then(|| workflow.step(&point.case, &order.command, &around).1);
            let folds = self.folds(workflow, Some(&point.case), &outcome);
            let notices = notices(workflow, &outcome, &folds);
            let seat = seat(&order.actor.party);
            let seen = Seen {
                order,
                id,
                book: &books[order.book],
                before: Some(&point.case),
                caught_up: Some(&caught_up),
                legal: &possible[seat],
                outcome: &outcome,
                again: again.as_ref(),
                after: Some(&after),
                folds: &folds,
                notices: &notices,
                may_withdraw: None,
            };
            if !hold(check_one(&seen), "", shape) {
                continue;
            }
            for other in &others {
                let (case, otherwise) = workflow.step(other, &order.command, &around);
                let one = (outcome.as_ref().map(|_| ()), Some(&*after));
                let two = (otherwise.as_ref().map(|_| ()), Some(&*case));
                hold(same_verdicts(one, two), "law 11: ", shape);
            }
            match &outcome {
                Ok(events) => {
                    accepted[seat] |= bit(order.command.kind());
                    tally.facts.extend(events.iter().map(|event| event.fact.as_str()));
                    keep(after, point.tick, shape);
                }
                Err(refused) => {
                    tally.refused += 1;
                    let which = (refused.command, discriminant(&refused.rule));
                    if tally.rules.insert(which) {
                        hold(law_10_one_sentence(refused), "law 10: ", shape);
                    }
                }
            }
        }
        for seat in 0..ACTORS {
            let tried = |kind: &&CommandKind| self.world.whole && self.tried[seat] & bit(**kind) != 0;
            for kind in possible[seat].iter().filter(tried) {
                let some = accepted[seat] & bit(*kind) != 0;
                hold(law_10_what_is_listed_is_possible(*kind, some), "law 10: ", LISTED - *kind as u16);
            }
        }
        if time_may_pass(&point.case, instant(point.tick)) {
            assert!(point.tick < LAST_TICK, "the world's clock is too short");
            tally.transitions += 1;
            keep(point.case.clone(), point.tick + 1, TIME);
        }
    }

    /// The case as it would be if somebody had looked: just now, or at every tick of the clock since
    /// something was due.
    fn looked_at(
        &self,
        workflow: &mut dyn Workflow,
        point: &Point,
        caught_up: &Arc<Case>,
        ticked: &Result<Vec<Event>, Rejection>,
    ) -> Vec<Arc<Case>> {
        if ticked.as_ref().is_ok_and(Vec::is_empty) {
            return Vec::new();
        }
        let mut others = vec![caught_up.clone()];
        let mut case = point.case.clone();
        let first = (0..point.tick).rev().take_while(|tick| instant(*tick) > point.case.updated_at);
        for tick in first.collect::<Vec<_>>().into_iter().rev().chain([point.tick]) {
            let order = &self.ticks[usize::from(tick)];
            if case.wake_up().is_some_and(|wake_up| wake_up <= order.now) {
                case = workflow.step(&case, &order.command, &context(order, &self.world.books)).0;
            }
        }
        if self.key(&case, point.tick) != self.key(caught_up, point.tick) {
            others.push(case);
        }
        others
    }

    /// What broke, and the way there, command by command with what came of it.
    fn tell(&self, make: Make<'_>, links: &[Link], broken: &Broken) -> String {
        let mut way = vec![broken.link.1];
        let mut from = broken.link.0;
        while let Some((before, shape)) = links.get(from as usize) {
            way.push(*shape);
            from = *before;
        }
        way.reverse();
        let mut lines = vec![format!("in the world {:?}: {}", self.world.name, broken.what)];
        let (mut workflow, mut case, mut tick) = (make(), None::<Arc<Case>>, 0);
        for (n, shape) in way.into_iter().enumerate() {
            let order = match shape {
                TIME => {
                    tick += 1;
                    lines.push(format!("{n:>3}. a tick of the clock, to {}", instant(tick)));
                    continue;
                }
                BEGIN => self.world.begins.clone(),
                shape if usize::from(shape) >= self.world.shapes.len() => {
                    self.ticks[usize::from(tick)].clone()
                }
                shape => {
                    let shape = &self.world.shapes[usize::from(shape)];
                    let case = case.as_ref().unwrap();
                    let ticked = &self.ticks[usize::from(tick)];
                    let around = context(ticked, &self.world.books);
                    let (caught_up, _) = workflow.step(case, &ticked.command, &around);
                    shape.at(tick).or_else(|| shape.on(&caught_up, tick)).unwrap()
                }
            };
            let name = match shape {
                BEGIN => "it begins",
                shape => {
                    self.world.shapes.get(usize::from(shape)).map_or("somebody looks", |shape| shape.name)
                }
            };
            let id = case.as_ref().map_or(order.id, |case| next_id(case));
            let around = Context { command: id, ..context(&order, &self.world.books) };
            let (after, outcome) = match &case {
                None => {
                    let (after, outcome) = workflow.submit(None, &order.command, &around);
                    (after.map(Arc::new), outcome)
                }
                Some(case) => {
                    let (after, outcome) = workflow.step(case, &order.command, &around);
                    (Some(after), outcome)
                }
            };
            case = after;
            let came = match outcome {
                Ok(events) => {
                    events.iter().map(|event| event.fact.to_string()).collect::<Vec<_>>().join("; ")
                }
                Err(refused) => format!("refused: {refused}"),
            };
            lines.push(format!("{n:>3}. {name}: {came}"));
        }
        lines.join("\n")
    }
}

/// A command's id: no two commands of one way to a state have the same.
pub(super) fn next_id(case: &Case) -> CommandId {
    CommandId::from_uuid(uuid::Uuid::from_u128(u128::from(case.version) + 1))
}

fn notices(
    workflow: &mut dyn Workflow,
    outcome: &Result<Vec<Event>, Rejection>,
    folds: &[Case],
) -> Vec<Vec<talkback::Notice>> {
    let events = outcome.as_deref().unwrap_or_default();
    events.iter().zip(folds).map(|(event, case)| workflow.owed(case, event)).collect()
}
