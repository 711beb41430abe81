//! One value of everything that is stored, with every part that it can have written out: whoever adds a
//! part has to say here what it looks like.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::backend::Key;
use crate::case::{
    Closed, ContactRef, Head, Involved, MoreContacts, Participant, Pause, ResolveLeft, Seat, WasEnded,
};
use crate::conversation::{Delivery, Party, ReplyPathKind, Tone, Waiting};
use crate::deadline::{
    About, Basis, Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, Excuse, MootReason,
    NextStep, Promised,
};
use crate::feedback::{Channel, Consent, ContactKind, FeedbackKind, Priority, Rating, Reference, Scale};
use crate::format::Format;
use crate::id::{CaseId, Code, CommandId, CustomerId, MessageId, Name, StaffId, TeamId, TenantId, TextId};
use crate::policy::{Extension, Remaining, Span};
use crate::resolution::{
    Credited, Exit, ExitReason, Outcome, RecordedRemedy, RemedyKind, Resolved, Satisfaction, Verdict,
};
use crate::workflow::{BreachCause, Event, Fact, Invited, Opened, Said};
use crate::{CloseReason, CycleCause, WaitingFor};

/// 23 November 2026, 09:00, and so many minutes.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_424_400, 0).unwrap() + TimeDelta::minutes(minutes)
}

pub(super) fn tenant() -> TenantId {
    TenantId::new("shop").unwrap()
}

pub(super) fn case_id() -> CaseId {
    CaseId::from_uuid(uuid::Uuid::from_u128(0x0191_d0c8_0000_7000_8000_0000_0000_0001))
}

pub(super) fn other_case() -> CaseId {
    CaseId::from_uuid(uuid::Uuid::from_u128(0x0191_d0c8_0000_7000_8000_0000_0000_0002))
}

pub(super) fn key() -> Key {
    Key::new(tenant(), case_id())
}

pub(super) fn command() -> CommandId {
    CommandId::from_uuid(uuid::Uuid::from_u128(0x0191_d0c8_0000_7000_8000_0000_0000_00c0))
}

pub(super) fn text(slot: u8) -> TextId {
    TextId { command: command(), slot }
}

pub(super) fn id(kind: DeadlineKind) -> DeadlineId {
    DeadlineId { kind, cycle: 1, n: 1 }
}

pub(super) fn name(text: &str) -> Name {
    Name::new(text).unwrap()
}

pub(super) fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

pub(super) fn kim() -> StaffId {
    StaffId::new("kim").unwrap()
}

pub(super) fn customer() -> CustomerId {
    CustomerId::new("customer-17").unwrap()
}

pub(super) fn message() -> MessageId {
    command().into()
}

pub(super) fn involved() -> Vec<Involved> {
    let customer = |name: &str| CustomerId::new(name).unwrap();
    vec![
        Involved { customer: customer("customer-18"), contacts: contacts(), seat: seat() },
        Involved {
            customer: customer("customer-19"),
            contacts: Vec::new(),
            seat: Seat { side: None, ..seat() },
        },
    ]
}

pub(super) fn contacts() -> Vec<ContactRef> {
    vec![
        ContactRef { kind: ContactKind::Email, text: Some(text(2)) },
        ContactRef { kind: ContactKind::InThread, text: None },
    ]
}

pub(super) fn seat() -> Seat {
    Seat { side: Some(other_case()), since: 3 }
}

pub(super) fn participants() -> Vec<Participant> {
    vec![Participant { customer: CustomerId::new("customer-20").unwrap(), seat: seat() }]
}

pub(super) fn more_contacts() -> Vec<MoreContacts> {
    vec![MoreContacts { customer: customer(), contacts: contacts() }]
}

/// As little as there can be.
pub(super) fn bare_head() -> Head {
    Head {
        kind: FeedbackKind::Complaint,
        came_as: None,
        channel: Channel::Chat,
        priority: Priority::Normal,
        customer: customer(),
        contacts: Vec::new(),
        subject: None,
        rating: None,
        touchpoint: None,
        labels: Vec::new(),
        references: Vec::new(),
        consent: Consent::default(),
        automatic: false,
        continues: None,
        split_from: None,
        policy: name("house-standard"),
        policy_version: 1,
    }
}

/// As much as there can be.
pub(super) fn full_head() -> Head {
    Head {
        kind: code("warranty-claim").into(),
        came_as: Some(FeedbackKind::Complaint),
        channel: Channel::Email,
        priority: Priority::Urgent,
        customer: customer(),
        contacts: contacts(),
        subject: Some(text(0)),
        rating: Some(Rating::new(Scale::Stars, 3.5).unwrap()),
        touchpoint: Some(code("delivery")),
        labels: vec![code("kettle"), code("leak")],
        references: vec![Reference { kind: code("order"), id: name("1017") }],
        consent: Consent { surveys: true, publication: true, next_version: true },
        automatic: true,
        continues: Some(other_case()),
        split_from: Some(other_case()),
        policy: name("house-standard"),
        policy_version: 2,
    }
}

pub(super) fn bare_said() -> Said {
    Said {
        body: text(1),
        reply_path: ReplyPathKind::InThread,
        posted: false,
        delivered: false,
        attachments: 0,
        goes_at: None,
        fails_at: None,
    }
}

pub(super) fn full_waiting() -> Waiting {
    Waiting { who: 0, since: at(5), last: Some(at(9)) }
}

fn full_said() -> Said {
    Said {
        body: text(1),
        reply_path: ReplyPathKind::Email,
        posted: true,
        delivered: true,
        attachments: 2,
        goes_at: Some(at(31)),
        fails_at: Some(at(61)),
    }
}

pub(super) fn basis(zone_rules: Option<&str>) -> Arc<Basis> {
    Arc::new(Basis {
        policy: name("house-standard"),
        policy_version: 1,
        calendar: name("office"),
        calendar_version: 3,
        zone_rules: zone_rules.map(name),
    })
}

pub(super) fn bare_deadline(kind: DeadlineKind) -> Deadline {
    Deadline {
        id: id(kind),
        step: None,
        anchor: at(0),
        due: at(60),
        late_from: at(65),
        span: None,
        basis: basis(None),
        soft: false,
        pausable: false,
        provisional: false,
        moot_until: None,
        extension: None,
        extended: 0,
        about: None,
        state: DeadlineState::Running,
        next_step: None,
        steps_fired: 0,
        accepted_until: None,
    }
}

pub(super) fn full_deadline() -> Deadline {
    Deadline {
        id: DeadlineId { kind: DeadlineKind::Resolve, cycle: 2, n: 3 },
        step: Some(name("final response")),
        anchor: at(0),
        due: at(480) + TimeDelta::microseconds(123_456),
        late_from: at(485),
        span: Some(Span::weeks(8)),
        basis: basis(Some("2026e")),
        soft: true,
        pausable: true,
        provisional: true,
        moot_until: Some(at(120)),
        extension: Some(Arc::new(Extension::to(Span::months(3)).times(2).without_reason().without_notice())),
        extended: 1,
        about: Some(About::Promised(Promised::Resolution)),
        state: DeadlineState::Paused { at: at(30), remaining: Remaining::Days(55) },
        next_step: Some(NextStep { step: 1, at: at(420) }),
        steps_fired: 1,
        accepted_until: Some(at(400)),
    }
}

/// Deadlines in what else they can hold.
fn other_deadlines() -> Vec<(&'static str, Deadline)> {
    let thank = |about| Deadline { about: Some(about), ..bare_deadline(DeadlineKind::Thank) };
    let promise =
        |what| Deadline { about: Some(About::Promised(what)), ..bare_deadline(DeadlineKind::Promise) };
    let paused = |remaining| Deadline {
        state: DeadlineState::Paused { at: at(30), remaining },
        ..bare_deadline(DeadlineKind::Update)
    };
    let extended = |extension| Deadline {
        extension: Some(Arc::new(extension)),
        state: DeadlineState::Breached,
        ..bare_deadline(DeadlineKind::Respond)
    };
    let both = (Remaining::Days(0), Remaining::Working(TimeDelta::hours(1)));
    let credit = |to, text| About::Credit { to, text };
    vec![
        ("thank-staff", thank(credit(Credited::Staff(kim()), Some(text(32))))),
        ("thank-team", thank(credit(Credited::Team(TeamId::new("repairs").unwrap()), None))),
        ("promise-answer", promise(Promised::Answer)),
        ("promise-action", promise(Promised::Action(code("visit")))),
        ("paused-elapsed", paused(Remaining::Elapsed(TimeDelta::new(5_400, 7_000).unwrap()))),
        ("paused-working", paused(Remaining::Working(TimeDelta::hours(2)))),
        ("paused-min", paused(Remaining::Min(Arc::new(both)))),
        ("extendable-by", extended(Extension::by(Span::working_days(3).close_of_business()))),
        ("extendable-agreed", extended(Extension::agreed())),
        (
            "span-min",
            Deadline {
                span: Some(Span::calendar_days(90).min(Span::hours(48))),
                ..bare_deadline(DeadlineKind::FollowUp)
            },
        ),
    ]
}

pub(super) fn closed(reason: CloseReason) -> Box<Closed> {
    Box::new(Closed { at: at(90), reason, exit: None, reopen_until: at(43_200) })
}

pub(super) fn full_exit() -> Exit {
    Exit { why: ExitReason::Price, root_cause: Some(code("new-tariff")), hear_from_us: Some(false) }
}

pub(super) fn resolved() -> Box<Resolved> {
    Box::new(Resolved {
        outcome: Outcome::Fixed,
        remedies: vec![
            RecordedRemedy { kind: RemedyKind::Fix, text: Some(text(16)) },
            RecordedRemedy { kind: RemedyKind::Thanks, text: None },
        ],
        root_cause: Some(code("seal")),
    })
}

pub(super) fn left() -> ResolveLeft {
    ResolveLeft { anchor: at(0), due: at(480), remaining: Remaining::Working(TimeDelta::minutes(90)) }
}

pub(super) fn pauses() -> Vec<Pause> {
    let pause = |from, to| Pause { from, to, resolved: false };
    vec![pause(at(20), Some(at(40))), pause(at(50), None)]
}

/// Every fact. Where parts can be left out, the first has all of them and `…-bare` none.
pub(super) fn facts() -> Vec<(&'static str, Fact)> {
    use DeadlineKind::{Acknowledge, Promise, Resolve, Respond, Review, Thank};
    let opened = |head, body, attachments| {
        let (tenant, case) = (tenant(), case_id());
        Fact::Opened(Box::new(Opened { tenant, case, head: Arc::new(head), body, attachments }))
    };
    let invited = |head, message| {
        let (tenant, case) = (tenant(), case_id());
        Fact::Invited(Box::new(Invited { tenant, case, head: Arc::new(head), message }))
    };
    let ended =
        |reason| Fact::Closed { closed: closed(reason), message: None, body: None, needed_nothing: false };
    let wrote = |tone, automatic, attachments, rating| Fact::CustomerWrote {
        body: text(1),
        attachments,
        tone,
        automatic,
        rating,
    };
    let stars = Rating::new(Scale::Stars, 1.5).ok();
    vec![
        ("opened", opened(full_head(), Some(text(1)), 3)),
        ("opened-bare", opened(bare_head(), None, 0)),
        ("invited", invited(bare_head(), full_said())),
        ("acknowledged", Fact::Acknowledged { message: full_said() }),
        ("acknowledged-bare", Fact::Acknowledged { message: bare_said() }),
        ("customer-wrote", wrote(Tone::Dispute, true, 1, stars)),
        ("customer-wrote-bare", wrote(Tone::Plain, false, 0, None)),
        ("replied", Fact::Replied { message: bare_said() }),
        ("noted", Fact::Noted { body: text(1) }),
        ("assigned", Fact::Assigned { owner: Some(kim()), team: Some(TeamId::new("repairs").unwrap()) }),
        ("assigned-bare", Fact::Assigned { owner: None, team: None }),
        (
            "classified",
            Fact::Classified {
                kind: Some(FeedbackKind::Praise),
                priority: Some(Priority::High),
                labels: Some(vec![code("kettle")]),
                touchpoint: Some(code("delivery")),
            },
        ),
        ("classified-bare", Fact::Classified { kind: None, priority: None, labels: None, touchpoint: None }),
        ("wait-began", Fact::WaitBegan { who: WaitingFor::ThirdParty, reason: text(4) }),
        ("wait-ended", Fact::WaitEnded),
        (
            "resolved",
            Fact::Resolved { resolution: resolved(), message: Some(bare_said()), left: Some(left()) },
        ),
        (
            "resolved-bare",
            Fact::Resolved {
                resolution: Box::new(Resolved {
                    outcome: Outcome::Declined,
                    remedies: Vec::new(),
                    root_cause: None,
                }),
                message: None,
                left: None,
            },
        ),
        ("followed-up", Fact::FollowedUp { message: bare_said() }),
        (
            "answered",
            Fact::Answered {
                satisfaction: Satisfaction::of(Verdict::Unsatisfied)
                    .rated(Rating::new(Scale::Nps, 3).unwrap()),
                body: Some(text(1)),
            },
        ),
        ("answered-bare", Fact::Answered { satisfaction: Satisfaction::of(Verdict::Satisfied), body: None }),
        ("no-action-needed", Fact::NoActionNeeded),
        (
            "promised",
            Fact::Promised {
                what: Promised::Action(code("visit")),
                deadline: id(Promise),
                message: Some(full_said()),
            },
        ),
        ("promised-bare", Fact::Promised { what: Promised::Answer, deadline: id(Promise), message: None }),
        ("fulfilled", Fact::Fulfilled { deadline: id(Promise) }),
        ("credited", Fact::Credited { to: Credited::Staff(kim()), body: Some(text(32)) }),
        ("credited-bare", Fact::Credited { to: Credited::Team(TeamId::new("repairs").unwrap()), body: None }),
        ("thanked", Fact::Thanked { deadline: id(Thank) }),
        ("unreachable", Fact::Unreachable { tried: text(4) }),
        (
            "stepped-out",
            Fact::SteppedOut {
                customer: customer(),
                leaving: true,
                exit: Box::new(full_exit()),
                body: Some(text(4)),
            },
        ),
        (
            "stepped-out-bare",
            Fact::SteppedOut {
                customer: customer(),
                leaving: false,
                exit: Box::new(Exit::because(ExitReason::Trust)),
                body: None,
            },
        ),
        ("held", Fact::Held { message: message(), until: at(40), fails_at: Some(at(101)) }),
        ("held-bare", Fact::Held { message: message(), until: at(40), fails_at: None }),
        ("erased", Fact::Erased { customer: Some(CustomerId::new("customer-17").unwrap()) }),
        ("erased-bare", Fact::Erased { customer: None }),
        (
            "delivery",
            Fact::Delivery {
                message: message(),
                to: Some(customer()),
                result: Delivery::Failed,
                why: Some(code("mailbox-full")),
            },
        ),
        ("delivery-bare", Fact::Delivery { message: message(), to: None, result: Delivery::Sent, why: None }),
        (
            "retargeted",
            Fact::Retargeted {
                policy: name("house-urgent"),
                policy_version: 2,
                priority: Priority::Urgent,
                reason: text(4),
            },
        ),
        ("recalculated", Fact::Recalculated { reason: text(4) }),
        (
            "absorbed",
            Fact::Absorbed {
                from: other_case(),
                involved: involved(),
                participants: participants(),
                contacts: more_contacts(),
                waiting: vec![full_waiting()],
                outgoing: super::snapshots::outgoing(),
                erased: 2,
                stepped_out: 4,
            },
        ),
        (
            "absorbed-bare",
            Fact::Absorbed {
                from: other_case(),
                involved: Vec::new(),
                participants: Vec::new(),
                contacts: Vec::new(),
                waiting: Vec::new(),
                outgoing: Vec::new(),
                erased: 0,
                stepped_out: 0,
            },
        ),
        (
            "contact-changed",
            Fact::ContactChanged {
                customer: customer(),
                was: Some(contacts()[1]),
                now: Some(contacts()[0]),
                preferred: true,
            },
        ),
        (
            "contact-changed-bare",
            Fact::ContactChanged { customer: customer(), was: None, now: None, preferred: false },
        ),
        ("split-off", Fact::SplitOff { message: message(), into: other_case(), reason: text(4) }),
        ("exit-explained", Fact::ExitExplained { exit: full_exit(), body: Some(text(1)) }),
        ("exit-explained-bare", Fact::ExitExplained { exit: Exit::because(ExitReason::Trust), body: None }),
        (
            "closed",
            Fact::Closed {
                closed: Box::new(Closed {
                    at: at(90),
                    reason: CloseReason::Withdrawn,
                    exit: Some(full_exit()),
                    reopen_until: at(43_200),
                }),
                message: Some(bare_said()),
                body: Some(text(4)),
                needed_nothing: true,
            },
        ),
        ("closed-confirmed", ended(CloseReason::Confirmed)),
        ("closed-unanswered", ended(CloseReason::Unanswered)),
        ("closed-thanks-sufficed", ended(CloseReason::ThanksSufficed)),
        ("closed-left", ended(CloseReason::Left)),
        ("closed-merged-into", ended(CloseReason::MergedInto(other_case()))),
        ("closed-spam", ended(CloseReason::Spam)),
        ("closed-referred", ended(CloseReason::Referred(name("the carrier")))),
        ("closed-invitation-lapsed", ended(CloseReason::InvitationLapsed)),
        ("closed-waived", ended(CloseReason::Waived(Party::Staff(kim())))),
        ("reopened", Fact::Reopened { cause: CycleCause::Decided, body: Some(text(4)) }),
        ("reopened-bare", Fact::Reopened { cause: CycleCause::WroteAgain, body: None }),
        ("escalation-accepted", Fact::EscalationAccepted { deadline: id(Respond) }),
        ("excused", Fact::Excused { deadline: id(Respond), why: Excuse::Stated, body: Some(text(4)) }),
        ("excused-bare", Fact::Excused { deadline: id(Respond), why: Excuse::DoneInTime, body: None }),
        ("waived", Fact::Waived { deadline: id(Resolve), body: text(4) }),
        (
            "extended",
            Fact::Extended {
                deadline: id(Resolve),
                old_due: at(480),
                new_due: at(960),
                reason: Some(text(4)),
                message: Some(bare_said()),
            },
        ),
        (
            "extended-bare",
            Fact::Extended {
                deadline: id(Resolve),
                old_due: at(480),
                new_due: at(960),
                reason: None,
                message: None,
            },
        ),
        ("clock-corrected", Fact::ClockCorrected { latest: at(35) }),
        ("breached", Fact::Breached { deadline: id(Acknowledge), cause: BreachCause::TimeRanOut }),
        ("lapsed", Fact::Lapsed { deadline: id(Review) }),
        (
            "escalated",
            Fact::Escalated { deadline: id(Respond), step: 1, warning: false, role: name("team-lead") },
        ),
    ]
}

/// Every change of a deadline.
pub(super) fn changes() -> Vec<(String, DeadlineChange)> {
    use DeadlineKind::{Confirm, Resolve, Respond, Update};
    let next_step = || Some(NextStep { step: 2, at: at(120) });
    let moved = |extended, next_step| DeadlineChange::Moved {
        id: id(Resolve),
        anchor: at(0),
        due: at(960),
        late_from: at(965),
        next_step,
        extended,
    };
    let breached = |next_step| {
        let id = id(Respond);
        DeadlineChange::Breached { id, due: at(60), detected: at(70), next_step }
    };
    let accepted = |next_step| DeadlineChange::Accepted { id: id(Respond), until: at(540), next_step };
    let set = |deadline| DeadlineChange::Set(Arc::new(deadline));
    let named = [
        ("set", set(full_deadline())),
        ("set-bare", set(bare_deadline(DeadlineKind::Acknowledge))),
        ("met", DeadlineChange::Met { id: id(Respond), at: at(30), by: Some(message()), whom: 2 }),
        ("met-bare", DeadlineChange::Met { id: id(Respond), at: at(30), by: None, whom: 0 }),
        ("breached", breached(next_step())),
        ("breached-bare", breached(None)),
        ("lapsed", DeadlineChange::Lapsed { id: id(Confirm), at: at(60) }),
        ("paused", DeadlineChange::Paused { id: id(Resolve), at: at(30), remaining: Remaining::Days(3) }),
        ("moved", moved(true, next_step())),
        ("moved-bare", moved(false, None)),
        (
            "rearmed",
            DeadlineChange::Rearmed { deadline: Arc::new(bare_deadline(Respond)), was: WasEnded::Met },
        ),
        (
            "retargeted",
            DeadlineChange::Retargeted { deadline: Arc::new(bare_deadline(Resolve)), old_due: at(480) },
        ),
        ("step", DeadlineChange::Step { id: id(Respond), next_step: next_step() }),
        ("step-bare", DeadlineChange::Step { id: id(Respond), next_step: None }),
        ("accepted", accepted(next_step())),
        ("accepted-bare", accepted(None)),
        ("waived", DeadlineChange::Waived { id: id(Resolve), by: Party::Staff(kim()) }),
        ("superseded", DeadlineChange::Superseded { id: DeadlineId { n: 2, ..id(Update) }, by: id(Update) }),
        (
            "moot",
            DeadlineChange::Moot { id: id(Resolve), reason: MootReason::ResolvedEarly, by: Some(message()) },
        ),
        ("moot-bare", DeadlineChange::Moot { id: id(Resolve), reason: MootReason::Closed, by: None }),
        ("excused", DeadlineChange::Excused { id: id(Respond), why: Excuse::DoneInTime }),
    ];
    let named = named.map(|(name, change)| (name.to_owned(), change));
    let others = other_deadlines().into_iter().map(|(name, deadline)| (format!("set-{name}"), set(deadline)));
    named.into_iter().chain(others).collect()
}

/// An event with everything around its fact.
pub(super) fn event(fact: Fact, changes: Vec<DeadlineChange>) -> Event {
    Event {
        version: 7,
        occurred_at: at(30),
        dated: None,
        recorded_at: at(31) + TimeDelta::microseconds(123_456),
        by: Party::Staff(kim()),
        on_behalf_of: None,
        command: Some(command()),
        fact,
        changes,
        format: Format,
    }
}

/// What a customer wrote, with a time that cannot count.
pub(super) fn dated() -> Event {
    let (_, wrote) = facts().into_iter().find(|(name, _)| *name == "customer-wrote").unwrap();
    Event { dated: Some(at(-5)), on_behalf_of: Some(customer()), ..event(wrote, vec![changes().remove(0).1]) }
}

/// Every event: each fact, each change of a deadline, and who else can be behind one.
pub(super) fn events() -> Vec<(String, Event)> {
    let by = |by, command| {
        let fact = Fact::Noted { body: text(1) };
        Event { by, command, ..event(fact, Vec::new()) }
    };
    let facts = facts().into_iter().map(|(name, fact)| (format!("fact/{name}"), event(fact, Vec::new())));
    let changes = changes()
        .into_iter()
        .map(|(name, change)| (format!("change/{name}"), event(Fact::NoActionNeeded, vec![change])));
    let parties = [
        ("by/customer", by(Party::Customer(customer()), Some(command()))),
        ("by/system", by(Party::System, None)),
        ("by/third-party", by(Party::ThirdParty(name("supplier")), Some(command()))),
    ];
    let for_a_customer = Event { on_behalf_of: Some(customer()), ..by(Party::System, Some(command())) };
    let parties = parties.into_iter().chain([("by/for-a-customer", for_a_customer)]);
    let parties = parties.map(|(name, event)| (name.to_owned(), event));
    facts.chain(changes).chain(parties).chain([("by/another-date".to_owned(), dated())]).collect()
}
