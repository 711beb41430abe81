//! Everybody talks to a store that fails three times in ten; then the faults stop. First nothing may be lost
//! or doubled, then everything has to come right.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use pollster::block_on;
use talkback::policy::PolicyBook;
use talkback::testing::audit::{self, Journal};
use talkback::testing::{Faults, FaultyBackend};
use talkback::workflow::{CustomerWrote, Open};
use talkback::{
    Actor, CaseId, Channel, Command, CommandId, CustomerId, DeadlineWorker, Desk, Error, ExitReason,
    Feedback, ManualClock, MemoryBackend, Outbound, Policy, ReplyPath, Request, StaffId, TenantId,
    WorkingCalendar,
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

struct World {
    backend: Arc<FaultyBackend<MemoryBackend>>,
    clock: Arc<ManualClock>,
    desk: Desk,
    journal: Journal,
}

impl World {
    fn new(seed: u64) -> Self {
        let backend = Arc::new(FaultyBackend::new(MemoryBackend::new(), seed, Faults::MANY));
        let clock = Arc::new(ManualClock::at(monday()));
        let calendar = WorkingCalendar::office("office").build().unwrap();
        let policies = PolicyBook::single(Policy::house_standard(calendar).unwrap());
        let desk = Desk::new(backend.clone(), policies, clock.clone(), TenantId::single());
        Self { backend, clock, desk, journal: Journal::default() }
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

    /// Work goes on as far as the store lets it.
    fn tick(&self) -> bool {
        block_on(DeadlineWorker::of(&self.desk).tick()).is_ok_and(|done| done.claimed == 0)
    }
}

fn command(dice: &mut Dice) -> (Actor, Command) {
    let kim = || Actor::staff(StaffId::new("kim").unwrap());
    let customer = || Actor::customer(CustomerId::new("customer-1").unwrap());
    let say = || Outbound::new("We look into it.", ReplyPath::email("care@shop.example").unwrap());
    match dice.below(8) {
        0 | 1 => {
            let feedback = Feedback::complaint(Channel::Email, "It leaks.");
            (customer(), Open::new(feedback).into())
        }
        2 => (kim(), Command::Reply(say())),
        3 => (kim(), Command::Acknowledge(say().delivered())),
        4 => (kim(), Command::Note("Called.".into())),
        5 => (customer(), talkback::workflow::Withdraw::matter(ExitReason::Price).into()),
        _ => (customer(), CustomerWrote::new("And another thing.").into()),
    }
}

fn lived(seed: u64) -> Result<(), String> {
    let (mut world, mut dice) = (World::new(seed), Dice(seed));
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
    // A lease may still run, and what failed is tried again later each time.
    let calm = (0..50).any(|_| {
        world.clock.advance(TimeDelta::hours(2));
        world.tick()
    });
    if !calm {
        return Err("fifty rounds were not enough".into());
    }
    audited(&world)?;
    Ok(())
}

/// TALKBACK_LONG=1 tries ten thousand seeds.
#[test]
fn nothing_is_lost_or_doubled_and_everything_comes_right() {
    let long = std::env::var("TALKBACK_LONG").is_ok_and(|value| value == "1");
    for seed in 0..if long { 10_000 } else { 300 } {
        if let Err(why) = lived(seed) {
            panic!("seed {seed}: {why}");
        }
    }
}
