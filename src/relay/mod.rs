//! The relay that brings notices out: it takes what is owed, hands it to [`Deliver`], and notes down what
//! became of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::backend::{Backend, Lane, LeasedNotice};
use crate::clock::Clock;
use crate::desk::{Desk, Room};
use crate::duty::{Duty, Turn};
use crate::error::Error;
use crate::health::{Health, Look};
use crate::id::{Code, Destination, TenantId};
use crate::policy::PolicyBook;
use crate::together::together;
use crate::trace;
use crate::workflow::{Notice, NoticeId};

mod attempt;
mod backoff;
mod deliver;
mod guard;
mod letter;
mod quiet;
mod still_due;

use self::attempt::Tried;

pub use backoff::Backoff;
pub use deliver::{Again, Deliver, DeliverFn, Receipt, Undelivered, deliver_fn};
pub use letter::{Enclosed, Letter};
pub use quiet::QuietHours;

/// How many notices of one tenant are taken at once: few enough that the last of them is begun well within
/// the lease, however slow those before it are.
const BATCH: usize = 32;

/// Brings out the notices of every tenant: messages to customers, warnings and escalations to employees,
/// thanks to whoever earned them.
///
/// Each notice is delivered at least once, and a repeat is recognised by [`Letter::id`]. Of one case and
/// recipient they leave in their order; a recipient who cannot be reached holds up nobody else.
///
/// # What is noted down
///
/// For a message to a customer the result is first a command to its case
/// ([`Command::RecordDelivery`](crate::Command::RecordDelivery): sent, delivered, failed), then the notice is
/// settled. So the dispatch limit ends when the message is sent, and what did not arrive is owed again. Passing
/// a thanks on meets the deadline for it. Whoever learns later that a message came back or was read records
/// that with the same command, by [`Letter::message`].
///
/// # Giving up
///
/// A try that may succeed later is repeated by [`Backoff`]. After the last, or at [`Again::Never`], the
/// notice is dead: of a message that is a failed delivery, of which the case's owner is told. Every dead letter is
/// in [`Relayed::dead`], is counted in [`Health::dead_letters`], and is listed by
/// [`Desk::dead_letters`](crate::Desk::dead_letters) until it is sent again, dismissed or erased. The same bound holds for a delivery that panics, for one that has not ended
/// when its lease runs out, for one that brings the process down, and for one that went out and could not be
/// recorded: none of them comes for ever, and none stops the others.
///
/// Right before each hand-over the relay looks at the lease and at the case. A notice whose lease is more
/// than half over is given back and taken anew, so that no two relays deliver it. One that is not due any more
/// is not sent: its words or address were erased, its deadline was met, its case went to somebody else.
///
/// # Running it
///
/// As [`DeadlineWorker`](crate::DeadlineWorker), it has no thread and no timer, keeps no state, and any
/// number of them may run. Call [`tick`](NoticeRelay::tick) every few seconds, or use `run` (feature
/// `tokio`). Like the worker it does not act on a jump ahead of the clock, and reports it.
#[derive(Debug, Clone)]
pub struct NoticeRelay {
    pub(crate) duty: Duty,
    /// What delivers where.
    ways: BTreeMap<Destination, Arc<dyn Deliver>>,
    quiet: Option<Arc<dyn QuietHours>>,
    backoff: Backoff,
}

/// What one call of [`NoticeRelay::tick`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Relayed {
    /// Notices that were due and taken.
    pub claimed: usize,
    /// That went out.
    pub sent: usize,
    /// That will be tried again.
    pub retried: usize,
    /// That wait for the end of quiet hours.
    pub postponed: usize,
    /// That wait because nothing here delivers to their destination.
    pub unrouted: usize,
    /// That are not due any more: their words or address were erased, or what they were about is over.
    pub void: usize,
    /// That were given back untried, because their lease was running out. They are taken again.
    pub returned: usize,
    /// That were given up.
    pub dead: Vec<DeadLetter>,
    /// That went out or not, but could not be noted down: they come again by [`Backoff`], and are given up after
    /// as many tries as any other.
    pub failed: usize,
    /// How long the oldest of them that was on its first try had been due.
    pub lag: TimeDelta,
    /// The budget was used up: more may be due.
    pub more: bool,
}

/// A notice that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub id: NoticeId,
    /// What it was; `None` for one that could not be read.
    pub notice: Option<Notice>,
    /// Why, as a word for machines.
    pub why: Code,
}

impl NoticeRelay {
    /// A relay for every tenant of a backend.
    #[must_use]
    pub fn new(
        backend: Arc<dyn Backend>,
        policies: PolicyBook,
        clock: Arc<dyn Clock>,
        deliver: impl Deliver + 'static,
    ) -> Self {
        Self::in_room(Room { backend, policies: Arc::new(policies), clock }, deliver)
    }

    /// A relay for every tenant of the backend that this desk stands in.
    #[must_use]
    pub fn of(desk: &Desk, deliver: impl Deliver + 'static) -> Self {
        Self::in_room(desk.room().clone(), deliver)
    }

    fn in_room(room: Room, deliver: impl Deliver + 'static) -> Self {
        let duty = Duty::new(room, TimeDelta::minutes(5), TimeDelta::seconds(2));
        let main: Arc<dyn Deliver> = Arc::new(deliver);
        let ways = BTreeMap::from([(Destination::main(), main)]);
        Self { duty, ways, quiet: None, backoff: Backoff::default() }
    }

    /// Delivers the notifications for a further destination, which the policy names in
    /// [`Terms::destinations`](crate::policy::Terms::destinations). Each has copies of its own, with tries, lines
    /// and dead letters of their own: a webhook that fails holds up no mail. Only the main destination records
    /// what became of a message and moves deadlines.
    ///
    /// What goes to a destination without anything that delivers there waits, is looked at every five minutes,
    /// and is reported in [`Health::missing_destinations`].
    #[must_use]
    pub fn with_destination(mut self, to: Destination, deliver: impl Deliver + 'static) -> Self {
        self.ways.insert(to, Arc::new(deliver));
        self
    }

    /// Leaves recipients in peace at these hours; never, unless told.
    #[must_use]
    pub fn with_quiet_hours(self, quiet: impl QuietHours + 'static) -> Self {
        Self { quiet: Some(Arc::new(quiet)), ..self }
    }

    /// When failed tries are repeated; see [`Backoff`] for what holds unless told.
    #[must_use]
    pub fn with_backoff(self, backoff: Backoff) -> Self {
        Self { backoff, ..self }
    }

    /// How long a claimed notice is kept from other relays. Must be positive; defaults to five minutes. A
    /// delivery that has not ended by then is dropped and counts as a failed try. The relay has no timer of its
    /// own: `run` (feature `tokio`) looks every second, otherwise it happens when the future of
    /// [`tick`](Self::tick) is polled next. A delivery has at least half of the lease.
    #[must_use]
    pub fn with_lease(self, lease: TimeDelta) -> Self {
        Self { duty: Duty { lease, ..self.duty }, ..self }
    }

    /// How many deliveries are under way at once; 8 unless told.
    #[must_use]
    pub fn with_at_once(self, deliveries: usize) -> Self {
        Self { duty: Duty { at_once: deliveries, ..self.duty }, ..self }
    }

    /// How many notices one call of [`NoticeRelay::tick`] takes at most; 10,000 unless told.
    #[must_use]
    pub fn with_budget(self, notices: usize) -> Self {
        Self { duty: Duty { budget: notices, ..self.duty }, ..self }
    }

    /// How often [`run`](Self::run) looks for notices at least; every two seconds unless told.
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

    /// Brings out everything that is due now, in turns of a few notices for each tenant, until nothing is
    /// due or the budget is used up.
    ///
    /// # Errors
    /// [`Error::Backend`] when due notices cannot be found. What went out before stays so.
    pub async fn tick(&self) -> Result<Relayed, Error> {
        let at = self.duty.now();
        let relayed = self.relay_all().await;
        match &relayed {
            Ok(done) => {
                let Relayed { lag, failed, .. } = *done;
                self.duty.watch.succeeded(&Look { at, lag, failed, quarantined: 0 });
                self.duty.watch.relayed(done.retried + done.failed, done.dead.len());
                trace::relayed(done);
            }
            Err(error) => self.duty.failed("notices", error),
        }
        relayed
    }

    async fn relay_all(&self) -> Result<Relayed, Error> {
        let mut done = Relayed::default();
        let mut turns = self.duty.turns(Lane::Notices, BATCH);
        while let Some(Turn { desk, now, claimed }) = turns.next().await? {
            let leased = claimed.into_notices();
            turns.took(leased.len());
            self.relay_those(&desk, now, leased, &mut done).await;
        }
        (done.claimed, done.more) = (turns.taken() - done.returned, turns.are_cut_short());
        Ok(done)
    }

    /// Brings out what was taken of one tenant. What used up half of its tries may be what brings relays down: it
    /// goes last, alone, and one in a turn, so that it takes no other letter along each time.
    async fn relay_those(
        &self,
        desk: &Desk,
        now: DateTime<Utc>,
        leased: Vec<LeasedNotice>,
        done: &mut Relayed,
    ) {
        // What failed before waits because it was told to.
        for notice in leased.iter().filter(|notice| notice.attempts == 1) {
            done.lag = done.lag.max(now - notice.due);
        }
        let until = now.checked_add_signed(self.duty.lease).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let (suspicious, others): (Vec<_>, Vec<_>) =
            leased.into_iter().partition(|notice| notice.attempts > self.backoff.tries() / 2);
        let tries = others.into_iter().map(|leased| self.relay_one(desk, leased, until));
        let mut all = together(self.duty.at_once, tries).await;
        // The others are given back before, so that the try of this one costs them none.
        let mut suspicious = suspicious.into_iter();
        let one = suspicious.next();
        for leased in suspicious {
            all.push(self.give_back(desk, leased).await);
        }
        if let Some(leased) = one {
            all.push(self.relay_one(desk, leased, until).await);
        }
        for tried in all {
            match tried {
                Ok(Tried::Sent) => done.sent += 1,
                Ok(Tried::Retried) => done.retried += 1,
                Ok(Tried::Unrecorded) => done.failed += 1,
                Ok(Tried::Postponed) => done.postponed += 1,
                Ok(Tried::Unrouted(to)) => {
                    self.duty.watch.misses(to, now);
                    done.unrouted += 1;
                }
                Ok(Tried::Returned) => done.returned += 1,
                Ok(Tried::Void) => done.void += 1,
                Ok(Tried::Dead(letter)) => {
                    trace::given_up(&letter);
                    done.dead.push(letter);
                }
                // The lease runs out, and somebody tries again.
                Err(error) => {
                    trace::not_noted_down(desk.tenant(), &error);
                    done.failed += 1;
                }
            }
        }
    }
}
