mod golden;
mod reference;
mod samples;
mod snapshots;

use std::sync::Arc;

use chrono::DateTime;

use super::*;
use crate::case::Stage;
use crate::feedback::{Channel, Feedback};
use crate::id::{CaseId, CommandId, CustomerId, StaffId, TenantId};
use crate::policy::{Policy, PolicyBook};
use crate::workflow::{Actor, Command, Context, Open, decide, fold, owed};
use crate::{NoticeId, WorkingCalendar};

/// A case with an open and a reply, its two events and the notice of the second.
struct Life {
    key: Key,
    record: Record,
    events: Vec<Event>,
    notice: Notice,
}

fn life() -> Life {
    let tenant = TenantId::single();
    let id = CaseId::derive(&tenant, &["stored"]);
    let office = WorkingCalendar::office("office").build().unwrap();
    let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
    let ann = Actor::customer(CustomerId::new("ann").unwrap());
    let kim = Actor::staff(StaffId::new("kim").unwrap());
    let hello = crate::Outbound::new("Hello.", crate::ReplyPath::email("care@shop.example").unwrap());
    let open = Command::from(Open::new(Feedback::complaint(Channel::Chat, "It leaks.")));
    let mut events: Vec<Event> = Vec::new();
    for (n, (actor, command)) in [(ann, open), (kim, Command::Reply(hello))].into_iter().enumerate() {
        let context = Context {
            tenant: &tenant,
            case: id,
            now: DateTime::from_timestamp(1_767_000_000 + 60 * n as i64, 123_456_000).unwrap(),
            occurred_at: None,
            actor: &actor,
            command: CommandId::derive(&tenant, &[&n.to_string()]),
            policies: &policies,
        };
        events.extend(decide(fold(&events).as_ref(), &command, &context).unwrap());
    }
    let case = fold(&events).unwrap();
    assert_eq!((events.len(), case.stage), (2, Stage::InProgress));
    let notice = owed(&case, &events[1]).remove(0);
    Life { key: Key::new(tenant, id), record: Record::Case(Arc::new(case)), events, notice }
}

/// Each of the three, as text, with what reads it.
type Read = Box<dyn Fn(&Key, &[u8]) -> Result<String, DecodeError>>;

fn forms() -> (Key, Vec<(String, Read)>) {
    let life = life();
    let (event, record, notice) = (life.events[1].clone(), life.record, life.notice);
    let texts = [
        encode_event(&life.key, &event).unwrap(),
        encode_record(&record).unwrap(),
        encode_notice(&life.key, &notice).unwrap(),
    ];
    let (version, id) = (record.version(), notice.id);
    let reads: [Read; 3] = [
        Box::new(move |key, bytes| told(decode_event(key, event.version, bytes))),
        Box::new(move |key, bytes| told(decode_record(key, version, bytes))),
        Box::new(move |key, bytes| told(decode_notice(key, id, bytes))),
    ];
    (life.key, texts.into_iter().zip(reads).collect())
}

/// What was read, or the typed reason, after a look at what goes with it.
fn told<T: std::fmt::Debug>(read: Result<T, Undecodable>) -> Result<String, DecodeError> {
    read.map(|value| format!("{value:?}")).map_err(|item| *item.source.downcast().unwrap())
}

/// The text without its sum, for changes that a newer version or a person made.
fn unsummed(text: &str) -> String {
    let start = text.rfind(sum::LEAD).unwrap();
    format!("{}{}", &text[..start], text[start..].trim_start_matches(|c| c != '}'))
}

#[test]
fn what_was_stored_is_read() {
    let life = life();
    for event in &life.events {
        let text = encode_event(&life.key, event).unwrap();
        assert_eq!(decode_event(&life.key, event.version, text.as_bytes()).unwrap(), *event);
        assert!(
            serde_json::from_str::<Event>(&text).is_ok_and(|read| read == *event),
            "plain serde reads it"
        );
    }
    let text = encode_record(&life.record).unwrap();
    assert_eq!(decode_record(&life.key, 2, text.as_bytes()).unwrap(), life.record);
    assert!(serde_json::from_str::<Record>(&text).is_ok_and(|read| read == life.record));
    let text = encode_notice(&life.key, &life.notice).unwrap();
    assert_eq!(decode_notice(&life.key, life.notice.id, text.as_bytes()).unwrap(), life.notice);
    assert!(serde_json::from_str::<Notice>(&text).is_ok_and(|read| read == life.notice));
}

#[test]
fn a_text_without_a_sum_is_read() {
    let (key, forms) = forms();
    for (text, read) in forms {
        let plain = unsummed(&text);
        assert_eq!(plain.len() + sum::LEAD.len() + 17, text.len());
        assert_eq!(read(&key, plain.as_bytes()).unwrap(), read(&key, text.as_bytes()).unwrap());
    }
}

/// Every bit of every text once: it is refused, or it says what it said before (a bit of the name of the
/// sum itself).
#[test]
fn a_bit_that_fell_over_is_found() {
    let (key, forms) = forms();
    let mut refused = 0;
    for (text, read) in forms {
        let good = read(&key, text.as_bytes()).unwrap();
        let mut bytes = text.into_bytes();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                bytes[place] ^= 1 << bit;
                match read(&key, &bytes) {
                    Ok(read) => assert_eq!(read, good, "{}", String::from_utf8_lossy(&bytes)),
                    Err(_) => refused += 1,
                }
                bytes[place] ^= 1 << bit;
            }
        }
    }
    assert!(refused > 10_000, "{refused}");
}

#[test]
fn what_was_cut_or_is_foreign_is_refused_with_its_bytes() {
    let (key, forms) = forms();
    for (text, read) in forms {
        for length in 0..text.len() {
            let cut = &text.as_bytes()[..length];
            assert!(matches!(read(&key, cut), Err(DecodeError::Unreadable { .. })), "{length}");
        }
        let mut more = text.clone();
        more.push('}');
        assert!(matches!(read(&key, more.as_bytes()), Err(DecodeError::Unreadable { .. })));
    }
    let deep = "[".repeat(100_000);
    for foreign in ["", "null", "[]", "{}", "0", "\"case\"", "\u{0}", "<html>", r#"{"case":{}}"#, &deep] {
        let item = decode_event(&key, 1, foreign.as_bytes()).unwrap_err();
        assert_eq!((item.bytes.as_slice(), &item.key), (foreign.as_bytes(), &key));
        assert!(matches!(told(Err::<(), _>(item)), Err(DecodeError::Unreadable { .. })), "{foreign:.9}");
        assert!(decode_record(&key, 1, foreign.as_bytes()).is_err());
    }
    assert!(decode_event(&key, 1, &[0xff, 0xfe, 0x00]).is_err());
}

#[test]
fn what_belongs_elsewhere_is_refused() {
    let life = life();
    let text = |event: &Event| encode_event(&life.key, event).unwrap();
    let altered = |read: Result<String, DecodeError>| matches!(read, Err(DecodeError::Altered));
    let other = [
        Key::new(life.key.tenant.clone(), CaseId::derive(&life.key.tenant, &["other"])),
        Key { tenant: TenantId::new("other").unwrap(), id: life.key.id },
    ];
    let record = encode_record(&life.record).unwrap();
    let notice = encode_notice(&life.key, &life.notice).unwrap();
    for key in &other {
        for event in &life.events {
            assert!(altered(told(decode_event(key, event.version, text(event).as_bytes()))));
        }
        assert!(altered(told(decode_record(key, 2, record.as_bytes()))));
        assert!(altered(told(decode_notice(key, life.notice.id, notice.as_bytes()))));
        // What has no sum is asked what it says of itself.
        let first = unsummed(&text(&life.events[0]));
        assert!(altered(told(decode_event(key, 1, first.as_bytes()))));
        assert!(altered(told(decode_record(key, 2, unsummed(&record).as_bytes()))));
    }
    assert!(altered(told(decode_event(&life.key, 1, text(&life.events[1]).as_bytes()))));
    assert!(altered(told(decode_record(&life.key, 1, record.as_bytes()))));
    let id = NoticeId { n: 1, ..life.notice.id };
    assert!(altered(told(decode_notice(&life.key, id, notice.as_bytes()))));
}

#[test]
fn a_newer_form_is_refused_as_such_whatever_else_it_holds() {
    let (key, forms) = forms();
    for (text, read) in forms {
        // An object more or less deep: the number stands beside the sum.
        let close = text.rfind(sum::LEAD).unwrap();
        let with = |more: &str| {
            format!("{}{more}{}", &text[..close], text[close..].trim_start_matches(|c| c != '}'))
        };
        assert!(read(&key, with(r#","format":1"#).as_bytes()).is_ok());
        assert!(read(&key, with(r#","shade":{"of":["grey",7]}"#).as_bytes()).is_ok(), "a field more");
        for number in ["2", "65535", "18446744073709551615"] {
            let newer = with(&format!(r#","format":{number}"#));
            let error = read(&key, newer.as_bytes()).unwrap_err();
            assert!(
                matches!(error, DecodeError::Newer { format, newest: 1 } if format.to_string() == number)
            );
            // Also where nothing else of it can be read.
            let lost = newer.replace("\"version\"", "\"turn\"").replace("\"stage\"", "\"place\"");
            assert!(matches!(read(&key, lost.as_bytes()), Err(DecodeError::Newer { .. })), "{lost}");
        }
        for wrong in ["0", "-1", "1.5", "\"1\"", "null", "18446744073709551616"] {
            let wrong = with(&format!(r#","format":{wrong}"#));
            assert!(matches!(read(&key, wrong.as_bytes()), Err(DecodeError::Unreadable { .. })), "{wrong}");
        }
    }
    let event = r#"{"format":2,"fact":{"type":"teleported"}}"#;
    assert!(matches!(told(decode_event(&key, 1, event.as_bytes())), Err(DecodeError::Newer { .. })));
    let record = r#"{"promise":{"format":2}}"#;
    assert!(matches!(told(decode_record(&key, 1, record.as_bytes())), Err(DecodeError::Newer { .. })));
}

#[test]
fn an_unknown_kind_is_named() {
    let (key, forms) = forms();
    let known = [
        vec![r#""type":"replied""#, r#""change":"met""#, r#""kind":"respond""#],
        vec![r#"{"case":"#, r#""stage":"in-progress""#, r#""cause":"opened""#, r#""state":"running""#],
        vec![r#""kind":"message""#, r#"{"customer":"#],
    ];
    for ((text, read), known) in forms.into_iter().zip(known) {
        let text = unsummed(&text);
        for known in known {
            assert!(text.contains(known), "{known} in {text}");
            let name = known.rsplit('"').nth(1).unwrap();
            let other = text.replace(known, &known.replace(name, "teleported"));
            let error = read(&key, other.as_bytes()).unwrap_err();
            assert!(matches!(error, DecodeError::UnknownKind { .. }), "{known}: {error}");
            assert!(error.to_string().contains("`teleported`"), "{error}");
        }
    }
}

#[test]
fn an_error_of_reading_is_the_source_of_a_corrupt_record() {
    let life = life();
    let item = decode_record(&life.key, 2, br#"{"case":{"format":9}}"#).unwrap_err();
    let error = BackendError::from(item);
    let source = std::error::Error::source(&error).unwrap();
    assert!(matches!(source.downcast_ref(), Some(DecodeError::Newer { format: 9, .. })));
    assert_eq!(source.to_string(), "it is stored in form 9, and this version reads none newer than 1");
}

/// The sum is part of the written form: texts of today have to fit it for ever.
#[test]
fn the_sum_never_changes() {
    let key = Key::new(TenantId::single(), CaseId::from_uuid(uuid::Uuid::from_u128(7)));
    assert_eq!(sum::of(&key, b""), "190daddb5ddc1f4e");
    assert_eq!(sum::of(&key, br#"{"version":1"#), "89574e7144740d10");
}
