//! Who may do what, and who sees what, where customers meet: two whose cases were merged, one whose message was
//! split off, and a third who has nothing to do with it until somebody speaks for her.

use std::fmt::Write as _;

use chrono::TimeDelta;
use pollster::block_on;
use talkback::workflow::{
    Assign, Await, ChangeContact, Classify, Close, CommandKind, CustomerWrote, Extend, Invite, Merge, Open,
    Promise, RecordAnswer, RecordDelivery, RecordExit, RecordHold, Resolve, Retarget, Rule, Split, Withdraw,
};
use talkback::{
    Actor, Attachment, CaseId, Channel, CloseReason, Code, Command, Contact, ContactKind, Credit, CustomerId,
    DeadlineId, DeadlineKind, Delivery, Error, Exit, ExitReason, Feedback, MemoryBackend, Outcome, Priority,
    Promised, Request, Resolution, Satisfaction, StaffId, Stage, TenantId, Verdict, View, Words,
};

use super::{Room, id, kim, monday, say};

fn person(name: &str) -> CustomerId {
    CustomerId::new(name).unwrap()
}

fn acts(name: &str) -> Actor {
    Actor::customer(person(name))
}

/// Of this person, with an address and a subject that tell whose they are.
fn matter(of: &str, n: u32) -> Feedback {
    Feedback::complaint(Channel::Chat, format!("{of} {n}"))
        .with_subject(format!("subject of {of}"))
        .with_contact(Contact::email(&format!("{of}@example.org")).unwrap())
}

fn question() -> Feedback {
    let mut about = Feedback::question(Channel::Chat, "");
    about.body = None;
    about
}

/// Ann's case, Bob's that was merged into it, and the one that a later message of his became.
struct World {
    room: Room<MemoryBackend>,
    merged: CaseId,
    source: CaseId,
    split: CaseId,
}

impl World {
    async fn new() -> Self {
        let room = Room::over(MemoryBackend::new());
        let open = async |of: &str| room.desk.open(acts(of), matter(of, 1)).await.unwrap().case.id;
        let (merged, source) = (open("ann").await, open("bob").await);
        let mut world = Self { room, merged, source, split: merged };
        world.does(merged, kim(), Command::Note(Words::new("a note"))).await;
        world.does(merged, kim(), Command::Reply(say("to ann"))).await;
        world.does(source, kim(), Command::Reply(say("to bob"))).await;
        world
            .does(source, kim(), Merge::into(merged, "one matter").telling(say("it goes on with ann's")))
            .await;
        world.does(merged, acts("ann"), CustomerWrote::new("ann 2")).await;
        // It goes on where his case goes on.
        world.does(source, acts("bob"), CustomerWrote::new("bob 2")).await;
        world.does(merged, kim(), Command::Reply(say("to both"))).await;
        let aside = Request::new(acts("bob"), CustomerWrote::new("bob 3")).with_id(id("aside"));
        world.room.desk.execute(merged, aside).await.unwrap();
        let split = Split::message(id("aside").into(), question(), "another matter");
        let handled = world.room.desk.execute(merged, Request::new(kim(), split)).await.unwrap();
        world.split = handled.other.unwrap().id;
        world.does(world.split, kim(), Command::Reply(say("about the other matter"))).await;
        world
    }

    async fn does(&self, case: CaseId, by: Actor, command: impl Into<Command>) {
        self.tries(case, by, command).await.unwrap();
    }

    async fn tries(&self, case: CaseId, by: Actor, command: impl Into<Command>) -> Result<(), Error> {
        self.room.desk.execute(case, Request::new(by, command)).await.map(drop)
    }

    async fn refusal(&self, case: CaseId, by: Actor, command: impl Into<Command>) -> Rule {
        self.tries(case, by, command).await.unwrap_err().rejection().unwrap().rule.clone()
    }

    /// Brings a case to where its own customer or an employee could give such a command.
    async fn prepares(&self, case: CaseId, kind: CommandKind) {
        let resolve = || Resolve::telling(Resolution::new(Outcome::Fixed), say("It is fixed."));
        match kind {
            CommandKind::RecordAnswer => {
                self.does(case, kim(), resolve()).await;
                self.does(case, kim(), Command::FollowUp(say("Did it help?"))).await;
            }
            CommandKind::RecordExit => self.does(case, kim(), Withdraw::leaving(ExitReason::NotSaid)).await,
            _ => {}
        }
    }

    async fn view(&self, case: CaseId, view: View<'_>) -> String {
        let messages = self.room.desk.conversation(case, view, 0, 1_000).await.unwrap().messages;
        let words = messages.into_iter().map(|message| message.body.unwrap_or_else(|| "(erased)".to_owned()));
        words.collect::<Vec<_>>().join(", ")
    }
}

/// A command of each kind. A kind that has none here fails the test below.
fn command(kind: CommandKind) -> Command {
    let why = || Words::new("why");
    let deadline = DeadlineId { kind: DeadlineKind::Respond, cycle: 1, n: 1 };
    match kind {
        CommandKind::Open => Open::new(matter("ann", 9)).into(),
        CommandKind::Invite => {
            Invite { about: question(), question: say("How was it?"), policy: None }.into()
        }
        CommandKind::Acknowledge => Command::Acknowledge(say("We have it.")),
        CommandKind::CustomerWrote => CustomerWrote::new("Hello?").into(),
        CommandKind::Reply => Command::Reply(say("We look into it.")),
        CommandKind::Note => Command::Note(why()),
        CommandKind::Assign => Assign::to(StaffId::new("lee").unwrap()).into(),
        CommandKind::Classify => Classify::default().into(),
        CommandKind::Await => Await::third_party("a part", monday() + TimeDelta::days(1)).into(),
        CommandKind::Resume => Command::Resume,
        CommandKind::Resolve => Resolve::telling(Resolution::new(Outcome::Fixed), say("Fixed.")).into(),
        CommandKind::FollowUp => Command::FollowUp(say("Did it help?")),
        CommandKind::RecordAnswer => RecordAnswer::of(Satisfaction::of(Verdict::Satisfied)).into(),
        CommandKind::NoActionNeeded => Command::NoActionNeeded,
        CommandKind::Promise => Promise::of(Promised::Answer, monday() + TimeDelta::days(1)).into(),
        CommandKind::Fulfil => Command::Fulfil(deadline),
        CommandKind::Close => Close::because(CloseReason::Spam).into(),
        CommandKind::Reopen => Command::Reopen(why()),
        CommandKind::Withdraw => Withdraw::matter(ExitReason::Mistake).into(),
        CommandKind::Credit => Command::Credit(Credit::staff(StaffId::new("lee").unwrap())),
        CommandKind::RecordThanked => Command::RecordThanked(deadline),
        CommandKind::RecordUnreachable => Command::RecordUnreachable(why()),
        CommandKind::AcceptEscalation => Command::AcceptEscalation(deadline),
        CommandKind::Excuse => Command::Excuse(deadline, why()),
        CommandKind::Waive => Command::Waive(deadline, why()),
        CommandKind::Extend => Extend::untold(deadline, "why").into(),
        CommandKind::RecordDelivery => RecordDelivery::of(id("aside").into(), Delivery::Sent).into(),
        CommandKind::RecordHold => {
            RecordHold { message: id("aside").into(), until: monday() + TimeDelta::hours(1) }.into()
        }
        CommandKind::RecordErasure => Command::RecordErasure(None),
        CommandKind::Retarget => Retarget::priority(Priority::Urgent, "why").into(),
        CommandKind::Recalculate => Command::Recalculate(why()),
        CommandKind::Merge => Merge::into(CaseId::derive(&TenantId::single(), &["elsewhere"]), "why").into(),
        CommandKind::Split => Split::message(id("aside").into(), question(), "why").into(),
        CommandKind::RecordExit => RecordExit::of(Exit::because(ExitReason::Price)).into(),
        CommandKind::ChangeContact => ChangeContact::add(Contact::InThread).into(),
        CommandKind::Tick => Command::Tick,
        new => panic!("{new:?} has no row in the table of boundaries"),
    }
}

/// Ann and Bob in the case that goes on, Bob in the one that was split off, and Eve, who is nobody there; then
/// those who say for whom they act.
const WHO: [(&str, &str); 8] = [
    ("ann", "merged"),
    ("bob", "merged"),
    ("eve", "merged"),
    ("ann", "split"),
    ("bob", "split"),
    ("eve for ann", "merged"),
    ("kim for bob", "merged"),
    ("kim for eve", "merged"),
];

fn actor(who: &str) -> Actor {
    match who.split_once(" for ") {
        Some(("kim", whom)) => kim().on_behalf_of(person(whom)),
        Some((one, whom)) => acts(one).on_behalf_of(person(whom)),
        None => acts(who),
    }
}

/// What customers may do, and whoever acts for one. Everything else is refused to all of them: to who is
/// concerned because it is not for customers, to others because the case is nothing to them.
const COMMANDS: &str = "
|                | ann, merged  | bob, merged    | eve, merged   | ann, split    | bob, split   | eve for ann, merged | kim for bob, merged | kim for eve, merged |
| open           | already-open | already-open   | not-concerned | not-concerned | already-open | already-open        | already-open        | not-concerned       |
| customer-wrote | allowed      | allowed        | not-concerned | not-concerned | allowed      | allowed             | allowed             | allowed             |
| record-answer  | allowed      | allowed        | not-concerned | not-concerned | allowed      | allowed             | allowed             | not-concerned       |
| withdraw       | allowed      | allowed        | not-concerned | not-concerned | allowed      | allowed             | allowed             | not-concerned       |
| record-exit    | wrong-stage  | not-their-part | not-concerned | not-concerned | allowed      | wrong-stage         | not-their-part      | not-concerned       |
| change-contact | allowed      | allowed        | not-concerned | not-concerned | allowed      | allowed             | allowed             | not-concerned       |
";

fn table(text: &str) -> Vec<Vec<String>> {
    let lines = text.trim().lines();
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    lines.map(cells).collect()
}

fn shown(table: &[Vec<String>]) -> String {
    let mut text = String::new();
    for row in table {
        writeln!(text, "| {} |", row.join(" | ")).unwrap();
    }
    text
}

#[test]
fn each_command_of_each_person_is_allowed_or_refused() {
    let head = WHO.map(|(who, case)| format!("{who}, {case}"));
    let mut found = vec![[String::new()].into_iter().chain(head).collect::<Vec<_>>()];
    for kind in CommandKind::ALL {
        let row: Vec<_> = WHO.iter().map(|(who, case)| block_on(outcome(kind, who, case))).collect();
        let refused = ["not-for-customers", "not-concerned"];
        let nobodys = row.iter().all(|cell| refused.contains(&cell.as_str()));
        if nobodys {
            let concerned = ["ann, merged", "bob, merged", "bob, split"];
            for ((who, case), cell) in WHO.iter().zip(&row).filter(|((who, _), _)| !who.contains(" for ")) {
                let theirs = concerned.contains(&format!("{who}, {case}").as_str());
                assert_eq!(cell == refused[0], theirs, "{kind:?} of {who} in the {case} case: {cell}");
            }
            continue;
        }
        let name = serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned();
        found.push([name].into_iter().chain(row).collect());
    }
    assert_eq!(found, table(COMMANDS), "found:\n{}", shown(&found));
}

async fn outcome(kind: CommandKind, who: &str, case: &str) -> String {
    let world = World::new().await;
    let case = if case == "merged" { world.merged } else { world.split };
    world.prepares(case, kind).await;
    match world.tries(case, actor(who), command(kind)).await {
        Ok(()) => "allowed".to_owned(),
        Err(refused) => refused.rejection().unwrap().rule.id().to_owned(),
    }
}

/// What each sees: of words, only what was said on their side and to everyone while they were there.
const READS: &str = "
| merged case, ann   | ann 1, to ann, ann 2, to both, eve 1 |
| merged case, bob   | bob 2, to both, bob 3 |
| merged case, eve   | eve 1 |
| merged case, dan   | |
| merged case, staff | ann 1, a note, to ann, ann 2, bob 2, to both, bob 3, eve 1 |
| source case, ann   | |
| source case, bob   | bob 1, to bob, it goes on with ann's |
| source case, staff | bob 1, to bob, it goes on with ann's |
| split case, ann    | |
| split case, bob    | bob 3, about the other matter |
| split case, staff  | bob 3, about the other matter |
| export, ann        | ann 1, to ann, ann 2, to both |
| export, bob        | bob 2, bob 3, bob 1, to bob, it goes on with ann's, bob 3, about the other matter |
| contacts, ann      | email |
| contacts, bob      | email |
| contacts, eve      | |
";

#[test]
fn each_person_sees_their_own_side() {
    block_on(async {
        let world = World::new().await;
        world.does(world.merged, acts("eve").on_behalf_of(person("ann")), CustomerWrote::new("eve 1")).await;
        let mut found = Vec::new();
        let cases =
            [("merged case", world.merged), ("source case", world.source), ("split case", world.split)];
        for (name, case) in cases {
            let who: &[&str] =
                if name == "merged case" { &["ann", "bob", "eve", "dan"] } else { &["ann", "bob"] };
            for who in who {
                let seen = world.view(case, View::Customer(&person(who))).await;
                found.push(vec![format!("{name}, {who}"), seen]);
            }
            found.push(vec![format!("{name}, staff"), world.view(case, View::Staff).await]);
        }
        for who in ["ann", "bob"] {
            let mut export = world.room.desk.export_person(&person(who)).await.unwrap();
            let order = [world.merged, world.source, world.split];
            export.cases.sort_by_key(|exported| order.iter().position(|case| *case == exported.case));
            let export = serde_json::to_value(export).unwrap();
            let all = export["cases"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|case| case["messages"].as_array().unwrap());
            let words: Vec<_> = all.map(|message| message["words"]["text"].as_str().unwrap()).collect();
            found.push(vec![format!("export, {who}"), words.join(", ")]);
            let other = if who == "ann" { "bob" } else { "ann" };
            for hidden in [format!("\"{other}\""), format!("{other}@"), format!("subject of {other}")] {
                assert!(!export.to_string().contains(&hidden), "{who} reads {hidden}: {export}");
            }
        }
        for who in ["ann", "bob", "eve"] {
            let known = world.room.desk.contacts(world.merged, &person(who)).await.unwrap();
            let kinds = known.iter().map(|known| match &known.contact {
                Some(Contact::Email(address)) if address.as_str().starts_with(who) => "email",
                other => panic!("{who}: {:?}", other.as_ref().map(Contact::kind)),
            });
            found.push(vec![format!("contacts, {who}"), kinds.collect::<Vec<_>>().join(", ")]);
        }
        assert_eq!(found, table(READS), "found:\n{}", shown(&found));
    });
}

#[test]
fn a_view_names_nobody_of_another_side() {
    block_on(async {
        let world = World::new().await;
        for (who, other) in [("ann", "bob"), ("bob", "ann")] {
            let seen_by = person(who);
            let view = world.room.desk.conversation(world.merged, View::Customer(&seen_by), 0, 1_000);
            let others = |message: &talkback::Message| {
                message.by == acts(other).party || message.on_behalf_of == Some(person(other))
            };
            assert!(!view.await.unwrap().messages.iter().any(others), "{who} reads of {other}");
        }
    });
}

#[test]
fn a_letter_to_a_merged_customer_has_their_own_subject_and_address() {
    use super::relay::Post;
    block_on(async {
        let world = World::new().await;
        let post = Post::default();
        talkback::NoticeRelay::of(&world.room.desk, post.clone()).tick().await.unwrap();
        let mut told = Vec::new();
        for letter in post.letters() {
            let Some(customer) = letter.customer() else { continue };
            let words =
                |words: &Option<Words>| words.as_ref().map(|words| words.as_str().to_owned()).unwrap();
            told.push((customer.to_string(), words(&letter.body)));
            assert_eq!(letter.contact, Some(Contact::email(&format!("{customer}@example.org")).unwrap()));
            if letter.case.id != world.split {
                assert_eq!(words(&letter.subject), format!("subject of {customer}"));
            }
        }
        told.sort();
        let expected = [
            ("ann", "to ann"),
            ("ann", "to both"),
            ("bob", "about the other matter"),
            ("bob", "it goes on with ann's"),
            ("bob", "to bob"),
            ("bob", "to both"),
        ];
        assert_eq!(told, expected.map(|(who, what)| (who.to_owned(), what.to_owned())));
    });
}

/// Whom the case does not concern learns nothing of it, not even from a refusal.
#[test]
fn a_refusal_tells_a_stranger_nothing() {
    block_on(async {
        let world = World::new().await;
        for command in [command(CommandKind::Withdraw), command(CommandKind::Reply)] {
            let refused = world.tries(world.merged, acts("eve"), command).await.unwrap_err();
            let refused = refused.rejection().unwrap().clone();
            assert_eq!((refused.rule, refused.stage, refused.legal), (Rule::NotConcerned, None, Vec::new()));
        }
        let case = world.room.desk.load(world.merged).await.unwrap().unwrap();
        assert_eq!(case.legal_commands(&acts("eve"), monday()), []);
        let bobs = [CommandKind::CustomerWrote, CommandKind::Withdraw, CommandKind::ChangeContact];
        assert_eq!(case.legal_commands(&acts("bob"), monday()), bobs);
        assert!(case.legal_commands(&acts("ann"), monday()).contains(&CommandKind::Withdraw));
    });
}

#[test]
fn who_acts_for_a_customer_does_what_that_one_may_and_nothing_else() {
    block_on(async {
        let world = World::new().await;
        let refused = world
            .refusal(world.merged, kim().on_behalf_of(person("ann")), Command::Reply(say("Hello.")))
            .await;
        assert_eq!(refused, Rule::NotForCustomers);
        let son = || acts("son").on_behalf_of(person("ann"));
        world.does(world.merged, son(), Withdraw::matter(ExitReason::Mistake)).await;
        // Bob's matter goes on.
        let case = world.room.desk.load(world.merged).await.unwrap().unwrap();
        assert!(case.is_open() && case.stepped_out == 1);
        let events = world.room.events(world.merged).await;
        let last = events.last().unwrap();
        assert_eq!((&last.by, &last.on_behalf_of), (&acts("son").party, &Some(person("ann"))));
        assert!(case.concerns(&person("son")) && !case.concerns(&person("eve")));
    });
}

#[test]
fn who_wrote_in_a_case_may_write_again_but_not_end_it() {
    block_on(async {
        let world = World::new().await;
        let write = || CustomerWrote::new("I am in copy.");
        assert_eq!(world.refusal(world.merged, acts("eve"), write()).await, Rule::NotConcerned);
        // Intake knows who wrote the mail.
        world.does(world.merged, Actor::system().on_behalf_of(person("eve")), write()).await;
        world.does(world.merged, acts("eve"), write()).await;
        let withdraw = Withdraw::matter(ExitReason::Mistake);
        assert_eq!(world.refusal(world.merged, acts("eve"), withdraw).await, Rule::NotTheirPart);
        let case = world.room.desk.load(world.merged).await.unwrap().unwrap();
        assert_eq!(case.participants.len(), 1, "once");
        assert_eq!(case.contacts(&person("eve")), None, "no messages go to her");
        let erased = world.room.desk.erase_person(person("eve")).await.unwrap();
        assert_eq!(erased.texts, 2, "her words, and nobody else's");
    });
}

#[test]
fn a_customer_opens_a_case_for_themselves_and_from_now() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let refused = async |by: Actor, feedback: Feedback| {
            room.desk.open(by, feedback).await.unwrap_err().rejection().unwrap().rule.clone()
        };
        let bobs = || matter("bob", 1).with_customer(person("bob"));
        assert_eq!(refused(acts("ann"), bobs()).await, Rule::NotConcerned);
        assert_eq!(refused(kim().on_behalf_of(person("ann")), bobs()).await, Rule::NotConcerned);
        let long_ago = |feedback: Feedback| feedback.received_at("2020-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(refused(acts("ann"), long_ago(matter("ann", 1))).await, Rule::Backdated);
        let for_bob = || acts("ann").on_behalf_of(person("bob"));
        assert_eq!(refused(for_bob(), long_ago(bobs())).await, Rule::Backdated);
        // Their clock may be behind ours a little.
        let skewed = |seconds| matter("ann", 1).received_at(monday() - TimeDelta::seconds(seconds));
        assert!(room.desk.open(acts("ann"), skewed(300)).await.is_ok());
        assert_eq!(refused(acts("ann"), skewed(301)).await, Rule::Backdated);
        // Said so, it is Bob's, and the words are Ann's.
        let case = room.desk.open(for_bob(), bobs()).await.unwrap().case;
        assert_eq!(case.head.customer, person("bob"));
        assert_eq!(room.desk.erase_person(person("ann")).await.unwrap().texts, 5, "hers, in two cases");
        let known = room.desk.contacts(case.id, &person("bob")).await.unwrap();
        assert_eq!(known[0].contact, Some(Contact::email("bob@example.org").unwrap()), "the address is his");
        // Who takes old feedback in may date it.
        for by in [Actor::system(), kim(), Actor::system().on_behalf_of(person("bob"))] {
            let case = room.desk.open(by, long_ago(bobs())).await.unwrap().case;
            assert_eq!((&case.head.customer, case.deadlines.breaches().is_empty()), (&person("bob"), false));
        }
    });
}

fn photo() -> Attachment {
    Attachment::new("kettle.jpg", "image/jpeg", "files/1")
}

#[test]
fn erasing_a_case_takes_nothing_from_the_one_that_was_split_off() {
    block_on(async {
        for erases_the_new_one in [false, true] {
            let room = Room::over(MemoryBackend::new());
            let old = room.desk.open(acts("ann"), matter("ann", 1)).await.unwrap().case.id;
            let wrote = CustomerWrote { attachments: vec![photo()], ..CustomerWrote::new("ann 2") };
            room.desk.execute(old, Request::new(acts("ann"), wrote).with_id(id("aside"))).await.unwrap();
            let split = Split::message(id("aside").into(), question(), "another matter");
            let new = room.desk.execute(old, Request::new(kim(), split)).await.unwrap().other.unwrap().id;
            let words = async || {
                let export = room.desk.export_person(&person("ann")).await.unwrap();
                let of = |case| export.cases.iter().find(|exported| exported.case == case).unwrap().clone();
                let told = |case| {
                    let exported = of(case);
                    let message = exported.messages.last().unwrap().clone();
                    (message.words, message.files[0].name.clone(), exported.contacts[0].address.clone())
                };
                (told(old), told(new))
            };
            let before = words().await;
            assert_eq!(before.0, before.1, "each has its own");
            let (erased, stays) = if erases_the_new_one { (new, old) } else { (old, new) };
            assert!(room.desk.erase_case(erased).await.unwrap().texts >= 5);
            let (of_old, of_new) = words().await;
            let (gone, kept) = if erased == old { (of_old, of_new) } else { (of_new, of_old) };
            assert_eq!(kept, before.0, "of {stays}");
            let erased = Some(talkback::export::ExportedWords::Erased);
            assert_eq!(gone, (erased.clone(), erased.clone(), erased));
        }
    });
}

#[test]
fn erasing_a_merged_or_continued_case_leaves_the_address_in_the_one_that_goes_on() {
    block_on(async {
        let world = World::new().await;
        world.room.desk.erase_case(world.source).await.unwrap();
        let email = |who: &str| Some(Contact::email(&format!("{who}@example.org")).unwrap());
        let contact = async |case, who: &str| {
            world
                .room
                .desk
                .contacts(case, &person(who))
                .await
                .unwrap()
                .first()
                .and_then(|known| known.contact.clone())
        };
        assert_eq!(contact(world.merged, "bob").await, email("bob"));
        assert_eq!(contact(world.split, "bob").await, email("bob"));
        assert_eq!(contact(world.source, "bob").await, None);
        // A case that continues one that is over.
        for who in ["ann", "bob"] {
            world.does(world.merged, acts(who), Withdraw::matter(ExitReason::Mistake)).await;
        }
        world.room.later(TimeDelta::days(400));
        let again = Request::new(acts("ann"), CustomerWrote::new("It leaks again."));
        let new = world.room.desk.execute(world.merged, again).await.unwrap().case;
        assert_eq!(new.head.continues, Some(world.merged));
        world.room.desk.erase_case(world.merged).await.unwrap();
        assert_eq!(contact(new.id, "ann").await, email("ann"));
    });
}

#[test]
fn an_erased_address_does_not_come_back_with_a_merge() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let open = async |of: &str| room.desk.open(acts(of), matter(of, 1)).await.unwrap().case.id;
        let (hers, his) = (open("ann").await, open("bob").await);
        room.desk.erase_person(person("bob")).await.unwrap();
        let merge = Merge::into(hers, "one matter").telling(say("It goes on."));
        let merged = room.desk.execute(his, Request::new(kim(), merge)).await.unwrap().other.unwrap();
        assert_eq!(merged.contacts(&person("bob")), Some(&[][..]));
    });
}

#[test]
fn a_message_becomes_a_case_of_its_own_once() {
    block_on(async {
        let world = World::new().await;
        let split = || Split::message(id("aside").into(), question(), "once more");
        let expected = Rule::SplitOffAlready(world.split);
        assert_eq!(world.refusal(world.merged, kim(), split()).await, expected);
        assert!(expected.to_string().contains(&world.split.to_string()));
        let refused = world.tries(world.merged, kim(), split()).await.unwrap_err();
        let shown = serde_json::to_value(refused.rejection().unwrap()).unwrap();
        assert!(shown["sentence"].as_str().unwrap().contains(&world.split.to_string()), "{shown}");
        // Nor in the case that it became, or in another one.
        assert_eq!(world.refusal(world.split, kim(), split()).await, Rule::NoSuchMessage);
        assert_eq!(world.refusal(world.source, kim(), split()).await, Rule::NoSuchMessage);
        assert_eq!(world.room.cases().await, 3);
    });
}

#[test]
fn what_answers_an_invitation_is_what_the_case_began_with_and_stays() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let mut about = matter("ann", 1).with_customer(person("ann"));
        about.body = None;
        about.consent.surveys = true;
        let case = CaseId::derive(&TenantId::single(), &["invited"]);
        let invite = Invite { about, question: say("How was it?"), policy: None };
        room.desk.execute(case, Request::new(kim(), invite)).await.unwrap();
        let wrote = Request::new(acts("ann"), CustomerWrote::new("It leaks.")).with_id(id("first"));
        room.desk.execute(case, wrote).await.unwrap();
        let split = Split::message(id("first").into(), question(), "another matter");
        let refused = room.desk.execute(case, Request::new(kim(), split)).await.unwrap_err();
        assert_eq!(refused.rejection().unwrap().rule, Rule::NoSuchMessage);
    });
}

#[test]
fn after_a_merge_a_person_is_reached_by_everything_that_is_known() {
    use super::relay::Post;
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let email = |address: &str| Contact::email(address).unwrap();
        let by_mail =
            |address: &str| Feedback::complaint(Channel::Email, "It leaks.").with_contact(email(address));
        let nowhere = Feedback::complaint(Channel::WebForm, "It leaks.");
        let open = async |feedback| room.desk.open(acts("ann"), feedback).await.unwrap().case.id;
        let target = open(nowhere).await;
        for address in ["one@example.org", "two@example.org", "one@example.org"] {
            let source = open(by_mail(address)).await;
            room.desk.execute(source, Request::new(kim(), Merge::into(target, "one matter"))).await.unwrap();
        }
        let both = [email("one@example.org"), email("two@example.org")];
        let known = room.desk.contacts(target, &person("ann")).await.unwrap();
        assert_eq!(
            known.iter().filter_map(|known| known.contact.clone()).collect::<Vec<_>>(),
            both,
            "each once"
        );
        room.desk
            .execute(target, Request::new(kim(), Command::Reply(say("We look into it."))))
            .await
            .unwrap();
        let post = Post::default();
        talkback::NoticeRelay::of(&room.desk, post.clone()).tick().await.unwrap();
        let letters = post.letters();
        assert_eq!((&letters[0].contact, &letters[0].contacts[..]), (&Some(both[0].clone()), &both[..]));
    });
}

#[test]
fn contacts_are_added_corrected_and_removed() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let case =
            room.desk.open(acts("ann"), Feedback::complaint(Channel::Phone, "It leaks.")).await.unwrap().case;
        let unreachable =
            room.desk.execute(case.id, Request::new(kim(), Command::Reply(say("Hello.")))).await;
        assert_eq!(unreachable.unwrap_err().rejection().unwrap().rule, Rule::NobodyToReach);
        let change = async |by: Actor, change: ChangeContact| {
            room.desk
                .execute(case.id, Request::new(by, change))
                .await
                .map(|done| done.case.head.contacts.clone())
        };
        let email = |name: &str| Contact::email(&format!("{name}@example.org")).unwrap();
        let kinds = |known: &[talkback::ContactRef]| known.iter().map(|known| known.kind).collect::<Vec<_>>();
        // She calls, and gives an address; then she adds another herself, and likes it better.
        let known = change(kim(), ChangeContact::add(email("old"))).await.unwrap();
        assert_eq!(kinds(&known), [ContactKind::Email]);
        room.desk.execute(case.id, Request::new(kim(), Command::Reply(say("Hello.")))).await.unwrap();
        change(acts("ann"), ChangeContact::add(Contact::InThread)).await.unwrap();
        let known = change(acts("ann"), ChangeContact::add(email("new")).preferred()).await.unwrap();
        assert_eq!(kinds(&known), [ContactKind::Email, ContactKind::Email, ContactKind::InThread]);
        // What takes the place of another stands where that stood.
        let known = change(Actor::system(), ChangeContact::correct(known[1], email("older"))).await.unwrap();
        let read = async || {
            let known = room.desk.contacts(case.id, &person("ann")).await.unwrap();
            known.into_iter().filter_map(|known| known.contact).collect::<Vec<_>>()
        };
        assert_eq!(read().await, [email("new"), email("older"), Contact::InThread]);
        let left = change(acts("ann"), ChangeContact::remove(known[0])).await.unwrap();
        assert_eq!(left, known[1..]);
        assert_eq!(read().await, [email("older"), Contact::InThread]);

        let refused = async |by, what| change(by, what).await.unwrap_err().rejection().unwrap().rule.clone();
        assert_eq!(refused(kim(), ChangeContact::remove(known[0])).await, Rule::NoSuchContact);
        assert_eq!(refused(kim(), ChangeContact::add(Contact::InThread)).await, Rule::NothingChanges);
        assert_eq!(refused(kim(), ChangeContact::add(Contact::Nowhere)).await, Rule::NothingChanges);
        assert_eq!(refused(acts("eve"), ChangeContact::add(email("eve"))).await, Rule::NotConcerned);
        for n in left.len()..talkback::MAX_CONTACTS {
            change(kim(), ChangeContact::add(email(&format!("more-{n}")))).await.unwrap();
        }
        let full = refused(kim(), ChangeContact::add(email("one-more"))).await;
        assert_eq!(full, Rule::TooMuch(talkback::workflow::Limit::TooManyContacts));
        assert!(change(kim(), ChangeContact::correct(left[0], email("another"))).await.is_ok());
        // All of them are hers, and erasing her takes all of them, those that were removed as well.
        room.desk.erase_person(person("ann")).await.unwrap();
        assert_eq!(read().await, [Contact::InThread]);
    });
}

#[test]
fn a_contact_ends_that_a_customer_is_out_of_reach() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let case = room
            .desk
            .open(acts("ann"), Feedback::complaint(Channel::Phone, "It leaks."))
            .await
            .unwrap()
            .case
            .id;
        let does = async |command: Command| {
            room.desk.execute(case, Request::new(kim(), command)).await.unwrap().case
        };
        does(Command::RecordUnreachable(Words::new("called twice"))).await;
        does(Resolve::untold(Resolution::new(Outcome::Explained)).into()).await;
        let email = ChangeContact::add(Contact::email("ann@example.org").unwrap());
        let reached = does(email.into()).await;
        assert!(!reached.unreachable && reached.stage == Stage::Resolved);
        assert!(reached.deadlines.has(DeadlineKind::FollowUp), "she can be asked now");
    });
}

#[test]
fn what_a_customer_says_to_a_merged_case_is_theirs_where_it_goes_on() {
    block_on(async {
        let world = World::new().await;
        // Intake names nobody: it is the customer's of the case that was written to.
        world.does(world.source, Actor::system(), CustomerWrote::new("bob 4")).await;
        let phone = ChangeContact::add(Contact::InThread);
        world.does(world.source, kim(), phone).await;
        let case = world.room.desk.load(world.merged).await.unwrap().unwrap();
        assert_eq!(case.contacts(&person("bob")).unwrap().len(), 2);
        assert!(world.view(world.merged, View::Customer(&person("bob"))).await.ends_with("bob 4"));
        assert!(!world.view(world.merged, View::Customer(&person("ann"))).await.contains("bob"));
    });
}

#[test]
fn those_who_came_together_stay_together_when_a_case_is_merged_once_more() {
    block_on(async {
        let world = World::new().await;
        world.does(world.merged, acts("eve").on_behalf_of(person("bob")), CustomerWrote::new("eve 1")).await;
        let dans = world.room.desk.open(acts("dan"), matter("dan", 1)).await.unwrap().case.id;
        world.does(world.merged, kim(), Merge::into(dans, "all one").telling(say("on with dan's"))).await;
        for who in ["ann", "bob", "eve"] {
            world.does(dans, acts(who), CustomerWrote::new(format!("{who} at dan's"))).await;
        }
        world.does(dans, kim(), Command::Reply(say("to all"))).await;
        let view = async |who: &str| world.view(dans, View::Customer(&person(who))).await;
        assert_eq!(view("dan").await, "dan 1, to all");
        assert_eq!(view("ann").await, "ann at dan's, to all");
        assert_eq!(view("bob").await, "bob at dan's, eve at dan's, to all");
        assert_eq!(view("eve").await, "bob at dan's, eve at dan's, to all");
        // A case of Ann's into which hers is merged is her own side.
        let anns = world.room.desk.open(acts("ann"), matter("ann", 8)).await.unwrap().case.id;
        world.does(dans, kim(), Merge::into(anns, "all one").telling(say("on with ann's"))).await;
        world.does(anns, acts("ann"), CustomerWrote::new("ann 9")).await;
        assert!(world.view(anns, View::Customer(&person("ann"))).await.starts_with("ann 8"));
        assert!(!world.view(anns, View::Customer(&person("bob"))).await.contains("ann"));
    });
}

#[test]
fn an_application_refuses_no_more_people_than_a_case_can_hold() {
    block_on(async {
        let room = Room::over(MemoryBackend::new());
        let case = room.desk.open(acts("ann"), matter("ann", 1)).await.unwrap().case.id;
        let code = |n: usize| Code::new(format!("person-{n}")).unwrap();
        let writes = async |n: usize| {
            let by = Actor::system().on_behalf_of(person(code(n).as_str()));
            room.desk.execute(case, Request::new(by, CustomerWrote::new("I am in copy."))).await
        };
        for n in 0..talkback::MAX_INVOLVED {
            writes(n).await.unwrap();
        }
        let full = writes(talkback::MAX_INVOLVED).await.unwrap_err().rejection().unwrap().rule.clone();
        assert_eq!(full, Rule::TooMuch(talkback::workflow::Limit::TooManyInvolved));
        assert!(writes(0).await.is_ok(), "who is in it may go on");
    });
}
