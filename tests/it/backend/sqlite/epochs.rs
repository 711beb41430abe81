//! The feed of a file that was set back to an older copy.

use std::fs;
use std::path::Path;

use pollster::block_on;
use talkback::backend::sqlite::*;
use talkback::backend::*;

use super::{by_hand, desk, feed, filled, open};
use crate::scratch::Scratch;

/// Opens the file, adds a case, and gives the whole feed.
fn add(path: &Path, n: u32) -> Vec<Position> {
    let backend = std::sync::Arc::new(SqliteBackend::open(path).unwrap());
    block_on(open(&desk(backend.clone()), n, "The kettle leaks.")).unwrap();
    block_on(feed(&*backend, None)).iter().map(|item| item.position).collect()
}

fn copy_to(path: &Path, copy: &Path) {
    let _ = fs::remove_file(copy);
    by_hand(path, &format!("VACUUM INTO '{}'", copy.display()));
}

#[test]
fn a_file_that_was_only_closed_goes_on() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let epochs: Vec<_> = (1..5).flat_map(|n| add(&path, n)).map(Position::epoch).collect();
    assert!(epochs.iter().all(|epoch| *epoch == 1), "{epochs:?}");
}

/// What was lost had positions that were read; what comes instead stands behind them.
#[test]
fn a_file_that_was_set_back_begins_a_new_epoch() {
    let scratch = Scratch::new();
    let (path, copy) = (scratch.file("store.db"), scratch.file("copy.db"));
    let kept = add(&path, 1);
    copy_to(&path, &copy);
    let mut latest = *(2..6).flat_map(|n| add(&path, n)).collect::<Vec<_>>().last().unwrap();
    for round in 0..3 {
        fs::copy(&copy, &path).unwrap();
        // Fewer than were lost, so that the numbers alone would repeat.
        let feed_after = add(&path, 10 + round);
        let (old, new) = feed_after.split_at(kept.len());
        assert_eq!(old, kept, "what was there keeps its places");
        assert!(!new.is_empty() && new.iter().all(|position| *position > latest), "{new:?} {latest:?}");
        // Whoever had read to the end before finds all of the new ones.
        let backend = SqliteBackend::open(&path).unwrap();
        let read_on: Vec<_> =
            block_on(feed(&backend, Some(latest))).iter().map(|item| item.position).collect();
        assert_eq!(read_on, new);
        latest = *new.last().unwrap();
    }
}

#[test]
fn a_file_without_its_mark_begins_a_new_epoch() {
    let scratch = Scratch::new();
    let (path, copy) = (scratch.file("store.db"), scratch.file("elsewhere.db"));
    let lost = *add(&path, 1).last().unwrap();
    copy_to(&path, &copy);
    let lost = lost.max(*add(&path, 2).last().unwrap());
    let (first, second) = (add(&copy, 3), add(&copy, 4));
    assert!(*first.last().unwrap() > lost && first.last().unwrap().epoch() > 1);
    assert_eq!(second.last().unwrap().epoch(), first.last().unwrap().epoch(), "only once");
    assert!(second.is_sorted());
}

#[test]
fn an_empty_mark_and_one_of_another_store_are_none() {
    let scratch = Scratch::new();
    let (path, other) = (scratch.file("store.db"), scratch.file("other.db"));
    let mut epoch = add(&path, 1).last().unwrap().epoch();
    add(&other, 1);
    let mark = scratch.file("store.db-feed");
    for (n, content) in
        [vec![], b"nonsense\n".to_vec(), vec![0xff; 60], fs::read(scratch.file("other.db-feed")).unwrap()]
            .into_iter()
            .enumerate()
    {
        fs::write(&mark, content).unwrap();
        let latest = *add(&path, 2 + n as u32).last().unwrap();
        assert!(latest.epoch() > epoch);
        epoch = latest.epoch();
    }
}

#[test]
fn whoever_knows_of_a_restore_says_so() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = filled(&path, 1);
    let before = block_on(feed(&*backend, None));
    backend.begin_epoch().unwrap();
    block_on(open(&desk(backend.clone()), 2, "The kettle leaks.")).unwrap();
    let after = block_on(feed(&*backend, before.last().map(|item| item.position)));
    assert!(after.iter().all(|item| item.position.epoch() > 1) && !after.is_empty());
    // A position that nobody can have had yet has nothing behind it.
    let beyond = Position::new(u64::MAX, 1);
    assert!(block_on(feed(&*backend, Some(beyond))).is_empty());
}
