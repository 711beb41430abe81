//! Files: opened, opened again, opened twice, not ours.

use std::fs;
use std::sync::Arc;
use std::thread;

use pollster::block_on;
use talkback::backend::sqlite::*;
use talkback::backend::*;
use talkback::{Desk, Error};

use super::{by_hand, case, command, desk, feed, filled, key, list, open, tenant, write};
use crate::scratch::Scratch;

#[test]
fn what_was_committed_is_there_when_the_file_is_opened_again() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    for n in 1..4 {
        let backend = Arc::new(SqliteBackend::open(&path).unwrap());
        let desk = desk(backend.clone());
        let opened = block_on(open(&desk, n, "The kettle leaks.")).unwrap();
        assert_eq!(block_on(desk.load(case(n))).unwrap(), Some(opened));
        assert_eq!(block_on(list(&*backend)).len(), n as usize);
        let events = block_on(feed(&*backend, None));
        assert!(events.iter().all(|item| item.position.epoch() == 1 && item.event.is_ok()));
    }
}

#[test]
fn closing_leaves_one_file_and_its_mark() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    drop(filled(&path, 2));
    let mut left: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["store.db", "store.db-feed"]);
}

#[test]
fn a_new_file_may_be_opened_by_many_at_once() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    thread::scope(|scope| {
        for n in 1..9 {
            let path = &path;
            scope.spawn(move || {
                let desk = desk(Arc::new(SqliteBackend::open(path).unwrap()));
                block_on(open(&desk, n, "The kettle leaks.")).unwrap();
            });
        }
    });
    let backend = SqliteBackend::open(&path).unwrap();
    assert_eq!(block_on(list(&backend)).len(), 8);
}

/// Two backends as two processes would have them, and four threads on each: every message is in the case
/// once, and the versions have no gap.
#[test]
fn two_backends_on_one_file_lose_and_double_nothing() {
    const MESSAGES: u32 = 10;
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let threaded: Arc<dyn Backend> = filled(&path, 1);
    let options = SqliteOptions::default().with_writing(Writing::InLine);
    let in_line: Arc<dyn Backend> = Arc::new(SqliteBackend::open_with(&path, options).unwrap());
    let until_done = |desk: Desk, sender: u32| {
        for k in 0..MESSAGES {
            loop {
                match block_on(write(&desk, 1, 100 * (sender + 1) + k, "It still leaks.")) {
                    Ok(_) => break,
                    Err(Error::Contended { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }
    };
    thread::scope(|scope| {
        for sender in 0..8 {
            let backend = if sender % 2 == 0 { &threaded } else { &in_line };
            let desk = desk(backend.clone());
            scope.spawn(move || until_done(desk, sender));
        }
    });
    let history = block_on(threaded.events(EventQuery::history(key(1), 0, 1_000))).unwrap().items;
    let events: Vec<_> = history.into_iter().map(|item| item.event.unwrap()).collect();
    let versions: Vec<_> = events.iter().map(|event| event.version).collect();
    assert_eq!(versions, (1..=events.len() as u64).collect::<Vec<_>>());
    for sender in 0..8 {
        for k in 0..MESSAGES {
            let id = command(1, 100 * (sender + 1) + k);
            let wrote = events
                .iter()
                .filter(|event| event.command == Some(id) && event.fact.as_str() == "customer-wrote");
            assert_eq!(wrote.count(), 1);
        }
    }
}

#[test]
fn a_busy_file_is_unavailable_and_nothing_was_written() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    for writing in [Writing::InLine, Writing::OwnThread] {
        let options = SqliteOptions::default()
            .with_writing(writing)
            .with_busy_timeout(std::time::Duration::from_millis(1));
        let backend = Arc::new(SqliteBackend::open_with(&path, options).unwrap());
        let desk = desk(backend.clone());
        let n = if writing == Writing::InLine { 1 } else { 2 };
        let other = talkback::testing::rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        match block_on(open(&desk, n, "The kettle leaks.")) {
            Err(Error::Backend(BackendError::Unavailable { .. })) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(block_on(desk.load(case(n))).unwrap(), None, "reading goes on");
        other.execute_batch("COMMIT").unwrap();
        block_on(open(&desk, n, "The kettle leaks.")).unwrap();
    }
}

#[test]
fn a_file_of_a_later_release_is_refused_and_stays_as_it_is() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    drop(filled(&path, 1));
    by_hand(&path, "PRAGMA user_version = 99; PRAGMA journal_mode = DELETE");
    let before = fs::read(&path).unwrap();
    match SqliteBackend::open(&path) {
        Err(SqliteOpenError::NewerSchema { found: 99, known: 1 }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_of_something_else_is_refused_and_stays_as_it_is() {
    let scratch = Scratch::new();
    let text = scratch.file("letter.txt");
    fs::write(&text, "Dear customer, this is a letter and no database. ".repeat(100)).unwrap();
    let tables = scratch.file("tables.db");
    by_hand(&tables, "CREATE TABLE cats (name TEXT)");
    let versioned = scratch.file("versioned.db");
    by_hand(&versioned, "CREATE TABLE cats (name TEXT); PRAGMA user_version = 1");
    for path in [text, tables, versioned] {
        let before = fs::read(&path).unwrap();
        match SqliteBackend::open(&path) {
            Err(SqliteOpenError::Foreign) => {}
            other => panic!("{}: {other:?}", path.display()),
        }
        assert_eq!(fs::read(&path).unwrap(), before, "{}", path.display());
    }
}

#[test]
fn a_directory_that_is_not_there_is_an_error() {
    let scratch = Scratch::new();
    match SqliteBackend::open(scratch.file("nowhere/store.db")) {
        Err(SqliteOpenError::Failed { .. }) => {}
        other => panic!("{other:?}"),
    }
}

/// A path that looks like a URI is a path.
#[test]
fn a_path_is_taken_as_it_is() {
    let scratch = Scratch::new();
    let path = scratch.file("file:odd?mode=memory.db");
    drop(filled(&path, 1));
    assert!(path.is_file());
    assert_eq!(SqliteBackend::open(&path).unwrap().path(), Some(&*path));
}

#[test]
fn an_unknown_tenant_has_nothing_and_gets_no_row() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = filled(&path, 1);
    let nobody = talkback::TenantId::new("nobody").unwrap();
    let load = Load::new(Key::new(nobody.clone(), case(1))).with_command(command(1, 0));
    assert_eq!(block_on(backend.load(load)).unwrap(), Loaded { record: None, outcome: None });
    let erasure = Erasure::new(nobody, ErasureScope::Record(case(1).into()), super::monday());
    assert_eq!(block_on(backend.erase(erasure)).unwrap(), Erased::default());
    let file = talkback::testing::rusqlite::Connection::open(&path).unwrap();
    let tenants: u32 = file.query_row("SELECT count(*) FROM tenants", [], |row| row.get(0)).unwrap();
    assert_eq!(tenants, 1);
    assert_eq!(tenant().as_str(), "single");
}
