//! Whatever stands in a subject or in the name of a file, the complaint is taken, and what is kept can be
//! shown on one line.

use pollster::block_on;
use talkback::backend::TextQuery;
use talkback::workflow::{MAX_LINE_CHARS, texts};
use talkback::{
    Attachment, Backend, Channel, Command, CommandId, Contact, CustomerId, Feedback, IdError, MemoryBackend,
    Name, Request, TenantId, Text, TextKind,
};

use super::{Room, ann, ann_id};

/// What was seen to be refused, and what else lies near it.
const TRICKS: [&str; 16] = [
    "👨\u{200d}👩\u{200d}👧 Kettle",
    "می\u{200c}خواهم",
    "\u{200e}Order 17\u{200f}",
    "The kettle\tleaks",
    "The kettle\r\n leaks",
    "Hello\r\nBcc: ann@example.org",
    "invoice\u{202e}fdp.exe",
    "\u{2067}open",
    "shut\u{2069}\u{202c}",
    "a.php\0.png",
    "esc\u{1b}[2J",
    "\u{2028}\u{2029}\u{85}",
    "\u{feff}\u{200b}",
    "",
    "   ",
    "Z\u{301}\u{316}\u{327}\u{334}",
];

/// The tricks of the shared files, if they are there.
fn given() -> Vec<String> {
    let files =
        ["blns/blns.json", "own/unicode_tricks.json", "own/filenames.json", "own/header_injection.json"];
    let files = files.map(|name| format!("naughty/{name}"));
    let paths = crate::given::data(&files.each_ref().map(String::as_str)).unwrap_or_default();
    let mut found = Vec::new();
    for path in paths {
        strings(&serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap(), &mut found);
    }
    found
}

fn strings(value: &serde_json::Value, found: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => found.push(text.clone()),
        serde_json::Value::Array(all) => all.iter().for_each(|one| strings(one, found)),
        serde_json::Value::Object(all) => all.values().for_each(|one| strings(one, found)),
        _ => {}
    }
}

fn tricks() -> Vec<String> {
    let long = "äß".repeat(MAX_LINE_CHARS);
    TRICKS.map(str::to_owned).into_iter().chain([long]).chain(given()).collect()
}

/// A complaint with the trick wherever words of others may stand.
fn complaint(trick: &str) -> Feedback {
    let file = Attachment::new(trick, trick, format!("files/{trick}"));
    Feedback::complaint(Channel::Email, "The kettle leaks.")
        .with_subject(trick)
        .with_contact(Contact::email("ann@example.org").unwrap())
        .with_attachment(file)
}

fn can_be_shown_on_one_line(text: &str) {
    assert!(text.chars().count() <= MAX_LINE_CHARS);
    assert!(
        !text.contains(|c: char| c.is_control() || "\u{2028}\u{2029}\u{202d}\u{202e}".contains(c)),
        "{text:?}"
    );
    let count = |of: &str| text.chars().filter(|c| of.contains(*c)).count();
    assert_eq!(count("\u{2066}\u{2067}\u{2068}"), count("\u{2069}"), "isolates of {text:?}");
    assert_eq!(count("\u{202a}\u{202b}"), count("\u{202c}"), "embeddings of {text:?}");
}

async fn takes_every_complaint<B: Backend>(room: &Room<B>) {
    for (n, trick) in tricks().iter().enumerate() {
        let command: Command = talkback::workflow::Open::new(complaint(trick)).into();
        let id = CommandId::derive(&TenantId::single(), &["hostile", &n.to_string()]);
        let case = talkback::CaseId::derive(&TenantId::single(), &["hostile", &n.to_string()]);
        let told = room.desk.execute(case, Request::new(ann(), command.clone()).with_id(id)).await;
        assert!(told.is_ok(), "{trick:?}: {told:?}");
        let meant = texts(&command, id, &ann_id(), &ann_id());
        let ids = meant.iter().map(|text| text.id).collect();
        let read = room.backend.texts(TextQuery::new(TenantId::single(), ids)).await.unwrap();
        let read: Vec<Text> = read.into_iter().map(Option::unwrap).collect();
        assert!(read == meant, "{trick:?} does not come back");
        let subject = read.iter().find(|text| text.kind == TextKind::Subject).unwrap();
        can_be_shown_on_one_line(&subject.body);
        let [name, locator, media_type] =
            [64, 128, 192].map(|slot| read.iter().find(|text| text.id.slot == slot).unwrap());
        can_be_shown_on_one_line(&name.body);
        can_be_shown_on_one_line(&media_type.body);
        assert_eq!(locator.body, format!("files/{trick}"), "a locator is the application's own");
    }
}

#[test]
fn no_complaint_is_refused_for_its_subject_or_a_file_name() {
    block_on(takes_every_complaint(&Room::over(MemoryBackend::new())));
}

#[cfg(feature = "sqlite")]
#[test]
fn no_complaint_is_refused_for_its_subject_or_a_file_name_in_sqlite() {
    block_on(takes_every_complaint(&Room::over(talkback::SqliteBackend::open_in_memory().unwrap())));
}

#[cfg(feature = "postgres-deadpool")]
#[test]
fn no_complaint_is_refused_for_its_subject_or_a_file_name_in_postgresql() {
    crate::backend::postgres::world::with(async |world| {
        let (backend, _) = world.store().await;
        takes_every_complaint(&Room::over(backend)).await;
    });
}

#[test]
fn what_people_write_is_kept_as_it_was() {
    for kept in &TRICKS[..3] {
        let command: Command = talkback::workflow::Open::new(complaint(kept)).into();
        let id = CommandId::derive(&TenantId::single(), &["kept"]);
        let subject =
            texts(&command, id, &ann_id(), &ann_id()).into_iter().find(|text| text.kind == TextKind::Subject);
        assert_eq!(subject.unwrap().body, *kept);
    }
}

/// A name out of somebody else's data is made, or there is nothing in it.
#[test]
fn every_name_is_made_or_blank() {
    for trick in tricks() {
        match Name::lossy(&trick) {
            Ok(name) => {
                assert_eq!(Name::new(name.as_str()).unwrap(), name);
                assert_eq!(Name::lossy(name.as_str()).unwrap(), name, "made of {trick:?} once more");
            }
            Err(why) => {
                assert!(why == IdError::Empty && CustomerId::new(&trick).is_err(), "{trick:?}: {why}");
            }
        }
    }
}
