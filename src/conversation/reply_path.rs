//! How a customer can answer what we say. A path that leads nowhere is refused.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::address::{AddressError, EmailAddress, PhoneNumber, Place, WebAddress};
use super::unread::is_unread;
use crate::words::Words;

/// How the customer can answer a message of ours. There is no way to make one that nobody reads:
/// addresses such as `noreply@…` are refused, also when one is read back from storage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReplyPath {
    /// By writing to this address.
    Email(ReplyAddress),
    /// By calling this number.
    Phone(PhoneNumber),
    /// By a short message to this number.
    Sms(PhoneNumber),
    /// On this page.
    Web(WebAddress),
    /// Where it was said: the chat, the thread, the portal.
    InThread,
    /// At this place, face to face.
    InPerson(Place),
}

/// An e-mail address that does not say of itself that nobody reads it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct ReplyAddress(EmailAddress);

impl ReplyAddress {
    /// Checks and takes the address.
    ///
    /// # Errors
    /// [`ReplyPathError::NoReply`] for one whose local part, sub-address (`care+noreply@`) or domain says
    /// in one of a dozen languages that nobody reads it; [`ReplyPathError::Address`] for what is no address.
    pub fn new(address: &str) -> Result<Self, ReplyPathError> {
        let address = EmailAddress::new(address)?;
        if is_unread(address.as_str()) { Err(ReplyPathError::NoReply) } else { Ok(Self(address)) }
    }

    /// The address: to store and to use, never to log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Debug for ReplyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReplyAddress(…)")
    }
}

/// A [`ReplyPath`] without the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReplyPathKind {
    /// By e-mail.
    Email,
    /// By telephone.
    Phone,
    /// By short message.
    Sms,
    /// On a web page.
    Web,
    /// In the thread itself.
    InThread,
    /// Face to face.
    InPerson,
}

/// Why a reply path was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplyPathError {
    /// The address says itself that nobody reads it.
    #[error("nobody reads a no-reply address: customers must be able to answer what we send")]
    NoReply,
    /// No address at all, or a place without a name.
    #[error(transparent)]
    Address(#[from] AddressError),
}

impl ReplyPath {
    /// The customer answers by writing to `address`.
    ///
    /// # Errors
    /// As [`ReplyAddress::new`].
    ///
    /// ```
    /// use talkback::{ReplyPath, ReplyPathError};
    /// assert!(ReplyPath::email("care@shop.example").is_ok());
    /// assert_eq!(ReplyPath::email("no-reply@shop.example"), Err(ReplyPathError::NoReply));
    /// ```
    pub fn email(address: &str) -> Result<Self, ReplyPathError> {
        Ok(Self::Email(ReplyAddress::new(address)?))
    }

    /// The customer answers by calling `number`.
    ///
    /// # Errors
    /// When that is no telephone number.
    pub fn phone(number: &str) -> Result<Self, ReplyPathError> {
        Ok(Self::Phone(PhoneNumber::new(number)?))
    }

    /// The customer answers by a short message to `number`. A sender that is a name and not a number
    /// cannot be answered, so it is refused.
    ///
    /// # Errors
    /// When that is no telephone number.
    pub fn sms(number: &str) -> Result<Self, ReplyPathError> {
        Ok(Self::Sms(PhoneNumber::new(number)?))
    }

    /// The customer answers on a page.
    ///
    /// # Errors
    /// When that is no absolute web address.
    pub fn web(address: &str) -> Result<Self, ReplyPathError> {
        Ok(Self::Web(WebAddress::new(address)?))
    }

    /// The customer answers face to face, at this place.
    ///
    /// # Errors
    /// When the place has no name.
    pub fn in_person(place: &str) -> Result<Self, ReplyPathError> {
        Ok(Self::InPerson(Place::new(place)?))
    }

    /// The kind alone: what events may hold.
    #[must_use]
    pub const fn kind(&self) -> ReplyPathKind {
        match self {
            Self::Email(_) => ReplyPathKind::Email,
            Self::Phone(_) => ReplyPathKind::Phone,
            Self::Sms(_) => ReplyPathKind::Sms,
            Self::Web(_) => ReplyPathKind::Web,
            Self::InThread => ReplyPathKind::InThread,
            Self::InPerson(_) => ReplyPathKind::InPerson,
        }
    }

    pub(crate) fn words(&self) -> Option<&str> {
        match self {
            Self::Email(address) => Some(address.as_str()),
            Self::Phone(number) | Self::Sms(number) => Some(number.as_str()),
            Self::Web(address) => Some(address.as_str()),
            Self::InPerson(place) => Some(place.as_str()),
            Self::InThread => None,
        }
    }

    /// The path again, of its kind and its [words](Self::words). `None` where they were erased.
    pub(crate) fn from_words(kind: ReplyPathKind, words: Option<&Words>) -> Option<Self> {
        let text = words.map(Words::as_str);
        match kind {
            ReplyPathKind::Email => Self::email(text?).ok(),
            ReplyPathKind::Phone => Self::phone(text?).ok(),
            ReplyPathKind::Sms => Self::sms(text?).ok(),
            ReplyPathKind::Web => Self::web(text?).ok(),
            ReplyPathKind::InThread => Some(Self::InThread),
            ReplyPathKind::InPerson => Self::in_person(text?).ok(),
        }
    }
}

impl<'de> Deserialize<'de> for ReplyPath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "kebab-case")]
        enum Raw {
            Email(String),
            Phone(String),
            Sms(String),
            Web(String),
            InThread,
            InPerson(String),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Email(address) => Self::email(&address),
            Raw::Phone(number) => Self::phone(&number),
            Raw::Sms(number) => Self::sms(&number),
            Raw::Web(address) => Self::web(&address),
            Raw::InThread => Ok(Self::InThread),
            Raw::InPerson(place) => Self::in_person(&place),
        }
        .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_nobody_reads_are_refused() {
        for address in ["noreply@shop.example", "care+noreply@shop.example", "care@noreply.shop.example"] {
            assert_eq!(ReplyPath::email(address), Err(ReplyPathError::NoReply), "{address}");
            assert_eq!(ReplyAddress::new(address), Err(ReplyPathError::NoReply), "{address}");
        }
        for address in ["care@shop.example", "reply+k7@shop.example", "casino-reply@shop.example"] {
            let path = ReplyPath::email(address).unwrap();
            assert_eq!(path.words(), Some(address));
        }
        for place in ["", " ", "\u{200b}\u{2800}"] {
            assert_eq!(ReplyPath::in_person(place), Err(AddressError::NotAPlace.into()), "{place:?}");
        }
    }

    #[test]
    fn a_refused_address_cannot_come_back_from_storage() {
        assert!(serde_json::from_str::<ReplyPath>(r#"{"email":"care@shop.example"}"#).is_ok());
        assert!(serde_json::from_str::<ReplyPath>(r#"{"email":"noreply@shop.example"}"#).is_err());
        assert!(serde_json::from_str::<ReplyPath>(r#"{"sms":"SHOP"}"#).is_err());
        let path = ReplyPath::InThread;
        assert_eq!(serde_json::from_str::<ReplyPath>(&serde_json::to_string(&path).unwrap()).unwrap(), path);
    }
}
