//! One case's life as a test sees it: every command, what came of it, and the case before and after.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::policy::PolicyBook;
use talkback::testing::Scenario;
use talkback::workflow::{self, CommandKind, Merge, Pair, Rejection, Split};
use talkback::{Actor, Case, CaseId, Command, CommandId, Context, Event, Notice, TenantId};

use super::laws::Seen;

/// The functions under test, so that a law can be shown to notice when one of them is wrong.
pub(crate) trait Workflow {
    /// Decides and stores: the case afterwards, and the events or the refusal.
    fn submit(
        &mut self,
        case: Option<&Case>,
        command: &Command,
        context: &Context<'_>,
    ) -> (Option<Case>, Result<Vec<Event>, Rejection>) {
        submit(case, command, context)
    }

    /// The same of a case that is shared, so that it need not be copied to stay as it is.
    fn step(
        &mut self,
        case: &Arc<Case>,
        command: &Command,
        context: &Context<'_>,
    ) -> (Arc<Case>, Result<Vec<Event>, Rejection>) {
        let (after, outcome) = self.submit(Some(case), command, context);
        (after.map_or_else(|| case.clone(), Arc::new), outcome)
    }

    fn merge(
        &mut self,
        case: &Case,
        into: Option<&Case>,
        merge: &Merge,
        context: &Context<'_>,
    ) -> Result<Pair, Rejection> {
        workflow::merge(case, into, &[], merge, context)
    }

    fn split(
        &mut self,
        case: &Case,
        said: Option<&Event>,
        split: &Split,
        context: &Context<'_>,
    ) -> Result<Pair, Rejection> {
        workflow::split(case, said, None, split, context)
    }

    fn evolve(&mut self, case: Option<Case>, event: &Event) -> Option<Case> {
        workflow::evolve(case, event)
    }

    fn owed(&mut self, case: &Case, event: &Event) -> Vec<Notice> {
        workflow::owed(case, event)
    }
}

/// The workflow as it is.
pub(crate) struct Real;

impl Workflow for Real {
    fn step(
        &mut self,
        case: &Arc<Case>,
        command: &Command,
        context: &Context<'_>,
    ) -> (Arc<Case>, Result<Vec<Event>, Rejection>) {
        match workflow::step(Some(case), command, context) {
            Ok(decision) => (decision.case, Ok(decision.events)),
            Err(rejection) => (case.clone(), Err(rejection)),
        }
    }
}

pub(crate) fn submit(
    case: Option<&Case>,
    command: &Command,
    context: &Context<'_>,
) -> (Option<Case>, Result<Vec<Event>, Rejection>) {
    match workflow::step(case, command, context) {
        Ok(decision) => (Some(Arc::unwrap_or_clone(decision.case)), Ok(decision.events)),
        Err(rejection) => (case.cloned(), Err(rejection)),
    }
}

/// Everything that a command needs beside itself.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) command: Command,
    pub(crate) id: CommandId,
    pub(crate) actor: Actor,
    pub(crate) now: DateTime<Utc>,
    pub(crate) occurred_at: Option<DateTime<Utc>>,
    /// Which of the run's books the application has at that time.
    pub(crate) book: usize,
}

/// A command and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) order: Order,
    pub(crate) before: Option<Case>,
    /// The case before it, once time had brought what it brings.
    pub(crate) caught_up: Option<Case>,
    /// What the actor may do with that.
    pub(crate) legal: Vec<CommandKind>,
    pub(crate) outcome: Result<Vec<Event>, Rejection>,
    /// The same decision, made a second time.
    pub(crate) again: Result<Vec<Event>, Rejection>,
    /// What was stored.
    pub(crate) after: Option<Case>,
    /// The case after each event, as folding gives it.
    pub(crate) folds: Vec<Case>,
    /// For each event the notices that it calls for.
    pub(crate) notices: Vec<Vec<Notice>>,
    /// Whether the customer could withdraw afterwards.
    pub(crate) may_withdraw: bool,
}

impl Step {
    pub(crate) fn events(&self) -> &[Event] {
        self.outcome.as_deref().unwrap_or_default()
    }
}

/// A case's life.
pub(crate) struct Run {
    pub(crate) books: Vec<PolicyBook>,
    pub(crate) steps: Vec<Step>,
    pub(crate) case: Option<Case>,
    /// The same life, ticked at other times. See [`Run::lived_again`].
    pub(crate) others: Vec<Run>,
}

pub(crate) fn tenant() -> &'static TenantId {
    static TENANT: std::sync::OnceLock<TenantId> = std::sync::OnceLock::new();
    TENANT.get_or_init(TenantId::single)
}

pub(crate) fn case_id() -> CaseId {
    static ID: std::sync::OnceLock<CaseId> = std::sync::OnceLock::new();
    *ID.get_or_init(Scenario::case_id)
}

pub(crate) fn context<'a>(order: &'a Order, books: &'a [PolicyBook]) -> Context<'a> {
    Context {
        tenant: tenant(),
        case: case_id(),
        now: order.now,
        occurred_at: order.occurred_at,
        actor: &order.actor,
        command: order.id,
        policies: &books[order.book],
    }
}

pub(crate) fn command_id(part: &str, n: usize) -> CommandId {
    CommandId::derive(tenant(), &[part, &n.to_string()])
}

pub(crate) fn tick(now: DateTime<Utc>, book: usize, n: usize) -> Order {
    Order {
        command: Command::Tick,
        id: command_id("tick", n),
        actor: Actor::system(),
        now,
        occurred_at: None,
        book,
    }
}

impl Run {
    pub(crate) fn new(books: Vec<PolicyBook>) -> Self {
        Self { books, steps: Vec::new(), case: None, others: Vec::new() }
    }

    /// What a story recorded of one of its cases.
    pub(crate) fn of(story: &Scenario, case: CaseId) -> Self {
        let mut run = Self::new(Vec::new());
        for step in story.steps().iter().filter(|step| step.case == case) {
            let known = |book: &PolicyBook| std::ptr::eq(book.policies(), step.policies.policies());
            if !run.books.last().is_some_and(known) {
                run.books.push(step.policies.clone());
            }
            let step = run.told(step);
            run.case.clone_from(&step.after);
            run.steps.push(step);
        }
        run
    }

    /// A step of a story, with what the laws want to know besides.
    fn told(&self, told: &talkback::testing::scenario::Step) -> Step {
        let order = Order {
            command: told.command.clone(),
            id: told.id,
            actor: told.actor.clone(),
            now: told.now,
            occurred_at: told.occurred_at,
            book: self.books.len() - 1,
        };
        let case = |case: &Option<Arc<Case>>| case.as_deref().cloned();
        let outcome = match &told.refusal {
            Some(refusal) => Err(refusal.clone()),
            None => Ok(told.events.clone()),
        };
        // A story breaks off where the same order is decided in two ways.
        let again = outcome.clone();
        self.observed(&mut Real, order, case(&told.before), (case(&told.after), outcome), again)
    }

    /// Carries an order out and records everything about it.
    pub(crate) fn submit(&mut self, workflow: &mut dyn Workflow, order: Order) {
        let step = self.step(workflow, self.case.clone(), order);
        self.case.clone_from(&step.after);
        self.steps.push(step);
    }

    /// One order on any case, without going on from there.
    pub(crate) fn step(&self, workflow: &mut dyn Workflow, before: Option<Case>, order: Order) -> Step {
        let around = context(&order, &self.books);
        let decided = workflow.submit(before.as_ref(), &order.command, &around);
        let (_, again) = workflow.submit(before.as_ref(), &order.command, &around);
        self.observed(workflow, order, before, decided, again)
    }

    /// An order with what came of it, and everything that the laws want to know besides.
    fn observed(
        &self,
        workflow: &mut dyn Workflow,
        order: Order,
        before: Option<Case>,
        (after, outcome): (Option<Case>, Result<Vec<Event>, Rejection>),
        again: Result<Vec<Event>, Rejection>,
    ) -> Step {
        let ticked = tick(order.now, order.book, 0);
        let caught_up = before
            .as_ref()
            .and_then(|case| submit(Some(case), &Command::Tick, &context(&ticked, &self.books)).0);
        let mut folded = before.clone();
        let (mut folds, mut notices) = (Vec::new(), Vec::new());
        for event in outcome.as_deref().unwrap_or_default() {
            folded = workflow.evolve(folded, event);
            notices.push(folded.as_ref().map(|case| workflow.owed(case, event)).unwrap_or_default());
            folds.extend(folded.clone());
        }
        let possible =
            caught_up.as_ref().map(|case| case.legal_commands(&order.actor, order.now)).unwrap_or_default();
        let may_withdraw = after.as_ref().is_none_or(|case| {
            let actor = Actor::customer(case.head.customer.clone());
            let command = Command::Withdraw(workflow::Withdraw::matter(talkback::ExitReason::NoLongerNeeded));
            let order = Order { actor, command, occurred_at: None, ..order.clone() };
            let order = Order { now: order.now.max(case.updated_at), ..order };
            workflow.submit(Some(case), &order.command, &context(&order, &self.books)).1.is_ok()
        });
        Step {
            order,
            before,
            caught_up,
            legal: possible,
            outcome,
            again,
            after,
            folds,
            notices,
            may_withdraw,
        }
    }

    /// The same commands with the clock's `tick`s in between: at every instant that `next` gives, which
    /// gets the case and the last instant at which it was looked at.
    pub(crate) fn lived_again(
        &self,
        workflow: &mut dyn Workflow,
        until: DateTime<Utc>,
        next: impl Fn(&Case, DateTime<Utc>) -> Option<DateTime<Utc>>,
    ) -> Self {
        let mut run = Self::new(self.books.clone());
        let mut looked = None;
        let last = self.steps.last().map_or(0, |step| step.order.book);
        let end = tick(until, last, usize::MAX);
        for order in self.steps.iter().map(|step| &step.order).chain([&end]) {
            // The clock of an application may step back; nobody ticks then.
            while let (Some(case), Some(from)) = (&run.case, looked)
                && let Some(at) = next(case, from).filter(|at| *at < order.now)
            {
                let at = at.max(from + TimeDelta::microseconds(1));
                let book = order.book;
                let (after, _) = workflow.submit(
                    run.case.as_ref(),
                    &Command::Tick,
                    &context(&tick(at, book, 0), &run.books),
                );
                run.case = after;
                looked = Some(at);
            }
            let before = run.case.take();
            let (after, outcome) =
                workflow.submit(before.as_ref(), &order.command, &context(order, &run.books));
            looked = Some(looked.map_or(order.now, |at: DateTime<Utc>| at.max(order.now)));
            let again = outcome.clone();
            run.steps.push(Step {
                order: order.clone(),
                before,
                caught_up: None,
                legal: Vec::new(),
                outcome,
                again,
                folds: Vec::new(),
                after: after.clone(),
                notices: Vec::new(),
                may_withdraw: true,
            });
            run.case = after;
        }
        run
    }

    /// Every step as the laws see it.
    pub(crate) fn seen(&self) -> impl Iterator<Item = Seen<'_>> {
        self.steps.iter().map(|step| Seen {
            order: &step.order,
            id: step.order.id,
            book: &self.books[step.order.book],
            before: step.before.as_ref(),
            caught_up: step.caught_up.as_ref(),
            legal: &step.legal,
            outcome: &step.outcome,
            again: Some(&step.again),
            after: step.after.as_ref(),
            folds: &step.folds,
            notices: &step.notices,
            may_withdraw: Some(step.may_withdraw),
        })
    }

    /// Every event, oldest first.
    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.steps.iter().flat_map(Step::events)
    }
}
