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
        _ => Err(format!("there is no backend {name}: memory or sqlite:FILE")),
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
        }
    }
}
