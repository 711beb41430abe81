//! What a command costs: the pure step alone, the desk over the memory backend, and beside them in the
//! same rounds a hand-written floor that keeps the same facts without any rule.
//!
//! `cargo bench --bench lifecycle` (`ROUNDS=15` for more rounds). A life is seven commands: open,
//! acknowledge, customer wrote, reply, resolve, follow up, close; 200 cases are in flight, and command
//! k is given to all of them before command k + 1, so that no command finds its case still warm.
//! Figures are medians over the rounds with their extremes; on a busy machine only the ratios mean much.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing)]

#[path = "backends/floor_memory.rs"]
mod floor_memory;
#[path = "backends/life.rs"]
mod life;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use talkback::workflow::{CustomerWrote, Open, evolve, step};
use talkback::{
    Actor, CaseId, Channel, Command, CommandId, Context, Feedback, MemoryBackend, Outbound, ReplyPath,
    Request,
};

use self::floor_memory::{Floor, words};
use self::life::{Life, STEPS};

const CASES: usize = 200;

fn main() {
    let rounds = std::env::var("ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(9);
    let world = World::new();
    let (mut pure, mut folded, mut desk, mut floor) = (vec![], vec![], vec![], vec![]);
    for round in 0..=rounds {
        let measured = [world.pure(), world.folding(), world.desk(round), world.floor(round)];
        if round > 0 {
            // The first round warms up.
            pure.push(measured[0]);
            folded.push(measured[1]);
            desk.push(measured[2]);
            floor.push(measured[3]);
        }
    }
    println!("{rounds} rounds of {CASES} cases, {STEPS} commands each; per command");
    row("decide and the case after it (step)", &pure, |m| m.mean);
    row("folding its events again (evolve)", &folded, |m| m.mean);
    row("desk over memory, median", &desk, |m| m.median);
    row("desk over memory, mean", &desk, |m| m.mean);
    row("hand-written floor, median", &floor, |m| m.median);
    row("hand-written floor, mean", &floor, |m| m.mean);
    ratio("desk / floor, medians", &desk, &floor, |m| m.median);
    ratio("desk / floor, means", &desk, &floor, |m| m.mean);
    let second = |m: &Measured| 1e9 / m.mean;
    let mut rates: Vec<_> = desk.iter().map(second).collect();
    rates.sort_by(f64::total_cmp);
    println!("desk over memory: {:.0} commands a second on one core", rates[rates.len() / 2]);
    messages(&world);
    memory(&world);
}

#[derive(Clone, Copy)]
struct Measured {
    median: f64,
    mean: f64,
}

fn measured(mut times: Vec<Duration>) -> Measured {
    times.sort();
    let sum: Duration = times.iter().sum();
    Measured {
        median: times[times.len() / 2].as_nanos() as f64,
        mean: sum.as_nanos() as f64 / times.len() as f64,
    }
}

fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[0], values[values.len() - 1])
}

fn row(name: &str, rounds: &[Measured], of: impl Fn(&Measured) -> f64) {
    let (median, min, max) = spread(rounds.iter().map(of).collect());
    println!("{name:<42} {median:>8.0} ns [{min:.0} .. {max:.0}]");
}

fn ratio(name: &str, a: &[Measured], b: &[Measured], of: impl Fn(&Measured) -> f64) {
    let (median, min, max) = spread(a.iter().zip(b).map(|(a, b)| of(a) / of(b)).collect());
    println!("{name:<42} {median:>8.2} x  [{min:.2} .. {max:.2}]");
}

struct World {
    life: Life,
    cases: Vec<CaseId>,
    commands: Vec<[CommandId; STEPS]>,
}

impl World {
    fn new() -> Self {
        let life = Life::new();
        let derive =
            |n: usize, k: usize| CommandId::derive(&life.tenant, &["bench", &n.to_string(), &k.to_string()]);
        Self {
            cases: (0..2 * CASES).map(|n| CaseId::derive(&life.tenant, &["bench", &n.to_string()])).collect(),
            commands: (0..CASES).map(|n| std::array::from_fn(|k| derive(n, k))).collect(),
            life,
        }
    }

    fn id(&self, n: usize) -> CaseId {
        self.cases[n]
    }

    fn command_id(&self, n: usize, k: usize) -> CommandId {
        self.commands[n][k]
    }

    /// The pure step: what `decide` does, and the case after it.
    fn pure(&self) -> Measured {
        let mut cases = vec![None::<Arc<talkback::Case>>; CASES];
        let mut times = Vec::with_capacity(CASES * STEPS);
        for k in 0..STEPS {
            let (command, actor) = self.life.command(k);
            for (n, case) in cases.iter_mut().enumerate() {
                let context = self.context(n, k, actor);
                let before = Instant::now();
                let decision = step(case.as_deref(), black_box(&command), &context).unwrap();
                times.push(before.elapsed());
                *case = Some(black_box(decision).case);
            }
        }
        measured(times)
    }

    /// Folding the events of one decision, as a reader of the ledger does.
    fn folding(&self) -> Measured {
        let mut cases = vec![None; CASES];
        let mut times = Vec::with_capacity(CASES * STEPS);
        for k in 0..STEPS {
            let (command, actor) = self.life.command(k);
            for (n, case) in cases.iter_mut().enumerate() {
                let events = step(case.as_ref(), &command, &self.context(n, k, actor)).unwrap().events;
                let held = case.take();
                let before = Instant::now();
                let after = events.iter().fold(held, evolve);
                times.push(before.elapsed());
                *case = black_box(after);
            }
        }
        measured(times)
    }

    fn context<'a>(&'a self, n: usize, k: usize, actor: &'a Actor) -> Context<'a> {
        Context {
            tenant: &self.life.tenant,
            case: self.id(n),
            now: self.life.at(k),
            occurred_at: None,
            actor,
            command: self.command_id(n, k),
            policies: &self.life.policies,
        }
    }

    fn desk(&self, round: usize) -> Measured {
        let (desk, clock) = self.life.desk(Arc::new(MemoryBackend::new()));
        let mut times = Vec::with_capacity(CASES * STEPS);
        for k in 0..STEPS {
            clock.set(self.life.at(k));
            let (command, actor) = self.life.command(k);
            for n in 0..CASES {
                let request = Request::new(actor.clone(), command.clone()).with_id(self.command_id(n, k));
                let id = self.id(n + round % CASES);
                let before = Instant::now();
                let handled = pollster::block_on(desk.execute(id, request)).unwrap();
                times.push(before.elapsed());
                black_box(handled);
            }
        }
        measured(times)
    }

    fn floor(&self, round: usize) -> Measured {
        let mut floor = Floor::default();
        let mut times = Vec::with_capacity(CASES * STEPS);
        for k in 0..STEPS {
            let (command, _) = self.life.command(k);
            for n in 0..CASES {
                let (id, command_id, at) =
                    (self.id(n + round % CASES), self.command_id(n, k), self.life.at(k));
                let body = words(&command).to_owned();
                let before = Instant::now();
                floor.carry_out(&self.life.calendar, id, command_id, k, at, body);
                times.push(before.elapsed());
            }
        }
        black_box(&floor);
        measured(times)
    }
}

/// The step on a long conversation beside the step on a short one.
fn messages(world: &World) {
    let grown = |count: usize| {
        let mut case = None;
        for k in 0..2 {
            let (command, actor) = world.life.command(k);
            case = Some(step(case.as_deref(), &command, &world.context(0, k, actor)).unwrap().case);
        }
        for n in 0..count {
            let (command, actor) = world.life.command(2 + n % 2);
            // Brought by the application itself: nothing waits to be sent.
            let command = match command {
                Command::Reply(message) => Command::Reply(message.delivered()),
                other => other,
            };
            let id = CommandId::derive(&world.life.tenant, &["grown", &n.to_string()]);
            let context = Context { command: id, ..world.context(0, 3, actor) };
            case = Some(step(case.as_deref(), &command, &context).unwrap().case);
        }
        case.unwrap()
    };
    let (short, long) = (grown(4), grown(10_000));
    let (command, actor) = world.life.command(2);
    let context = world.context(0, 4, actor);
    let time = |case| {
        let before = Instant::now();
        for _ in 0..2_000 {
            black_box(step(Some(black_box(case)), &command, &context).unwrap());
        }
        before.elapsed().as_nanos() as f64 / 2_000.0
    };
    let ratios = (0..9).map(|_| time(&long) / time(&short)).collect();
    let (median, min, max) = spread(ratios);
    println!("{:<42} {median:>8.2} x  [{min:.2} .. {max:.2}]", "step at 10,000 messages / at 4");
    let bytes = |case| serde_json::to_string(case).unwrap().len();
    println!("stored case as JSON: {} bytes at 4 messages, {} at 10,000", bytes(&short), bytes(&long));
}

/// What an open case costs in memory: 100,000 of them, four events and 556 bytes of text each.
fn memory(world: &World) {
    let resident = || -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let Some(before) = resident() else { return };
    const OPEN: usize = 100_000;
    let (desk, _) = world.life.desk(Arc::new(MemoryBackend::new()));
    let text = "x".repeat(139);
    let path = ReplyPath::InThread;
    for n in 0..OPEN {
        let id = CaseId::derive(&world.life.tenant, &["memory", &n.to_string()]);
        let feedback = Feedback::complaint(Channel::Chat, text.clone());
        let give = |k: usize, actor: &Actor, command: Command| {
            let request = Request::new(actor.clone(), command)
                .with_id(CommandId::derive(&world.life.tenant, &[&n.to_string(), &k.to_string()]));
            pollster::block_on(desk.execute(id, request)).unwrap();
        };
        give(0, &world.life.customer, Open::new(feedback).into());
        give(
            1,
            &world.life.staff,
            Command::Acknowledge(Outbound::new(text.clone(), path.clone()).delivered()),
        );
        give(2, &world.life.customer, CustomerWrote::new(text.clone()).into());
        give(3, &world.life.staff, Command::Reply(Outbound::new(text.clone(), path.clone()).delivered()));
    }
    let grown = resident().unwrap_or(before).saturating_sub(before);
    println!(
        "memory backend: {} bytes resident for each of {OPEN} open cases (556 of text)",
        grown * 1024 / OPEN as u64
    );
    black_box(desk);
}
