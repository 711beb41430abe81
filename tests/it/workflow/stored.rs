//! The laws over random lives that go through the desk into the memory backend and are read back from
//! there after every command.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use pollster::block_on;
use talkback::backend::{Backend, Claim, EventQuery, Key, Lane, Load, TextQuery};
use talkback::workflow::{Rejection, fold, texts};
use talkback::{
    Case, Command, CommandId, Context, Desk, Error, Event, ManualClock, MemoryBackend, Notice, Request,
};

use super::generate::{Move, life, lived};
use super::laws::check;
use super::policies::book;
use super::random::holds;
use super::run::{Run, Workflow, case_id, submit, tenant};

type Outcome = (Option<Case>, Result<Vec<Event>, Rejection>);

/// A workflow that stores: each command goes through the desk, and the case afterwards is the stored
/// one. A command that was carried out before is sent again all the same: the desk has to give the
/// first outcome.
struct Stored {
    backend: Arc<MemoryBackend>,
    clock: Arc<ManualClock>,
    desk: Desk,
    /// What was first sent under each id. What else a law asks under one of them is only asked.
    sent: HashMap<CommandId, Command>,
    ticked: HashMap<CommandId, Vec<Event>>,
}

impl Stored {
    fn new() -> Self {
        let backend = Arc::new(MemoryBackend::new());
        let clock = Arc::new(ManualClock::at(super::generate::start()));
        let desk = Desk::new(backend.clone(), book(), clock.clone(), tenant().clone());
        Self { backend, clock, desk, sent: HashMap::new(), ticked: HashMap::new() }
    }

    fn stored(&self) -> Option<Case> {
        block_on(self.desk.load(case_id())).unwrap().map(Arc::unwrap_or_clone)
    }

    fn ticks(&mut self, id: CommandId) -> Outcome {
        let desk = &self.desk;
        let ticked = self.ticked.entry(id).or_insert_with(|| match block_on(desk.tick(case_id())) {
            Ok(handled) => handled.events,
            Err(Error::Rejected(_)) => Vec::new(),
            Err(error) => panic!("{error}"),
        });
        let events = ticked.clone();
        (self.stored(), Ok(events))
    }
}

impl Workflow for Stored {
    fn submit(&mut self, case: Option<&Case>, command: &Command, context: &Context<'_>) -> Outcome {
        let first = self.sent.entry(context.command).or_insert_with(|| command.clone());
        if first != command {
            return submit(case, command, context);
        }
        self.clock.set(context.now);
        if *command == Command::Tick && case.is_some() {
            return self.ticks(context.command);
        }
        let mut request = Request::new(context.actor.clone(), command.clone()).with_id(context.command);
        request.occurred_at = context.occurred_at;
        match block_on(self.desk.execute(context.case, request)) {
            // A message to a case that was closed too long ago opened another one.
            Ok(handled) if handled.case.id != context.case => submit(case, command, context),
            Ok(handled) => (self.stored(), Ok(handled.events)),
            Err(Error::Rejected(rejection)) => (self.stored(), Err(*rejection)),
            Err(error) => panic!("{error}"),
        }
    }
}

fn stored(moves: &[Move]) -> (Stored, Run) {
    let mut workflow = Stored::new();
    let run = lived(&mut workflow, vec![book()], moves);
    (workflow, run)
}

#[test]
fn the_laws_hold_for_every_stored_life() {
    holds(150, life(40), |moves| check(&stored(moves).1));
}

#[test]
fn what_is_stored_is_what_was_decided() {
    holds(100, life(40), |moves| {
        let (stored, run) = stored(moves);
        let Some(case) = stored.stored() else { return Ok(()) };
        let events = history(&stored);
        if fold(&events) != Some(case.clone()) {
            return Err("the stored events do not fold to the stored case".to_owned());
        }
        if !events.iter().eq(run.events()) {
            return Err("other events are stored than were decided".to_owned());
        }
        every_word(&stored, &run)?;
        every_notice(&stored, &run)?;
        woken_in_time(&stored, &case)
    });
}

fn key() -> Key {
    Key::new(tenant().clone(), case_id())
}

fn history(stored: &Stored) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.version);
        let page = block_on(stored.backend.events(EventQuery::history(key(), after, 100))).unwrap();
        if page.items.is_empty() {
            return events;
        }
        events.extend(page.items.into_iter().map(|item| item.event.unwrap()));
    }
}

/// The words of every command that was carried out are stored under their ids.
fn every_word(stored: &Stored, run: &Run) -> Result<(), String> {
    for step in run.steps.iter().filter(|step| !step.events().is_empty()) {
        let about = &step.after.as_ref().unwrap().head.customer;
        let brought = texts(&step.order.command, step.order.id, about, about);
        if brought.is_empty() {
            continue;
        }
        let ids = brought.iter().map(|text| text.id).collect();
        let found = block_on(stored.backend.texts(TextQuery::new(tenant().clone(), ids))).unwrap();
        if !found.iter().flatten().eq(&brought) {
            return Err(format!("words of {:?} are not stored", step.order.command.kind()));
        }
    }
    Ok(())
}

/// The notices that wait are those that the events call for, in their order.
fn every_notice(stored: &Stored, run: &Run) -> Result<(), String> {
    let owed: Vec<Notice> =
        run.steps.iter().flat_map(|step| step.notices.iter().flatten().cloned()).collect();
    let now = super::generate::start() + TimeDelta::days(4_000);
    let mut waiting = Vec::new();
    loop {
        let claim = Claim::work(tenant().clone(), Lane::Notices, now, TimeDelta::days(1), 100);
        let claimed = block_on(stored.backend.claim(claim)).unwrap().into_notices();
        if claimed.is_empty() {
            break;
        }
        for item in claimed {
            let end = talkback::backend::NoticeEnd::Done;
            let done = talkback::backend::Settlement::notice(tenant().clone(), item.id, item.lease, end, now);
            block_on(stored.backend.settle(done)).unwrap();
            waiting.push(item.notice.unwrap());
        }
    }
    waiting.retain(|notice| notice.id.case == case_id());
    waiting.sort_by_key(|notice| notice.id);
    if waiting == owed { Ok(()) } else { Err(format!("{waiting:#?} are stored, {owed:#?} are owed")) }
}

/// An open case is found by the worker's claim at its wake-up, and not a moment earlier.
fn woken_in_time(stored: &Stored, case: &Case) -> Result<(), String> {
    let loaded = block_on(stored.backend.load(Load::new(key()))).unwrap().record.unwrap();
    if loaded.wake_up() != case.wake_up() {
        return Err("the record wakes up at another time than the case".to_owned());
    }
    let due = |now| {
        let claim = Claim::work(tenant().clone(), Lane::Wakes, now, TimeDelta::minutes(1), 10);
        // A message after the window may have opened another case, which has a wake-up of its own.
        let wakes = block_on(stored.backend.claim(claim)).unwrap().into_wakes();
        wakes.iter().filter(|wake| wake.key == key()).count()
    };
    let Some(wake_up) = case.wake_up() else {
        return if due(super::generate::start() + TimeDelta::days(4_000)) == 0 {
            Ok(())
        } else {
            Err("a closed case is woken up".to_owned())
        };
    };
    match (due(wake_up - TimeDelta::microseconds(1)), due(wake_up)) {
        (0, 1) => Ok(()),
        found => Err(format!("before its wake-up and at it, the claim finds {found:?}")),
    }
}
