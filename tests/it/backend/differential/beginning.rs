//! How a life begins: in states, and by commands, that chance alone rarely comes to.

use chrono::{DateTime, TimeDelta, Utc};
use talkback::workflow::{
    Await, CustomerWrote, Extend, Invite, Open, Promise, RecordHold, Resolve, Withdraw,
};
use talkback::{
    Actor, Channel, Code, Command, CommandId, Consent, Contact, Credit, CustomerId, DeadlineId, DeadlineKind,
    ExitReason, Feedback, Promised, TenantId, Words,
};

use crate::workflow::generate::staff_id;
use crate::workflow::policies::name;
use crate::workflow::world::{message, resolution};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beginning {
    Nothing,
    Opened,
    Late,
    Resolved,
    FollowedUp,
    Resumed,
    Fulfilled,
    Thanked,
    SettledByThanks,
    Extended,
    Recalculated,
    InvitedAndAnswered,
    Left,
    Held,
}

impl Beginning {
    pub(super) const ALL: [Self; 14] = [
        Self::Nothing,
        Self::Opened,
        Self::Late,
        Self::Resolved,
        Self::FollowedUp,
        Self::Resumed,
        Self::Fulfilled,
        Self::Thanked,
        Self::SettledByThanks,
        Self::Extended,
        Self::Recalculated,
        Self::InvitedAndAnswered,
        Self::Left,
        Self::Held,
    ];

    /// What happens to the first case, in this order.
    pub(super) fn commands(self, customer: &CustomerId, now: DateTime<Utc>) -> Vec<Command> {
        let tomorrow = now + TimeDelta::hours(30);
        let first = |kind| DeadlineId { kind, cycle: 1, n: 1 };
        let said = || message().posted().delivered();
        let told = || Command::from(Resolve::telling(resolution(), said()));
        let open = || Command::from(Open::new(feedback(customer)));
        match self {
            Self::Nothing => Vec::new(),
            Self::Opened => vec![open()],
            Self::Late => vec![open(), Command::Tick],
            Self::Resolved => vec![open(), told()],
            Self::FollowedUp => vec![open(), told(), Command::FollowUp(said())],
            Self::Resumed => {
                let wait = Await::customer("a photograph", tomorrow);
                vec![open(), Command::Reply(said()), wait.into(), Command::Resume]
            }
            Self::Fulfilled => {
                let visit = Promise::of(Promised::Action(Code::new("visit").unwrap()), tomorrow);
                vec![open(), visit.into(), Command::Fulfil(first(DeadlineKind::Promise))]
            }
            Self::Thanked => {
                let credit = Command::Credit(Credit::staff(staff_id("carl")));
                vec![open(), credit, Command::RecordThanked(first(DeadlineKind::Thank))]
            }
            Self::SettledByThanks => {
                vec![open(), told(), CustomerWrote::new("Thanks!").into(), Command::NoActionNeeded]
            }
            Self::Extended => {
                let open = Open::new(feedback(customer)).under(name("staged"));
                let extend = Extend::telling(first(DeadlineKind::Resolve), "it is complex", said());
                // Its target runs from the acknowledgement on.
                vec![open.into(), Command::Acknowledge(said()), extend.into()]
            }
            Self::Recalculated => vec![open(), Command::Recalculate(Words::new("the calendar changed"))],
            Self::InvitedAndAnswered => {
                let mut about = feedback(customer);
                about.body = None;
                let invite = Invite { about, question: said(), policy: None };
                vec![invite.into(), CustomerWrote::new("It was well.").into()]
            }
            Self::Left => vec![open(), Withdraw::leaving(ExitReason::NotSaid).into()],
            Self::Held => {
                let hold = RecordHold { message: Self::command(1).into(), until: tomorrow };
                vec![open(), Command::Reply(message().posted()), hold.into()]
            }
        }
    }

    /// The id of the n-th of them, from 0.
    pub(super) fn command(n: usize) -> CommandId {
        CommandId::derive(&TenantId::single(), &["beginning", &n.to_string()])
    }

    /// How much later each of them is than the one before.
    pub(super) const fn gap(self) -> TimeDelta {
        match self {
            // Long after everything was due.
            Self::Late => TimeDelta::days(9),
            Self::InvitedAndAnswered => TimeDelta::days(1),
            _ => TimeDelta::minutes(1),
        }
    }

    /// The customer says what only she can say, staff the rest.
    pub(super) fn by(command: &Command, customer: &CustomerId) -> Actor {
        match command {
            Command::Open(_) | Command::CustomerWrote(_) | Command::Withdraw(_) => {
                Actor::customer(customer.clone())
            }
            _ => Actor::staff(staff_id("ann")),
        }
    }
}

fn feedback(customer: &CustomerId) -> Feedback {
    Feedback::complaint(Channel::Email, "It leaks.")
        .with_customer(customer.clone())
        .with_contact(Contact::email("customer@example.org").unwrap())
        .with_consent(Consent { surveys: true, ..Consent::default() })
}
