//! Backups that are made while the store is in use.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use pollster::block_on;
use talkback::backend::sqlite::{Journal as Kind, SqliteBackend, SqliteOptions};
use talkback::backend::*;
use talkback::testing::audit::{self, Journal};
use talkback::testing::rusqlite::Connection;

use super::{command, desk, feed, filled, list, open, tenant};
use crate::scratch::Scratch;

/// Four threads write meanwhile. What was acknowledged before the backup began is in it, every commit is there as a
/// whole or not at all, and the store goes on.
#[test]
fn a_backup_of_a_store_in_use_is_whole() {
    let scratch = Scratch::new();
    for kind in [Kind::WriteAheadLog, Kind::Rollback] {
        let path = scratch.file(&format!("{kind:?}.db"));
        let options = SqliteOptions::default().with_journal(kind);
        let backend = Arc::new(SqliteBackend::open_with(&path, options.clone()).unwrap());
        let desk = desk(backend.clone());
        for n in 1..=20 {
            block_on(open(&desk, n, "The kettle leaks.")).unwrap();
        }
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for writer in 1..=4 {
                let (desk, over) = (desk.clone(), &over);
                scope.spawn(move || {
                    let mut n = 1_000 * writer;
                    while !over.load(Ordering::Relaxed) {
                        block_on(open(&desk, n, "It leaks as well.")).unwrap();
                        n += 1;
                    }
                });
            }
            for n in 0..5 {
                backend.backup(scratch.file(&format!("{kind:?}-{n}.db"))).unwrap();
            }
            over.store(true, Ordering::Relaxed);
        });
        for n in 0..5 {
            let copy = scratch.file(&format!("{kind:?}-{n}.db"));
            let sound: String = Connection::open(&copy)
                .unwrap()
                .query_row("PRAGMA integrity_check", [], |row| row.get(0))
                .unwrap();
            assert_eq!(sound, "ok");
            let restored = SqliteBackend::open_with(&copy, options.clone()).unwrap();
            let mut journal = Journal::default();
            (1..=20).for_each(|n| journal.sending(command(n, 0)));
            (1..=20).for_each(|n| journal.done(command(n, 0)));
            // What the others wrote meanwhile may be there.
            (1..=4)
                .for_each(|writer| (0..1_000).for_each(|n| journal.sending(command(1_000 * writer + n, 0))));
            let audited = block_on(audit::stored(&restored, &tenant(), &journal)).unwrap();
            assert!(audited.records >= 20, "{audited:?}");
        }
    }
}

/// It may be a second life of the store, so that no position of the first one is used again.
#[test]
fn a_backup_begins_a_new_epoch() {
    let scratch = Scratch::new();
    let (path, copy) = (scratch.file("store.db"), scratch.file("copy.db"));
    let backend = filled(&path, 2);
    let last = block_on(feed(&*backend, None)).last().unwrap().position;
    backend.backup(&copy).unwrap();
    let restored = Arc::new(SqliteBackend::open(&copy).unwrap());
    block_on(open(&desk(restored.clone()), 3, "The kettle leaks.")).unwrap();
    let after = block_on(feed(&*restored, Some(last)));
    assert!(!after.is_empty() && after.iter().all(|item| item.position.epoch() > last.epoch()));
}

#[test]
fn a_store_in_memory_has_backups_too() {
    let scratch = Scratch::new();
    let copy = scratch.file("copy.db");
    let backend = Arc::new(SqliteBackend::open_in_memory().unwrap());
    block_on(open(&desk(backend.clone()), 1, "The kettle leaks.")).unwrap();
    backend.backup(&copy).unwrap();
    assert_eq!(block_on(list(&SqliteBackend::open(&copy).unwrap())).len(), 1);
}

#[test]
fn a_backup_replaces_no_file_and_leaves_none_behind() {
    let scratch = Scratch::new();
    let backend = filled(&scratch.file("store.db"), 1);
    let letter = scratch.file("letter.txt");
    fs::write(&letter, "Dear customer").unwrap();
    match backend.backup(&letter) {
        Err(BackendError::Other { .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(&letter).unwrap(), b"Dear customer");
    match backend.backup(scratch.file("nowhere/copy.db")) {
        Err(BackendError::Unavailable { .. }) => {}
        other => panic!("{other:?}"),
    }
    backend.backup(scratch.file("copy.db")).unwrap();
    let names = fs::read_dir(scratch.file("")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(names.into_iter().all(|name| !name.to_str().unwrap().contains("unfinished")));
}

/// Erased words are not in a backup, wherever the file still has them.
#[test]
fn a_backup_holds_no_erased_word() {
    let scratch = Scratch::new();
    let (path, copy) = (scratch.file("store.db"), scratch.file("copy.db"));
    let backend = Arc::new(SqliteBackend::open(&path).unwrap());
    let desk = desk(backend.clone());
    block_on(open(&desk, 1, "The unmistakable kettle leaks.")).unwrap();
    block_on(desk.erase_person(super::ann())).unwrap();
    backend.backup(&copy).unwrap();
    let bytes = fs::read(&copy).unwrap();
    assert!(!bytes.windows(12).any(|window| window == b"unmistakable"));
}
