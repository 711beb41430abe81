//! A random life: commands of every kind to a few cases, and everything else that happens to a store.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use talkback::backend::*;
use talkback::workflow::{CommandKind, Merge, Split};
use talkback::{
    Actor, Case, CaseId, Channel, Clock, Code, Command, CommandId, CustomerId, Error, Feedback, FeedbackKind,
    Party, Request,
};

use super::Tally;
use super::beginning::Beginning;
use super::questions::{LEASE, Taken, told};
use super::sides::{Side, Sides, case_at};
use crate::workflow::generate::{Move, a_move, staff_id};

/// The longest life.
const LONGEST: usize = 16;

/// The kinds of steps beside the commands.
pub(super) const DEEDS: [&str; 16] = [
    "a command again",
    "a command id for another command",
    "an erasure of a person",
    "an erasure of a case",
    "a notice done",
    "a notice dead",
    "a notice tried again later",
    "a notice postponed",
    "a wake-up released",
    "a wake-up tried again later",
    "a wake-up quarantined",
    "a lease that nobody settles",
    "a lease that is lost",
    "a clock that jumps ahead and back",
    "another isolation level",
    "an edited calendar",
];

/// One step, as chance has it. What becomes of it depends on what it meets.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// Below the number of deeds it is one of those, else a command.
    which: u8,
    slot: u8,
    pick: u8,
    /// Which kind of command it is, half of the time.
    wish: u8,
    command: Move,
}

/// How it begins, and how it goes on.
pub(super) type Lived = (Beginning, Vec<Step>);

pub(super) fn lives() -> impl Strategy<Value = Lived> {
    (prop::sample::select(Beginning::ALL.to_vec()), steps())
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = prop_oneof![3 => 16..255_u8, 1 => 0..16_u8];
    let step = (which, prop_oneof![4 => Just(0_u8), 1 => 0..3_u8], any::<u8>(), any::<u8>(), a_move())
        .prop_map(|(which, slot, pick, wish, command)| Step { which, slot, pick, wish, command });
    prop::collection::vec(step, 2..LONGEST)
}

impl Step {
    /// A command of the kind that is wished for, or of the next one that is possible, by whoever may give it.
    fn wished(&self, case: &Case, now: DateTime<Utc>) -> (Actor, Command) {
        let (ann, customer) = (Actor::staff(staff_id("ann")), Actor::customer(case.head.customer.clone()));
        let (ours, hers) = (case.legal_commands(&ann, now), case.legal_commands(&customer, now));
        let kinds = CommandKind::ALL.iter().cycle().skip(usize::from(self.wish)).take(CommandKind::ALL.len());
        let kind = kinds.copied().find(|kind| ours.contains(kind) || hers.contains(kind));
        let kind = kind.unwrap_or(CommandKind::Tick);
        let by = if ours.contains(&kind) { ann } else { customer };
        (by, self.command.of_kind(kind, case, now))
    }
}

/// A life that is being lived on every side.
pub(super) struct Life {
    sides: Sides,
    tally: Tally,
    cases: Vec<CaseId>,
    commands: Vec<CommandId>,
    requests: Vec<(CaseId, Request)>,
    /// Messages of customers, which can be split off.
    said: Vec<(CaseId, CommandId)>,
    /// For each side, what is under a lease that nobody settled.
    held: Vec<Vec<Taken>>,
}

impl Life {
    pub(super) fn new(sides: Sides) -> Self {
        let cases = (0..3).map(|n: u32| CaseId::derive(&sides.tenant, &[&n.to_string()])).collect();
        let held = sides.sides.iter().map(|_| Vec::new()).collect();
        Self {
            sides,
            tally: Tally { lives: 1, ..Tally::default() },
            cases,
            commands: Vec::new(),
            requests: Vec::new(),
            said: Vec::new(),
            held,
        }
    }

    /// Lives it, and compares after each step.
    pub(super) async fn lived(mut self, (beginning, steps): &Lived) -> Result<Tally, String> {
        self.begin(*beginning).await.map_err(|why| format!("{beginning:?}: {why}"))?;
        for (n, step) in steps.iter().enumerate() {
            let done = self.step(n, step).await;
            let asked = match &done {
                Ok(_) => self.sides.ask_all(&mut self.tally, n, &self.cases, &self.commands).await,
                Err(_) => Ok(()),
            };
            let kind = done.and_then(|kind| asked.map(|()| kind));
            if let Some(kind) = kind.map_err(|why| format!("step {n}, {step:?}: {why}"))? {
                self.did(kind);
            }
            self.tally.steps += 1;
        }
        Ok(self.tally)
    }

    async fn begin(&mut self, beginning: Beginning) -> Result<(), String> {
        let (case, customer) = (self.cases[0], CustomerId::new("customer-1").unwrap());
        let commands = beginning.commands(&customer, self.sides.clock.now());
        for (n, command) in commands.into_iter().enumerate() {
            let (kind, by) = (command.kind(), Beginning::by(&command, &customer));
            if kind == CommandKind::Recalculate {
                self.sides.sides.iter_mut().for_each(Side::edit);
            }
            let id = Beginning::command(n);
            if self.execute(case, &Request::new(by, command).with_id(id)).await? {
                self.did(format!("{kind:?}"));
            }
            self.sides.clock.advance(beginning.gap());
        }
        Ok(())
    }

    fn did(&mut self, kind: String) {
        *self.tally.kinds.entry(kind).or_default() += 1;
    }

    /// Takes a step, and says of which kind it was if it did anything.
    async fn step(&mut self, n: usize, step: &Step) -> Result<Option<String>, String> {
        let Some(deed) = DEEDS.get(usize::from(step.which)).copied() else {
            return self.command(n, step).await;
        };
        self.sides.clock.advance(TimeDelta::seconds(step.command.gap().max(0)));
        let did = match deed {
            "a command again" => self.again(step).await?,
            "a command id for another command" => self.reused(step).await?,
            "an erasure of a person" => {
                let person = CustomerId::new(format!("customer-{}", 1 + step.pick % 2)).unwrap();
                self.erased(ErasureScope::Person(person)).await?
            }
            "an erasure of a case" => self.erased(ErasureScope::Record(self.case_of(step).into())).await?,
            "a notice done" => self.noticed(Some(NoticeEnd::Done)).await?,
            "a notice dead" => {
                self.noticed(Some(NoticeEnd::Dead { reason: Code::new("bounced").unwrap() })).await?
            }
            "a notice tried again later" => {
                self.noticed(Some(NoticeEnd::Retry { at: self.later(step) })).await?
            }
            "a notice postponed" => self.noticed(Some(NoticeEnd::Postponed { at: self.later(step) })).await?,
            "a wake-up released" => self.woken(WakeEnd::Released, 1).await?,
            "a wake-up tried again later" => self.woken(WakeEnd::Retry { at: self.later(step) }, 1).await?,
            "a wake-up quarantined" => {
                self.woken(WakeEnd::Retry { at: self.sides.clock.now() }, QUARANTINE_AFTER).await?
            }
            "a lease that nobody settles" => self.noticed(None).await?,
            "a lease that is lost" => self.lost().await?,
            "a clock that jumps ahead and back" => {
                let back = if step.pick.is_multiple_of(2) { 4_000 } else { -40 };
                self.sides.clock.advance(TimeDelta::days(back));
                true
            }
            "another isolation level" => {
                self.sides.sides.iter_mut().for_each(|side| side.go_by(usize::from(step.pick)));
                true
            }
            "an edited calendar" => {
                self.sides.sides.iter_mut().for_each(Side::edit);
                true
            }
            other => return Err(format!("no life does {other}")),
        };
        Ok(did.then(|| deed.to_owned()))
    }

    fn case_of(&self, step: &Step) -> CaseId {
        self.cases[usize::from(step.slot) % self.cases.len()]
    }

    fn later(&self, step: &Step) -> DateTime<Utc> {
        self.sides.clock.now() + TimeDelta::minutes(i64::from(step.pick))
    }

    /// A command, as a desk would be asked.
    async fn command(&mut self, n: usize, step: &Step) -> Result<Option<String>, String> {
        // What is wished for is mostly possible soon, and later not any more.
        let wished = !step.pick.is_multiple_of(2);
        let gap = if wished { step.command.gap() % 600 } else { step.command.gap() };
        let now = self.sides.clock.advance(TimeDelta::seconds(gap));
        let case = self.case_of(step);
        let held = case_at(&self.sides.sides[0], case).await;
        let (mut by, mut command) = match held.as_deref() {
            Some(case) if wished => step.wished(case, now),
            case => {
                let by = step.command.actor();
                let command = step.command.command(case, &by, now);
                (by, command)
            }
        };
        let customer = held.as_deref().map_or_else(|| whose(step), |case| case.head.customer.clone());
        if let Party::Customer(_) = by.party {
            by = Actor::customer(customer.clone());
        }
        match &mut command {
            Command::Open(open) => dress(&mut open.feedback, &customer, step),
            Command::Invite(invite) => dress(&mut invite.about, &customer, step),
            Command::Classify(classify) => {
                let labels = ["late", "vip"].map(|label| Code::new(label).unwrap());
                classify.labels = step.pick.is_multiple_of(3).then(|| labels.to_vec());
                if step.pick.is_multiple_of(5) {
                    classify.kind = Some(FeedbackKind::from_code("defect").unwrap());
                }
            }
            _ => {}
        }
        if let Some(pair) = self.pair(step, case, held.as_deref()) {
            (by, command) = (Actor::staff(staff_id("ann")), pair);
        }
        let kind = command.kind();
        let id = CommandId::derive(&self.sides.tenant, &["step", &n.to_string()]);
        let mut request = Request::new(by, command).with_id(id);
        request.occurred_at = step.command.occurred_at(now);
        let done = self.execute(case, &request).await?;
        if done && matches!(kind, CommandKind::Open | CommandKind::CustomerWrote) {
            self.said.push((case, id));
        }
        Ok(done.then(|| format!("{kind:?}")))
    }

    /// Now and then a command about two cases instead, while there are two.
    fn pair(&self, step: &Step, case: CaseId, held: Option<&Case>) -> Option<Command> {
        held?;
        match step.pick % 16 {
            0 | 1 => {
                let into = *self.cases.iter().find(|other| **other != case)?;
                let merge = Merge::into(into, "one matter");
                Some(Command::Merge(Box::new(merge.telling(step.command.outbound()))))
            }
            2 | 3 => {
                let (_, said) = self.said.iter().rev().find(|(of, _)| *of == case)?;
                let about = Feedback::new(FeedbackKind::Question, Channel::Email, "And this?");
                Some(Command::Split(Box::new(Split::message((*said).into(), about, "another matter"))))
            }
            _ => None,
        }
    }

    /// Asks every desk, and remembers what was asked. True if it was carried out.
    async fn execute(&mut self, case: CaseId, request: &Request) -> Result<bool, String> {
        let what = format!("{:?} by {:?}", request.command, request.by.party);
        let handled = self.sides.ask(&mut self.tally, &what, async |side| {
            side.desk().execute(case, request.clone()).await.map_err(|error| answered(&error))
        });
        let handled = handled.await?;
        if let Some(id) = request.id
            && !self.commands.contains(&id)
        {
            self.commands.push(id);
            self.requests.push((case, request.clone()));
        }
        let Ok(handled) = handled else { return Ok(false) };
        for case in [Some(&handled.case), handled.other.as_ref()].into_iter().flatten() {
            if !self.cases.contains(&case.id) {
                self.cases.push(case.id);
            }
        }
        Ok(!handled.repeated)
    }

    async fn again(&mut self, step: &Step) -> Result<bool, String> {
        let Some((case, request)) =
            self.requests.get(usize::from(step.pick) % self.requests.len().max(1)).cloned()
        else {
            return Ok(false);
        };
        self.execute(case, &request).await?;
        Ok(true)
    }

    async fn reused(&mut self, step: &Step) -> Result<bool, String> {
        let Some((case, request)) =
            self.requests.get(usize::from(step.pick) % self.requests.len().max(1)).cloned()
        else {
            return Ok(false);
        };
        let mut other = request;
        other.command = Command::Note("Something else.".into());
        self.execute(case, &other).await?;
        Ok(true)
    }

    async fn erased(&mut self, scope: ErasureScope) -> Result<bool, String> {
        let now = self.sides.clock.now();
        let erasure = Erasure::new(self.sides.tenant.clone(), scope, now);
        let counts = self.sides.ask(&mut self.tally, "an erasure", async |side| {
            side.backend().erase(erasure.clone()).await.map_err(told)
        });
        counts.await.map(|_| true)
    }

    /// Takes the notices that are ready, and ends the first one so, the others as if nobody had tried; or none.
    async fn noticed(&mut self, end: Option<NoticeEnd>) -> Result<bool, String> {
        let (now, tenant) = (self.sides.clock.now(), self.sides.tenant.clone());
        let mut told = Vec::new();
        for (n, side) in self.sides.sides.iter().enumerate() {
            let taken = self.sides.taken(side, Lane::Notices, now).await?;
            told.push((side.name, taken.iter().map(Taken::told).collect::<Vec<_>>()));
            let Some(end) = &end else {
                self.held[n].extend(taken);
                continue;
            };
            for (k, item) in taken.iter().enumerate() {
                let Taken::Notice(notice) = item else { continue };
                let end = if k == 0 { end.clone() } else { NoticeEnd::Postponed { at: now } };
                let settlement = Settlement::notice(tenant.clone(), notice.id, notice.lease, end, now);
                side.backend().settle(settlement).await.map_err(super::questions::told)?;
            }
        }
        alike(&told).map(|taken| taken > 0)
    }

    /// Takes the wake-ups that are ready in a year, so many times, and ends each so.
    async fn woken(&mut self, end: WakeEnd, times: u32) -> Result<bool, String> {
        let now = self.sides.clock.now();
        let mut any = false;
        for _ in 0..times {
            let mut told = Vec::new();
            for side in &self.sides.sides {
                let taken = self.sides.taken(side, Lane::Wakes, now + TimeDelta::days(365)).await?;
                told.push((side.name, taken.iter().map(Taken::told).collect::<Vec<_>>()));
                for item in &taken {
                    let Taken::Wake(wake) = item else { continue };
                    let settlement = Settlement::wake(wake.key.clone(), wake.lease, end, now);
                    side.backend().settle(settlement).await.map_err(super::questions::told)?;
                }
            }
            any |= alike(&told)? > 0;
        }
        Ok(any)
    }

    /// Settles what was taken once and left. What is ready now is taken as well, and taken over before that.
    async fn lost(&mut self) -> Result<bool, String> {
        self.noticed(None).await?;
        self.sides.clock.advance(LEASE);
        let (now, tenant) = (self.sides.clock.now(), self.sides.tenant.clone());
        let mut told = Vec::new();
        for (side, held) in self.sides.sides.iter().zip(&mut self.held) {
            let over = self.sides.taken(side, Lane::Notices, now).await?;
            let mut answers: Vec<_> = over.iter().map(Taken::told).collect();
            for item in std::mem::take(held) {
                let Taken::Notice(notice) = item else { continue };
                let done = Settlement::notice(tenant.clone(), notice.id, notice.lease, NoticeEnd::Done, now);
                let answer = side.backend().settle(done).await.map_err(super::questions::told);
                answers.push(format!("{} {answer:?}", notice.id));
            }
            told.push((side.name, answers));
        }
        alike(&told).map(|settled| settled > 0)
    }
}

/// How much each side told, if it was the same.
fn alike(told: &[(&'static str, Vec<String>)]) -> Result<usize, String> {
    let Some((first, rest)) = told.split_first() else { return Ok(0) };
    match rest.iter().find(|other| other.1 != first.1) {
        Some(other) => Err(format!("{} took {:?}\n{} took {:?}", first.0, first.1, other.0, other.1)),
        None => Ok(first.1.len()),
    }
}

fn whose(step: &Step) -> CustomerId {
    CustomerId::new(format!("customer-{}", 1 + step.slot % 2)).unwrap()
}

fn dress(feedback: &mut Feedback, customer: &CustomerId, step: &Step) {
    feedback.customer = Some(customer.clone());
    if step.pick.is_multiple_of(4) {
        *feedback = feedback.clone().with_label(Code::new("late").unwrap());
    }
}

/// A refusal in full, a failure by its meaning.
fn answered(error: &Error) -> String {
    error.to_string()
}
