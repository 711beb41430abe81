//! What somebody brought: a complaint, praise, an idea, a question, a farewell, a mention.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::codes::codes;
use crate::conversation::Attachment;
use crate::id::{Code, CustomerId, Name};
use crate::open_enum::open_enum;
use crate::words::Words;

mod contact;
mod rating;

pub use contact::{Contact, ContactKind};
pub use rating::{Rating, RatingError, RatingRange, Scale};

/// What somebody brought, as intake hands it over.
///
/// ```
/// use talkback::{Channel, Contact, Feedback};
///
/// let feedback = Feedback::complaint(Channel::WebForm, "The kettle leaks.")
///     .with_subject("Order 1017")
///     .with_contact(Contact::email("ann@example.org")?);
/// # Ok::<(), talkback::AddressError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Feedback {
    /// What kind it is.
    pub kind: FeedbackKind,
    /// Where the customer spoke.
    pub channel: Channel,
    /// Its subject line, if it has one.
    pub subject: Option<Words>,
    /// What the customer said.
    pub body: Option<Words>,
    /// A number the customer gave.
    pub rating: Option<Rating>,
    /// The point of the customer's journey that it is about.
    pub touchpoint: Option<Code>,
    /// How much it presses.
    pub priority: Priority,
    /// Words to find it by.
    pub labels: Vec<Code>,
    /// Who spoke; `None` mints a person for the case.
    pub customer: Option<CustomerId>,
    /// How to reach them.
    pub contact: Contact,
    /// What it is about, in the application's own ids.
    pub references: Vec<Reference>,
    /// What they agreed to.
    pub consent: Consent,
    /// Files that came with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// A machine wrote it (an auto-reply, a bounce): it gets no automatic acknowledgement.
    pub automatic: bool,
    /// When the customer spoke; `None` means now. Deadlines start here, however late it was stored.
    pub received_at: Option<DateTime<Utc>>,
}

impl Feedback {
    /// Feedback of any kind. Where the customer can be answered in the same place (chat, forum,
    /// social, review), the contact is that place; elsewhere give one with [`Feedback::with_contact`].
    pub fn new(kind: FeedbackKind, channel: Channel, body: impl Into<Words>) -> Self {
        let contact = match channel {
            Channel::Chat | Channel::Forum | Channel::Social | Channel::Review => Contact::InThread,
            _ => Contact::Nowhere,
        };
        Self {
            kind,
            channel,
            subject: None,
            body: Some(body.into()),
            rating: None,
            touchpoint: None,
            priority: Priority::default(),
            labels: Vec::new(),
            customer: None,
            contact,
            references: Vec::new(),
            consent: Consent::default(),
            attachments: Vec::new(),
            automatic: false,
            received_at: None,
        }
    }

    /// A complaint.
    pub fn complaint(channel: Channel, body: impl Into<Words>) -> Self {
        Self::new(FeedbackKind::Complaint, channel, body)
    }

    /// Praise.
    pub fn praise(channel: Channel, body: impl Into<Words>) -> Self {
        Self::new(FeedbackKind::Praise, channel, body)
    }

    /// A question.
    pub fn question(channel: Channel, body: impl Into<Words>) -> Self {
        Self::new(FeedbackKind::Question, channel, body)
    }

    /// Sets the subject line.
    #[must_use]
    pub fn with_subject(mut self, subject: impl Into<Words>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets the rating.
    #[must_use]
    pub fn with_rating(mut self, rating: Rating) -> Self {
        self.rating = Some(rating);
        self
    }

    /// Sets the touchpoint.
    #[must_use]
    pub fn with_touchpoint(mut self, touchpoint: Code) -> Self {
        self.touchpoint = Some(touchpoint);
        self
    }

    /// Sets the priority.
    #[must_use]
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn with_label(mut self, label: Code) -> Self {
        self.labels.push(label);
        self
    }

    /// Sets who spoke.
    #[must_use]
    pub fn with_customer(mut self, customer: CustomerId) -> Self {
        self.customer = Some(customer);
        self
    }

    /// Sets how to reach them.
    #[must_use]
    pub fn with_contact(mut self, contact: Contact) -> Self {
        self.contact = contact;
        self
    }

    /// Adds something of the application's that it is about.
    #[must_use]
    pub fn with_reference(mut self, kind: Code, id: Name) -> Self {
        self.references.push(Reference { kind, id });
        self
    }

    /// Sets what the customer agreed to.
    #[must_use]
    pub fn with_consent(mut self, consent: Consent) -> Self {
        self.consent = consent;
        self
    }

    /// Adds a file that came with it.
    #[must_use]
    pub fn with_attachment(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// Sets when the customer spoke.
    #[must_use]
    pub fn received_at(mut self, at: DateTime<Utc>) -> Self {
        self.received_at = Some(at);
        self
    }

    /// Says that a machine wrote it.
    #[must_use]
    pub fn automatic(mut self) -> Self {
        self.automatic = true;
        self
    }
}

open_enum! {
    /// What kind of feedback it is.
    FeedbackKind {
        /// Something went wrong for the customer.
        Complaint = "complaint",
        /// Something was good, and somebody earned it.
        Praise = "praise",
        /// An idea for something better.
        Suggestion = "suggestion",
        /// Something the customer wants to know.
        Question = "question",
        /// The customer is leaving, or has left.
        Exit = "exit",
        /// The customer spoke about us, not to us.
        Mention = "mention",
    }
}

open_enum! {
    /// Where the customer spoke.
    Channel {
        /// A form on a web page or in an application.
        WebForm = "web-form",
        /// E-mail.
        Email = "email",
        /// A chat.
        Chat = "chat",
        /// A telephone call with a person.
        Phone = "phone",
        /// A telephone menu or voice recording.
        Ivr = "ivr",
        /// A short message.
        Sms = "sms",
        /// A survey, micro-surveys included.
        Survey = "survey",
        /// An agent asked.
        AgentPrompt = "agent-prompt",
        /// A forum or community.
        Forum = "forum",
        /// A social network.
        Social = "social",
        /// A review site or an app store.
        Review = "review",
        /// Face to face.
        InPerson = "in-person",
    }
}

/// How much it presses. It picks rules of the policy; changing it later moves no deadline by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// Can wait.
    Low,
    /// The usual.
    #[default]
    Normal,
    /// Before the others.
    High,
    /// Now.
    Urgent,
}

codes! {
    Priority {
        Low = "low",
        Normal = "normal",
        High = "high",
        Urgent = "urgent",
    }
}

/// What the customer agreed to, beyond being answered. Nothing is assumed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Consent {
    /// May be asked short survey questions.
    pub surveys: bool,
    /// Their words may be published.
    pub publication: bool,
    /// Wants to try and judge the next version.
    pub next_version: bool,
}

/// Something of the application's that the feedback is about: an order, a product, an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Reference {
    /// What it is, such as `order`.
    pub kind: Code,
    /// The application's id of it.
    pub id: Name,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_kind_survives_as_it_was_written() {
        let kind: FeedbackKind = serde_json::from_str("\"warranty-claim\"").unwrap();
        assert_eq!(kind, FeedbackKind::from(Code::new("warranty-claim").unwrap()));
        assert_eq!(serde_json::to_string(&kind).unwrap(), "\"warranty-claim\"");
        assert!(serde_json::from_str::<FeedbackKind>("\"Not A Code\"").is_err());
    }

    #[test]
    fn what_a_person_wrote_is_not_shown_by_debug() {
        let feedback = Feedback::complaint(Channel::Email, "secret words")
            .with_subject("secret subject")
            .with_contact(Contact::email("secret@example.org").unwrap());
        assert!(!format!("{feedback:?}").contains("secret"));
    }
}
