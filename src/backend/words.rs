//! Reading the words that people wrote, and erasing them.

use chrono::{DateTime, Utc};

use super::error::Invalid;
use super::page::check_limit;
use super::record::{Index, RecordId};
use crate::id::{CustomerId, TenantId, TextId};
use crate::workflow::Notice;

/// Asks for texts of one tenant by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextQuery {
    /// Whose texts.
    pub tenant: TenantId,
    /// Which, 1 to [`MAX_LIMIT`](super::MAX_LIMIT) of them; one may be named twice.
    pub ids: Vec<TextId>,
}

impl TextQuery {
    /// Asks for these texts.
    #[must_use]
    pub fn new(tenant: TenantId, ids: Vec<TextId>) -> Self {
        Self { tenant, ids }
    }

    /// Whether the request makes sense.
    ///
    /// # Errors
    /// [`Invalid::Limit`].
    pub fn check(&self) -> Result<(), Invalid> {
        check_limit(self.ids.len())
    }
}

/// Asks for words to be gone for good.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erasure {
    /// Whose store.
    pub tenant: TenantId,
    /// Whose words, or the words of what.
    pub scope: ErasureScope,
    /// The caller's time.
    pub now: DateTime<Utc>,
}

impl Erasure {
    /// Erases in that scope.
    #[must_use]
    pub fn new(tenant: TenantId, scope: ErasureScope, now: DateTime<Utc>) -> Self {
        Self { tenant, scope, now }
    }
}

/// Which words an erasure takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErasureScope {
    /// All texts about this person, in whichever record. With them go the notices to that person that
    /// are not settled yet, and the fingerprints of the commands that brought such a text or wrote a
    /// record of that customer.
    Person(CustomerId),
    /// All texts that came with this record, whomever they are about. With them go the notices of that
    /// record that are not settled yet, and the fingerprints of the commands that wrote it.
    Record(RecordId),
}

impl ErasureScope {
    /// True if it takes a text about that person that came with that record.
    #[must_use]
    pub fn takes_text(&self, about: &CustomerId, record: RecordId) -> bool {
        match self {
            Self::Person(person) => person == about,
            Self::Record(id) => *id == record,
        }
    }

    /// True if it takes that notice, should it still wait.
    #[must_use]
    pub fn takes_notice(&self, notice: &Notice) -> bool {
        match self {
            Self::Person(person) => notice.person.as_ref() == Some(person),
            Self::Record(id) => *id == notice.id.case.into(),
        }
    }

    /// True if it takes the fingerprints of the commands that wrote that record. It takes those of the
    /// commands that brought one of its texts as well.
    #[must_use]
    pub fn takes_fingerprints(&self, record: &Index) -> bool {
        match self {
            Self::Person(person) => record.customer == *person,
            Self::Record(id) => record.record == *id,
        }
    }
}

/// What an erasure took. Zero everywhere if there was nothing left to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// How many texts.
    pub texts: u64,
    /// How many notices were made void.
    pub notices: u64,
}
