//! A backend in memory that keeps every commit it was given.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use talkback::backend::{
    Backend, BackendError, Claim, Claimed, Commit, Committed, Erased, Erasure, EventPage, EventQuery, Find,
    Load, Loaded, Page, Settlement, TextQuery,
};
use talkback::{MemoryBackend, Text};

#[derive(Debug, Default)]
pub(crate) struct Recorder {
    inner: MemoryBackend,
    commits: Mutex<Vec<Commit>>,
}

impl Recorder {
    /// The commits since the last call.
    pub(crate) fn take(&self) -> Vec<Commit> {
        std::mem::take(&mut self.commits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Backend for Recorder {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        self.inner.load(request).await
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
        self.inner.commit(request).await
    }

    async fn find(&self, request: Find) -> Result<Page, BackendError> {
        self.inner.find(request).await
    }

    async fn events(&self, request: EventQuery) -> Result<EventPage, BackendError> {
        self.inner.events(request).await
    }

    async fn texts(&self, request: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        self.inner.texts(request).await
    }

    async fn erase(&self, request: Erasure) -> Result<Erased, BackendError> {
        self.inner.erase(request).await
    }

    async fn claim(&self, request: Claim) -> Result<Claimed, BackendError> {
        self.inner.claim(request).await
    }

    async fn settle(&self, request: Settlement) -> Result<(), BackendError> {
        self.inner.settle(request).await
    }
}
