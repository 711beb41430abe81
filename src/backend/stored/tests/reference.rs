//! The page about the written form says what is written: every part, every name, what can be left out.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::{self, DeserializeOwned, Deserializer, Visitor, value};
use serde_json::Value;

use super::golden::{all, kinds};
use super::samples::*;
use super::snapshots::records;
use crate::backend::Record;
use crate::case::{Ended, Outgoing, Purpose, WasEnded};
use crate::conversation::{ConversationHead, Delivery};
use crate::deadline::{About, Basis, Breach, DeadlineState, Deadlines, NextStep, Promised, Tally};
use crate::feedback::{ContactKind, Priority};
use crate::policy::{Extension, ExtensionLength, Span};
use crate::resolution::{Exit, RecordedRemedy};
use crate::workflow::{BreachCause, NoticeKind, Opened, Recipient, Said};
use crate::{
    Case, Channel, CloseReason, Closed, Consent, Credited, Cycle, CycleCause, Deadline, DeadlineChange,
    DeadlineId, DeadlineKind, Event, Excuse, ExitReason, Fact, FeedbackKind, Head, MootReason, Notice,
    NoticeId, Outcome, Party, Pause, Rating, Reference, RemedyKind, ReplyPathKind, ResolveLeft, Resolved,
    Satisfaction, Scale, Stage, Tone, Verdict, WaitingFor,
};

const PAGE: &str = include_str!("../reference.md");

/// The rows of the table under a heading, without its head.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let (_, rest) = PAGE.split_once(&format!("{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let lines =
        rest.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let rows = lines.skip(2).map(|line| line.trim_matches('|').split('|').map(str::trim).collect());
    rows.collect()
}

/// What stands between backquotes.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Asks a type for the names of its fields.
struct Fields;

type Named = value::Error;

impl<'de> Deserializer<'de> for Fields {
    type Error = Named;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Named> {
        Err(de::Error::custom("it has no fields"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Named> {
        Err(de::Error::custom(fields.join(" ")))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// A part: its name on the page, its fields by serde, and those of them that can be left out, as is found
/// by leaving each out.
struct Part {
    name: &'static str,
    fields: Vec<String>,
    optional: BTreeSet<String>,
}

fn part<T: Serialize + DeserializeOwned>(name: &'static str, full: &T) -> Part {
    let fields = T::deserialize(Fields).err().unwrap().to_string();
    let fields: Vec<String> =
        fields.split(' ').filter(|field| *field != "format").map(str::to_owned).collect();
    let full = serde_json::to_value(full).unwrap();
    let written: BTreeSet<_> = full.as_object().unwrap().keys().cloned().collect();
    assert_eq!(written, fields.iter().cloned().collect(), "{name}: the sample writes every part");
    let optional = fields.iter().filter(|field| reads_without::<T>(&full, field)).cloned().collect();
    Part { name, fields, optional }
}

fn reads_without<T: DeserializeOwned>(full: &Value, field: &str) -> bool {
    let mut less = full.clone();
    less.as_object_mut().unwrap().remove(field);
    serde_json::from_value::<T>(less).is_ok()
}

fn parts() -> Vec<Part> {
    let Record::Case(case) = records().pop().unwrap().1;
    let case = Case::clone(&case);
    let fact = |wanted: &str| facts().into_iter().find(|(name, _)| *name == wanted).unwrap().1;
    let Fact::Opened(opened) = fact("opened") else { panic!() };
    let Fact::Acknowledged { message } = fact("acknowledged") else { panic!() };
    let Fact::Closed { closed, .. } = fact("closed") else { panic!() };
    let Fact::Answered { satisfaction, .. } = fact("answered") else { panic!() };
    let outgoing = case.cycle.outgoing[0].clone();
    let breach = case.deadlines.breaches().iter().find(|breach| breach.excused.is_some()).unwrap().clone();
    let breach = Breach { soft: true, ..breach };
    let deadline = full_deadline();
    let (_, notice) = super::snapshots::notices().into_iter().find(|(_, n)| n.purpose.is_some()).unwrap();
    let destination = crate::workflow::Destination::new("audit-webhook").unwrap();
    let notice = Notice { deadline: Some(id(DeadlineKind::Respond)), destination, ..notice };
    vec![
        part::<Event>("event", &dated()),
        part::<Opened>("opened", &opened),
        part::<Said>("message", &message),
        part::<Resolved>("resolution", &resolved()),
        part::<RecordedRemedy>("remedy", &resolved().remedies[0]),
        part::<ResolveLeft>("left", &left()),
        part::<Satisfaction>("satisfaction", &satisfaction),
        part::<Rating>("rating", &satisfaction.rating.unwrap()),
        part::<Exit>("exit", &full_exit()),
        part::<Closed>("closed", &closed),
        part::<crate::case::Involved>("involved", &involved()[0]),
        part::<crate::case::Participant>("participant", &participants()[0]),
        part::<crate::case::Seat>("seat", &seat()),
        part::<crate::case::ContactRef>("contact", &contacts()[0]),
        part::<crate::case::MoreContacts>("more contacts", &more_contacts()[0]),
        part::<Head>("head", &full_head()),
        part::<Reference>("reference", &full_head().references[0]),
        part::<Consent>("consent", &full_head().consent),
        part::<Deadline>("deadline", &deadline),
        part::<DeadlineId>("deadline id", &deadline.id),
        part::<Basis>("basis", &deadline.basis),
        part::<Extension>("extension", deadline.extension.as_ref().unwrap()),
        part::<NextStep>("next step", deadline.next_step.as_ref().unwrap()),
        part::<Case>("case", &case),
        part::<crate::Waiting>("waiting", &crate::Waiting { who: 1, ..case.conversation.waiting[0] }),
        part::<ConversationHead>("conversation", &case.conversation),
        part::<Cycle>("cycle", &case.cycle),
        part::<Pause>("pause", &Pause { resolved: true, ..pauses()[0] }),
        part::<Outgoing>("outgoing", &outgoing),
        part::<Ended>("ended", &outgoing.ended[0]),
        part::<Deadlines>("deadlines", &case.deadlines),
        part::<Breach>("breach", &breach),
        part::<Tally>("tally", &case.deadlines.tally(DeadlineKind::Respond)),
        part::<Notice>("notice", &notice),
        part::<NoticeId>("notice id", &notice.id),
    ]
}

/// `name` and `name?`: with a question mark, it can be left out.
fn written(fields: impl IntoIterator<Item = String>, optional: &BTreeSet<String>) -> Vec<String> {
    let mark = |field: String| if optional.contains(&field) { format!("{field}?") } else { field };
    fields.into_iter().map(mark).collect()
}

#[test]
fn every_part_stands_on_the_page_with_every_field() {
    for part in parts() {
        let rows = rows(&format!("## {}", part.name));
        let listed: Vec<_> = rows.iter().flat_map(|row| quoted(row[0])).collect();
        assert_eq!(listed, written(part.fields, &part.optional), "{}", part.name);
        assert!(rows.iter().all(|row| row.len() == 3 && !row[1].is_empty()), "{}", part.name);
    }
}

/// The fields of a variant, from how it is shown for debugging: those that have nothing in them, too.
fn shown(value: &impl std::fmt::Debug) -> Vec<String> {
    let shown = format!("{value:#?}");
    let fields = shown.lines().filter_map(|line| line.strip_prefix("    ")?.split_once(':'));
    fields.map(|(name, _)| name.to_owned()).filter(|name| !name.starts_with(' ')).collect()
}

/// The kinds of facts or of changes as the page lists them, with their fields.
fn listed<T: Serialize + DeserializeOwned + std::fmt::Debug>(
    heading: &str,
    tag: &str,
    names: &[String],
    full: impl Fn(&str) -> T,
) {
    let rows = rows(heading);
    let on_the_page: Vec<_> = rows.iter().map(|row| quoted(row[0]).remove(0)).collect();
    assert_eq!(on_the_page, names, "{heading}");
    for row in rows {
        let name = quoted(row[0]).remove(0);
        let value = full(&name);
        let json = serde_json::to_value(&value).unwrap();
        let fields = shown(&value);
        if fields.is_empty() {
            // A part of its own, which has a table.
            continue;
        }
        let there: BTreeSet<_> =
            json.as_object().unwrap().keys().filter(|key| *key != tag).cloned().collect();
        assert_eq!(there, fields.iter().cloned().collect(), "{name}: the sample writes every part");
        let optional = fields.iter().filter(|field| reads_without::<T>(&json, field)).cloned().collect();
        assert_eq!(quoted(row[1]), written(fields, &optional), "{name}");
    }
}

#[test]
fn every_fact_and_every_change_stands_on_the_page() {
    listed::<Fact>("# What happened", "type", &kinds::<Fact>(r#"{"type":"?"}"#), |name| {
        facts().into_iter().find(|(other, _)| *other == name).unwrap().1
    });
    listed::<DeadlineChange>(
        "# What happens to deadlines",
        "change",
        &kinds::<DeadlineChange>(r#"{"change":"?"}"#),
        |name| changes().into_iter().find(|(other, _)| *other == name).unwrap().1,
    );
}

/// A list of words, and which of them stand alone. The others carry something.
struct Words {
    name: &'static str,
    words: Vec<String>,
    carrying: Vec<String>,
}

fn words<T: Serialize + DeserializeOwned>(name: &'static str) -> Words {
    let words = kinds::<T>(r#""?""#);
    let alone = |word: &&String| {
        let text = format!("\"{word}\"");
        let read = serde_json::from_str::<T>(&text).ok();
        read.inspect(|read| assert_eq!(serde_json::to_string(read).unwrap(), text)).is_some()
    };
    let carrying = words.iter().filter(|word| !alone(word)).cloned().collect();
    Words { name, words, carrying }
}

/// A list that applications extend.
fn open(name: &'static str, known: impl Iterator<Item = String>) -> Words {
    Words { name, words: known.collect(), carrying: Vec::new() }
}

fn lists() -> Vec<Words> {
    vec![
        words::<Stage>("stage"),
        words::<CloseReason>("reason to close"),
        words::<CycleCause>("cause of a cycle"),
        words::<WaitingFor>("waiting for"),
        words::<Party>("party"),
        words::<Credited>("credited"),
        words::<Recipient>("recipient"),
        words::<Tone>("tone"),
        words::<ReplyPathKind>("reply path"),
        words::<ContactKind>("kind of contact"),
        words::<Delivery>("delivery"),
        words::<Purpose>("purpose"),
        words::<Priority>("priority"),
        words::<Scale>("scale"),
        words::<Verdict>("verdict"),
        words::<DeadlineKind>("kind of deadline"),
        words::<DeadlineState>("state of a deadline"),
        words::<About>("about"),
        words::<Promised>("promised"),
        words::<MootReason>("reason to be moot"),
        words::<Excuse>("excuse"),
        words::<BreachCause>("cause of a breach"),
        words::<WasEnded>("had ended"),
        words::<ExtensionLength>("length of an extension"),
        words::<NoticeKind>("kind of notice"),
        open("kind of feedback", FeedbackKind::KNOWN.iter().map(ToString::to_string)),
        open("channel", Channel::KNOWN.iter().map(ToString::to_string)),
        open("outcome", Outcome::KNOWN.iter().map(ToString::to_string)),
        open("kind of remedy", RemedyKind::KNOWN.iter().map(ToString::to_string)),
        open("reason to leave", ExitReason::KNOWN.iter().map(ToString::to_string)),
    ]
}

#[test]
fn every_list_of_words_stands_on_the_page() {
    let rows = rows("# Words");
    let lists = lists();
    let names: Vec<_> = lists.iter().map(|list| list.name).collect();
    assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), names);
    for (row, list) in rows.iter().zip(&lists) {
        assert_eq!(quoted(row[1]), list.words, "{}", list.name);
    }
}

fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            found.insert(key.clone());
            keys(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        _ => {}
    }
}

/// What a word carries is in some golden file.
#[test]
fn words_that_carry_something_have_a_golden_file() {
    let mut found = BTreeSet::new();
    for golden in all() {
        keys(&serde_json::from_str(&golden.text).unwrap(), &mut found);
    }
    for list in lists() {
        for word in &list.carrying {
            assert!(found.contains(word), "{}: nothing is stored with {word}", list.name);
        }
    }
}

/// The example on the page is what is stored.
#[test]
fn the_example_on_the_page_is_stored_so() {
    let golden = all().into_iter().find(|golden| golden.name == "fact/promised").unwrap();
    let example = PAGE.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let same = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(same(example), same(&golden.text));
    let span: Span = serde_json::from_str(r#"{"weeks":8}"#).unwrap();
    assert_eq!(span, Span::weeks(8));
}
