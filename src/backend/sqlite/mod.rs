//! Everything in one file: the durable store of applications on one machine.

mod backup;
mod column;
mod commit;
mod conn;
mod disk;
mod error;
mod events;
mod find;
mod load;
mod mark;
mod notice;
mod open;
mod options;
mod schema;
mod store;
mod tenants;
#[cfg(test)]
mod tests;
mod text;
mod thread;
mod wake;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use self::commit::Prepared;
use self::conn::Conn;
use self::error::Fault;
use self::open::Place;
use self::store::{Failed, Store};
use self::thread::Writer;
use super::{
    Backend, BackendError, Claim, Claimed, Commit, Committed, Erased, Erasure, EventPage, EventQuery, Find,
    Lane, Load, Loaded, Page, Scope, Settled, Settlement, TextQuery,
};
use crate::id::CommandId;
use crate::text::Text;

pub use error::SqliteOpenError;
pub use options::{Journal, SqliteOptions, Synchronous, Writing};

/// A backend that keeps everything in one SQLite file.
///
/// ```
/// # fn main() -> Result<(), talkback::backend::sqlite::SqliteOpenError> {
/// use std::sync::Arc;
/// use talkback::SqliteBackend;
///
/// # let directory = std::env::temp_dir().join(format!("talkback-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory).unwrap();
/// # let path = directory.join("feedback.db");
/// let backend = Arc::new(SqliteBackend::open(&path)?);
/// # drop(backend);
/// # std::fs::remove_dir_all(directory).unwrap();
/// # Ok(())
/// # }
/// ```
///
/// Opening a path is all it takes: the file is made if there is none, and brought to the schema of this
/// release. Its tables are its own; it cannot share a file with an application's tables.
///
/// # Threads
///
/// Writing is done by a thread of the backend, which takes the commits that wait into one transaction:
/// each is still all or nothing, and each is answered when that transaction is on the disk. So many
/// callers at once cost about as many waits for the disk as one. With [`Writing::InLine`] each call
/// writes on the caller's thread, which is quicker for one caller and blocks it. Reading is always
/// done on the caller's thread, and waits for no writer. No async runtime is needed for either.
/// Dropping the backend waits until what was sent is written.
///
/// # Several processes
///
/// Several processes on one machine, and several backends in one, may use a file at the same time; each
/// waits for the others' transactions. Not over a network file system.
///
/// # Beside other crates
///
/// A program is linked to one libsqlite3. With sqlx in the same program use the feature `sqlite`: cargo picks
/// the release of rusqlite, between 0.32 and 0.41, that agrees with the one that is there, and everybody
/// uses the same SQLite. The system's library has to be SQLite 3.38 or later. Before 3.51.3 (without 3.50.7 and
/// 3.44.6), as on Debian 12 with its 3.40, it can damage a write-ahead log: [`open`](Self::open) then refuses, and
/// [`Journal::Rollback`] works; so does the feature `sqlite-bundled`.
///
/// # Files
///
/// Beside the file stand SQLite's own `-wal` and `-shm`, and a `-feed` in which the greatest position
/// that was ever handed out is marked. From it the backend knows that the file was set back to an older
/// copy, and begins a new epoch of the feed. A file without its mark begins a new epoch, too, because it may
/// be a backup. When a whole disk was set back, the mark with it, say so: [`begin_epoch`](Self::begin_epoch).
///
/// The path is resolved when the file is opened: absolute, and without symbolic links. A later change of the
/// working directory changes nothing.
///
/// # Backups
///
/// Call [`backup`](Self::backup): it is safe while the store is in use, also by other processes. So are SQLite's
/// own `VACUUM INTO` and the `.backup` of its shell, of the file alone. Copying the file with `cp`, `rsync` or the
/// like is **not** safe while any process has it open: the newest commits are in the write-ahead log, and the copy
/// may be without them, without any case at all, or damaged, and nothing tells. Make a backup before you upgrade
/// talkback: a later release may change the file, and an earlier one refuses it then. To restore, stop every
/// process that uses the store, remove its `-wal` and `-shm`, and put the backup in the place of the file; leave
/// the `-feed` where it is.
///
/// # Erasing
///
/// Erased words are overwritten in the file. What an older state of a page had of them may stay in the
/// write-ahead log, and in the unused rest of a page, until [`clean_up`](Self::clean_up).
pub struct SqliteBackend {
    // Before the store, so that the thread ends first.
    writer: Option<Writer>,
    store: Arc<Store>,
}

impl SqliteBackend {
    /// Opens the store in that file, or makes one: durable, with a thread that writes.
    ///
    /// # Errors
    /// [`SqliteOpenError`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SqliteOpenError> {
        Self::open_with(path, SqliteOptions::default())
    }

    /// Opens the store in that file, or makes one.
    ///
    /// # Errors
    /// [`SqliteOpenError`].
    pub fn open_with(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, SqliteOpenError> {
        Self::at(Place { path: Some(path.as_ref().to_owned()), options })
    }

    /// An empty store in memory, gone with the backend: for tests, written in line.
    ///
    /// # Errors
    /// [`SqliteOpenError`].
    pub fn open_in_memory() -> Result<Self, SqliteOpenError> {
        Self::open_in_memory_with(SqliteOptions::default().with_writing(Writing::InLine))
    }

    /// An empty store in memory, gone with the backend.
    ///
    /// # Errors
    /// [`SqliteOpenError`].
    pub fn open_in_memory_with(options: SqliteOptions) -> Result<Self, SqliteOpenError> {
        Self::at(Place { path: None, options })
    }

    fn at(place: Place) -> Result<Self, SqliteOpenError> {
        let writing = place.options.writing;
        let store = Arc::new(Store::open(place)?);
        let writer = match writing {
            Writing::InLine => None,
            Writing::OwnThread => {
                let started = Writer::start(store.clone());
                Some(started.map_err(|error| SqliteOpenError::Failed { source: error.into() })?)
            }
        };
        Ok(Self { writer, store })
    }

    /// The path of the file, absolute and without symbolic links; `None` for a store in memory.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.store.place.path.as_deref()
    }

    /// Takes what erasures left behind out of the file and its write-ahead log: empties the log, writes
    /// the file anew without its gaps, and empties the log again. It needs as much room as the file
    /// once more, blocks this thread and every writer while it lasts, and is worth a quiet hour.
    /// Copies and backups are not touched.
    ///
    /// # Errors
    /// [`BackendError::Unavailable`] while somebody else reads or writes the file; [`BackendError::Full`].
    pub fn clean_up(&self) -> Result<(), BackendError> {
        self.store.close_readers();
        self.store.hold(clean_up).map_err(|failed| failed.answer(None))
    }

    /// Copies the store, as it is at one instant, into a new file at `path`, which then is a store of its own.
    ///
    /// Safe while the store is in use, by this backend and by other processes. Writers go on meanwhile with a
    /// write-ahead log; with a rollback journal they wait. The copy holds no erased word. It is on the disk when
    /// this returns, and appears under its name only as a whole: what a crash leaves is named
    /// `-unfinished-` and can be removed. It blocks this thread.
    ///
    /// # Errors
    /// [`BackendError::Other`] if there is a file at `path` already, which stays as it is;
    /// [`BackendError::Full`]; [`BackendError::Unavailable`].
    pub fn backup(&self, path: impl AsRef<Path>) -> Result<(), BackendError> {
        backup::to(&self.store, path.as_ref())
    }

    /// Begins a new epoch of every tenant's feed. To be called after the file was set back to an older
    /// copy together with the mark beside it, as when a whole disk is restored.
    ///
    /// # Errors
    /// Those of the storage.
    pub fn begin_epoch(&self) -> Result<(), BackendError> {
        let begun = self.store.write(|conn| Ok(mark::begin_epoch(conn)?));
        begun.map_err(|failed| failed.answer(None))
    }

    async fn write<T, W>(&self, command: Option<CommandId>, work: W) -> Result<T, BackendError>
    where
        T: Send + 'static,
        W: FnMut(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        match &self.writer {
            Some(writer) => writer.run(command, work).await,
            None => self.store.write(work).map_err(|failed| failed.answer(command)),
        }
    }
}

fn clean_up(conn: &mut Conn) -> Result<(), Failed> {
    let run = |sql| conn.db.execute_batch(sql).map_err(Failed::Undone);
    let truncate = || {
        let busy = conn.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        match busy.map_err(Failed::Undone)? {
            false => Ok(()),
            true => Err(Failed::Nothing(BackendError::unavailable("somebody else uses the file"))),
        }
    };
    truncate()?;
    // The copy that is made on the way would not always fit into memory. It holds no erased word.
    run("PRAGMA temp_store = FILE")?;
    let written = run("VACUUM");
    run("PRAGMA temp_store = MEMORY")?;
    written?;
    truncate()
}

/// Shows where it is and how it is kept, and nothing of what it holds.
impl fmt::Debug for SqliteBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { path, options } = &self.store.place;
        f.debug_struct("SqliteBackend").field("path", path).field("options", options).finish_non_exhaustive()
    }
}

#[async_trait]
impl Backend for SqliteBackend {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        self.store.read_warm(|conn| load::load(conn, &request))
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        request.check()?;
        let command = request.command.map(|command| command.id);
        let prepared = Prepared::of(request)?;
        self.write(command, move |conn| prepared.write(conn)).await
    }

    async fn find(&self, request: Find) -> Result<Page, BackendError> {
        let after = request.after()?;
        self.store.read(|conn| find::find(conn, &request, after))
    }

    async fn events(&self, request: EventQuery) -> Result<EventPage, BackendError> {
        request.check()?;
        let page = self.store.read(|conn| events::events(conn, &request))?;
        let greatest = page.items.iter().map(|item| item.position).max();
        if let (Some(mark), Some(position)) = (&self.store.mark, greatest) {
            mark.raise(position)?;
        }
        Ok(page)
    }

    async fn texts(&self, request: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        request.check()?;
        self.store.read(|conn| text::texts(conn, &request))
    }

    async fn erase(&self, request: Erasure) -> Result<Erased, BackendError> {
        self.write(None, move |conn| text::erase(conn, &request)).await
    }

    async fn claim(&self, request: Claim) -> Result<Claimed, BackendError> {
        request.check()?;
        match (&request.scope, request.lane) {
            (Scope::Every, _) => {
                self.store.read_warm(|conn| tenants::due(conn, &request)).map(Claimed::Tenants)
            }
            (Scope::DeadLetters { .. }, Lane::Wakes) => Ok(Claimed::DeadLetters(Vec::new())),
            (Scope::DeadLetters { tenant, after }, Lane::Notices) => {
                let dead = self.store.read(|conn| notice::dead_letters(conn, tenant, *after, request.limit));
                dead.map(Claimed::DeadLetters)
            }
            (Scope::One(tenant), Lane::Wakes) => {
                let tenant = tenant.clone();
                let claimed = self.write(None, move |conn| wake::claim(conn, &tenant, &request)).await;
                claimed.map(Claimed::Wakes)
            }
            (Scope::One(tenant), Lane::Notices) => {
                let tenant = tenant.clone();
                let claimed = self.write(None, move |conn| notice::claim(conn, &tenant, &request)).await;
                claimed.map(Claimed::Notices)
            }
        }
    }

    async fn settle(&self, request: Settlement) -> Result<(), BackendError> {
        let Settlement { tenant, item, now } = request;
        self.write(None, move |conn| match &item {
            Settled::Wake { record, lease, end } => wake::settle(conn, &tenant, *record, *lease, *end, now),
            Settled::Notice { notice, lease, end } => notice::settle(conn, &tenant, *notice, *lease, end),
        })
        .await
    }
}
