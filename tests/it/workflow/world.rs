//! A world for scenarios: one case, a clock that is moved by hand, and short words for what happens.
//! When a world ends, every law is checked over its life.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use talkback::policy::{Policy, PolicyBook};
use talkback::workflow::{
    Assign, Await, Close, CustomerWrote, Notice, NoticeKind, Open, Promise, RecordAnswer, Rejection, Resolve,
    Rule, Withdraw,
};
use talkback::{
    Actor, Breach, Case, Channel, CloseReason, Command, Contact, Deadline, DeadlineId, DeadlineKind,
    DeadlineState, Event, ExitReason, Fact, Feedback, Outbound, Outcome, Promised, RemedyKind, Resolution,
    Satisfaction, Stage, Verdict, WaitingFor, Words,
};

use super::generate::{customer_id, reply_path, staff_id, start};
use super::laws::check;
use super::run::{Order, Real, Run, command_id, tick};

pub(crate) struct World {
    run: Run,
    now: DateTime<Utc>,
    occurred: Option<DateTime<Utc>>,
    book: usize,
}

/// `"11-24 10:00"` of 2026, or with seconds, UTC.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    let seconds = if text.len() > 11 { "" } else { ":00" };
    let text = format!("2026-{text}{seconds}");
    NaiveDateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S").unwrap().and_utc()
}

/// Monday, 23 November 2026, nine o'clock: a case has just been opened with a complaint.
pub(crate) fn complaint(policy: Policy) -> World {
    opened(policy, Feedback::complaint(Channel::Email, "The kettle leaks."))
}

pub(crate) fn opened(policy: Policy, feedback: Feedback) -> World {
    nothing(policy).open(feedback)
}

/// The same Monday, without a case yet.
pub(crate) fn nothing(policy: Policy) -> World {
    World::with(vec![PolicyBook::single(policy)])
}

impl World {
    pub(crate) fn with(books: Vec<PolicyBook>) -> Self {
        Self { run: Run::new(books), now: start(), occurred: None, book: 0 }
    }

    pub(crate) fn open(mut self, feedback: Feedback) -> Self {
        let contact = match feedback.contact {
            Contact::Nowhere => Contact::email("customer@example.org").unwrap(),
            ref other => other.clone(),
        };
        let feedback = feedback.with_customer(customer_id()).with_contact(contact);
        self.order(customer(), Command::Open(Box::new(Open::new(feedback)))).unwrap();
        self
    }

    pub(crate) fn at(mut self, text: &str) -> Self {
        self.now = at(text);
        self
    }

    pub(crate) fn seconds_later(mut self, seconds: i64) -> Self {
        self.now += TimeDelta::seconds(seconds);
        self
    }

    /// When the next command's event happened.
    pub(crate) fn which_happened(mut self, text: &str) -> Self {
        self.occurred = Some(at(text));
        self
    }

    /// The application now has another policy book.
    pub(crate) fn under(mut self, book: PolicyBook) -> Self {
        self.run.books.push(book);
        self.book = self.run.books.len() - 1;
        self
    }

    pub(crate) fn order(&mut self, actor: Actor, command: Command) -> Result<(), Rejection> {
        let id = command_id("world", self.run.steps.len());
        let order =
            Order { command, id, actor, now: self.now, occurred_at: self.occurred.take(), book: self.book };
        self.run.submit(&mut Real, order);
        match &self.run.steps.last().unwrap().outcome {
            Ok(_) => Ok(()),
            Err(refused) => Err(refused.clone()),
        }
    }

    #[track_caller]
    pub(crate) fn by(mut self, actor: Actor, command: Command) -> Self {
        if let Err(refused) = self.order(actor, command) {
            panic!("{refused}");
        }
        self
    }

    #[track_caller]
    pub(crate) fn staff(self, command: Command) -> Self {
        self.by(ann(), command)
    }

    #[track_caller]
    pub(crate) fn customer(self, command: Command) -> Self {
        self.by(customer(), command)
    }

    /// What staff are told when they try.
    #[track_caller]
    pub(crate) fn refused(&mut self, command: Command) -> Rejection {
        self.refused_to(ann(), command)
    }

    #[track_caller]
    pub(crate) fn refused_to(&mut self, actor: Actor, command: Command) -> Rejection {
        self.order(actor, command).expect_err("it was accepted")
    }

    /// Staff cannot do that, by this rule, and the world goes on.
    #[track_caller]
    pub(crate) fn not(mut self, command: Command, rule: &Rule) -> Self {
        assert_eq!(self.refused(command).rule, *rule);
        self
    }

    #[track_caller]
    pub(crate) fn tick(mut self) -> Self {
        let order = tick(self.now, self.book, self.run.steps.len());
        self.run.submit(&mut Real, order);
        assert!(self.run.steps.last().unwrap().outcome.is_ok());
        self
    }

    /// A tick at every wake-up until then.
    #[track_caller]
    pub(crate) fn ticked_until(mut self, text: &str) -> Self {
        let until = at(text);
        while let Some(next) = self.case().wake_up().filter(|next| *next <= until) {
            self.now = next;
            self = self.tick();
        }
        self.at(text).tick()
    }

    pub(crate) fn case(&self) -> &Case {
        self.run.case.as_ref().unwrap()
    }

    pub(crate) fn events(&self) -> Vec<&Event> {
        self.run.events().collect()
    }

    pub(crate) fn facts(&self, of: &str) -> Vec<&Event> {
        self.run.events().filter(|event| event.fact.as_str() == of).collect()
    }

    pub(crate) fn notices(&self, kind: NoticeKind) -> Vec<&Notice> {
        let all = self.run.steps.iter().flat_map(|step| step.notices.iter().flatten());
        all.filter(|notice| notice.kind == kind).collect()
    }

    /// Of each fired step of a ladder: when, which, and to whom.
    pub(crate) fn ladder(&self, kind: DeadlineKind) -> Vec<(String, u16, String)> {
        let steps = self.run.events().filter_map(|event| match &event.fact {
            Fact::Escalated { deadline, step, role, .. } if deadline.kind == kind => {
                Some((event.occurred_at.format("%m-%d %H:%M").to_string(), *step, role.to_string()))
            }
            _ => None,
        });
        steps.collect()
    }

    #[track_caller]
    pub(crate) fn stands(self, stage: Stage) -> Self {
        assert_eq!(self.case().stage, stage);
        self
    }

    /// The live deadline of that kind.
    pub(crate) fn live(&self, kind: DeadlineKind) -> Option<&Deadline> {
        self.case().deadlines.of_kind(kind).next()
    }

    pub(crate) fn id(&self, kind: DeadlineKind) -> DeadlineId {
        self.live(kind).unwrap_or_else(|| panic!("no live {kind}")).id
    }

    /// The deadline of that kind runs and is due then.
    #[track_caller]
    pub(crate) fn due(self, kind: DeadlineKind, text: &str) -> Self {
        let live = self.live(kind).unwrap_or_else(|| panic!("no live {kind}"));
        assert_eq!((live.due, &live.state), (at(text), &DeadlineState::Running), "{kind}");
        self
    }

    #[track_caller]
    pub(crate) fn paused(self, kind: DeadlineKind) -> Self {
        let live = self.live(kind).unwrap_or_else(|| panic!("no live {kind}"));
        assert!(matches!(live.state, DeadlineState::Paused { .. }), "{live:?}");
        self
    }

    /// No deadline of that kind is live.
    #[track_caller]
    pub(crate) fn without(self, kind: DeadlineKind) -> Self {
        assert_eq!(self.live(kind), None);
        self
    }

    /// So many of that kind were met in time, so many missed.
    #[track_caller]
    pub(crate) fn counts(self, kind: DeadlineKind, met: u32, breached: u32) -> Self {
        let tally = self.case().deadlines.tally(kind);
        assert_eq!((tally.met, tally.breached), (met, breached), "{kind}: {tally:?}");
        self
    }

    #[track_caller]
    pub(crate) fn breach(&self, kind: DeadlineKind) -> &Breach {
        let breaches = self.case().deadlines.breaches();
        breaches.iter().find(|breach| breach.id.kind == kind).unwrap_or_else(|| panic!("no breach of {kind}"))
    }

    #[track_caller]
    pub(crate) fn closed_as(self, reason: &CloseReason) -> Self {
        assert_eq!(self.case().stage, Stage::Closed);
        assert_eq!(self.case().closed.as_ref().map(|closed| &closed.reason), Some(reason));
        self
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking()
            && let Err(broken) = check(&self.run)
        {
            panic!("{broken}");
        }
    }
}

pub(crate) fn ann() -> Actor {
    Actor::staff(staff_id("ann"))
}

pub(crate) fn bob() -> Actor {
    Actor::staff(staff_id("bob"))
}

pub(crate) fn customer() -> Actor {
    Actor::customer(customer_id())
}

pub(crate) fn message() -> Outbound {
    Outbound::new("Thank you, we look into it.", reply_path())
}

pub(crate) fn acknowledge() -> Command {
    Command::Acknowledge(message())
}

pub(crate) fn reply() -> Command {
    Command::Reply(message())
}

pub(crate) fn resolution() -> Resolution {
    Resolution::new(Outcome::Fixed).with(RemedyKind::Fix, "A new kettle is on its way.")
}

pub(crate) fn resolve() -> Command {
    Command::Resolve(Box::new(Resolve::telling(resolution(), message())))
}

pub(crate) fn resolve_in_silence() -> Command {
    Command::Resolve(Box::new(Resolve::untold(resolution())))
}

pub(crate) fn follow_up() -> Command {
    Command::FollowUp(message())
}

pub(crate) fn answer(verdict: Verdict) -> Command {
    Command::RecordAnswer(RecordAnswer { satisfaction: Satisfaction::of(verdict), words: None })
}

pub(crate) fn wrote() -> Command {
    Command::CustomerWrote(CustomerWrote::new("And another thing."))
}

pub(crate) fn disputes() -> Command {
    Command::CustomerWrote(CustomerWrote::disputing("It still leaks."))
}

pub(crate) fn out_of_office() -> Command {
    let message = CustomerWrote::new("I am away until Monday.");
    Command::CustomerWrote(CustomerWrote { automatic: true, ..message })
}

pub(crate) fn wait(who: WaitingFor, until: &str) -> Command {
    Command::Await(Await { who, reason: Words::new("a photograph of it"), until: at(until) })
}

pub(crate) fn close(reason: CloseReason) -> Command {
    Command::Close(Box::new(Close::because(reason)))
}

pub(crate) fn close_with(reason: CloseReason, message: Option<Outbound>, words: &str) -> Command {
    Command::Close(Box::new(Close { reason, message, words: Some(Words::new(words)) }))
}

pub(crate) fn withdraw(why: ExitReason) -> Command {
    Command::Withdraw(Withdraw::matter(why))
}

pub(crate) fn promise(what: Promised, by: &str) -> Command {
    Command::Promise(Promise { what, by: at(by), words: None })
}

pub(crate) fn assign(owner: &str) -> Command {
    Command::Assign(Assign { owner: Some(staff_id(owner)), team: None })
}

pub(crate) fn words(text: &str) -> Words {
    Words::new(text)
}
