//! Records, events, notices and texts for the suite. The only file of it that knows how they are made.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::backend::{Record, Write};
use crate::id::{CaseId, Code, CommandId, CustomerId, StaffId, TeamId, TenantId, TextId};
use crate::stub::{Case, Event, FeedbackKind, Notice, NoticeId, Priority, Stage};
use crate::text::{Text, TextKind};

/// What a record is to look like.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) tenant: TenantId,
    pub(super) case: CaseId,
    pub(super) opened: DateTime<Utc>,
    pub(super) customer: CustomerId,
    pub(super) kind: FeedbackKind,
    pub(super) stage: Stage,
    pub(super) priority: Priority,
    pub(super) owner: Option<StaffId>,
    pub(super) team: Option<TeamId>,
    pub(super) labels: Vec<Code>,
    pub(super) wake_up: Option<DateTime<Utc>>,
}

/// A new record at version 1.
pub(super) fn opened(draft: Draft) -> Write {
    let record = Case {
        id: draft.case,
        tenant: draft.tenant,
        version: 1,
        stage: draft.stage,
        kind: draft.kind,
        owner: draft.owner,
        team: draft.team,
        customer: draft.customer,
        priority: draft.priority,
        opened: draft.opened,
        updated: draft.opened,
        labels: draft.labels,
        wake_up: draft.wake_up,
    };
    Write::new(record, 0, vec![Event { version: 1, recorded_at: draft.opened }])
}

/// One more event, which leaves that wake-up behind.
pub(super) fn next(record: &Record, at: DateTime<Utc>, wake_up: Option<DateTime<Utc>>) -> Write {
    several(record, at, wake_up, 1)
}

/// So many more events at once.
pub(super) fn several(
    record: &Record,
    at: DateTime<Utc>,
    wake_up: Option<DateTime<Utc>>,
    count: u64,
) -> Write {
    change(record, at, wake_up, count, |_| {})
}

/// The same record at another stage, by one event.
pub(super) fn moved(record: &Record, at: DateTime<Utc>, stage: Stage) -> Write {
    change(record, at, record.wake_up(), 1, |case| case.stage = stage)
}

fn change(
    record: &Record,
    at: DateTime<Utc>,
    wake_up: Option<DateTime<Utc>>,
    count: u64,
    apply: impl FnOnce(&mut Case),
) -> Write {
    let Record::Case(case) = record;
    let expected = case.version();
    let mut case = Case::clone(case);
    case.version += count;
    case.updated = at;
    case.wake_up = wake_up;
    apply(&mut case);
    let event = |version| Event { version, recorded_at: at };
    let events = (expected + 1..=case.version).map(event).collect();
    Write::new(Arc::new(case), expected, events)
}

/// The write's `n`th notice, owed by its last event.
pub(super) fn notice(write: &Write, n: u16, at: DateTime<Utc>, person: Option<&CustomerId>) -> Notice {
    let Record::Case(case) = &write.record;
    let id = NoticeId { case: case.id(), version: case.version(), n };
    Notice { id, at, person: person.cloned() }
}

/// A command's text about someone.
pub(super) fn text(command: CommandId, slot: u8, about: &CustomerId, body: &str) -> Text {
    Text { id: TextId { command, slot }, about: about.clone(), kind: TextKind::Body, body: body.to_owned() }
}
