//! A world with one case. A state is the case and the time.

use std::sync::Arc;

use talkback::workflow::CommandKind;
use talkback::{Actor, Case};

use super::super::laws::{law_10_one_sentence, law_10_what_is_listed_is_possible};
use super::super::run::{Order, Workflow, tick};
use super::bfs::{Choice, Model, Out, Tally};
use super::checked::{ACTORS, Checked, Outcome, actors, around, bit, next_id, same, seat};
use super::key::{Key, key};
use super::worlds::{LAST_TICK, SmallWorld, instant, time_may_pass};

/// A case, and how many ticks the clock has made.
pub(super) struct State {
    pub(super) case: Arc<Case>,
    pub(super) tick: u16,
}

/// The choices that are no shapes.
const TICKED: Choice = Choice::MAX;
const TIME: Choice = Choice::MAX - 1;
const BEGIN: Choice = Choice::MAX - 2;
/// What is said of a state and a kind of command, by the kind.
const LISTED: Choice = Choice::MAX - 3;

pub(super) struct Single<'a> {
    world: &'a SmallWorld,
    /// The orders of a tick that do not depend on the case, by shape.
    orders: Vec<Vec<Option<Order>>>,
    ticks: Vec<Order>,
    actors: [Actor; ACTORS],
    /// The kinds of command that each of these tries.
    tried: [u64; ACTORS],
}

impl<'a> Single<'a> {
    pub(super) fn of(world: &'a SmallWorld) -> Self {
        let orders = (0..=LAST_TICK).map(|tick| world.shapes.iter().map(|shape| shape.at(tick)).collect());
        let mut tried = [0; ACTORS];
        for shape in &world.shapes {
            tried[seat(&shape.actor().party)] |= bit(shape.kind);
        }
        let ticks = (0..=LAST_TICK).map(|at| tick(instant(at), 0, 0)).collect();
        Self { world, orders: orders.collect(), ticks, actors: actors(), tried }
    }

    pub(super) fn key(&self, case: &Case, tick: u16) -> Key {
        key(case, instant(tick), self.world.memory)
    }

    /// What an order does to a case.
    pub(super) fn step(&self, workflow: &mut dyn Workflow, case: &Arc<Case>, order: &Order) -> Outcome {
        let around = around(order, case, next_id([&**case]), &self.world.books);
        workflow.step(case, &order.command, &around)
    }

    /// Somebody looks.
    pub(super) fn look(&self, workflow: &mut dyn Workflow, case: &Arc<Case>, tick: u16) -> Outcome {
        self.step(workflow, case, &self.ticks[usize::from(tick)])
    }

    /// The case as it would be if somebody had looked: just now, or at every tick of the clock since
    /// something was due.
    fn looked_at(&self, workflow: &mut dyn Workflow, state: &State, now: &Outcome) -> Vec<Arc<Case>> {
        if now.1.as_ref().is_ok_and(Vec::is_empty) {
            return Vec::new();
        }
        let mut others = vec![now.0.clone()];
        let mut case = state.case.clone();
        let since = (0..=state.tick).filter(|tick| instant(*tick) > state.case.updated_at);
        for tick in since {
            if case.wake_up().is_some_and(|wake_up| wake_up <= instant(tick)) {
                case = self.look(workflow, &case, tick).0;
            }
        }
        if self.key(&case, state.tick) != self.key(&now.0, state.tick) {
            others.push(case);
        }
        others
    }
}

impl Model for Single<'_> {
    type State = State;

    fn begin(&self, workflow: &mut dyn Workflow, out: &mut Out<State>) {
        let order = &self.world.begins;
        let context = super::super::run::context(order, &self.world.books);
        let (after, outcome) = workflow.submit(None, &order.command, &context);
        let checked = Checked {
            order,
            id: order.id,
            book: &self.world.books[0],
            before: None,
            caught_up: None,
            legal: &[],
            outcome: &outcome,
            again: None,
            after: after.as_ref(),
        };
        out.hold(checked.check(workflow), "", BEGIN);
        if let Some(case) = after.map(Arc::new) {
            out.reach(self.key(&case, 0), State { case, tick: 0 }, BEGIN);
        }
    }

    fn expand(
        &self,
        workflow: &mut dyn Workflow,
        state: &State,
        number: u32,
        out: &mut Out<State>,
        tally: &mut Tally,
    ) {
        let State { case, tick } = state;
        tally.stages.insert(case.stage);
        let look = &self.ticks[usize::from(*tick)];
        let looked = self.look(workflow, case, *tick);
        let caught_up = looked.0.clone();
        let legal = self.actors.each_ref().map(|actor| caught_up.legal_commands(actor, look.now));
        let others = self.looked_at(workflow, state, &looked);
        let mut accepted = [0; ACTORS];
        let mut looked = Some(looked);
        let fixed = &self.orders[usize::from(*tick)];
        let on: Vec<_> = self.world.shapes.iter().map(|shape| shape.on(&caught_up, *tick)).collect();
        let shapes = fixed.iter().zip(&on).zip(0..);
        let shapes = shapes.filter_map(|((fixed, on), n)| Some((fixed.as_ref().or(on.as_ref())?, n)));
        for (order, by) in std::iter::once((look, TICKED)).chain(shapes) {
            tally.transitions += 1;
            let came = looked.take().unwrap_or_else(|| self.step(workflow, case, order));
            // Every fourth decision is made twice.
            let twice = (number + u32::from(by)).is_multiple_of(4);
            let again = twice.then(|| self.step(workflow, case, order).1);
            let seat = seat(&order.actor.party);
            let checked = Checked {
                order,
                id: next_id([&**case]),
                book: &self.world.books[order.book],
                before: Some(case),
                caught_up: Some(&caught_up),
                legal: &legal[seat],
                outcome: &came.1,
                again: again.as_ref(),
                after: Some(&came.0),
            };
            let lawful = out.hold(checked.check(workflow), "", by);
            // What time set before the calendar was edited has the old one: there it matters when somebody
            // looked.
            for other in others.iter().filter(|_| lawful && order.book == 0) {
                let otherwise = self.step(workflow, other, order);
                out.hold(same(&came, &otherwise), "law 11: ", by);
            }
            match came {
                (after, Ok(events)) => {
                    accepted[seat] |= bit(order.command.kind());
                    tally.kinds.insert(order.command.kind());
                    tally.facts.extend(events.iter().map(|event| event.fact.as_str()));
                    out.reach(self.key(&after, *tick), State { case: after, tick: *tick }, by);
                }
                (_, Err(refused)) => {
                    tally.refused += 1;
                    let which = (refused.command, std::mem::discriminant(&refused.rule));
                    if tally.rules.insert(which) {
                        out.hold(law_10_one_sentence(&refused), "law 10: ", by);
                    }
                }
            }
        }
        for seat in 0..ACTORS {
            // Whether another calendar is there to compute with, the case does not know.
            let tried = |kind: &&CommandKind| {
                let known = **kind != CommandKind::Recalculate;
                known && self.world.whole && self.tried[seat] & bit(**kind) != 0
            };
            for kind in legal[seat].iter().filter(tried) {
                let some = accepted[seat] & bit(*kind) != 0;
                out.hold(law_10_what_is_listed_is_possible(*kind, some), "law 10: ", LISTED - *kind as u16);
            }
        }
        if time_may_pass(case, instant(*tick)) {
            assert!(*tick < LAST_TICK, "the world's clock is too short");
            tally.transitions += 1;
            let next = State { case: case.clone(), tick: tick + 1 };
            out.reach(self.key(case, tick + 1), next, TIME);
        }
    }

    fn tell(&self, workflow: &mut dyn Workflow, way: &[Choice]) -> Vec<String> {
        let (mut lines, mut state) = (Vec::new(), None::<State>);
        for by in way {
            let Some(State { case, tick }) = state.take() else {
                let order = &self.world.begins;
                let context = super::super::run::context(order, &self.world.books);
                let (after, outcome) = workflow.submit(None, &order.command, &context);
                lines.push(format!("in the world {:?}: {}", self.world.name, came(&outcome)));
                state = after.map(|case| State { case: Arc::new(case), tick: 0 });
                continue;
            };
            if *by == TIME {
                lines.push(format!("a tick of the clock, to {}", instant(tick + 1).format("%H:%M")));
                state = Some(State { case, tick: tick + 1 });
                continue;
            }
            let caught_up = self.look(workflow, &case, tick).0;
            let shape = self.world.shapes.get(usize::from(*by));
            let order = shape.and_then(|shape| shape.at(tick).or_else(|| shape.on(&caught_up, tick)));
            let order = order.unwrap_or_else(|| self.ticks[usize::from(tick)].clone());
            let (after, outcome) = self.step(workflow, &case, &order);
            let name = shape.map_or("somebody looks", |shape| shape.name);
            lines.push(format!("{name}: {}", came(&outcome)));
            state = Some(State { case: after, tick });
        }
        lines
    }
}

/// What came of a command, in words.
pub(super) fn came(outcome: &Result<Vec<talkback::Event>, talkback::Rejection>) -> String {
    match outcome {
        Ok(events) if events.is_empty() => "nothing".to_owned(),
        Ok(events) => events.iter().map(|event| event.fact.to_string()).collect::<Vec<_>>().join("; "),
        Err(refused) => format!("refused: {refused}"),
    }
}
