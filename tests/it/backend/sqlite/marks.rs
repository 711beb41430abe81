//! The mark beside the file survives a power cut where the events need it to.
//!
//! No test can cut the power, but `strace` tells what reached the kernel in which order: what was not
//! synchronised before a position was handed out may be gone afterwards.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::sync::Arc;

use pollster::block_on;
use talkback::backend::sqlite::{SqliteBackend, SqliteOptions, Synchronous, Writing};

use super::kills::can_trace;
use super::{desk, feed, filled, open};
use crate::scratch::Scratch;

const FOLDER: &str = "TALKBACK_READER_FOLDER";
const SYNCHRONOUS: &str = "TALKBACK_READER_SYNCHRONOUS";
const ROUNDS: u32 = 6;

/// How often the mark was written and not synchronised when positions were handed out, how often it was.
fn traced(synchronous: &str) -> (usize, usize) {
    let scratch = Scratch::new();
    let log = scratch.file("calls");
    let output = Process::new("strace")
        .args(["-f", "-qq", "-y", "-e", "trace=write,pwrite64,fsync,fdatasync", "-o"])
        .arg(&log)
        .arg(env::current_exe().unwrap())
        .args(["--exact", "backend::sqlite::marks::reader", "--ignored", "--nocapture"])
        .env(FOLDER, scratch.file(""))
        .env(SYNCHRONOUS, synchronous)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (mut unsafe_now, mut counts) = (false, (0, 0));
    for call in fs::read_to_string(&log).unwrap().lines() {
        if call.contains("store.db-feed>") {
            unsafe_now = call.contains("write");
        } else if call.contains("handed-out>") {
            let count = if unsafe_now { &mut counts.0 } else { &mut counts.1 };
            *count += 1;
        }
    }
    counts
}

#[test]
fn the_mark_is_on_the_disk_before_a_position_is_handed_out() {
    if !can_trace() {
        return;
    }
    assert_eq!(traced("normal"), (0, ROUNDS as usize));
    // There the events themselves are on the disk, so that the mark need not be. This also shows that the count
    // can fail.
    assert_eq!(traced("full"), (ROUNDS as usize, 0));
}

#[test]
#[ignore = "the test above runs it in a process of its own"]
fn reader() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    let synchronous =
        if env::var(SYNCHRONOUS).unwrap() == "normal" { Synchronous::Normal } else { Synchronous::Full };
    let options = SqliteOptions::default().with_synchronous(synchronous).with_writing(Writing::InLine);
    let backend = Arc::new(SqliteBackend::open_with(folder.join("store.db"), options).unwrap());
    let desk = desk(backend.clone());
    let mut told = OpenOptions::new().create(true).append(true).open(folder.join("handed-out")).unwrap();
    for n in 1..=ROUNDS {
        block_on(open(&desk, n, "The kettle leaks.")).unwrap();
        let last = block_on(feed(&*backend, None)).last().unwrap().position;
        told.write_all(format!("{last}\n").as_bytes()).unwrap();
    }
}

/// A power cut that takes a young store and leaves its mark: the new store is another one, but whoever read the first
/// one's feed reads on in the second's.
#[test]
fn a_new_store_beside_the_mark_of_another_begins_a_new_epoch() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let read = block_on(feed(&*filled(&path, 3), None)).last().unwrap().position;
    let remove = |path: &Path| fs::remove_file(path).unwrap();
    remove(&path);
    let second = filled(&path, 1);
    let after = block_on(feed(&*second, Some(read)));
    assert!(!after.is_empty() && after.iter().all(|item| item.position > read));
}
