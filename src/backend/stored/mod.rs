//! The written form of events, snapshots and notices, as the SQL backends store them: JSON.
//!
//! A text is what serde makes of the value, with a [sum](#damage) at its end. It stays readable for
//! people and for SQL; what nobody may do is write it by hand without taking the sum out.
//!
//! # Damage
//!
//! The last field, `sum`, is a digest of the text before it and of the key that it is stored under, so
//! that a bit that fell over and a row that came to stand in another's place are found instead of
//! believed. It guards against accidents, not against attackers. A text without one is read without
//! that check.
#![doc = include_str!("reference.md")]

mod sum;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::{BackendError, Cause, Undecodable};
use super::record::{Key, Record, RecordId};
use crate::format::FORMAT;
use crate::workflow::{Event, Fact, Notice, NoticeId};

/// Why stored bytes cannot be read: the source of an [`Undecodable`], and of
/// [`BackendError::Corrupt`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A newer version of this crate wrote them, in a form that this one does not know.
    #[error("it is stored in form {format}, and this version reads none newer than {newest}")]
    Newer {
        /// The number of their form.
        format: u64,
        /// The newest form that this version reads.
        newest: u16,
    },
    /// They name something that this version does not know: a kind of event, of deadline, of record.
    #[error("it names something that this version does not know: {source}")]
    UnknownKind {
        /// What, and where.
        source: Cause,
    },
    /// They are not what was written there: damaged, or another's.
    #[error("it is not what was written there")]
    Altered,
    /// They are not of the written form.
    #[error("it is not of the written form: {source}")]
    Unreadable {
        /// What, and where.
        source: Cause,
    },
}

/// An event as text.
///
/// # Errors
/// [`BackendError::Other`], which no event of this crate causes.
pub fn encode_event(key: &Key, event: &Event) -> Result<String, BackendError> {
    encode(key, event)
}

/// The event that was stored under this key as this version of its record.
///
/// # Errors
/// [`Undecodable`] with the bytes; its source is a [`DecodeError`].
pub fn decode_event(key: &Key, version: u64, bytes: &[u8]) -> Result<Event, Undecodable> {
    decode(key, bytes, |event: &Event| {
        let begun = match &event.fact {
            Fact::Opened(opened) => Some((&opened.tenant, opened.case)),
            Fact::Invited(invited) => Some((&invited.tenant, invited.case)),
            _ => None,
        };
        event.version == version
            && begun.is_none_or(|(tenant, case)| *tenant == key.tenant && RecordId::Case(case) == key.id)
    })
}

/// A record's snapshot as text.
///
/// # Errors
/// [`BackendError::Other`], which no record of this crate causes.
pub fn encode_record(record: &Record) -> Result<String, BackendError> {
    encode(&record.key(), record)
}

/// The record that was stored under this key at this version.
///
/// # Errors
/// [`Undecodable`] with the bytes; its source is a [`DecodeError`].
pub fn decode_record(key: &Key, version: u64, bytes: &[u8]) -> Result<Record, Undecodable> {
    decode(key, bytes, |record: &Record| {
        record.version() == version && record.tenant() == &key.tenant && record.id() == key.id
    })
}

/// A notice as text.
///
/// # Errors
/// [`BackendError::Other`], which no notice of this crate causes.
pub fn encode_notice(key: &Key, notice: &Notice) -> Result<String, BackendError> {
    encode(key, notice)
}

/// The notice that was stored under this id, as owed by the record of this key.
///
/// # Errors
/// [`Undecodable`] with the bytes; its source is a [`DecodeError`].
pub fn decode_notice(key: &Key, id: NoticeId, bytes: &[u8]) -> Result<Notice, Undecodable> {
    decode(key, bytes, |notice: &Notice| notice.id == id)
}

/// What is stored as text.
trait Form: Serialize + DeserializeOwned {
    /// How its text ends: the sum stands in the innermost of these objects.
    const END: &str;

    /// The number of its form, where the rest cannot be read.
    fn format(bytes: &[u8]) -> Option<u64>;
}

impl Form for Event {
    const END: &str = "}";

    fn format(bytes: &[u8]) -> Option<u64> {
        number(bytes)
    }
}

impl Form for Notice {
    const END: &str = "}";

    fn format(bytes: &[u8]) -> Option<u64> {
        number(bytes)
    }
}

impl Form for Record {
    const END: &str = "}}";

    fn format(bytes: &[u8]) -> Option<u64> {
        // Whatever kind of record it is.
        let kinds = serde_json::from_slice::<BTreeMap<String, Number>>(bytes).ok()?;
        kinds.into_values().find_map(|record| record.format)
    }
}

fn encode<T: Form>(key: &Key, value: &T) -> Result<String, BackendError> {
    let mut text = serde_json::to_string(value).map_err(BackendError::other)?;
    if let Some(length) = text.strip_suffix(T::END).map(str::len) {
        text.truncate(length);
        let sum = sum::of(key, text.as_bytes());
        text.push_str(sum::LEAD);
        text.push_str(&sum);
        text.push_str(sum::TAIL);
        text.push_str(T::END);
    }
    Ok(text)
}

fn decode<T: Form>(key: &Key, bytes: &[u8], belongs: impl FnOnce(&T) -> bool) -> Result<T, Undecodable> {
    let altered = || Err(DecodeError::Altered);
    let read = match sum::split(bytes, T::END) {
        Some((text, sum)) if sum::of(key, text).as_bytes() != sum => altered(),
        _ => match read_json::<T>(bytes) {
            Ok(value) if belongs(&value) => Ok(value),
            Ok(_) => altered(),
            Err(error) => Err(reason::<T>(bytes, error)),
        },
    };
    read.map_err(|error| Undecodable { key: key.clone(), bytes: bytes.to_vec(), source: error.into() })
}

fn read_json<T: Form>(bytes: &[u8]) -> serde_json::Result<T> {
    // Whether it is text is seen at once for the whole, much quicker than word by word.
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(bytes),
    }
}

/// Reads the bytes a second time, for the number of their form alone.
fn reason<T: Form>(bytes: &[u8], error: serde_json::Error) -> DecodeError {
    match T::format(bytes) {
        Some(format) if format > FORMAT.into() => DecodeError::Newer { format, newest: FORMAT },
        // What serde says of a name that is not in a list; it has no other way to say so.
        _ if error.to_string().starts_with("unknown variant") => {
            DecodeError::UnknownKind { source: error.into() }
        }
        _ => DecodeError::Unreadable { source: error.into() },
    }
}

/// The number of a form, whatever stands around it.
#[derive(Deserialize)]
struct Number {
    format: Option<u64>,
}

fn number(bytes: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Number>(bytes).ok()?.format
}

#[cfg(test)]
mod tests;
