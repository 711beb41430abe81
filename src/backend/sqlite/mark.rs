//! How the store notices that its file was set back to an older copy.
//!
//! Nothing inside a file tells: all of it is old. So the greatest position that was ever handed out stands
//! in a small file beside it. A store that ends before its mark was set back, and begins a new epoch, so
//! that no position is given to a second event. A store without a mark may have been: it came from
//! elsewhere, perhaps from a backup. It begins a new epoch as well, numbered by the time, because which
//! epochs there were before nobody knows.
//!
//! With [`Synchronous::Normal`] a power cut sets the store back by the commits that were not on the disk. If it took
//! the mark along, nothing would tell, and positions that were read already would be given to other events. So
//! there the mark is on the disk before a position is handed out. With [`Synchronous::Full`] the events
//! themselves are.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::conn::Conn;
use super::disk::keep_name;
use super::error::SqliteOpenError;
use super::open::mark_path;
use super::options::Synchronous;
use crate::backend::{BackendError, Position};
use crate::clock::{Clock, SystemClock};

/// The file beside the store, locked while it is read and written: other processes use it as well.
pub(super) struct Mark {
    file: Mutex<(File, Position)>,
    store: String,
    /// Whether it has to be on the disk before a position is handed out.
    durable: bool,
}

/// What the file says of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Noted {
    /// It is new.
    Nothing,
    /// It is about another store, or damaged.
    Other,
    /// No position beyond this one was handed out.
    UpTo(Position),
}

impl Mark {
    /// Opens the mark, and begins a new epoch if the store was set back.
    pub(super) fn open(
        path: &Path,
        synchronous: Synchronous,
        conn: &mut Conn,
    ) -> Result<Self, SqliteOpenError> {
        let path = mark_path(path);
        let failed = |source| SqliteOpenError::Mark { path: path.clone(), source };
        let store: [u8; 16] = conn.sql("SELECT id FROM store")?.query_row([], |row| row.get(0))?;
        let store = uuid::Uuid::from_bytes(store).to_string();
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = options.map_err(failed)?;
        file.lock().map_err(failed)?;
        conn.begin()?;
        let noted = read(&mut file, &store).map_err(failed)?;
        let position = keep_or_begin(conn, noted)?;
        conn.commit()?;
        if noted != Noted::UpTo(position) {
            write(&mut file, &store, position).map_err(failed)?;
            file.sync_all().and_then(|()| keep_name(&path)).map_err(failed)?;
        }
        file.unlock().map_err(failed)?;
        let durable = synchronous == Synchronous::Normal;
        Ok(Self { file: Mutex::new((file, position)), store, durable })
    }

    /// Remembers that this position was handed out, before it is.
    pub(super) fn raise(&self, position: Position) -> Result<(), BackendError> {
        let mut mark = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let (file, known) = &mut *mark;
        if position > *known {
            raise(file, &self.store, position, self.durable).map_err(BackendError::unavailable)?;
            *known = position;
        }
        Ok(())
    }
}

/// What the mark has to say from now on.
fn keep_or_begin(conn: &Conn, noted: Noted) -> rusqlite::Result<Position> {
    let end = end(conn)?;
    let epoch = match noted {
        Noted::UpTo(mark) if mark <= end => return Ok(mark),
        Noted::UpTo(mark) => mark.epoch().max(end.epoch()).saturating_add(1),
        Noted::Nothing if end.number() == 0 => return Ok(end),
        Noted::Nothing | Noted::Other => unheard_of(end),
    };
    begin(conn, Position::new(epoch, end.number()))
}

/// Begins a new epoch behind the last event, as after a restore that nothing tells of.
pub(super) fn begin_epoch(conn: &Conn) -> rusqlite::Result<()> {
    let end = end(conn)?;
    begin(conn, Position::new(unheard_of(end), end.number())).map(drop)
}

/// The number of an epoch that no copy of the store can have had.
fn unheard_of(end: Position) -> u64 {
    let seconds = u64::try_from(SystemClock.now().timestamp()).unwrap_or(0);
    seconds.max(end.epoch().saturating_add(1))
}

/// The current epoch, and the number of the last event.
fn end(conn: &Conn) -> rusqlite::Result<Position> {
    let (epoch, number): (i64, i64) = conn
        .sql("SELECT (SELECT max(epoch) FROM epochs), (SELECT coalesce(max(position), 0) FROM events)")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Position::new(epoch.unsigned_abs(), u128::from(number.unsigned_abs())))
}

fn begin(conn: &Conn, position: Position) -> rusqlite::Result<Position> {
    let epoch = i64::try_from(position.epoch()).unwrap_or(i64::MAX);
    let first = i64::try_from(position.number()).unwrap_or(i64::MAX).saturating_add(1);
    conn.sql(
        "INSERT INTO epochs (first, epoch) VALUES (?1, ?2)
         ON CONFLICT (first) DO UPDATE SET epoch = excluded.epoch",
    )?
    .execute([first, epoch])?;
    Ok(position)
}

fn raise(file: &mut File, store: &str, position: Position, durable: bool) -> io::Result<()> {
    file.lock()?;
    let raised = raise_alone(file, store, position, durable);
    file.unlock()?;
    raised
}

/// Written also if it says so already: whoever wrote that may have failed to bring it to the disk.
fn raise_alone(file: &mut File, store: &str, position: Position, durable: bool) -> io::Result<()> {
    let position = match read(file, store)? {
        Noted::UpTo(known) => known.max(position),
        Noted::Nothing | Noted::Other => position,
    };
    write(file, store, position)?;
    if durable { file.sync_data() } else { Ok(()) }
}

fn read(file: &mut File, store: &str) -> io::Result<Noted> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0))?;
    match file.read_to_string(&mut text) {
        Ok(0) => return Ok(Noted::Nothing),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(Noted::Other),
        Err(error) => return Err(error),
    }
    let line = text.strip_suffix('\n').and_then(|line| line.split_once(' '));
    let position = line.filter(|(name, _)| *name == store).and_then(|(_, position)| position.parse().ok());
    Ok(position.map_or(Noted::Other, Noted::UpTo))
}

fn write(file: &mut File, store: &str, position: Position) -> io::Result<()> {
    let line = format!("{store} {position}\n");
    file.seek(SeekFrom::Start(0))?;
    file.write_all(line.as_bytes())?;
    file.set_len(line.len() as u64)
}
