//! A snapshot of each stage, and every notice.

use std::sync::Arc;

use super::samples::*;
use crate::backend::Record;
use crate::case::{Case, Cycle, CycleCause, Ended, Outgoing, Purpose, Stage, WaitingFor};
use crate::conversation::{ConversationHead, Waiting};
use crate::deadline::{DeadlineChange, DeadlineId, DeadlineKind, Deadlines, Excuse};
use crate::format::Format;
use crate::id::{StaffId, TeamId};
use crate::resolution::{Satisfaction, Verdict};
use crate::workflow::{Notice, NoticeId, NoticeKind, Recipient};
use crate::{CloseReason, MootReason};

/// A case in that stage, with as little as there can be.
fn bare(stage: Stage) -> Case {
    Case {
        tenant: tenant(),
        id: case_id(),
        version: 7,
        stage,
        head: Arc::new(bare_head()),
        received_at: at(0),
        updated_at: at(31),
        owner: None,
        team: None,
        involved: Vec::new(),
        participants: Vec::new(),
        erased: 0,
        stepped_out: 0,
        conversation: ConversationHead::default(),
        cycle: bare_cycle(),
        deadlines: Deadlines::default(),
        waiting_for: None,
        unreachable: false,
        closed: None,
        reopened: 0,
        format: Format,
    }
}

fn bare_cycle() -> Cycle {
    Cycle {
        number: 1,
        started_at: at(0),
        cause: CycleCause::Opened,
        acknowledged_at: None,
        acknowledged_by: None,
        responded_at: None,
        responded_by: None,
        resolved_at: None,
        resolution: None,
        resolve_left: None,
        follow_ups: 0,
        answered_at: None,
        satisfaction: None,
        pauses: Vec::new(),
        earlier_pauses: Vec::new(),
        outgoing: Vec::new(),
        numbered: Default::default(),
    }
}

/// As much as there can be.
fn full_cycle() -> Cycle {
    let mut numbered = bare_cycle().numbered;
    numbered[DeadlineKind::Respond as usize] = 2;
    numbered[DeadlineKind::Resolve as usize] = 1;
    Cycle {
        number: 2,
        started_at: at(0),
        cause: CycleCause::Disputed,
        acknowledged_at: Some(at(10)),
        acknowledged_by: Some(message()),
        responded_at: Some(at(30)),
        responded_by: Some(message()),
        resolved_at: Some(at(60)),
        resolution: Some(resolved()),
        resolve_left: Some(left()),
        follow_ups: 1,
        answered_at: Some(at(80)),
        satisfaction: Some(Satisfaction::of(Verdict::Neutral)),
        pauses: pauses(),
        earlier_pauses: pauses(),
        outgoing: outgoing(),
        numbered,
    }
}

pub(super) fn outgoing() -> Vec<Outgoing> {
    vec![
        Outgoing {
            message: message(),
            at: at(30),
            purpose: Purpose::Resolution,
            by_person: true,
            late: true,
            of: Some(other_case()),
            goes_at: Some(at(31)),
            fails_at: Some(at(91)),
            to: 7,
            owed: 5,
            unsent: 3,
            unarrived: 7,
            lost: 4,
            overtaken: 2,
            answered: vec![full_waiting()],
            ended: vec![full_ended(), bare_ended()],
        },
        Outgoing {
            message: message(),
            at: at(40),
            purpose: Purpose::Word,
            by_person: false,
            late: false,
            of: None,
            goes_at: None,
            fails_at: None,
            to: 1,
            owed: 1,
            unsent: 0,
            unarrived: 0,
            lost: 0,
            overtaken: 0,
            answered: Vec::new(),
            ended: Vec::new(),
        },
    ]
}

fn full_ended() -> Ended {
    Ended { provisional: true, stood_since: Some(at(20)), ..Ended::of(&full_deadline(), true, 5) }
}

fn bare_ended() -> Ended {
    Ended::of(&bare_deadline(DeadlineKind::Acknowledge), false, 1)
}

/// Live ones, breaches in every state, and a tally of every kind of end.
fn full_deadlines() -> Deadlines {
    let mut deadlines = Deadlines::default();
    let nth = |kind, n| DeadlineId { n, ..id(kind) };
    let set =
        |id| DeadlineChange::Set(Arc::new(crate::Deadline { id, ..bare_deadline(DeadlineKind::Respond) }));
    let respond = |n| nth(DeadlineKind::Respond, n);
    let mut changes: Vec<_> = (1..=8).map(|n| set(respond(n))).collect();
    let breached =
        |n| DeadlineChange::Breached { id: respond(n), due: at(60), detected: at(65), next_step: None };
    changes.extend([
        DeadlineChange::Met { id: respond(1), at: at(30), by: None, whom: 0 },
        breached(2),
        breached(3),
        DeadlineChange::Met { id: respond(3), at: at(70), by: None, whom: 0 },
        DeadlineChange::Excused { id: respond(3), why: Excuse::DoneInTime },
        DeadlineChange::Lapsed { id: respond(4), at: at(60) },
        DeadlineChange::Waived { id: respond(5), by: crate::Party::Staff(kim()) },
        DeadlineChange::Superseded { id: respond(6), by: respond(7) },
        DeadlineChange::Moot { id: respond(7), reason: MootReason::Overtaken, by: None },
        DeadlineChange::Set(Arc::new(full_deadline())),
        DeadlineChange::Breached { id: full_deadline().id, due: at(480), detected: at(481), next_step: None },
    ]);
    changes.iter().for_each(|change| deadlines.apply(change));
    deadlines
}

/// A case of each stage; in the last one every part is there.
fn cases() -> Vec<(&'static str, Case)> {
    let conversation = ConversationHead {
        from_customer: 2,
        from_staff: 1,
        automatic: 1,
        notes: 3,
        waiting: vec![full_waiting(), Waiting { who: 1, since: at(7), last: None }],
        last_at: Some(at(30)),
        customer_spoke_last: true,
    };
    let mut received = bare(Stage::Received);
    received.deadlines.apply(&DeadlineChange::Set(Arc::new(bare_deadline(DeadlineKind::Acknowledge))));
    let waiting = Case { waiting_for: Some(WaitingFor::Customer), ..bare(Stage::Waiting) };
    let closed = Case {
        owner: Some(kim()),
        team: Some(TeamId::new("repairs").unwrap()),
        involved: involved(),
        participants: participants(),
        head: Arc::new(full_head()),
        conversation,
        cycle: full_cycle(),
        deadlines: full_deadlines(),
        erased: 2,
        stepped_out: 4,
        waiting_for: Some(WaitingFor::ThirdParty),
        unreachable: true,
        closed: Some(closed(CloseReason::Confirmed)),
        reopened: 1,
        ..bare(Stage::Closed)
    };
    vec![
        ("invited", bare(Stage::Invited)),
        ("received", received),
        ("acknowledged", bare(Stage::Acknowledged)),
        ("in-progress", bare(Stage::InProgress)),
        ("waiting", waiting),
        ("resolved", bare(Stage::Resolved)),
        ("followed-up", bare(Stage::FollowedUp)),
        ("closed", closed),
    ]
}

pub(super) fn records() -> Vec<(String, Record)> {
    cases().into_iter().map(|(name, case)| (format!("case/{name}"), case.into())).collect()
}

pub(super) fn notices() -> Vec<(String, Notice)> {
    let notice = |kind, to| Notice {
        id: NoticeId { case: case_id(), version: 7, n: 1 },
        at: at(31),
        to,
        kind,
        person: None,
        text: None,
        purpose: None,
        deadline: None,
        destination: crate::workflow::Destination::main(),
        format: Format,
    };
    let to_customer = || Recipient::Customer(customer());
    let owner = || Recipient::Role(name("owner"));
    let respond = Some(id(DeadlineKind::Respond));
    let named = [
        (
            "message",
            Notice {
                person: Some(customer()),
                text: Some(text(1)),
                deadline: respond,
                ..notice(NoticeKind::Message, to_customer())
            },
        ),
        (
            "resolution",
            Notice {
                person: Some(customer()),
                text: Some(text(1)),
                purpose: Some(Purpose::Resolution),
                ..notice(NoticeKind::Message, to_customer())
            },
        ),
        ("assigned", notice(NoticeKind::Assigned, Recipient::Team(TeamId::new("repairs").unwrap()))),
        ("ask-why", Notice { person: Some(customer()), ..notice(NoticeKind::AskWhy, to_customer()) }),
        ("warning", Notice { deadline: respond, ..notice(NoticeKind::Warning, owner()) }),
        ("escalation", Notice { deadline: respond, ..notice(NoticeKind::Escalation, owner()) }),
        ("review", notice(NoticeKind::Review, Recipient::Staff(StaffId::new("kim").unwrap()))),
        (
            "thanks",
            Notice {
                person: Some(customer()),
                text: Some(text(32)),
                ..notice(NoticeKind::Thanks, Recipient::Team(TeamId::new("repairs").unwrap()))
            },
        ),
        ("undelivered", notice(NoticeKind::Undelivered, owner())),
    ];
    named.into_iter().map(|(name, notice)| (format!("notice/{name}"), notice)).collect()
}
