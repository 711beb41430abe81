//! What is signed, and how a signature is written.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::secret::Secret;

/// Of the versions of signatures the one with a shared key.
const VERSION: &str = "v1";

/// The value of the signature header: one signature for each secret.
pub(super) fn sign(secrets: &[Secret], id: &str, timestamp: &str, body: &[u8]) -> String {
    let signatures: Vec<_> = secrets
        .iter()
        .map(|secret| {
            let tag = signed(secret, id, timestamp, body).finalize().into_bytes();
            format!("{VERSION},{}", STANDARD.encode(tag))
        })
        .collect();
    signatures.join(" ")
}

/// True if one of the signatures is by one of the secrets. Each is compared as a whole, in constant time;
/// those of other versions are passed over.
pub(super) fn is_signed(secrets: &[Secret], id: &str, timestamp: &str, body: &[u8], header: &str) -> bool {
    let candidates: Vec<_> = header
        .split(' ')
        .filter_map(|signature| signature.split_once(','))
        .filter(|(version, _)| *version == VERSION)
        .filter_map(|(_, tag)| STANDARD.decode(tag).ok())
        .collect();
    secrets.iter().any(|secret| {
        let mac = signed(secret, id, timestamp, body);
        candidates.iter().any(|tag| mac.clone().verify_slice(tag).is_ok())
    })
}

fn signed(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Hmac<Sha256> {
    let mut mac = secret.mac();
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    mac
}
