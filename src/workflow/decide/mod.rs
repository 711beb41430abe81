//! Whether something may happen, and what follows from it.

use std::borrow::Cow;
use std::sync::Arc;

use super::command::Command;
use super::event::Event;
use super::legal::{belongs, may};
use super::plan::{Plan, stored, within_range};
use super::rejection::{Missing, Rejection, Rule};
use super::{Actor, Context, texts, time};
use crate::case::Case;
use crate::conversation::Party;
use crate::resolution::Verdict;

pub(super) mod clock;
mod conversation;
pub(super) mod delivery;
pub(super) mod ending;
mod extending;
mod handling;
mod opening;
mod pairs;
mod places;
mod retargeting;
mod rights;

pub use pairs::{Pair, merge, split, split_into};

/// A decision: what happens, and the case after it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// What happens, in order. Empty when there is nothing to do.
    pub events: Vec<Event>,
    /// The case after it.
    pub case: Arc<Case>,
}

/// Decides a command: the events that it brings about, oldest first, or why it is refused.
///
/// It first does what time brings up to `context.now`, then the command. Equal input gives equal
/// output. A refused command changes nothing, not even what time would have brought: the next tick or
/// command brings that.
///
/// # Errors
/// [`Rejection`], with the rule, what is missing and what is possible instead.
pub fn decide(
    case: Option<&Case>,
    command: &Command,
    context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    step(case, command, context).map(|decision| decision.events)
}

/// The same as [`decide`], and the case after it, which the decision knows anyway.
///
/// # Errors
/// As [`decide`].
pub fn step(case: Option<&Case>, command: &Command, context: &Context<'_>) -> Result<Decision, Rejection> {
    planned(case, command, context)
        .map(Decision::from)
        .map_err(|refusal| rejected(refusal, case, command, context))
}

fn rejected(refusal: Refusal, case: Option<&Case>, command: &Command, context: &Context<'_>) -> Rejection {
    let case = case.filter(|case| !is_strange_to(case, context.actor));
    // Where it stands and what is possible does not depend on whether anybody ticked.
    let actor = Actor::system();
    let ticking = Context { actor: &actor, occurred_at: None, ..*context };
    let case = case.map(|case| match planned(Some(case), &Command::Tick, &ticking) {
        Ok(plan) => plan.case,
        Err(_) => Cow::Borrowed(case),
    });
    let mut rejection = Rejection::new(refusal.rule, command.kind(), case.as_ref().map(|case| case.stage));
    rejection.missing = refusal.missing;
    rejection.legal = case.map(|case| case.legal_commands(context.actor, context.now)).unwrap_or_default();
    // What was just refused is not what to do instead.
    rejection.legal.retain(|kind| *kind != command.kind());
    rejection
}

/// True for a customer to whom the case is nothing: it tells them nothing.
fn is_strange_to(case: &Case, actor: &Actor) -> bool {
    let acts_as = actor.acts_as().filter(|_| matches!(actor.party, Party::Customer(_)));
    acts_as.is_some_and(|customer| !case.concerns(customer))
}

/// Why a command is refused, before it is known what is possible instead.
#[derive(Debug)]
struct Refusal {
    rule: Rule,
    missing: Vec<Missing>,
}

impl Refusal {
    fn missing(rule: Rule, missing: impl IntoIterator<Item = Missing>) -> Self {
        Self { rule, missing: missing.into_iter().collect() }
    }
}

impl<R: Into<Rule>> From<R> for Refusal {
    fn from(rule: R) -> Self {
        Self { rule: rule.into(), missing: Vec::new() }
    }
}

fn planned<'a>(
    case: Option<&'a Case>,
    command: &Command,
    context: &'a Context<'a>,
) -> Result<Plan<'a>, Refusal> {
    if let Some(case) = case {
        rights::theirs(case, command, context)?;
    }
    allowed(command, context)?;
    let plan = match (case, command) {
        (None, Command::Open(open)) => opening::open(open, context)?,
        (None, Command::Invite(invite)) => opening::invite(invite, context)?,
        (Some(_), Command::Open(_) | Command::Invite(_)) => return Err(Rule::AlreadyOpen.into()),
        (None, _) => return Err(Rule::NoSuchCase.into()),
        (Some(case), command) => {
            let mut plan = Plan::of(case, context)?;
            time::catch_up(&mut plan)?;
            carry_out(&mut plan, command)?;
            ending::answer_period(&mut plan)?;
            plan
        }
    };
    ended(plan)
}

/// The beginning of every decision: what can be said about a command without its case.
fn allowed(command: &Command, context: &Context<'_>) -> Result<(), Refusal> {
    texts::check(command)?;
    if may(context.actor, command.kind()) { Ok(()) } else { Err(not_for(context.actor).into()) }
}

/// The end of every decision.
fn ended(mut plan: Plan<'_>) -> Result<Plan<'_>, Refusal> {
    // What the command set may have been due before we heard of it.
    time::catch_up(&mut plan)?;
    time::keep_a_floor(&mut plan)?;
    Ok(plan)
}

impl From<Plan<'_>> for Decision {
    fn from(plan: Plan<'_>) -> Self {
        Self { events: plan.events, case: Arc::new(plan.case.into_owned()) }
    }
}

fn not_for(actor: &Actor) -> Rule {
    match actor.party {
        _ if actor.on_behalf_of.is_some() => Rule::NotForCustomers,
        Party::System => Rule::NotForMachines,
        Party::ThirdParty(_) => Rule::NotForThirdParties,
        _ => Rule::NotForCustomers,
    }
}

fn carry_out(plan: &mut Plan<'_>, command: &Command) -> Result<(), Refusal> {
    if !belongs(&plan.case, command.kind()) {
        return Err(handling::out_of_place(&plan.case, command));
    }
    check_time(plan, command)?;
    match command {
        Command::Tick | Command::Open(_) | Command::Invite(_) => Ok(()),
        Command::Acknowledge(message) => conversation::acknowledge(plan, message),
        Command::CustomerWrote(message) => conversation::customer_wrote(plan, message),
        Command::Reply(message) => conversation::reply(plan, message),
        Command::Note(words) => conversation::note(plan, words),
        Command::NoActionNeeded => conversation::no_action_needed(plan),
        Command::RecordUnreachable(words) => conversation::unreachable(plan, words),
        Command::Assign(assign) => handling::assign(plan, assign),
        Command::Classify(classify) => handling::classify(plan, classify),
        Command::Await(wait) => handling::wait(plan, wait),
        Command::Resume => handling::resume(plan),
        Command::Promise(promise) => handling::promise(plan, promise),
        Command::Fulfil(id) => handling::fulfil(plan, *id),
        Command::Credit(credit) => handling::credit(plan, credit),
        Command::RecordThanked(id) => handling::thanked(plan, *id),
        Command::Resolve(resolve) => ending::resolve(plan, resolve),
        Command::FollowUp(message) => ending::follow_up(plan, message),
        Command::RecordAnswer(answer) => ending::record_answer(plan, answer),
        Command::Close(close) => ending::close(plan, close),
        Command::Reopen(words) => ending::reopen(plan, words),
        Command::Withdraw(withdraw) => ending::withdraw(plan, withdraw),
        Command::AcceptEscalation(id) => rights::accept(plan, *id),
        Command::Excuse(id, words) => rights::excuse(plan, *id, words),
        Command::Waive(id, words) => rights::waive(plan, *id, words),
        Command::Extend(extend) => extending::extend(plan, extend),
        Command::RecordDelivery(delivery) => delivery::record(plan, delivery),
        Command::RecordHold(hold) => delivery::hold(plan, hold),
        Command::RecordErasure(customer) => {
            delivery::erase(plan, customer.as_ref());
            Ok(())
        }
        Command::Retarget(retarget) => retargeting::retarget(plan, retarget),
        Command::Recalculate(reason) => retargeting::recalculate(plan, reason),
        Command::RecordExit(exit) => ending::record_exit(plan, exit),
        Command::ChangeContact(change) => handling::change_contact(plan, change),
        Command::Merge(_) | Command::Split(_) => Err(Rule::TakesTwoCases.into()),
    }
}

/// Something happened after the customer first spoke and not in the future; what moves the case on, not
/// before what it builds on. The customer's own words are never refused for their date: what lies before
/// that counts from there, and what lies in the future counts as now. What they hand in themselves and wait for an
/// answer to counts from now, give or take the skew: it is not late the moment it arrives.
fn check_time(plan: &mut Plan<'_>, command: &Command) -> Result<(), Rule> {
    let cycle = &plan.case.cycle;
    let earliest = match command {
        Command::Resolve(_) => cycle.acknowledged_at.unwrap_or(cycle.started_at).max(cycle.started_at),
        Command::Reopen(_) if !plan.case.is_open() => {
            plan.case.closed.as_ref().map_or(cycle.started_at, |closed| closed.at)
        }
        Command::FollowUp(_) | Command::RecordAnswer(_) | Command::Close(_) | Command::Reopen(_) => {
            cycle.resolved_at.or(cycle.acknowledged_at).unwrap_or(cycle.started_at)
        }
        Command::NoActionNeeded => plan.case.conversation.unanswered_since().unwrap_or(cycle.started_at),
        Command::RecordDelivery(delivery) => {
            plan.case.outgoing(delivery.message).map_or(plan.case.received_at, |outgoing| outgoing.at)
        }
        Command::RecordExit(_) => plan.case.closed.as_ref().map_or(cycle.started_at, |closed| closed.at),
        Command::Resume => cycle.pauses.last().map_or(cycle.started_at, |pause| pause.from),
        _ => plan.case.received_at,
    };
    let latest = plan.latest();
    // Where the clock ran ahead, even the beginning may lie in the future.
    let earliest = earliest.min(latest);
    match plan.context.occurred_at {
        None => plan.at = plan.at.max(earliest),
        Some(own) if is_the_customers_word(command) => {
            let own = within_range(own);
            let theirs = matches!(plan.context.actor.party, Party::Customer(_));
            let earliest =
                if theirs && waits_for_an_answer(command) { earliest.max(plan.just_now()) } else { earliest };
            plan.at = if own > latest { plan.undated() } else { own }.max(earliest);
            plan.dated = (plan.at != own).then_some(own);
        }
        Some(own) => {
            plan.at = stored(own)?;
            if plan.at < earliest || plan.at > latest {
                return Err(Rule::ImpossibleTime);
            }
        }
    }
    Ok(())
}

/// True for what the customer says: the time is theirs, and it may be wrong.
const fn is_the_customers_word(command: &Command) -> bool {
    matches!(
        command,
        Command::CustomerWrote(_) | Command::RecordAnswer(_) | Command::Withdraw(_) | Command::RecordExit(_)
    )
}

/// True for what the customer says and waits for an answer to.
fn waits_for_an_answer(command: &Command) -> bool {
    match command {
        Command::CustomerWrote(_) => true,
        Command::RecordAnswer(answer) => answer.satisfaction.verdict == Verdict::Disputed,
        _ => false,
    }
}

/// A list without its repetitions, in its order: labels and references are told apart by what they are.
fn each_once<T: Clone + PartialEq>(list: &[T]) -> Vec<T> {
    let mut once = Vec::with_capacity(list.len());
    for item in list {
        if !once.contains(item) {
            once.push(item.clone());
        }
    }
    once
}
