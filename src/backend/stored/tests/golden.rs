//! What is stored today is read for ever: one file for each form that there is, byte for byte as it is
//! stored.
//!
//! `TALKBACK_GOLDEN=write cargo test --all-features golden` writes the files of forms that are new. A file
//! that is there is never written again: what is stored with it somewhere has to be read. (Delete it by
//! hand as long as nobody can have stored such a thing.)

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::samples::{events, key};
use super::snapshots::{notices, records};
use super::*;

/// The files of the first form.
fn folder() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "golden", "v1"].iter().collect()
}

/// Whether bytes say just what a value says.
type Reads = Box<dyn Fn(&[u8]) -> Result<bool, Undecodable>>;

/// A value by name: how it is stored today, and what reads it.
pub(super) struct Golden {
    pub(super) name: String,
    pub(super) text: String,
    reads: Reads,
}

pub(super) fn all() -> Vec<Golden> {
    let events = events().into_iter().map(|(name, event)| Golden {
        name,
        text: encode_event(&key(), &event).unwrap(),
        reads: Box::new(move |bytes| decode_event(&key(), event.version, bytes).map(|read| read == event)),
    });
    let records = records().into_iter().map(|(name, record)| Golden {
        name,
        text: encode_record(&record).unwrap(),
        reads: Box::new(move |bytes| {
            decode_record(&key(), record.version(), bytes).map(|read| read == record)
        }),
    });
    let notices = notices().into_iter().map(|(name, notice)| Golden {
        name,
        text: encode_notice(&key(), &notice).unwrap(),
        reads: Box::new(move |bytes| decode_notice(&key(), notice.id, bytes).map(|read| read == notice)),
    });
    events.chain(records).chain(notices).collect()
}

#[test]
fn golden_files_are_read_and_written_as_they_are() {
    let write = std::env::var_os("TALKBACK_GOLDEN").is_some_and(|set| set == "write");
    assert!(!write || std::env::var_os("CI").is_none(), "CI compares, it does not write");
    for golden in all() {
        let path = folder().join(format!("{}.json", golden.name));
        if write && !path.exists() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &golden.text).unwrap();
        }
        let stored = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let same = (golden.reads)(&stored).unwrap_or_else(|item| panic!("{}: {}", golden.name, item.source));
        assert!(same, "{}: what is stored reads as something else", golden.name);
        assert_eq!(String::from_utf8_lossy(&stored), golden.text, "{}", golden.name);
    }
}

#[test]
fn every_golden_file_is_of_a_value() {
    let names: BTreeSet<String> = all().into_iter().map(|golden| golden.name).collect();
    let mut found = BTreeSet::new();
    for kind in std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap()) {
        for file in std::fs::read_dir(kind.path()).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            let name = file.strip_suffix(".json").unwrap_or_else(|| panic!("{file}"));
            found.insert(format!("{}/{name}", kind.file_name().to_str().unwrap()));
        }
    }
    assert_eq!(found, names);
}

/// The kinds that serde knows, which is every variant that there is.
pub(super) fn kinds<T: serde::de::DeserializeOwned>(unknown: &str) -> Vec<String> {
    let error = serde_json::from_str::<T>(unknown).err().unwrap().to_string();
    let (_, known) = error.split_once("expected").unwrap_or_else(|| panic!("{error}"));
    known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn kinds_with_a_file(folder: &str) -> BTreeSet<String> {
    let all = all();
    let names = all.iter().filter_map(|golden| golden.name.strip_prefix(&format!("{folder}/")));
    names.map(str::to_owned).collect()
}

#[test]
fn every_kind_has_a_golden_file() {
    let folders = [
        ("fact", kinds::<Fact>(r#"{"type":"?"}"#)),
        ("change", kinds::<crate::DeadlineChange>(r#"{"change":"?"}"#)),
        ("case", kinds::<crate::Stage>(r#""?""#)),
        ("notice", kinds::<crate::workflow::NoticeKind>(r#""?""#)),
    ];
    for (folder, kinds) in folders {
        let files = kinds_with_a_file(folder);
        assert!(kinds.len() > 5, "{kinds:?}");
        for kind in kinds {
            assert!(files.contains(&kind), "{folder}/{kind} has no golden file");
        }
    }
    assert_eq!(kinds::<Record>(r#"{"?":{}}"#), ["case"]);
}

/// Where a kind has parts that can be left out, one file has all of them and another none.
#[test]
fn what_can_be_left_out_is_left_out_in_some_file() {
    let mut parts: BTreeMap<(String, String), Vec<BTreeSet<String>>> = BTreeMap::new();
    for golden in all() {
        let value: serde_json::Value = serde_json::from_str(&golden.text).unwrap();
        let facts = value.get("fact").into_iter().map(|fact| (fact, "type"));
        let changes = value.get("changes").and_then(serde_json::Value::as_array).into_iter().flatten();
        for (part, tag) in facts.chain(changes.map(|change| (change, "change"))) {
            let kind = (tag.to_owned(), part[tag].as_str().unwrap().to_owned());
            parts.entry(kind).or_default().push(part.as_object().unwrap().keys().cloned().collect());
        }
    }
    for ((tag, kind), shown) in parts {
        let most: BTreeSet<_> = shown.iter().flatten().cloned().collect();
        let least = shown.iter().cloned().reduce(|a, b| &a & &b).unwrap();
        assert!(shown.contains(&most) && shown.contains(&least), "{tag} {kind}: {shown:?}");
    }
}

/// Damage of every golden file: each bit once, and cut at each place.
#[test]
fn damaged_golden_files_are_refused_or_say_what_they_said() {
    let (mut flips, mut cuts) = (0, 0);
    for golden in all() {
        let mut bytes = golden.text.clone().into_bytes();
        for place in 0..bytes.len() {
            assert!((golden.reads)(&bytes[..place]).is_err(), "{}, cut at {place}", golden.name);
            cuts += 1;
            for bit in 0..8 {
                bytes[place] ^= 1 << bit;
                let read = (golden.reads)(&bytes);
                assert!(read.unwrap_or(true), "{}, bit {bit} of byte {place}", golden.name);
                bytes[place] ^= 1 << bit;
                flips += 1;
            }
        }
    }
    assert!(flips > 100_000 && cuts > 10_000, "{flips} bits, {cuts} cuts");
}
