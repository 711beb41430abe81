//! Addresses, checked far enough to be used and never shown by `Debug`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::id::is_unprintable;

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
                let address = address.trim();
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
        |part: &str| !part.chars().any(|c| c.is_whitespace() || is_unprintable(c) || "<>,;\"@".contains(c));
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
        && !text.chars().any(|c| c.is_whitespace() || is_unprintable(c) || "<>\"".contains(c))
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
}
