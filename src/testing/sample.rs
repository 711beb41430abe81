//! Records, events, notices and texts for the suite. The only file of it that knows how they are made.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::backend::{Record, Write};
use crate::case::{Case, ContactRef, Head, Stage};
use crate::conversation::Party;
use crate::deadline::{Basis, Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, MootReason};
use crate::feedback::{Channel, Consent, ContactKind, FeedbackKind, Priority};
use crate::format::Format;
use crate::id::{CaseId, Code, CommandId, CustomerId, Name, StaffId, TeamId, TenantId, TextId};
use crate::notification::Destination;
use crate::text::{Text, TextKind};
use crate::workflow::{Event, Fact, Notice, NoticeId, NoticeKind, Opened, Recipient, begin};

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
    let head = Head {
        kind: draft.kind,
        came_as: None,
        channel: Channel::Email,
        priority: draft.priority,
        customer: draft.customer,
        contacts: ContactRef::new(ContactKind::InThread, None).into_iter().collect(),
        subject: None,
        rating: None,
        touchpoint: None,
        labels: draft.labels,
        references: Vec::new(),
        consent: Consent::default(),
        automatic: false,
        continues: None,
        split_from: None,
        policy: Name::known("sample"),
        policy_version: 1,
    };
    let opened =
        Opened { tenant: draft.tenant, case: draft.case, head: Arc::new(head), body: None, attachments: 0 };
    let event = event(1, draft.opened, Fact::Opened(Box::new(opened.clone())));
    let case = begin(&opened.tenant, opened.case, &opened.head, draft.stage, &event);
    let case = Case { owner: draft.owner, team: draft.team, ..case };
    written(case, 0, vec![event], draft.wake_up)
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

/// The same record, which owes something that is or was due then, by one event.
pub(super) fn owing(record: &Record, at: DateTime<Utc>, due: Option<DateTime<Utc>>) -> Write {
    change(record, at, None, 1, |case| {
        let id = |n| DeadlineId { kind: DeadlineKind::Resolve, cycle: 1, n };
        let before = case.deadlines.of_kind(DeadlineKind::Resolve).next().map_or(0, |owed| owed.id.n);
        case.deadlines.apply(&DeadlineChange::Moot {
            id: id(before),
            reason: MootReason::Overtaken,
            by: None,
        });
        if let Some(due) = due {
            // Missed, so that it has no part in the wake-up.
            let state = DeadlineState::Breached;
            let owed = Deadline { state, ..review(id(before + 1), due) };
            case.deadlines.apply(&DeadlineChange::Set(Arc::new(owed)));
        }
    })
}

fn change(
    record: &Record,
    at: DateTime<Utc>,
    wake_up: Option<DateTime<Utc>>,
    count: u64,
    apply: impl FnOnce(&mut Case),
) -> Write {
    let Record::Case(case) = record;
    let expected = case.version;
    let mut case = Case::clone(case);
    case.updated_at = at;
    apply(&mut case);
    let events =
        (expected + 1..=expected + count).map(|version| event(version, at, Fact::NoActionNeeded)).collect();
    written(case, expected, events, wake_up)
}

/// A case with these events, the last of which leaves that wake-up behind. A backend never folds: that
/// the events would not lead to just this case is not its business.
fn written(mut case: Case, expected: u64, mut events: Vec<Event>, wake_up: Option<DateTime<Utc>>) -> Write {
    let id = |n| DeadlineId { kind: DeadlineKind::Review, cycle: 1, n };
    let live = case.deadlines.of_kind(DeadlineKind::Review).next().map_or(0, |deadline| deadline.id.n);
    let mut changes = Vec::new();
    if live > 0 {
        changes.push(DeadlineChange::Moot { id: id(live), reason: MootReason::Overtaken, by: None });
    }
    if let Some(at) = wake_up {
        changes.push(DeadlineChange::Set(Arc::new(review(id(live + 1), at))));
    }
    changes.iter().for_each(|change| case.deadlines.apply(change));
    if let Some(last) = events.last_mut() {
        case.version = last.version;
        last.changes = changes;
    }
    Write::new(Arc::new(case), expected, events)
}

fn review(id: DeadlineId, at: DateTime<Utc>) -> Deadline {
    let basis = Basis {
        policy: Name::known("sample"),
        policy_version: 1,
        calendar: Name::known("sample"),
        calendar_version: 1,
        zone_rules: None,
    };
    Deadline::running(id, at, at, at, Arc::new(basis))
}

fn event(version: u64, at: DateTime<Utc>, fact: Fact) -> Event {
    Event {
        version,
        occurred_at: at,
        dated: None,
        recorded_at: at,
        by: Party::System,
        on_behalf_of: None,
        command: None,
        fact,
        changes: Vec::new(),
        format: Format,
    }
}

/// The write's `n`th notice, owed by its last event.
pub(super) fn notice(write: &Write, n: u16, at: DateTime<Utc>, person: Option<&CustomerId>) -> Notice {
    let to = person
        .map_or_else(|| Recipient::Role(Name::known("owner")), |person| Recipient::Customer(person.clone()));
    Notice { person: person.cloned(), ..notice_to(write, n, at, to, NoticeKind::Message) }
}

/// One that is about nobody.
pub(super) fn notice_to(write: &Write, n: u16, at: DateTime<Utc>, to: Recipient, kind: NoticeKind) -> Notice {
    let Record::Case(case) = &write.record;
    Notice {
        id: NoticeId { case: case.id, version: case.version, n },
        at,
        to,
        kind,
        person: None,
        text: None,
        purpose: None,
        deadline: None,
        destination: Destination::main(),
        format: Format,
    }
}

/// A command's text about someone.
pub(super) fn text(command: CommandId, slot: u8, about: &CustomerId, body: &str) -> Text {
    Text { id: TextId { command, slot }, about: about.clone(), kind: TextKind::Body, body: body.to_owned() }
}
