//! Stand-ins for the nouns, until the real ones take their place.
#![allow(missing_docs)]

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::backend::{Index, RecordId};
use crate::id::{CaseId, Code, CustomerId, StaffId, TeamId, TenantId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stage {
    Invited,
    Received,
    Acknowledged,
    InProgress,
    Waiting,
    Resolved,
    FollowedUp,
    Closed,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FeedbackKind {
    Complaint,
    Praise,
    Other(Code),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Priority {
    Low,
    Normal,
    High,
    Urgent,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub(crate) id: CaseId,
    pub(crate) tenant: TenantId,
    pub(crate) version: u64,
    pub(crate) stage: Stage,
    pub(crate) kind: FeedbackKind,
    pub(crate) owner: Option<StaffId>,
    pub(crate) team: Option<TeamId>,
    pub(crate) customer: CustomerId,
    pub(crate) priority: Priority,
    pub(crate) opened: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) labels: Vec<Code>,
    pub(crate) wake_up: Option<DateTime<Utc>>,
}

impl Case {
    pub fn id(&self) -> CaseId {
        self.id
    }

    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn wake_up(&self) -> Option<DateTime<Utc>> {
        self.wake_up
    }

    pub fn index(&self) -> Index {
        Index {
            tenant: self.tenant.clone(),
            record: RecordId::Case(self.id),
            kind: self.kind.clone(),
            stage: self.stage,
            owner: self.owner.clone(),
            team: self.team.clone(),
            customer: self.customer.clone(),
            priority: self.priority,
            opened: self.opened,
            updated: self.updated,
            labels: self.labels.clone(),
            wake_up: self.wake_up,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub version: u64,
    pub recorded_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NoticeId {
    pub case: CaseId,
    pub version: u64,
    pub n: u16,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    pub id: NoticeId,
    pub at: DateTime<Utc>,
    pub person: Option<CustomerId>,
}
