//! A list in pages.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::{BackendError, Invalid, Undecodable};
use super::query::CaseQuery;
use super::record::{Record, RecordId};
use crate::id::IdError;

/// The most items that one request may ask for.
pub const MAX_LIMIT: usize = 1000;

pub(super) fn check_limit(limit: usize) -> Result<(), Invalid> {
    match limit {
        1..=MAX_LIMIT => Ok(()),
        _ => Err(Invalid::Limit { limit, max: MAX_LIMIT }),
    }
}

/// Asks for one page of the records that a query describes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Find {
    /// Which records, in which order.
    pub query: CaseQuery,
    /// Which part of the list.
    pub page: PageRequest,
}

impl Find {
    /// Asks for that page of that list.
    #[must_use]
    pub fn new(query: CaseQuery, page: PageRequest) -> Self {
        Self { query, page }
    }

    /// Whether the request makes sense, and where to go on: the time in the query's order and the id
    /// of the record behind which the page begins, `None` for the first page.
    ///
    /// # Errors
    /// [`BackendError::Invalid`] for a limit that is not in `1..=`[`MAX_LIMIT`],
    /// [`BackendError::BadCursor`] for a cursor of another query.
    pub fn after(&self) -> Result<Option<(DateTime<Utc>, RecordId)>, BackendError> {
        check_limit(self.page.limit)?;
        self.page.cursor.as_ref().map(|cursor| self.query.resume(cursor)).transpose()
    }

    /// The page out of all records there are, for a backend that keeps no order of its own. It looks
    /// at every one of them.
    ///
    /// # Errors
    /// Those of [`Find::after`].
    pub fn page_of(&self, all: impl IntoIterator<Item = Found>) -> Result<Page, BackendError> {
        let after = self.after()?;
        let query = &self.query;
        let mut listed: Vec<_> = all
            .into_iter()
            .filter_map(|found| {
                let index = found.record.index();
                let place = (query.order.of(&index)?, index.record);
                let behind =
                    after.is_none_or(|after| query.direction.apply(place.cmp(&after)) == Ordering::Greater);
                (behind && query.matches(&index, found.quarantined)).then_some((place, found))
            })
            .collect();
        listed.sort_by(|(a, _), (b, _)| query.direction.apply(a.cmp(b)));
        let more = listed.len() > self.page.limit;
        listed.truncate(self.page.limit);
        let last = listed.last().filter(|_| more).map(|((at, record), _)| (*at, *record));
        Ok(Page {
            next: last.map(|(at, record)| query.cursor(at, record)),
            items: listed.into_iter().map(|(_, found)| Ok(found)).collect(),
        })
    }
}

/// Which part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageRequest {
    /// At most this many items, `1..=`[`MAX_LIMIT`].
    pub limit: usize,
    /// Behind this place; `None` for the beginning.
    pub cursor: Option<Cursor>,
}

impl PageRequest {
    /// The first page.
    #[must_use]
    pub fn first(limit: usize) -> Self {
        Self { limit, cursor: None }
    }

    /// The page that begins behind the cursor.
    #[must_use]
    pub fn after(limit: usize, cursor: Cursor) -> Self {
        Self { limit, cursor: Some(cursor) }
    }
}

/// One page of a list.
#[derive(Debug)]
pub struct Page {
    /// The records in the query's order; in place of one that cannot be read, what is stored of it.
    pub items: Vec<Result<Found, Undecodable>>,
    /// Where the next page begins, `None` if there is nothing behind this one.
    pub next: Option<Cursor>,
}

/// A record in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The record as it stood when the page was read.
    pub record: Record,
    /// True if its wake-ups failed too often; see [`QUARANTINE_AFTER`](super::QUARANTINE_AFTER).
    pub quarantined: bool,
}

/// A place in a list, bound to the list's tenant, filter and order.
///
/// Written as text (with `Display` and in serde) it may leave the process and come back. It is no
/// secret and no permission: whoever alters one only moves within the query that they hold anyway. It
/// does not outlive an upgrade of this crate: a query's cursor may then be refused, and the list is
/// begun again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub(super) query: u64,
    pub(super) at: DateTime<Utc>,
    pub(super) record: RecordId,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.at.timestamp(), self.at.timestamp_subsec_nanos());
        write!(f, "{:016x}.{seconds}.{nanos}.{}", self.query, self.record)
    }
}

impl FromStr for Cursor {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        fn part<'a>(parts: &mut impl Iterator<Item = &'a str>) -> Result<&'a str, IdError> {
            parts.next().ok_or(IdError::Malformed)
        }
        let mut parts = text.splitn(4, '.');
        let query = u64::from_str_radix(part(&mut parts)?, 16).map_err(|_| IdError::Malformed)?;
        let seconds = part(&mut parts)?.parse().map_err(|_| IdError::Malformed)?;
        let nanos = part(&mut parts)?.parse().map_err(|_| IdError::Malformed)?;
        let at = DateTime::from_timestamp(seconds, nanos).ok_or(IdError::Malformed)?;
        Ok(Self { query, at, record: part(&mut parts)?.parse()? })
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Direction, Order};
    use crate::id::{CaseId, TenantId};

    #[test]
    fn a_cursor_reads_what_it_writes() {
        let query = CaseQuery::new(TenantId::single());
        for at in ["2026-11-22T10:00:00.123456789Z", "1969-12-31T23:59:59.5Z", "0001-01-01T00:00:00Z"] {
            let cursor = query.cursor(at.parse().unwrap(), CaseId::from_uuid(uuid::Uuid::max()).into());
            assert_eq!(cursor.to_string().parse(), Ok(cursor.clone()));
            let json = serde_json::to_string(&cursor).unwrap();
            assert_eq!(serde_json::from_str::<Cursor>(&json).unwrap(), cursor);
        }
        for text in ["", "x", "0.0.0", "0.0.0.case/x", "0.99999999999999999.0.case/x", "g.0.0.case/x"] {
            assert_eq!(text.parse::<Cursor>(), Err(IdError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_cursor_knows_its_query() {
        let query = CaseQuery::new(TenantId::single());
        let cursor = query.cursor(DateTime::UNIX_EPOCH, CaseId::from_uuid(uuid::Uuid::nil()).into());
        assert!(query.resume(&cursor).is_ok());
        let mut filtered = query.clone();
        filtered.quarantined = Some(false);
        let other_order = query.clone().ordered(Order::Opened, Direction::Descending);
        let other_tenant = CaseQuery::new(TenantId::new("other").unwrap());
        for other in [filtered, other_order, other_tenant] {
            assert!(matches!(other.resume(&cursor), Err(BackendError::BadCursor)));
        }
    }
}
