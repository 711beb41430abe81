//! The relay, two cases, a merger and an erasure together, with the small model of who is owed what for an
//! oracle: after each step the cases and the model agree on who waits since when, what is due when, what was
//! missed, and who is to get which message.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use talkback::policy::PolicyBook;
use talkback::workflow::{Merge, Pair, RecordDelivery, RecordHold};
use talkback::workflow::{NoticeKind, Recipient};
use talkback::{
    Actor, Case, CaseId, Command, CommandId, DeadlineKind, Delivery, Event, MessageId, Notice, Stage,
};

use super::super::laws::law_17_nothing_is_lost_by_merging;
use super::super::run::{Order, Workflow, case_id, context, tenant};
use super::super::world::{ann, follow_up, message, reply, resolve, wrote};
use super::bfs::{Choice, Model, Out, Tally};
use super::checked::{Checked, Outcome, around, next_id};
use super::key::{Key, joined, key};
use super::owed::Small;
use super::owed::rules::{
    Act, Bug, Fate, Kind, PEOPLE, Person, Purpose, Stage as Owed, State as Oracle, Time, goes, late_of,
};
use super::single::came;
use super::worlds::{SmallWorld, TICK, customer_of, instant, opens_for};

const BEGIN: Choice = Choice::MAX;

/// The cases, what they should come to, and which message of the oracle is which of theirs.
#[derive(Clone)]
pub(super) struct State {
    cases: [Option<Arc<Case>>; 2],
    oracle: Oracle,
    messages: Vec<MessageId>,
}

/// One command on one case, and what came of it.
struct Part {
    at: usize,
    order: Order,
    id: CommandId,
    before: Option<Arc<Case>>,
    outcome: Outcome,
}

pub(super) struct Delivered<'a> {
    world: &'a SmallWorld,
    small: Small,
}

/// What both sides say of a case.
#[derive(Debug, PartialEq)]
struct Said {
    stage: Owed,
    waiting: [Option<Time>; PEOPLE],
    respond: Option<Time>,
    resolve: Option<Time>,
}

fn ticks(at: DateTime<Utc>) -> Time {
    let ticks = (at - instant(0)).num_seconds() / TICK.num_seconds();
    Time::try_from(ticks).unwrap_or(Time::MAX)
}

fn id_of(at: usize) -> CaseId {
    if at == 0 { case_id() } else { CaseId::derive(tenant(), &["the other case"]) }
}

fn speaks(person: Person) -> Actor {
    Actor::customer(customer_of(person))
}

/// The place of a person in a case.
fn place(case: &Case, person: Person) -> Option<u8> {
    let customer = customer_of(person);
    let people =
        std::iter::once(&case.head.customer).chain(case.involved.iter().map(|other| &other.customer));
    people.zip(0..).find_map(|(one, place)| (*one == customer).then_some(place))
}

fn said(case: &Case) -> Said {
    let due = |kind: DeadlineKind| case.deadlines.of_kind(kind).next().map(|deadline| ticks(deadline.due));
    let waits = |person: Person| {
        let place = place(case, person)?;
        let mut waiting = case.conversation.waiting.iter();
        waiting.find(|waiting| waiting.who == place).map(|waiting| ticks(waiting.since))
    };
    Said {
        stage: match case.stage {
            Stage::Closed => Owed::Closed,
            Stage::Resolved => Owed::Resolved,
            Stage::FollowedUp if case.deadlines.has(DeadlineKind::Confirm) => Owed::FollowedUp,
            Stage::FollowedUp => Owed::Resolved,
            _ => Owed::InProgress,
        },
        waiting: std::array::from_fn(waits),
        respond: due(DeadlineKind::Respond),
        resolve: due(DeadlineKind::Resolve),
    }
}

/// Of what was missed, it is the same when it was due.
fn or_missed(due: Option<Time>, now: Time) -> Option<Time> {
    due.map(|due| if due < now { Time::MAX } else { due })
}

fn missed(state: &State) -> [BTreeSet<(Kind, Time)>; 2] {
    let breaches = state.cases.iter().flatten().flat_map(|case| case.deadlines.breaches());
    let real = breaches.filter_map(|breach| match breach.id.kind {
        DeadlineKind::Respond => Some((Kind::Respond, ticks(breach.due))),
        DeadlineKind::Resolve => Some((Kind::Resolve, ticks(breach.due))),
        _ => None,
    });
    let owed = state.oracle.cases.iter().flatten().flat_map(|case| case.breached.iter().copied());
    [real.collect(), owed.collect()]
}

/// The cases and the oracle agree.
fn agree(state: &State) -> Result<(), String> {
    for (case, owed) in state.cases.iter().zip(&state.oracle.cases) {
        let (Some(case), Some(owed)) = (case, owed) else { continue };
        let now = state.oracle.now;
        let (mut said, mut should) = (
            said(case),
            Said { stage: owed.stage, waiting: owed.waiting, respond: owed.respond, resolve: owed.resolve },
        );
        for said in [&mut said, &mut should] {
            said.respond = or_missed(said.respond, now);
            said.resolve = or_missed(said.resolve, now);
        }
        if said != should {
            return Err(format!("owed: {said:?}, and should be {should:?}"));
        }
    }
    let [said, should] = missed(state);
    if said != should {
        return Err(format!("missed: {said:?}, and should be {should:?}"));
    }
    Ok(())
}

impl<'a> Delivered<'a> {
    pub(super) const fn of(world: &'a SmallWorld, small: Small) -> Self {
        Self { world, small }
    }

    fn key(&self, state: &State) -> Key {
        let now = instant(state.oracle.now.into());
        let of = |case: &Option<Arc<Case>>| case.as_ref().map_or(0, |case| key(case, now, self.world.memory));
        let oracle = BuildHasherDefault::<DefaultHasher>::default().hash_one(&state.oracle);
        joined([of(&state.cases[0]), of(&state.cases[1]), oracle.into()])
    }

    fn order(&self, state: &State, actor: Actor, command: Command) -> Order {
        let now = instant(state.oracle.now.into());
        let id = next_id(state.cases.iter().flatten().map(AsRef::as_ref));
        Order { command, id, actor, now, occurred_at: None, book: 0 }
    }

    /// Which cases hear of it, and what.
    fn orders(&self, state: &State, act: Act) -> Vec<(usize, Order)> {
        let one = |at: usize, actor: Actor, command: Command| vec![(at, self.order(state, actor, command))];
        let reported = |id: u16, command: Command| {
            let at = state.oracle.letter(id).map_or(0, |(at, _)| at);
            one(at, Actor::system(), command)
        };
        let every = |command: &dyn Fn(&Case) -> Option<Command>| {
            let cases = state.cases.iter().enumerate();
            let cases = cases.filter_map(|(at, case)| Some((at, command(case.as_ref()?)?)));
            cases.map(|(at, command)| (at, self.order(state, Actor::system(), command))).collect()
        };
        match act {
            Act::Time => every(&|case| (case.stage != Stage::Closed).then_some(Command::Tick)),
            Act::Opens(person) => {
                vec![(1, Order { now: instant(state.oracle.now.into()), ..opens_for(person) })]
            }
            Act::Speaks(person, at) => one(at, speaks(person), wrote()),
            Act::Writes(purpose, at) => one(
                at,
                ann(),
                match purpose {
                    Purpose::Word => reply(),
                    Purpose::Resolution => resolve(),
                    Purpose::FollowUp => follow_up(),
                },
            ),
            Act::Reports(id, person, fate) => {
                let result = match fate {
                    Fate::Sent => Delivery::Sent,
                    Fate::Arrived => Delivery::Delivered,
                    _ => Delivery::Failed,
                };
                let mut record = RecordDelivery::of(self.message(state, id), result);
                record.to = Some(customer_of(person));
                reported(id, Command::RecordDelivery(record))
            }
            Act::Holds(id) => {
                let letter = state
                    .oracle
                    .letter(id)
                    .and_then(|(at, place)| state.oracle.cases[at].as_ref()?.letters.get(place));
                let until = letter.map_or(state.oracle.now, |letter| letter.goes + 1);
                reported(
                    id,
                    Command::RecordHold(RecordHold {
                        message: self.message(state, id),
                        until: instant(until.into()),
                    }),
                )
            }
            Act::Erases(person) => {
                every(&|case| place(case, person).map(|_| Command::RecordErasure(Some(customer_of(person)))))
            }
            Act::Merges(source) => {
                let merge = Merge::into(id_of(1 - source), "the same kettle").telling(message().delivered());
                one(source, ann(), Command::Merge(Box::new(merge)))
            }
        }
    }

    fn message(&self, state: &State, id: u16) -> MessageId {
        state.messages[usize::from(late_of(id))]
    }

    /// What came of something for each case, and everything after it.
    fn step(&self, workflow: &mut dyn Workflow, state: &State, act: Act) -> (State, Vec<Part>) {
        let (mut after, mut parts) = (state.clone(), Vec::new());
        after.oracle = state.oracle.after(act, Bug::None);
        after.oracle.words.iter_mut().for_each(|word| word.answers.clear());
        for (at, mut order) in self.orders(state, act) {
            order.now = instant(after.oracle.now.into());
            self.carry_out(workflow, &mut after, at, &order, &mut parts);
        }
        (after, parts)
    }

    fn carry_out(
        &self,
        workflow: &mut dyn Workflow,
        state: &mut State,
        at: usize,
        order: &Order,
        parts: &mut Vec<Part>,
    ) {
        let id = next_id(state.cases.iter().flatten().map(AsRef::as_ref));
        for (at, outcome) in self.came(workflow, state, at, order, id) {
            let before = state.cases[at].clone();
            if outcome.1.is_ok() {
                state.cases[at] = Some(outcome.0.clone());
            }
            parts.push(Part { at, order: order.clone(), id, before, outcome });
        }
        if matches!(order.command, Command::Reply(_) | Command::Resolve(_) | Command::FollowUp(_)) {
            state.messages.push(id.into());
        }
    }

    /// What comes of an order for each case that it is about.
    fn came(
        &self,
        workflow: &mut dyn Workflow,
        state: &State,
        at: usize,
        order: &Order,
        id: CommandId,
    ) -> Vec<(usize, Outcome)> {
        let books: &[PolicyBook] = &self.world.books;
        let Some(case) = &state.cases[at] else {
            let around = talkback::Context { command: id, case: id_of(at), ..context(order, books) };
            let (after, outcome) = workflow.submit(None, &order.command, &around);
            return after.map(|after| (at, (Arc::new(after), outcome))).into_iter().collect();
        };
        let around = around(order, case, id, books);
        let Command::Merge(merge) = &order.command else {
            return vec![(at, workflow.step(case, &order.command, &around))];
        };
        match workflow.merge(case, state.cases[1 - at].as_deref(), merge, &around) {
            Ok(Pair { case, other, .. }) => {
                vec![(at, (case.case, Ok(case.events))), (1 - at, (other.case, Ok(other.events)))]
            }
            Err(refused) => vec![(at, (case.clone(), Err(refused)))],
        }
    }

    fn check(
        &self,
        workflow: &mut dyn Workflow,
        state: &State,
        act: Act,
        after: &State,
        parts: &[Part],
    ) -> Result<(), String> {
        for part in parts {
            let before = part.before.as_deref();
            if let Err(refused) = &part.outcome.1 {
                return Err(format!("refused: {refused}"));
            }
            let legal =
                before.map(|case| case.legal_commands(&part.order.actor, part.order.now)).unwrap_or_default();
            // Nobody is offered to erase: the desk records it on its own. And the other case of two is told
            // what happens, and not asked.
            let asked = match act {
                Act::Merges(source) => source == part.at,
                Act::Erases(_) => false,
                _ => true,
            };
            let legal = if asked { legal } else { vec![part.order.command.kind()] };
            let checked = Checked {
                order: &part.order,
                id: part.id,
                book: &self.world.books[0],
                before,
                caught_up: before,
                legal: &legal,
                outcome: &part.outcome.1,
                again: None,
                after: Some(&part.outcome.0),
            };
            checked.check(workflow)?;
        }
        if let (Act::Merges(source), [one, two]) = (act, parts)
            && let (Some(from), Some(into)) = (&state.cases[source], &state.cases[1 - source])
        {
            law_17_nothing_is_lost_by_merging((from, into), (&*one.outcome.0, &*two.outcome.0))
                .map_err(|broken| format!("rule 17: {broken}"))?;
        }
        self.addressed(workflow, act, after, parts)?;
        agree(after)
    }

    /// Exactly those whom the oracle knows a copy for are to get the message, each of them once, and no
    /// sooner than it may go.
    fn addressed(
        &self,
        workflow: &mut dyn Workflow,
        act: Act,
        after: &State,
        parts: &[Part],
    ) -> Result<(), String> {
        let notices = |workflow: &mut dyn Workflow, part: &Part| -> Vec<Notice> {
            let events = part.outcome.1.iter().flatten();
            let notices = events.flat_map(|event: &Event| workflow.owed(&part.outcome.0, event));
            notices.filter(|notice| notice.kind == NoticeKind::Message).collect()
        };
        let (Act::Writes(_, at), [part]) = (act, parts) else { return Ok(()) };
        let told: Vec<_> = notices(workflow, part).into_iter().map(|notice| (notice.to, notice.at)).collect();
        let letter = after.oracle.cases[at]
            .as_ref()
            .and_then(|case| case.letters.iter().max_by_key(|letter| letter.place));
        let goes = instant(goes(after.oracle.now).into());
        let copies = letter.map(|letter| letter.copies).unwrap_or([Fate::NoCopy; PEOPLE]);
        let mut should: Vec<_> = (0..PEOPLE)
            .filter(|person| copies[*person] == Fate::Unsent)
            .map(|person| (Recipient::Customer(customer_of(person)), goes))
            .collect();
        should.sort();
        let mut sorted = told.clone();
        sorted.sort();
        if sorted == should { Ok(()) } else { Err(format!("addressed: {told:?}, and should be {should:?}")) }
    }
}

impl Model for Delivered<'_> {
    type State = State;

    fn begin(&self, workflow: &mut dyn Workflow, out: &mut Out<State>) {
        let order = opens_for(0);
        let (case, _) = workflow.submit(None, &order.command, &context(&order, &self.world.books));
        let state =
            State { cases: [case.map(Arc::new), None], oracle: Oracle::begin(), messages: Vec::new() };
        out.hold(agree(&state), "", BEGIN);
        out.reach(self.key(&state), state, BEGIN);
    }

    fn expand(
        &self,
        workflow: &mut dyn Workflow,
        state: &State,
        number: u32,
        out: &mut Out<State>,
        tally: &mut Tally,
    ) {
        state.cases.iter().flatten().for_each(|case| _ = tally.stages.insert(case.stage));
        for (act, by) in self.small.acts(&state.oracle).into_iter().zip(0..) {
            tally.transitions += 1;
            let (after, parts) = self.step(workflow, state, act);
            if !out.hold(self.check(workflow, state, act, &after, &parts), "", by) {
                continue;
            }
            // A relay may report twice: it was stopped after the first time.
            if matches!(act, Act::Reports(..)) && (number + u32::from(by)).is_multiple_of(4) {
                let mut twice = after.clone();
                let mut again = Vec::new();
                for (at, order) in self.orders(state, act) {
                    self.carry_out(workflow, &mut twice, at, &order, &mut again);
                }
                let same = self.key(&after) == self.key(&twice);
                out.hold(
                    if same { Ok(()) } else { Err(format!("{:#?}\nor\n{:#?}", after.cases, twice.cases)) },
                    "reported twice: ",
                    by,
                );
            }
            for part in &parts {
                tally.kinds.insert(part.order.command.kind());
                tally.facts.extend(part.outcome.1.iter().flatten().map(|event| event.fact.as_str()));
            }
            out.reach(self.key(&after), after, by);
        }
    }

    fn tell(&self, workflow: &mut dyn Workflow, way: &[Choice]) -> Vec<String> {
        let order = opens_for(0);
        let (case, outcome) = workflow.submit(None, &order.command, &context(&order, &self.world.books));
        let mut state =
            State { cases: [case.map(Arc::new), None], oracle: Oracle::begin(), messages: Vec::new() };
        let mut lines = vec![format!("in the world {:?}: {}", self.world.name, came(&outcome))];
        for by in &way[1..] {
            let Some(act) = self.small.acts(&state.oracle).get(usize::from(*by)).copied() else { break };
            let (after, parts) = self.step(workflow, &state, act);
            let came: Vec<_> = parts.iter().map(|part| came(&part.outcome.1)).collect();
            lines.push(format!("{act:?}: {}", came.join(" | ")));
            state = after;
        }
        lines
    }
}
