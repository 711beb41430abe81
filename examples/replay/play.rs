//! Playing the rows through a desk on a manual clock, the worker ticking in between.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::Write;
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::backend::{Direction, Order, PageRequest};
use talkback::workflow::Command;
use talkback::{
    Actor, Case, CaseId, CommandId, CustomerId, DeadlineKind, DeadlineWorker, Desk, Error, ManualClock, Name,
    Request, TenantId,
};

use super::args::Args;
use super::format::{By, Deed, Fact, Row, When};
use super::report::{Report, Told};
use super::timeline::{Opening, Refused, Timeline};
use super::{Failure, policy};

/// How often the worker looks in the whole time of the play. Verdicts do not depend on it, but each
/// review of a case that nothing else wakes is an event that is kept: with a look a day, ten years of
/// files would be made of reviews.
const LOOKS: i32 = 50;
/// How many commands are played between two lines of progress.
const PROGRESS: u64 = 50_000;

/// When the store was last changed; none for an empty one.
async fn last_change(desk: &Desk) -> Result<Option<DateTime<Utc>>, Failure> {
    let newest = desk.query().ordered(Order::Updated, Direction::Descending);
    let page = desk.find(newest, PageRequest::first(1)).await?;
    let records = page.items.into_iter().flatten();
    Ok(records.filter_map(|found| found.record.as_case().map(|case| case.updated_at)).max())
}

/// Plays everything, and tells what came of it.
pub(crate) async fn play(
    mut timeline: Timeline,
    args: &Args,
    progress: &mut dyn Write,
) -> Result<Report, Failure> {
    let as_of = args.as_of.or(timeline.last).unwrap_or_default();
    let openings = timeline.sorted(as_of);
    let first = openings.first().map_or(as_of, |opening| opening.at);
    let clock = Arc::new(ManualClock::at(first));
    let backend = args.store.open()?;
    let policies = policy::book(args.policy.as_ref())?;
    let desk = Desk::new(backend, policies, clock.clone(), TenantId::single());
    let played_until = last_change(&desk).await?.unwrap_or(first);
    let mut player = Player {
        worker: DeadlineWorker::of(&desk),
        desk,
        clock,
        as_of,
        now: first,
        look: (as_of - first) / LOOKS,
        looked: first,
        played_until,
        pending: BinaryHeap::new(),
        told: Told::default(),
        timeline,
        progress,
    };
    let started = now();
    for opening in &openings {
        player.facts_before(opening.at).await?;
        player.open(opening).await?;
    }
    player.facts_before(DateTime::<Utc>::MAX_UTC).await?;
    player.move_to(as_of).await?;
    player.tick().await?;
    player.told.seconds = started.elapsed().as_secs_f64();
    Report::of(player.told, &player.desk, player.timeline, as_of).await
}

struct Player<'a> {
    desk: Desk,
    worker: DeadlineWorker,
    clock: Arc<ManualClock>,
    as_of: DateTime<Utc>,
    now: DateTime<Utc>,
    /// The time between two looks of the worker.
    look: TimeDelta,
    looked: DateTime<Utc>,
    /// What an earlier play into the same store brought about is there until then, and time brings it once.
    played_until: DateTime<Utc>,
    /// What has not happened yet, the next first.
    pending: BinaryHeap<Reverse<Pending>>,
    told: Told,
    timeline: Timeline,
    progress: &'a mut dyn Write,
}

/// A fact of an open case that has not happened yet.
struct Pending {
    at: DateTime<Utc>,
    opening: Opening,
    /// Its place in its row.
    place: usize,
    customer: CustomerId,
    fact: Fact,
}

impl Player<'_> {
    /// Opens a case, and puts what follows where it is played in its time.
    async fn open(&mut self, opening: &Opening) -> Result<(), Failure> {
        self.move_to(opening.at).await?;
        let (format, row) = self.timeline.row(opening)?;
        let Row { open, facts, timely, warnings, .. } = row;
        let open = open.under(Name::new(format.name())?);
        let id = command_id(opening.case, "opened");
        let request = Request::new(Actor::system(), open).with_id(id).at(opening.at);
        match self.desk.execute(opening.case, request).await {
            Ok(handled) => {
                self.played()?;
                self.told.opened(timely, &warnings);
                let customer = handled.case.head.customer.clone();
                self.schedule(opening, &customer, facts);
            }
            Err(Error::Rejected(rejection)) => {
                self.timeline.refuse(opening, rejection.to_string());
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn schedule(&mut self, opening: &Opening, customer: &CustomerId, facts: Vec<Fact>) {
        for (place, fact) in facts.into_iter().enumerate() {
            let at = match fact.when {
                When::At(at) => at,
                When::WithReceipt => opening.at,
                When::AtTheEnd => self.as_of,
            };
            if at > self.as_of {
                self.told.warn("it happened after the end of the play and was left out");
                continue;
            }
            let customer = customer.clone();
            self.pending.push(Reverse(Pending { at, opening: *opening, place, customer, fact }));
        }
    }

    /// Plays what happened before `at`.
    async fn facts_before(&mut self, at: DateTime<Utc>) -> Result<(), Failure> {
        while self.pending.peek().is_some_and(|Reverse(next)| next.at < at) {
            let Some(Reverse(next)) = self.pending.pop() else { break };
            self.move_to(next.at).await?;
            self.fact(next).await?;
        }
        Ok(())
    }

    async fn fact(&mut self, pending: Pending) -> Result<(), Failure> {
        let Pending { at, opening, customer, fact, .. } = pending;
        let actor = match fact.by {
            By::Customer => Actor::customer(customer),
            By::Staff(staff) => Actor::staff(staff),
            By::System => Actor::system(),
        };
        let commands = match fact.deed {
            Deed::Command(command) => vec![(fact.name.to_owned(), *command)],
            Deed::Thank => self.thanks(opening.case).await?,
        };
        for (name, command) in commands {
            let request =
                Request::new(actor.clone(), command).with_id(command_id(opening.case, &name)).at(at);
            match self.desk.execute(opening.case, request).await {
                Ok(handled) => {
                    self.played()?;
                    self.told.happened(&handled, fact.when.known().is_some());
                }
                Err(Error::Rejected(rejection)) => self.told.rejections.push(Refused {
                    file: self.timeline.file(opening.source).to_owned(),
                    line: opening.line,
                    fact: Some(fact.name),
                    reason: rejection.to_string(),
                }),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn played(&mut self) -> Result<(), Failure> {
        self.told.commands += 1;
        if self.told.commands.is_multiple_of(PROGRESS) {
            let (commands, now) = (self.told.commands, self.now.date_naive());
            writeln!(self.progress, "{commands} commands played, it is {now}")?;
        }
        Ok(())
    }

    /// Everybody who was credited and does not know it yet.
    async fn thanks(&self, case: CaseId) -> Result<Vec<(String, Command)>, Failure> {
        let case: Option<Arc<Case>> = self.desk.load(case).await?;
        let ids =
            case.iter().flat_map(|case| case.deadlines.of_kind(DeadlineKind::Thank)).map(|owed| owed.id);
        Ok(ids.map(|id| (format!("thanked {id}"), Command::RecordThanked(id))).collect())
    }

    async fn move_to(&mut self, at: DateTime<Utc>) -> Result<(), Failure> {
        if at > self.now {
            self.now = at;
            self.clock.set(at);
            if at >= self.played_until && at - self.looked >= self.look {
                self.looked = at;
                self.tick().await?;
            }
        }
        Ok(())
    }

    /// Everything that is due by now.
    async fn tick(&mut self) -> Result<(), Failure> {
        loop {
            let ticked = self.worker.tick().await?;
            self.told.ticks += ticked.claimed;
            if ticked.failed > 0 {
                self.told.warn("the worker could not tick every case that was due");
            }
            if !ticked.more {
                return Ok(());
            }
        }
    }
}

/// The id of a command is derived from what it is about, so that playing a file into a desk that has
/// seen it changes nothing.
fn command_id(case: CaseId, name: &str) -> CommandId {
    CommandId::derive(&TenantId::single(), &["replay", &case.to_string(), name])
}

#[expect(clippy::disallowed_methods, reason = "how long the play took is no part of it")]
fn now() -> Instant {
    Instant::now()
}

impl Pending {
    fn order(&self) -> impl Ord {
        (self.at, self.opening.source, self.opening.line, self.place)
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Pending {}
