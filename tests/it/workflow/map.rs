//! The map in the documentation is drawn from the code: every way from one stage to another that a search
//! finds, and who may do what in which stage.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use talkback::calendar::WorkingCalendar;
use talkback::policy::{Extension, Policy, PolicyBook, Rule, Span, Target, Terms};
use talkback::workflow::{
    Assign, Await, ChangeContact, Classify, CommandKind, Decision, Invite, Merge, Open, RecordDelivery,
    RecordExit, Retarget, Split, merge, split, step,
};
use talkback::{
    Actor, Case, CaseId, Channel, CloseReason, Code, Command, Consent, Context, Credit, DeadlineKind,
    Delivery, Event, Exit, ExitReason, Fact, Feedback, Grants, Party, Priority, Promised, Stage, Verdict,
    WaitingFor,
};

use super::generate::{customer_id, staff_id, start};
use super::policies::{ladder, name, policy};
use super::run::{case_id, command_id, tenant};
use super::world::*;
use crate::tables::same_as_file;

const TICK: TimeDelta = TimeDelta::minutes(10);
/// How far the clock goes.
const TICKS: i32 = 40;

fn tiny() -> Policy {
    let ticks = |n: u32| Target::within(Span::minutes(10 * n));
    let rule = Rule::always()
        .target(DeadlineKind::Acknowledge, ticks(1))
        .target(DeadlineKind::Respond, ticks(2))
        .target(DeadlineKind::Resolve, ticks(3).pausable().extension(Extension::by(Span::minutes(10))))
        .target(DeadlineKind::FollowUp, ticks(1))
        .target(DeadlineKind::Confirm, ticks(1))
        .target(DeadlineKind::Thank, ticks(2))
        .target(DeadlineKind::Expire, ticks(2));
    let terms = Terms {
        grace_seconds: 0,
        follow_up_attempts: 1,
        reopen_within: Span::minutes(20),
        longest_wait: Span::minutes(30),
        review_every: Span::minutes(20),
        ladder: ladder(&[], &[0], None),
        ..Terms::default()
    };
    policy("tiny", WorkingCalendar::always(), vec![rule], terms)
}

fn actors() -> [(&'static str, Actor); 4] {
    [
        ("S", Actor::staff(staff_id("ann"))),
        ("C", Actor::customer(customer_id())),
        ("A", Actor::system()),
        ("T", Actor::new(Party::ThirdParty(name("supplier")), Grants::ALL)),
    ]
}

/// A state, as far as it matters to the map: the stage, what staff may do, and what else may lead on from
/// there.
type State = (Stage, Vec<CommandKind>, bool, bool, Option<&'static str>);

fn state(case: &Case) -> State {
    let [(_, staff), ..] = actors();
    let underway = case.cycle.outgoing.iter().any(|outgoing| !outgoing.has_failed());
    let closed = case.closed.as_ref().map(|closed| match closed.reason {
        CloseReason::Spam => "spam",
        CloseReason::MergedInto(_) => "merged",
        _ => "other",
    });
    (case.stage, case.legal_commands(&staff, case.updated_at), case.unreachable, underway, closed)
}

/// Everything that somebody may try with this case.
fn shapes(case: Option<&Case>, now: DateTime<Utc>) -> Vec<Command> {
    let feedback = Feedback::praise(Channel::Email, "It shines.").with_customer(customer_id());
    let feedback = feedback.with_contact(talkback::Contact::email("customer@example.org").unwrap());
    let Some(case) = case else {
        let mut about = feedback.clone();
        about.body = None;
        about.consent = Consent { surveys: true, ..Consent::default() };
        let invite = Invite { about, question: message(), policy: None };
        return vec![Command::Open(Box::new(Open::new(feedback))), Command::Invite(Box::new(invite))];
    };
    let wait = |who| Command::Await(Await { who, reason: words("parts"), until: now + TICK * 2 });
    let promise =
        |what| Command::Promise(talkback::workflow::Promise { what, by: now + TICK, message: None });
    let mut shapes = vec![
        Command::Tick,
        acknowledge(),
        wrote(),
        disputes(),
        out_of_office(),
        reply(),
        Command::Note(words("a note")),
        Command::Assign(Assign::to(staff_id("bob"))),
        Command::Classify(Classify::default()),
        wait(WaitingFor::Customer),
        wait(WaitingFor::ThirdParty),
        Command::Resume,
        resolve(),
        resolve_in_silence(),
        follow_up(),
        answer(Verdict::Satisfied),
        answer(Verdict::Disputed),
        Command::NoActionNeeded,
        promise(Promised::Action(Code::new("visit").unwrap())),
        Command::Reopen(words("it is not over")),
        withdraw(ExitReason::NotSaid),
        Command::Credit(Credit::staff(staff_id("kim"))),
        Command::RecordUnreachable(words("called twice")),
        close(CloseReason::Confirmed),
        close(CloseReason::Unanswered),
        close(CloseReason::ThanksSufficed),
        close(CloseReason::Spam),
        close_with(CloseReason::Referred(name("the carrier")), Some(message()), "theirs"),
        close_with(CloseReason::Waived(Party::System), None, "a test"),
        Command::Retarget(Retarget::priority(Priority::Urgent, "they are ill")),
        Command::RecordExit(RecordExit::of(Exit::because(ExitReason::Price))),
        Command::ChangeContact(ChangeContact::add(talkback::Contact::InThread)),
    ];
    for outgoing in &case.cycle.outgoing {
        let delivery = |result| Command::RecordDelivery(RecordDelivery::of(outgoing.message, result));
        shapes.extend([delivery(Delivery::Sent), delivery(Delivery::Failed)]);
    }
    for outgoing in &case.cycle.outgoing {
        let delivery = |result| Command::RecordDelivery(RecordDelivery::of(outgoing.message, result));
        shapes.extend([delivery(Delivery::Sent), delivery(Delivery::Failed)]);
    }
    for deadline in case.deadlines.live() {
        let id = deadline.id;
        shapes.extend([
            Command::Fulfil(id),
            Command::RecordThanked(id),
            Command::AcceptEscalation(id),
            Command::Excuse(id, words("the line was down")),
            Command::Waive(id, words("a test")),
            talkback::workflow::Extend::telling(id, "it is complex", message()).into(),
        ]);
    }
    shapes
}

/// What a search over the workflow saw.
#[derive(Default)]
struct Map {
    /// From a stage to another, and by what.
    ways: BTreeMap<(Option<Stage>, Stage), BTreeSet<&'static str>>,
    /// In a stage, for a command: the states in which each actor may give it.
    may: BTreeMap<(CommandKind, Stage, &'static str), usize>,
    /// How many states there are of each stage.
    states: BTreeMap<Stage, usize>,
}

fn written(kind: CommandKind) -> &'static str {
    let name = serde_json::to_value(kind).unwrap();
    // The table lives as long as the test.
    Box::leak(name.as_str().unwrap().to_owned().into_boxed_str())
}

impl Map {
    fn walk(&mut self, before: Option<&Case>, events: &[Event], kind: CommandKind) {
        let mut case = before.cloned();
        for event in events {
            let from = case.as_ref().map(|case| case.stage);
            case = talkback::workflow::evolve(case, event);
            let to = case.as_ref().unwrap().stage;
            if from != Some(to) {
                let by = if event.command.is_some() { written(kind) } else { "time" };
                self.ways.entry((from, to)).or_default().insert(by);
            }
        }
    }

    fn look(&mut self, case: &Case) {
        *self.states.entry(case.stage).or_default() += 1;
        for (letter, actor) in actors() {
            for kind in case.legal_commands(&actor, case.updated_at) {
                *self.may.entry((kind, case.stage, letter)).or_default() += 1;
            }
        }
    }
}

/// A case that a search has come to, and the last message that its customer wrote in it.
#[derive(Clone, Default)]
struct Place {
    case: Option<Case>,
    said: Option<Event>,
}

struct Search {
    book: PolicyBook,
    map: Map,
    seen: HashSet<State>,
    ahead: VecDeque<Place>,
    /// How many commands there have been: each has an id of its own.
    commands: usize,
}

impl Search {
    fn context<'a>(&mut self, actor: &'a Actor, now: DateTime<Utc>, book: &'a PolicyBook) -> Context<'a> {
        self.commands += 1;
        Context {
            tenant: tenant(),
            case: case_id(),
            now,
            occurred_at: None,
            actor,
            command: command_id("map", self.commands),
            policies: book,
        }
    }

    /// Looks at what came of a command, and goes on from there if nothing like it was seen before.
    fn take(&mut self, from: &Place, decision: &Decision, kind: CommandKind) {
        self.map.walk(from.case.as_ref(), &decision.events, kind);
        if self.seen.insert(state(&decision.case)) {
            self.map.look(&decision.case);
            let wrote = |event: &&Event| matches!(event.fact, Fact::CustomerWrote { .. });
            let said = decision.events.iter().rfind(wrote).or(from.said.as_ref()).cloned();
            self.ahead.push_back(Place { case: Some(decision.case.as_ref().clone()), said });
        }
    }

    fn try_all(&mut self, from: &Place, now: DateTime<Utc>) {
        let book = self.book.clone();
        for command in shapes(from.case.as_ref(), now) {
            for (_, actor) in actors().iter().take(3) {
                let context = self.context(actor, now, &book);
                if let Ok(decision) = step(from.case.as_ref(), &command, &context) {
                    self.take(from, &decision, command.kind());
                }
            }
        }
    }

    /// The commands about two cases, with a case that has just been opened as the other one.
    fn try_pairs(&mut self, from: &Place, now: DateTime<Utc>) {
        let Some(case) = &from.case else { return };
        let (book, staff) = (self.book.clone(), actors()[0].1.clone());
        let context = self.context(&staff, now, &book);
        let other = CaseId::derive(tenant(), &["another"]);
        let opening = Context { case: other, ..context };
        let opened = step(None, &shapes(None, now)[0], &opening).unwrap().case;
        let opened = Place { case: Some(opened.as_ref().clone()), said: None };
        let ours = self.context(&staff, now, &book);
        if let Ok(pair) = merge(case, opened.case.as_ref(), &[], &Merge::into(other, "one matter"), &ours) {
            self.take(from, &pair.case, CommandKind::Merge);
            self.take(&opened, &pair.other, CommandKind::Merge);
        }
        let theirs = Context { case: other, ..self.context(&staff, now, &book) };
        let source = opened.case.as_ref().unwrap();
        if let Ok(pair) = merge(source, Some(case), &[], &Merge::into(case.id, "one matter"), &theirs) {
            self.take(from, &pair.other, CommandKind::Merge);
        }
        let ours = self.context(&staff, now, &book);
        if let Some(said) = &from.said {
            let message = said.command.unwrap().into();
            let off = Split::message(message, Feedback::question(Channel::Chat, ""), "another matter");
            if let Ok(pair) = split(case, Some(said), None, &off, &ours) {
                self.take(from, &pair.case, CommandKind::Split);
                self.take(&Place::default(), &pair.other, CommandKind::Split);
            }
        }
    }
}

fn searched() -> Map {
    let mut search = Search {
        book: PolicyBook::single(tiny()),
        map: Map::default(),
        seen: HashSet::new(),
        ahead: VecDeque::from([Place::default()]),
        commands: 0,
    };
    while let Some(place) = search.ahead.pop_front() {
        let base = place.case.as_ref().map_or(start(), |case| case.updated_at);
        for ticks in [0, 1, 3, 7] {
            let now = base + TICK * ticks;
            if now <= start() + TICK * TICKS {
                search.try_all(&place, now);
                search.try_pairs(&place, now);
            }
        }
    }
    search.map
}

fn page(map: &Map) -> String {
    let mut page = String::from(
        "# From one stage to another\n\nEvery way that there is. *time* is what happens by itself.\n\n\
         | from | to | by |\n|---|---|---|\n",
    );
    for ((from, to), by) in &map.ways {
        let from = from.map_or("nothing".to_owned(), |from| format!("`{from}`"));
        let commands = by.iter().filter(|by| **by != "time").map(|by| format!("`{by}`"));
        let time = by.contains("time").then(|| "*time*".to_owned());
        let by: Vec<_> = commands.chain(time).collect();
        page.push_str(&format!("| {from} | `{to}` | {} |\n", by.join(", ")));
    }
    page.push_str(
        "\n# Who may do what\n\n**S** staff, **C** the customer, **A** the application itself, **T** \
         somebody else, such as a supplier.\nA dot behind it: only when there is something to do it to, such \
         as a promise to be kept.\n\n| |",
    );
    for stage in Stage::ALL {
        page.push_str(&format!(" `{stage}` |"));
    }
    page.push_str("\n|---|");
    page.push_str(&"---|".repeat(Stage::ALL.len()));
    page.push('\n');
    for kind in CommandKind::ALL {
        if matches!(kind, CommandKind::Open | CommandKind::Invite | CommandKind::Tick) {
            continue;
        }
        page.push_str(&format!("| `{}` |", written(kind)));
        for stage in Stage::ALL {
            let mut cell = String::new();
            let mut always = true;
            for (letter, _) in actors() {
                if let Some(states) = map.may.get(&(kind, stage, letter)) {
                    cell.push_str(letter);
                    always &= *states == map.states[&stage];
                }
            }
            if !cell.is_empty() && !always {
                cell.push('·');
            }
            page.push_str(&format!(" {cell} |").replace("  |", " |"));
        }
        page.push('\n');
    }
    page
}

/// `TALKBACK_GOLDEN=write cargo test --all-features workflow::map` draws it anew.
#[test]
fn the_map_in_the_documentation_is_that_of_the_code() {
    let map = searched();
    let states: usize = map.states.values().sum();
    assert!(states > 200 && map.states.len() == Stage::ALL.len(), "{:?}", map.states);
    same_as_file("src/workflow/map.md", &page(&map));
}
