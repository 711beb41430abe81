//! What was said, by whom, and how it can be answered.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::format::is_zero;
use crate::id::{CustomerId, Name, StaffId};
use crate::words::Words;

mod address;
mod delivery;
mod reply_path;
mod unread;

pub use address::{AddressError, EmailAddress, Handle, PhoneNumber, Place, PostalAddress, WebAddress};
pub use delivery::Delivery;
pub use reply_path::{ReplyAddress, ReplyPath, ReplyPathError, ReplyPathKind};

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Party {
    /// The customer, or whoever speaks for them.
    Customer(CustomerId),
    /// An employee. Only what a person says counts as an answer.
    Staff(StaffId),
    /// The application itself, or talkback's worker.
    System,
    /// Somebody else, such as a supplier or an ombudsman.
    ThirdParty(Name),
}

impl Party {
    /// True for an employee: a person who answers for us.
    #[must_use]
    pub const fn is_staff(&self) -> bool {
        matches!(self, Self::Staff(_))
    }
}

/// Something we say to the customer. It cannot be made without a way to reply.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outbound {
    /// What we say.
    pub body: Words,
    /// How the customer can answer.
    pub reply_path: ReplyPath,
    /// It was posted where the customer may look (a case page, a notice, a public answer), because
    /// they could not be addressed.
    #[serde(default)]
    pub posted: bool,
    /// The application brings it to the customer itself (it was said on the telephone, face to face, in
    /// a chat): no notice is made for it.
    #[serde(default)]
    pub delivered: bool,
    /// Files that go with it.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
}

impl Outbound {
    /// Something to say, and how it can be answered.
    pub fn new(body: impl Into<Words>, reply_path: ReplyPath) -> Self {
        Self { body: body.into(), reply_path, posted: false, delivered: false, attachments: Vec::new() }
    }

    /// Says that it was posted where the customer may look.
    #[must_use]
    pub fn posted(mut self) -> Self {
        self.posted = true;
        self
    }

    /// Says that the application brings it to the customer itself.
    #[must_use]
    pub fn delivered(mut self) -> Self {
        self.delivered = true;
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn with_attachment(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }
}

/// A file that belongs to a message. Its bytes stay with the application: it keeps the file first, and says
/// here where. Name, media type and locator are stored as texts, so that they can be erased.
///
/// ```
/// use talkback::{Attachment, Channel, Feedback};
///
/// let photo = Attachment::new("kettle.jpg", "image/jpeg", "s3://feedback/0192/kettle");
/// let feedback = Feedback::complaint(Channel::Email, "The kettle leaks.").with_attachment(photo);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Attachment {
    /// The name that the sender gave it. It is for people to read, never a path.
    pub name: Words,
    /// Its media type, such as `image/png`, as the sender or the application says.
    pub media_type: Words,
    /// Where the application keeps it: kept byte for byte. One that is blank is refused.
    pub locator: Words,
}

impl Attachment {
    /// A file of this name and media type that the application keeps at `locator`.
    pub fn new(name: impl Into<Words>, media_type: impl Into<Words>, locator: impl Into<Words>) -> Self {
        Self { name: name.into(), media_type: media_type.into(), locator: locator.into() }
    }
}

/// What a case knows of its conversation: enough to decide, however long it grew. The messages
/// themselves are events and texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ConversationHead {
    /// Messages of the customer, the first included.
    pub from_customer: u32,
    /// Public messages of employees.
    pub from_staff: u32,
    /// Public messages of machines.
    pub automatic: u32,
    /// Internal notes.
    pub notes: u32,
    /// Who waits for an answer of a person: each customer of the case once, with the oldest word of theirs
    /// that was not answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<Waiting>,
    /// When anybody last spoke publicly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_at: Option<DateTime<Utc>>,
    /// The customer spoke last.
    pub customer_spoke_last: bool,
}

/// A customer who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Waiting {
    /// Who: 0 is the case's customer, n the n-th of those who are involved besides, from 1.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub who: u8,
    /// When they first said what was not answered since.
    pub since: DateTime<Utc>,
    /// When they last spoke, if they did so again after that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<DateTime<Utc>>,
}

impl Waiting {
    /// What is still unanswered after a message that was said at `at`.
    pub(crate) fn after(self, at: DateTime<Utc>) -> Option<Self> {
        match self.last {
            _ if self.since > at => Some(self),
            Some(last) if last > at => Some(Self { since: last, last: None, ..self }),
            _ => None,
        }
    }

    /// They said nothing after that: the clock had run ahead.
    pub(crate) fn not_after(&mut self, latest: DateTime<Utc>) {
        self.since = self.since.min(latest);
        self.last = self.last.map(|last| last.min(latest)).filter(|last| *last > self.since);
    }

    fn with(self, other: Self) -> Self {
        let since = self.since.min(other.since);
        let last = [Some(self.since), Some(other.since), self.last, other.last].into_iter().flatten().max();
        Self { who: self.who, since, last: last.filter(|last| *last > since) }
    }
}

impl ConversationHead {
    /// When a customer of the case first said what no employee has answered since.
    #[must_use]
    pub fn unanswered_since(&self) -> Option<DateTime<Utc>> {
        self.waiting.iter().map(|waiting| waiting.since).min()
    }

    /// One more who waits; what they said before keeps the clock.
    pub(crate) fn waits(&mut self, waits: Waiting) {
        match self.waiting.iter_mut().find(|waiting| waiting.who == waits.who) {
            Some(waiting) => *waiting = waiting.with(waits),
            None => self.waiting.push(waits),
        }
    }

    /// Nothing was said after that: the clock had run ahead.
    pub(crate) fn not_after(&mut self, latest: DateTime<Utc>) {
        self.waiting.iter_mut().for_each(|waiting| waiting.not_after(latest));
        self.last_at = self.last_at.map(|at| at.min(latest));
    }
}

/// What a customer's message says about the resolution, as they or an employee read it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Tone {
    /// Nothing that would reopen a resolved case.
    #[default]
    Plain,
    /// They do not accept the resolution.
    Dispute,
}
