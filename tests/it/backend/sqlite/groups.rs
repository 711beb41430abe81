//! Commits that wait for each other and are committed together.

use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use pollster::block_on;
use talkback::backend::sqlite::*;
use talkback::backend::*;
use talkback::testing::rusqlite::Connection;
use talkback::{Case, Error, MemoryBackend};

use super::{by_hand, case, command, desk, feed, key, list, open, tenant, write};
use crate::scratch::Scratch;

type Call<'a> = Pin<Box<dyn Future<Output = Result<Arc<Case>, Error>> + Send + 'a>>;

/// A file whose log is never copied back, so that its commits can be counted.
fn counted(path: &Path) -> Arc<SqliteBackend> {
    Arc::new(SqliteBackend::open_with(path, SqliteOptions::default().with_wal_autocheckpoint(0)).unwrap())
}

/// How many transactions the log has: each ends with a frame that says how long the file is then.
fn transactions(path: &Path) -> usize {
    let log = fs::read(format!("{}-wal", path.display())).unwrap();
    let salt = &log[16..24];
    let frames = log[32..].chunks(24 + 4096);
    let valid = frames.take_while(|frame| frame.len() > 24 && &frame[8..16] == salt);
    valid.filter(|frame| frame[4..8] != [0; 4]).count()
}

/// Begins all calls while the file is held by somebody else, so that they wait together, and gives their
/// answers in order.
fn all_at_once(path: &Path, mut calls: Vec<Call<'_>>) -> Vec<Result<Arc<Case>, Error>> {
    let holder = Connection::open(path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    for call in &mut calls {
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    holder.execute_batch("COMMIT").unwrap();
    calls.into_iter().map(block_on).collect()
}

/// What brought a case from that version to where it stands there, as one commit of its `k`th command.
fn commit_of(there: &MemoryBackend, n: u32, version: u64, k: u32) -> Commit {
    let record = block_on(there.load(Load::new(key(n)))).unwrap().record.unwrap();
    let history = block_on(there.events(EventQuery::history(key(n), version, 100))).unwrap();
    let events = history.items.into_iter().map(|item| item.event.unwrap()).collect();
    let stamp = CommandStamp { id: command(n, k), fingerprint: 7 };
    Commit::new(tenant(), super::monday(), vec![Write::new(record, version, events)]).with_command(stamp)
}

#[test]
fn those_that_wait_share_a_transaction() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = counted(&path);
    let desk = desk(backend.clone());
    let before = transactions(&path);
    let calls = (1..=64).map(|n| Box::pin(open(&desk, n, "The kettle leaks.")) as Call<'_>).collect();
    for (answer, n) in all_at_once(&path, calls).into_iter().zip(1..) {
        assert_eq!(answer.unwrap().id, case(n));
    }
    // The first was taken alone, perhaps with some that were quick; all the others together.
    let shared = transactions(&path) - before;
    assert!((1..=2).contains(&shared), "{shared} transactions for 64 commits");
    assert_eq!(block_on(list(&*backend)).len(), 64);
}

#[test]
fn a_conflict_takes_nobody_else_along() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = counted(&path);
    let desk = desk(backend.clone());
    block_on(open(&desk, 1, "The kettle leaks.")).unwrap();
    let version = block_on(desk.load(case(1))).unwrap().unwrap().version;
    // Eight decided on the same version of one case, between others that open cases of their own. The
    // desk would try again, so that this goes to the backend itself.
    let commits: Vec<Commit> = (0..16_u32)
        .map(|n| {
            let elsewhere = Arc::new(MemoryBackend::new());
            let there = super::desk(elsewhere.clone());
            if n % 2 == 1 {
                block_on(open(&there, 100 + n, "The kettle leaks.")).unwrap();
                return commit_of(&elsewhere, 100 + n, 0, 0);
            }
            block_on(open(&there, 1, "The kettle leaks.")).unwrap();
            block_on(write(&there, 1, 100 + n, "It still leaks.")).unwrap();
            commit_of(&elsewhere, 1, version, 100 + n)
        })
        .collect();
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut calls: Vec<_> = commits.iter().map(|commit| backend.commit(commit.clone())).collect();
    for call in &mut calls {
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    holder.execute_batch("COMMIT").unwrap();
    let (mut written, mut conflicts) = (0, 0);
    for (n, call) in calls.into_iter().enumerate() {
        match block_on(call) {
            Ok(committed) => {
                assert!(committed.fresh);
                written += 1;
            }
            Err(BackendError::Conflict { key: on, expected, actual }) => {
                assert_eq!((n % 2, on, expected), (0, key(1), version));
                assert!(actual > version);
                conflicts += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((written, conflicts), (9, 7));
    // What was refused left nothing, what was not is whole.
    let feed = block_on(feed(&*backend, None));
    for commit in commits {
        let stamp = commit.command.unwrap();
        let load = Load::new(commit.writes[0].record.key()).with_command(stamp.id);
        let known = block_on(backend.load(load)).unwrap().outcome;
        let stored =
            feed.iter().filter(|item| item.event.as_ref().unwrap().command == Some(stamp.id)).count();
        let events = &commit.writes[0].events;
        let whole = events.iter().filter(|event| event.command == Some(stamp.id)).count();
        assert_eq!(stored, if known.is_some() { whole } else { 0 });
    }
}

/// Fails each commit that writes a command, at its very end.
const POISON: &str = "
    CREATE TABLE nobody (num INTEGER PRIMARY KEY);
    CREATE TABLE poison (num INTEGER REFERENCES nobody DEFERRABLE INITIALLY DEFERRED);
    CREATE TRIGGER poisoned AFTER INSERT ON commands BEGIN INSERT INTO poison VALUES (1); END";

#[test]
fn a_commit_that_fails_at_the_end_is_unknown_to_all_of_its_group() {
    for writing in [Writing::OwnThread, Writing::InLine] {
        let scratch = Scratch::new();
        let path = scratch.file("store.db");
        drop(counted(&path));
        by_hand(&path, POISON);
        let options = SqliteOptions::default().with_writing(writing);
        let backend = Arc::new(SqliteBackend::open_with(&path, options).unwrap());
        // Straight to the backend: the desk would look for its outcome and try again.
        let commit = |n: u32| {
            let elsewhere = Arc::new(MemoryBackend::new());
            block_on(open(&super::desk(elsewhere.clone()), n, "The kettle leaks.")).unwrap();
            commit_of(&elsewhere, n, 0, 0)
        };
        if writing == Writing::InLine {
            let error = block_on(backend.commit(commit(1))).unwrap_err();
            assert!(matches!(error, BackendError::Unknown { command: Some(id) } if id == command(1, 0)));
        } else {
            let holder = Connection::open(&path).unwrap();
            holder.execute_batch("BEGIN IMMEDIATE").unwrap();
            let mut calls: Vec<_> = (1..9).map(|n| backend.commit(commit(n))).collect();
            for call in &mut calls {
                assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            }
            holder.execute_batch("COMMIT").unwrap();
            for (call, n) in calls.into_iter().zip(1..) {
                match block_on(call) {
                    Err(BackendError::Unknown { command: Some(id) }) => assert_eq!(id, command(n, 0)),
                    other => panic!("{other:?}"),
                }
            }
        }
        assert!(block_on(list(&*backend)).is_empty());
        by_hand(&path, "DROP TRIGGER poisoned");
        block_on(open(&desk(backend.clone()), 1, "The kettle leaks.")).unwrap();
        assert_eq!(block_on(list(&*backend)).len(), 1);
    }
}

/// Dropped at every poll, and before the first: what was sent is written whole or not at all, and nothing
/// stands in the way of what comes later.
#[test]
fn calls_that_are_dropped_leave_a_sound_store() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = counted(&path);
    let desk = desk(backend.clone());
    for n in 1..=200 {
        let mut call = Box::pin(open(&desk, n, "The kettle leaks."));
        for _ in 0..n % 4 {
            if let Poll::Ready(answer) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                answer.unwrap();
                break;
            }
        }
    }
    // Behind all of them in the queue.
    block_on(open(&desk, 1_000, "The last kettle.")).unwrap();
    for n in 1..=200 {
        let load = Load::new(key(n)).with_command(command(n, 0));
        let loaded = block_on(backend.load(load)).unwrap();
        assert_eq!(loaded.record.is_some(), loaded.outcome.is_some());
        let again = block_on(open(&desk, n, "The kettle leaks.")).unwrap();
        let stored = block_on(desk.load(case(n))).unwrap().unwrap();
        assert_eq!(again, stored);
        let history = block_on(backend.events(EventQuery::history(key(n), 0, 100))).unwrap().items;
        assert_eq!(history.len() as u64, stored.version);
    }
}
