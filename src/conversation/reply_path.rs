//! How a customer can answer what we say. A path that leads nowhere is refused.

use serde::{Deserialize, Deserializer, Serialize, de};

use super::address::{AddressError, EmailAddress, PhoneNumber, WebAddress};
use crate::words::Words;

/// How the customer can answer a message of ours. There is no way to make one that nobody reads:
/// addresses such as `noreply@…` are refused, also when one is read back from storage.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReplyPath {
    /// By writing to this address.
    Email(EmailAddress),
    /// By calling this number.
    Phone(PhoneNumber),
    /// By a short message to this number.
    Sms(PhoneNumber),
    /// On this page.
    Web(WebAddress),
    /// Where it was said: the chat, the thread, the portal.
    InThread,
    /// At this place, face to face.
    InPerson(Words),
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
    /// A place without a name.
    #[error("the place where the customer can answer has no name")]
    NoPlace,
    /// No address at all.
    #[error(transparent)]
    Address(#[from] AddressError),
}

impl ReplyPath {
    /// The customer answers by writing to `address`.
    ///
    /// # Errors
    /// [`ReplyPathError::NoReply`] for an address whose local part says that nobody reads it.
    ///
    /// ```
    /// use talkback::{ReplyPath, ReplyPathError};
    /// assert!(ReplyPath::email("care@shop.example").is_ok());
    /// assert_eq!(ReplyPath::email("no-reply@shop.example"), Err(ReplyPathError::NoReply));
    /// ```
    pub fn email(address: &str) -> Result<Self, ReplyPathError> {
        let address = EmailAddress::new(address)?;
        if is_unread(address.local_part()) { Err(ReplyPathError::NoReply) } else { Ok(Self::Email(address)) }
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
    pub fn in_person(place: impl Into<Words>) -> Result<Self, ReplyPathError> {
        let place = place.into();
        if place.is_blank() { Err(ReplyPathError::NoPlace) } else { Ok(Self::InPerson(place)) }
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
    pub(crate) fn from_words(kind: ReplyPathKind, words: Option<Words>) -> Option<Self> {
        let text = words.as_ref().map(Words::as_str);
        match kind {
            ReplyPathKind::Email => Self::email(text?).ok(),
            ReplyPathKind::Phone => Self::phone(text?).ok(),
            ReplyPathKind::Sms => Self::sms(text?).ok(),
            ReplyPathKind::Web => Self::web(text?).ok(),
            ReplyPathKind::InThread => Some(Self::InThread),
            ReplyPathKind::InPerson => Self::in_person(words?).ok(),
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
            InPerson(Words),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Email(address) => Self::email(&address),
            Raw::Phone(number) => Self::phone(&number),
            Raw::Sms(number) => Self::sms(&number),
            Raw::Web(address) => Self::web(&address),
            Raw::InThread => Ok(Self::InThread),
            Raw::InPerson(place) => Self::in_person(place),
        }
        .map_err(de::Error::custom)
    }
}

/// Local parts that announce that nobody reads them, letters and digits only.
const UNREAD: &[&str] = &[
    "noreply",
    "noreplies",
    "donotreply",
    "dontreply",
    "neverreply",
    "noresponse",
    "noanswer",
    "unattended",
    "unmonitored",
    "mailerdaemon",
    "bounce",
    "bounces",
    "devnull",
    "blackhole",
    "nobody", // English
    "nichtantworten",
    "keineantwort",
    "antwortenichtmoeglich", // German
    "nepasrepondre",
    "sansreponse", // French
    "norespondas",
    "noresponder",
    "sinrespuesta", // Spanish
    "naoresponda",
    "naoresponder", // Portuguese
    "nonrispondere",
    "nietbeantwoorden",
    "geenantwoord",
    "svarintehit",
    "nieodpowiadaj",
    "neodpovidat",
];

/// True for a local part that says that nobody reads it: one of [`UNREAD`] as a whole, with a
/// prefix or suffix of its own word (`orders-noreply`, `noreply-eu`), or before a `+tag`.
fn is_unread(local: &str) -> bool {
    let base = local.split('+').next().unwrap_or(local).to_lowercase();
    let squeezed: String = base.chars().filter(|c| c.is_alphanumeric()).map(unaccented).collect();
    // `bounce` and `nobody` are words that a readable address may contain (`bouncehouse@`).
    UNREAD.iter().any(|word| {
        if word.len() < 8 && *word != "noreply" {
            squeezed == *word || base.split(['-', '_', '.']).any(|part| part == *word)
        } else {
            squeezed.contains(word)
        }
    })
}

fn unaccented(c: char) -> char {
    match c {
        'é' | 'è' | 'ê' => 'e',
        'ã' | 'á' | 'à' => 'a',
        'í' => 'i',
        'ó' | 'õ' => 'o',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_nobody_reads_are_refused() {
        for local in [
            "noreply",
            "no-reply",
            "NO_REPLY",
            "no.reply",
            "do-not-reply",
            "DoNotReply",
            "noreply+case17",
            "orders-noreply",
            "noreply-eu",
            "mailer-daemon",
            "bounce",
            "bounces",
            "ne-pas-répondre",
            "nao-responda",
            "nicht-antworten",
        ] {
            assert_eq!(
                ReplyPath::email(&format!("{local}@shop.example")),
                Err(ReplyPathError::NoReply),
                "{local}"
            );
        }
        for local in ["care", "reply", "reply+k7", "bouncehouse", "nobodysfool", "answers", "unreplied"] {
            assert!(ReplyPath::email(&format!("{local}@shop.example")).is_ok(), "{local}");
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
