//! Closed lists of known words: each has one written form, which parses back and is the form that serde
//! writes.

/// A word that a closed list does not know. It never repeats the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is none of the known words")]
pub struct UnknownCode;

/// Gives an enum without payloads its list and its written form. The form that serde writes is derived
/// by the enum itself; `every_code_parses_back_and_is_what_serde_writes` holds both together.
macro_rules! codes {
    ($name:ident { $($variant:ident = $code:literal,)* }) => {
        impl $name {
            /// Every one, in order of declaration.
            pub const ALL: [Self; [$($code,)*].len()] = [$(Self::$variant,)*];

            /// The written form: a code for programs, which [`FromStr`](std::str::FromStr) reads and
            /// which is also the form that serde writes.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::UnknownCode;
            fn from_str(code: &str) -> Result<Self, $crate::UnknownCode> {
                match code {
                    $($code => Ok(Self::$variant),)*
                    _ => Err($crate::UnknownCode),
                }
            }
        }
    };
}

pub(crate) use codes;
