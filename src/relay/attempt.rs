//! One try to bring a notice out.

use chrono::{DateTime, TimeDelta, Utc};

use super::deliver::{Again, Deliver, Receipt, Undelivered};
use super::guard::{Broken, guarded};
use super::letter::{self, Letter};
use super::still_due::no_longer_due;
use super::{DeadLetter, NoticeRelay};
use crate::backend::{Lease, LeasedNotice, NoticeEnd, Settlement};
use crate::conversation::Delivery;
use crate::desk::{Desk, Request};
use crate::error::Error;
use crate::id::{Code, CommandId, Destination};
use crate::trace;
use crate::workflow::{
    Actor, Command, Notice, NoticeId, NoticeKind, Recipient, RecordDelivery, RecordHold, Rule,
};

/// How long a notice waits between two looks for something that delivers to its destination.
const UNROUTED_PAUSE: TimeDelta = TimeDelta::minutes(5);

/// How a try ended.
pub(super) enum Tried {
    Sent,
    Retried,
    /// It may have gone out, but what became of it could not be recorded: that is tried again.
    Unrecorded,
    Postponed,
    /// Nothing here delivers to its destination.
    Unrouted(Destination),
    /// Nobody tried, because the lease was running out.
    Returned,
    Void,
    Dead(DeadLetter),
}

/// A notice under a lease.
struct Attempt<'a> {
    relay: &'a NoticeRelay,
    desk: &'a Desk,
    id: NoticeId,
    number: u32,
    lease: Lease,
    /// When the lease runs out, exclusive.
    until: DateTime<Utc>,
}

impl NoticeRelay {
    /// Tries a notice that is under a lease until then.
    pub(super) async fn relay_one(
        &self,
        desk: &Desk,
        leased: LeasedNotice,
        until: DateTime<Utc>,
    ) -> Result<Tried, Error> {
        let LeasedNotice { id, notice, attempts, lease, .. } = leased;
        let attempt = Attempt { relay: self, desk, id, number: attempts, lease, until };
        match notice {
            Ok(notice) => attempt.go(notice).await,
            Err(_) => attempt.set_aside(None, Code::known("unreadable")).await,
        }
    }
}

impl NoticeRelay {
    /// Gives a notice back untried: it is due at once, and no try counts.
    pub(super) async fn give_back(&self, desk: &Desk, leased: LeasedNotice) -> Result<Tried, Error> {
        let (tenant, now) = (desk.tenant().clone(), self.duty.now());
        let end = NoticeEnd::Postponed { at: now };
        self.duty.settle(Settlement::notice(tenant, leased.id, leased.lease, end, now)).await?;
        Ok(Tried::Returned)
    }
}

impl Attempt<'_> {
    async fn go(self, notice: Notice) -> Result<Tried, Error> {
        if let Some(at) = self.quiet_until(&notice) {
            return self.hold(notice, at).await;
        }
        let Some(deliver) = self.relay.ways.get(&notice.destination) else {
            return self.wait_for_a_way(notice.destination).await;
        };
        let letter = match letter::read(self.desk, notice.clone(), self.number).await {
            Ok(Some(letter)) => letter,
            Ok(None) => return self.erased(notice).await,
            // Its case cannot be read. Somebody may mend that, and meanwhile it holds up its own line only.
            Err(_) => return self.again_or_aside(notice, Code::known("unreadable")).await,
        };
        if no_longer_due(&notice, &letter.case) {
            return self.void().await;
        }
        // The tries before ended without a word: whoever made them died, or was too slow.
        if self.number > self.relay.backoff.tries() {
            return self.give_up(letter, Code::known("no-answer")).await;
        }
        if !self.may_begin() {
            self.settle(NoticeEnd::Postponed { at: self.relay.duty.now() }).await?;
            return Ok(Tried::Returned);
        }
        match self.hand_over(deliver.as_ref(), &letter).await {
            Ok(receipt) => self.arrived(letter, receipt).await,
            Err(undelivered) => match self.again(&undelivered) {
                Some(at) => self.retry(at).await,
                None => self.give_up(letter, undelivered.why).await,
            },
        }
    }

    /// The one place that knows hours of quiet: until when this notice is held back.
    fn quiet_until(&self, notice: &Notice) -> Option<DateTime<Utc>> {
        let now = self.relay.duty.now();
        let quiet = self.relay.quiet.as_ref().filter(|_| !notice.is_urgent())?;
        quiet.until(notice, now).filter(|until| *until > now)
    }

    /// True while enough of the lease is left. Another relay may take the notice as soon as it has run out, so
    /// what begins has at least half of it.
    fn may_begin(&self) -> bool {
        let half = self.relay.duty.lease / 2;
        self.until.checked_sub_signed(half).is_some_and(|latest| self.relay.duty.now() <= latest)
    }

    /// A delivery that panics or outlives the lease counts as a try that failed.
    async fn hand_over(&self, deliver: &dyn Deliver, letter: &Letter) -> Result<Receipt, Undelivered> {
        let in_time = || self.relay.duty.now() < self.until;
        match guarded(deliver.deliver(letter), in_time).await {
            Ok(answer) => answer,
            Err(Broken::Panicked) => Err(Undelivered::later("panicked")),
            Err(Broken::Hung) => Err(Undelivered::later("too-slow")),
        }
    }

    fn again(&self, undelivered: &Undelivered) -> Option<DateTime<Utc>> {
        let next = self.next_try();
        match undelivered.again {
            Again::Later => next,
            Again::After(span) => next
                .map(|next| self.relay.duty.now().checked_add_signed(span).map_or(next, |at| at.max(next))),
            Again::Never => None,
        }
    }

    /// When the back-off lets it be tried again, `None` if it was tried often enough.
    fn next_try(&self) -> Option<DateTime<Utc>> {
        self.relay.backoff.next(self.id, self.number, self.relay.duty.now())
    }

    /// It went out.
    async fn arrived(self, letter: Letter, receipt: Receipt) -> Result<Tried, Error> {
        let result = match receipt {
            Receipt::Sent => Delivery::Sent,
            Receipt::Delivered => Delivery::Delivered,
        };
        if let Err(error) = self.note_down(&letter.notice, result, None).await {
            return self.unrecorded(letter.notice, &error, Code::known("not-recorded")).await;
        }
        self.settle(NoticeEnd::Done).await?;
        Ok(Tried::Sent)
    }

    /// It never will go out.
    async fn give_up(self, letter: Letter, why: Code) -> Result<Tried, Error> {
        if let Err(error) = self.note_down(&letter.notice, Delivery::Failed, Some(why.clone())).await {
            return self.unrecorded(letter.notice, &error, why).await;
        }
        self.set_aside(Some(letter.notice), why).await
    }

    /// What became of it could not be recorded. As often and as far apart as a delivery is tried, so is this.
    async fn unrecorded(self, notice: Notice, error: &Error, why: Code) -> Result<Tried, Error> {
        trace::not_noted_down(self.desk.tenant(), error);
        match self.next_try() {
            Some(at) => {
                self.settle(NoticeEnd::Retry { at }).await?;
                Ok(Tried::Unrecorded)
            }
            None => self.set_aside(Some(notice), why).await,
        }
    }

    async fn again_or_aside(self, notice: Notice, why: Code) -> Result<Tried, Error> {
        match self.next_try() {
            Some(at) => self.retry(at).await,
            None => self.set_aside(Some(notice), why).await,
        }
    }

    /// Another process may know the way, or this one after its next release. Nobody tried, so no try counts.
    async fn wait_for_a_way(self, destination: Destination) -> Result<Tried, Error> {
        let now = self.relay.duty.now();
        let at = now.checked_add_signed(UNROUTED_PAUSE).unwrap_or(now);
        self.settle(NoticeEnd::Postponed { at }).await?;
        Ok(Tried::Unrouted(destination))
    }

    async fn retry(self, at: DateTime<Utc>) -> Result<Tried, Error> {
        self.settle(NoticeEnd::Retry { at }).await?;
        Ok(Tried::Retried)
    }

    /// Its case learns that it waits on purpose, so that nobody takes it for lost meanwhile.
    async fn hold(self, notice: Notice, until: DateTime<Utc>) -> Result<Tried, Error> {
        if let Some(message) = notice.message() {
            let command = RecordHold { message, until }.into();
            if let Err(error) = self.record(&notice, command, &["hold", &until.to_rfc3339()]).await {
                return self.unrecorded(notice, &error, Code::known("not-recorded")).await;
            }
        }
        self.settle(NoticeEnd::Postponed { at: until }).await?;
        Ok(Tried::Postponed)
    }

    /// Its words or the address were erased: the case learns that nothing is on its way any more.
    async fn erased(self, notice: Notice) -> Result<Tried, Error> {
        if let Err(error) = self.note_down(&notice, Delivery::Void, Some(Code::known("erased"))).await {
            return self.unrecorded(notice, &error, Code::known("erased")).await;
        }
        self.void().await
    }

    /// It is not due any more.
    async fn void(self) -> Result<Tried, Error> {
        self.settle(NoticeEnd::Done).await?;
        Ok(Tried::Void)
    }

    async fn set_aside(self, notice: Option<Notice>, why: Code) -> Result<Tried, Error> {
        self.settle(NoticeEnd::Dead { reason: why.clone() }).await?;
        Ok(Tried::Dead(DeadLetter { tenant: self.desk.tenant().clone(), id: self.id, notice, why }))
    }

    async fn settle(&self, end: NoticeEnd) -> Result<(), Error> {
        let (tenant, duty) = (self.desk.tenant().clone(), &self.relay.duty);
        duty.settle(Settlement::notice(tenant, self.id, self.lease, end, duty.now())).await
    }

    /// Tells the case what became of it.
    async fn note_down(&self, notice: &Notice, result: Delivery, why: Option<Code>) -> Result<(), Error> {
        let command = match (notice.message(), notice.kind, notice.deadline) {
            (Some(message), _, _) => {
                let to = match &notice.to {
                    Recipient::Customer(customer) => Some(customer.clone()),
                    _ => None,
                };
                Command::RecordDelivery(RecordDelivery { message, to, result, why })
            }
            (None, NoticeKind::Thanks, Some(owed))
                if matches!(result, Delivery::Sent | Delivery::Delivered) =>
            {
                Command::RecordThanked(owed)
            }
            _ => return Ok(()),
        };
        self.record(notice, command, &["delivery", &self.number.to_string(), result.as_str()]).await
    }

    /// Records something of a notice that goes to the main destination: only that moves deadlines. A case that
    /// does not take it any more has nothing to note down; every other refusal (a right or a policy that is
    /// missing) is a failure like one of the storage.
    async fn record(&self, notice: &Notice, command: Command, what: &[&str]) -> Result<(), Error> {
        if !notice.destination.is_main() {
            return Ok(());
        }
        let name = notice.id.to_string();
        let parts: Vec<_> = std::iter::once(&*name).chain(what.iter().copied()).collect();
        let id = CommandId::derive(self.desk.tenant(), &parts);
        match self.desk.execute(notice.id.case, Request::new(Actor::system(), command).with_id(id)).await {
            Ok(_) => Ok(()),
            Err(Error::Rejected(refusal)) if is_over(&refusal.rule) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The case has gone on, and nothing is left to note down.
const fn is_over(rule: &Rule) -> bool {
    matches!(
        rule,
        Rule::WrongStage
            | Rule::MergedElsewhere
            | Rule::NothingChanges
            | Rule::NoSuchDeadline
            | Rule::NoSuchMessage
    )
}
