//! The conformance suite on a file and in memory, in line and with a thread.

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;

use pollster::block_on;
use talkback::backend::sqlite::{Journal, SqliteBackend, SqliteOptions, Synchronous, Writing};
use talkback::backend::{Key, RecordId};
use talkback::testing::conformance::{self, Damage, Fresh};
use talkback::{Backend, NoticeId};

use super::by_hand;
use crate::backend::{kept, run};
use crate::scratch::Scratch;

fn on_files(options: &SqliteOptions) {
    let (scratch, made) = (Scratch::new(), Cell::new(0));
    let report = block_on(conformance::run_all(async || {
        made.set(made.get() + 1);
        let path = scratch.file(&format!("{}.db", made.get()));
        let open = {
            let (path, options) = (path.clone(), options.clone());
            move || Arc::new(SqliteBackend::open_with(&path, options.clone()).unwrap()) as Arc<dyn Backend>
        };
        Fresh::new(open()).reopened_by(async move || open()).damaged_by(move |item| {
            damage(&path, &item);
            std::future::ready(())
        })
    }));
    kept(&report);
    assert!(report.untried.is_empty(), "{report}");
}

fn damage(path: &Path, item: &Damage) {
    let id = |key: &Key| match key.id {
        RecordId::Case(case) => format!("X'{}'", case.uuid().simple()),
        other => panic!("{other:?}"),
    };
    let record = |key| format!("(SELECT num FROM records WHERE id = {})", id(key));
    let (table, row) = match item {
        Damage::Record(key) => ("records", format!("id = {}", id(key))),
        Damage::Event(key, version) => {
            ("events", format!("record = {} AND version = {version}", record(key)))
        }
        Damage::Notice(key, NoticeId { version, n, .. }) => {
            ("notices", format!("record = {} AND version = {version} AND n = {n}", record(key)))
        }
    };
    by_hand(path, &format!("UPDATE {table} SET body = 'oops' WHERE {row}"));
}

#[test]
fn a_file_with_a_writing_thread_keeps_every_promise() {
    on_files(&SqliteOptions::default());
}

#[test]
fn a_file_in_line_keeps_every_promise() {
    on_files(&SqliteOptions::default().with_writing(Writing::InLine).with_synchronous(Synchronous::Normal));
}

#[test]
fn a_file_with_a_rollback_journal_keeps_every_promise() {
    on_files(&SqliteOptions::default().with_journal(Journal::Rollback).with_synchronous(Synchronous::Normal));
}

#[test]
fn memory_in_line_keeps_every_promise() {
    kept(&run(|| Arc::new(SqliteBackend::open_in_memory().unwrap())));
}

#[test]
fn memory_with_a_writing_thread_keeps_every_promise() {
    kept(&run(|| Arc::new(SqliteBackend::open_in_memory_with(SqliteOptions::default()).unwrap())));
}
