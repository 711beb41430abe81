//! The map in the documentation is drawn from the code: every way from one stage to another that a search
//! finds, and who may do what in which stage.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use talkback::calendar::WorkingCalendar;
use talkback::policy::{Extension, Policy, PolicyBook, Rule, Span, Target, Terms};
use talkback::workflow::{Assign, Await, Classify, CommandKind, Invite, Open, step};
use talkback::{
    Actor, Case, Channel, CloseReason, Code, Command, Context, Credit, DeadlineKind, DeadlineState, Event,
    ExitReason, Feedback, Grants, Party, Promised, Stage, Verdict, WaitingFor,
};

use super::generate::{customer_id, staff_id, start};
use super::policies::{ladder, name, policy};
use super::run::{case_id, command_id, tenant};
use super::world::*;
use crate::tables::same_as_file;

const TICK: TimeDelta = TimeDelta::minutes(10);
/// How far the clock goes.
const TICKS: i32 = 14;

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
        ("T", Actor { party: Party::ThirdParty(name("supplier")), grants: Grants::ALL }),
    ]
}

/// A state, as far as it matters to the map: stage and what its deadlines are, without the times.
type State = (Stage, String);

fn state(case: &Case) -> State {
    let cycle = &case.cycle;
    let live: BTreeSet<_> = case
        .deadlines
        .live()
        .iter()
        .map(|deadline| {
            let breached = deadline.state == DeadlineState::Breached;
            (deadline.id.kind, breached, deadline.accepted_until.is_some())
        })
        .collect();
    let rest = (
        cycle.cause,
        cycle.acknowledged_at.is_some(),
        cycle.responded_at.is_some(),
        cycle.resolved_at.is_some(),
        cycle.answered_at.is_some(),
        case.conversation.unanswered_since.is_some(),
        case.unreachable,
        case.closed.as_ref().map(|closed| closed.reason.as_str()),
        case.deadlines.breaches().iter().any(|breach| breach.excused.is_none()),
        live,
    );
    (case.stage, format!("{rest:?}"))
}

/// Everything that somebody may try with this case.
fn shapes(case: Option<&Case>, now: DateTime<Utc>) -> Vec<Command> {
    let feedback = Feedback::praise(Channel::Email, "It shines.").with_customer(customer_id());
    let feedback = feedback.with_contact(talkback::Contact::email("customer@example.org").unwrap());
    let Some(case) = case else {
        let mut about = feedback.clone();
        about.body = None;
        let invite = Invite { about, question: message(), policy: None };
        return vec![Command::Open(Box::new(Open::new(feedback))), Command::Invite(Box::new(invite))];
    };
    let wait = |who| Command::Await(Await { who, reason: words("parts"), until: now + TICK * 2 });
    let promise = |what| Command::Promise(talkback::workflow::Promise { what, by: now + TICK, words: None });
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
    ];
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

fn searched() -> Map {
    let book = PolicyBook::single(tiny());
    let mut map = Map::default();
    let mut seen = HashSet::new();
    let mut todo: VecDeque<Option<Case>> = VecDeque::from([None]);
    while let Some(case) = todo.pop_front() {
        let base = case.as_ref().map_or(start(), |case| case.updated_at);
        for ticks in [0, 1, 3] {
            let now = base + TICK * ticks;
            if now > start() + TICK * TICKS {
                continue;
            }
            for command in shapes(case.as_ref(), now) {
                for (_, actor) in actors().iter().take(3) {
                    let context = Context {
                        tenant: tenant(),
                        case: case_id(),
                        now,
                        occurred_at: None,
                        actor,
                        command: command_id("map", 0),
                        policies: &book,
                    };
                    let Ok(decision) = step(case.as_ref(), &command, &context) else { continue };
                    map.walk(case.as_ref(), &decision.events, command.kind());
                    if seen.insert(state(&decision.case)) {
                        map.look(&decision.case);
                        todo.push_back(Some(decision.case.as_ref().clone()));
                    }
                }
            }
        }
    }
    map
}

fn page(map: &Map) -> String {
    let mut page = String::from(
        "# From one stage to another\n\nEvery way that there is. *time* is what happens by itself.\n\n\
         | from | to | by |\n|---|---|---|\n",
    );
    for ((from, to), by) in &map.ways {
        let from = from.map_or("nothing".to_owned(), |from| format!("`{from}`"));
        let by: Vec<_> =
            by.iter().map(|by| if *by == "time" { "*time*".to_owned() } else { format!("`{by}`") }).collect();
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
    assert!(states > 500 && map.states.len() == Stage::ALL.len(), "{:?}", map.states);
    same_as_file("src/workflow/map.md", &page(&map));
}
