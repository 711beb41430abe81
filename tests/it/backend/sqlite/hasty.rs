//! A backend with the mistake that the killing is there to find.

use std::sync::Mutex;

use async_trait::async_trait;
use talkback::Text;
use talkback::backend::sqlite::SqliteBackend;
use talkback::backend::*;

/// Answers a commit before it is written, and writes it when it is next asked for something.
#[derive(Debug)]
pub(super) struct Hasty {
    inner: SqliteBackend,
    promised: Mutex<Option<Commit>>,
}

impl Hasty {
    pub(super) fn new(inner: SqliteBackend) -> Self {
        Self { inner, promised: Mutex::new(None) }
    }

    async fn caught_up(&self) -> Result<&SqliteBackend, BackendError> {
        let promised = self.promised.lock().unwrap().take();
        if let Some(commit) = promised {
            self.inner.commit(commit).await?;
        }
        Ok(&self.inner)
    }
}

#[async_trait]
impl Backend for Hasty {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        self.caught_up().await?.load(request).await
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        self.caught_up().await?;
        let outcome = request.outcome();
        *self.promised.lock().unwrap() = Some(request);
        Ok(Committed { outcome, fresh: true })
    }

    async fn find(&self, request: Find) -> Result<Page, BackendError> {
        self.caught_up().await?.find(request).await
    }

    async fn events(&self, request: EventQuery) -> Result<EventPage, BackendError> {
        self.caught_up().await?.events(request).await
    }

    async fn texts(&self, request: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        self.caught_up().await?.texts(request).await
    }

    async fn erase(&self, request: Erasure) -> Result<Erased, BackendError> {
        self.caught_up().await?.erase(request).await
    }

    async fn claim(&self, request: Claim) -> Result<Claimed, BackendError> {
        self.caught_up().await?.claim(request).await
    }

    async fn settle(&self, request: Settlement) -> Result<(), BackendError> {
        self.caught_up().await?.settle(request).await
    }
}
