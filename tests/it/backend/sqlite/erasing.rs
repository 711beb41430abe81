//! Erased words are gone from the files, not only from the answers.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use pollster::block_on;
use talkback::backend::sqlite::*;
use talkback::backend::*;

use super::{ann, desk, filled, monday, open, tenant, write};
use crate::scratch::Scratch;

const CANARY: &str = "xq7canary7qx";

/// In which of the store's files the canary can be found.
fn found_in(path: &Path) -> Vec<String> {
    let files = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|file| {
            fs::read(file).unwrap().windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
        })
        .map(|file| file.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn erase(backend: &dyn Backend, scope: ErasureScope) -> Erased {
    block_on(backend.erase(Erasure::new(tenant(), scope, monday()))).unwrap()
}

/// Many sizes, so that words stand in the middle of pages, on pages of their own, and moved about.
fn full_of_canaries(path: &Path, options: SqliteOptions) -> Arc<SqliteBackend> {
    let backend = Arc::new(SqliteBackend::open_with(path, options).unwrap());
    let desk = desk(backend.clone());
    for n in 1..20 {
        let words = format!("{CANARY} {} {CANARY}", "leaks ".repeat(3_usize.pow(n % 9)));
        block_on(open(&desk, n, &words)).unwrap();
        for k in 1..6 {
            let words = format!("{} {CANARY}", "still ".repeat((n * k) as usize));
            block_on(write(&desk, n, k, &words)).unwrap();
        }
    }
    backend
}

#[test]
fn after_the_clean_up_no_file_has_erased_words() {
    for options in [
        SqliteOptions::default(),
        SqliteOptions::default().with_writing(Writing::InLine).with_journal(Journal::Rollback),
    ] {
        let scratch = Scratch::new();
        let path = scratch.file("store.db");
        let backend = full_of_canaries(&path, options);
        assert!(!found_in(&path).is_empty(), "the search finds what is there");
        let erased = erase(&*backend, ErasureScope::Person(ann()));
        assert!(erased.texts >= 19 * 6, "{erased:?}");
        backend.clean_up().unwrap();
        assert_eq!(found_in(&path), Vec::<String>::new());
        // It goes on being a store.
        assert_eq!(block_on(super::list(&*backend)).len(), 19);
        block_on(open(&desk(backend.clone()), 20, "The next kettle.")).unwrap();
        drop(backend);
        assert_eq!(found_in(&path), Vec::<String>::new());
    }
}

/// Without the clean-up the log has them still: that is why there is one.
#[test]
fn before_the_clean_up_the_log_may_have_them() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = full_of_canaries(&path, SqliteOptions::default().with_wal_autocheckpoint(0));
    erase(&*backend, ErasureScope::Person(ann()));
    assert_eq!(found_in(&path), ["store.db-wal"]);
}

/// A notice names a person and refers to a text; what it says is not in it.
#[test]
fn words_are_in_texts_alone() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    drop(full_of_canaries(&path, SqliteOptions::default()));
    let file = talkback::testing::rusqlite::Connection::open(&path).unwrap();
    for table in ["records", "events", "notices", "commands", "wakes"] {
        let mut select = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let shown =
                    format!("{:?}", row.get_ref(column).unwrap().as_str_or_null().unwrap_or_default());
                assert!(!shown.contains(CANARY), "{table}");
            }
        }
    }
}

#[test]
fn the_clean_up_waits_for_nobody() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = filled(&path, 2);
    let reader = talkback::testing::rusqlite::Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM records").unwrap();
    block_on(open(&desk(backend.clone()), 3, "The kettle leaks.")).unwrap();
    match backend.clean_up() {
        Err(BackendError::Unavailable { .. }) => {}
        other => panic!("{other:?}"),
    }
    reader.execute_batch("COMMIT").unwrap();
    backend.clean_up().unwrap();
    assert_eq!(block_on(super::list(&*backend)).len(), 3);
}
