//! Making ids and text out of what stands in a field.

use talkback::{IdError, Name, StaffId, TeamId};

/// Text of an agency, with its doubly encoded no-break spaces put right and its runs of blanks left.
pub(super) fn repaired(text: &str) -> String {
    text.trim().replace("\u{c2}\u{a0}", " ")
}

/// A team by its name. An id must not look like an address, so an `@` is written out.
pub(super) fn team(text: &str) -> Result<TeamId, IdError> {
    TeamId::new(opaque(text)?.as_str())
}

pub(super) fn staff(text: &str) -> Result<StaffId, IdError> {
    StaffId::new(opaque(text)?.as_str())
}

/// Bytes as text: UTF-8 where they are that, else Windows-1252.
pub(super) fn from_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
    }
}

fn opaque(text: &str) -> Result<Name, IdError> {
    Name::lossy(text.replace('@', " at ").trim_start_matches('+'))
}

fn windows_1252(byte: u8) -> char {
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let special = byte.checked_sub(0x80).and_then(|n| HIGH.chars().nth(usize::from(n)));
    special.unwrap_or(char::from(byte))
}
