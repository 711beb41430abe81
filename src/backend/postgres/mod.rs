//! Everything in PostgreSQL, version 13 or newer: for applications on several machines. Feature `postgres`.
//!
//! The application opens the connections, with its own pool and its own encryption, and migrates when it
//! says so:
//!
//! ```no_run
//! # #[cfg(feature = "postgres-deadpool")]
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use talkback::backend::postgres::deadpool_postgres::{Manager, Pool};
//! use talkback::backend::postgres::tokio_postgres::NoTls;
//! use talkback::{Desk, Policy, PolicyBook, PostgresBackend, WorkingCalendar};
//!
//! let database = "host=db.internal user=shop dbname=shop".parse()?;
//! let pool = Pool::builder(Manager::new(database, NoTls)).max_size(8).build()?;
//! let backend = PostgresBackend::new(pool);
//! backend.migrate().await?;
//! for warning in backend.check().await? {
//!     eprintln!("talkback: {warning}");
//! }
//! let policy = Policy::house_standard(WorkingCalendar::office("office").build()?)?;
//! let desk = Desk::single(Arc::new(backend), PolicyBook::single(policy));
//! # Ok(())
//! # }
//! ```
//!
//! [`Connections`] shows the line that another pool takes. The driver and the pool are re-exported, since
//! their types are in signatures here: they belong to the semantic version of this crate.
//!
//! Instants are kept to the microsecond.
//!
#![doc = include_str!("operating.md")]

mod at;
mod call;
mod check;
mod commit;
mod connections;
mod events;
mod failed;
mod find;
mod ids;
mod load;
mod marks;
mod schema;
mod statements;
mod words;
mod work;

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;

pub use check::Warning;
pub use connections::{Connection, Connections, Preparing};
#[cfg(feature = "postgres-deadpool")]
pub use deadpool_postgres;
pub use failed::ServerError;
pub use schema::{Migration, Schema, SchemaError, grants, migrations};
pub use tokio_postgres;

use self::marks::Marks;
use self::statements::Statements;
use super::{
    Backend, BackendError, Claim, Claimed, Commit, Committed, Erased, Erasure, EventPage, EventQuery, Find,
    Load, Loaded, Page, Settlement, TextQuery,
};
use crate::text::Text;

/// A backend that keeps everything in a schema of a PostgreSQL database.
#[derive(Clone)]
pub struct PostgresBackend(Arc<Store>);

/// What is behind it, and the methods of its files.
struct Store {
    connections: Arc<dyn Connections>,
    schema: Schema,
    statements: Statements,
    prepares: bool,
    /// How long to wait for a lock, as the server reads it.
    patience: String,
    marks: Marks,
}

/// How a [`PostgresBackend`] is to work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// Where everything is. `talkback` by default.
    pub schema: Schema,
    /// Whether statements are prepared once per connection (the default). Off behind a pooler that gives
    /// each transaction another connection, such as PgBouncer in transaction mode.
    pub prepare: bool,
    /// How long a commit waits for another one to the same record; five seconds by default. Kept to the
    /// millisecond, and at least one.
    pub lock_timeout: TimeDelta,
}

impl Default for Options {
    fn default() -> Self {
        Self { schema: Schema::default(), prepare: true, lock_timeout: TimeDelta::seconds(5) }
    }
}

impl Options {
    /// In that schema.
    #[must_use]
    pub fn in_schema(mut self, schema: Schema) -> Self {
        self.schema = schema;
        self
    }

    /// Behind a pooler that gives each transaction another connection.
    #[must_use]
    pub fn behind_pooler(mut self) -> Self {
        self.prepare = false;
        self
    }

    /// Waiting that long for locks.
    #[must_use]
    pub fn with_lock_timeout(mut self, timeout: TimeDelta) -> Self {
        self.lock_timeout = timeout;
        self
    }
}

impl PostgresBackend {
    /// A backend in the schema `talkback`, with prepared statements.
    #[must_use]
    pub fn new(connections: impl Connections) -> Self {
        Self::with_options(connections, Options::default())
    }

    /// A backend that works like that.
    #[must_use]
    pub fn with_options(connections: impl Connections, options: Options) -> Self {
        let Options { schema, prepare, lock_timeout } = options;
        Self(Arc::new(Store {
            connections: Arc::new(connections),
            statements: Statements::of(&schema),
            schema,
            prepares: prepare,
            patience: format!("{}ms", lock_timeout.num_milliseconds().clamp(1, i32::MAX.into())),
            marks: Marks::default(),
        }))
    }

    /// Brings the schema up to what this version needs. Call it before the first use, or run
    /// [`migrations`] with a tool of your own. Calling it again, also from several machines at once, does
    /// no harm; a call that is cut off leaves the schema as it was.
    ///
    /// The tables belong to the role that migrates. Let the application use another one, with [`grants`].
    ///
    /// # Errors
    /// Those of the database, such as a missing right to create.
    pub async fn migrate(&self) -> Result<(), BackendError> {
        self.0.migrate().await
    }

    /// What is not as it should be around the store: worth logging at the start. Nothing for all is well.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn check(&self) -> Result<Vec<Warning>, BackendError> {
        self.0.check().await
    }
}

impl fmt::Debug for PostgresBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresBackend")
            .field("schema", &self.0.schema.as_str())
            .field("prepares", &self.0.prepares)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Backend for PostgresBackend {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        self.0.load(request).await
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        self.0.commit(request).await
    }

    async fn find(&self, request: Find) -> Result<Page, BackendError> {
        self.0.find(request).await
    }

    async fn events(&self, request: EventQuery) -> Result<EventPage, BackendError> {
        self.0.events(request).await
    }

    async fn texts(&self, request: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        self.0.texts(request).await
    }

    async fn erase(&self, request: Erasure) -> Result<Erased, BackendError> {
        self.0.erase(request).await
    }

    async fn claim(&self, request: Claim) -> Result<Claimed, BackendError> {
        self.0.claim(request).await
    }

    async fn settle(&self, request: Settlement) -> Result<(), BackendError> {
        self.0.settle(request).await
    }
}
