//! What a webhook says: a notice as a CloudEvent.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::case::{Purpose, Stage};
use crate::conversation::ReplyPath;
use crate::deadline::DeadlineId;
use crate::feedback::{Channel, Contact, FeedbackKind, Priority};
use crate::id::{CaseId, MessageId, TenantId};
use crate::relay::{Enclosed, Letter};
use crate::words::Words;
use crate::workflow::{NoticeKind, Recipient};

/// A notice as a [CloudEvent] 1.0 in its JSON format. Serialised with serde it is the body of a webhook.
///
/// Who is told of what, by ids, codes and times. It has no words and no addresses unless they were asked for:
/// a webhook leaves the house, what is erased here stays there, and a receiver that needs the words can ask for
/// them where erasures count.
///
/// ```json
/// {
///   "specversion": "1.0",
///   "id": "019aaf5e-a400-7000-8000-000000000001-3-0",
///   "source": "/talkback/single",
///   "type": "talkback.notice.escalation",
///   "subject": "019aaf5e-a400-7000-8000-000000000001",
///   "time": "2026-11-23T11:00:00Z",
///   "datacontenttype": "application/json",
///   "data": {
///     "tenant": "single",
///     "case": "019aaf5e-a400-7000-8000-000000000001",
///     "notice": "escalation",
///     "to": { "role": "team-lead" },
///     "event": { "version": 3, "type": "escalated", "at": "2026-11-23T11:00:00Z" },
///     "deadline": { "kind": "acknowledge", "cycle": 1, "n": 1 },
///     "due": "2026-11-23T11:00:00Z",
///     "kind": "complaint",
///     "channel": "chat",
///     "priority": "normal",
///     "stage": "received"
///   }
/// }
/// ```
///
/// [CloudEvent]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CloudEvent {
    /// `1.0`.
    pub specversion: &'static str,
    /// [`Letter::id`]: the same for every repeat.
    pub id: String,
    /// Who sends it, a URI reference: `/talkback/` and the tenant, unless the application gave its own.
    pub source: String,
    /// `talkback.notice.` and the kind of notice, words parted by `_`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The case.
    pub subject: CaseId,
    /// Since when the notice is owed, in UTC; when it was tried is for the webhook's own header.
    pub time: DateTime<Utc>,
    /// `application/json`.
    pub datacontenttype: &'static str,
    /// The notice.
    pub data: NoticeData,
}

/// A notice, for receivers.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct NoticeData {
    /// Whose application.
    pub tenant: TenantId,
    /// The case.
    pub case: CaseId,
    /// What they are told.
    pub notice: NoticeKind,
    /// Who is told, by the application's own id.
    pub to: Recipient,
    /// What a message for a customer is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The message, to be named when it comes back or is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// The event that called for it.
    pub event: NoticeEvent,
    /// The deadline that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DeadlineId>,
    /// The last instant at which that can be met, included, in UTC; missing once it is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
    /// What kind of feedback, as of this try.
    pub kind: FeedbackKind,
    /// Where the customer spoke.
    pub channel: Channel,
    /// How much it presses, as of this try.
    pub priority: Priority,
    /// Where the case stands, as of this try.
    pub stage: Stage,
    /// Words and addresses, where the application sends them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<NoticeWords>,
}

/// The event that called for a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NoticeEvent {
    /// The case's version once it had happened.
    pub version: u64,
    /// What happened, as [`Fact::as_str`](crate::Fact::as_str) has it.
    #[serde(rename = "type")]
    pub fact: &'static str,
    /// When it happened, in UTC.
    pub at: DateTime<Utc>,
}

/// What a letter says and where it goes. `Debug` shows none of it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct NoticeWords {
    /// The subject line of the customer's feedback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<Words>,
    /// The words of the message or the thanks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Words>,
    /// Where the customer can be reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// How the customer can answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_path: Option<ReplyPath>,
    /// The files that go with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Enclosed>,
}

impl CloudEvent {
    /// The notice without words and addresses.
    #[must_use]
    pub fn new(letter: &Letter) -> Self {
        let (notice, case, event) = (&letter.notice, &letter.case, &letter.event);
        let data = NoticeData {
            tenant: letter.tenant.clone(),
            case: case.id,
            notice: notice.kind,
            to: notice.to.clone(),
            purpose: notice.purpose,
            message: letter.message(),
            event: NoticeEvent { version: event.version, fact: event.fact.as_str(), at: event.occurred_at },
            deadline: notice.deadline,
            due: notice.deadline.and_then(|id| case.deadlines.get(id)).map(|deadline| deadline.due),
            kind: case.head.kind.clone(),
            channel: case.head.channel.clone(),
            priority: case.head.priority,
            stage: case.stage,
            words: None,
        };
        Self {
            specversion: "1.0",
            id: letter.id(),
            source: format!("/talkback/{}", percent_encoded(letter.tenant.as_str())),
            event_type: format!("talkback.notice.{}", type_of(notice.kind)),
            subject: case.id,
            time: notice.at,
            datacontenttype: "application/json",
            data,
        }
    }

    /// The same from another source, a URI reference (RFC 3986).
    #[must_use]
    pub fn with_source(self, source: impl Into<String>) -> Self {
        Self { source: source.into(), ..self }
    }

    /// The same with the words and addresses of its letter.
    #[must_use]
    pub fn with_words(mut self, letter: &Letter) -> Self {
        self.data.words = Some(NoticeWords {
            subject: letter.subject.clone(),
            body: letter.body.clone(),
            contact: letter.contact.clone(),
            reply_path: letter.reply_path.clone(),
            attachments: letter.attachments.clone(),
        });
        self
    }
}

/// Standard Webhooks asks for letters, digits and `_` in the parts of a type.
const fn type_of(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Message => "message",
        NoticeKind::AskWhy => "ask_why",
        NoticeKind::Warning => "warning",
        NoticeKind::Escalation => "escalation",
        NoticeKind::Review => "review",
        NoticeKind::Assigned => "assigned",
        NoticeKind::Thanks => "thanks",
        NoticeKind::Undelivered => "undelivered",
    }
}

/// A tenant's id as one segment of a path (RFC 3986, section 3.3).
fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_tenant_makes_a_uri_reference() {
        assert_eq!(percent_encoded("north-2_a.b~c"), "north-2_a.b~c");
        assert_eq!(percent_encoded("a b/ü?"), "a%20b%2F%C3%BC%3F");
    }
}
