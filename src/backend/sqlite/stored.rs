//! Records, events and notices as they are stored: JSON. The only file here that knows so.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::backend::{BackendError, Cause, Key, Record, Undecodable};
use crate::workflow::{Event, Notice, NoticeId};

pub(super) fn encode_record(record: &Record) -> Result<String, BackendError> {
    encode(record)
}

pub(super) fn decode_record(key: &Key, version: u64, bytes: &[u8]) -> Result<Record, Undecodable> {
    decode(key, bytes, |record: &Record| record.key() == *key && record.version() == version)
}

pub(super) fn encode_event(_: &Key, event: &Event) -> Result<String, BackendError> {
    encode(event)
}

pub(super) fn decode_event(key: &Key, version: u64, bytes: &[u8]) -> Result<Event, Undecodable> {
    decode(key, bytes, |event: &Event| event.version == version)
}

pub(super) fn encode_notice(_: &Key, notice: &Notice) -> Result<String, BackendError> {
    encode(notice)
}

pub(super) fn decode_notice(key: &Key, id: NoticeId, bytes: &[u8]) -> Result<Notice, Undecodable> {
    decode(key, bytes, |notice: &Notice| notice.id == id)
}

fn encode<T: Serialize>(item: &T) -> Result<String, BackendError> {
    serde_json::to_string(item).map_err(BackendError::other)
}

fn decode<T: DeserializeOwned>(
    key: &Key,
    bytes: &[u8],
    fits: impl FnOnce(&T) -> bool,
) -> Result<T, Undecodable> {
    let undecodable = |source: Cause| Undecodable { key: key.clone(), bytes: bytes.to_vec(), source };
    // Without the message of the error, which may repeat what is stored.
    let item = serde_json::from_slice(bytes)
        .map_err(|error| undecodable(format!("not of this form, at column {}", error.column()).into()))?;
    if fits(&item) { Ok(item) } else { Err(undecodable("it belongs elsewhere".into())) }
}
