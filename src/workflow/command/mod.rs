//! What somebody wants to happen to a case.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::case::{CloseReason, ContactRef, WaitingFor};
use crate::conversation::{Attachment, Delivery, Outbound, Tone};
use crate::deadline::{DeadlineId, DeadlineKind, Promised};
use crate::feedback::{Contact, Feedback, FeedbackKind, Priority, Rating};
use crate::id::{CaseId, Code, CustomerId, MessageId, Name, StaffId, TeamId};
use crate::resolution::{Credit, Exit, ExitReason, Resolution, Satisfaction};
use crate::words::Words;

mod kind;

pub use kind::CommandKind;

// A digest of the serialised form is stored with each command, to tell a repeat from another body: a
// field that is added later, here or in what a command holds, is left out while it is empty. Otherwise
// whatever is sent again after an upgrade is refused as reused.
/// What somebody wants to happen to a case. Who wants it and when it happened stand in the
/// [`Context`](crate::workflow::Context).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Command {
    /// Feedback arrived: the case begins.
    Open(Box<Open>),
    /// We ask somebody for feedback: a survey, an agent's prompt.
    Invite(Box<Invite>),
    /// Tell the customer that they were heard. A person's reply or resolution does so as well.
    Acknowledge(Outbound),
    /// The customer wrote.
    CustomerWrote(CustomerWrote),
    /// Say something to the customer.
    Reply(Outbound),
    /// Write something down that the customer does not see.
    Note(Words),
    /// Put somebody in charge.
    Assign(Assign),
    /// Correct what it is. No deadline moves.
    Classify(Classify),
    /// Wait for the customer or for somebody else, until a date.
    Await(Await),
    /// Go on after a wait.
    Resume,
    /// Give the resolution.
    Resolve(Box<Resolve>),
    /// Ask the customer whether it helped.
    FollowUp(Outbound),
    /// The customer answered the follow-up.
    RecordAnswer(RecordAnswer),
    /// The customer's last message needs no answer (a "thanks!").
    NoActionNeeded,
    /// Give the customer a date.
    Promise(Promise),
    /// What was promised is done.
    Fulfil(DeadlineId),
    /// End the case.
    Close(Box<Close>),
    /// Take a resolved or closed case up again.
    Reopen(Words),
    /// The customer takes the matter back, or leaves.
    Withdraw(Withdraw),
    /// Somebody earned thanks.
    Credit(Credit),
    /// The employee or team that earned thanks was told.
    RecordThanked(DeadlineId),
    /// The customer cannot be reached; what was tried.
    RecordUnreachable(Words),
    /// Somebody takes an escalated deadline on.
    AcceptEscalation(DeadlineId),
    /// Excuse a recorded breach; why.
    Excuse(DeadlineId, Words),
    /// Give a running deadline up; why.
    Waive(DeadlineId, Words),
    /// Move a running deadline back, as the policy lets it be.
    Extend(Box<Extend>),
    /// What became of a message of ours.
    RecordDelivery(RecordDelivery),
    /// The application holds a message back on purpose, in the recipient's night or on their holiday.
    RecordHold(RecordHold),
    /// Words and addresses of a customer are erased, or of everyone in the case if it is `None`. The desk
    /// records that before it erases.
    RecordErasure(Option<CustomerId>),
    /// Give the case another policy or priority, and what runs the targets of that.
    Retarget(Retarget),
    /// Compute what runs anew with the calendar that the policy has now; why.
    Recalculate(Words),
    /// Go on in another case. It is about two cases: see [`merge`](crate::workflow::merge).
    Merge(Box<Merge>),
    /// Make a message of the customer a case of its own. It is about two cases: see
    /// [`split`](crate::workflow::split).
    Split(Box<Split>),
    /// The customer who left says why.
    RecordExit(RecordExit),
    /// Add, correct or remove a way to reach a customer.
    ChangeContact(ChangeContact),
    /// Do what is due.
    Tick,
}

/// Feedback arrived.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// What arrived.
    pub feedback: Feedback,
    /// The policy to open it under, which the book has to have; `None`: the book's default.
    pub policy: Option<Name>,
    /// The closed case that it continues.
    pub continues: Option<Continued>,
    /// Deadlines that the source will never give a time for, though it says that they were met or not:
    /// they are moot from the start, because a time that nobody knows can be neither met nor missed.
    pub untimed: Vec<DeadlineKind>,
}

impl Open {
    /// Opens a case with this feedback.
    #[must_use]
    pub const fn new(feedback: Feedback) -> Self {
        Self { feedback, policy: None, continues: None, untimed: Vec::new() }
    }

    /// Names the policy to open it under.
    #[must_use]
    pub fn under(mut self, policy: Name) -> Self {
        self.policy = Some(policy);
        self
    }

    /// Says which deadlines the source gives no times for.
    #[must_use]
    pub fn untimed(mut self, kinds: impl IntoIterator<Item = DeadlineKind>) -> Self {
        self.untimed.extend(kinds);
        self
    }
}

/// A case that a new one continues, because it was closed too long ago to be reopened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continued {
    /// The old case.
    pub case: CaseId,
    /// How its customer can be reached, the preferred way first, at most
    /// [`MAX_CONTACTS`](crate::MAX_CONTACTS). The new case gets addresses of its own, so that erasing the old one
    /// takes none of them: the desk copies them.
    pub contacts: Vec<ContactRef>,
}

/// We ask somebody for feedback.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Invite {
    /// What we expect, through which channel, whom we ask. It has no words of the customer yet.
    pub about: Feedback,
    /// What we ask.
    pub question: Outbound,
    /// The policy, which the book has to have; `None`: the book's default.
    pub policy: Option<Name>,
}

/// The customer wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerWrote {
    /// What they wrote.
    pub body: Words,
    /// What it says about the resolution.
    pub tone: Tone,
    /// A machine of theirs wrote it (an out-of-office note): it calls for no answer.
    pub automatic: bool,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// A number that they gave, such as the answer to a survey. It becomes the case's rating, by which the
    /// rules of the policy can choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
}

impl CustomerWrote {
    /// A message of the customer.
    pub fn new(body: impl Into<Words>) -> Self {
        Self { body: body.into(), tone: Tone::Plain, automatic: false, attachments: Vec::new(), rating: None }
    }

    /// A number without words, such as the answer to a survey.
    #[must_use]
    pub fn rated(rating: Rating) -> Self {
        Self::new(Words::default()).with_rating(rating)
    }

    /// Adds a number that they gave.
    #[must_use]
    pub const fn with_rating(mut self, rating: Rating) -> Self {
        self.rating = Some(rating);
        self
    }

    /// A message that does not accept the resolution.
    pub fn disputing(body: impl Into<Words>) -> Self {
        Self { tone: Tone::Dispute, ..Self::new(body) }
    }
}

/// Who is to be in charge; what is `None` stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assign {
    /// The employee.
    pub owner: Option<StaffId>,
    /// The team.
    pub team: Option<TeamId>,
}

impl Assign {
    /// An employee is to be in charge.
    #[must_use]
    pub const fn to(owner: StaffId) -> Self {
        Self { owner: Some(owner), team: None }
    }

    /// A team is to be in charge.
    #[must_use]
    pub const fn to_team(team: TeamId) -> Self {
        Self { owner: None, team: Some(team) }
    }
}

/// What the case is; what is `None` stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classify {
    /// What kind of feedback.
    pub kind: Option<FeedbackKind>,
    /// How much it presses. Running deadlines stay as they are.
    pub priority: Option<Priority>,
    /// The labels, all of them.
    pub labels: Option<Vec<Code>>,
    /// The point of the customer's journey.
    pub touchpoint: Option<Code>,
}

/// Wait for somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Await {
    /// For whom.
    pub who: WaitingFor,
    /// For what.
    pub reason: Words,
    /// Until when, included; no later than the policy allows.
    pub until: DateTime<Utc>,
}

impl Await {
    /// Waits until then, included, UTC, for the customer to answer what they were asked.
    pub fn customer(reason: impl Into<Words>, until: DateTime<Utc>) -> Self {
        Self { who: WaitingFor::Customer, reason: reason.into(), until }
    }

    /// Waits until then, included, UTC, for somebody else.
    pub fn third_party(reason: impl Into<Words>, until: DateTime<Utc>) -> Self {
        Self { who: WaitingFor::ThirdParty, reason: reason.into(), until }
    }
}

/// Give the resolution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resolve {
    /// What came out, what was done, why it happened, who earned thanks.
    pub resolution: Resolution,
    /// What the customer is told. `None` only where they were recorded as unreachable.
    pub message: Option<Outbound>,
}

impl Resolve {
    /// A resolution that the customer is told of.
    #[must_use]
    pub const fn telling(resolution: Resolution, message: Outbound) -> Self {
        Self { resolution, message: Some(message) }
    }

    /// A resolution that nobody can be told of.
    #[must_use]
    pub const fn untold(resolution: Resolution) -> Self {
        Self { resolution, message: None }
    }
}

/// Move a running deadline back. What it takes, and how far it goes, stands in the policy's
/// [`Extension`](crate::policy::Extension).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extend {
    /// Which.
    pub deadline: DeadlineId,
    /// Why.
    pub reason: Words,
    /// What the customer is told.
    pub message: Option<Outbound>,
    /// The last instant, included, that was agreed with the customer or is told to them: where the
    /// policy leaves the length to that, and only there.
    pub until: Option<DateTime<Utc>>,
}

impl Extend {
    /// An extension that the customer is told of.
    pub fn telling(deadline: DeadlineId, reason: impl Into<Words>, message: Outbound) -> Self {
        Self { message: Some(message), ..Self::untold(deadline, reason) }
    }

    /// An extension without a message, where the policy asks for none.
    pub fn untold(deadline: DeadlineId, reason: impl Into<Words>) -> Self {
        Self { deadline, reason: reason.into(), message: None, until: None }
    }

    /// Says until when, as it was agreed.
    #[must_use]
    pub const fn until(mut self, until: DateTime<Utc>) -> Self {
        self.until = Some(until);
        self
    }
}

/// The customer answered the follow-up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordAnswer {
    /// Their verdict.
    pub satisfaction: Satisfaction,
    /// Their words.
    pub words: Option<Words>,
}

impl RecordAnswer {
    /// An answer without words.
    #[must_use]
    pub const fn of(satisfaction: Satisfaction) -> Self {
        Self { satisfaction, words: None }
    }

    /// Adds their words.
    #[must_use]
    pub fn saying(mut self, words: impl Into<Words>) -> Self {
        self.words = Some(words.into());
        self
    }
}

/// Give the customer a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// What is promised.
    pub what: Promised,
    /// The last instant at which it is kept, included.
    pub by: DateTime<Utc>,
    /// What the customer is told. `None` where they were told in another way, on the telephone for example:
    /// then the conversation shows no words either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Outbound>,
}

impl Promise {
    /// This, by then: the last instant at which it is kept, UTC.
    #[must_use]
    pub const fn of(what: Promised, by: DateTime<Utc>) -> Self {
        Self { what, by, message: None }
    }

    /// Tells the customer.
    #[must_use]
    pub fn telling(mut self, message: Outbound) -> Self {
        self.message = Some(message);
        self
    }
}

/// End the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Close {
    /// Why.
    pub reason: CloseReason,
    /// What the customer is told: needed when they are referred elsewhere.
    pub message: Option<Outbound>,
    /// Why, in words: needed to waive.
    pub words: Option<Words>,
}

impl Close {
    /// Ends the case for a reason that needs no words.
    #[must_use]
    pub const fn because(reason: CloseReason) -> Self {
        Self { reason, message: None, words: None }
    }
}

/// The customer takes the matter back, or leaves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Withdraw {
    /// What they say about it. [`ExitReason::NotSaid`] has them asked, once.
    #[serde(flatten)]
    pub exit: Exit,
    /// In their words.
    pub words: Option<Words>,
    /// They end the relationship, not only the matter.
    pub leaving: bool,
}

impl Withdraw {
    /// The customer takes the matter back.
    #[must_use]
    pub const fn matter(why: ExitReason) -> Self {
        Self { exit: Exit::because(why), words: None, leaving: false }
    }

    /// The customer leaves.
    #[must_use]
    pub const fn leaving(why: ExitReason) -> Self {
        Self { exit: Exit::because(why), words: None, leaving: true }
    }

    /// Adds their words.
    #[must_use]
    pub fn saying(mut self, words: impl Into<Words>) -> Self {
        self.words = Some(words.into());
        self
    }

    /// Says what was behind it, as the application classifies causes.
    #[must_use]
    pub fn caused_by(mut self, root_cause: Code) -> Self {
        self.exit.root_cause = Some(root_cause);
        self
    }

    /// Says whether they wish to hear from us again.
    #[must_use]
    pub const fn hearing_from_us(mut self, wish: bool) -> Self {
        self.exit.hear_from_us = Some(wish);
        self
    }
}

/// The customer who left without saying why says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordExit {
    /// What they say.
    pub exit: Exit,
    /// In their words.
    pub words: Option<Words>,
}

impl RecordExit {
    /// This is what they say.
    #[must_use]
    pub const fn of(exit: Exit) -> Self {
        Self { exit, words: None }
    }

    /// Adds their words.
    #[must_use]
    pub fn saying(mut self, words: impl Into<Words>) -> Self {
        self.words = Some(words.into());
        self
    }
}

/// The application holds a message back on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordHold {
    /// Which message: its id is that of the command that said it.
    pub message: MessageId,
    /// Until when, excluded, UTC. The time in which it has to be sent runs from then, but from no later than
    /// 24 hours after it could first have been sent.
    pub until: DateTime<Utc>,
}

/// What became of a message of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDelivery {
    /// Which message: its id is that of the command that said it.
    pub message: MessageId,
    /// On its way to whom; `None`: to the case's customer.
    pub to: Option<CustomerId>,
    /// What became of it.
    pub result: Delivery,
    /// Why, as the carrier puts it, such as `mailbox-full`.
    pub why: Option<Code>,
}

impl RecordDelivery {
    /// This became of the message to the case's customer.
    #[must_use]
    pub const fn of(message: MessageId, result: Delivery) -> Self {
        Self { message, to: None, result, why: None }
    }

    /// It was on its way to somebody else who is involved.
    #[must_use]
    pub fn to(mut self, customer: CustomerId) -> Self {
        self.to = Some(customer);
        self
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, why: Code) -> Self {
        self.why = Some(why);
        self
    }
}

/// Give the case another policy or priority; what is `None` stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retarget {
    /// The policy, which the book has to have, in the newest version that is in effect.
    pub policy: Option<Name>,
    /// How much it presses.
    pub priority: Option<Priority>,
    /// Why.
    pub reason: Words,
}

impl Retarget {
    /// Another priority; why.
    pub fn priority(priority: Priority, reason: impl Into<Words>) -> Self {
        Self { policy: None, priority: Some(priority), reason: reason.into() }
    }

    /// Another policy, or its newest version; why.
    pub fn policy(policy: Name, reason: impl Into<Words>) -> Self {
        Self { policy: Some(policy), priority: None, reason: reason.into() }
    }
}

/// Go on in another case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// Where it goes on.
    pub into: CaseId,
    /// Why.
    pub reason: Words,
    /// What the customer is told. `None` only where the other case is theirs as well, or they cannot be
    /// reached.
    pub message: Option<Outbound>,
}

impl Merge {
    /// Goes on in a case of the same customer; why.
    pub fn into(case: CaseId, reason: impl Into<Words>) -> Self {
        Self { into: case, reason: reason.into(), message: None }
    }

    /// Tells the customer.
    #[must_use]
    pub fn telling(mut self, message: Outbound) -> Self {
        self.message = Some(message);
        self
    }
}

/// Make a message of the customer a case of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Which message: its id is that of the command that brought it.
    pub message: MessageId,
    /// What it is. Words that it has take the place of the message's; customer, times and the way to reach
    /// them are the message's own.
    pub about: Feedback,
    /// The policy to open it under, which the book has to have; `None`: that of the case it comes from, or the
    /// book's default where that is gone.
    pub policy: Option<Name>,
    /// Why.
    pub reason: Words,
}

impl Split {
    /// That message becomes a case of its own, of this kind; why.
    pub fn message(message: MessageId, about: Feedback, reason: impl Into<Words>) -> Self {
        Self { message, about, policy: None, reason: reason.into() }
    }

    /// Names the policy to open it under.
    #[must_use]
    pub fn under(mut self, policy: Name) -> Self {
        self.policy = Some(policy);
        self
    }
}

/// Add, correct or remove a way to reach a customer: the one who acts, or for whom somebody
/// [acts](crate::workflow::Actor::on_behalf_of); where nobody is named, the case's own.
///
/// Messages go to the first contact that is left. What was removed or corrected is not used any more; its words
/// stay until the person or the case is erased.
///
/// ```
/// # use std::sync::Arc;
/// # use talkback::*;
/// use talkback::workflow::ChangeContact;
/// # pollster::block_on(async {
/// # let policy = Policy::house_standard(WorkingCalendar::office("office").build()?)?;
/// # let desk = Desk::single(Arc::new(MemoryBackend::new()), PolicyBook::single(policy));
/// # let kim = Actor::staff(StaffId::new("kim")?);
/// // Someone called, and left no address. Later they give one.
/// let case = desk.open(kim.clone(), Feedback::complaint(Channel::Phone, "It leaks.")).await?.case;
/// let email = ChangeContact::add(Contact::email("ann@example.org")?);
/// let case = desk.execute(case.id, Request::new(kim, email)).await?.case;
/// assert_eq!(case.head.contacts[0].kind, ContactKind::Email);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangeContact {
    /// What is to change.
    pub change: ContactChange,
    /// The new contact is tried before the others.
    pub preferred: bool,
}

/// What changes about a customer's contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ContactChange {
    /// One more, behind the others.
    Add(Contact),
    /// Another in the place of this one.
    Correct(ContactRef, Contact),
    /// This one is not good any more.
    Remove(ContactRef),
}

impl ChangeContact {
    /// Adds a contact. It is tried last unless it is [preferred](ChangeContact::preferred).
    #[must_use]
    pub const fn add(contact: Contact) -> Self {
        Self { change: ContactChange::Add(contact), preferred: false }
    }

    /// Puts another contact in the place of one of [those known](crate::Case::contacts).
    #[must_use]
    pub const fn correct(known: ContactRef, contact: Contact) -> Self {
        Self { change: ContactChange::Correct(known, contact), preferred: false }
    }

    /// Removes one of [those known](crate::Case::contacts).
    #[must_use]
    pub const fn remove(known: ContactRef) -> Self {
        Self { change: ContactChange::Remove(known), preferred: false }
    }

    /// Has the new contact tried before the others.
    #[must_use]
    pub const fn preferred(mut self) -> Self {
        self.preferred = true;
        self
    }
}
