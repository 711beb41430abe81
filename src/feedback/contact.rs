//! How a customer can be reached.

use serde::{Deserialize, Serialize};

use crate::conversation::{AddressError, EmailAddress, Handle, PhoneNumber, PostalAddress, WebAddress};
use crate::words::Words;

/// How the customer can be reached. It is personal: stored as a text, erasable. A blank address cannot be
/// made: whoever can be reached nowhere is [`Nowhere`](Self::Nowhere).
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
    Postal(PostalAddress),
    /// By a name on a network or a forum.
    Handle(Handle),
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

    /// Reach the customer by telephone.
    ///
    /// # Errors
    /// When that is no telephone number.
    pub fn phone(number: &str) -> Result<Self, AddressError> {
        PhoneNumber::new(number).map(Self::Phone)
    }

    /// Reach the customer by short message.
    ///
    /// # Errors
    /// When that is no telephone number.
    pub fn sms(number: &str) -> Result<Self, AddressError> {
        PhoneNumber::new(number).map(Self::Sms)
    }

    /// Reach the customer by letter.
    ///
    /// # Errors
    /// When there is nothing to read.
    pub fn postal(address: &str) -> Result<Self, AddressError> {
        PostalAddress::new(address).map(Self::Postal)
    }

    /// Reach the customer by their name on a network or a forum.
    ///
    /// # Errors
    /// When there is nothing to read, or control characters.
    pub fn handle(name: &str) -> Result<Self, AddressError> {
        Handle::new(name).map(Self::Handle)
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
            Self::Postal(address) => Some(address.as_str()),
            Self::Handle(name) => Some(name.as_str()),
            Self::Through(address) => Some(address.as_str()),
            Self::InThread | Self::Nowhere => None,
        }
    }

    /// The contact again, of its kind and its [words](Self::words). `None` where they were erased.
    pub(crate) fn from_words(kind: ContactKind, words: Option<&Words>) -> Option<Self> {
        let text = words.map(Words::as_str);
        match kind {
            ContactKind::Email => EmailAddress::new(text?).ok().map(Self::Email),
            ContactKind::Phone => PhoneNumber::new(text?).ok().map(Self::Phone),
            ContactKind::Sms => PhoneNumber::new(text?).ok().map(Self::Sms),
            ContactKind::Postal => PostalAddress::new(text?).ok().map(Self::Postal),
            ContactKind::Handle => Handle::new(text?).ok().map(Self::Handle),
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
