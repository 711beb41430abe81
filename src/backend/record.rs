//! What a backend stores, and the little that it may know about it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::case::Case;
use crate::case::Stage;
use crate::feedback::FeedbackKind;
use crate::feedback::Priority;
use crate::id::{CaseId, Code, CustomerId, IdError, StaffId, TeamId, TenantId};

/// A thing with a version and a history of its own.
///
/// A backend serialises it whole and asks it for its [`Index`]; it never looks inside. A later kind
/// of record is a variant here, not a method of the trait.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// A case. Shared, so that handing one out does not copy it.
    Case(Arc<Case>),
}

impl Record {
    /// Which record it is, within its tenant.
    #[must_use]
    pub fn id(&self) -> RecordId {
        match self {
            Self::Case(case) => RecordId::Case(case.id),
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        match self {
            Self::Case(case) => &case.tenant,
        }
    }

    /// Tenant and id: under which it is stored.
    #[must_use]
    pub fn key(&self) -> Key {
        Key { tenant: self.tenant().clone(), id: self.id() }
    }

    /// The number of events that made it what it is.
    #[must_use]
    pub fn version(&self) -> u64 {
        match self {
            Self::Case(case) => case.version,
        }
    }

    /// When it next wants to be looked at, `None` if nothing is due any more.
    #[must_use]
    pub fn wake_up(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Case(case) => case.wake_up(),
        }
    }

    /// The facts by which it can be found.
    #[must_use]
    pub fn index(&self) -> Index {
        match self {
            Self::Case(case) => index(case),
        }
    }

    /// The case, if it is one.
    #[must_use]
    pub fn as_case(&self) -> Option<&Arc<Case>> {
        match self {
            Self::Case(case) => Some(case),
        }
    }
}

impl From<Arc<Case>> for Record {
    fn from(case: Arc<Case>) -> Self {
        Self::Case(case)
    }
}

impl From<Case> for Record {
    fn from(case: Case) -> Self {
        Self::Case(Arc::new(case))
    }
}

/// The kinds of records, for a backend that keeps them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RecordKind {
    /// A case.
    Case,
}

/// Which record, within a tenant. Ordered by kind, then by the bytes of the id; written `case/<uuid>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RecordId {
    /// A case.
    Case(CaseId),
}

impl RecordId {
    /// What kind of record it names.
    #[must_use]
    pub const fn kind(self) -> RecordKind {
        match self {
            Self::Case(_) => RecordKind::Case,
        }
    }
}

impl From<CaseId> for RecordId {
    fn from(case: CaseId) -> Self {
        Self::Case(case)
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Case(case) => write!(f, "case/{case}"),
        }
    }
}

impl FromStr for RecordId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let case = text.strip_prefix("case/").ok_or(IdError::Malformed)?;
        Ok(Self::Case(case.parse()?))
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Where a record is stored. Two tenants may use the same id: those are two records.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Whose record.
    pub tenant: TenantId,
    /// Which of theirs.
    pub id: RecordId,
}

impl Key {
    /// The key of that record of that tenant.
    #[must_use]
    pub fn new(tenant: TenantId, id: impl Into<RecordId>) -> Self {
        Self { tenant, id: id.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.id, self.tenant)
    }
}

fn index(case: &Case) -> Index {
    let head = &case.head;
    Index {
        tenant: case.tenant.clone(),
        record: RecordId::Case(case.id),
        kind: head.kind.clone(),
        stage: case.stage,
        owner: case.owner.clone(),
        team: case.team.clone(),
        customer: head.customer.clone(),
        priority: head.priority,
        opened: case.received_at,
        updated: case.updated_at,
        labels: head.labels.iter().cloned().chain(guests(case)).collect(),
        wake_up: case.wake_up(),
        due: case.owed_by(),
    }
}

/// A label of ours for each person whom a case concerns besides its customer.
fn guests(case: &Case) -> impl Iterator<Item = Code> {
    let guests = case.people().filter(|person| **person != case.head.customer);
    guests.map(|person| guest(&case.tenant, person))
}

/// The label under which the cases are found that concern a person besides their customer. It holds a digest of
/// the person's id, which may be longer than a label and have other letters.
pub(super) fn guest(tenant: &TenantId, person: &CustomerId) -> Code {
    let digest = CaseId::derive(tenant, &["guest", person.as_str()]);
    Code::of_uuid("talkback:guest:", digest.uuid())
}

/// The facts by which a record can be found: what a database puts into columns.
///
/// Whether a record is quarantined is not among them: that is the backend's own knowledge.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// Whose record.
    pub tenant: TenantId,
    /// Which of theirs.
    pub record: RecordId,
    /// What kind of feedback.
    pub kind: FeedbackKind,
    /// How far it got.
    pub stage: Stage,
    /// Who works on it.
    pub owner: Option<StaffId>,
    /// Which team works on it.
    pub team: Option<TeamId>,
    /// Whose feedback it is.
    pub customer: CustomerId,
    /// How urgent it is.
    pub priority: Priority,
    /// When it began.
    pub opened: DateTime<Utc>,
    /// When its last event was recorded.
    pub updated: DateTime<Utc>,
    /// The application's labels, in any order, each once; and one of ours for each person whom the record concerns
    /// besides its customer, see [`CaseQuery::with_guest`](super::CaseQuery::with_guest).
    pub labels: Vec<Code>,
    /// When it next wants to be looked at.
    pub wake_up: Option<DateTime<Utc>>,
    /// When the earliest of what is owed is or was due: see [`Case::owed_by`].
    pub due: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_id_reads_what_it_writes() {
        let id = RecordId::Case(CaseId::from_uuid(uuid::Uuid::from_u128(7)));
        assert_eq!(id.to_string(), "case/00000000-0000-0000-0000-000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("00000000-0000-0000-0000-000000000007".parse::<RecordId>(), Err(IdError::Malformed));
    }
}
