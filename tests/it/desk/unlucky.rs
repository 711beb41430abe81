//! A backend in memory on which things go wrong when they are told to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use talkback::backend::*;
use talkback::{CaseId, Command, Desk, ManualClock, MemoryBackend, Request, Text, Words};

use super::{kim, monday, policies};

/// What becomes of a commit.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate {
    /// Somebody else writes to the case just before.
    Overtaken,
    /// It is stored, and the answer is lost.
    AnswerLost,
    /// It is lost, and nobody can say so.
    RequestLost,
}

#[derive(Debug, Default)]
pub(super) struct Unlucky {
    inner: Arc<MemoryBackend>,
    fates: Mutex<VecDeque<Fate>>,
    unreadable: Mutex<Option<CaseId>>,
    /// How many records each commit had.
    sizes: Mutex<Vec<usize>>,
}

impl Unlucky {
    /// What becomes of the next commits, one after the other.
    pub(super) fn next(&self, fates: impl IntoIterator<Item = Fate>) {
        self.fates.lock().unwrap().extend(fates);
    }

    /// Nothing goes wrong any more.
    pub(super) fn forget(&self) {
        self.fates.lock().unwrap().clear();
    }

    /// The record that cannot be read for now.
    pub(super) fn unreadable(&self, case: Option<CaseId>) {
        *self.unreadable.lock().unwrap() = case;
    }

    /// How many records each commit had since this was asked last.
    pub(super) fn sizes(&self) -> Vec<usize> {
        std::mem::take(&mut self.sizes.lock().unwrap())
    }

    /// Somebody else makes a note.
    async fn overtake(&self, commit: &Commit) {
        let key = commit.writes[0].record.key();
        let RecordId::Case(case) = key.id else { return };
        let clock = Arc::new(ManualClock::at(monday()));
        let other = Desk::new(self.inner.clone(), policies(), clock, key.tenant);
        let id = talkback::CommandId::from_uuid(uuid::Uuid::from_u128(commit.writes[0].expected.into()));
        let note = Request::new(kim(), Command::Note(Words::new("I was quicker."))).with_id(id);
        other.execute(case, note).await.unwrap();
    }
}

#[async_trait]
impl Backend for Unlucky {
    async fn load(&self, request: Load) -> Result<Loaded, BackendError> {
        let unreadable = self.unreadable.lock().unwrap().map(RecordId::from);
        if unreadable == Some(request.key.id) {
            return Err(BackendError::corrupt(request.key, "a damaged row"));
        }
        self.inner.load(request).await
    }

    async fn commit(&self, request: Commit) -> Result<Committed, BackendError> {
        self.sizes.lock().unwrap().push(request.writes.len());
        let (fate, command) = (self.fates.lock().unwrap().pop_front(), request.command.map(|stamp| stamp.id));
        match fate {
            None => self.inner.commit(request).await,
            Some(Fate::Overtaken) => {
                self.overtake(&request).await;
                self.inner.commit(request).await
            }
            Some(Fate::AnswerLost) => {
                self.inner.commit(request).await?;
                Err(BackendError::Unknown { command })
            }
            Some(Fate::RequestLost) => Err(BackendError::Unknown { command }),
        }
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
