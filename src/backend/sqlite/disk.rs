//! Bringing names of files to the disk, which SQLite does for its own.

use std::io;
use std::path::Path;

/// Makes sure that a file which was made or renamed is found under its name after a power cut.
#[cfg(unix)]
pub(super) fn keep_name(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Other systems keep names by themselves, or cannot be asked to.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(super) fn keep_name(_: &Path) -> io::Result<()> {
    Ok(())
}
