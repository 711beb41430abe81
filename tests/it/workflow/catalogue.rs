//! The catalogue of refusals: every rule and every limit has a row that says what the code says, and a
//! command that is refused by it.

use std::collections::{BTreeMap, BTreeSet};

use talkback::policy::{Extension, PolicyBook, Rule as PolicyRule, Span, Target, Terms};
use talkback::workflow::{
    Assign, ChangeContact, Classify, Extend, Invite, Limit, MAX_ATTACHMENTS, MAX_BODY_BYTES, MAX_LABELS,
    MAX_REFERENCES, MAX_REMEDIES, MAX_WORDS_BYTES, Merge, Missing, Open, RecordDelivery, RecordExit,
    RefusalClass, Rejection, Resolve, Retarget, Rule, Split, decide, merge, split, step,
};
use talkback::{
    Actor, Attachment, Case, Channel, CloseReason, Code, Command, Contact, ContactRef, Context, Credit,
    DeadlineKind, Delivery, Exit, ExitReason, Feedback, Grants, MAX_CONTACTS, MAX_INVOLVED,
    MAX_LISTED_BREACHES, MAX_PAUSES, Name, Outbound, Outcome, Party, Promised, Remedy, RemedyKind,
    Resolution, Stage, Verdict, WaitingFor, Words,
};

use super::generate::{customer_id, reply_path, staff_id};
use super::policies::{bare, dispatching, name, office, policy, staged, standard, tight};
use super::run::{case_id, command_id, tenant};
use super::world::*;
use crate::tables::{code, rows};

const PAGE: &str = include_str!("../../../src/workflow/refusals.md");

fn other_case() -> talkback::CaseId {
    talkback::CaseId::derive(tenant(), &["another"])
}

fn temp() -> Actor {
    Actor::new(Party::Staff(staff_id("temp")), Grants::NONE)
}

fn say(words: impl Into<Words>) -> Outbound {
    Outbound::new(words, reply_path())
}

fn visit() -> Promised {
    Promised::Action(Code::new("visit").unwrap())
}

fn telling(resolution: Resolution) -> Command {
    Command::Resolve(Box::new(Resolve::telling(resolution, message())))
}

fn begun() -> World {
    complaint(standard()).staff(reply())
}

fn resolved() -> World {
    begun().staff(resolve())
}

fn asked() -> World {
    resolved().staff(follow_up())
}

/// A complaint, with an acknowledgement that was missed.
fn late() -> World {
    complaint(standard()).at("11-23 14:00").tick()
}

/// Closed as confirmed, at 09:00.
fn closed() -> World {
    asked().staff(answer(Verdict::Satisfied)).staff(close(CloseReason::Confirmed))
}

/// Somebody else's feedback of whom no address is known.
fn anonymous() -> World {
    let feedback = Feedback::complaint(Channel::Review, "It leaks.").with_customer(customer_id());
    let feedback = feedback.with_contact(Contact::Nowhere);
    let mut world = nothing(standard());
    world.order(Actor::system(), Command::Open(Box::new(Open::new(feedback)))).unwrap();
    world
}

/// An hour for each resolution, extended as the test has it.
fn extendable(extension: Extension) -> World {
    let target = Target::within(Span::hours(1)).extension(extension);
    let rule = PolicyRule::always().target(DeadlineKind::Resolve, target);
    complaint(policy("extendable", office(), vec![rule], Terms::default()))
}

fn untold(world: &World, kind: DeadlineKind) -> Extend {
    Extend::untold(world.id(kind), "It is complex.")
}

/// Somebody tries, and is refused.
#[track_caller]
fn refused(mut world: World, command: impl Into<Command>) -> Rejection {
    world.refused(command.into())
}

#[track_caller]
fn refused_to(actor: Actor, mut world: World, command: Command) -> Rejection {
    world.refused_to(actor, command)
}

fn stages() -> Vec<Rejection> {
    let open = Command::Open(Box::new(Open::new(Feedback::complaint(Channel::Chat, "It leaks."))));
    let mut full = complaint(standard());
    let full = loop {
        if let Err(refused) = full.order(ann(), promise(visit(), "11-30 12:00")) {
            break refused;
        }
    };
    vec![
        refused(nothing(standard()), reply()),
        refused(complaint(standard()), open),
        refused(complaint(standard()), Command::Resume),
        refused(complaint(standard()), wait(WaitingFor::ThirdParty, "11-24 12:00")),
        refused(begun(), follow_up()),
        refused(begun(), answer(Verdict::Satisfied)),
        refused(resolved(), answer(Verdict::Satisfied)),
        refused(complaint(standard()).staff(acknowledge()), acknowledge()),
        refused(begun().staff(resolve()), Command::NoActionNeeded),
        refused(asked().staff(answer(Verdict::Satisfied)), answer(Verdict::Neutral)),
        refused(asked(), follow_up()),
        refused(closed().at("12-31 09:00"), wrote()),
        full,
    ]
}

fn silence() -> Vec<Rejection> {
    let machine = || opened(standard(), Feedback::complaint(Channel::Email, "I am away.").automatic());
    vec![
        refused_to(Actor::system(), complaint(bare()), acknowledge()),
        refused_to(Actor::system(), machine(), acknowledge()),
        refused(begun(), resolve_in_silence()),
        refused(begun(), close(CloseReason::Referred(name("the carrier")))),
        refused(anonymous(), reply()),
        refused(begun(), telling(Resolution::new(Outcome::Declined))),
        refused(begun(), Command::Reply(say(" "))),
        refused(begun(), Command::Note(words(" "))),
        refused(
            begun(),
            Command::Reply(message().with_attachment(Attachment::new("a.png", "image/png", " "))),
        ),
        refused(late(), Command::Waive(late().id(DeadlineKind::Acknowledge), words(" "))),
    ]
}

fn ends() -> Vec<Rejection> {
    let praise = || opened(standard(), Feedback::praise(Channel::Email, "Kim was kind."));
    let credited = asked()
        .staff(answer(Verdict::Satisfied))
        .staff(Command::Credit(Credit::staff(staff_id("kim"))))
        .staff(promise(visit(), "11-30 12:00"));
    vec![
        refused(complaint(standard()), close(CloseReason::Confirmed)),
        refused(credited, close(CloseReason::Confirmed)),
        refused(praise(), close(CloseReason::ThanksSufficed)),
        refused(complaint(standard()), close(CloseReason::Unanswered)),
        refused(asked().staff(promise(visit(), "11-30 12:00")), close(CloseReason::Unanswered)),
        refused(complaint(standard()), close(CloseReason::ThanksSufficed)),
        refused(begun(), close(CloseReason::Withdrawn)),
        refused(begun(), close(CloseReason::InvitationLapsed)),
        refused(begun().staff(wait(WaitingFor::Customer, "11-24 12:00")), close(CloseReason::Unanswered)),
    ]
}

fn dates() -> Vec<Rejection> {
    let wait = |until| wait(WaitingFor::ThirdParty, until);
    vec![
        refused(
            complaint(standard()).staff(acknowledge()),
            super::world::wait(WaitingFor::Customer, "11-24 12:00"),
        ),
        refused(begun(), wait("11-23 09:00")),
        refused(complaint(tight()).staff(reply()), wait("11-30 12:00")),
        waits_again(),
        refused(begun(), promise(visit(), "11-23 09:00")),
        refused(begun(), promise(visit(), "12-22 00:01")),
        refused(begun().which_happened("11-22 09:00"), reply()),
        refused(begun(), promise_for(2300)),
        refused(nothing_in(2261), opening()),
    ]
}

/// One wait more than a case can keep apart.
fn waits_again() -> Rejection {
    let wait = || wait(WaitingFor::ThirdParty, "11-24 12:00");
    let waited = (0..MAX_PAUSES).fold(begun(), |world, _| world.staff(wait()).staff(Command::Resume));
    refused(waited, wait())
}

/// One breach more than a case lists, and that one is to be excused.
fn excuses_the_oldest() -> Rejection {
    let id = |n| serde_json::json!({ "kind": "promise", "cycle": 1, "n": n });
    let breach =
        |n| serde_json::json!({ "id": id(n), "due": at("11-23 09:10"), "detected": at("11-23 09:15") });
    let mut case = serde_json::to_value(begun().case()).unwrap();
    case["deadlines"]["breaches"] = (2..=MAX_LISTED_BREACHES + 1).map(breach).collect();
    let count = MAX_LISTED_BREACHES + 1;
    case["deadlines"]["tallies"] = serde_json::json!([["promise", { "set": count, "breached": count }]]);
    let case: Case = serde_json::from_value(case).unwrap();
    let oldest = serde_json::from_value(id(1)).unwrap();
    let (ann, book) = (ann(), PolicyBook::single(standard()));
    decide(Some(&case), &Command::Excuse(oldest, words("The line was down.")), &ours(&ann, &book))
        .unwrap_err()
}

fn promise_for(year: i32) -> Command {
    let by = at("11-30 12:00").date_naive();
    let by = chrono::Datelike::with_year(&by, year).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
    Command::Promise(talkback::workflow::Promise::of(visit(), by))
}

fn opening() -> Command {
    Command::Open(Box::new(Open::new(Feedback::complaint(Channel::Chat, "It leaks."))))
}

/// The last morning of that year, without a case.
fn nothing_in(year: i32) -> World {
    let morning = chrono::NaiveDate::from_ymd_opt(year, 12, 31).unwrap().and_hms_opt(9, 0, 0).unwrap();
    nothing(standard()).seconds_later((morning.and_utc() - at("11-23 09:00")).num_seconds())
}

fn deadlines() -> Vec<Rejection> {
    let by = || extendable(Extension::by(Span::hours(1)).without_notice());
    let extended = |world: World| {
        let extend = untold(&world, DeadlineKind::Resolve);
        world.staff(extend.into())
    };
    let extend = |world: World| {
        let extend = untold(&world, DeadlineKind::Resolve);
        refused(world, extend)
    };
    let acknowledge = late().id(DeadlineKind::Acknowledge);
    let excuse = || Command::Excuse(acknowledge, words("The line was down."));
    let agreed = at("11-23 15:00");
    vec![
        refused(complaint(standard()), Command::Fulfil(acknowledge)),
        extend(complaint(standard())),
        extend(extended(by())),
        extend(by().at("11-23 10:01")),
        extend(complaint(staged())),
        refused(by(), untold(&by(), DeadlineKind::Resolve).until(agreed)),
        extend(extendable(Extension::agreed())),
        extend(extendable(Extension::by(Span::hours(1)))),
        refused(begun(), Command::Excuse(acknowledge, words("The line was down."))),
        refused(late().staff(Command::AcceptEscalation(acknowledge)), Command::AcceptEscalation(acknowledge)),
        refused(late().staff(excuse()), excuse()),
        excuses_the_oldest(),
        refused_to(temp(), late(), excuse()),
        refused(late().staff(assign("ann")), excuse()),
    ]
}

fn people() -> Vec<Rejection> {
    let supplier = Actor::new(Party::ThirdParty(name("supplier")), Grants::NONE);
    let unasked = Feedback::question(Channel::Survey, "");
    let invite = Invite { about: unasked, question: message(), policy: None };
    let long_ago = Feedback::complaint(Channel::Chat, "It leaks.").received_at(at("11-01 09:00"));
    let no_contact = ContactRef::new(talkback::ContactKind::Phone, None).unwrap();
    vec![
        refused(nothing(standard()), Command::Invite(Box::new(invite))),
        refused(begun(), Command::Assign(Assign::default())),
        refused_to(theirs(), begun(), resolve()),
        refused_to(supplier, begun(), resolve()),
        refused_to(Actor::system(), begun(), resolve()),
        refused_to(eve(), begun(), wrote()),
        refused_to(eve(), begun().by(in_copy(), wrote()), withdraw(ExitReason::Price)),
        refused_to(customer(), nothing(standard()), Command::Open(Box::new(Open::new(long_ago)))),
        refused(begun(), ChangeContact::remove(no_contact)),
    ]
}

/// The customer of these worlds.
fn theirs() -> Actor {
    Actor::customer(talkback::CustomerId::of_case(case_id()))
}

fn eve() -> Actor {
    Actor::customer(talkback::CustomerId::new("eve").unwrap())
}

/// The application takes in what Eve wrote in a case of somebody else.
fn in_copy() -> Actor {
    Actor::system().on_behalf_of(talkback::CustomerId::new("eve").unwrap())
}

/// The context of somebody who works on the case of [`begun`].
fn ours<'a>(actor: &'a Actor, policies: &'a PolicyBook) -> Context<'a> {
    Context {
        tenant: tenant(),
        case: case_id(),
        now: at("11-23 09:00"),
        occurred_at: None,
        actor,
        command: command_id("catalogue", 0),
        policies,
    }
}

/// The same case under another id: as one into which it can be merged.
fn twin(world: &World) -> Case {
    let mut twin = world.case().clone();
    twin.id = other_case();
    twin
}

fn into_twin() -> Merge {
    Merge::into(other_case(), "one matter")
}

fn pairs() -> Vec<Rejection> {
    let (ann, book) = (ann(), PolicyBook::single(standard()));
    let (world, context) = (begun(), ours(&ann, &book));
    let case = world.case();
    let guest = |n| serde_json::json!({ "customer": format!("other-{n}"), "seat": { "since": 1 } });
    let mut crowded = twin(&world);
    crowded.involved = serde_json::from_value((0..MAX_INVOLVED).map(guest).collect()).unwrap();
    crowded.head = std::sync::Arc::new({
        let mut head = crowded.head.as_ref().clone();
        head.customer = talkback::CustomerId::new("customer-2").unwrap();
        head
    });
    let gone = merge(case, Some(&twin(&world)), &[], &into_twin(), &context).unwrap().case.case;
    let about = Feedback::question(Channel::Chat, "");
    let nobody = command_id("catalogue", 1);
    let off = Split::message(nobody.into(), about, "another matter");
    let wrote_more = begun().by(theirs(), wrote());
    let said = *wrote_more.events().last().unwrap();
    let again = Split::message(said.command.unwrap().into(), off.about.clone(), "another matter");
    vec![
        split(wrote_more.case(), Some(said), Some(&twin(&world)), &again, &context).unwrap_err(),
        merge(case, Some(case), &[], &Merge::into(case.id, "one matter"), &context).unwrap_err(),
        merge(case, Some(&twin(&resolved())), &[], &into_twin(), &context).unwrap_err(),
        merge(case, Some(&crowded), &[], &into_twin().telling(message()), &context).unwrap_err(),
        split(case, Some(world.events()[0]), None, &off, &context).unwrap_err(),
        decide(Some(&gone), &wrote(), &context).unwrap_err(),
        decide(Some(case), &Command::Merge(Box::new(into_twin())), &context).unwrap_err(),
    ]
}

fn afterwards() -> Vec<Rejection> {
    let machine = complaint(standard()).by(Actor::system(), acknowledge());
    let said = machine.events().last().and_then(|event| event.command).unwrap();
    let failed = RecordDelivery::of(said.into(), Delivery::Failed);
    let machine = machine.by(Actor::system(), Command::RecordDelivery(failed));
    let (ann, book) = (ann(), PolicyBook::single(dispatching(&standard(), 3_600)));
    let mut busy = begun().case().clone();
    let mut unsent = 0;
    let busy = loop {
        unsent += 1;
        let context = Context { command: command_id("unsent", unsent), ..ours(&ann, &book) };
        match step(Some(&busy), &reply(), &context) {
            Ok(decision) => busy = decision.case.as_ref().clone(),
            Err(refused) => break refused,
        }
    };
    let exit = RecordExit::of(Exit::because(ExitReason::Price));
    vec![
        refused_to(Actor::system(), machine, acknowledge()),
        busy,
        refused(begun(), Command::Recalculate(words("new opening hours"))),
        refused(begun(), Command::Retarget(Retarget::policy(name("unknown"), "another team"))),
        refused(closed(), Command::RecordExit(exit)),
    ]
}

/// Something too long, or too much of it.
fn excess() -> Vec<Rejection> {
    let long = |bytes: usize| "x".repeat(bytes + 1);
    let file = Attachment::new("a.png", "image/png", "a");
    let files = (0..=MAX_ATTACHMENTS).fold(message(), |message, _| message.with_attachment(file.clone()));
    let labels = Some(vec![Code::new("label").unwrap(); MAX_LABELS + 1]);
    let about = (0..=MAX_REFERENCES).fold(Feedback::question(Channel::Chat, ""), |about, n| {
        about.with_reference(Code::new("order").unwrap(), Name::new(n.to_string()).unwrap())
    });
    let remedies = (0..=MAX_REMEDIES).fold(resolution(), |r, _| r.with_remedy(Remedy::bare(RemedyKind::Fix)));
    let credits = (0..=MAX_REMEDIES).fold(resolution(), |r, _| r.crediting(Credit::staff(staff_id("kim"))));
    let mut reachable = begun();
    while reachable.case().head.contacts.len() < MAX_CONTACTS {
        let n = reachable.case().head.contacts.len();
        let email = Contact::email(&format!("address-{n}@example.org")).unwrap();
        reachable = reachable.staff(ChangeContact::add(email).into());
    }
    vec![
        refused(reachable, ChangeContact::add(Contact::email("one-more@example.org").unwrap())),
        refused(begun(), Command::Reply(say(long(MAX_BODY_BYTES)))),
        refused(late(), Command::Excuse(late().id(DeadlineKind::Acknowledge), words(&long(MAX_WORDS_BYTES)))),
        refused(begun(), Command::Reply(files)),
        refused(begun(), Command::Classify(Classify { labels, ..Classify::default() })),
        refused(
            nothing(standard()),
            Command::Invite(Box::new(Invite { about, question: message(), policy: None })),
        ),
        refused(begun(), telling(remedies)),
        refused(begun(), telling(credits)),
    ]
}

fn examples() -> Vec<Rejection> {
    [stages(), silence(), ends(), dates(), deadlines(), people(), pairs(), afterwards(), excess()].concat()
}

/// What a row says of a sentence, where `…` stands for what differs from case to case.
fn fits(row: &str, sentence: &str) -> bool {
    match row.split_once('…') {
        Some((start, end)) => sentence.starts_with(start) && sentence.ends_with(end),
        None => row == sentence,
    }
}

fn ids(list: &str) -> BTreeSet<&str> {
    list.split(", ").filter(|id| !id.is_empty()).collect()
}

#[test]
fn every_rule_has_a_row_and_a_command_that_it_refuses() {
    let examples = examples();
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut classes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let rows: Vec<_> = rows(PAGE, "# Every rule");
    let listed: Vec<_> = rows.iter().map(|row| code(row[0])).collect();
    assert_eq!(listed, Rule::IDS, "one row for each rule, in order");
    for refused in &examples {
        let id = refused.rule.id();
        let row = rows.iter().find(|row| code(row[0]) == id).unwrap();
        let sentence = refused.rule.to_string();
        assert!(fits(row[2], &sentence), "{id}: the row says {:?}, the code {sentence:?}", row[2]);
        classes.entry(id).or_default().insert(refused.class().as_str());
        missing.entry(id).or_default().extend(refused.missing.iter().map(Missing::id));
    }
    for row in &rows {
        let id = code(row[0]);
        let shown = missing.get(id).unwrap_or_else(|| panic!("nothing is refused by {id}"));
        assert_eq!(classes[id], ids(row[1]), "{id}: of which class");
        assert_eq!(*shown, ids(row[3]), "{id}: what may be missing");
        assert!(row.len() == 5 && row[4].ends_with('.'), "{id}: when it happens");
    }
}

#[test]
fn every_limit_has_a_row_and_a_command_that_breaks_it() {
    let examples = examples();
    let rows = rows(PAGE, "# Limits");
    assert_eq!(rows.iter().map(|row| code(row[0])).collect::<Vec<_>>(), Limit::IDS);
    let most = BTreeMap::from([
        ("body-too-long", MAX_BODY_BYTES),
        ("words-too-long", MAX_WORDS_BYTES),
        ("too-many-labels", MAX_LABELS),
        ("too-many-references", MAX_REFERENCES),
        ("too-many-attachments", MAX_ATTACHMENTS),
        ("too-many-remedies", MAX_REMEDIES),
        ("too-many-credits", MAX_REMEDIES),
        ("too-many-involved", MAX_INVOLVED),
        ("too-many-contacts", MAX_CONTACTS),
    ]);
    for row in rows {
        let id = code(row[0]);
        let broken = |refused: &&Rejection| matches!(&refused.rule, Rule::TooMuch(limit) if limit.id() == id);
        let refused = examples.iter().find(broken).unwrap_or_else(|| panic!("nothing breaks {id}"));
        assert_eq!(row[1], refused.rule.to_string());
        let number = most[id].to_string();
        assert_eq!(row[2].split(' ').next(), Some(number.as_str()), "{id}");
        assert!(
            row[1].contains(&format!(" {number} ")),
            "{id}: the sentence does not say how much is allowed"
        );
    }
}

#[test]
fn everything_that_may_be_missing_has_a_row() {
    let examples = examples();
    let rows = rows(PAGE, "# What may be missing");
    assert_eq!(rows.iter().map(|row| code(row[0])).collect::<Vec<_>>(), Missing::IDS);
    let shown = examples.iter().flat_map(|refused| &refused.missing);
    let words: BTreeMap<_, _> = shown.map(|missing| (missing.id(), missing.to_string())).collect();
    for row in rows {
        let id = code(row[0]);
        assert_eq!(Some(row[1]), words.get(id).map(String::as_str), "{id}: in words");
        assert!(row[2].ends_with('.'), "{id}: what brings it");
    }
}

/// What an interface answers differs by what went wrong.
#[test]
fn each_class_of_refusals_has_a_status_of_its_own_that_the_page_tells() {
    let examples = examples();
    let met: BTreeSet<_> = examples.iter().map(Rejection::class).collect();
    assert_eq!(met, RefusalClass::ALL.into());
    let statuses: BTreeSet<_> = met.iter().map(|class| class.http_status()).collect();
    assert_eq!(statuses.len(), met.len());
    for class in met {
        let told = format!("`{class}` {}", class.http_status());
        assert!(PAGE.contains(&told), "{told}");
    }
    let class = |id| examples.iter().find(|refused| refused.rule.id() == id).map(Rejection::class);
    let blank_long_absent_forbidden = ["no-words", "too-much", "no-such-case", "not-granted"].map(class);
    let different: BTreeSet<_> = blank_long_absent_forbidden.into_iter().flatten().collect();
    assert_eq!(different.len(), 4);
}

/// An interface gets the names and the sentence.
#[test]
fn a_refusal_is_written_by_its_names() {
    for refused in examples() {
        let json = serde_json::to_value(&refused).unwrap();
        assert_eq!(json["rule"], refused.rule.id());
        assert_eq!(json["sentence"], refused.to_string());
        assert_eq!(json["class"], refused.class().as_str());
        let limit = match &refused.rule {
            Rule::TooMuch(limit) => Some(limit.id()),
            _ => None,
        };
        assert_eq!(json.get("limit").map(|limit| limit.as_str().unwrap()), limit);
        let missing: Vec<_> =
            json["missing"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        assert_eq!(missing, refused.missing.iter().map(Missing::id).collect::<Vec<_>>());
        let stage: Option<Stage> = serde_json::from_value(json["stage"].clone()).unwrap();
        assert_eq!(stage, refused.stage);
        let legal: Vec<talkback::workflow::CommandKind> =
            serde_json::from_value(json["legal"].clone()).unwrap();
        assert_eq!(legal, refused.legal);
    }
}
