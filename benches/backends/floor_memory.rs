//! By hand, in memory.
//!
//! What it does: it keeps the same facts as the memory backend under a desk (case, deadlines by
//! the calendar, wake-up in order, events, words, notices, the feed, the command's id with a digest of its
//! words), in place. What it does not: no rule is checked, nothing is typed, no version is compared, there
//! is one tenant and no lock, and nobody is answered.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use talkback::{CaseId, Command, CommandId, WorkingCalendar};

#[derive(Default)]
pub(crate) struct Floor {
    cases: HashMap<CaseId, FloorCase>,
    wakes: BTreeSet<(DateTime<Utc>, CaseId)>,
    texts: HashMap<(CommandId, u8), String>,
    commands: HashMap<CommandId, (u64, CaseId, u64)>,
    notices: BTreeMap<(DateTime<Utc>, CaseId, u64), u8>,
    feed: Vec<(CaseId, u64)>,
}

#[derive(Default)]
struct FloorCase {
    version: u64,
    stage: u8,
    wake: Option<DateTime<Utc>>,
    due: [Option<DateTime<Utc>>; 5],
    events: Vec<FloorEvent>,
}

#[expect(dead_code, reason = "kept as the ledger keeps it")]
struct FloorEvent {
    kind: u8,
    at: DateTime<Utc>,
    command: CommandId,
    due: [Option<DateTime<Utc>>; 5],
}

impl Floor {
    pub(crate) fn carry_out(
        &mut self,
        calendar: &WorkingCalendar,
        id: CaseId,
        command: CommandId,
        kind: usize,
        at: DateTime<Utc>,
        body: String,
    ) {
        if self.commands.contains_key(&command) {
            return;
        }
        let fingerprint =
            body.bytes().fold(0_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let case = self.cases.entry(id).or_default();
        let hours = |hours| calendar.add(at, TimeDelta::hours(hours)).ok();
        let days = |n| {
            let date = calendar.nth_working_day_after(calendar.local_date(at).ok()?, n).ok()?;
            calendar.end_of_day(date).ok()
        };
        match kind {
            0 => case.due = [hours(4), days(2), days(5), None, None],
            1 => case.due[0] = None,
            2 => case.due[1] = days(2),
            3 => case.due[1] = None,
            4 => case.due = [None, None, None, days(2), None],
            5 => case.due = [None, None, None, None, days(5)],
            _ => case.due = [None; 5],
        }
        case.version += 1;
        case.stage = kind as u8;
        case.events.push(FloorEvent { kind: kind as u8, at, command, due: case.due });
        if let Some(wake) = case.wake {
            self.wakes.remove(&(wake, id));
        }
        case.wake = case.due.iter().flatten().min().copied();
        if let Some(wake) = case.wake {
            self.wakes.insert((wake, id));
        }
        if matches!(kind, 1 | 3 | 4 | 5) {
            self.notices.insert((at, id, case.version), 0);
        }
        self.feed.push((id, case.version));
        self.commands.insert(command, (fingerprint, id, case.version));
        self.texts.insert((command, 1), body);
    }
}

/// The words that a command of the workload brings.
pub(crate) fn words(command: &Command) -> &str {
    match command {
        Command::Open(open) => open.feedback.body.as_ref().unwrap().as_str(),
        Command::Acknowledge(m) | Command::Reply(m) | Command::FollowUp(m) => m.body.as_str(),
        Command::CustomerWrote(m) => m.body.as_str(),
        Command::Resolve(resolve) => resolve.message.as_ref().unwrap().body.as_str(),
        _ => "Done.",
    }
}
