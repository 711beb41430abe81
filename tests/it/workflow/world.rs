//! A story for tests that try commands as they are, and the commands in short words.

use chrono::{DateTime, TimeDelta, Utc};
use talkback::testing::Scenario;
use talkback::testing::scenario::somebody;
use talkback::workflow::{
    Assign, Await, Close, CustomerWrote, Promise, RecordAnswer, Rejection, Resolve, Withdraw,
};
use talkback::{
    Actor, Case, CloseReason, Command, DeadlineId, DeadlineKind, Event, ExitReason, Feedback, Outbound,
    Outcome, Policy, Promised, RemedyKind, Resolution, Satisfaction, Verdict, WaitingFor, Words,
};

use super::generate::{customer_id, reply_path, staff_id};
use super::story;
pub(crate) use super::story::at;

/// A story that is changed in place.
pub(crate) struct World {
    story: Option<Scenario>,
    occurred: Option<DateTime<Utc>>,
}

pub(crate) fn complaint(policy: Policy) -> World {
    World::of(story::complaint(policy))
}

pub(crate) fn opened(policy: Policy, feedback: Feedback) -> World {
    World::of(story::opened(policy, feedback))
}

pub(crate) fn nothing(policy: Policy) -> World {
    World::of(story::nothing(policy))
}

impl World {
    fn of(story: Scenario) -> Self {
        Self { story: Some(story), occurred: None }
    }

    fn story(&self) -> &Scenario {
        self.story.as_ref().unwrap()
    }

    #[track_caller]
    fn goes(mut self, on: impl FnOnce(Scenario) -> Scenario) -> Self {
        self.story = self.story.map(on);
        self
    }

    #[track_caller]
    pub(crate) fn order(&mut self, actor: Actor, command: Command) -> Result<(), Rejection> {
        let deed = somebody(actor).gives(command).if_possible();
        let deed = match self.occurred.take() {
            Some(at) => deed.as_of(at),
            None => deed,
        };
        let story = self.story.take().unwrap().and(deed);
        let refused = story.refusal().cloned();
        self.story = Some(story);
        refused.map_or(Ok(()), Err)
    }

    #[track_caller]
    pub(crate) fn by(mut self, actor: Actor, command: Command) -> Self {
        self.order(actor, command).unwrap();
        self
    }

    #[track_caller]
    pub(crate) fn staff(self, command: Command) -> Self {
        self.by(ann(), command)
    }

    #[track_caller]
    pub(crate) fn refused(&mut self, command: Command) -> Rejection {
        self.refused_to(ann(), command)
    }

    #[track_caller]
    pub(crate) fn refused_to(&mut self, actor: Actor, command: Command) -> Rejection {
        self.order(actor, command).expect_err("it was accepted")
    }

    pub(crate) fn at(self, text: &str) -> Self {
        self.goes(|story| story.jumps_to(at(text)))
    }

    pub(crate) fn seconds_later(self, seconds: i64) -> Self {
        self.goes(|story| {
            let then = story.now() + TimeDelta::seconds(seconds);
            story.jumps_to(then)
        })
    }

    pub(crate) fn which_happened(mut self, text: &str) -> Self {
        self.occurred = Some(at(text));
        self
    }

    pub(crate) fn tick(self) -> Self {
        self.goes(Scenario::somebody_looks)
    }

    pub(crate) fn case(&self) -> &Case {
        self.story().case().unwrap()
    }

    pub(crate) fn id(&self, kind: DeadlineKind) -> DeadlineId {
        self.story().id_of(kind).unwrap_or_else(|| panic!("no {kind}"))
    }

    #[allow(dead_code, reason = "for the next test of refusals")]
    pub(crate) fn events(&self) -> Vec<&Event> {
        self.story().events().collect()
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
    Resolve::telling(resolution(), message()).into()
}

pub(crate) fn resolve_in_silence() -> Command {
    Resolve::untold(resolution()).into()
}

pub(crate) fn follow_up() -> Command {
    Command::FollowUp(message())
}

pub(crate) fn answer(verdict: Verdict) -> Command {
    RecordAnswer::of(Satisfaction::of(verdict)).into()
}

pub(crate) fn wrote() -> Command {
    CustomerWrote::new("And another thing.").into()
}

pub(crate) fn disputes() -> Command {
    CustomerWrote::disputing("It still leaks.").into()
}

pub(crate) fn out_of_office() -> Command {
    CustomerWrote { automatic: true, ..CustomerWrote::new("I am away until Monday.") }.into()
}

pub(crate) fn wait(who: WaitingFor, until: &str) -> Command {
    Await { who, reason: Words::new("a photograph of it"), until: at(until) }.into()
}

pub(crate) fn close(reason: CloseReason) -> Command {
    Close::because(reason).into()
}

pub(crate) fn close_with(reason: CloseReason, message: Option<Outbound>, words: &str) -> Command {
    Close { message, words: Some(Words::new(words)), ..Close::because(reason) }.into()
}

pub(crate) fn withdraw(why: ExitReason) -> Command {
    Withdraw::matter(why).into()
}

pub(crate) fn promise(what: Promised, by: &str) -> Command {
    Promise::of(what, at(by)).into()
}

pub(crate) fn assign(owner: &str) -> Command {
    Assign::to(staff_id(owner)).into()
}

pub(crate) fn words(text: &str) -> Words {
    Words::new(text)
}
