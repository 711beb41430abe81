//! A world with two cases that can be merged, or of which one is split off the other. A state is both and
//! the time.

use std::sync::Arc;

use talkback::workflow::{CommandKind, Merge, Pair, Split};
use talkback::{
    Actor, Case, CaseId, Channel, Command, Contact, CustomerId, Event, Fact, Feedback, FeedbackKind, Party,
    Rejection, Stage,
};

use super::super::laws::{law_17_a_split_owes_from_its_own_time, law_17_nothing_is_lost_by_merging};
use super::super::run::{Order, Workflow, case_id, context, tenant, tick};
use super::super::world::{ann, message};
use super::bfs::{Choice, Model, Out, Tally};
use super::checked::{Checked, Outcome, around, next_id, same};
use super::key::{Key, joined, key, message_key};
use super::single::came;
use super::worlds::{LAST_TICK, SmallWorld, instant, opens, time_may_pass};

/// Two cases, the last message of the first one's customer, and how many ticks the clock has made.
#[derive(Clone)]
pub(super) struct State {
    cases: [Option<Arc<Case>>; 2],
    said: Option<Arc<Event>>,
    tick: u16,
}

/// What may be tried besides the shapes on each case, which have the numbers below.
const TIME: Choice = Choice::MAX;
const BEGIN: Choice = Choice::MAX - 1;
/// Another customer complains.
const OPEN: Choice = Choice::MAX - 2;
/// The last message becomes a case of its own.
const SPLIT: Choice = Choice::MAX - 3;
/// Somebody looks at a case.
const LOOK: [Choice; 2] = [Choice::MAX - 4, Choice::MAX - 5];
/// A case goes on in the other one; its customer is told, or not.
const MERGE: [Choice; 2] = [Choice::MAX - 6, Choice::MAX - 7];
const MERGE_IN_SILENCE: [Choice; 2] = [Choice::MAX - 8, Choice::MAX - 9];

/// What came of one choice for one case: the case before it, which one, and the outcome.
struct Part {
    at: usize,
    before: Option<Arc<Case>>,
    outcome: Outcome,
}

pub(super) struct Both<'a> {
    world: &'a SmallWorld,
    orders: Vec<Vec<Option<Order>>>,
    ticks: Vec<Order>,
}

impl<'a> Both<'a> {
    pub(super) fn of(world: &'a SmallWorld) -> Self {
        let orders = (0..=LAST_TICK).map(|tick| world.shapes.iter().map(|shape| shape.at(tick)).collect());
        let ticks = (0..=LAST_TICK).map(|at| tick(instant(at), 0, 0)).collect();
        Self { world, orders: orders.collect(), ticks }
    }

    fn key(&self, state: &State) -> Key {
        let now = instant(state.tick);
        let of = |case: &Option<Arc<Case>>| case.as_ref().map_or(0, |case| key(case, now, self.world.memory));
        let said = state.said.as_ref().map_or(0, |said| message_key(said, now));
        joined([of(&state.cases[0]), of(&state.cases[1]), said])
    }

    fn id(state: &State) -> talkback::CommandId {
        next_id(state.cases.iter().flatten().map(AsRef::as_ref))
    }

    fn order(&self, state: &State, command: Command) -> Order {
        let now = instant(state.tick);
        Order { command, id: Self::id(state), actor: ann(), now, occurred_at: None, book: 0 }
    }

    /// What a choice asks for; `None` where there is nothing that it could be about.
    fn asked(&self, workflow: &mut dyn Workflow, state: &State, by: Choice) -> Option<(usize, Order)> {
        let merge = |at: usize, telling: bool| {
            let into = state.cases[1 - at].as_ref()?.id;
            let merge = Merge::into(into, "the same kettle");
            let merge = if telling { merge.telling(message().delivered()) } else { merge };
            Some((at, self.order(state, Command::Merge(Box::new(merge)))))
        };
        match by {
            OPEN => state.cases[1].is_none().then(|| (1, self.order(state, another().command))),
            SPLIT => {
                let said = state.said.as_ref().filter(|_| state.cases[1].is_none())?;
                let about = Feedback::new(FeedbackKind::Question, Channel::Chat, "And this?");
                let split = Split::message(said.command?.into(), about, "another matter");
                Some((0, self.order(state, Command::Split(Box::new(split)))))
            }
            by => {
                for at in [0, 1] {
                    if by == LOOK[at] {
                        return Some((at, self.ticks[usize::from(state.tick)].clone()));
                    }
                    if by == MERGE[at] || by == MERGE_IN_SILENCE[at] {
                        return merge(at, by == MERGE[at]);
                    }
                }
                let (shape, at) = (usize::from(by / 2), usize::from(by % 2));
                let case = state.cases[at].as_ref()?;
                let fixed = self.orders[usize::from(state.tick)][shape].clone();
                let order = fixed.or_else(|| {
                    let caught_up = self.look(workflow, case, state.tick);
                    self.world.shapes[shape].on(&caught_up.0, state.tick)
                })?;
                Some((at, by_its_customer(order, case)))
            }
        }
    }

    fn look(&self, workflow: &mut dyn Workflow, case: &Arc<Case>, tick: u16) -> Outcome {
        let order = &self.ticks[usize::from(tick)];
        workflow.step(case, &order.command, &around(order, case, order.id, &self.world.books))
    }

    /// Carries an order out: what comes of it for each case that it is about.
    fn parts(&self, workflow: &mut dyn Workflow, state: &State, at: usize, order: &Order) -> Vec<Part> {
        let id = Self::id(state);
        let before = |at: usize| state.cases[at].clone();
        let pair = |pair: Result<Pair, Rejection>, source: &Arc<Case>| match pair {
            Ok(Pair { case, other, .. }) => vec![
                Part { at, before: before(at), outcome: (case.case, Ok(case.events)) },
                Part { at: 1 - at, before: before(1 - at), outcome: (other.case, Ok(other.events)) },
            ],
            Err(refused) => {
                vec![Part { at, before: before(at), outcome: (source.clone(), Err(refused)) }]
            }
        };
        let Some(case) = &state.cases[at] else {
            let around =
                talkback::Context { command: id, case: other_id(), ..context(order, &self.world.books) };
            let (after, outcome) = workflow.submit(None, &order.command, &around);
            let after = after.map(|case| (Arc::new(case), outcome));
            return after.into_iter().map(|outcome| Part { at, before: None, outcome }).collect();
        };
        let around = around(order, case, id, &self.world.books);
        match &order.command {
            Command::Merge(merge) => {
                let into = state.cases[1 - at].as_deref();
                pair(workflow.merge(case, into, merge, &around), case)
            }
            Command::Split(split) => pair(workflow.split(case, state.said.as_deref(), split, &around), case),
            command => vec![Part { at, before: before(at), outcome: workflow.step(case, command, &around) }],
        }
    }

    /// The state after it.
    fn after(state: &State, parts: &[Part]) -> State {
        let mut after = state.clone();
        for part in parts.iter().filter(|part| part.outcome.1.is_ok()) {
            after.cases[part.at] = Some(part.outcome.0.clone());
            let events = part.outcome.1.iter().flatten();
            let mut written = events.filter(|event| matches!(event.fact, Fact::CustomerWrote { .. }));
            let written = written.next_back();
            if let (0, Some(event)) = (part.at, written) {
                after.said = Some(Arc::new(event.clone()));
            }
        }
        after
    }

    /// Every law of what came of an order, for each case that it is about, and for both.
    fn check(
        &self,
        workflow: &mut dyn Workflow,
        state: &State,
        caught_up: &[Option<Arc<Case>>; 2],
        (at, order): (usize, &Order),
        parts: &[Part],
    ) -> Result<(), String> {
        for part in parts {
            let caught_up = part.before.as_ref().and(caught_up[part.at].as_deref());
            // The other case of two is told what happens, and not asked.
            let legal = match caught_up {
                Some(case) if part.at == at => case.legal_commands(&order.actor, order.now),
                _ => vec![order.command.kind()],
            };
            let checked = Checked {
                order,
                id: Self::id(state),
                book: &self.world.books[order.book],
                before: part.before.as_deref(),
                caught_up,
                legal: &legal,
                outcome: &part.outcome.1,
                again: None,
                after: Some(&part.outcome.0),
            };
            checked.check(workflow)?;
        }
        let (Some(source), [one, two]) = (&caught_up[at], parts) else { return Ok(()) };
        let after = (&*one.outcome.0, &*two.outcome.0);
        let law_17 = match (&order.command, &caught_up[1 - at], &state.said) {
            (Command::Merge(_), Some(into), _) => law_17_nothing_is_lost_by_merging((source, into), after),
            (Command::Split(_), _, Some(said)) => law_17_a_split_owes_from_its_own_time(source, said, after),
            _ => Ok(()),
        };
        law_17.map_err(|broken| format!("rule 17: {broken}"))
    }
}

/// What a customer does in a case, its own customer does.
fn by_its_customer(order: Order, case: &Case) -> Order {
    match order.actor.party {
        Party::Customer(_) => Order { actor: Actor::customer(case.head.customer.clone()), ..order },
        _ => order,
    }
}

/// The second case's id where it is opened, and its first command.
fn other_id() -> CaseId {
    CaseId::derive(tenant(), &["the other case"])
}

fn another() -> Order {
    let customer = CustomerId::new("customer-2").unwrap();
    let contact = Contact::email("another@example.org").unwrap();
    opens(
        Feedback::complaint(Channel::Chat, "Mine leaks, too.").with_customer(customer).with_contact(contact),
    )
}

impl Model for Both<'_> {
    type State = State;

    fn begin(&self, workflow: &mut dyn Workflow, out: &mut Out<State>) {
        let order = &self.world.begins;
        let (case, _) = workflow.submit(None, &order.command, &context(order, &self.world.books));
        let case = case.map(Arc::new);
        assert!(case.as_ref().is_some_and(|case| case.id == case_id()));
        let state = State { cases: [case, None], said: None, tick: 0 };
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
        let mut looked = [const { None }; 2];
        let mut due = false;
        for at in [0, 1] {
            let Some(case) = &state.cases[at] else { continue };
            tally.stages.insert(case.stage);
            let (caught_up, ticked) = self.look(workflow, case, state.tick);
            due |= ticked.is_ok_and(|events| !events.is_empty());
            looked[at] = Some(caught_up);
        }
        let others = due.then(|| State { cases: looked.clone(), ..state.clone() });
        let shapes = 0..Choice::try_from(2 * self.world.shapes.len()).unwrap();
        let more = LOOK.into_iter().chain(MERGE).chain(MERGE_IN_SILENCE).chain([OPEN, SPLIT]);
        for by in shapes.chain(more) {
            let asked = self.asked(workflow, state, by);
            let Some((at, order)) = asked.filter(|(at, _)| state.cases[*at].is_some() || by == OPEN) else {
                continue;
            };
            tally.transitions += 1;
            let parts = self.parts(workflow, state, at, &order);
            let holds = self.check(workflow, state, &looked, (at, &order), &parts);
            if !out.hold(holds, "", by) {
                continue;
            }
            if (number + u32::from(by)).is_multiple_of(4) {
                let again = self.parts(workflow, state, at, &order);
                let pairs = parts.iter().map(|part| &part.outcome).eq(again.iter().map(|part| &part.outcome));
                out.hold(if pairs { Ok(()) } else { Err("then another".into()) }, "law 3: ", by);
            }
            if let Some(others) = &others {
                let otherwise = self.parts(workflow, others, at, &order);
                for (one, two) in parts.iter().zip(&otherwise) {
                    out.hold(same(&one.outcome, &two.outcome), "law 11: ", by);
                }
            }
            let refused = parts.iter().find_map(|part| part.outcome.1.as_ref().err());
            if let Some(refused) = refused {
                tally.refused += 1;
                tally.rules.insert((refused.command, std::mem::discriminant(&refused.rule)));
                continue;
            }
            tally.kinds.insert(order.command.kind());
            let events = parts.iter().flat_map(|part| part.outcome.1.iter().flatten());
            tally.facts.extend(events.map(|event| event.fact.as_str()));
            let after = Self::after(state, &parts);
            out.reach(self.key(&after), after, by);
        }
        let now = instant(state.tick);
        let mut open = state.cases.iter().flatten().filter(|case| case.stage != Stage::Closed).peekable();
        let goes_on = if open.peek().is_some() {
            open.all(|case| time_may_pass(case, now))
        } else {
            state.cases.iter().flatten().any(|case| time_may_pass(case, now))
        };
        if goes_on {
            assert!(state.tick < LAST_TICK, "the world's clock is too short");
            tally.transitions += 1;
            let next = State { tick: state.tick + 1, ..state.clone() };
            out.reach(self.key(&next), next, TIME);
        }
    }

    fn tell(&self, workflow: &mut dyn Workflow, way: &[Choice]) -> Vec<String> {
        let begins = &self.world.begins;
        let (case, outcome) = workflow.submit(None, &begins.command, &context(begins, &self.world.books));
        let mut state = State { cases: [case.map(Arc::new), None], said: None, tick: 0 };
        let mut lines = vec![format!("in the world {:?}: {}", self.world.name, came(&outcome))];
        for by in &way[1..] {
            if *by == TIME {
                state.tick += 1;
                lines.push(format!("a tick of the clock, to {}", instant(state.tick).format("%H:%M")));
                continue;
            }
            let Some((at, order)) = self.asked(workflow, &state, *by) else { continue };
            let parts = self.parts(workflow, &state, at, &order);
            let shape = self.world.shapes.get(usize::from(by / 2));
            let name = match order.command.kind() {
                CommandKind::Merge => "ann merges it into the other one",
                CommandKind::Split => "ann splits the last message off",
                CommandKind::Open => "another customer complains",
                CommandKind::Tick => "somebody looks",
                _ => shape.map_or("", |shape| shape.name),
            };
            let came: Vec<_> = parts.iter().map(|part| came(&part.outcome.1)).collect();
            lines.push(format!("{} case, {name}: {}", ["first", "second"][at], came.join(" | ")));
            state = Self::after(&state, &parts);
        }
        lines
    }
}
