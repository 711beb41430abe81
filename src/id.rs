//! Names for things: ids that talkback mints, and ids that belong to the application.
//!
//! Ids of cases and commands are UUIDs: version 7 (ordered by time, kind to indexes) when a
//! [`Clock`] mints them, version 5 when they are derived from an id of the source, so that taking
//! the same piece of feedback in twice opens one case. Ids of people, teams and tenants are the
//! application's own, opaque to us.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::clock::Clock;
use crate::line::line;
use crate::words::is_blank;

/// The longest id or name that an application may give, in bytes.
pub const MAX_NAME_BYTES: usize = 128;
/// The longest [`Code`], in bytes.
pub const MAX_CODE_BYTES: usize = 64;

/// Why an id, a name or a code was refused. It never repeats the value: that may be personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Nothing, or only white space and what cannot be seen.
    #[error("an id must not be empty")]
    Empty,
    /// More than the documented maximum.
    #[error("an id of {bytes} bytes is longer than the {max} that are allowed")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
        /// The longest that is allowed.
        max: usize,
    },
    /// An [unprintable](is_unprintable) character, or white space at either end.
    #[error(
        "an id must not contain control characters, bidirectional overrides or zero-width spaces, nor start or end with white space"
    )]
    Unprintable,
    /// Something else than lower-case ASCII letters, digits, `-`, `_`, `.` and `:`.
    #[error("a code has only lower-case letters, digits and - _ . :")]
    NotACode,
    /// It looks like an e-mail address or a phone number. An id stays in the ledger for ever, an
    /// address has to be erasable.
    #[error("an id must not be an address: hand the application's own opaque id")]
    Address,
    /// Not a UUID, or not of the written form.
    #[error("this is not the written form of such an id")]
    Malformed,
}

/// True for characters that change how the text around them is shown without being seen: controls, line and
/// paragraph separators, bidirectional embeddings, overrides and isolates, zero-width spaces. What people
/// need to write is none of them: joiners (in emoji, Persian, Hindi), direction marks, soft hyphens.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// True for characters of which nothing is seen when they stand alone.
pub(crate) fn is_invisible(c: char) -> bool {
    is_unprintable(c)
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200c}'..='\u{200f}' | '\u{206a}'..='\u{206f}' | '\u{2800}'
                | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}'
        )
}

fn checked_name(text: &str) -> Result<&str, IdError> {
    if is_blank(text) {
        return Err(IdError::Empty);
    }
    if text.len() > MAX_NAME_BYTES {
        return Err(IdError::TooLong { bytes: text.len(), max: MAX_NAME_BYTES });
    }
    if text.trim() != text || text.chars().any(is_unprintable) {
        return Err(IdError::Unprintable);
    }
    Ok(text)
}

fn checked_opaque(text: &str) -> Result<&str, IdError> {
    let text = checked_name(text)?;
    let phone = text
        .strip_prefix('+')
        .is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || " -()".contains(c)));
    if text.contains('@') || phone {
        return Err(IdError::Address);
    }
    Ok(text)
}

fn checked_code(text: &str) -> Result<&str, IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > MAX_CODE_BYTES {
        return Err(IdError::TooLong { bytes: text.len(), max: MAX_CODE_BYTES });
    }
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.:".contains(c);
    if !text.chars().all(allowed) {
        return Err(IdError::NotACode);
    }
    Ok(text)
}

/// At most so many bytes of it, between characters.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $check:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is, after checking it.
            ///
            /// # Errors
            /// [`IdError`], when it is empty, too long, unprintable or of the wrong form.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                $check(text.as_ref()).map(|text| Self(Arc::from(text)))
            }

            /// The text as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = IdError;
            fn try_from(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::new(text).map_err(de::Error::custom)
            }
        }
    };
}

text_id! {
    /// Whose data it is: every key starts with the tenant. Applications without tenants use
    /// [`TenantId::single`].
    TenantId, checked_opaque
}
text_id! {
    /// A customer, by the application's own opaque id. Never an address: events keep it for ever.
    CustomerId, checked_opaque
}
text_id! {
    /// An employee, by the application's own opaque id.
    StaffId, checked_opaque
}
text_id! {
    /// A team, by the application's own opaque id.
    TeamId, checked_opaque
}
text_id! {
    /// A name that the application gives: of a policy, a calendar, a touchpoint, a role.
    Name, checked_name
}
text_id! {
    /// A short machine-readable word, `[a-z0-9._:-]{1,64}`: labels, root causes, an application's own
    /// kinds and channels.
    Code, checked_code
}
text_id! {
    /// A way that notifications go: `main`, or a further one that the policy names, such as `audit-webhook`. A
    /// [`Code`].
    Destination, checked_code
}

impl Destination {
    const MAIN: &'static str = "main";

    /// The main one: what it carries moves deadlines.
    #[must_use]
    pub fn main() -> Self {
        Self(Arc::from(Self::MAIN))
    }

    /// True for the main one.
    #[must_use]
    pub fn is_main(&self) -> bool {
        self.as_str() == Self::MAIN
    }
}

impl Default for Destination {
    fn default() -> Self {
        Self::main()
    }
}

impl TenantId {
    /// The one tenant of an application that has no tenants.
    #[must_use]
    pub fn single() -> Self {
        Self(Arc::from("single"))
    }
}

impl Name {
    /// A name out of what stands in somebody else's data: on one line, without what a name must not hold,
    /// runs of white space as one space, and cut between characters after [`MAX_NAME_BYTES`].
    ///
    /// ```
    /// use talkback::Name;
    ///
    /// assert_eq!(Name::lossy(" Depot\tNorth\r\n").unwrap().as_str(), "Depot North");
    /// ```
    ///
    /// # Errors
    /// [`IdError::Empty`], when nothing is left.
    pub fn lossy(text: &str) -> Result<Self, IdError> {
        let printable: String = line(text, usize::MAX, 0).chars().filter(|c| !is_unprintable(*c)).collect();
        let spaced = printable.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::new(cut(&spaced, MAX_NAME_BYTES).trim_end())
    }

    /// A name that is written in our own code.
    pub(crate) fn known(name: &'static str) -> Self {
        debug_assert!(checked_name(name).is_ok(), "{name:?}");
        Self(Arc::from(name))
    }
}

impl Code {
    /// A code out of words: its ASCII letters, digits, `_`, `.` and `:` in small letters, everything between
    /// them as one `-`, cut after [`MAX_CODE_BYTES`].
    ///
    /// ```
    /// use talkback::Code;
    ///
    /// assert_eq!(Code::lossy("Postal mail, returned").unwrap().as_str(), "postal-mail-returned");
    /// ```
    ///
    /// # Errors
    /// [`IdError::Empty`], when nothing is left.
    pub fn lossy(text: &str) -> Result<Self, IdError> {
        let mut code = String::new();
        for c in text.chars() {
            if c.is_ascii_alphanumeric() || "_.:".contains(c) {
                code.push(c.to_ascii_lowercase());
            } else if !code.is_empty() && !code.ends_with('-') {
                code.push('-');
            }
        }
        Self::new(cut(&code, MAX_CODE_BYTES).trim_end_matches('-'))
    }

    /// A code that is written in our own code.
    pub(crate) fn known(code: &'static str) -> Self {
        debug_assert!(checked_code(code).is_ok(), "{code:?}");
        Self(Arc::from(code))
    }
}

impl Code {
    /// A code of ours that ends in a UUID; the prefix is short, and a code itself.
    pub(crate) fn of_uuid(prefix: &'static str, uuid: Uuid) -> Self {
        Self(Arc::from(format!("{prefix}{}", uuid.simple())))
    }
}

impl CustomerId {
    /// The person of a case whose customer the application does not know. Erasing and exporting
    /// always need a person, so that there is one for every case.
    #[must_use]
    pub fn of_case(case: CaseId) -> Self {
        Self(Arc::from(format!("case:{case}")))
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Mints a new one (UUID version 7) at the clock's time, from the clock's entropy.
            #[must_use]
            pub fn mint(clock: &dyn Clock) -> Self {
                let millis = u64::try_from(clock.now().timestamp_millis()).unwrap_or(0);
                let [a, b, c, d, e, f, g, h, i, j, ..] = clock.entropy().to_be_bytes();
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &[a, b, c, d, e, f, g, h, i, j]).into_uuid())
            }

            /// Derives one (UUID version 5) from what identifies the thing at its source, so that the
            /// same thing always gets the same id. The parts are separated: `["a", "bc"]` and
            /// `["ab", "c"]` differ.
            #[must_use]
            pub fn derive(tenant: &TenantId, parts: &[&str]) -> Self {
                let mut text = format!("{}:{}", tenant.as_str().len(), tenant.as_str());
                for part in parts {
                    text.push_str(&format!(";{}:{}", part.len(), part));
                }
                Self(Uuid::new_v5(&NAMESPACE, text.as_bytes()))
            }

            /// Takes a UUID of the application's own.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID behind it.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text).map(Self).map_err(|_| IdError::Malformed)
            }
        }
    };
}

/// The namespace of derived ids: a version 4 UUID drawn once for this crate. Changing it would open
/// every re-imported piece of feedback a second time.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_8f0a_9c1b_4d52_8a43_2f6b_7a90_51c7);

uuid_id! {
    /// A case.
    CaseId
}
uuid_id! {
    /// A command: the same id with the same body is carried out once, however often it is sent.
    CommandId
}
uuid_id! {
    /// A message. A command brings at most one, so a message's id is that of its command: a message
    /// that arrives twice under one command id is one message.
    MessageId
}

impl From<CommandId> for MessageId {
    fn from(command: CommandId) -> Self {
        Self(command.0)
    }
}

/// Words that somebody wrote, by the command that brought them and their place in it. Known before
/// anything is stored, and the same when the command is repeated. Written `command/slot`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId {
    /// The command that brought the words.
    pub command: CommandId,
    /// Which of the command's words.
    pub slot: u8,
}

impl fmt::Display for TextId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.command, self.slot)
    }
}

impl FromStr for TextId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let (command, slot) = text.split_once('/').ok_or(IdError::Malformed)?;
        Ok(Self { command: command.parse()?, slot: slot.parse().map_err(|_| IdError::Malformed)? })
    }
}

impl Serialize for TextId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TextId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_no_id() {
        assert_eq!(CustomerId::new("ann@example.org"), Err(IdError::Address));
        assert_eq!(CustomerId::new("+49 30 1234"), Err(IdError::Address));
        assert!(CustomerId::new("customer-17").is_ok());
    }

    #[test]
    fn invisible_characters_are_refused() {
        for text in ["a\u{202e}b", "a\nb", " a", "a\u{200b}", "a\u{85}", "\u{2066}a\u{2069}", "\u{feff}a"] {
            assert_eq!(Name::new(text), Err(IdError::Unprintable), "{text:?}");
        }
        for blank in ["", "  ", "\u{200b}", "\u{200d}\u{200e}", "\u{2800}"] {
            assert_eq!(Name::new(blank), Err(IdError::Empty), "{blank:?}");
            assert_eq!(Name::lossy(blank), Err(IdError::Empty), "{blank:?}");
            assert_eq!(TeamId::new(blank), Err(IdError::Empty), "{blank:?}");
        }
        assert!(matches!(Name::new("x".repeat(129)), Err(IdError::TooLong { bytes: 129, max: 128 })));
    }

    #[test]
    fn names_of_people_are_taken_as_they_are_written() {
        for text in
            ["Zahra مه\u{200c}رو", "👩\u{200d}🔧 Kim", "\u{200f}דנה\u{200e}", "\u{61c}علي", "Jos\u{e9}"]
        {
            assert_eq!(Name::new(text).unwrap().as_str(), text);
            assert_eq!(Name::lossy(text).unwrap().as_str(), text);
            assert_eq!(StaffId::new(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_name_is_made_of_whatever_stands_in_a_field() {
        for (text, name) in [
            ("  Depot\t North\r\n ", "Depot North"),
            ("a\u{202e}b\0c", "a\u{fffd}b\u{fffd}c"),
            ("\u{feff}adm\u{200b}in\u{2060}", "admin"),
            ("\u{2067}Dana\u{2069}", "Dana"),
        ] {
            assert_eq!(Name::lossy(text).unwrap().as_str(), name, "{text:?}");
        }
        let long = Name::lossy(&"ß".repeat(200)).unwrap();
        assert_eq!(long.as_str(), "ß".repeat(64));
        assert_eq!(Name::lossy(&format!("{} b", "a".repeat(127))).unwrap().as_str(), "a".repeat(127));
    }

    #[test]
    fn a_code_is_made_of_words() {
        assert_eq!(Code::lossy("Debt collection (other)").unwrap().as_str(), "debt-collection-other");
        assert_eq!(Code::lossy(&"Ab".repeat(99)).unwrap().as_str(), "ab".repeat(32));
        assert_eq!(Code::lossy("–"), Err(IdError::Empty));
    }

    #[test]
    fn derived_ids_separate_their_parts() {
        let tenant = TenantId::single();
        let one = CaseId::derive(&tenant, &["a", "bc"]);
        assert_eq!(one, CaseId::derive(&tenant, &["a", "bc"]));
        assert_ne!(one, CaseId::derive(&tenant, &["ab", "c"]));
    }

    #[test]
    fn a_text_id_reads_what_it_writes() {
        let id = TextId { command: CommandId::derive(&TenantId::single(), &["x"]), slot: 3 };
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("nonsense".parse::<TextId>(), Err(IdError::Malformed));
    }
}
