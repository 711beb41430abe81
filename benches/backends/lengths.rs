//! P17: a command to a case with two hundred messages against one to a case with three.

use std::sync::Arc;
use std::time::{Duration, Instant};

use talkback::backend::Backend;
use talkback::workflow::CustomerWrote;
use talkback::{CaseId, Command, Desk, Outbound, ReplyPath, Request};
use tokio::runtime::Runtime;

use super::life::Life;
use super::measure::{Took, pairs};
use super::workload::{case_id, command_id};

/// Cases of each length.
const CASES: u64 = 20;
const SHORT: usize = 3;
const LONG: usize = 200;

pub(crate) fn run<B: Backend>(life: &Life, store: &str, backend: &Arc<B>, runtime: Option<&Runtime>) {
    let (desk, _) = life.desk(backend.clone());
    let grown = |from: u64, messages: usize| -> Vec<CaseId> {
        (from..from + CASES)
            .map(|n| {
                block_on(runtime, grow(life, &desk, n, messages));
                case_id(n)
            })
            .collect()
    };
    let (long, short) = (grown(0, LONG), grown(CASES, SHORT));
    let written = |cases: &[CaseId]| Took::each(block_on(runtime, write_to(life, &desk, cases)));
    pairs(|_| written(&long), |_| written(&short)).print_growth(&format!("{store} p17-200-messages"));
}

/// A case with so many messages, by turns from both sides.
async fn grow(life: &Life, desk: &Desk, n: u64, messages: usize) {
    let (open, customer) = life.command(0);
    let open = Request::new(customer.clone(), open).with_id(command_id(n, 0));
    desk.execute(case_id(n), open).await.unwrap();
    for m in 1..messages {
        let text = format!("Message {m}: the kettle leaks at the spout and the second one does too.");
        let request = if m.is_multiple_of(2) {
            Request::new(customer.clone(), CustomerWrote::new(text))
        } else {
            let said = Outbound::new(text, ReplyPath::InThread).delivered();
            Request::new(life.staff.clone(), Command::Reply(said))
        };
        desk.execute(case_id(n), request).await.unwrap();
    }
}

async fn write_to(life: &Life, desk: &Desk, cases: &[CaseId]) -> Vec<Duration> {
    let mut times = Vec::with_capacity(cases.len());
    for case in cases {
        let message = CustomerWrote::new("And it still does, on a day like this.");
        let request = Request::new(life.customer.clone(), message);
        let before = Instant::now();
        desk.execute(*case, request).await.unwrap();
        times.push(before.elapsed());
    }
    times
}

fn block_on<F: Future>(runtime: Option<&Runtime>, future: F) -> F::Output {
    match runtime {
        Some(runtime) => runtime.block_on(future),
        None => pollster::block_on(future),
    }
}
