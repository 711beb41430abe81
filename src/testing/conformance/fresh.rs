//! What a promise is tried on, and what only the owner of a storage can do to it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::backend::{Backend, Key};
use crate::testing::failure::Failure;
use crate::workflow::NoticeId;

/// A backend to which nothing was ever committed, and the hooks that its owner gives.
///
/// No call of [`Backend`] closes a store or damages a row. Two promises need that: that what was committed survives
/// the end of the process, and that what cannot be read is reported. Give a hook for each, or the report lists
/// the promises that were not tried.
///
/// ```
/// use std::sync::Arc;
/// use talkback::{Backend, MemoryBackend};
/// use talkback::testing::conformance::{self, Fresh};
///
/// let report = pollster::block_on(conformance::run_all(async || {
///     let backend: Arc<dyn Backend> = Arc::new(MemoryBackend::new());
///     // A memory cannot be opened again, so that there is nothing to give. A database would say:
///     // Fresh::new(backend).reopened_by(move || async move { open(&path) })
///     Fresh::new(backend)
/// }));
/// assert!(report.is_kept());
/// assert!(report.to_string().contains("not tried"));
/// ```
pub struct Fresh {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) reopen: Option<Reopen>,
    pub(super) damage: Option<DamageHook>,
}

type Waiting<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub(super) type Reopen = Box<dyn FnOnce() -> Waiting<Arc<dyn Backend>> + Send + Sync>;

pub(super) type DamageHook = Box<dyn Fn(Damage) -> Waiting<()> + Send + Sync>;

/// What a damage hook makes unreadable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// The stored record, not its events.
    Record(Key),
    /// The event with this version, of this record.
    Event(Key, u64),
    /// The notice, of this record.
    Notice(Key, NoticeId),
}

/// A hook that only the owner of a storage can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// [`Fresh::reopened_by`].
    Reopen,
    /// [`Fresh::damaged_by`].
    Damage,
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reopen => "reopen",
            Self::Damage => "damage",
        })
    }
}

impl Fresh {
    /// A backend without hooks.
    #[must_use]
    pub fn new(backend: Arc<dyn Backend>) -> Self {
        Self { backend, reopen: None, damage: None }
    }

    /// Says how the same storage is opened again, as by the next process. The suite has dropped its handle to the
    /// backend when it calls this, so that the hook may wait for files to be closed.
    #[must_use]
    pub fn reopened_by<W>(mut self, reopen: impl FnOnce() -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = Arc<dyn Backend>> + Send + 'static,
    {
        self.reopen = Some(Box::new(|| Box::pin(reopen())));
        self
    }

    /// Says how to overwrite what is stored of one item with bytes that do not decode, past the backend.
    #[must_use]
    pub fn damaged_by<W>(mut self, damage: impl Fn(Damage) -> W + Send + Sync + 'static) -> Self
    where
        W: Future<Output = ()> + Send + 'static,
    {
        self.damage = Some(Box::new(move |item| Box::pin(damage(item))));
        self
    }

    /// The backend.
    #[must_use]
    pub fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    pub(super) const fn has(&self, hook: Hook) -> bool {
        match hook {
            Hook::Reopen => self.reopen.is_some(),
            Hook::Damage => self.damage.is_some(),
        }
    }

    /// The same storage, opened again.
    pub(super) async fn again(self) -> Result<Self, Failure> {
        let Self { backend, reopen, damage } = self;
        drop(backend);
        let reopen = reopen.ok_or_else(|| Failure::new("the hook `reopen` is missing"))?;
        Ok(Self { backend: reopen().await, reopen: None, damage })
    }

    pub(super) async fn damage(&self, item: Damage) {
        if let Some(damage) = &self.damage {
            damage(item).await;
        }
    }
}

impl From<Arc<dyn Backend>> for Fresh {
    fn from(backend: Arc<dyn Backend>) -> Self {
        Self::new(backend)
    }
}

impl fmt::Debug for Fresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (reopen, damage) = (self.has(Hook::Reopen), self.has(Hook::Damage));
        f.debug_struct("Fresh")
            .field("backend", &self.backend)
            .field("reopen", &reopen)
            .field("damage", &damage)
            .finish()
    }
}
