//! How a notice leaves the house: the application's way, behind one method.

use std::fmt;

use async_trait::async_trait;
use chrono::TimeDelta;

use super::Letter;
use crate::backend::Cause;
use crate::id::Code;

/// Brings letters to their recipients: by mail, chat, webhook, a message in the staff's room.
///
/// It is called at least once for each notice that is owed, and now and then once more, because a process
/// may die between the sending and the noting down. [`Letter::id`] is the same each time: pass it on (as
/// the `Message-ID`, the `webhook-id`, the provider's idempotency key), so that the other side can tell a
/// repeat. It may be called for several letters at once, never for two in one
/// [line](crate::workflow::Notice::line).
///
/// An attempt has to end well within the relay's lease, so give it a time-out of its own. Its future may
/// be dropped.
///
/// Any `Fn(Letter) -> impl Future<Output = Result<Receipt, Undelivered>>` is one:
///
/// ```
/// use talkback::{Letter, Receipt, Undelivered};
/// # fn is_deliver(_: impl talkback::Deliver) {}
/// is_deliver(async |letter: Letter| match letter.contact {
///     Some(_) => Ok(Receipt::Sent),
///     None => Err(Undelivered::later("nobody-on-duty")),
/// });
/// ```
#[async_trait]
pub trait Deliver: Send + Sync {
    /// Tries once.
    ///
    /// # Errors
    /// [`Undelivered`], which says whether it is worth another try.
    async fn deliver(&self, letter: &Letter) -> Result<Receipt, Undelivered>;
}

#[async_trait]
impl<F, Tried> Deliver for F
where
    F: Fn(Letter) -> Tried + Send + Sync,
    Tried: Future<Output = Result<Receipt, Undelivered>> + Send,
{
    async fn deliver(&self, letter: &Letter) -> Result<Receipt, Undelivered> {
        self(letter.clone()).await
    }
}

/// What is known of a letter that went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Receipt {
    /// Whoever carries it has taken it. It may still come back: the application then records that as
    /// [`Command::RecordDelivery`](crate::Command::RecordDelivery).
    Sent,
    /// It is there.
    Delivered,
}

/// Why a letter did not go out this time.
#[derive(Debug, thiserror::Error)]
#[error("not delivered: {why}")]
pub struct Undelivered {
    /// Why, as a word for machines; it stands in the ledger, so it must not name anybody.
    pub why: Code,
    /// Whether it is worth another try.
    pub again: Again,
    /// What the transport said.
    pub source: Option<Cause>,
}

/// Whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Again {
    /// Later, by the relay's [`Backoff`](super::Backoff).
    Later,
    /// Not before this span is over, because the other side asked for it.
    After(TimeDelta),
    /// Never: the address does not exist, the recipient does not want it.
    Never,
}

impl Undelivered {
    /// It may well go later.
    #[must_use]
    pub fn later(why: &'static str) -> Self {
        Self::new(why, Again::Later)
    }

    /// It may go after that span.
    #[must_use]
    pub fn after(why: &'static str, span: TimeDelta) -> Self {
        Self::new(why, Again::After(span))
    }

    /// It never will.
    #[must_use]
    pub fn never(why: &'static str) -> Self {
        Self::new(why, Again::Never)
    }

    /// The same, with what the transport said.
    #[must_use]
    pub fn because(self, source: impl Into<Cause>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    fn new(why: &'static str, again: Again) -> Self {
        // A word that is no code is the caller's slip, and no reason to lose a letter.
        let why = Code::new(why).unwrap_or_else(|_| Code::known("undelivered"));
        Self { why, again, source: None }
    }
}

impl fmt::Debug for dyn Deliver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Deliver")
    }
}
