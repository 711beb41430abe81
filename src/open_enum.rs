//! Lists of known words that an application may extend: written as their code, so that a kind of
//! one application survives in the store of another.

use std::fmt;
use std::marker::PhantomData;

use crate::id::Code;

/// A word of the application's own in the open list `L`: never one that the list knows. It is made from a
/// [`Code`] by the list itself, which takes a known word for what it is:
///
/// ```
/// use talkback::{Code, FeedbackKind};
///
/// let claim = FeedbackKind::from(Code::new("warranty-claim")?);
/// assert!(matches!(&claim, FeedbackKind::Other(own) if own.as_str() == "warranty-claim"));
/// assert_eq!(FeedbackKind::from(Code::new("complaint")?), FeedbackKind::Complaint);
/// # Ok::<(), talkback::IdError>(())
/// ```
///
/// A known word cannot be passed off as an own one:
///
/// ```compile_fail
/// let hidden = talkback::FeedbackKind::Other(talkback::Code::new("complaint").unwrap());
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Own<L> {
    code: Code,
    list: PhantomData<fn() -> L>,
}

impl<L> Own<L> {
    /// For the list itself, which has looked whether it knows the word.
    pub(crate) const fn unlisted(code: Code) -> Self {
        Self { code, list: PhantomData }
    }

    /// The written form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.code.as_str()
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> &Code {
        &self.code
    }
}

impl<L> fmt::Debug for Own<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.code.fmt(f)
    }
}

/// Declares an enum with known words and `Other(Code)`, with its written form, serde and parsing.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// One of the application's own: a word that is not known here. It is made from a
            /// [`Code`]($crate::Code), by `from` or [`from_code`](Self::from_code).
            Other($crate::Own<Self>),
        }

        impl $name {
            /// Every known word, in order of declaration.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant,)*];

            /// The written form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Other(code) => code.as_str(),
                }
            }

            /// Reads the written form; an unknown code becomes `Other`.
            ///
            /// # Errors
            /// When the text is no [`Code`](crate::Code).
            pub fn from_code(text: &str) -> Result<Self, $crate::IdError> {
                match text {
                    $($code => Ok(Self::$variant),)*
                    other => $crate::Code::new(other).map(Self::from),
                }
            }
        }

        impl From<$crate::Code> for $name {
            /// A known word becomes what it stands for, any other one becomes `Other`.
            fn from(code: $crate::Code) -> Self {
                match code.as_str() {
                    $($code => Self::$variant,)*
                    _ => Self::Other($crate::Own::unlisted(code)),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::IdError;
            fn from_str(text: &str) -> Result<Self, $crate::IdError> {
                Self::from_code(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::from_code(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

pub(crate) use open_enum;
