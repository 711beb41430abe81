//! Erasing words: first each case learns of it, so that nothing waits for what is void; then the words go.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Desk, Request, case_of};
use crate::backend::{BackendError, CaseQuery, Erased, Erasure, ErasureScope, PageRequest};
use crate::case::{Case, CloseReason};
use crate::error::Error;
use crate::id::{CaseId, CustomerId};
use crate::workflow::{Actor, Command};

/// How many cases are read at a time.
const PAGE: usize = 250;

impl Desk {
    /// Erases everything that was written by or about a person. Times, kinds, stages and verdicts stay; what
    /// was on its way to them is void, and their cases tell them nothing more.
    ///
    /// It may be called again after a failure, and goes on where it stopped.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn erase_person(&self, person: CustomerId) -> Result<Erased, Error> {
        let query = CaseQuery { customers: vec![person.clone()], ..self.query() };
        let mut request = PageRequest::first(PAGE);
        let mut merged = BTreeSet::new();
        loop {
            let page = self.find(query.clone(), request).await?;
            for item in page.items {
                // A case that cannot be read has nothing on its way, and keeps no words from being erased.
                let Ok(found) = item else { continue };
                let Some(case) = case_of(found.record) else { continue };
                self.record_erasure(&case, Some(&person)).await?;
                merged.extend(merged_into(&case));
            }
            match page.next {
                Some(cursor) => request = PageRequest::after(PAGE, cursor),
                None => break,
            }
        }
        let mut known = BTreeSet::new();
        while let Some(id) = merged.pop_first() {
            if !known.insert(id) {
                continue;
            }
            if let Some(case) = self.load(id).await? {
                self.record_erasure(&case, Some(&person)).await?;
                merged.extend(merged_into(&case));
            }
        }
        self.erase(ErasureScope::Person(person)).await
    }

    /// Erases everything that was written in a case. What was on its way from it is void.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn erase_case(&self, case: CaseId) -> Result<Erased, Error> {
        match self.load(case).await {
            Ok(Some(case)) => self.record_erasure(&case, None).await?,
            Ok(None) | Err(Error::Backend(BackendError::Corrupt { .. })) => {}
            Err(error) => return Err(error),
        }
        self.erase(ErasureScope::Record(case.into())).await
    }

    async fn record_erasure(&self, case: &Arc<Case>, person: Option<&CustomerId>) -> Result<(), Error> {
        let mut told = case.told().filter(|(one, _)| person.is_none_or(|person| *one == person));
        if told.all(|(person, _)| case.is_erased(person)) {
            return Ok(());
        }
        let command = Command::RecordErasure(person.cloned());
        self.execute(case.id, Request::new(Actor::system(), command)).await.map(drop)
    }

    async fn erase(&self, scope: ErasureScope) -> Result<Erased, Error> {
        let erasure = Erasure::new(self.tenant.clone(), scope, self.room.clock.now());
        Ok(self.room.backend.erase(erasure).await?)
    }
}

/// The case in which this one goes on.
fn merged_into(case: &Case) -> Option<CaseId> {
    match case.closed.as_deref()?.reason {
        CloseReason::MergedInto(into) => Some(into),
        _ => None,
    }
}
