//! The conformance suite on a file and in memory, in line and with a thread.

use std::cell::Cell;
use std::sync::Arc;

use talkback::backend::sqlite::{Journal, SqliteBackend, SqliteOptions, Synchronous, Writing};

use crate::backend::{kept, run};
use crate::scratch::Scratch;

fn on_files(options: &SqliteOptions) {
    let (scratch, made) = (Scratch::new(), Cell::new(0));
    kept(&run(|| {
        made.set(made.get() + 1);
        let path = scratch.file(&format!("{}.db", made.get()));
        Arc::new(SqliteBackend::open_with(path, options.clone()).unwrap())
    }));
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
