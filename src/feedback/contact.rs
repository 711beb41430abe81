//! How a customer can be reached.

use serde::{Deserialize, Serialize};

use crate::conversation::{AddressError, EmailAddress, PhoneNumber, WebAddress};
use crate::words::Words;

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

    /// The contact again, of its kind and its [words](Self::words). `None` where they were erased.
    pub(crate) fn from_words(kind: ContactKind, words: Option<Words>) -> Option<Self> {
        let text = words.as_ref().map(Words::as_str);
        match kind {
            ContactKind::Email => EmailAddress::new(text?).ok().map(Self::Email),
            ContactKind::Phone => PhoneNumber::new(text?).ok().map(Self::Phone),
            ContactKind::Sms => PhoneNumber::new(text?).ok().map(Self::Sms),
            ContactKind::Postal => words.map(Self::Postal),
            ContactKind::Handle => words.map(Self::Handle),
            ContactKind::Through => WebAddress::new(text?).ok().map(Self::Through),
            ContactKind::InThread => Some(Self::InThread),
            ContactKind::Nowhere => Some(Self::Nowhere),
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
