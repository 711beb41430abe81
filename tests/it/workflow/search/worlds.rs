//! The small worlds: who may try what, when, under which policy.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::calendar::WorkingCalendar;
use talkback::policy::{
    Extension, Ladder, Policy, PolicyBook, PolicySpec, ReopenResolve, Rule, Span, Target, Terms, WorkingHours,
};
use talkback::workflow::{
    Assign, Await, ChangeContact, Classify, CommandKind, Extend, Invite, Open, Promise, RecordDelivery,
    RecordExit, Retarget, Withdraw,
};
use talkback::{
    Actor, Case, Channel, CloseReason, Code, Command, CommandId, Consent, Contact, ContactKind, Credit,
    CustomerId, Deadline, DeadlineKind, Delivery, Exit, ExitReason, Feedback, FeedbackKind, Outgoing, Party,
    Promised, Verdict, WaitingFor,
};

use super::super::generate::{customer_id, staff_id, start};
use super::super::policies::{ladder, name, policy};
use super::super::run::{Order, command_id};
use super::super::world::{
    acknowledge, ann, answer, bob, close, close_with, customer, disputes, follow_up, message, out_of_office,
    reply, resolve, resolve_in_silence, withdraw, words, wrote,
};
use super::key::Memory;
use super::owed::rules::{DISPATCH, RESOLVE, RESPOND};

/// A tick of a small world's clock. Every span is some of them.
pub(super) const TICK: TimeDelta = TimeDelta::minutes(10);

/// How many ticks of a world's clock its commands are prepared for. No search comes that far.
pub(super) const LAST_TICK: u16 = 150;

/// How long, in ticks, nobody may look although something is due.
const UNLOOKED: i32 = 3;

pub(super) fn instant(tick: u16) -> DateTime<Utc> {
    static START: LazyLock<DateTime<Utc>> = LazyLock::new(start);
    *START + TICK * i32::from(tick)
}

/// One id for every command: no decision looks at it.
fn the_id() -> CommandId {
    static ID: LazyLock<CommandId> = LazyLock::new(|| command_id("search", 0));
    *ID
}

/// What may happen, and under which policy.
pub(super) struct SmallWorld {
    /// Every form that a command may take is among its shapes.
    pub(super) whole: bool,
    pub(super) name: &'static str,
    /// The policies, and the same with a calendar that was edited since.
    pub(super) books: [PolicyBook; 2],
    /// What its policy looks back to.
    pub(super) memory: Memory,
    /// Its first command.
    pub(super) begins: Order,
    pub(super) shapes: Vec<Shape>,
}

/// Something that somebody may try.
pub(super) struct Shape {
    /// In words.
    pub(super) name: &'static str,
    pub(super) kind: CommandKind,
    actor: Actor,
    /// How many ticks from now it happened, if it says so.
    occurred: Option<i32>,
    book: usize,
    /// The application brings the messages itself, so that none is on its way.
    brought: bool,
    make: Make,
}

#[derive(Clone, Copy)]
enum Make {
    /// A command that depends on nothing but the time.
    At(fn(DateTime<Utc>) -> Command),
    /// One that is about something of the case; `None` where there is no such thing.
    On(fn(&Case, DateTime<Utc>) -> Option<Command>),
}

impl Shape {
    /// The order at a tick; `None` for one that depends on the case.
    pub(super) fn at(&self, tick: u16) -> Option<Order> {
        match self.make {
            Make::At(make) => Some(self.order(make(instant(tick)), tick)),
            Make::On(_) => None,
        }
    }

    /// The order on a case; `None` where the case has nothing that it could be about.
    pub(super) fn on(&self, case: &Case, tick: u16) -> Option<Order> {
        match self.make {
            Make::At(_) => None,
            Make::On(make) => make(case, instant(tick)).map(|command| self.order(command, tick)),
        }
    }

    pub(super) const fn actor(&self) -> &Actor {
        &self.actor
    }

    fn order(&self, command: Command, tick: u16) -> Order {
        let now = instant(tick);
        let occurred_at = self.occurred.map(|ticks| now + TICK * ticks);
        let actor = self.actor.clone();
        let command = if self.brought { brought(command) } else { command };
        Order { command, id: the_id(), actor, now, occurred_at, book: self.book }
    }
}

/// Whether the clock may go on while nobody does anything.
pub(super) fn time_may_pass(case: &Case, now: DateTime<Utc>) -> bool {
    let until = match (case.wake_up(), &case.closed) {
        (Some(wake_up), _) => wake_up + TICK * UNLOOKED,
        (None, Some(closed)) => closed.reopen_until + TICK,
        (None, None) => now,
    };
    now < until
}

fn ticks(n: u32) -> Span {
    Span::minutes(10 * n)
}

fn within(n: u32) -> Target {
    Target::within(ticks(n))
}

fn rule() -> Rule {
    Rule::always()
        .target(DeadlineKind::Acknowledge, within(1))
        .target(DeadlineKind::Respond, within(2))
        .target(DeadlineKind::Resolve, within(3).pausable().extension(Extension::by(ticks(2))))
        .target(DeadlineKind::FollowUp, within(1))
        .target(DeadlineKind::Confirm, within(1))
        .target(DeadlineKind::Thank, within(2).soft())
        .target(DeadlineKind::Expire, within(2))
}

fn terms() -> Terms {
    Terms {
        grace_seconds: 0,
        skew_seconds: 600,
        follow_up_attempts: 1,
        reopen_within: ticks(2),
        reopen_resolve: ReopenResolve::Remaining { floor: ticks(1) },
        longest_wait: ticks(3),
        review_every: ticks(2),
        ladder: short(&[], &[0], None),
        dispatch_seconds: 0,
        minimum_notice: WorkingHours::minutes(10),
        ..Terms::default()
    }
}

/// Whoever takes an escalation on is left alone for a tick.
fn short(warn: &[u32], escalate: &[u32], repeat: Option<u32>) -> Ladder {
    Ladder { accepted_for: WorkingHours::minutes(10), ..ladder(warn, escalate, repeat) }
}

fn small(rule: Rule, terms: Terms) -> Policy {
    policy("small", WorkingCalendar::always(), vec![rule], terms)
}

/// The same in half the time.
fn strict(terms: Terms) -> Policy {
    let rule = rule().target(DeadlineKind::Respond, within(1)).target(DeadlineKind::Resolve, within(2));
    policy("strict", WorkingCalendar::always(), vec![rule], terms)
}

/// The same with a newer version of the calendar.
fn edited(policy: &Policy) -> Policy {
    let calendar =
        WorkingCalendar::builder("always").version(2).hours("mon-sun 00:00-24:00").build().unwrap();
    Policy::new(PolicySpec { calendar, ..policy.spec().clone() }).unwrap()
}

fn complaint() -> Feedback {
    Feedback::complaint(Channel::Chat, "It leaks.").with_customer(customer_id()).with_contact(address())
}

fn address() -> Contact {
    Contact::email("customer@example.org").unwrap()
}

pub(super) fn opens(feedback: Feedback) -> Order {
    begin(customer(), Command::Open(Box::new(Open::new(feedback))))
}

fn begin(actor: Actor, command: Command) -> Order {
    Order { command, id: the_id(), actor, now: instant(0), occurred_at: None, book: 0 }
}

fn world(
    name: &'static str,
    policies: impl Into<Vec<Policy>>,
    begins: Order,
    shapes: Vec<Shape>,
) -> SmallWorld {
    let policies = policies.into();
    let whole = shapes.iter().any(|shape| shape.kind == CommandKind::Note);
    let kinds = [CommandKind::Retarget, CommandKind::Recalculate];
    let exact = shapes.iter().any(|shape| !shape.brought || kinds.contains(&shape.kind));
    let memory = Memory::of(&policies, exact);
    let first = policies[0].id().clone();
    let now = policies.iter().map(edited).collect::<Vec<_>>();
    let books = [policies, now].map(|policies| PolicyBook::new(first.clone(), policies).unwrap());
    SmallWorld { whole, name, books, memory, begins, shapes }
}

fn shape(name: &'static str, actor: Actor, make: fn(DateTime<Utc>) -> Command) -> Shape {
    let kind = make(instant(0)).kind();
    Shape { name, kind, actor, occurred: None, book: 0, brought: true, make: Make::At(make) }
}

fn about(
    name: &'static str,
    actor: Actor,
    kind: CommandKind,
    make: fn(&Case, DateTime<Utc>) -> Option<Command>,
) -> Shape {
    Shape { name, kind, actor, occurred: None, book: 0, brought: true, make: Make::On(make) }
}

impl Shape {
    /// It happened so many ticks from now.
    fn off(mut self, ticks: i32) -> Self {
        self.occurred = Some(ticks);
        self
    }

    /// It was tried when the calendar had been edited.
    fn edited(mut self) -> Self {
        self.book = 1;
        self
    }
}

/// What makes a case go round: spoken, answered, resolved, asked, closed, opened again.
fn path() -> Vec<Shape> {
    vec![
        shape("the customer writes", customer(), |_| wrote()),
        shape("the customer disputes", customer(), |_| disputes()),
        shape("the customer is satisfied", customer(), |_| answer(Verdict::Satisfied)),
        shape("the customer disputes the answer", customer(), |_| answer(Verdict::Disputed)),
        shape("the customer withdraws", customer(), |_| withdraw(ExitReason::Price)),
        shape("a machine acknowledges", Actor::system(), |_| acknowledge()),
        shape("ann replies", ann(), |_| reply()),
        shape("ann waits for a supplier", ann(), |now| wait(WaitingFor::ThirdParty, now)),
        shape("ann resumes", ann(), |_| Command::Resume),
        shape("ann resolves", ann(), |_| resolve()),
        shape("ann follows up", ann(), |_| follow_up()),
        shape("ann sees no action needed", ann(), |_| Command::NoActionNeeded),
        shape("ann closes as confirmed", ann(), |_| close(CloseReason::Confirmed)),
        shape("ann reopens", ann(), |_| Command::Reopen(words("not done yet"))),
        shape("ann cannot reach the customer", ann(), |_| Command::RecordUnreachable(words("called twice"))),
    ]
}

fn exit() -> Command {
    Command::RecordExit(RecordExit::of(Exit::because(ExitReason::Price)))
}

fn wait(who: WaitingFor, now: DateTime<Utc>) -> Command {
    Command::Await(Await { who, reason: words("parts"), until: now + TICK * 2 })
}

/// What else people do with a case.
fn the_rest() -> Vec<Shape> {
    let mut shapes = vec![
        shape("a machine of the customer writes", customer(), |_| out_of_office()),
        shape("ann acknowledges", ann(), |_| acknowledge()),
        shape("a machine replies", Actor::system(), |_| reply()),
        shape("ann notes", ann(), |_| Command::Note(words("rang, nobody there"))),
        shape("ann takes it", ann(), |_| Command::Assign(Assign::to(staff_id("ann")))),
        shape("ann waits for the customer", ann(), |now| wait(WaitingFor::Customer, now)),
        shape("ann resolves in silence", ann(), |_| resolve_in_silence()),
        shape("a machine follows up", Actor::system(), |_| follow_up()),
        shape("ann closes as unanswered", ann(), |_| close(CloseReason::Unanswered)),
        shape("ann closes as spam", ann(), |_| close(CloseReason::Spam)),
        shape("ann refers elsewhere", ann(), |_| {
            close_with(CloseReason::Referred(name("the carrier")), Some(message()), "theirs")
        }),
        shape("bob waives it all", bob(), |_| close_with(CloseReason::Waived(Party::System), None, "enough")),
        shape("the customer leaves without a word", customer(), |_| {
            Command::Withdraw(Withdraw::leaving(ExitReason::NotSaid))
        }),
        shape("the customer says why they left", customer(), |_| exit()),
        shape("ann writes down why they left", ann(), |_| exit()),
    ];
    shapes.extend(deliveries());
    shapes.extend(targets());
    shapes.extend(promises());
    shapes.extend(rights());
    shapes.extend(praise());
    shapes
}

fn promises() -> Vec<Shape> {
    vec![
        shape("ann promises an answer", ann(), |now| {
            Command::Promise(Promise::of(Promised::Answer, now + TICK * 2))
        }),
        shape("ann promises to call", ann(), |now| {
            let call = Promised::Action(Code::new("call").unwrap());
            Command::Promise(Promise::of(call, now + TICK))
        }),
        about("ann has called", ann(), CommandKind::Fulfil, |case, _| {
            let action = |deadline: &&Deadline| {
                let about = deadline.about.as_ref();
                about.is_some_and(|a| matches!(a, talkback::About::Promised(Promised::Action(_))))
            };
            first(case, action).map(|deadline| Command::Fulfil(deadline.id))
        }),
    ]
}

fn rights() -> Vec<Shape> {
    vec![
        about("ann accepts the escalation", ann(), CommandKind::AcceptEscalation, |case, now| {
            let missed = |d: &&Deadline| d.state == talkback::DeadlineState::Breached;
            let deadline = first(case, |d| d.is_acceptable(now)).or(first(case, missed));
            deadline.map(|deadline| Command::AcceptEscalation(deadline.id))
        }),
        about("bob excuses a breach", bob(), CommandKind::Excuse, |case, _| excuse(case)),
        about("ann excuses a breach", ann(), CommandKind::Excuse, |case, _| excuse(case)),
        about("bob waives a deadline", bob(), CommandKind::Waive, |case, _| {
            first(case, |d| d.id.kind.is_owed()).map(|d| Command::Waive(d.id, words("agreed")))
        }),
        about("ann extends a deadline", ann(), CommandKind::Extend, |case, _| {
            let deadline = first(case, |d| d.extension.is_some())?;
            Some(Command::Extend(Box::new(Extend::telling(deadline.id, "parts are late", message()))))
        }),
        about("ann extended a deadline before", ann(), CommandKind::Extend, |case, _| {
            let deadline = first(case, |d| d.extension.is_some())?;
            Some(Command::Extend(Box::new(Extend::telling(deadline.id, "parts are late", message()))))
        })
        .off(-1),
    ]
}

fn excuse(case: &Case) -> Option<Command> {
    let open = case.deadlines.breaches().iter().filter(|breach| breach.excused.is_none());
    open.min_by_key(|breach| breach.id).map(|breach| Command::Excuse(breach.id, words("strike")))
}

fn praise() -> Vec<Shape> {
    vec![
        shape("ann classifies it as praise", ann(), |_| {
            Command::Classify(Classify { kind: Some(FeedbackKind::Praise), ..Classify::default() })
        }),
        shape("ann closes with thanks", ann(), |_| close(CloseReason::ThanksSufficed)),
        shape("ann credits carl", ann(), |_| Command::Credit(Credit::staff(staff_id("carl")))),
        about("ann has thanked carl", ann(), CommandKind::RecordThanked, |case, _| {
            first(case, |d| d.id.kind == DeadlineKind::Thank).map(|d| Command::RecordThanked(d.id))
        }),
    ]
}

/// They can be reached in the chat, or not any more.
fn contacts() -> Vec<Shape> {
    vec![about("ann notes how they are reached", ann(), CommandKind::ChangeContact, |case, _| {
        let mut known = case.head.contacts.iter().copied();
        let change = match known.find(|contact| contact.kind == ContactKind::InThread) {
            Some(chat) => ChangeContact::remove(chat),
            None => ChangeContact::add(Contact::InThread),
        };
        Some(Command::ChangeContact(change))
    })]
}

/// What is written down a tick after it happened, and what a customer's clock dates into the future.
fn dated() -> Vec<Shape> {
    vec![
        shape("the customer wrote before", customer(), |_| wrote()).off(-1),
        shape("the customer's clock is ahead", customer(), |_| wrote()).off(1),
        shape("ann acknowledged before", ann(), |_| acknowledge()).off(-1),
        shape("ann replied before", ann(), |_| reply()).off(-1),
        shape("ann resolved before", ann(), |_| resolve()).off(-1),
        shape("ann followed up before", ann(), |_| follow_up()).off(-1),
        shape("the customer was satisfied before", customer(), |_| answer(Verdict::Satisfied)).off(-1),
        shape("ann resumed before", ann(), |_| Command::Resume).off(-1),
        shape("the customer withdrew before", customer(), |_| withdraw(ExitReason::Price)).off(-1),
    ]
}

/// The same message, brought by the application itself.
fn brought(mut command: Command) -> Command {
    let message = match &mut command {
        Command::Acknowledge(message) | Command::Reply(message) | Command::FollowUp(message) => Some(message),
        Command::Resolve(resolve) => resolve.message.as_mut(),
        Command::Extend(extend) => extend.message.as_mut(),
        Command::Close(close) => close.message.as_mut(),
        _ => None,
    };
    if let Some(message) = message {
        message.delivered = true;
    }
    command
}

/// All of them, with messages that are on their way.
fn on_their_way(mut shapes: Vec<Shape>) -> Vec<Shape> {
    shapes.iter_mut().for_each(|shape| shape.brought = false);
    shapes
}

/// What becomes of messages.
fn deliveries() -> Vec<Shape> {
    fn known(case: &Case, which: impl Fn(&&Outgoing) -> bool, result: Delivery) -> Option<Command> {
        let outgoing = case.cycle.outgoing.iter().find(which)?;
        Some(Command::RecordDelivery(RecordDelivery::of(outgoing.message, result)))
    }
    let delivery = CommandKind::RecordDelivery;
    vec![
        about("the oldest message fails", Actor::system(), delivery, |case, _| {
            known(case, |outgoing| case.may_fail(outgoing.message).is_some(), Delivery::Failed)
        }),
        about("the newest message fails", Actor::system(), delivery, |case, _| {
            let last = case.cycle.outgoing.last()?;
            known(case, |outgoing| outgoing.message == last.message, Delivery::Failed)
        }),
        about("a message is sent", Actor::system(), delivery, |case, _| {
            known(case, |outgoing| outgoing.is_underway(), Delivery::Sent)
        }),
        about("a message arrives", Actor::system(), delivery, |case, _| {
            known(case, |outgoing| !outgoing.has_failed() && !outgoing.has_arrived(), Delivery::Delivered)
        }),
        about("a message that had failed is sent", Actor::system(), delivery, |case, _| {
            known(case, |outgoing| outgoing.has_failed(), Delivery::Sent)
        }),
        shape("a message that nobody knows fails", Actor::system(), |_| {
            let message = the_id().into();
            Command::RecordDelivery(RecordDelivery::of(message, Delivery::Failed))
        }),
        shape("ann hears that a message that nobody knows was read", ann(), |_| {
            let message = the_id().into();
            Command::RecordDelivery(RecordDelivery::of(message, Delivery::Read))
        }),
    ]
}

/// Other targets, and an edited calendar.
fn targets() -> Vec<Shape> {
    fn retarget(policy: &str) -> Command {
        Command::Retarget(Retarget::policy(name(policy), "agreed"))
    }
    vec![
        shape("bob asks for strict targets", bob(), |_| retarget("strict")),
        shape("bob asks for the usual targets", bob(), |_| retarget("small")),
        shape("bob computes anew", bob(), |_| Command::Recalculate(words("edited"))).edited(),
        shape("bob computes anew as it was", bob(), |_| Command::Recalculate(words("edited back"))),
    ]
}

/// The first live deadline of that sort, by its id.
fn first(case: &Case, sort: impl Fn(&&Deadline) -> bool) -> Option<&Deadline> {
    case.deadlines.live().iter().map(AsRef::as_ref).filter(sort).min_by_key(|deadline| deadline.id)
}

fn all<const N: usize>(lists: [Vec<Shape>; N]) -> Vec<Shape> {
    lists.into_iter().flatten().collect()
}

/// Every command there is that is about one case, on a complaint.
pub(super) fn everything() -> SmallWorld {
    let terms = Terms { dispatch_seconds: 600, ..terms() };
    let policies = [small(rule(), terms.clone()), strict(terms)];
    world("everything", policies, opens(complaint()), on_their_way(all([path(), the_rest()])))
}

/// Fewer commands, and so a longer way: round and round.
pub(super) fn round() -> SmallWorld {
    let terms = Terms { follow_up_attempts: 2, ..terms() };
    world("round and round", [small(rule(), terms)], opens(complaint()), path())
}

/// Grace, and what is recorded after it happened.
pub(super) fn late_news() -> SmallWorld {
    let terms = Terms { grace_seconds: 600, reopen_resolve: ReopenResolve::Fresh, ..terms() };
    world("late news", [small(rule(), terms)], opens(complaint()), all([path(), dated()]))
}

/// Ladders, promises, and what takes a right.
pub(super) fn ladders() -> SmallWorld {
    let terms = Terms { grace_seconds: 600, ladder: short(&[10], &[0, 10], Some(20)), ..terms() };
    let rule = rule().target(DeadlineKind::Update, within(2).pausable());
    let mut shapes = all([path(), promises(), rights()]);
    shapes.push(shape("ann takes it", ann(), |_| Command::Assign(Assign::to(staff_id("ann")))));
    world("ladders", [small(rule, terms)], opens(complaint()), shapes)
}

/// Messages that are not sent, do not arrive, or come after all.
pub(super) fn lost_messages() -> SmallWorld {
    let terms = Terms { dispatch_seconds: 600, follow_up_attempts: 2, ..terms() };
    let rule = rule().target(DeadlineKind::Update, within(2).pausable());
    let shapes = on_their_way(all([path(), deliveries()]));
    world("lost messages", [small(rule, terms)], opens(complaint()), shapes)
}

/// Targets that change, and waits that are given back to them.
pub(super) fn retargeted() -> SmallWorld {
    let terms = || Terms { reopen_resolve: ReopenResolve::FromStart, ..terms() };
    let policies = [small(rule(), terms()), strict(terms())];
    world("other targets", policies, opens(complaint()), all([path(), targets()]))
}

/// Two complaints, or one and a half: merged, split, and gone on with.
pub(super) fn two_cases() -> SmallWorld {
    let rule = rule().target(DeadlineKind::Update, within(2).pausable());
    let mut shapes: Vec<_> = path().into_iter().filter(|shape| !after_the_end(shape.kind)).collect();
    shapes.extend(promises());
    shapes.push(shape("ann credits carl", ann(), |_| Command::Credit(Credit::staff(staff_id("carl")))));
    world("two cases", [small(rule, terms())], opens(complaint()), shapes)
}

/// Messages that go out in sending hours, to two people and in two cases, and that may be lost.
pub(super) fn delivered() -> SmallWorld {
    let rule = Rule::always()
        .target(DeadlineKind::Respond, within(RESPOND.into()))
        .target(DeadlineKind::Resolve, within(RESOLVE.into()))
        .target(DeadlineKind::FollowUp, within(30))
        .target(DeadlineKind::Confirm, within(30));
    let terms = Terms {
        dispatch_seconds: 600 * u32::from(DISPATCH),
        follow_up_attempts: 4,
        review_every: ticks(60),
        ladder: short(&[], &[], None),
        ..terms()
    };
    let sending_hours =
        WorkingCalendar::builder("sending").hours("mon-sun 00:00-09:10, 09:30-24:00").build().unwrap();
    let spec = PolicySpec { sending_hours: Some(sending_hours), ..small(rule, terms).spec().clone() };
    world("messages and their fates", [Policy::new(spec).unwrap()], opens_for(0), Vec::new())
}

/// The customers of two cases.
pub(super) fn customer_of(person: usize) -> CustomerId {
    if person == 0 { customer_id() } else { CustomerId::new("customer-2").unwrap() }
}

/// One of them complains.
pub(super) fn opens_for(person: usize) -> Order {
    let (customer, contact) = (customer_of(person), Contact::email("another@example.org").unwrap());
    let feedback =
        Feedback::complaint(Channel::Chat, "It leaks.").with_customer(customer.clone()).with_contact(contact);
    begin(Actor::customer(customer), Command::Open(Box::new(Open::new(feedback))))
}

/// What belongs to cases that are resolved, which cannot be merged.
fn after_the_end(kind: CommandKind) -> bool {
    matches!(
        kind,
        CommandKind::FollowUp | CommandKind::RecordAnswer | CommandKind::NoActionNeeded | CommandKind::Close
    )
}

/// A conversation that we began.
pub(super) fn invited() -> SmallWorld {
    let about = Feedback::new(FeedbackKind::Question, Channel::Survey, "").with_customer(customer_id());
    let about = about.with_contact(address()).with_consent(Consent { surveys: true, ..Consent::default() });
    let invite = Invite { about, question: message().delivered(), policy: None };
    let begins = begin(ann(), Command::Invite(Box::new(invite)));
    let policies = [small(rule(), terms()), strict(terms())];
    world("an invitation", policies, begins, all([path(), the_rest()]))
}

/// Praise: thanks may suffice, and whoever earned it is told.
pub(super) fn praised() -> SmallWorld {
    let feedback = Feedback::new(FeedbackKind::Praise, Channel::Chat, "Carl was great.");
    let feedback = feedback.with_customer(customer_id()).with_contact(address());
    world("praise", [small(rule(), terms())], opens(feedback), all([path(), praise(), contacts()]))
}

/// A machine wrote.
pub(super) fn machine() -> SmallWorld {
    let begins = opens(complaint().automatic());
    let policies = [small(rule(), terms()), strict(terms())];
    world("a machine's mail", policies, begins, all([path(), the_rest()]))
}
