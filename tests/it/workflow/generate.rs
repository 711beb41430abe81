//! Random lives: mostly plausible commands, some nonsense, by anybody, at any time.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use talkback::policy::PolicyBook;
use talkback::workflow::{
    Assign, Await, ChangeContact, Classify, Close, CommandKind, CustomerWrote, Extend, Invite, Merge, Open,
    Promise, RecordAnswer, RecordDelivery, RecordExit, RecordHold, Resolve, Retarget, Split, Withdraw,
};
use talkback::{
    Actor, Case, Channel, CloseReason, Code, Command, CommandId, Consent, Contact, Credit, CustomerId,
    DeadlineId, DeadlineKind, Delivery, Exit, ExitReason, Feedback, FeedbackKind, Grants, Outbound, Outcome,
    Party, Priority, Promised, RemedyKind, ReplyPath, Resolution, Satisfaction, StaffId, TeamId, Tone,
    Verdict, WaitingFor, Words,
};

use super::policies::{POLICIES, name};
use super::run::{Order, Run, Workflow, command_id};

/// What chance says about one command. What it becomes depends on the case that it meets.
#[derive(Debug, Clone)]
pub(crate) struct Move {
    /// Seconds since the command before.
    gap: i64,
    /// How far from now it happened, in seconds, if it says so.
    occurred: Option<i64>,
    who: u8,
    /// Below this it is something that belongs to the stage.
    plausible: bool,
    which: u16,
    /// Choices within the command.
    a: u8,
    b: u8,
    c: u8,
    /// The application has another policy book from here on.
    swap: bool,
}

pub(crate) const START: &str = "2026-11-23T09:00:00Z";

pub(crate) fn start() -> DateTime<Utc> {
    START.parse().unwrap()
}

fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => Just(0),
        6 => 1..1_200_i64,
        6 => 1_200..30_000_i64,
        4 => 30_000..200_000_i64,
        2 => 200_000..2_500_000_i64,
    ]
}

fn occurred() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        8 => Just(None),
        2 => (-20_000..0_i64).prop_map(Some),
        1 => (-1_000_000..400_i64).prop_map(Some),
        1 => (0..301_i64).prop_map(Some),
    ]
}

fn one(swaps: bool) -> impl Strategy<Value = Move> {
    let swap =
        if swaps { prop_oneof![30 => Just(false), 1 => Just(true)].boxed() } else { Just(false).boxed() };
    let bits = (any::<u8>(), any::<u8>(), any::<u8>());
    (gap(), occurred(), any::<u8>(), prop::bool::weighted(0.9), any::<u16>(), bits, swap).prop_map(
        |(gap, occurred, who, plausible, which, (a, b, c), swap)| Move {
            gap,
            occurred,
            who,
            plausible,
            which,
            a,
            b,
            c,
            swap,
        },
    )
}

/// One command of a life in which no policy book is replaced.
pub(crate) fn a_move() -> impl Strategy<Value = Move> {
    one(false)
}

/// A life of up to `most` commands.
pub(crate) fn life(most: usize) -> impl Strategy<Value = Vec<Move>> {
    prop::collection::vec(one(false), 2..most)
}

/// A life in which the policy book is replaced, and the clock sometimes steps back.
pub(crate) fn unsteady_life(most: usize) -> impl Strategy<Value = Vec<Move>> {
    let back = prop_oneof![12 => Just(0), 1 => -4_000..0_i64];
    prop::collection::vec((one(true), back).prop_map(|(m, back)| Move { gap: m.gap + back, ..m }), 2..most)
}

/// Lives it.
pub(crate) fn lived(workflow: &mut dyn Workflow, books: Vec<PolicyBook>, moves: &[Move]) -> Run {
    let mut run = Run::new(books);
    let (mut now, mut book) = (start(), 0);
    for (n, m) in moves.iter().enumerate() {
        now += TimeDelta::seconds(m.gap);
        if m.swap {
            book = (book + 1) % run.books.len();
        }
        let actor = m.actor();
        let command = m.command(run.case.as_ref(), &actor, now);
        let occurred_at = m.occurred_at(now);
        let id = command_id("move", n);
        run.submit(workflow, Order { command, id, actor, now, occurred_at, book });
    }
    run
}

pub(crate) fn staff_id(text: &str) -> StaffId {
    StaffId::new(text).unwrap()
}

pub(crate) fn customer_id() -> CustomerId {
    CustomerId::new("customer-1").unwrap()
}

pub(crate) fn reply_path() -> ReplyPath {
    ReplyPath::email("care@shop.example").unwrap()
}

fn actor(who: u8) -> Actor {
    match who % 16 {
        0..7 => Actor::staff(staff_id("ann")),
        7..11 => Actor::staff(staff_id("bob")),
        11 => Actor::new(Party::Staff(staff_id("temp")), Grants::NONE),
        12..14 => Actor::customer(customer_id()),
        14 => Actor::system(),
        _ => Actor::new(Party::ThirdParty(name("supplier")), Grants::NONE),
    }
}

impl Move {
    /// Seconds since the command before.
    pub(crate) fn gap(&self) -> i64 {
        self.gap
    }

    pub(crate) fn actor(&self) -> Actor {
        actor(self.who)
    }

    pub(crate) fn occurred_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.occurred.map(|seconds| now + TimeDelta::seconds(seconds))
    }

    pub(crate) fn command(&self, case: Option<&Case>, actor: &Actor, now: DateTime<Utc>) -> Command {
        let Some(case) = case else {
            return if self.plausible || self.a.is_multiple_of(2) {
                self.beginning(now)
            } else {
                Command::Tick
            };
        };
        // Whatever keeps a life short is rarer than what goes on with it.
        let plausible: Vec<_> = case
            .legal_commands(actor, now)
            .into_iter()
            .filter(|kind| {
                self.c.is_multiple_of(8)
                    || !matches!(kind, CommandKind::Close | CommandKind::Withdraw | CommandKind::Waive)
            })
            .chain([CommandKind::Tick, CommandKind::CustomerWrote])
            .collect();
        let kinds: &[CommandKind] = if self.plausible { &plausible } else { &CommandKind::ALL };
        self.of_kind(kinds[usize::from(self.which) % kinds.len()], case, now)
    }

    fn pick<T: Clone>(&self, list: &[T]) -> T {
        list[usize::from(self.a) % list.len()].clone()
    }

    fn beginning(&self, now: DateTime<Utc>) -> Command {
        let policy = Some(name(POLICIES[usize::from(self.which) % POLICIES.len()]));
        let kinds = [FeedbackKind::Complaint, FeedbackKind::Praise, FeedbackKind::Question];
        let mut feedback = Feedback::new(self.pick(&kinds), Channel::Email, "It leaks.")
            .with_customer(customer_id())
            .with_contact(match self.b % 8 {
                0 => Contact::Nowhere,
                1 => Contact::InThread,
                _ => Contact::email("customer@example.org").unwrap(),
            });
        if self.c.is_multiple_of(11) {
            feedback = feedback.automatic();
        }
        if self.c.is_multiple_of(3) {
            feedback = feedback.with_priority(Priority::Urgent);
        }
        match self.b % 5 {
            0 => feedback = feedback.received_at(now - TimeDelta::minutes(i64::from(self.c) * 40)),
            1 => feedback = feedback.received_at(now + TimeDelta::seconds(i64::from(self.c) + 40)),
            _ => {}
        }
        if self.a.is_multiple_of(7) {
            let question = self.outbound();
            let surveys = !self.c.is_multiple_of(16);
            let feedback = feedback.with_consent(Consent { surveys, ..Consent::default() });
            return Command::Invite(Box::new(Invite { about: feedback, question, policy }));
        }
        let mut open = Open::new(feedback);
        open.policy = policy;
        if self.a.is_multiple_of(9) {
            open = open.untimed([DeadlineKind::Acknowledge, DeadlineKind::Respond]);
        }
        Command::Open(Box::new(open))
    }

    pub(crate) fn outbound(&self) -> Outbound {
        let words = if self.c == 255 { " " } else { "We look into it." };
        let message = Outbound::new(words, reply_path());
        match self.b % 4 {
            0 => message.posted(),
            1 => message.posted().delivered(),
            2 => message.delivered(),
            _ => message,
        }
    }

    fn deadline(&self, case: &Case, fits: impl Fn(DeadlineKind) -> bool) -> DeadlineId {
        let mut ids: Vec<_> = case.deadlines.live().iter().map(|deadline| deadline.id).collect();
        ids.extend(case.deadlines.breaches().iter().map(|breach| breach.id));
        ids.retain(|id| fits(id.kind));
        ids.push(DeadlineId { kind: DeadlineKind::Resolve, cycle: 9, n: 9 });
        self.pick(&ids)
    }

    fn words(&self) -> Words {
        Words::new(if self.b.is_multiple_of(32) { "" } else { "so it is" })
    }

    fn minutes(&self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.b) * i64::from(self.c % 64) - 60)
    }

    pub(crate) fn of_kind(&self, kind: CommandKind, case: &Case, now: DateTime<Utc>) -> Command {
        match kind {
            CommandKind::Open | CommandKind::Invite => self.beginning(now),
            CommandKind::Acknowledge => Command::Acknowledge(self.outbound()),
            CommandKind::CustomerWrote => Command::CustomerWrote(CustomerWrote {
                tone: self.pick(&[Tone::Plain, Tone::Plain, Tone::Dispute]),
                automatic: self.b.is_multiple_of(6),
                ..CustomerWrote::new(self.words())
            }),
            CommandKind::Reply => Command::Reply(self.outbound()),
            CommandKind::Note => Command::Note(self.words()),
            CommandKind::Assign => Command::Assign(Assign {
                owner: self.pick(&[None, Some(staff_id("ann")), Some(staff_id("bob"))]),
                team: self.b.is_multiple_of(3).then(|| TeamId::new("care").unwrap()),
            }),
            CommandKind::Classify => Command::Classify(Classify {
                kind: self.pick(&[None, Some(FeedbackKind::Praise), Some(FeedbackKind::Complaint)]),
                priority: self.b.is_multiple_of(3).then_some(Priority::Urgent),
                labels: None,
                touchpoint: None,
            }),
            CommandKind::Await => Command::Await(Await {
                who: self.pick(&[WaitingFor::Customer, WaitingFor::ThirdParty]),
                reason: self.words(),
                until: now + self.minutes(),
            }),
            CommandKind::Resume => Command::Resume,
            CommandKind::Resolve => self.resolve(case),
            CommandKind::FollowUp => Command::FollowUp(self.outbound()),
            CommandKind::RecordAnswer => Command::RecordAnswer(RecordAnswer {
                satisfaction: Satisfaction::of(self.pick(&[
                    Verdict::Satisfied,
                    Verdict::Neutral,
                    Verdict::Unsatisfied,
                    Verdict::Disputed,
                ])),
                words: None,
            }),
            CommandKind::NoActionNeeded => Command::NoActionNeeded,
            CommandKind::Promise => Command::Promise(Promise {
                what: self.pick(&[
                    Promised::Answer,
                    Promised::Resolution,
                    Promised::Action(Code::new("call-back").unwrap()),
                ]),
                by: now + self.minutes(),
                message: self.b.is_multiple_of(2).then(|| self.outbound()),
            }),
            CommandKind::Fulfil => Command::Fulfil(self.deadline(case, |kind| kind == DeadlineKind::Promise)),
            CommandKind::Close => self.close(),
            CommandKind::Reopen => Command::Reopen(self.words()),
            CommandKind::Withdraw => Command::Withdraw(Withdraw {
                leaving: self.b.is_multiple_of(2),
                ..Withdraw::matter(self.pick(&[ExitReason::NotSaid, ExitReason::Price]))
            }),
            CommandKind::Credit => Command::Credit(Credit::staff(staff_id("carl")).saying("Thank you.")),
            CommandKind::RecordThanked => {
                Command::RecordThanked(self.deadline(case, |kind| kind == DeadlineKind::Thank))
            }
            CommandKind::RecordUnreachable => Command::RecordUnreachable(self.words()),
            CommandKind::AcceptEscalation => {
                Command::AcceptEscalation(self.deadline(case, |kind| kind != DeadlineKind::Review))
            }
            CommandKind::Excuse => {
                Command::Excuse(self.deadline(case, |kind| kind != DeadlineKind::Review), self.words())
            }
            CommandKind::Waive => {
                Command::Waive(self.deadline(case, |kind| kind != DeadlineKind::Review), self.words())
            }
            CommandKind::Extend => self.extend(case),
            CommandKind::RecordDelivery => Command::RecordDelivery(self.delivery(case)),
            CommandKind::Retarget => Command::Retarget(Retarget {
                policy: self
                    .b
                    .is_multiple_of(2)
                    .then(|| name(POLICIES[usize::from(self.c) % POLICIES.len()])),
                priority: self.a.is_multiple_of(2).then_some(Priority::Urgent),
                reason: self.words(),
            }),
            CommandKind::Recalculate => Command::Recalculate(self.words()),
            CommandKind::RecordExit => Command::RecordExit(RecordExit::of(Exit::because(
                self.pick(&[ExitReason::Price, ExitReason::NotSaid]),
            ))),
            CommandKind::ChangeContact => Command::ChangeContact(self.contact(case)),
            CommandKind::Merge => Command::Merge(Box::new(Merge::into(case.id, self.words()))),
            CommandKind::Split => Command::Split(Box::new(Split::message(
                CommandId::from_uuid(case.id.uuid()).into(),
                Feedback::new(FeedbackKind::Question, Channel::Email, "And this?"),
                self.words(),
            ))),
            CommandKind::RecordHold => Command::RecordHold(RecordHold {
                message: self.delivery(case).message,
                until: now + TimeDelta::hours(i64::from(self.a % 48)),
            }),
            CommandKind::RecordErasure => Command::RecordErasure(None),
            _ => Command::Tick,
        }
    }

    fn contact(&self, case: &Case) -> ChangeContact {
        let new =
            self.pick(&[Contact::InThread, Contact::email("new@example.org").unwrap(), Contact::Nowhere]);
        let known = case.head.contacts.first().copied();
        let change = match (self.b % 4, known) {
            (0, Some(known)) => ChangeContact::remove(known),
            (1, Some(known)) => ChangeContact::correct(known, new),
            _ => ChangeContact::add(new),
        };
        if self.c.is_multiple_of(2) { change.preferred() } else { change }
    }

    /// Mostly of a message that the case follows.
    fn delivery(&self, case: &Case) -> RecordDelivery {
        let mut messages: Vec<_> = case.cycle.outgoing.iter().map(|outgoing| outgoing.message).collect();
        messages.push(CommandId::from_uuid(case.id.uuid()).into());
        let last = messages.len() - 1;
        let message = if self.b.is_multiple_of(8) {
            messages[last]
        } else {
            messages[usize::from(self.b) % messages.len()]
        };
        let results =
            [Delivery::Sent, Delivery::Failed, Delivery::Delivered, Delivery::Failed, Delivery::Read];
        RecordDelivery::of(message, self.pick(&results))
    }

    /// Mostly as the policies of the laws let it be.
    fn extend(&self, case: &Case) -> Command {
        let deadline = self.deadline(case, |kind| kind == DeadlineKind::Resolve);
        let message = (!self.b.is_multiple_of(4)).then(|| self.outbound());
        let until = self.c.is_multiple_of(8).then_some(case.updated_at + TimeDelta::days(9));
        Command::Extend(Box::new(Extend { deadline, reason: self.words(), message, until }))
    }

    fn resolve(&self, case: &Case) -> Command {
        let outcome = self.pick(&[Outcome::Fixed, Outcome::Explained, Outcome::Declined]);
        let mut resolution = Resolution::new(outcome);
        if self.c.is_multiple_of(2) {
            resolution = resolution.with(RemedyKind::Declined, "Out of warranty.");
        }
        if self.c.is_multiple_of(5) {
            resolution = resolution.crediting(Credit::staff(staff_id("carl")));
        }
        let untold = if case.unreachable { self.b.is_multiple_of(2) } else { self.b.is_multiple_of(16) };
        Command::Resolve(Box::new(if untold {
            Resolve::untold(resolution)
        } else {
            Resolve::telling(resolution, self.outbound())
        }))
    }

    fn close(&self) -> Command {
        let reason = self.pick(&[
            CloseReason::Confirmed,
            CloseReason::Unanswered,
            CloseReason::ThanksSufficed,
            CloseReason::Spam,
            CloseReason::Referred(name("the carrier")),
            CloseReason::Waived(Party::System),
            CloseReason::InvitationLapsed,
            CloseReason::Left,
            CloseReason::Confirmed,
        ]);
        Command::Close(Box::new(Close {
            reason,
            message: self.b.is_multiple_of(3).then(|| self.outbound()),
            words: (!self.c.is_multiple_of(4)).then(|| self.words()),
        }))
    }
}
