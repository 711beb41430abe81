//! The relay that brings notices out: it takes what is owed, hands it to [`Deliver`], and notes down what
//! became of it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::backend::{Backend, BackendError, Claim, Lane, LeasedNotice, NoticeEnd, Settlement};
use crate::clock::Clock;
use crate::conversation::Delivery;
use crate::desk::{Desk, Request, Room};
use crate::error::Error;
use crate::health::{Health, Look, Watch};
use crate::id::{Code, CommandId, TenantId};
use crate::policy::PolicyBook;
use crate::together::together;
use crate::trace;
use crate::workflow::{Actor, Command, Notice, NoticeId, NoticeKind, RecordDelivery};

mod backoff;
mod deliver;
mod letter;
mod quiet;

pub use backoff::Backoff;
pub use deliver::{Again, Deliver, Receipt, Undelivered};
pub use letter::{Enclosed, Letter};
pub use quiet::QuietHours;

/// How many tenants are looked at in one round.
const TENANTS: usize = 100;
/// How many notices of one tenant are taken at once.
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
/// ([`Command::RecordDelivery`]: sent, delivered, failed), then the notice is settled. So the dispatch limit
/// ends when the message is sent, and what did not arrive is owed again. Passing a thanks on meets the
/// deadline for it. Whoever learns later that a message came back or was read records that with the same
/// command, by [`Letter::message`].
///
/// # Giving up
///
/// A try that may succeed later is repeated by [`Backoff`]. After the last, or at [`Again::Never`], the
/// notice is dead: of a message that is a failed delivery, of which the case's owner is told; every dead
/// letter is in [`Relayed::dead`]. One whose words or address were erased is not sent.
///
/// # Running it
///
/// As [`DeadlineWorker`](crate::DeadlineWorker), it has no thread and no timer, keeps no state, and any
/// number of them may run. Call [`tick`](NoticeRelay::tick) every few seconds, or use `run` (feature
/// `tokio`).
#[derive(Debug, Clone)]
pub struct NoticeRelay {
    pub(crate) room: Room,
    deliver: Arc<dyn Deliver>,
    quiet: Option<Arc<dyn QuietHours>>,
    backoff: Backoff,
    lease: TimeDelta,
    at_once: usize,
    pub(crate) budget: usize,
    #[cfg(feature = "tokio")]
    pub(crate) poll: TimeDelta,
    pub(crate) watch: Watch,
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
    /// Whose words or address were erased meanwhile.
    pub void: usize,
    /// That were given up.
    pub dead: Vec<DeadLetter>,
    /// That went out or not, but could not be noted down: they come again.
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

/// How a try ended.
enum Tried {
    Sent,
    Retried,
    Postponed,
    Void,
    Dead(DeadLetter),
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
        Self {
            room,
            deliver: Arc::new(deliver),
            quiet: None,
            backoff: Backoff::default(),
            lease: TimeDelta::minutes(5),
            at_once: 8,
            budget: 10_000,
            #[cfg(feature = "tokio")]
            poll: TimeDelta::seconds(2),
            watch: Watch::default(),
        }
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

    /// How long a claimed notice is kept from other relays; five minutes unless told. A delivery that takes
    /// longer may be repeated by another relay. It has to be longer than nothing.
    #[must_use]
    pub fn with_lease(self, lease: TimeDelta) -> Self {
        Self { lease, ..self }
    }

    /// How many deliveries are under way at once; 8 unless told.
    #[must_use]
    pub fn with_at_once(self, deliveries: usize) -> Self {
        Self { at_once: deliveries, ..self }
    }

    /// How many notices one call of [`NoticeRelay::tick`] takes at most; 10,000 unless told.
    #[must_use]
    pub fn with_budget(self, notices: usize) -> Self {
        Self { budget: notices, ..self }
    }

    /// How often [`run`](Self::run) looks for notices at least; every two seconds unless told.
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn with_poll(self, interval: TimeDelta) -> Self {
        Self { poll: interval, ..self }
    }

    /// How it is doing, with its clones.
    #[must_use]
    pub fn health(&self) -> Health {
        self.watch.health()
    }

    /// Brings out everything that is due now, in turns of a few notices for each tenant, until nothing is
    /// due or the budget is used up.
    ///
    /// # Errors
    /// [`Error::Backend`] when due notices cannot be found. What went out before stays so.
    pub async fn tick(&self) -> Result<Relayed, Error> {
        let now = self.room.clock.now();
        self.watch.looks_at(now);
        let relayed = self.relay_all().await;
        match &relayed {
            Ok(done) => {
                let Relayed { lag, failed, .. } = *done;
                self.watch.succeeded(&Look { at: now, lag, failed, quarantined: 0 });
                trace::relayed(done);
            }
            Err(error) => {
                self.watch.failed(error);
                trace::not_found("notices", error);
            }
        }
        relayed
    }

    async fn relay_all(&self) -> Result<Relayed, Error> {
        let mut done = Relayed::default();
        loop {
            let before = done.claimed;
            let due = Claim::tenants(Lane::Notices, self.room.clock.now(), TENANTS);
            for tenant in self.room.backend.claim(due).await?.into_tenants() {
                self.relay_tenant(tenant, &mut done).await?;
                if done.claimed >= self.budget {
                    done.more = true;
                    return Ok(done);
                }
            }
            if done.claimed == before {
                return Ok(done);
            }
        }
    }

    /// One turn of a tenant.
    async fn relay_tenant(&self, tenant: TenantId, done: &mut Relayed) -> Result<(), Error> {
        let desk = Desk::in_room(tenant.clone(), self.room.clone());
        let now = self.room.clock.now();
        // Few enough that the last of them is begun well within the lease, however slow those before it are.
        let limit = BATCH.min(self.budget.saturating_sub(done.claimed)).max(1);
        let claim = Claim::work(tenant, Lane::Notices, now, self.lease, limit);
        let leased = self.room.backend.claim(claim).await?.into_notices();
        done.claimed += leased.len();
        // What failed before waits because it was told to.
        for notice in leased.iter().filter(|notice| notice.attempts == 1) {
            done.lag = done.lag.max(now - notice.due);
        }
        let tries = leased.into_iter().map(|leased| self.relay_one(&desk, leased));
        for tried in together(self.at_once, tries).await {
            match tried {
                Ok(Tried::Sent) => done.sent += 1,
                Ok(Tried::Retried) => done.retried += 1,
                Ok(Tried::Postponed) => done.postponed += 1,
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
        Ok(())
    }

    async fn relay_one(&self, desk: &Desk, leased: LeasedNotice) -> Result<Tried, Error> {
        let LeasedNotice { id, notice, attempts, lease, .. } = leased;
        let settle = async |end| {
            self.settle(Settlement::notice(desk.tenant().clone(), id, lease, end, self.room.clock.now()))
                .await
        };
        let dead = |notice, why: Code| DeadLetter { tenant: desk.tenant().clone(), id, notice, why };
        let Ok(notice) = notice else {
            let why = Code::known("unreadable");
            settle(NoticeEnd::Dead { reason: why.clone() }).await?;
            return Ok(Tried::Dead(dead(None, why)));
        };
        if let Some(at) = self.quiet_until(&notice) {
            settle(NoticeEnd::Postponed { at }).await?;
            return Ok(Tried::Postponed);
        }
        let letter = match letter::read(desk, notice.clone(), attempts).await {
            Ok(Some(letter)) => letter,
            Ok(None) => {
                settle(NoticeEnd::Dead { reason: Code::known("erased") }).await?;
                return Ok(Tried::Void);
            }
            Err(error) if error.is_retryable() => return Err(error),
            // Its case cannot be read. Somebody may mend that, and meanwhile it holds up its own line only.
            Err(_) => {
                let why = Code::known("unreadable");
                let Some(at) = self.backoff.next(id, attempts, self.room.clock.now()) else {
                    settle(NoticeEnd::Dead { reason: why.clone() }).await?;
                    return Ok(Tried::Dead(dead(Some(notice), why)));
                };
                settle(NoticeEnd::Retry { at }).await?;
                return Ok(Tried::Retried);
            }
        };
        match self.deliver.deliver(&letter).await {
            Ok(receipt) => {
                let result = match receipt {
                    Receipt::Sent => Delivery::Sent,
                    Receipt::Delivered => Delivery::Delivered,
                };
                self.note_down(desk, &letter, result, None).await?;
                settle(NoticeEnd::Done).await?;
                Ok(Tried::Sent)
            }
            Err(undelivered) => match self.again(&undelivered, id, attempts) {
                Some(at) => {
                    settle(NoticeEnd::Retry { at }).await?;
                    Ok(Tried::Retried)
                }
                None => {
                    let why = undelivered.why;
                    self.note_down(desk, &letter, Delivery::Failed, Some(why.clone())).await?;
                    settle(NoticeEnd::Dead { reason: why.clone() }).await?;
                    Ok(Tried::Dead(dead(Some(letter.notice), why)))
                }
            },
        }
    }

    fn quiet_until(&self, notice: &Notice) -> Option<DateTime<Utc>> {
        let now = self.room.clock.now();
        let quiet = self.quiet.as_ref().filter(|_| !notice.is_urgent())?;
        quiet.until(notice, now).filter(|until| *until > now)
    }

    fn again(&self, undelivered: &Undelivered, id: NoticeId, attempt: u32) -> Option<DateTime<Utc>> {
        let now = self.room.clock.now();
        let next = self.backoff.next(id, attempt, now);
        match undelivered.again {
            Again::Later => next,
            Again::After(span) => {
                next.map(|next| now.checked_add_signed(span).map_or(next, |at| at.max(next)))
            }
            Again::Never => None,
        }
    }

    /// Tells the case what became of it. A case that does not take it any more has nothing to note down.
    async fn note_down(
        &self,
        desk: &Desk,
        letter: &Letter,
        result: Delivery,
        why: Option<Code>,
    ) -> Result<(), Error> {
        let command = match (letter.message(), letter.notice.kind, letter.notice.deadline) {
            (Some(message), _, _) => {
                let to = letter.customer().cloned();
                Command::RecordDelivery(RecordDelivery { message, to, result, why })
            }
            (None, NoticeKind::Thanks, Some(owed)) if result != Delivery::Failed => {
                Command::RecordThanked(owed)
            }
            _ => return Ok(()),
        };
        let name = [letter.id(), letter.attempt.to_string(), result.to_string()];
        let [id, attempt, result] = [&name[0], &name[1], &name[2]];
        let id = CommandId::derive(desk.tenant(), &["delivery", id, attempt, result]);
        let request = Request::new(Actor::system(), command).with_id(id);
        match desk.execute(letter.case.id, request).await {
            Ok(_) | Err(Error::Rejected(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), Error> {
        match self.room.backend.settle(settlement).await {
            // Somebody took it over, or an erasure took it away: it is in other hands.
            Ok(()) | Err(BackendError::LeaseLost) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
