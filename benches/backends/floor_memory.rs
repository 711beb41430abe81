//! By hand, in memory.
//!
//! What [`Floor`] does: it keeps the same facts as the memory backend under a desk (case, deadlines by
//! the calendar, wake-up in order, events, words, notices, the feed, the command's id with a digest of its
//! words), in place. What it does not: no rule is checked, nothing is typed, no version is compared, there
//! is one tenant and no lock, and nobody is answered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::backend::{Commit, Record, Write};
use talkback::{Case, CaseId, Command, CommandId, WorkingCalendar};

use super::store::{CLAIM, PAGE, Place, Store};

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

/// Decided cases by id, and their wake-ups in order: all that lists and claims need.
#[derive(Default)]
pub(crate) struct Shelf {
    cases: HashMap<CaseId, (Arc<Case>, u32)>,
    /// By when they are due, for lists; by when they can be had, for claims.
    due: BTreeSet<(DateTime<Utc>, CaseId)>,
    ready: BTreeSet<(DateTime<Utc>, CaseId)>,
}

impl Store for Shelf {
    fn put(&mut self, writes: &[Write]) {
        for write in writes {
            let Record::Case(case) = &write.record else { continue };
            if let Some(at) = case.wake_up() {
                self.due.insert((at, case.id));
                self.ready.insert((at, case.id));
            }
            self.cases.insert(case.id, (case.clone(), 0));
        }
    }

    fn load(&mut self, id: CaseId) {
        std::hint::black_box(self.cases.get(&id).map(|(case, _)| case.clone()));
    }

    fn list(&mut self, behind: Option<Place>) -> Option<Place> {
        let from = behind.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let places = self.due.range((from, std::ops::Bound::Unbounded)).take(PAGE);
        let page: Vec<_> = places.map(|place| (*place, self.cases[&place.1].0.clone())).collect();
        std::hint::black_box(&page).last().map(|(place, _)| *place)
    }

    fn claim(&mut self, now: DateTime<Utc>, until: DateTime<Utc>) -> Vec<CaseId> {
        let mut taken = Vec::with_capacity(CLAIM);
        while taken.len() < CLAIM && self.ready.first().is_some_and(|(at, _)| *at <= now) {
            taken.extend(self.ready.pop_first().map(|(_, id)| id));
        }
        for id in &taken {
            self.ready.insert((until, *id));
            self.cases.entry(*id).and_modify(|(_, attempts)| *attempts += 1);
        }
        taken
    }

    fn carry_out(&mut self, commit: &Commit, until: DateTime<Utc>) {
        let Record::Case(case) = &commit.writes[0].record else { return };
        let entry = self.cases.get_mut(&case.id).unwrap();
        if let Some(before) = entry.0.wake_up() {
            self.due.remove(&(before, case.id));
        }
        self.ready.remove(&(until, case.id));
        *entry = (case.clone(), 0);
        if let Some(at) = case.wake_up() {
            self.due.insert((at, case.id));
            self.ready.insert((at, case.id));
        }
    }
}
