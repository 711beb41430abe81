//! Which records to list, and in which order.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

use chrono::{DateTime, Utc};

use super::error::BackendError;
use super::page::Cursor;
use super::record::{Index, RecordId};
use crate::case::Stage;
use crate::feedback::FeedbackKind;
use crate::feedback::Priority;
use crate::id::{Code, CustomerId, StaffId, TeamId, TenantId};

/// Which records of one tenant, in which order.
///
/// An empty filter lets everything through. A record has to pass every filter; within one filter any
/// of its values will do, except for the labels, of which it must bear all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CaseQuery {
    /// Whose records.
    pub tenant: TenantId,
    /// At any of these stages.
    pub stages: Vec<Stage>,
    /// Of any of these kinds.
    pub kinds: Vec<FeedbackKind>,
    /// With any of these owners; `None` among them stands for having none.
    pub owners: Vec<Option<StaffId>>,
    /// With any of these teams; `None` among them stands for having none.
    pub teams: Vec<Option<TeamId>>,
    /// Of any of these customers.
    pub customers: Vec<CustomerId>,
    /// Of any of these priorities.
    pub priorities: Vec<Priority>,
    /// Bearing all of these labels.
    pub labels: Vec<Code>,
    /// Opened in this span.
    pub opened: TimeRange,
    /// Last changed in this span.
    pub updated: TimeRange,
    /// With a wake-up strictly before this instant.
    pub wake_up_before: Option<DateTime<Utc>>,
    /// Quarantined or not.
    pub quarantined: Option<bool>,
    /// By what to order.
    pub order: Order,
    /// Which end comes first.
    pub direction: Direction,
}

impl CaseQuery {
    /// All records of the tenant, the oldest first.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            stages: Vec::new(),
            kinds: Vec::new(),
            owners: Vec::new(),
            teams: Vec::new(),
            customers: Vec::new(),
            priorities: Vec::new(),
            labels: Vec::new(),
            opened: TimeRange::ALL,
            updated: TimeRange::ALL,
            wake_up_before: None,
            quarantined: None,
            order: Order::Opened,
            direction: Direction::Ascending,
        }
    }

    /// Orders them otherwise.
    #[must_use]
    pub fn ordered(mut self, order: Order, direction: Direction) -> Self {
        self.order = order;
        self.direction = direction;
        self
    }

    /// Narrows to records of others that concern this person: theirs was merged into it, or they wrote in it.
    #[must_use]
    pub fn with_guest(mut self, person: &CustomerId) -> Self {
        self.labels.push(super::record::guest(&self.tenant, person));
        self
    }

    /// True if the record belongs into the answer. A record without a wake-up has no place in the
    /// order by wake-up, one that owes nothing none in the order by due time: it is left out.
    #[must_use]
    pub fn matches(&self, index: &Index, quarantined: bool) -> bool {
        self.tenant == index.tenant
            && self.order.of(index).is_some()
            && any(&self.stages, &index.stage)
            && any(&self.kinds, &index.kind)
            && any(&self.owners, &index.owner)
            && any(&self.teams, &index.team)
            && any(&self.customers, &index.customer)
            && any(&self.priorities, &index.priority)
            && self.labels.iter().all(|label| index.labels.contains(label))
            && self.opened.contains(index.opened)
            && self.updated.contains(index.updated)
            && self.wake_up_before.is_none_or(|before| index.wake_up.is_some_and(|at| at < before))
            && self.quarantined.is_none_or(|wanted| wanted == quarantined)
    }

    /// Which of two records comes first: by the time of the order, then by id, in the query's
    /// direction.
    #[must_use]
    pub fn compare(&self, a: &Index, b: &Index) -> Ordering {
        let key = |index: &Index| (self.order.of(index), index.record);
        self.direction.apply(key(a).cmp(&key(b)))
    }

    /// A cursor that stands behind the record with this id, whose time in the query's order is `at`.
    #[must_use]
    pub fn cursor(&self, at: DateTime<Utc>, record: RecordId) -> Cursor {
        Cursor { query: self.fingerprint(), at, record }
    }

    /// Where a cursor of this query stands: the time in the query's order and the id of the last
    /// record that was listed. The next one comes strictly behind it.
    ///
    /// # Errors
    /// [`BackendError::BadCursor`], if it is a cursor of another tenant, filter or order.
    pub fn resume(&self, cursor: &Cursor) -> Result<(DateTime<Utc>, RecordId), BackendError> {
        if cursor.query == self.fingerprint() {
            Ok((cursor.at, cursor.record))
        } else {
            Err(BackendError::BadCursor)
        }
    }

    /// True if every record in the span of the list's own order matches, so that none has to be asked.
    pub(super) fn is_only_a_span(&self) -> bool {
        let no_opened = self.opened == TimeRange::ALL || self.order == Order::Opened;
        let no_updated = self.updated == TimeRange::ALL || self.order == Order::Updated;
        let no_wake_up = self.wake_up_before.is_none() || self.order == Order::WakeUp;
        let lists = [self.stages.len(), self.kinds.len(), self.owners.len(), self.teams.len()];
        let more = [self.customers.len(), self.priorities.len(), self.labels.len()];
        let no_list = lists.iter().chain(&more).all(|len| *len == 0);
        no_opened && no_updated && no_wake_up && no_list && self.quarantined.is_none()
    }

    fn fingerprint(&self) -> u64 {
        let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
        self.hash(&mut hasher);
        hasher.finish()
    }
}

fn any<T: PartialEq>(wanted: &[T], value: &T) -> bool {
    wanted.is_empty() || wanted.contains(value)
}

/// A half-open span of time: from its start, inclusive, until its end, exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TimeRange {
    /// The first instant, inclusive; `None` for no beginning.
    pub from: Option<DateTime<Utc>>,
    /// The end, exclusive; `None` for no end.
    pub until: Option<DateTime<Utc>>,
}

impl TimeRange {
    /// All of time.
    pub const ALL: Self = Self { from: None, until: None };

    /// From `from`, inclusive, until `until`, exclusive.
    #[must_use]
    pub const fn between(from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self { from: Some(from), until: Some(until) }
    }

    /// True if the instant lies in the span.
    #[must_use]
    pub fn contains(&self, at: DateTime<Utc>) -> bool {
        self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at < until)
    }
}

/// By what a list is ordered; records of one instant are ordered by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Order {
    /// When it began.
    Opened,
    /// When it last changed.
    Updated,
    /// When it next wants to be looked at. Lists only records that want to.
    WakeUp,
    /// When the earliest of what is owed is or was due, so that what is overdue comes first. Lists only
    /// records that owe something whose time runs or has run out.
    Due,
}

impl Order {
    /// The record's time in this order, `None` if it has no place in it.
    #[must_use]
    pub fn of(self, index: &Index) -> Option<DateTime<Utc>> {
        match self {
            Self::Opened => Some(index.opened),
            Self::Updated => Some(index.updated),
            Self::WakeUp => index.wake_up,
            Self::Due => index.due,
        }
    }
}

/// Which end of an order comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// The earliest, and the smallest id.
    Ascending,
    /// The latest, and the greatest id.
    Descending,
}

impl Direction {
    pub(super) fn apply(self, ascending: Ordering) -> Ordering {
        match self {
            Self::Ascending => ascending,
            Self::Descending => ascending.reverse(),
        }
    }
}

/// FNV-1a. It only has to tell one query from another, alike in every process.
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
