//! A sound backend whose every call takes several polls before it acts and several before it answers.

use std::future::poll_fn;
use std::task::Poll;

use async_trait::async_trait;
use talkback::backend::*;
use talkback::{MemoryBackend, Text};

#[derive(Debug)]
pub(crate) struct Hesitant {
    inner: MemoryBackend,
    before: u32,
    after: u32,
}

impl Hesitant {
    pub(crate) fn new(before: u32, after: u32) -> Self {
        Self { inner: MemoryBackend::new(), before, after }
    }

    async fn slowly<T>(&self, call: impl Future<Output = T>) -> T {
        hesitate(self.before).await;
        let answer = call.await;
        hesitate(self.after).await;
        answer
    }
}

/// Is ready at the poll after so many.
pub(crate) async fn hesitate(mut polls: u32) {
    poll_fn(|context| {
        if polls == 0 {
            return Poll::Ready(());
        }
        polls -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[async_trait]
impl Backend for Hesitant {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        self.slowly(self.inner.load(request)).await
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        self.slowly(self.inner.commit(request)).await
    }

    async fn find(&self, request: Find) -> Result<Page, BackendError> {
        self.slowly(self.inner.find(request)).await
    }

    async fn events(&self, request: EventQuery) -> Result<EventPage, BackendError> {
        self.slowly(self.inner.events(request)).await
    }

    async fn texts(&self, request: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        self.slowly(self.inner.texts(request)).await
    }

    async fn erase(&self, request: Erasure) -> Result<Erased, BackendError> {
        self.slowly(self.inner.erase(request)).await
    }

    async fn claim(&self, request: Claim) -> Result<Claimed, BackendError> {
        self.slowly(self.inner.claim(request)).await
    }

    async fn settle(&self, request: Settlement) -> Result<(), BackendError> {
        self.slowly(self.inner.settle(request)).await
    }
}
