//! Very many at once: thousands who open a case of their own, and a hundred who write to the same one. Everybody
//! is answered, the versions have no gap, and what was acknowledged is there once.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::thread;

use pollster::block_on;
use talkback::policy::PolicyBook;
use talkback::testing::audit::{self, Journal};
use talkback::workflow::Open;
use talkback::{
    Actor, Backend, CaseId, Channel, Command, CommandId, CustomerId, Desk, Error, Feedback, ManualClock,
    MemoryBackend, Policy, Request, StaffId, TenantId, WorkingCalendar,
};

type Caller = Pin<Box<dyn Future<Output = ()> + Send>>;

const WRITERS: u128 = 100;
const NOTES: u128 = 10;

/// A desk whose callers keep a journal.
struct Front {
    backend: Arc<dyn Backend>,
    desk: Desk,
    journal: Mutex<Journal>,
}

impl Front {
    fn over(backend: Arc<dyn Backend>) -> Arc<Self> {
        let clock = Arc::new(ManualClock::at("2026-11-23T09:00:00Z".parse().unwrap()));
        let office = WorkingCalendar::office("office").build().unwrap();
        let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
        let desk = Desk::new(backend.clone(), policies, clock, TenantId::single());
        Arc::new(Self { backend, desk, journal: Mutex::default() })
    }

    /// Sends a command until somebody says what became of it.
    async fn send(&self, case: u128, id: u128, by: Actor, command: Command) {
        let (case, id) = (CaseId::from_uuid(uuid::Uuid::from_u128(case)), uuid::Uuid::from_u128(id));
        let request = Request::new(by, command).with_id(CommandId::from_uuid(id));
        self.journal.lock().unwrap().sending(CommandId::from_uuid(id));
        loop {
            match self.desk.execute(case, request.clone()).await {
                Ok(_) => break,
                Err(Error::Contended { .. }) => {}
                Err(error) => assert!(error.is_retryable(), "{error:?}"),
            }
        }
        self.journal.lock().unwrap().done(CommandId::from_uuid(id));
    }

    async fn opens(&self, n: u128) {
        let by = Actor::customer(CustomerId::new("customer-17").unwrap());
        let open = Open::new(Feedback::complaint(Channel::Chat, "It leaks."));
        self.send(1 + n, 1 + n, by, open.into()).await;
    }

    async fn writes(&self, writer: u128) {
        for n in 0..NOTES {
            let by = Actor::staff(StaffId::new(format!("staff-{writer}")).unwrap());
            let id = 1_000_000 * (writer + 1) + n;
            self.send(1, id, by, Command::Note("I looked at it.".into())).await;
        }
    }

    /// Everybody is through.
    async fn is_sound(&self, records: usize, commands: usize) {
        let journal = self.journal.lock().unwrap().clone();
        let audited = audit::stored(&*self.backend, self.desk.tenant(), &journal).await.unwrap();
        assert_eq!((audited.records, audited.commands, audited.unheard), (records, commands, 0));
        // Each command is one event here, so that the ledger has as many.
        assert_eq!(audited.events, commands);
    }
}

/// What a crowd does, run by whoever knows how.
fn crowd(front: &Arc<Front>, openers: u128, run: impl Fn(Vec<Caller>)) {
    let callers = (0..openers).map(|n| {
        let front = front.clone();
        Box::pin(async move { front.opens(n).await }) as Caller
    });
    run(callers.collect());
    let callers = (0..WRITERS).map(|writer| {
        let front = front.clone();
        Box::pin(async move { front.writes(writer).await }) as Caller
    });
    run(callers.collect());
}

fn commands(openers: u128) -> usize {
    usize::try_from(openers + WRITERS * NOTES).unwrap()
}

/// A hundred threads at the most, each with its share.
fn on_threads(mut callers: Vec<Caller>) {
    let share = callers.len().div_ceil(100);
    thread::scope(|scope| {
        while !callers.is_empty() {
            let some = callers.split_off(callers.len().saturating_sub(share));
            scope.spawn(move || some.into_iter().for_each(block_on));
        }
    });
}

/// Forty notes to one case at the same time are carried out, each within the tries of one command.
async fn note_at_once(front: Arc<Front>, writer: u128) -> Result<(), Error> {
    let by = Actor::staff(StaffId::new(format!("staff-{writer}")).unwrap());
    let request = Request::new(by, Command::Note("I looked at it.".into()));
    front.desk.execute(CaseId::from_uuid(uuid::Uuid::from_u128(1)), request).await.map(drop)
}

const AT_ONCE: u128 = 40;

#[cfg(feature = "sqlite")]
#[test]
fn forty_notes_at_once_are_all_carried_out_at_a_file() {
    let scratch = crate::scratch::Scratch::new();
    let front = Front::over(Arc::new(talkback::SqliteBackend::open(scratch.file("store.db")).unwrap()));
    block_on(front.opens(0));
    thread::scope(|scope| {
        let notes: Vec<_> = (0..AT_ONCE)
            .map(|writer| {
                scope.spawn({
                    let front = front.clone();
                    move || block_on(note_at_once(front, writer))
                })
            })
            .collect();
        notes.into_iter().for_each(|note| note.join().unwrap().unwrap());
    });
}

#[cfg(feature = "postgres-deadpool")]
#[test]
fn forty_notes_at_once_are_all_carried_out_at_a_server() {
    use super::postgres::world::{at_level, runtime, world};
    let Some(world) = world() else { return };
    let runtime = runtime();
    for level in ["read committed", "repeatable read", "serializable"] {
        let backend = runtime.block_on(async {
            let (_, schema) = world.store().await;
            world.backend(super::postgres::world::pool(&at_level(&world.config, level), 16), &schema)
        });
        let front = Front::over(Arc::new(backend));
        runtime.block_on(front.opens(0));
        let notes: Vec<_> =
            (0..AT_ONCE).map(|writer| runtime.spawn(note_at_once(front.clone(), writer))).collect();
        let carried_out: Vec<_> = notes.into_iter().map(|note| runtime.block_on(note).unwrap()).collect();
        let failed: Vec<_> = carried_out.iter().filter_map(|note| note.as_ref().err()).collect();
        assert!(failed.is_empty(), "{level}: {} of {AT_ONCE} failed: {failed:?}", failed.len());
    }
}

#[test]
fn at_a_memory() {
    let front = Front::over(Arc::new(MemoryBackend::new()));
    crowd(&front, 10_000, on_threads);
    block_on(front.is_sound(10_000, commands(10_000)));
}

#[cfg(feature = "sqlite")]
#[test]
fn at_a_file() {
    let scratch = crate::scratch::Scratch::new();
    let front = Front::over(Arc::new(talkback::SqliteBackend::open(scratch.file("store.db")).unwrap()));
    crowd(&front, 10_000, on_threads);
    block_on(front.is_sound(10_000, commands(10_000)));
}

/// Two thousand cases; with TALKBACK_LONG=1 ten thousand.
#[cfg(feature = "postgres-deadpool")]
#[test]
fn at_a_server() {
    use super::postgres::world::{long, runtime, world};
    let Some(world) = world() else { return };
    let (runtime, openers) = (runtime(), if long() { 10_000 } else { 2_000 });
    let front = Front::over(Arc::new(runtime.block_on(world.store()).0));
    crowd(&front, openers, |callers| {
        let tasks: Vec<_> = callers.into_iter().map(|caller| runtime.spawn(caller)).collect();
        tasks.into_iter().for_each(|task| runtime.block_on(task).unwrap());
    });
    runtime.block_on(front.is_sound(usize::try_from(openers).unwrap(), commands(openers)));
}
