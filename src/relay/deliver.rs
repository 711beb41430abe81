//! How a notice leaves the house: the application's way, behind one method.

use std::fmt;
use std::sync::Arc;

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
/// be dropped: one that has not ended when the lease runs out is, and the try counts. So does a panic, which
/// ends this try and nothing else.
///
/// Implement it for your own type, or make one of a function with [`deliver_fn`]. `Box<dyn Deliver>` and
/// `Arc<dyn Deliver>` are one, too, so that it can be chosen at run time.
#[async_trait]
pub trait Deliver: Send + Sync {
    /// Tries once.
    ///
    /// # Errors
    /// [`Undelivered`], which says whether it is worth another try.
    async fn deliver(&self, letter: &Letter) -> Result<Receipt, Undelivered>;
}

#[async_trait]
impl<D: Deliver + ?Sized> Deliver for Box<D> {
    async fn deliver(&self, letter: &Letter) -> Result<Receipt, Undelivered> {
        (**self).deliver(letter).await
    }
}

#[async_trait]
impl<D: Deliver + ?Sized> Deliver for Arc<D> {
    async fn deliver(&self, letter: &Letter) -> Result<Receipt, Undelivered> {
        (**self).deliver(letter).await
    }
}

/// Makes a [`Deliver`] of a function and what it needs, such as a mailer: each call gets a clone of the state
/// and a letter. What cannot be cloned, or should be shared, goes into an [`Arc`].
///
/// ```
/// use std::sync::Arc;
/// use talkback::{Contact, Letter, Receipt, Undelivered, deliver_fn};
///
/// struct Mailer;
///
/// impl Mailer {
///     async fn send(&self, id: &str, to: &str, body: &str) -> std::io::Result<()> {
///         // Talks to the mail server.
///         # let _ = (id, to, body);
///         Ok(())
///     }
/// }
///
/// let deliver = deliver_fn(Arc::new(Mailer), async |mailer: Arc<Mailer>, letter: Letter| {
///     let Some(Contact::Email(to)) = &letter.contact else {
///         return Err(Undelivered::never("no-address"));
///     };
///     let body = letter.body.as_ref().map_or("", |words| words.as_str());
///     match mailer.send(&letter.id(), to.as_str(), body).await {
///         Ok(()) => Ok(Receipt::Sent),
///         Err(error) => Err(Undelivered::later("no-connection").because(error)),
///     }
/// });
/// # fn is_deliver(_: impl talkback::Deliver + 'static) {}
/// # is_deliver(deliver);
/// ```
pub fn deliver_fn<S, F, Tried>(state: S, deliver: F) -> DeliverFn<S, F>
where
    S: Clone + Send + Sync,
    F: Fn(S, Letter) -> Tried + Send + Sync,
    Tried: Future<Output = Result<Receipt, Undelivered>> + Send,
{
    DeliverFn { state, deliver }
}

/// A function that delivers, with its state; see [`deliver_fn`].
#[derive(Clone)]
pub struct DeliverFn<S, F> {
    state: S,
    deliver: F,
}

/// Shows nothing of the state, which may hold secrets.
impl<S, F> fmt::Debug for DeliverFn<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliverFn").finish_non_exhaustive()
    }
}

#[async_trait]
impl<S, F, Tried> Deliver for DeliverFn<S, F>
where
    S: Clone + Send + Sync,
    F: Fn(S, Letter) -> Tried + Send + Sync,
    Tried: Future<Output = Result<Receipt, Undelivered>> + Send,
{
    async fn deliver(&self, letter: &Letter) -> Result<Receipt, Undelivered> {
        (self.deliver)(self.state.clone(), letter.clone()).await
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
