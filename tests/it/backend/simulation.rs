//! Everybody talks to a store that fails three times in ten, and so does the post; then the faults stop. First
//! nothing may be lost or doubled, then everything has to come right: no deadline is overdue unseen, and every
//! letter has arrived, in the order of its line.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use pollster::block_on;
use talkback::backend::{Claim, Lane};
use talkback::policy::PolicyBook;
use talkback::relay::Backoff;
use talkback::testing::audit::{self, Journal};
use talkback::testing::{Faults, FaultyBackend};
use talkback::workflow::{CustomerWrote, NoticeKind, Open, evolve, owed};
use talkback::{
    Actor, Backend, Case, CaseId, Channel, Clock, Command, CommandId, Contact, CustomerId, DeadlineChange,
    DeadlineId, DeadlineWorker, Desk, Error, ExitReason, Feedback, Letter, ManualClock, MemoryBackend,
    Notice, NoticeId, NoticeRelay, Outbound, Policy, Receipt, ReplyPath, Request, StaffId, TenantId,
    Undelivered, WorkingCalendar, deliver_fn,
};

const CASES: u128 = 3;
const COMMANDS: u128 = 40;

fn monday() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// What arrived, in its order, and whether anything still fails to.
#[derive(Default)]
struct Post {
    dice: Mutex<Option<Dice>>,
    /// It says that it took what it lost.
    lies: bool,
    arrived: Mutex<Vec<(NoticeId, String)>>,
}

impl Post {
    /// One in five does not arrive; of those, every second one did, and nobody hears of it.
    fn takes(&self, letter: &Letter) -> Result<Receipt, Undelivered> {
        let fate = self.dice.lock().unwrap().as_mut().map_or(9, |dice| dice.below(10));
        if fate != 0 {
            let line = format!("{} {}", letter.case.id, letter.notice.line());
            self.arrived.lock().unwrap().push((letter.notice.id, line));
        }
        if fate < 2 && !self.lies { Err(Undelivered::later("lost-connection")) } else { Ok(Receipt::Sent) }
    }
}

struct World {
    post: Arc<Post>,
    backend: Arc<FaultyBackend<MemoryBackend>>,
    clock: Arc<ManualClock>,
    desk: Desk,
    journal: Journal,
}

impl World {
    fn new(seed: u64, lies: bool) -> Self {
        let backend = Arc::new(FaultyBackend::new(MemoryBackend::new(), seed, Faults::MANY));
        let clock = Arc::new(ManualClock::at(monday()));
        let calendar = WorkingCalendar::office("office").build().unwrap();
        let policies = PolicyBook::single(Policy::house_standard(calendar).unwrap());
        let desk = Desk::new(backend.clone(), policies, clock.clone(), TenantId::single());
        let post =
            Arc::new(Post { dice: Mutex::new(Some(Dice(seed ^ 77))), lies, arrived: Mutex::default() });
        Self { post, backend, clock, desk, journal: Journal::default() }
    }

    /// One command, sent again under its id until somebody says what became of it, or the sender gives up.
    fn send(&mut self, case: CaseId, id: CommandId, by: &Actor, command: &Command) {
        self.journal.sending(id);
        for _ in 0..12 {
            let request = Request::new(by.clone(), command.clone()).with_id(id);
            match block_on(self.desk.execute(case, request)) {
                Ok(_) => return self.journal.done(id),
                Err(Error::Rejected(_)) => return self.journal.refused(id),
                Err(_) => {}
            }
        }
    }

    /// Work goes on as far as the store lets it. True when there was none.
    fn tick(&self) -> bool {
        let ticked = block_on(DeadlineWorker::of(&self.desk).tick()).is_ok_and(|done| done.claimed == 0);
        let relayed = block_on(self.relay().tick()).is_ok_and(|done| done.claimed == 0);
        ticked && relayed
    }

    fn relay(&self) -> NoticeRelay {
        let deliver = deliver_fn(self.post.clone(), async |post, letter| post.takes(&letter));
        NoticeRelay::of(&self.desk, deliver).with_backoff(Backoff::new([TimeDelta::minutes(1); 1_000]))
    }

    /// Every notice that an event calls for has arrived or is not due any more, and nothing else; of each line, the first arrivals
    /// are in order.
    fn arrived(&self) -> Result<(), String> {
        let (tenant, mut called) = (TenantId::single(), BTreeMap::new());
        for n in 0..CASES {
            let id = CaseId::from_uuid(uuid::Uuid::from_u128(1 + n));
            let (mut case, mut owed_by_it, mut ended) = (None, Vec::new(), BTreeSet::new());
            for event in
                block_on(self.desk.of_tenant(tenant.clone()).events(id, 0, 1_000)).unwrap_or_default()
            {
                case = evolve(case, &event);
                ended.extend(event.changes.iter().filter_map(met_or_moot));
                owed_by_it.extend(case.iter().flat_map(|case| owed(case, &event)));
            }
            for notice in owed_by_it {
                // A deadline that is owed again had been met when its warning would have gone out.
                let was_met = notice.deadline.is_some_and(|deadline| ended.contains(&deadline));
                let over = case.as_ref().is_none_or(|case| may_be_over(&notice, case, was_met));
                called.insert(notice.id, over);
            }
        }
        let arrived = self.post.arrived.lock().unwrap();
        let first: BTreeSet<_> = arrived.iter().map(|(id, _)| *id).collect();
        let missing = called.iter().filter(|(id, over)| !first.contains(*id) && !**over).count();
        let foreign = first.iter().filter(|id| !called.contains_key(*id)).count();
        if missing + foreign > 0 {
            return Err(format!("of {} letters {missing} are missing, {foreign} foreign", called.len()));
        }
        let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::new());
        for (id, line) in arrived.iter().filter(|(id, _)| seen.insert(*id)) {
            if last.insert(line.clone(), *id).is_some_and(|before| before > *id) {
                return Err(format!("{id} arrived out of its order"));
            }
        }
        let left = Claim::tenants(Lane::Notices, self.clock.now() + TimeDelta::days(1_000), 1);
        match block_on(self.backend.claim(left)) {
            Ok(left) if left.is_empty() => Ok(()),
            left => Err(format!("there is still something to send: {left:?}")),
        }
    }
}

/// What it is about was over before it went out, or may have been.
fn may_be_over(notice: &Notice, case: &Case, was_met: bool) -> bool {
    match notice.kind {
        NoticeKind::Warning | NoticeKind::Escalation => {
            was_met || notice.deadline.is_some_and(|deadline| case.deadlines.get(deadline).is_none())
        }
        NoticeKind::Review => true,
        _ => false,
    }
}

fn met_or_moot(change: &DeadlineChange) -> Option<DeadlineId> {
    match change {
        DeadlineChange::Met { id, .. } | DeadlineChange::Moot { id, .. } => Some(*id),
        _ => None,
    }
}

fn command(dice: &mut Dice) -> (Actor, Command) {
    let kim = || Actor::staff(StaffId::new("kim").unwrap());
    let customer = || Actor::customer(CustomerId::new("customer-1").unwrap());
    let say = || Outbound::new("We look into it.", ReplyPath::email("care@shop.example").unwrap());
    match dice.below(8) {
        0 | 1 => {
            let feedback = Feedback::complaint(Channel::Email, "It leaks.")
                .with_contact(Contact::email("ann@example.org").unwrap());
            (customer(), Open::new(feedback).into())
        }
        2 => (kim(), Command::Reply(say())),
        3 => (kim(), Command::Acknowledge(say().delivered())),
        4 => (kim(), Command::Note("Called.".into())),
        5 => (customer(), talkback::workflow::Withdraw::matter(ExitReason::Price).into()),
        _ => (customer(), CustomerWrote::new("And another thing.").into()),
    }
}

fn lived(seed: u64, lies: bool) -> Result<(), String> {
    let (mut world, mut dice) = (World::new(seed, lies), Dice(seed));
    for n in 0..COMMANDS {
        let case = CaseId::from_uuid(uuid::Uuid::from_u128(1 + u128::from(dice.below(CASES as u64))));
        let id = CommandId::from_uuid(uuid::Uuid::from_u128(1_000 + n));
        let (by, command) = command(&mut dice);
        world.send(case, id, &by, &command);
        world.clock.advance(TimeDelta::minutes(i64::try_from(dice.below(400)).unwrap_or_default()));
        if dice.below(3) == 0 {
            world.tick();
        }
    }
    let tenant = TenantId::single();
    let audited = |world: &World| {
        block_on(audit::stored(world.backend.inner(), &tenant, &world.journal)).map_err(|why| why.to_string())
    };
    audited(&world)?;
    world.backend.set(Faults::NONE);
    *world.post.dice.lock().unwrap() = None;
    // A lease may still run, and what failed is tried again later each time.
    let calm = (0..50).any(|_| {
        world.clock.advance(TimeDelta::hours(2));
        world.tick()
    });
    if !calm {
        return Err("fifty rounds were not enough".into());
    }
    audited(&world)?;
    world.arrived()
}

/// A thousand seeds; with CI=true ten thousand, with TALKBACK_LONG=1 a hundred thousand.
#[test]
fn nothing_is_lost_or_doubled_and_everything_comes_right() {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|set| set == value);
    let seeds = match (is("TALKBACK_LONG", "1"), is("CI", "true")) {
        (true, _) => 100_000,
        (false, true) => 10_000,
        (false, false) => 1_000,
    };
    for seed in 0..seeds {
        if let Err(why) = lived(seed, false) {
            panic!("seed {seed}: {why}");
        }
    }
    println!("seeds={seeds}");
}

/// The simulation can fail: letters that are lost are missed.
#[test]
fn a_post_that_lies_is_found_out() {
    let found = (0..100).filter(|seed| lived(*seed, true).is_err_and(|why| why.contains("are missing")));
    assert!(found.count() > 10);
}
