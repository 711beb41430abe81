//! A case that is played step by step through the workflow, without a store.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use talkback::policy::PolicyBook;
use talkback::workflow::{Actor, Command, Context, Event, Open, Rejection, step};
use talkback::{
    Case, CaseId, Channel, CommandId, Contact, CustomerId, Deadline, DeadlineKind, Feedback, Outbound,
    Policy, ReplyPath, StaffId, TenantId,
};

use crate::calendar::utc;

pub(crate) struct Play {
    pub(crate) book: PolicyBook,
    pub(crate) case: Option<Case>,
    pub(crate) events: Vec<Event>,
    commands: u32,
}

impl Play {
    pub(crate) fn new(policy: Policy) -> Self {
        Self::with(PolicyBook::single(policy))
    }

    pub(crate) fn with(book: PolicyBook) -> Self {
        Self { book, case: None, events: Vec::new(), commands: 0 }
    }

    /// A case under this policy, opened by a complaint at that time.
    pub(crate) fn opened(policy: Policy, received: &str) -> Self {
        let mut play = Self::new(policy);
        let contact = Contact::email("ann@example.org").unwrap();
        let feedback = Feedback::complaint(Channel::Email, "It leaks.").with_contact(contact);
        play.customer(received, Open::new(feedback)).unwrap();
        play
    }

    pub(crate) fn staff(&mut self, at: &str, command: impl Into<Command>) -> Result<(), Rejection> {
        self.by(&Actor::staff(StaffId::new("kim").unwrap()), utc(at), &command.into())
    }

    pub(crate) fn customer(&mut self, at: &str, command: impl Into<Command>) -> Result<(), Rejection> {
        self.by(&Actor::customer(CustomerId::new("ann").unwrap()), utc(at), &command.into())
    }

    pub(crate) fn tick(&mut self, at: &str) {
        self.by(&Actor::system(), utc(at), &Command::Tick).unwrap();
    }

    pub(crate) fn by(
        &mut self,
        actor: &Actor,
        now: DateTime<Utc>,
        command: &Command,
    ) -> Result<(), Rejection> {
        let tenant = TenantId::single();
        self.commands += 1;
        let context = Context {
            tenant: &tenant,
            case: CaseId::derive(&tenant, &["play"]),
            now,
            occurred_at: None,
            actor,
            command: CommandId::derive(&tenant, &[&self.commands.to_string()]),
            policies: &self.book,
        };
        let decision = step(self.case.as_ref(), command, &context)?;
        self.events.extend(decision.events);
        // The stored case is the fold of its events, and survives its written form.
        let folded = talkback::workflow::fold(&self.events).unwrap();
        assert_eq!(folded, *decision.case);
        let written = serde_json::to_string(&folded).unwrap();
        assert_eq!(serde_json::from_str::<Case>(&written).unwrap(), folded);
        self.case = Some(Arc::unwrap_or_clone(decision.case));
        Ok(())
    }

    pub(crate) fn case(&self) -> &Case {
        self.case.as_ref().unwrap()
    }

    pub(crate) fn deadline(&self, kind: DeadlineKind) -> &Deadline {
        self.case().deadlines.of_kind(kind).next().unwrap()
    }
}

pub(crate) fn say(words: &str) -> Outbound {
    Outbound::new(words, ReplyPath::email("care@shop.example").unwrap()).delivered()
}
