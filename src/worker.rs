//! The worker that makes deadlines fire: it finds what is due and ticks it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::backend::{
    Backend, CaseQuery, Claim, Direction, Find, Lane, LeasedWake, MAX_LIMIT, MAX_RECORDS, Order, PageRequest,
    Record, RecordId, Settlement, WakeEnd,
};
use crate::clock::Clock;
use crate::desk::{Desk, Room};
use crate::duty::{Duty, Turn};
use crate::error::Error;
use crate::health::{Health, Look};
use crate::id::CaseId;
use crate::policy::PolicyBook;
use crate::together::together;
use crate::trace;
use crate::workflow::{Event, Fact};

/// How many records are claimed at once.
const BATCH: usize = 100;
/// A case whose last change lies further ahead than this was changed under a clock that ran ahead.
const AHEAD: TimeDelta = TimeDelta::minutes(5);
/// How often such cases are looked for.
const LOOKED_AHEAD_EVERY: TimeDelta = TimeDelta::hours(1);
/// How many tenants are asked when their next case wakes up.
const ASKED_FOR_THE_NEXT: usize = 16;

/// Ticks the cases whose time has come, of every tenant.
///
/// It has no thread and no timer: the application calls [`DeadlineWorker::tick`] from whatever it has for
/// that, every minute or so or at the [next wake-up](DeadlineWorker::next_wakeup), or uses `run` (feature
/// `tokio`). A verdict never depends on how often; only how soon somebody hears of it does.
///
/// It keeps no state: any number of workers may run, on any number of machines, and may be stopped at
/// any moment. What counts is the version check of each commit; the leases only keep workers from
/// doing the same work twice.
///
/// It does not act on a jump ahead of the clock that the [monotonic clock](Clock::monotonic) contradicts until
/// the jump has stood for as long as it is far, at most an hour; [`Health::clock_step`] reports it.
#[derive(Debug, Clone)]
pub struct DeadlineWorker {
    pub(crate) duty: Duty,
    /// When it last looked for cases that were changed under a clock that ran ahead.
    looked_ahead: Arc<Mutex<Option<DateTime<Utc>>>>,
}

/// What one call of [`DeadlineWorker::tick`] did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ticked {
    /// Cases that were due and taken.
    pub claimed: usize,
    /// Cases to which time brought something.
    pub changed: usize,
    /// Events that it brought.
    pub events: usize,
    /// Deadlines that were missed.
    pub breached: usize,
    /// Cases that could not be ticked now, and will be tried again.
    pub failed: usize,
    /// Cases that had failed so often before that they are set aside and tried once an hour.
    pub quarantined: usize,
    /// How long the oldest of them that was on its first try had been due.
    pub lag: TimeDelta,
    /// The budget was used up: more may be due.
    pub more: bool,
}

impl DeadlineWorker {
    /// A worker for every tenant of a backend.
    #[must_use]
    pub fn new(backend: Arc<dyn Backend>, policies: PolicyBook, clock: Arc<dyn Clock>) -> Self {
        Self::in_room(Room { backend, policies: Arc::new(policies), clock })
    }

    /// A worker for every tenant of the backend that this desk stands in.
    #[must_use]
    pub fn of(desk: &Desk) -> Self {
        Self::in_room(desk.room().clone())
    }

    fn in_room(room: Room) -> Self {
        let duty = Duty::new(room, TimeDelta::minutes(1), TimeDelta::seconds(10));
        Self { duty, looked_ahead: Arc::default() }
    }

    /// How long a claimed case is kept from other workers. Defaults to one minute; must be positive and at most
    /// [`MAX_LEASE`](crate::backend::MAX_LEASE): with any other lease every [`tick`](Self::tick) fails as soon
    /// as something is due.
    #[must_use]
    pub fn with_lease(self, lease: TimeDelta) -> Self {
        Self { duty: Duty { lease, ..self.duty }, ..self }
    }

    /// How many cases one call of [`DeadlineWorker::tick`] takes at most; 10,000 unless told.
    #[must_use]
    pub fn with_budget(self, cases: usize) -> Self {
        Self { duty: Duty { budget: cases, ..self.duty }, ..self }
    }

    /// How many calls to the store are under way at once; 8 unless told. Up to four cases are stored by one.
    #[must_use]
    pub fn with_at_once(self, calls: usize) -> Self {
        Self { duty: Duty { at_once: calls, ..self.duty }, ..self }
    }

    /// How often [`run`](Self::run) looks for work at least; ten seconds unless told. What this process
    /// itself sees coming it ticks at its time; what others bring, no later than that.
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn with_poll(self, interval: TimeDelta) -> Self {
        Self { duty: Duty { poll: interval, ..self.duty }, ..self }
    }

    /// How it is doing, with its clones.
    #[must_use]
    pub fn health(&self) -> Health {
        self.duty.watch.health()
    }

    /// Ticks everything that is due now, in turns of some cases for each tenant, until nothing is due or the
    /// budget is used up. A case that cannot be ticked is left for later and holds nobody up: after
    /// [`QUARANTINE_AFTER`](crate::backend::QUARANTINE_AFTER) tries it is set aside.
    ///
    /// # Errors
    /// [`Error::Backend`] when due work cannot be found. What was ticked before stays done.
    pub async fn tick(&self) -> Result<Ticked, Error> {
        let at = self.duty.now();
        let ticked = self.tick_all().await;
        match &ticked {
            Ok(done) => {
                let Ticked { lag, failed, quarantined, .. } = *done;
                self.duty.watch.succeeded(&Look { at, lag, failed, quarantined });
                trace::ticked(done);
            }
            Err(error) => self.duty.failed("cases", error),
        }
        ticked
    }

    /// When the next case wakes up after now, if that is no more than `within` away: for whoever drives the
    /// worker by a timer of their own, after a [`tick`](Self::tick). `None` if nothing is known to come until
    /// then. It is a hint, and no promise: what others commit may come earlier, and of more than a few
    /// tenants not every one is asked. So tick in a fixed interval besides.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn next_wakeup(&self, within: TimeDelta) -> Result<Option<DateTime<Utc>>, Error> {
        let now = self.duty.now();
        let until = now.checked_add_signed(within).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let due = Claim::tenants(Lane::Wakes, until, ASKED_FOR_THE_NEXT);
        let mut next = None;
        for tenant in self.duty.room.backend.claim(due).await?.into_tenants() {
            let query = CaseQuery::new(tenant).ordered(Order::WakeUp, Direction::Ascending);
            // What should have woken before is under a lease, or is tried again at a time of its own.
            let behind_now = query.cursor(now, CaseId::from_uuid(uuid::Uuid::max()).into());
            let page =
                self.duty.room.backend.find(Find::new(query, PageRequest::after(1, behind_now))).await?;
            let found = page.items.into_iter().find_map(Result::ok).and_then(|found| found.record.wake_up());
            next = [next, found.filter(|at| *at <= until)].into_iter().flatten().min();
        }
        Ok(next)
    }

    async fn tick_all(&self) -> Result<Ticked, Error> {
        let mut done = Ticked::default();
        let mut turns = self.duty.turns(Lane::Wakes, BATCH);
        while let Some(Turn { desk, now, claimed }) = turns.next().await? {
            let wakes = claimed.into_wakes();
            turns.took(wakes.len());
            self.tick_cases(&desk, now, wakes, &mut done).await?;
        }
        (done.claimed, done.more) = (turns.taken(), turns.are_cut_short());
        if self.is_to_look_ahead() {
            self.look_ahead(&mut done).await?;
        }
        Ok(done)
    }

    /// True once an hour, and when the clock stepped back.
    fn is_to_look_ahead(&self) -> bool {
        let now = self.duty.now();
        let mut last = self.looked_ahead.lock().unwrap_or_else(PoisonError::into_inner);
        let since = now - *last.get_or_insert(now);
        let is_time = since < TimeDelta::zero() || since >= LOOKED_AHEAD_EVERY;
        if is_time {
            *last = Some(now);
        }
        is_time
    }

    /// Ticks the cases whose last change lies in the future: it was made under a clock that ran ahead, and so
    /// may their wake-ups. Afterwards they wake up in time.
    async fn look_ahead(&self, done: &mut Ticked) -> Result<(), Error> {
        let (backend, now) = (&self.duty.room.backend, self.duty.now());
        let ahead = now.checked_add_signed(AHEAD).unwrap_or(now);
        let whenever = now.checked_add_signed(TimeDelta::weeks(52 * 200)).unwrap_or(now);
        let any = Claim::tenants(Lane::Wakes, whenever, MAX_LIMIT);
        for tenant in backend.claim(any).await?.into_tenants() {
            let desk = Desk::in_room(tenant.clone(), self.duty.room.clone());
            let mut query = CaseQuery::new(tenant).ordered(Order::Updated, Direction::Descending);
            query.updated.from = Some(ahead);
            let mut page = PageRequest::first(BATCH);
            loop {
                let found = backend.find(Find::new(query.clone(), page)).await?;
                for found in found.items.into_iter().flatten() {
                    let Record::Case(case) = found.record;
                    match desk.tick(case.id).await {
                        Ok(handled) => count(done, &handled.events),
                        Err(error) => {
                            trace::not_ticked(desk.tenant(), case.id, 1, &error);
                            done.failed += 1;
                        }
                    }
                }
                let Some(next) = found.next else { break };
                page = PageRequest::after(BATCH, next);
            }
        }
        Ok(())
    }

    /// Ticks what was taken of one tenant.
    async fn tick_cases(
        &self,
        desk: &Desk,
        now: DateTime<Utc>,
        wakes: Vec<LeasedWake>,
        done: &mut Ticked,
    ) -> Result<(), Error> {
        for wake in &wakes {
            done.quarantined += usize::from(wake.quarantined);
            // What failed before waits because it was told to.
            if wake.attempts == 1 {
                done.lag = done.lag.max(now - wake.due);
            }
        }
        let ticks = groups(wakes).map(|group| self.tick_group(desk, group));
        for ticked in together(self.duty.at_once, ticks).await {
            for events in ticked? {
                match events {
                    Some(events) => count(done, &events),
                    None => done.failed += 1,
                }
            }
        }
        Ok(())
    }

    /// What time brought to each of a few cases: stored together, because waiting for the store is what a
    /// tick costs. Where one of them stands in the way of the others, each by itself.
    async fn tick_group(
        &self,
        desk: &Desk,
        group: Vec<LeasedWake>,
    ) -> Result<Vec<Option<Vec<Event>>>, Error> {
        let cases: Vec<_> = group.iter().map(case_of).collect();
        let together = if cases.len() > 1 { desk.tick_together(&cases).await.ok() } else { None };
        let mut together = together.map(Vec::into_iter);
        let mut ticked = Vec::with_capacity(group.len());
        for wake in group {
            let events = match &mut together {
                Some(handled) => handled.next().map(|handled| handled.events),
                None => self.tick_case(desk, &wake).await,
            };
            // Nothing to do after all, or not now: both are looked at again a little later, longer each
            // time, so that neither is taken over and over within one call.
            if events.as_ref().is_none_or(Vec::is_empty) {
                self.later(wake).await?;
            }
            ticked.push(events);
        }
        Ok(ticked)
    }

    /// What time brought to a case; `None` if that could not be found out now.
    async fn tick_case(&self, desk: &Desk, wake: &LeasedWake) -> Option<Vec<Event>> {
        let case = case_of(wake);
        let ticked = desk.tick(case).await.map(|handled| handled.events);
        if let Err(error) = &ticked {
            trace::not_ticked(desk.tenant(), case, wake.attempts, error);
        }
        ticked.ok()
    }

    async fn later(&self, wake: LeasedWake) -> Result<(), Error> {
        let now = self.duty.now();
        let minutes = 1_i64 << wake.attempts.min(6);
        let at = now.checked_add_signed(TimeDelta::minutes(minutes)).unwrap_or(now);
        self.duty.settle(Settlement::wake(wake.key, wake.lease, WakeEnd::Retry { at }, now)).await
    }
}

/// Counts what time brought to a case.
fn count(done: &mut Ticked, events: &[Event]) {
    let breached = |event: &&Event| matches!(event.fact, Fact::Breached { .. });
    done.changed += usize::from(!events.is_empty());
    done.events += events.len();
    done.breached += events.iter().filter(breached).count();
}

/// What is ticked together. What failed before, or brought a worker down, is by itself: it takes no other
/// along.
fn groups(wakes: Vec<LeasedWake>) -> impl Iterator<Item = Vec<LeasedWake>> {
    let (fresh, tried): (Vec<_>, Vec<_>) = wakes.into_iter().partition(|wake| wake.attempts == 1);
    let mut fresh = fresh.into_iter();
    let some = std::iter::from_fn(move || {
        let group: Vec<_> = fresh.by_ref().take(MAX_RECORDS).collect();
        (!group.is_empty()).then_some(group)
    });
    some.chain(tried.into_iter().map(|wake| vec![wake]))
}

const fn case_of(wake: &LeasedWake) -> CaseId {
    let RecordId::Case(case) = wake.key.id;
    case
}
