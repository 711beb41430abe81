//! Addresses, checked far enough to be used and never shown by `Debug`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::{is_invisible, is_unprintable};
use crate::words::is_blank;

/// Why an address was refused. It never repeats the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Not `local@domain`, or with characters that a mail header must not hold.
    #[error("this is not an e-mail address")]
    NotAnEmailAddress,
    /// Fewer than three digits, or other characters than digits and `+ - ( ) . /` or blanks.
    #[error("this is not a telephone number")]
    NotAPhoneNumber,
    /// Not an absolute `https` or `http` address with a host.
    #[error("this is not a web address")]
    NotAWebAddress,
    /// Nothing that can be read.
    #[error("a postal address needs words, and there is nothing to read")]
    NotAPostalAddress,
    /// Nothing that can be read, or more than one line.
    #[error("a name on a network is one line without control characters, and not blank")]
    NotAHandle,
    /// Nothing that can be read.
    #[error("the place where the customer can answer has no name")]
    NotAPlace,
}

macro_rules! address {
    ($(#[$doc:meta])* $name:ident, $check:ident, $error:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// Checks and takes the address.
            ///
            /// # Errors
            /// When it is none.
            pub fn new(address: &str) -> Result<Self, AddressError> {
                // Addresses that were copied from somewhere often stand between direction marks.
                let address = address.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
                if $check(address) { Ok(Self(Box::from(address))) } else { Err(AddressError::$error) }
            }

            /// The address: to store and to use, never to log.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
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
                Self::new(&text).map_err(de::Error::custom)
            }
        }
    };
}

address! {
    /// An e-mail address, `local@domain` (RFC 5321 lengths: 64 and 255 octets).
    EmailAddress, is_email, NotAnEmailAddress
}
address! {
    /// A telephone number, as it was written.
    PhoneNumber, is_phone, NotAPhoneNumber
}
address! {
    /// An absolute web address.
    WebAddress, is_web, NotAWebAddress
}

address! {
    /// A postal address, of as many lines as it needs.
    PostalAddress, is_readable, NotAPostalAddress
}
address! {
    /// Somebody's name on a network or a forum.
    Handle, is_handle, NotAHandle
}
address! {
    /// A place where people meet face to face.
    Place, is_readable, NotAPlace
}

impl EmailAddress {
    /// The part before the last `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let clean =
        |part: &str| !part.chars().any(|c| c.is_whitespace() || is_invisible(c) || "<>,;\"@".contains(c));
    let labels =
        domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    (1..=64).contains(&local.len())
        && (1..=255).contains(&domain.len())
        && clean(local)
        && clean(domain)
        && labels
}

fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (3..=20).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || "+-()./ ".contains(c))
}

fn is_web(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    text.len() <= 2_048
        && host.is_some_and(|host| !host.is_empty() && !host.contains('@'))
        && !text.chars().any(|c| c.is_whitespace() || is_invisible(c) || "<>\"".contains(c))
}

fn is_readable(text: &str) -> bool {
    !is_blank(text)
}

fn is_handle(text: &str) -> bool {
    !is_blank(text) && !text.chars().any(is_unprintable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked() {
        for good in ["ann@example.org", "o'hara+x@sub.example.org", "büro@bücher.example"] {
            assert!(EmailAddress::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "ann",
            "@example.org",
            "ann@",
            "a b@example.org",
            "ann@example.org\r\nBcc: x@y.z",
            "a@b..c",
            "a@-b.c",
        ] {
            assert_eq!(EmailAddress::new(bad), Err(AddressError::NotAnEmailAddress), "{bad:?}");
        }
        assert!(PhoneNumber::new("+49 (30) 1234-56").is_ok() && PhoneNumber::new("call me").is_err());
        assert!(WebAddress::new("https://example.org/case?x=1").is_ok());
        for bad in ["javascript:alert(1)", "https://", "https://user@host/", "example.org", "https://a b"] {
            assert!(WebAddress::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_blank_reaches_nobody() {
        for blank in ["", " ", "\t\r\n", "\u{200b}", "\u{2800}\u{3164}", "\u{200d}\u{ad}\u{feff}"] {
            assert_eq!(EmailAddress::new(blank), Err(AddressError::NotAnEmailAddress), "{blank:?}");
            assert_eq!(PhoneNumber::new(blank), Err(AddressError::NotAPhoneNumber), "{blank:?}");
            assert_eq!(WebAddress::new(blank), Err(AddressError::NotAWebAddress), "{blank:?}");
            assert_eq!(PostalAddress::new(blank), Err(AddressError::NotAPostalAddress), "{blank:?}");
            assert_eq!(Handle::new(blank), Err(AddressError::NotAHandle), "{blank:?}");
            assert_eq!(Place::new(blank), Err(AddressError::NotAPlace), "{blank:?}");
            assert!(serde_json::from_value::<Handle>(blank.into()).is_err());
        }
        assert_eq!(PostalAddress::new("Ann\n1 Main Street\n").unwrap().as_str(), "Ann\n1 Main Street");
        assert!(Handle::new("@ann").is_ok() && Handle::new("@a\u{202e}nn").is_err());
    }

    #[test]
    fn what_was_copied_with_an_address_is_no_part_of_it() {
        assert_eq!(PhoneNumber::new("\u{202a}+49 30 1234\u{202c}").unwrap().as_str(), "+49 30 1234");
        assert_eq!(
            EmailAddress::new("\u{feff}ann@example.org\u{200b} ").unwrap().as_str(),
            "ann@example.org"
        );
    }
}
