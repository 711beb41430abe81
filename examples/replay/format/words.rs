//! Making names, codes and lines out of what stands in a field.

use talkback::{Code, IdError, MAX_CODE_BYTES, MAX_NAME_BYTES, Name, StaffId, TeamId, is_unprintable};

/// Text of one line: control characters and runs of white space become one blank.
pub(super) fn line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if is_unprintable(c) { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Text of an agency, with its doubly encoded no-break spaces put right and its runs of blanks left.
pub(super) fn repaired(text: &str) -> String {
    text.trim().replace("\u{c2}\u{a0}", " ")
}

/// A name, cut where it is too long.
pub(super) fn name(text: &str) -> Result<Name, IdError> {
    Name::new(cut(&line(text), MAX_NAME_BYTES))
}

/// A team by its name. An id must not look like an address, so an `@` is written out.
pub(super) fn team(text: &str) -> Result<TeamId, IdError> {
    TeamId::new(opaque(text))
}

pub(super) fn staff(text: &str) -> Result<StaffId, IdError> {
    StaffId::new(opaque(text))
}

/// A code made of the letters and digits of a text: `Postal mail` is `postal-mail`.
pub(super) fn code(text: &str) -> Result<Code, IdError> {
    let mut code = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "_.:".contains(c) {
            code.push(c.to_ascii_lowercase());
        } else if !code.is_empty() && !code.ends_with('-') {
            code.push('-');
        }
    }
    Code::new(cut(&code, MAX_CODE_BYTES).trim_end_matches('-'))
}

/// Bytes as text: UTF-8 where they are that, else Windows-1252.
pub(super) fn from_bytes(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| windows_1252(*byte)).collect(),
    }
}

fn opaque(text: &str) -> String {
    let line = line(text).replace('@', " at ");
    cut(line.trim_start_matches('+'), MAX_NAME_BYTES).to_owned()
}

fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text).trim()
}

fn windows_1252(byte: u8) -> char {
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    let special = byte.checked_sub(0x80).and_then(|n| HIGH.chars().nth(usize::from(n)));
    special.unwrap_or(char::from(byte))
}
