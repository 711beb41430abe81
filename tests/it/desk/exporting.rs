//! One person's data: all of theirs, and nobody else's.

use chrono::TimeDelta;
use pollster::block_on;
use serde_json::{Value, json};
use talkback::workflow::{
    Await, CustomerWrote, Merge, Open, RecordAnswer, RecordExit, Resolve, Split, Withdraw,
};
use talkback::{
    Attachment, Backend, CaseId, Channel, Code, Command, Consent, Contact, Credit, CustomerId, Exit,
    ExitReason, Feedback, MemoryBackend, Name, Outcome, Rating, RemedyKind, Request, Resolution,
    Satisfaction, Scale, StaffId, TenantId, Verdict, Words,
};

use super::{Room, ann, ann_id, id, kim, monday, say};

fn bob_id() -> CustomerId {
    CustomerId::new("customer-18").unwrap()
}

fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

fn written(words: &str) -> Words {
    Words::new(words)
}

impl<B: Backend> Room<B> {
    async fn export(&self, person: &CustomerId) -> Value {
        serde_json::to_value(self.desk.export_person(person).await.unwrap()).unwrap()
    }

    async fn does(&self, case: CaseId, name: &str, by: talkback::Actor, command: impl Into<Command>) {
        self.desk.execute(case, Request::new(by, command).with_id(id(name))).await.unwrap();
    }

    async fn opens(&self, n: u32, by: CustomerId, words: &str) -> CaseId {
        let case = CaseId::derive(&TenantId::single(), &["export", &n.to_string()]);
        let contact = Contact::email(&format!("{by}@example.org")).unwrap();
        let feedback = Feedback::complaint(Channel::Chat, words).with_contact(contact);
        let open = Open::new(feedback);
        self.does(case, &format!("open {n}"), talkback::Actor::customer(by), open).await;
        case
    }
}

/// The life of one case with everything in it that an export shows, or must not.
async fn a_whole_life<B: Backend>(room: &Room<B>) -> CaseId {
    let case = CaseId::derive(&TenantId::single(), &["export", "whole"]);
    let photo = Attachment::new("kettle.jpg", "image/jpeg", "files/1");
    let feedback = Feedback::complaint(Channel::Chat, "The kettle leaks.")
        .with_subject("Kettle")
        .with_rating(Rating::new(Scale::Stars, 2).unwrap())
        .with_label(code("kitchen"))
        .with_reference(code("order"), Name::new("1017").unwrap())
        .with_consent(Consent { surveys: true, ..Consent::default() })
        .with_contact(Contact::email("ann@example.org").unwrap())
        .with_attachment(photo);
    room.does(case, "open", ann(), Open::new(feedback)).await;
    room.does(case, "note", kim(), Command::Note(written("SECRET note about the neighbour"))).await;
    room.does(case, "hello", kim(), Command::Reply(say("We look into it."))).await;
    let wait = Await::customer("SECRET reason", monday() + TimeDelta::days(1));
    room.does(case, "wait", kim(), wait).await;
    room.does(case, "again", ann(), CustomerWrote::new("It still leaks.")).await;
    let credit = Credit::staff(StaffId::new("lee").unwrap()).saying("SECRET praise of Lee");
    let resolution = Resolution::new(Outcome::Fixed).with(RemedyKind::Fix, "A new kettle.").crediting(credit);
    room.does(case, "resolve", kim(), Resolve::telling(resolution, say("A new one is on its way."))).await;
    room.does(case, "ask", kim(), Command::FollowUp(say("Did it help?"))).await;
    let happy = Satisfaction::of(Verdict::Satisfied).rated(Rating::new(Scale::Csat, 5).unwrap());
    let answer = RecordAnswer { satisfaction: happy, words: Some(written("It does.")) };
    room.does(case, "answer", ann(), answer).await;
    case
}

fn message(name: &str, direction: &str, words: &Value) -> Value {
    let reply_path = if direction == "to-person" { json!("email") } else { Value::Null };
    json!({
        "id": id(name), "at": monday(), "direction": direction, "words": words, "reply_path": reply_path,
        "files": [],
    })
}

fn text(words: &str) -> Value {
    json!({ "text": words })
}

fn whole(case: CaseId, text: impl Fn(&str) -> Value) -> Value {
    let file = json!({
        "name": text("kettle.jpg"), "media_type": text("image/jpeg"), "locator": text("files/1"),
    });
    let mut opened = message("open", "from-person", &text("The kettle leaks."));
    opened["files"] = json!([file]);
    json!({
        "format": 1,
        "person": "customer-17",
        "exported_at": monday(),
        "cases": [{
            "case": case,
            "feedback": {
                "received_at": monday(),
                "kind": "complaint",
                "channel": "chat",
                "priority": "normal",
                "stage": "followed-up",
                "closed": null,
                "subject": text("Kettle"),
                "rating": { "scale": "stars", "value": 2.0 },
                "touchpoint": null,
                "labels": ["kitchen"],
                "references": [{ "kind": "order", "id": "1017" }],
                "consent": { "surveys": true, "publication": false, "next_version": false },
            },
            "contacts": [{ "kind": "email", "address": text("ann@example.org") }],
            "messages": [
                opened,
                message("hello", "to-person", &text("We look into it.")),
                message("again", "from-person", &text("It still leaks.")),
                message("resolve", "to-person", &text("A new one is on its way.")),
                message("ask", "to-person", &text("Did it help?")),
                message("answer", "from-person", &text("It does.")),
            ],
            "resolutions": [{
                "at": monday(),
                "outcome": "fixed",
                "remedies": [{ "kind": "fix", "words": text("A new kettle.") }],
                "root_cause": null,
            }],
            "answers": [{
                "at": monday(), "verdict": "satisfied", "rating": { "scale": "csat", "value": 5.0 },
            }],
            "exits": [],
        }],
    })
}

async fn shows_everything_and_nothing_internal<B: Backend>(room: Room<B>) {
    let case = a_whole_life(&room).await;
    let export = room.export(&ann_id()).await;
    assert_eq!(export, whole(case, text));
    for secret in ["SECRET", "kim", "lee"] {
        assert!(!export.to_string().contains(secret), "{secret}");
    }
    assert!(!format!("{:?}", room.desk.export_person(&ann_id()).await.unwrap()).contains("leaks"));
    room.desk.erase_person(ann_id()).await.unwrap();
    assert_eq!(room.export(&ann_id()).await, whole(case, |_| json!("erased")));
}

#[test]
fn an_export_shows_everything_and_nothing_internal() {
    block_on(shows_everything_and_nothing_internal(Room::over(MemoryBackend::new())));
}

#[cfg(feature = "sqlite")]
#[test]
fn an_export_from_a_file_is_the_same() {
    let folder = crate::scratch::Scratch::new();
    let backend = talkback::SqliteBackend::open(folder.file("store.db")).unwrap();
    block_on(shows_everything_and_nothing_internal(Room::over(backend)));
}

/// What stands in place of a case that cannot be read would be an export that looks complete.
#[cfg(feature = "sqlite")]
#[test]
fn an_export_leaves_nothing_out_in_silence() {
    block_on(async {
        let folder = crate::scratch::Scratch::new();
        let path = folder.file("store.db");
        let room = Room::over(talkback::SqliteBackend::open(&path).unwrap());
        for n in 1..=2 {
            room.opens(n, ann_id(), "The kettle leaks.").await;
        }
        let file = talkback::testing::rusqlite::Connection::open(&path).unwrap();
        file.execute_batch("UPDATE records SET body = 'oops' WHERE num = 2").unwrap();
        let refused = room.desk.export_person(&ann_id()).await.unwrap_err();
        assert!(
            matches!(refused, talkback::Error::Backend(talkback::BackendError::Corrupt { .. })),
            "{refused:?}"
        );
    });
}

/// Ann's case, and Bob's, which was merged into it.
async fn two_in_one<B: Backend>(room: &Room<B>) -> [CaseId; 2] {
    let hers = room.opens(1, ann_id(), "ANN: the kettle leaks.").await;
    let his = room.opens(2, bob_id(), "BOB: mine, too.").await;
    let merge = Merge::into(hers, "the same kettle").telling(say("BOB: we look into both."));
    room.does(his, "merge", kim(), merge).await;
    [hers, his]
}

/// Of two persons who speak in one case, each gets their own words.
#[test]
fn nobody_gets_the_words_of_another() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let [hers, his] = two_in_one(&room).await;
        let bob = || talkback::Actor::customer(bob_id());
        room.does(his, "bob writes", bob(), CustomerWrote::new("BOB: any news?")).await;
        room.does(hers, "bob writes there", bob(), CustomerWrote::new("BOB: hello?")).await;
        room.does(hers, "ann writes", ann(), CustomerWrote::new("ANN: it still leaks.")).await;
        room.does(hers, "reply", kim(), Command::Reply(say("ANN: a new one is on its way."))).await;
        let mut about = Feedback::question(Channel::Chat, "");
        about.body = None;
        let split = Split::message(id("bob writes").into(), about, "another matter");
        room.does(hers, "split", kim(), split).await;

        let (anns, bobs) = (room.export(&ann_id()).await, room.export(&bob_id()).await);
        let said = |export: &Value| {
            let words = export["cases"].as_array().unwrap().iter().flat_map(|case| {
                let all = case["messages"].as_array().unwrap().iter();
                all.map(|message| message["words"]["text"].as_str().unwrap().to_owned())
            });
            words.collect::<Vec<_>>()
        };
        assert_eq!(
            said(&anns),
            ["ANN: the kettle leaks.", "ANN: it still leaks.", "ANN: a new one is on its way."]
        );
        assert_eq!(
            said(&bobs),
            ["BOB: any news?", "BOB: mine, too.", "BOB: we look into both.", "BOB: any news?", "BOB: hello?"],
            "what was split off, which is his, his first case, and hers"
        );
        assert!(!anns.to_string().contains("BOB") && !bobs.to_string().contains("ANN"));
        assert!(!anns.to_string().contains("customer-18") && !bobs.to_string().contains("customer-17"));
        let own = bobs["cases"].as_array().unwrap().iter().map(|case| !case["feedback"].is_null());
        assert_eq!(own.collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(bobs["cases"][2]["contacts"][0]["address"]["text"], "customer-18@example.org");

        // Nor does an erasure of hers take his words.
        room.desk.erase_person(ann_id()).await.unwrap();
        assert_eq!(room.export(&bob_id()).await["cases"], bobs["cases"]);
        let erased = room.export(&ann_id()).await;
        assert!(!erased.to_string().contains("text"), "{erased}");
        let told = erased["cases"].as_array().unwrap().iter().find(|case| case["case"] == json!(hers));
        assert_eq!(told.unwrap()["messages"].as_array().unwrap().len(), 3, "that they were said stands");
    });
}

/// Her son acts for her: the matter is hers, the words are his.
#[test]
fn words_belong_to_who_spoke_and_not_to_the_customer_of_the_case() {
    block_on(words_belong_to_who_spoke(Room::over(MemoryBackend::new())));
}

#[cfg(feature = "sqlite")]
#[test]
fn in_a_file_words_belong_to_who_spoke_too() {
    let folder = crate::scratch::Scratch::new();
    let backend = talkback::SqliteBackend::open(folder.file("store.db")).unwrap();
    block_on(words_belong_to_who_spoke(Room::over(backend)));
}

async fn words_belong_to_who_spoke<B: Backend>(room: Room<B>) {
    let hers = room.opens(1, ann_id(), "The kettle leaks.").await;
    let son = CustomerId::new("customer-19").unwrap();
    let he = talkback::Actor::customer(son.clone()).on_behalf_of(ann_id());
    room.does(hers, "he writes", he, CustomerWrote::new("My mother has no e-mail.")).await;
    let on_the_phone = kim().on_behalf_of(ann_id());
    room.does(hers, "kim writes down", on_the_phone, CustomerWrote::new("It drips.")).await;
    let said = async |person: &CustomerId| {
        let export = room.export(person).await;
        let messages = export["cases"].as_array().unwrap().iter().map(|case| case["messages"].clone());
        let words = messages.flat_map(|all| all.as_array().unwrap().clone());
        words.map(|message| message["words"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(said(&ann_id()).await, [text("The kettle leaks."), text("It drips.")]);
    assert_eq!(said(&son).await, [text("My mother has no e-mail.")]);
    room.desk.erase_person(son.clone()).await.unwrap();
    assert_eq!(said(&son).await, ["erased"]);
    assert_eq!(said(&ann_id()).await, [text("The kettle leaks."), text("It drips.")]);
    room.desk.erase_person(ann_id()).await.unwrap();
    assert_eq!(said(&ann_id()).await, ["erased", "erased"]);
}

/// The case into which his was merged is over for good: what he writes then opens one of his own.
#[test]
fn whoever_was_merged_goes_on_in_a_case_of_their_own() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let [hers, his] = two_in_one(&room).await;
        let bob = || talkback::Actor::customer(bob_id());
        room.does(hers, "she leaves", ann(), Withdraw::matter(ExitReason::Price)).await;
        room.does(hers, "he leaves", bob(), Withdraw::matter(ExitReason::Price)).await;
        room.later(TimeDelta::days(400));
        room.does(his, "bob writes", bob(), CustomerWrote::new("BOB: it leaks again.")).await;
        let case =
            room.desk.find(room.desk.query(), talkback::backend::PageRequest::first(10)).await.unwrap().items;
        let cases = case.into_iter().map(|found| found.unwrap().record);
        let talkback::backend::Record::Case(case) = cases.last().unwrap() else { panic!("a case") };
        assert_eq!((&case.head.customer, case.head.continues), (&bob_id(), Some(hers)));
        assert!(!case.head.consent.surveys && case.head.contacts[0].kind == talkback::ContactKind::Email);
        let bobs = room.export(&bob_id()).await;
        assert!(bobs.to_string().contains("BOB: it leaks again."), "{bobs}");
        assert!(!bobs.to_string().contains("ANN"), "{bobs}");
    });
}

#[test]
fn why_somebody_left_is_theirs() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let case = room.opens(1, ann_id(), "The kettle leaks.").await;
        room.does(case, "leave", ann(), Withdraw::leaving(ExitReason::NotSaid)).await;
        let exit = Exit::because(ExitReason::Price).hearing_from_us(false);
        room.does(case, "explain", ann(), RecordExit { exit, words: Some(written("Too dear.")) }).await;
        let export = room.export(&ann_id()).await;
        let case = &export["cases"][0];
        assert_eq!(case["feedback"]["closed"], "left");
        assert_eq!(
            case["exits"],
            json!([
                { "at": monday(), "why": "not-said", "root_cause": null, "hear_from_us": null },
                { "at": monday(), "why": "price", "root_cause": null, "hear_from_us": false },
            ])
        );
        assert_eq!(case["messages"][1], message("explain", "from-person", &text("Too dear.")));
    });
}

/// More cases than are listed at a time, and one with more events than are read at a time.
#[test]
fn whoever_said_a_lot_gets_all_of_it() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        for n in 0..501 {
            room.opens(n, ann_id(), &format!("case {n}")).await;
        }
        let long = CaseId::derive(&TenantId::single(), &["export", "0"]);
        for n in 0..600 {
            room.does(long, &format!("write {n}"), ann(), CustomerWrote::new(format!("message {n}"))).await;
        }
        let export = room.export(&ann_id()).await;
        let cases = export["cases"].as_array().unwrap();
        assert_eq!(cases.len(), 501);
        let longest = cases.iter().find(|case| case["case"] == json!(long)).unwrap();
        let words = longest["messages"].as_array().unwrap().iter();
        let words: Vec<_> = words.map(|message| message["words"]["text"].as_str().unwrap()).collect();
        let expected = (0..600).map(|n| format!("message {n}"));
        assert_eq!(words, std::iter::once("case 0".to_owned()).chain(expected).collect::<Vec<_>>());
    });
}

#[test]
fn a_stranger_has_no_data() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        room.opens(1, ann_id(), "The kettle leaks.").await;
        assert_eq!(room.export(&bob_id()).await["cases"], json!([]));
        let next_door = room.desk.of_tenant(TenantId::new("next-door").unwrap());
        assert!(next_door.export_person(&ann_id()).await.unwrap().cases.is_empty());
    });
}
