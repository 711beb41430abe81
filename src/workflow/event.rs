//! What happened to a case: facts in codes, ids and times. The words are texts.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::case::{
    Closed, ContactRef, CycleCause, Head, Involved, MoreContacts, Outgoing, Participant, ResolveLeft,
    WaitingFor,
};
use crate::conversation::{Delivery, Party, ReplyPathKind, Tone, Waiting};
use crate::deadline::{DeadlineChange, DeadlineId, Excuse, Promised};
use crate::feedback::{FeedbackKind, Priority, Rating};
use crate::format::{Format, is_zero};
use crate::id::{CaseId, Code, CommandId, CustomerId, MessageId, Name, StaffId, TeamId, TenantId, TextId};
use crate::resolution::{Credited, Exit, Resolved, Satisfaction};

/// Something that happened to a case, once and for all.
///
/// Its due times are computed: folding events needs no policy and no calendar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// The case's version once it has happened: 1, 2, 3 … without a gap.
    pub version: u64,
    /// When it happened, as far as that counts. Verdicts go by this.
    #[serde(rename = "at")]
    pub occurred_at: DateTime<Utc>,
    /// The time that a customer's message bears, where it cannot count: it lies before the case began, or in
    /// the future.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dated: Option<DateTime<Utc>>,
    /// When it was recorded. It never falls within a case, also where the clock steps back: it orders the
    /// ledger, and nothing else goes by it.
    #[serde(rename = "recorded")]
    pub recorded_at: DateTime<Utc>,
    /// Who did it.
    pub by: Party,
    /// The customer for whom they did it, where they said so: see [`Actor::on_behalf_of`](super::Actor::on_behalf_of).
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<CustomerId>,
    /// The command that brought it about; `None` for what time brings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
    /// What happened.
    pub fact: Fact,
    /// What that does to the deadlines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<DeadlineChange>,
    #[serde(default, skip_serializing)]
    pub(crate) format: Format,
}

impl Event {
    /// Returns whose words the event brings, where they are a customer's: the customer who acted, or the one for
    /// whom an employee or the application did. `None` where nobody was named: then it is the case's customer.
    #[must_use]
    pub const fn speaker(&self) -> Option<&CustomerId> {
        match &self.by {
            Party::Customer(customer) => Some(customer),
            _ => self.on_behalf_of.as_ref(),
        }
    }

    /// The time to show to a reader: that which a customer's message bears, else when it happened.
    #[must_use]
    pub fn shown_at(&self) -> DateTime<Utc> {
        self.dated.unwrap_or(self.occurred_at)
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "type")]
#[non_exhaustive]
pub enum Fact {
    /// Feedback arrived.
    Opened(Box<Opened>),
    /// We asked for feedback.
    Invited(Box<Invited>),
    /// The customer was told that they were heard.
    Acknowledged {
        /// The message.
        message: Said,
    },
    /// The customer wrote.
    CustomerWrote {
        /// Their words.
        body: TextId,
        /// How many files came with them.
        #[serde(default, skip_serializing_if = "is_zero")]
        attachments: u8,
        /// What they say about the resolution.
        tone: Tone,
        /// A machine of theirs wrote it.
        automatic: bool,
        /// A number that they gave.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rating: Option<Rating>,
    },
    /// Something was said to the customer.
    Replied {
        /// The message.
        message: Said,
    },
    /// Something was written down that the customer does not see.
    Noted {
        /// The words.
        body: TextId,
    },
    /// Somebody was put in charge.
    Assigned {
        /// The employee.
        owner: Option<StaffId>,
        /// The team.
        team: Option<TeamId>,
    },
    /// What it is was corrected; what is `None` stayed as it was.
    Classified {
        /// What kind of feedback.
        kind: Option<FeedbackKind>,
        /// How much it presses.
        priority: Option<Priority>,
        /// The labels, all of them.
        labels: Option<Vec<Code>>,
        /// The point of the customer's journey.
        touchpoint: Option<Code>,
    },
    /// A wait began.
    WaitBegan {
        /// For whom.
        who: WaitingFor,
        /// For what.
        reason: TextId,
    },
    /// A wait ended.
    WaitEnded,
    /// The resolution was given.
    Resolved {
        /// The resolution.
        resolution: Box<Resolved>,
        /// What the customer was told; `None` where they cannot be reached.
        message: Option<Said>,
        /// What was left of the time to resolve.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        left: Option<ResolveLeft>,
    },
    /// The customer was asked whether it helped.
    FollowedUp {
        /// The message.
        message: Said,
    },
    /// They answered.
    Answered {
        /// What.
        satisfaction: Satisfaction,
        /// In their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<TextId>,
    },
    /// The customer's last message needs no answer.
    NoActionNeeded,
    /// The customer was given a date.
    Promised {
        /// What was promised.
        what: Promised,
        /// The deadline that it set.
        deadline: DeadlineId,
        /// What the customer was told with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Said>,
    },
    /// What was promised is done.
    Fulfilled {
        /// The deadline.
        deadline: DeadlineId,
    },
    /// Somebody earned thanks.
    Credited {
        /// Who.
        to: Credited,
        /// What for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<TextId>,
    },
    /// The employee or team was told of it.
    Thanked {
        /// The deadline.
        deadline: DeadlineId,
    },
    /// The customer cannot be reached.
    Unreachable {
        /// What was tried.
        tried: TextId,
    },
    /// It became known what became of a message of ours.
    Delivery {
        /// Which message.
        message: MessageId,
        /// On its way to whom; `None`: to the case's customer.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<CustomerId>,
        /// What became of it.
        result: Delivery,
        /// Why, as the carrier puts it; `not-sent` where nobody sent it in time. That is about every copy
        /// that was not sent by then, and brought about by time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Code>,
    },
    /// One of several customers took their part of the matter back: they are told no more, and the case goes on
    /// for the others.
    SteppedOut {
        /// Who.
        customer: CustomerId,
        /// They leave altogether.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        leaving: bool,
        /// What they say why.
        exit: Box<Exit>,
        /// In their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<TextId>,
    },
    /// The application holds a message back on purpose.
    Held {
        /// Which message.
        message: MessageId,
        /// Until when, excluded.
        until: DateTime<Utc>,
        /// The first instant at which it counts as lost now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fails_at: Option<DateTime<Utc>>,
    },
    /// Words and addresses were erased. What was on its way is void.
    Erased {
        /// Whose; `None`: everyone's in this case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<CustomerId>,
    },
    /// The case got another policy or priority, and what runs another target.
    Retargeted {
        /// The policy that it has now.
        policy: Name,
        /// Its version.
        policy_version: u32,
        /// How much it presses now.
        priority: Priority,
        /// Why.
        reason: TextId,
    },
    /// What runs was computed anew with the calendar that the policy has now.
    Recalculated {
        /// Why.
        reason: TextId,
    },
    /// Another case goes on in this one.
    Absorbed {
        /// Which.
        from: CaseId,
        /// Who is told from now on what the customer is told.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        involved: Vec<Involved>,
        /// Who else had written in it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        participants: Vec<Participant>,
        /// How those who were told already can be reached besides.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        contacts: Vec<MoreContacts>,
        /// Which of its customers wait for an answer, by their places here.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        waiting: Vec<Waiting>,
        /// Its messages that may still be lost, with the places that their recipients have here.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        outgoing: Vec<Outgoing>,
        /// Whose words and addresses were erased there, a set of places here.
        #[serde(default, skip_serializing_if = "is_zero")]
        erased: u64,
        /// Which of those who come had taken their part back there, by their places here.
        #[serde(default, skip_serializing_if = "is_zero")]
        stepped_out: u64,
    },
    /// It is known otherwise how a customer can be reached.
    ContactChanged {
        /// Who.
        customer: CustomerId,
        /// The contact that is not good any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<ContactRef>,
        /// The new one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        now: Option<ContactRef>,
        /// The new one is tried before the others.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        preferred: bool,
    },
    /// A message of the customer became a case of its own.
    SplitOff {
        /// The message.
        message: MessageId,
        /// The new case.
        into: CaseId,
        /// Why.
        reason: TextId,
    },
    /// The customer who left said why.
    ExitExplained {
        /// What they say.
        exit: Exit,
        /// In their words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<TextId>,
    },
    /// The case ended.
    Closed {
        /// When and why.
        closed: Box<Closed>,
        /// What the customer was told with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Said>,
        /// Why, in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<TextId>,
        /// It had been reopened by a message that needed no action: that reopening does not count.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        needed_nothing: bool,
    },
    /// It was taken up again: a new cycle.
    Reopened {
        /// Why.
        cause: CycleCause,
        /// In words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<TextId>,
    },
    /// Somebody took an escalated deadline on.
    EscalationAccepted {
        /// The deadline.
        deadline: DeadlineId,
    },
    /// A breach was excused.
    Excused {
        /// The deadline.
        deadline: DeadlineId,
        /// Why.
        why: Excuse,
        /// In words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<TextId>,
    },
    /// A deadline was given up.
    Waived {
        /// The deadline.
        deadline: DeadlineId,
        /// Why.
        body: TextId,
    },
    /// A deadline was moved back, as the policy lets it be.
    Extended {
        /// The deadline.
        deadline: DeadlineId,
        /// The last instant at which it could be met before.
        old_due: DateTime<Utc>,
        /// The last instant at which it can be met now.
        new_due: DateTime<Utc>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<TextId>,
        /// What the customer was told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<Said>,
    },
    /// The clock had run ahead and is right again: what the case knows of a later time counts from `latest`.
    ClockCorrected {
        /// Nothing in the case counts later than this.
        latest: DateTime<Utc>,
    },
    /// A deadline was missed.
    Breached {
        /// The deadline.
        deadline: DeadlineId,
        /// How that came about.
        cause: BreachCause,
    },
    /// A limit passed.
    Lapsed {
        /// The deadline.
        deadline: DeadlineId,
    },
    /// A step of a deadline's ladder: somebody is to be told.
    Escalated {
        /// The deadline.
        deadline: DeadlineId,
        /// Its place in the ladder, from 0, warnings first.
        step: u16,
        /// It is not too late yet.
        warning: bool,
        /// Who is told.
        role: Name,
    },
}

/// Feedback arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Opened {
    /// Whose data it is.
    pub tenant: TenantId,
    /// The case.
    pub case: CaseId,
    /// Who spoke, where, about what.
    pub head: Arc<Head>,
    /// Their words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<TextId>,
    /// How many files came with it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attachments: u8,
}

/// We asked for feedback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Invited {
    /// Whose data it is.
    pub tenant: TenantId,
    /// The case.
    pub case: CaseId,
    /// Whom we asked, where, about what.
    pub head: Arc<Head>,
    /// What we asked.
    pub message: Said,
}

/// A message of ours, as the ledger holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Said {
    /// The words.
    pub body: TextId,
    /// How the customer can answer.
    pub reply_path: ReplyPathKind,
    /// It was posted where they may look.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub posted: bool,
    /// The application brought it to them itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delivered: bool,
    /// How many files went with it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attachments: u8,
    /// The first instant at which it may go out, because the policy's sending hours begin then; `None`: at
    /// once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goes_at: Option<DateTime<Utc>>,
    /// The first instant at which it counts as lost to those it was not sent to by then; `None` where nobody
    /// waits for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fails_at: Option<DateTime<Utc>>,
}

/// How a deadline came to be missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BreachCause {
    /// Its time ran out.
    TimeRanOut,
    /// It was over before we learned of the event that set it.
    LateIntake,
    /// What it asks for was done within the grace, but after it was due.
    DoneLate,
    /// The message that had met it did not arrive, and by then it was too late.
    Undelivered,
    /// It had been missed in a case that was merged into this one, where it is recorded as well.
    CameMerged,
}

impl Fact {
    /// The message to the customer that it is or comes with.
    #[must_use]
    pub const fn said(&self) -> Option<&Said> {
        match self {
            Self::Acknowledged { message } | Self::Replied { message } | Self::FollowedUp { message } => {
                Some(message)
            }
            Self::Invited(invited) => Some(&invited.message),
            Self::Resolved { message, .. }
            | Self::Closed { message, .. }
            | Self::Extended { message, .. }
            | Self::Promised { message, .. } => message.as_ref(),
            _ => None,
        }
    }

    /// The written form of what happened.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Opened(_) => "opened",
            Self::Invited(_) => "invited",
            Self::Acknowledged { .. } => "acknowledged",
            Self::CustomerWrote { .. } => "customer-wrote",
            Self::Replied { .. } => "replied",
            Self::Noted { .. } => "noted",
            Self::Assigned { .. } => "assigned",
            Self::Classified { .. } => "classified",
            Self::WaitBegan { .. } => "wait-began",
            Self::WaitEnded => "wait-ended",
            Self::Resolved { .. } => "resolved",
            Self::FollowedUp { .. } => "followed-up",
            Self::Answered { .. } => "answered",
            Self::NoActionNeeded => "no-action-needed",
            Self::Promised { .. } => "promised",
            Self::Fulfilled { .. } => "fulfilled",
            Self::Credited { .. } => "credited",
            Self::Thanked { .. } => "thanked",
            Self::Unreachable { .. } => "unreachable",
            Self::Delivery { .. } => "delivery",
            Self::SteppedOut { .. } => "stepped-out",
            Self::Held { .. } => "held",
            Self::Erased { .. } => "erased",
            Self::Retargeted { .. } => "retargeted",
            Self::Recalculated { .. } => "recalculated",
            Self::Absorbed { .. } => "absorbed",
            Self::ContactChanged { .. } => "contact-changed",
            Self::SplitOff { .. } => "split-off",
            Self::ExitExplained { .. } => "exit-explained",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
            Self::EscalationAccepted { .. } => "escalation-accepted",
            Self::Excused { .. } => "excused",
            Self::Waived { .. } => "waived",
            Self::Extended { .. } => "extended",
            Self::ClockCorrected { .. } => "clock-corrected",
            Self::Breached { .. } => "breached",
            Self::Lapsed { .. } => "lapsed",
            Self::Escalated { .. } => "escalated",
        }
    }
}

/// What happened, in a few words for a log or a screen. It names nobody and repeats no words.
impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opened(opened) => write!(f, "a {} came in by {}", opened.head.kind, opened.head.channel),
            Self::Invited(invited) => write!(f, "somebody was asked by {}", invited.head.channel),
            Self::Acknowledged { .. } => f.write_str("the customer was told that they were heard"),
            Self::CustomerWrote { tone: Tone::Dispute, .. } => {
                f.write_str("the customer disputes the resolution")
            }
            Self::CustomerWrote { .. } => f.write_str("the customer wrote"),
            Self::Replied { .. } => f.write_str("the customer was written to"),
            Self::Noted { .. } => f.write_str("a note was made"),
            Self::Assigned { .. } => f.write_str("somebody was put in charge"),
            Self::Classified { .. } => f.write_str("what it is was corrected"),
            Self::WaitBegan { who: WaitingFor::Customer, .. } => f.write_str("we wait for the customer"),
            Self::WaitBegan { who: WaitingFor::ThirdParty, .. } => f.write_str("we wait for somebody else"),
            Self::WaitEnded => f.write_str("the wait is over"),
            Self::Resolved { resolution, .. } => write!(f, "it was resolved: {}", resolution.outcome),
            Self::FollowedUp { .. } => f.write_str("the customer was asked whether it helped"),
            Self::Answered { .. } => f.write_str("the customer answered the follow-up"),
            Self::NoActionNeeded => f.write_str("the customer's message needs no answer"),
            Self::Promised { deadline, .. } => write!(f, "a date was given: {deadline}"),
            Self::Fulfilled { deadline } => write!(f, "a promise was kept: {deadline}"),
            Self::Credited { .. } => f.write_str("somebody earned thanks"),
            Self::Thanked { .. } => f.write_str("they were told of it"),
            Self::Unreachable { .. } => f.write_str("the customer cannot be reached"),
            Self::Delivery { result: Delivery::Failed, .. } => f.write_str("a message did not arrive"),
            Self::Delivery { result: Delivery::Void, .. } => f.write_str("a message was not sent: erased"),
            Self::Delivery { result, .. } => write!(f, "a message was {result}"),
            Self::SteppedOut { .. } => f.write_str("one of the customers took their part back"),
            Self::Held { .. } => f.write_str("a message is held back on purpose"),
            Self::Erased { .. } => f.write_str("words and addresses were erased"),
            Self::Retargeted { policy, priority, .. } => {
                write!(f, "it got other targets: {policy}, priority {}", priority.as_str())
            }
            Self::Recalculated { .. } => f.write_str("its due times were computed anew"),
            Self::Absorbed { .. } => f.write_str("another case was merged into it"),
            Self::ContactChanged { was: None, .. } => {
                f.write_str("a customer can be reached in one more way")
            }
            Self::ContactChanged { now: None, .. } => {
                f.write_str("a customer is not reached in one way any more")
            }
            Self::ContactChanged { .. } => f.write_str("a customer is reached in another way"),
            Self::SplitOff { .. } => f.write_str("a message became a case of its own"),
            Self::ExitExplained { exit, .. } => write!(f, "the customer said why they left: {}", exit.why),
            Self::Closed { closed, .. } => write!(f, "it was closed: {}", closed.reason.as_str()),
            Self::Reopened { .. } => f.write_str("it was taken up again"),
            Self::EscalationAccepted { deadline } => write!(f, "somebody took it on: {deadline}"),
            Self::Excused { deadline, .. } => write!(f, "a breach was excused: {deadline}"),
            Self::Waived { deadline, .. } => write!(f, "a deadline was given up: {deadline}"),
            Self::Extended { deadline, .. } => write!(f, "a deadline was extended: {deadline}"),
            Self::ClockCorrected { .. } => f.write_str("the clock had run ahead, and is right again"),
            Self::Breached { deadline, .. } => write!(f, "a deadline was missed: {deadline}"),
            Self::Lapsed { deadline } => write!(f, "a limit passed: {deadline}"),
            Self::Escalated { deadline, warning: true, role, .. } => {
                write!(f, "{role} is warned: {deadline}")
            }
            Self::Escalated { deadline, role, .. } => write!(f, "{role} is told: {deadline}"),
        }
    }
}
