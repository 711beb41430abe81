//! The backend in memory: P1, P18, and its part of the scaling.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use talkback::workflow::{CustomerWrote, Open};
use talkback::{Actor, Channel, Command, Feedback, MemoryBackend, Outbound, ReplyPath, Request};

use super::Asked;
use super::bytes::left_by;
use super::floor_memory::{Floor, words};
use super::life::{Life, STEPS};
use super::measure::{Took, pairs};
use super::night;
use super::scaling;
use super::shelf::Shelf;
use super::store::Ours;
use super::workload::{batch, case_id, command_id};

const CASES: u64 = 200;

pub(crate) fn run(asked: &Asked, life: &Life) {
    if asked.wants("memory p1") {
        let pairs = pairs(
            |round| {
                let backend = Arc::new(MemoryBackend::new());
                Took::each(pollster::block_on(life.live(backend, batch(round, CASES), false)))
            },
            |round| Took::each(by_hand(life, round)),
        );
        pairs.print_medians("memory p1");
        pairs.print("memory p1-mean", CASES as usize * STEPS);
    }
    if asked.wants("memory p18") {
        bytes(life);
    }
    night::run(asked, "memory", || (Arc::new(MemoryBackend::new()), ()));
    let make = || {
        let ours = Ours::anywhere(Arc::new(MemoryBackend::new()), life.tenant.clone());
        (ours, Shelf::default())
    };
    scaling::run(asked, life, "memory", make);
}

fn by_hand(life: &Life, round: usize) -> Vec<Duration> {
    let mut floor = Floor::default();
    let mut times = Vec::with_capacity(CASES as usize * STEPS);
    for k in 0..STEPS {
        let (command, _) = life.command(k);
        for n in batch(round, CASES) {
            let body = words(&command).to_owned();
            let (id, command) = (case_id(n), command_id(n, k));
            let before = Instant::now();
            floor.carry_out(&life.calendar, id, command, k, life.at(k), body);
            times.push(before.elapsed());
        }
    }
    black_box(floor);
    times
}

/// What an open case costs: four events and 556 bytes of words each.
fn bytes(life: &Life) {
    const OPEN: u64 = 50_000;
    let text = "x".repeat(139);
    let say = || Outbound::new(text.clone(), ReplyPath::InThread).delivered();
    let (left, desk) = left_by(|| {
        let (desk, _) = life.desk(Arc::new(MemoryBackend::new()));
        for n in 0..OPEN {
            let give = |k: usize, actor: &Actor, command: Command| {
                let request = Request::new(actor.clone(), command).with_id(command_id(n, k));
                pollster::block_on(desk.execute(case_id(n), request)).unwrap();
            };
            let feedback = Feedback::complaint(Channel::Chat, text.clone());
            give(0, &life.customer, Open::new(feedback).into());
            give(1, &life.staff, Command::Acknowledge(say()));
            give(2, &life.customer, CustomerWrote::new(text.clone()).into());
            give(3, &life.staff, Command::Reply(say()));
        }
        desk
    });
    println!("count memory p18-live-bytes-per-open-case {}", left / OPEN as usize);
    println!("ratio memory p18 {:.2} of the 556 bytes of words", left as f64 / (OPEN as f64 * 556.0));
    black_box(desk);
}
