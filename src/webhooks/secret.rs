//! The key that both sides know.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// A signing key, written `whsec_` and base64. `Debug` does not show it.
///
/// Take 32 bytes from the system's random source, one key for each endpoint.
#[derive(Clone)]
pub struct Secret {
    bytes: Arc<[u8]>,
    mac: Hmac<Sha256>,
}

/// Why a secret was refused. It never repeats the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// Not base64 in the standard alphabet, with its padding.
    #[error("a secret is written whsec_ and base64")]
    Malformed,
    /// Shorter or longer than [`Secret::MIN_BYTES`] and [`Secret::MAX_BYTES`] allow.
    #[error(
        "a secret of {bytes} bytes is not between {min} and {max}",
        min = Secret::MIN_BYTES,
        max = Secret::MAX_BYTES
    )]
    Length {
        /// Its length in bytes.
        bytes: usize,
    },
}

impl Secret {
    /// The shortest key, in bytes (Standard Webhooks 1.0, "Signature scheme").
    pub const MIN_BYTES: usize = 24;
    /// The longest key, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Reads the written form; the prefix `whsec_` may be missing.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let text = text.strip_prefix(PREFIX).unwrap_or(text);
        Self::from_bytes(&STANDARD.decode(text).map_err(|_| SecretError::Malformed)?)
    }

    /// Takes the key itself.
    ///
    /// # Errors
    /// [`SecretError::Length`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretError> {
        let length = SecretError::Length { bytes: bytes.len() };
        if !(Self::MIN_BYTES..=Self::MAX_BYTES).contains(&bytes.len()) {
            return Err(length);
        }
        let mac = Hmac::new_from_slice(bytes).map_err(|_| length)?;
        Ok(Self { bytes: Arc::from(bytes), mac })
    }

    /// The written form: to store and to hand to whoever receives the webhooks, never to log.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.bytes))
    }

    /// What signs with it.
    pub(super) fn mac(&self) -> Hmac<Sha256> {
        self.mac.clone()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_and_read() {
        let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let secret = Secret::new(text).unwrap();
        assert_eq!(secret.expose(), text);
        assert_eq!(Secret::new(&text[6..]).unwrap().expose(), text);
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }

    #[test]
    fn what_is_none_is_refused() {
        for text in ["", "whsec_", "whsec_AAAA", &format!("whsec_{}", STANDARD.encode([7; 65]))] {
            assert!(matches!(Secret::new(text), Err(SecretError::Length { .. })), "{text}");
        }
        for text in
            ["whsec_!", "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"]
        {
            assert_eq!(Secret::new(text).unwrap_err(), SecretError::Malformed, "{text}");
        }
        // The example in the manual of Svix, from which the standard comes: shorter than the standard allows.
        let short = Secret::new("whsec_plJ3nmyCDGBKInavdOK15jsl");
        assert_eq!(short.unwrap_err(), SecretError::Length { bytes: 18 });
    }

    #[test]
    fn a_key_is_neither_short_nor_long() {
        for bytes in [Secret::MIN_BYTES, Secret::MAX_BYTES] {
            assert!(Secret::from_bytes(&vec![7; bytes]).is_ok(), "{bytes}");
        }
        for bytes in [0, Secret::MIN_BYTES - 1, Secret::MAX_BYTES + 1, 100 * Secret::MAX_BYTES] {
            let refused = Secret::from_bytes(&vec![7; bytes]).unwrap_err();
            assert_eq!(refused, SecretError::Length { bytes });
        }
    }
}
