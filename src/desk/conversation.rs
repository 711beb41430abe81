//! A conversation to read: its messages with their words, for the customer's eyes or for ours.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::Desk;
use crate::backend::TextQuery;
use crate::case::{Case, Seat};
use crate::conversation::{Party, ReplyPathKind};
use crate::error::Error;
use crate::id::{CaseId, CustomerId, MessageId, TextId};
use crate::workflow::{Event, Fact};

/// Whose eyes a conversation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View<'a> {
    /// This customer's, on their side of the case: what they and those who take part in their conversation said,
    /// and what we said to everyone of the case while they were in it. No internal notes, no words and no name of
    /// a customer whose case was merged with theirs, and employees are not named. Nothing of a case that does not
    /// [concern](crate::Case::concerns) them.
    ///
    /// Who came by a merge finds what was said before it in the case that they came from.
    Customer(&'a CustomerId),
    /// An employee's: everything.
    Staff,
}

/// A part of a conversation, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversation {
    /// The messages.
    pub messages: Vec<Message>,
    /// The version to go on from; `None` when there was no more for now.
    pub next: Option<u64>,
}

/// Something that was said or written down.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Which.
    pub id: MessageId,
    /// When, by its author's account.
    pub at: DateTime<Utc>,
    /// What it was.
    pub kind: MessageKind,
    /// Who said it, or wrote down that it was said. For the customer's eyes [`Party::System`] stands for
    /// everybody but the customer.
    pub by: Party,
    /// The customer for whom they said it, where they said so.
    pub on_behalf_of: Option<CustomerId>,
    /// The words; `None` when there are none, or when they were erased.
    pub body: Option<String>,
    /// How the customer can answer, for what we said.
    pub reply_path: Option<ReplyPathKind>,
}

/// What a message was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageKind {
    /// What the customer said.
    FromCustomer,
    /// What we said to them.
    ToCustomer,
    /// What we wrote down for ourselves.
    Note,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("at", &self.at)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Desk {
    /// The messages among at most `limit` events (1 to 1,000) of the versions behind `after`, with their
    /// words.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn conversation(
        &self,
        case: CaseId,
        view: View<'_>,
        after: u64,
        limit: usize,
    ) -> Result<Conversation, Error> {
        let seen_by = match view {
            View::Staff => None,
            View::Customer(person) => Some((self.load(case).await?, person)),
        };
        let eyes = match &seen_by {
            None => Eyes::Staff,
            Some((case, person)) => match case.as_deref().and_then(|case| Eyes::of(case, person)) {
                Some(eyes) => eyes,
                None => return Ok(Conversation { messages: Vec::new(), next: None }),
            },
        };
        let events = self.events(case, after, limit).await?;
        let next = events.last().filter(|_| events.len() >= limit).map(|event| event.version);
        let heard: Vec<_> = events.iter().filter_map(|event| heard(event, eyes)).collect();
        let ids: Vec<_> = heard.iter().filter_map(|(_, text)| *text).collect();
        let mut words = BTreeMap::new();
        if !ids.is_empty() {
            let query = TextQuery::new(self.tenant.clone(), ids.clone());
            let texts = self.room.backend.texts(query).await?;
            words.extend(ids.into_iter().zip(texts).filter_map(|(id, text)| Some((id, text?.body))));
        }
        let spoken = |(message, text): (Message, Option<TextId>)| Message {
            body: text.and_then(|id| words.get(&id).cloned()),
            ..message
        };
        Ok(Conversation { messages: heard.into_iter().map(spoken).collect(), next })
    }
}

/// Who looks at a case.
#[derive(Clone, Copy)]
pub(super) enum Eyes<'a> {
    Staff,
    /// One of its people, who sits there.
    Customer(&'a Case, Seat),
}

impl<'a> Eyes<'a> {
    /// The eyes of a person. `None` for one whom the case does not concern.
    pub(super) fn of(case: &'a Case, person: &CustomerId) -> Option<Self> {
        case.seat(person).map(|seat| Self::Customer(case, seat))
    }

    /// What is said to everyone is for all who are there, what a customer says for their own side.
    fn see(self, event: &Event, kind: MessageKind) -> bool {
        let Self::Customer(case, seat) = self else { return true };
        let speaker = event.speaker().unwrap_or(&case.head.customer);
        event.version >= seat.since
            && match kind {
                MessageKind::Note => false,
                MessageKind::ToCustomer => true,
                MessageKind::FromCustomer => case.seat(speaker).is_some_and(|other| other.side == seat.side),
            }
    }
}

/// What these eyes see of an event, and where its words are.
pub(super) fn heard(event: &Event, eyes: Eyes<'_>) -> Option<(Message, Option<TextId>)> {
    let (kind, text) = match &event.fact {
        Fact::Opened(opened) => (MessageKind::FromCustomer, opened.body),
        Fact::CustomerWrote { body, .. } => (MessageKind::FromCustomer, Some(*body)),
        Fact::Answered { body: Some(body), .. } | Fact::ExitExplained { body: Some(body), .. } => {
            (MessageKind::FromCustomer, Some(*body))
        }
        // What they said when they left are words like any others.
        Fact::Closed { closed, body: Some(body), .. } if closed.exit.is_some() => {
            (MessageKind::FromCustomer, Some(*body))
        }
        Fact::SteppedOut { body, .. } => (MessageKind::FromCustomer, *body),
        Fact::Noted { body } => (MessageKind::Note, Some(*body)),
        fact => (MessageKind::ToCustomer, Some(fact.said()?.body)),
    };
    if !eyes.see(event, kind) {
        return None;
    }
    // An employee may have written down what the customer said.
    let by = match (eyes, &event.by) {
        (Eyes::Staff, by) | (Eyes::Customer(..), by @ Party::Customer(_)) => by.clone(),
        (Eyes::Customer(..), _) => Party::System,
    };
    let id = MessageId::from(event.command?);
    let (at, on_behalf_of) = (event.shown_at(), event.on_behalf_of.clone());
    let reply_path = event.fact.said().map(|said| said.reply_path);
    Some((Message { id, at, kind, by, on_behalf_of, body: None, reply_path }, text))
}
