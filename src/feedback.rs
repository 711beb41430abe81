//! What somebody brought: a complaint, praise, an idea, a question, a farewell, a mention.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::conversation::{AddressError, EmailAddress, PhoneNumber, WebAddress};
use crate::id::{Code, CustomerId, Name};
use crate::open_enum::open_enum;
use crate::words::Words;

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

impl Priority {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }
}

/// The scale of a [`Rating`]: its name and its ends, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scale {
    /// Likelihood to recommend, 0 to 10.
    Nps,
    /// Satisfaction, 1 to 5.
    Csat,
    /// Effort, 1 to 7.
    Ces,
    /// Stars, 1 to 5, halves allowed.
    Stars,
    /// Thumb down (0) or up (1).
    Thumb,
}

impl Scale {
    /// Lowest and highest value, both included.
    #[must_use]
    pub const fn ends(self) -> (f64, f64) {
        match self {
            Self::Nps => (0.0, 10.0),
            Self::Csat | Self::Stars => (1.0, 5.0),
            Self::Ces => (1.0, 7.0),
            Self::Thumb => (0.0, 1.0),
        }
    }

    /// The distance between two neighbouring values.
    const fn step(self) -> f64 {
        match self {
            Self::Stars => 0.5,
            _ => 1.0,
        }
    }
}

/// A number that the customer gave, on a known scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawRating", into = "RawRating")]
pub struct Rating {
    scale: Scale,
    halves: u8,
}

/// Why a rating was refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RatingError {
    /// Not a number, or outside the ends of the scale.
    #[error("a rating on the scale {scale:?} lies between {} and {}", scale.ends().0, scale.ends().1)]
    OutOfScale {
        /// The scale.
        scale: Scale,
    },
    /// Between two values of the scale.
    #[error("the scale {scale:?} has no value in between")]
    InBetween {
        /// The scale.
        scale: Scale,
    },
}

impl Rating {
    /// A rating of `value` on `scale`.
    ///
    /// # Errors
    /// When the value is not a number, lies outside the scale, or between two of its values.
    ///
    /// ```
    /// use talkback::{Rating, Scale};
    /// assert_eq!(Rating::new(Scale::Stars, 3.5)?.value(), 3.5);
    /// assert!(Rating::new(Scale::Nps, 11).is_err());
    /// assert!(Rating::new(Scale::Csat, f64::NAN).is_err());
    /// # Ok::<(), talkback::RatingError>(())
    /// ```
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked to lie within 0..=10"
    )]
    pub fn new(scale: Scale, value: impl Into<f64>) -> Result<Self, RatingError> {
        let value = value.into();
        let (low, high) = scale.ends();
        if !(low..=high).contains(&value) {
            return Err(RatingError::OutOfScale { scale });
        }
        if value % scale.step() != 0.0 {
            return Err(RatingError::InBetween { scale });
        }
        Ok(Self { scale, halves: (value * 2.0) as u8 })
    }

    /// The scale it is on.
    #[must_use]
    pub const fn scale(self) -> Scale {
        self.scale
    }

    /// The value on its scale.
    #[must_use]
    pub fn value(self) -> f64 {
        f64::from(self.halves) / 2.0
    }

    /// True where the scale's usual reading calls the customer unhappy: NPS 0-6 (detractors), the two
    /// lower boxes of CSAT and stars, effort 1-3, a thumb down.
    #[must_use]
    pub fn is_unhappy(self) -> bool {
        let limit = match self.scale {
            Scale::Nps => 6.0,
            Scale::Csat | Scale::Stars => 2.0,
            Scale::Ces => 3.0,
            Scale::Thumb => 0.0,
        };
        self.value() <= limit
    }
}

#[derive(Serialize, Deserialize)]
struct RawRating {
    scale: Scale,
    value: f64,
}

impl TryFrom<RawRating> for Rating {
    type Error = RatingError;
    fn try_from(raw: RawRating) -> Result<Self, RatingError> {
        Self::new(raw.scale, raw.value)
    }
}

impl From<Rating> for RawRating {
    fn from(rating: Rating) -> Self {
        Self { scale: rating.scale, value: rating.value() }
    }
}

/// How the customer can be reached. It is personal: stored as a text, erasable.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Contact {
    /// By e-mail.
    Email(EmailAddress),
    /// By telephone.
    Phone(PhoneNumber),
    /// By short message.
    Sms(PhoneNumber),
    /// By letter.
    Postal(Words),
    /// By a name on a network or a forum.
    Handle(Words),
    /// In the conversation itself: a chat, a thread, a portal that the customer returns to.
    InThread,
    /// Through whoever passed it on (an ombudsman, a reseller, a regulator's portal).
    Through(WebAddress),
    /// Not at all, as far as we know. What we say can still be posted where they may look.
    Nowhere,
}

impl Contact {
    /// Reach the customer by e-mail.
    ///
    /// # Errors
    /// When that is no e-mail address.
    pub fn email(address: &str) -> Result<Self, AddressError> {
        EmailAddress::new(address).map(Self::Email)
    }

    /// The kind alone: what events and indexes may hold.
    #[must_use]
    pub const fn kind(&self) -> ContactKind {
        match self {
            Self::Email(_) => ContactKind::Email,
            Self::Phone(_) => ContactKind::Phone,
            Self::Sms(_) => ContactKind::Sms,
            Self::Postal(_) => ContactKind::Postal,
            Self::Handle(_) => ContactKind::Handle,
            Self::InThread => ContactKind::InThread,
            Self::Through(_) => ContactKind::Through,
            Self::Nowhere => ContactKind::Nowhere,
        }
    }

    pub(crate) fn words(&self) -> Option<&str> {
        match self {
            Self::Email(address) => Some(address.as_str()),
            Self::Phone(number) | Self::Sms(number) => Some(number.as_str()),
            Self::Postal(words) | Self::Handle(words) => Some(words.as_str()),
            Self::Through(address) => Some(address.as_str()),
            Self::InThread | Self::Nowhere => None,
        }
    }
}

/// A [`Contact`] without the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ContactKind {
    /// By e-mail.
    Email,
    /// By telephone.
    Phone,
    /// By short message.
    Sms,
    /// By letter.
    Postal,
    /// By a name on a network or a forum.
    Handle,
    /// In the conversation itself.
    InThread,
    /// Through whoever passed it on.
    Through,
    /// Not at all.
    Nowhere,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_kind_survives_as_it_was_written() {
        let kind: FeedbackKind = serde_json::from_str("\"warranty-claim\"").unwrap();
        assert_eq!(kind, FeedbackKind::Other(Code::new("warranty-claim").unwrap()));
        assert_eq!(serde_json::to_string(&kind).unwrap(), "\"warranty-claim\"");
        assert!(serde_json::from_str::<FeedbackKind>("\"Not A Code\"").is_err());
    }

    #[test]
    fn ratings_stay_on_their_scale() {
        for scale in [Scale::Nps, Scale::Csat, Scale::Ces, Scale::Stars, Scale::Thumb] {
            let (low, high) = scale.ends();
            assert!(Rating::new(scale, low).is_ok() && Rating::new(scale, high).is_ok());
            for value in [low - 1.0, high + 1.0, f64::NAN, f64::INFINITY] {
                assert_eq!(Rating::new(scale, value), Err(RatingError::OutOfScale { scale }));
            }
        }
        assert!(matches!(Rating::new(Scale::Csat, 4.5), Err(RatingError::InBetween { .. })));
        assert!(serde_json::from_str::<Rating>(r#"{"scale":"nps","value":11}"#).is_err());
    }

    #[test]
    fn what_a_person_wrote_is_not_shown_by_debug() {
        let feedback = Feedback::complaint(Channel::Email, "secret words")
            .with_subject("secret subject")
            .with_contact(Contact::email("secret@example.org").unwrap());
        assert!(!format!("{feedback:?}").contains("secret"));
    }
}
