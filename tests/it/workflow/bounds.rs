//! Every bound of the library: what is exactly as large is taken, what is larger by one or by far is
//! refused, or folded into what is allowed. Nothing is dropped in silence.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use talkback::backend::{MAX_LIMIT, TextQuery};
use talkback::calendar::{MAX_DATES, MAX_WINDOWS_PER_DAY, WorkingCalendar};
use talkback::policy::PolicyBook;
use talkback::workflow::{
    ChangeContact, Classify, Limit, MAX_ATTACHMENTS, MAX_BODY_BYTES, MAX_LABELS, MAX_LINE_CHARS,
    MAX_REFERENCES, MAX_REMEDIES, MAX_WORDS_BYTES, Merge, Open, RecordDelivery, Resolve, Rule, decide, merge,
    step, texts,
};
use talkback::{
    Attachment, Case, Channel, Code, Command, CommandId, Contact, Context, Credit, CustomerId, DeadlineKind,
    Delivery, Feedback, MAX_CODE_BYTES, MAX_CONTACTS, MAX_INVOLVED, MAX_LIVE_DEADLINES, MAX_NAME_BYTES,
    MAX_PAUSES, MAX_SENT, MAX_TEXT_BYTES, MAX_UNSENT, Name, Outcome, Policy, Promised, Remedy, RemedyKind,
    Resolution, TenantId, Text, TextId, TextKind, WaitingFor, Zone,
};

use super::generate::{customer_id, staff_id};
use super::policies::{dispatching, standard};
use super::run::{case_id, command_id, tenant};
use super::world::{acknowledge, ann, at, complaint, message, promise, reply, wait, words};

/// What becomes of so much of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    /// All of it is kept.
    Whole,
    /// None of it, and the caller hears why.
    Refused,
    /// It is kept in a smaller form that loses no verdict.
    Folded,
}

use Taken::{Folded, Refused, Whole};

/// How a bound is tested.
enum Tested {
    /// Here: the most that is allowed, what becomes of more, and how so much is brought.
    Here(usize, Taken, fn(usize) -> Taken),
    /// In its own room, which nothing outside can see into: the file, and the test.
    There(&'static str, &'static str),
}

use Tested::{Here, There};

/// The constants of the source, by name and by a piece of the path of their file.
const BOUNDS: &[(&str, &str, Tested)] = &[
    ("MAX_NAME_BYTES", "src/id.rs", Here(MAX_NAME_BYTES, Refused, |n| taken(&Name::new("x".repeat(n))))),
    ("MAX_CODE_BYTES", "src/id.rs", Here(MAX_CODE_BYTES, Refused, |n| taken(&Code::new("x".repeat(n))))),
    ("MAX_TEXT_BYTES", "src/text.rs", Here(MAX_TEXT_BYTES, Refused, text)),
    ("MAX_LIMIT", "src/backend/page.rs", Here(MAX_LIMIT, Refused, limit)),
    (
        "MAX_LEASE",
        "src/backend/work.rs",
        There("src/testing/conformance/claims.rs", "the_longest_lease_holds"),
    ),
    (
        "MAX_RECORDS",
        "src/backend/commit.rs",
        There("src/testing/conformance/commits.rs", "a_contradictory_commit_is_invalid"),
    ),
    ("MAX_INVOLVED", "src/case/", Here(MAX_INVOLVED, Refused, involved)),
    ("MAX_CONTACTS", "src/case/", Here(MAX_CONTACTS, Refused, contacts)),
    ("MAX_CARRIED", "src/workflow/", Here(59, Refused, carried)),
    ("MAX_PAUSES", "src/case/", Here(MAX_PAUSES, Refused, waits)),
    ("MAX_UNSENT", "src/case/", Here(MAX_UNSENT, Refused, unsent)),
    ("MAX_SENT", "src/case/", Here(MAX_SENT, Folded, sent)),
    ("MAX_LABELS", "src/workflow/", Here(MAX_LABELS, Refused, labels)),
    ("MAX_REFERENCES", "src/workflow/", Here(MAX_REFERENCES, Refused, references)),
    ("MAX_ATTACHMENTS", "src/workflow/", Here(MAX_ATTACHMENTS, Refused, attachments)),
    ("MAX_REMEDIES", "src/workflow/", Here(MAX_REMEDIES, Refused, remedies)),
    ("MAX_REMEDIES", "src/workflow/", Here(MAX_REMEDIES, Refused, credits)),
    ("MAX_LINE_CHARS", "src/workflow/", Here(MAX_LINE_CHARS, Folded, subject)),
    ("MAX_LINE_CHARS", "src/workflow/", Here(MAX_LINE_CHARS, Folded, file_name)),
    ("MAX_BODY_BYTES", "src/workflow/", Here(MAX_BODY_BYTES, Refused, body)),
    ("MAX_WORDS_BYTES", "src/workflow/", Here(MAX_WORDS_BYTES, Refused, reason)),
    (
        "MAX_STEPS",
        "src/workflow/",
        There(
            "tests/it/workflow/scenarios/limits.rs",
            "every_verdict_is_found_before_a_command_however_many_ladder_steps_are_due",
        ),
    ),
    // The other kinds have room kept for them.
    (
        "MAX_LIVE_DEADLINES",
        "src/deadline/",
        Here(MAX_LIVE_DEADLINES - DeadlineKind::ALL.len(), Refused, promises),
    ),
    (
        "MAX_LISTED_BREACHES",
        "src/deadline/",
        There("src/deadline/table.rs", "of_more_breaches_than_are_listed_the_oldest_that_are_over_make_room"),
    ),
    (
        "MAX_DESTINATIONS",
        "src/policy/",
        There("tests/it/desk/destinations.rs", "a_policy_names_a_bounded_number_of_destinations_once"),
    ),
    ("MAX_DATES", "src/calendar/", Here(MAX_DATES, Refused, holidays)),
    ("MAX_WINDOWS_PER_DAY", "src/calendar/", Here(MAX_WINDOWS_PER_DAY, Refused, windows)),
    ("MAX_OFFSET", "src/calendar/", Here(18 * 60, Refused, minutes_east)),
    ("MAX_ICAL_BYTES", "src/calendar/", There("tests/it/ical.rs", "a_file_has_a_longest_length")),
    ("MAX_RECURRING", "src/calendar/", There("tests/it/ical.rs", "a_file_has_at_most_so_many_series")),
    ("MAX_STEPS", "src/calendar/", There("tests/it/ical.rs", "an_endless_file_ends")),
    ("MAX_DAYS", "src/calendar/", There("tests/it/ical.rs", "an_event_lasts_at_most_a_leap_year")),
    ("MAX_TRIES", "src/desk/", There("tests/it/desk/commands.rs", "a_desk_that_is_always_overtaken_says_so")),
    (
        "MAX_TRIED",
        "src/webhooks/",
        There("src/webhooks/client.rs", "at_most_four_addresses_of_a_name_are_tried"),
    ),
    (
        "MAX_HEAD_BYTES",
        "src/webhooks/",
        There("src/webhooks/client.rs", "an_answer_whose_head_does_not_end_is_none"),
    ),
    (
        "MAX_RETRY_AFTER",
        "src/webhooks/",
        There("src/webhooks/answer.rs", "who_asks_for_time_gets_it_within_limits"),
    ),
    ("MAX_URL_BYTES", "src/webhooks/", There("src/webhooks/endpoint.rs", "an_address_has_a_longest_length")),
    ("MAX_BYTES", "src/webhooks/", There("src/webhooks/secret.rs", "a_key_is_neither_short_nor_long")),
];

#[test]
fn at_every_bound_one_more_and_far_more_is_refused_or_folded() {
    for (name, _, tested) in BOUNDS {
        let Here(most, beyond, takes) = tested else { continue };
        assert_eq!(takes(*most), Whole, "{name}: {most}");
        for more in [most + 1, 4 * most] {
            assert_eq!(takes(more), *beyond, "{name}: {more}");
        }
    }
}

#[test]
fn every_bound_of_the_source_is_in_the_table_and_its_test_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut declared = BTreeSet::new();
    for file in sources(&root.join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let path = file.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        for name in text.lines().filter_map(bound_of) {
            let known = |(listed, room, _): &&(&str, &str, Tested)| *listed == name && path.starts_with(room);
            let Some((_, room, _)) = BOUNDS.iter().find(known) else {
                panic!("{path}: {name} has no test here")
            };
            declared.insert((name.to_owned(), *room));
        }
    }
    for (name, room, tested) in BOUNDS {
        assert!(declared.contains(&((*name).to_owned(), *room)), "{name} is nowhere below {room}");
        if let There(file, test) = tested {
            let text = std::fs::read_to_string(root.join(file)).unwrap();
            assert!(text.contains(&format!("fn {test}(")), "{name}: no {test} in {file}");
        }
    }
}

/// The name of the bound that a line declares.
fn bound_of(line: &str) -> Option<&str> {
    let (_, declared) = line.split_once("const ")?;
    let (name, _) = declared.split_once(": ")?;
    let before = line.trim_start();
    let code = before.starts_with("const") || before.starts_with("pub");
    (code && name.starts_with("MAX_")).then_some(name)
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let code = files.into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "rs"));
    code.chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

fn taken<T, E>(tried: &Result<T, E>) -> Taken {
    if tried.is_ok() { Whole } else { Refused }
}

fn text(bytes: usize) -> Taken {
    let id = TextId { command: command_id("bounds", 0), slot: 0 };
    taken(&Text::new(id, customer_id(), TextKind::Body, "x".repeat(bytes)))
}

fn limit(count: usize) -> Taken {
    let id = TextId { command: command_id("bounds", 0), slot: 0 };
    taken(&TextQuery::new(TenantId::single(), vec![id; count]).check())
}

fn context<'a>(actor: &'a talkback::Actor, policies: &'a PolicyBook, command: CommandId) -> Context<'a> {
    let (tenant, case, now) = (tenant(), case_id(), at("11-23 09:00"));
    Context { tenant, case, now, occurred_at: None, actor, command, policies }
}

/// One command, to a case or to open one, which is carried out or breaks this rule.
fn ordered(case: Option<&Case>, command: impl Into<Command>, bound: &Rule) -> Taken {
    let (ann, book) = (ann(), PolicyBook::single(standard()));
    match decide(case, &command.into(), &context(&ann, &book, command_id("bounds", 1))) {
        Ok(_) => Whole,
        Err(refused) if refused.rule == *bound => Refused,
        Err(refused) => panic!("{refused}"),
    }
}

/// Commands one after the other, which are carried out or break this rule.
fn lived(policy: Policy, commands: impl Iterator<Item = Command>, bound: &Rule) -> Taken {
    let mut case = begun(policy.clone());
    let (ann, book) = (ann(), PolicyBook::single(policy));
    for (n, command) in (2..).zip(commands) {
        match step(Some(&case), &command, &context(&ann, &book, command_id("bounds", n))) {
            Ok(decision) => case = decision.case.as_ref().clone(),
            Err(refused) if refused.rule == *bound => return Refused,
            Err(refused) => panic!("{refused}"),
        }
    }
    Whole
}

fn begun(policy: Policy) -> Case {
    complaint(policy).staff(acknowledge()).case().clone()
}

fn about() -> Feedback {
    Feedback::complaint(Channel::Chat, "It leaks.")
}

fn involved(count: usize) -> Taken {
    let (ann, book) = (ann(), PolicyBook::single(standard()));
    let case = begun(standard());
    let customer = |n| serde_json::json!({ "customer": format!("other-{n}"), "seat": { "since": 1 } });
    let mut target = case.clone();
    target.id = talkback::CaseId::derive(tenant(), &["another"]);
    target.involved = serde_json::from_value((1..count).map(customer).collect()).unwrap();
    let mut head = target.head.as_ref().clone();
    head.customer = CustomerId::new("customer-2").unwrap();
    target.head = std::sync::Arc::new(head);
    let into = Merge::into(target.id, "one matter").telling(message());
    match merge(&case, Some(&target), &[], &into, &context(&ann, &book, command_id("bounds", 1))) {
        Ok(pair) => {
            assert_eq!(pair.other.case.involved.len(), count);
            Whole
        }
        Err(refused) if refused.rule == Rule::TooMuch(Limit::TooManyInvolved) => Refused,
        Err(refused) => panic!("{refused}"),
    }
}

fn contacts(count: usize) -> Taken {
    let address = |n| Contact::email(&format!("ann-{n}@example.org")).unwrap();
    let known = begun(standard()).head.contacts.len();
    let more = (known..count).map(|n| ChangeContact::add(address(n)).into());
    lived(standard(), more, &Rule::TooMuch(Limit::TooManyContacts))
}

/// So many addresses that a merge takes along, of as many people as it needs.
fn carried(count: usize) -> Taken {
    let (ann, book) = (ann(), PolicyBook::single(standard()));
    let mut case = begun(standard());
    let own = case.head.contacts.iter().filter(|contact| contact.text.is_some()).count();
    let contact = |n: usize| {
        let text = TextId { command: command_id("carried", n), slot: 2 };
        serde_json::json!({ "kind": "email", "text": text })
    };
    let places: Vec<_> = (own..count).collect();
    let guest = |places: &[usize]| {
        let contacts: Vec<_> = places.iter().map(|n| contact(*n)).collect();
        serde_json::json!({ "customer": format!("other-{}", places[0]), "contacts": contacts, "seat": { "since": 1 } })
    };
    case.involved = serde_json::from_value(places.chunks(6).map(guest).collect()).unwrap();
    let mut target = begun(standard());
    target.id = talkback::CaseId::derive(tenant(), &["another"]);
    let mut head = target.head.as_ref().clone();
    head.customer = CustomerId::new("customer-2").unwrap();
    target.head = std::sync::Arc::new(head);
    let into = Merge::into(target.id, "one matter").telling(message());
    match merge(&case, Some(&target), &[], &into, &context(&ann, &book, command_id("bounds", 1))) {
        Ok(_) => Whole,
        Err(refused) if refused.rule == Rule::TooMuch(Limit::TooManyContacts) => Refused,
        Err(refused) => panic!("{refused}"),
    }
}

fn waits(count: usize) -> Taken {
    let waits = || [wait(WaitingFor::ThirdParty, "11-24 12:00"), Command::Resume];
    lived(standard(), (0..count).flat_map(|_| waits()), &Rule::TooManyWaits)
}

fn unsent(count: usize) -> Taken {
    // The acknowledgement is one of them.
    lived(dispatching(&standard(), 3_600), (1..count).map(|_| reply()), &Rule::TooManyUnsent)
}

fn sent(count: usize) -> Taken {
    let policy = dispatching(&standard(), 3_600);
    let (ann, book) = (ann(), PolicyBook::single(policy.clone()));
    let mut case = begun(policy);
    let mut messages: Vec<_> = case.cycle.outgoing.iter().map(|outgoing| outgoing.message).collect();
    for n in 2..count + 1 {
        let command = command_id("bounds", n);
        messages.push(command.into());
        case = step(Some(&case), &reply(), &context(&ann, &book, command)).unwrap().case.as_ref().clone();
    }
    for (n, message) in (count + 1..).zip(&messages) {
        let sent = RecordDelivery::of(*message, Delivery::Sent).into();
        case = step(Some(&case), &sent, &context(&ann, &book, command_id("bounds", n)))
            .unwrap()
            .case
            .as_ref()
            .clone();
    }
    let followed: Vec<_> = case.cycle.outgoing.iter().map(|outgoing| outgoing.message).collect();
    assert!(messages.ends_with(&followed), "the newest are followed");
    if followed.len() == count { Whole } else { Folded }
}

fn promises(count: usize) -> Taken {
    let call = || promise(Promised::Action(Code::new("call").unwrap()), "11-24 12:00");
    lived(standard(), (0..count).map(|_| call()), &Rule::TooManyDeadlines)
}

fn labels(count: usize) -> Taken {
    let labels: Vec<_> = (0..count).map(|n| Code::new(format!("l{n}")).unwrap()).collect();
    let bound = Rule::TooMuch(Limit::TooManyLabels);
    let classified = Classify { labels: Some(labels.clone()), ..Classify::default() };
    let classified = ordered(Some(&begun(standard())), classified, &bound);
    let opened = labels.into_iter().fold(about(), Feedback::with_label);
    assert_eq!(ordered(None, Open::new(opened), &bound), classified);
    classified
}

fn references(count: usize) -> Taken {
    let kind = || Code::new("order").unwrap();
    let about =
        (0..count).fold(about(), |about, n| about.with_reference(kind(), Name::new(n.to_string()).unwrap()));
    ordered(None, Open::new(about), &Rule::TooMuch(Limit::TooManyReferences))
}

fn attachments(count: usize) -> Taken {
    let file = || Attachment::new("a.png", "image/png", "files/a");
    let message = (0..count).fold(message(), |message, _| message.with_attachment(file()));
    let command = Command::Reply(message);
    let bound = Rule::TooMuch(Limit::TooManyAttachments);
    let taken = ordered(Some(&begun(standard())), command.clone(), &bound);
    if taken == Whole {
        // Each of their texts has a place of its own.
        let ids: BTreeSet<_> = texts(&command, command_id("bounds", 1), &customer_id(), &customer_id())
            .iter()
            .map(|t| t.id)
            .collect();
        assert!(ids.len() > 3 * count);
    }
    taken
}

fn remedies(count: usize) -> Taken {
    let done = (0..count).fold(fixed(), |done, _| done.with_remedy(Remedy::bare(RemedyKind::Fix)));
    let resolved = Resolve::telling(done, message());
    ordered(Some(&begun(standard())), resolved, &Rule::TooMuch(Limit::TooManyRemedies))
}

fn credits(count: usize) -> Taken {
    let done = (0..count).fold(fixed(), |done, _| done.crediting(Credit::staff(staff_id("kim"))));
    let resolved = Resolve::telling(done, message());
    ordered(Some(&begun(standard())), resolved, &Rule::TooMuch(Limit::TooManyCredits))
}

fn fixed() -> Resolution {
    Resolution::new(Outcome::Fixed)
}

/// One line of so many characters, as it is stored.
fn line(opened: Feedback, kind: TextKind, given: &str) -> Taken {
    let command = Command::from(Open::new(opened));
    assert_eq!(ordered(None, command.clone(), &Rule::NoSuchCase), Whole, "nobody is refused for a line");
    let kept = texts(&command, command_id("bounds", 1), &customer_id(), &customer_id());
    let kept = &kept.iter().find(|text| text.kind == kind).unwrap().body;
    if kept == given {
        return Whole;
    }
    assert!(kept.chars().count() == MAX_LINE_CHARS && kept.contains('…'));
    Folded
}

fn subject(chars: usize) -> Taken {
    let subject = "ß".repeat(chars);
    line(about().with_subject(subject.as_str()), TextKind::Subject, &subject)
}

fn file_name(chars: usize) -> Taken {
    let name = "ß".repeat(chars - 4) + ".pdf";
    let file = Attachment::new(name.as_str(), "application/pdf", "files/a");
    line(about().with_attachment(file), TextKind::Attachment, &name)
}

fn body(bytes: usize) -> Taken {
    let mut message = message();
    message.body = words(&"x".repeat(bytes));
    ordered(Some(&begun(standard())), Command::Reply(message), &Rule::TooMuch(Limit::BodyTooLong))
}

fn reason(bytes: usize) -> Taken {
    let unreachable = Command::RecordUnreachable(words(&"x".repeat(bytes)));
    ordered(Some(&begun(standard())), unreachable, &Rule::TooMuch(Limit::WordsTooLong))
}

fn holidays(count: usize) -> Taken {
    let first = at("11-23 09:00").date_naive();
    let name = || Name::new("closed").unwrap();
    let dates = first.iter_days().take(count).map(|date| (date, name()));
    taken(&WorkingCalendar::office("office").holidays(dates).build())
}

fn windows(count: usize) -> Taken {
    // Of ten minutes each, from midnight on; past it there is no more to open.
    let minute = |n: usize| format!("{:02}:{:02}", n / 60, n % 60);
    let window = |n: usize| format!("{}-{}", minute(14 * n), minute(14 * n + 10));
    let windows: Vec<_> = (0..count).map(window).collect();
    let calendar = WorkingCalendar::builder("office").open(chrono::Weekday::Mon, &windows.join(","));
    taken(&calendar.build())
}

fn minutes_east(minutes: usize) -> Taken {
    let seconds = i32::try_from(60 * minutes).unwrap();
    let east = taken(&Zone::fixed(seconds));
    assert_eq!(taken(&Zone::fixed(-seconds)), east);
    east
}
