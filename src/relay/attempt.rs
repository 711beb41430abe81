//! One try to bring a notice out.

use chrono::{DateTime, Utc};

use super::deliver::{Again, Receipt, Undelivered};
use super::letter::{self, Letter};
use super::{DeadLetter, NoticeRelay};
use crate::backend::{LeasedNotice, NoticeEnd, Settlement};
use crate::conversation::Delivery;
use crate::desk::{Desk, Request};
use crate::error::Error;
use crate::id::{Code, CommandId};
use crate::workflow::{Actor, Command, Notice, NoticeId, NoticeKind, RecordDelivery};

/// How a try ended.
pub(super) enum Tried {
    Sent,
    Retried,
    Postponed,
    Void,
    Dead(DeadLetter),
}

impl NoticeRelay {
    pub(super) async fn relay_one(&self, desk: &Desk, leased: LeasedNotice) -> Result<Tried, Error> {
        let LeasedNotice { id, notice, attempts, lease, .. } = leased;
        let settle = async |end| {
            let (tenant, now) = (desk.tenant().clone(), self.duty.now());
            self.duty.settle(Settlement::notice(tenant, id, lease, end, now)).await
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
                let Some(at) = self.backoff.next(id, attempts, self.duty.now()) else {
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
        let now = self.duty.now();
        let quiet = self.quiet.as_ref().filter(|_| !notice.is_urgent())?;
        quiet.until(notice, now).filter(|until| *until > now)
    }

    fn again(&self, undelivered: &Undelivered, id: NoticeId, attempt: u32) -> Option<DateTime<Utc>> {
        let now = self.duty.now();
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
}
