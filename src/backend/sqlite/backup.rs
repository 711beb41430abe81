//! A copy of the store while it is in use.
//!
//! SQLite writes the copy, but does not bring it to the disk, and a copy that was broken off looks like a file. So
//! it is written under another name, and gets its own when it is whole and on the disk.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf, absolute};

use rusqlite::Connection;

use super::disk::keep_name;
use super::error::nothing_written;
use super::store::{Failed, Store};
use crate::backend::BackendError;
use crate::clock::{Clock, SystemClock};

pub(super) fn to(store: &Store, path: &Path) -> Result<(), BackendError> {
    let path = absolute(path).map_err(BackendError::other)?;
    if path.try_exists().map_err(BackendError::unavailable)? {
        return Err(BackendError::other(io::Error::from(io::ErrorKind::AlreadyExists)));
    }
    let draft = draft(&path);
    let copied = copy(store, &draft).and_then(|()| finish(&draft, &path).map_err(BackendError::unavailable));
    if copied.is_err() {
        // There may be none, and what went wrong before is what matters.
        let _ = fs::remove_file(&draft);
    }
    copied
}

/// A name that no other backup has, in the same folder.
fn draft(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!("-unfinished-{:032x}", SystemClock.entropy()));
    name.into()
}

fn copy(store: &Store, draft: &Path) -> Result<(), BackendError> {
    let name = draft.to_str().ok_or_else(|| BackendError::other("the path of a backup has to be UTF-8"))?;
    let into = |db: &Connection| db.execute("VACUUM INTO ?1", [name]).map(drop);
    if store.place.path.is_none() {
        let copied = store.hold(|conn| into(&conn.db).map_err(Failed::Undone));
        return copied.map_err(|failed| failed.answer(None));
    }
    store.place.open_copier().and_then(|db| into(&db)).map_err(nothing_written)
}

fn finish(draft: &Path, path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(draft)?.sync_all()?;
    fs::rename(draft, path)?;
    keep_name(path)
}
