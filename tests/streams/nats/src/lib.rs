//! The feed of a tenant into a NATS JetStream, each event once and in order.
//!
//! [`Follower::forward`] reads the feed behind the position that was kept last, publishes each event, waits until
//! the stream has it, and only then keeps how far it came. Whoever stops in between publishes some events
//! again; they have the same [`EventItem::name`] as their `Nats-Msg-Id`, so that the stream drops what
//! it took within its duplicate window (two minutes unless its configuration says otherwise). Give the stream a
//! window that is longer than any stop, or let consumers look at the header.

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::PublishError;
use serde_json::json;
use talkback::backend::EventItem;
use talkback::{Desk, Event};

mod position;

pub use position::{Positions, PositionsFile};

/// Follows the feed of one tenant into one stream. Let one at a time do so: two would publish everything twice,
/// and the stream drop the second.
#[derive(Debug)]
pub struct Follower<P> {
    desk: Desk,
    stream: Context,
    subject: String,
    positions: P,
}

/// What one page of the feed came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Forwarded {
    /// Events that the stream took.
    pub published: usize,
    /// Events that it had already.
    pub repeated: usize,
    /// Events that cannot be read, and were passed over.
    pub unreadable: usize,
}

/// Why it stopped. What was published before stays so, and is kept where that is possible.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ForwardError {
    /// The feed cannot be read.
    #[error("the feed cannot be read")]
    Feed(#[from] talkback::Error),
    /// The stream did not take an event, or nobody knows whether it did.
    #[error("the stream did not confirm an event")]
    Publish(#[from] PublishError),
    /// An event cannot be written as JSON.
    #[error("an event cannot be written")]
    Written(#[from] serde_json::Error),
    /// The position cannot be read or kept.
    #[error("the position cannot be kept")]
    Position(#[from] std::io::Error),
}

impl Forwarded {
    /// How many events there were; fewer than asked for means that there are no more for now.
    #[must_use]
    pub const fn seen(self) -> usize {
        self.published + self.repeated + self.unreadable
    }
}

impl<P: Positions> Follower<P> {
    /// Publishes what happens at this desk under `subject`, a full stop and the name of the fact
    /// (`feedback.breached`), so that consumers can choose. The stream has to be there, with that subject.
    pub fn new(desk: Desk, stream: Context, subject: impl Into<String>, positions: P) -> Self {
        Self { desk, stream, subject: subject.into(), positions }
    }

    /// Forwards the next events, at most `limit` (1 to 1,000).
    ///
    /// One is published when the one before it was confirmed: published at once, a lost one would come
    /// behind its successors.
    ///
    /// # Errors
    /// [`ForwardError`].
    pub async fn forward(&mut self, limit: usize) -> Result<Forwarded, ForwardError> {
        let before = self.positions.load().await?;
        let page = self.desk.feed(before, limit).await?;
        let (mut done, mut reached) = (Forwarded::default(), before);
        let mut stopped = None;
        for item in &page.items {
            if let Err(error) = self.publish(item, &mut done).await {
                stopped = Some(error);
                break;
            }
            reached = Some(item.position);
        }
        if let Some(reached) = reached.filter(|_| reached != before) {
            self.positions.keep(reached).await?;
        }
        stopped.map_or(Ok(done), Err)
    }

    async fn publish(&self, item: &EventItem, done: &mut Forwarded) -> Result<(), ForwardError> {
        let (Some(name), Ok(event)) = (item.name(), &item.event) else {
            done.unreadable += 1;
            return Ok(());
        };
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, name.as_str());
        let subject = format!("{}.{}", self.subject, event.fact.as_str());
        let body = body(item, event)?.into();
        let confirmed = self.stream.publish_with_headers(subject, headers, body).await?.await?;
        let count = if confirmed.duplicate { &mut done.repeated } else { &mut done.published };
        *count += 1;
        Ok(())
    }
}

/// An event and what it happened to. It has no words and no addresses: those are not in the feed.
fn body(item: &EventItem, event: &Event) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&json!({ "tenant": item.key.tenant, "record": item.key.id, "event": event }))
}
