//! What a letter says, read at the last moment: what was erased meanwhile is not sent.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::backend::{BackendError, TextQuery};
use crate::case::{Case, ContactRef};
use crate::conversation::ReplyPath;
use crate::desk::Desk;
use crate::error::Error;
use crate::feedback::Contact;
use crate::id::{CustomerId, MessageId, TenantId, TextId};
use crate::words::Words;
use crate::workflow::{Event, Notice, NoticeKind, Recipient, enclosed_texts, reply_path_text};

/// A notice with everything that a template needs.
///
/// The words and addresses in it are as of this try. It lives for the length of one delivery: do not store
/// it. `Debug` shows none of them.
#[derive(Clone)]
#[non_exhaustive]
pub struct Letter {
    /// Whose application.
    pub tenant: TenantId,
    /// The notice: to whom, about what.
    pub notice: Notice,
    /// Which try this is, from 1.
    pub attempt: u32,
    /// The case as it is now.
    pub case: Arc<Case>,
    /// The event that called for the notice: who acted, and when.
    pub event: Arc<Event>,
    /// Where a customer can be reached: the first of [`contacts`](Letter::contacts). `None` for employees, teams
    /// and roles, whose addresses the application knows, and for customers who left none.
    pub contact: Option<Contact>,
    /// Every way to reach a customer that is known, in the order in which they want to be tried: what they or an
    /// employee preferred, then what was known first.
    pub contacts: Vec<Contact>,
    /// The subject line of that customer's own feedback, for the subject of an answer.
    pub subject: Option<Words>,
    /// The words of a message or of a thanks. `None` where the notice has none and a template speaks.
    pub body: Option<Words>,
    /// How the customer can answer. Every message to a customer has one.
    pub reply_path: Option<ReplyPath>,
    /// The files that go with a message, in order.
    pub attachments: Vec<Enclosed>,
}

/// A file that goes with a letter. Its bytes are with the application.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Enclosed {
    /// Its name.
    pub name: Words,
    /// Its media type.
    pub media_type: Words,
    /// Where the application keeps it.
    pub locator: Words,
}

impl Letter {
    /// The notice's id in writing: the same for every try and every repeat, in every process.
    #[must_use]
    pub fn id(&self) -> String {
        self.notice.id.to_string()
    }

    /// The message that it brings to a customer, if it is one: what a bounce that comes back later names in
    /// [`RecordDelivery`](crate::workflow::RecordDelivery).
    #[must_use]
    pub fn message(&self) -> Option<MessageId> {
        let message = self.event.command.map(MessageId::from);
        message.filter(|_| self.notice.kind == NoticeKind::Message)
    }

    /// The customer to whom it goes, if it goes to one.
    #[must_use]
    pub const fn customer(&self) -> Option<&CustomerId> {
        match &self.notice.to {
            Recipient::Customer(customer) => Some(customer),
            _ => None,
        }
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("tenant", &self.tenant)
            .field("notice", &self.notice)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Enclosed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enclosed").finish_non_exhaustive()
    }
}

/// Reads what a notice says. `None` when the words or the address were erased: then nothing is sent.
pub(super) async fn read(desk: &Desk, notice: Notice, attempt: u32) -> Result<Option<Letter>, Error> {
    let broken = || BackendError::other("a notice without the event that calls for it");
    let id = notice.id;
    let case = desk.load(id.case).await?.ok_or_else(broken)?;
    let event = desk.events(id.case, id.version.saturating_sub(1), 1).await?.pop().ok_or_else(broken)?;
    let known = match &notice.to {
        Recipient::Customer(customer) => case.contacts(customer).unwrap_or_default(),
        _ => &[],
    };
    let contacts = contacts(desk, known).await?;
    let subject = subject(desk, &case, &notice).await?;
    let said = event.fact.said().copied().filter(|_| notice.kind == NoticeKind::Message);
    let reply_path =
        said.zip(event.command).map(|(said, command)| (said.reply_path, reply_path_text(command)));
    let enclosed = match (said, event.command) {
        (Some(said), Some(command)) => enclosed_texts(command, said.attachments),
        _ => Vec::new(),
    };
    let mut wanted: Vec<TextId> = [notice.text, subject]
        .into_iter()
        .flatten()
        .chain(reply_path.map(|(_, text)| text))
        .chain(enclosed.iter().flatten().copied())
        .collect();
    wanted.dedup();
    let words = words(desk, wanted).await?;
    let word = |id: Option<TextId>| id.and_then(|id| words.get(&id)).cloned();
    let (body, subject) = (word(notice.text), word(subject));
    let reply_path = match reply_path {
        Some((kind, text)) => ReplyPath::from_words(kind, word(Some(text)).as_ref()),
        None => None,
    };
    let erased = notice.text.is_some() && body.is_none()
        || !known.is_empty() && contacts.is_empty()
        || said.is_some() && reply_path.is_none();
    if erased {
        return Ok(None);
    }
    let attachments = enclosed
        .into_iter()
        .filter_map(|[name, locator, media_type]| {
            let word = |id| word(Some(id));
            Some(Enclosed { name: word(name)?, media_type: word(media_type)?, locator: word(locator)? })
        })
        .collect();
    let (tenant, event, contact) = (desk.tenant().clone(), Arc::new(event), contacts.first().cloned());
    Ok(Some(Letter {
        tenant,
        notice,
        attempt,
        case,
        event,
        contact,
        contacts,
        subject,
        body,
        reply_path,
        attachments,
    }))
}

/// The contacts whose addresses were not erased, each once.
async fn contacts(desk: &Desk, known: &[ContactRef]) -> Result<Vec<Contact>, Error> {
    let mut contacts = Vec::new();
    for contact in desk.known_contacts(known).await?.into_iter().filter_map(|known| known.contact) {
        if !contacts.contains(&contact) {
            contacts.push(contact);
        }
    }
    Ok(contacts)
}

/// The subject line that its recipient knows. Whose case was merged into this one knows their own: that of this
/// case is somebody else's.
async fn subject(desk: &Desk, case: &Case, notice: &Notice) -> Result<Option<TextId>, Error> {
    let Recipient::Customer(customer) = &notice.to else { return Ok(case.head.subject) };
    match case.seat(customer).map(|seat| seat.side) {
        Some(None) => Ok(case.head.subject),
        Some(Some(side)) => {
            let own = desk.load(side).await?.filter(|own| own.head.customer == *customer);
            Ok(own.and_then(|own| own.head.subject))
        }
        None => Ok(None),
    }
}

async fn words(desk: &Desk, ids: Vec<TextId>) -> Result<BTreeMap<TextId, Words>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let texts = desk.texts(TextQuery::new(desk.tenant().clone(), ids.clone())).await?;
    let found = ids.into_iter().zip(texts).filter_map(|(id, text)| Some((id, Words::from(text?.body))));
    Ok(found.collect())
}
