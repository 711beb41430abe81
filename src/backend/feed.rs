//! The ledger: what happened, by record or in the order in which it was committed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::{Invalid, Undecodable};
use super::page::check_limit;
use super::record::{Key, RecordId};
use crate::id::{IdError, TenantId};
use crate::workflow::Event;

/// Asks for events of one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventQuery {
    /// Whose events.
    pub tenant: TenantId,
    /// Which of theirs.
    pub scope: EventScope,
    /// At most this many, `1..=`[`MAX_LIMIT`](super::MAX_LIMIT).
    pub limit: usize,
}

impl EventQuery {
    /// The history of one record: its events of the versions behind `after`, exclusive; 0 for all.
    #[must_use]
    pub fn history(key: Key, after: u64, limit: usize) -> Self {
        Self { tenant: key.tenant, scope: EventScope::Record { id: key.id, after }, limit }
    }

    /// The feed of a tenant: the events of all its records behind `after`, exclusive; `None` for all.
    #[must_use]
    pub fn feed(tenant: TenantId, after: Option<Position>, limit: usize) -> Self {
        Self { tenant, scope: EventScope::Feed { after }, limit }
    }

    /// Whether the request makes sense.
    ///
    /// # Errors
    /// [`Invalid::Limit`].
    pub fn check(&self) -> Result<(), Invalid> {
        check_limit(self.limit)
    }

    /// True if the event belongs into the answer.
    #[must_use]
    pub fn matches(&self, position: Position, key: &Key, event: &Event) -> bool {
        self.tenant == key.tenant
            && match self.scope {
                EventScope::Record { id, after } => id == key.id && event.version > after,
                EventScope::Feed { after } => after.is_none_or(|after| position > after),
            }
    }
}

/// Which events of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventScope {
    /// Those of one record, by version.
    Record {
        /// Which record.
        id: RecordId,
        /// Only versions greater than this.
        after: u64,
    },
    /// Those of all records, in the order in which they were committed.
    Feed {
        /// Only positions greater than this.
        after: Option<Position>,
    },
}

/// Events, in order. Fewer than asked for means that there are no more for now.
#[derive(Debug)]
pub struct EventPage {
    /// The events.
    pub items: Vec<EventItem>,
}

impl EventPage {
    /// The place of the last one: where to go on from. `None` for an empty page.
    #[must_use]
    pub fn last(&self) -> Option<Position> {
        self.items.last().map(|item| item.position)
    }
}

/// One event in its place.
#[derive(Debug)]
pub struct EventItem {
    /// Its place in the tenant's feed, the same in a record's history.
    pub position: Position,
    /// The record that it happened to.
    pub key: Key,
    /// What happened, or what is stored if that cannot be read.
    pub event: Result<Event, Undecodable>,
}

impl EventItem {
    /// A name of the event that is the same whenever it is read, and from every copy of the store: the
    /// record's id and the version, with a hyphen between them. Give it to whatever drops repeats. `None`
    /// for an event that cannot be read.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        let RecordId::Case(case) = self.key.id;
        self.event.as_ref().ok().map(|event| format!("{case}-{}", event.version))
    }
}

/// A place in a tenant's feed. Compared within one tenant only; what the numbers are is the
/// backend's own affair. Written `epoch-number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    epoch: u64,
    number: u128,
}

impl Position {
    /// A place by the count of the store's restorations and a number that rises in commit order.
    #[must_use]
    pub const fn new(epoch: u64, number: u128) -> Self {
        Self { epoch, number }
    }

    /// It rises when the store was restored from an older copy.
    #[must_use]
    pub const fn epoch(self) -> u64 {
        self.epoch
    }

    /// The place within the epoch.
    #[must_use]
    pub const fn number(self) -> u128 {
        self.number
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.epoch, self.number)
    }
}

impl FromStr for Position {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let (epoch, number) = text.split_once('-').ok_or(IdError::Malformed)?;
        Ok(Self {
            epoch: epoch.parse().map_err(|_| IdError::Malformed)?,
            number: number.parse().map_err(|_| IdError::Malformed)?,
        })
    }
}

impl Serialize for Position {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
