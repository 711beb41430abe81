//! Lists of known words that an application may extend: written as their code, so that a kind of
//! one application survives in the store of another.

/// Declares an enum with known words and `Other(Code)`, with its written form, serde and parsing.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// One of the application's own.
            Other($crate::Code),
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
                    other => $crate::Code::new(other).map(Self::Other),
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
