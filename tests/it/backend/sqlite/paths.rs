//! The file that was opened stays the file, whatever happens to the way that led to it.

use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::{env, fs};

use pollster::block_on;
use talkback::backend::sqlite::SqliteBackend;

use super::{desk, filled, list, open};
use crate::scratch::Scratch;

const FOLDER: &str = "TALKBACK_WANDERING_FOLDER";

/// A process has one working directory, so that it is changed in another process: [`wanderer`].
#[test]
fn a_change_of_the_working_directory_leads_to_no_other_file() {
    let scratch = Scratch::new();
    for folder in ["here", "there"] {
        fs::create_dir(scratch.file(folder)).unwrap();
    }
    drop(filled(&scratch.file("there/store.db"), 5));
    let output = Process::new(env::current_exe().unwrap())
        .args(["--exact", "backend::sqlite::paths::wanderer", "--ignored", "--nocapture"])
        .env(FOLDER, scratch.file(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cases = |folder: &str| {
        let backend = SqliteBackend::open(scratch.file(&format!("{folder}/store.db"))).unwrap();
        block_on(list(&backend)).len()
    };
    assert_eq!((cases("here"), cases("there")), (3, 5));
}

#[test]
#[ignore = "the test above runs it in a process of its own"]
fn wanderer() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    env::set_current_dir(folder.join("here")).unwrap();
    let backend = Arc::new(SqliteBackend::open("store.db").unwrap());
    assert_eq!(backend.path(), Some(&*fs::canonicalize(folder.join("here/store.db")).unwrap()));
    let desk = desk(backend.clone());
    block_on(open(&desk, 1, "The kettle leaks.")).unwrap();
    env::set_current_dir(folder.join("there")).unwrap();
    for n in 2..=3 {
        block_on(open(&desk, n, "The kettle leaks.")).unwrap();
        assert_eq!(block_on(list(&*backend)).len(), n as usize, "what is written is what is read");
    }
    backend.backup("copy.db").unwrap();
    assert!(folder.join("there/copy.db").is_file(), "a relative path is one of now");
}

/// A link is followed once. Both ways to the file share its mark, and a link that is bent later leads nobody away.
#[cfg(unix)]
#[test]
fn a_link_leads_to_the_file_that_it_meant_when_it_was_opened() {
    use std::os::unix::fs::symlink;

    let scratch = Scratch::new();
    drop(filled(&scratch.file("first.db"), 1));
    drop(filled(&scratch.file("second.db"), 4));
    let link = scratch.file("store.db");
    symlink(scratch.file("first.db"), &link).unwrap();
    let backend = Arc::new(SqliteBackend::open(&link).unwrap());
    fs::remove_file(&link).unwrap();
    symlink(scratch.file("second.db"), &link).unwrap();
    block_on(open(&desk(backend.clone()), 2, "The kettle leaks.")).unwrap();
    assert_eq!(block_on(list(&*backend)).len(), 2);
    assert!(!scratch.file("store.db-feed").exists());
}

#[test]
fn a_name_that_sqlite_has_a_meaning_for_is_a_name() {
    let scratch = Scratch::new();
    let output = Process::new(env::current_exe().unwrap())
        .args(["--exact", "backend::sqlite::paths::odd_names", "--ignored", "--nocapture"])
        .current_dir(scratch.file(""))
        .env(FOLDER, scratch.file(""))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(scratch.file(":memory:").is_file());
}

#[test]
#[ignore = "the test above runs it in a process of its own"]
fn odd_names() {
    if env::var_os(FOLDER).is_none() {
        return;
    }
    drop(filled(Path::new(":memory:"), 1));
    assert!(SqliteBackend::open("").is_err());
}
