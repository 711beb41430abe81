//! Where the cases are kept while they are played, and afterwards.

use std::sync::Arc;

use talkback::{Backend, MemoryBackend};

use super::Failure;

/// What `--backend` asks for.
#[derive(Default)]
pub(crate) enum Store {
    /// Gone when the play ends.
    #[default]
    Memory,
    /// A file that stays, and may have been there before.
    #[cfg(feature = "sqlite")]
    Sqlite(String),
    /// A server, under the schema `talkback`.
    #[cfg(feature = "postgres-deadpool")]
    Postgres(String),
}

/// Reads the value of `--backend`.
pub(crate) fn named(name: &str) -> Result<Store, String> {
    match name.split_once(':') {
        None if name == "memory" => Ok(Store::Memory),
        #[cfg(feature = "sqlite")]
        Some(("sqlite", path)) if !path.is_empty() => Ok(Store::Sqlite(path.to_owned())),
        #[cfg(not(feature = "sqlite"))]
        Some(("sqlite", path)) if !path.is_empty() => {
            Err("this build has no SQLite: add --features sqlite-bundled (or sqlite, for the system's)"
                .to_owned())
        }
        #[cfg(feature = "postgres-deadpool")]
        Some(("postgres", url)) if !url.is_empty() => {
            // The driver's own form of a URL begins with this word as well.
            Ok(Store::Postgres(if url.starts_with("//") { name.to_owned() } else { url.to_owned() }))
        }
        #[cfg(not(feature = "postgres-deadpool"))]
        Some(("postgres", url)) if !url.is_empty() => {
            Err("this build has no PostgreSQL: add --features postgres-deadpool".to_owned())
        }
        _ => Err(format!("there is no backend {name}: memory, sqlite:FILE or postgres:URL")),
    }
}

impl Store {
    pub(crate) fn open(&self) -> Result<Arc<dyn Backend>, Failure> {
        match self {
            Self::Memory => Ok(Arc::new(MemoryBackend::new())),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(path) => {
                use talkback::backend::sqlite::{SqliteBackend, SqliteOptions, Synchronous, Writing};
                // One caller, and what a power cut takes is played again.
                let options = SqliteOptions::default()
                    .with_writing(Writing::InLine)
                    .with_synchronous(Synchronous::Normal);
                let backend = SqliteBackend::open_with(path, options);
                Ok(Arc::new(backend.map_err(|why| Failure::file(path, &why))?))
            }
            #[cfg(feature = "postgres-deadpool")]
            Self::Postgres(url) => {
                use talkback::PostgresBackend;
                use talkback::backend::postgres::deadpool_postgres::{Manager, Pool};
                use talkback::backend::postgres::tokio_postgres::NoTls;
                let wrong = |why: &dyn ToString| Failure::file("--backend", why);
                let database = url.parse().map_err(|why| wrong(&why))?;
                let pool = Pool::builder(Manager::new(database, NoTls)).max_size(2);
                let backend = PostgresBackend::new(pool.build().map_err(|why| wrong(&why))?);
                pollster::block_on(backend.migrate()).map_err(|why| wrong(&reasons(&why)))?;
                Ok(Arc::new(backend))
            }
        }
    }

    /// What the driver of a server needs around it while anything is called. The rest runs anywhere.
    #[cfg(feature = "postgres-deadpool")]
    pub(crate) fn runtime(&self) -> Result<Option<tokio::runtime::Runtime>, Failure> {
        match self {
            Self::Postgres(_) => {
                let mut builder = tokio::runtime::Builder::new_multi_thread();
                Ok(Some(builder.worker_threads(1).enable_all().build()?))
            }
            _ => Ok(None),
        }
    }
}

/// An error and everything behind it, in one line.
#[cfg(feature = "postgres-deadpool")]
fn reasons(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        line.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    line
}
