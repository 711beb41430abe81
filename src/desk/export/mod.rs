//! One person's data as a document that can be given to them.
//!
//! [`Desk::export_person`](crate::Desk::export_person) collects it, `serde_json::to_string_pretty` writes it:
//!
//! ```
//! # use std::sync::Arc;
//! # use talkback::*;
//! # pollster::block_on(async {
//! # let policy = Policy::house_standard(WorkingCalendar::office("office").build()?)?;
//! # let desk = Desk::single(Arc::new(MemoryBackend::new()), PolicyBook::single(policy));
//! let ann = CustomerId::new("customer-17")?;
//! desk.open(Actor::customer(ann.clone()), Feedback::complaint(Channel::Chat, "It leaks.")).await?;
//!
//! let export = serde_json::to_value(desk.export_person(&ann).await?)?;
//! assert_eq!(export["person"], "customer-17");
//! assert_eq!(export["cases"][0]["feedback"]["kind"], "complaint");
//! assert_eq!(export["cases"][0]["messages"][0]["words"]["text"], "It leaks.");
//!
//! desk.erase_person(ann.clone()).await?;
//! let export = serde_json::to_value(desk.export_person(&ann).await?)?;
//! assert_eq!(export["cases"][0]["messages"][0]["words"], "erased");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # What is in it
//!
//! What the person said and was told, how they can be reached, what was recorded about their feedback in
//! codes (kind, labels, references, ratings, consents), what came of it, and what they answered. Words that
//! were erased say so in their place.
//!
//! # What is not
//!
//! Internal notes and reasons: they are an employee's, and may name anybody. What somebody else said, also where
//! both speak in one case or one speaks for the other: words belong to who spoke. Who worked on it, and what was owed by when. Whoever has to hand out
//! more than that reads it with [`View::Staff`](crate::View::Staff) and decides case by case. The bytes of
//! files are the application's, and so is adding them; their places are named.
//!
//! # Its form
//!
//! Every key is always there: `null` or an empty list where there is nothing. Instants are in UTC. A later
//! version may add keys; one that takes a key away or gives it another meaning raises
//! [`PersonExport::FORMAT`].

mod collect;
mod history;
mod words;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::case::Stage;
use crate::conversation::ReplyPathKind;
use crate::feedback::{Channel, Consent, ContactKind, FeedbackKind, Priority, Rating, Reference};
use crate::id::{CaseId, Code, CustomerId, MessageId};
use crate::resolution::{ExitReason, Outcome, RemedyKind, Verdict};

/// Everything that a desk's tenant keeps about one person.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PersonExport {
    /// The form of the document: [`PersonExport::FORMAT`].
    pub format: u32,
    /// Whose data it is.
    pub person: CustomerId,
    /// When the collecting began, UTC. Each case is as it was when it was read, which is later.
    pub exported_at: DateTime<Utc>,
    /// Their cases, the oldest first; after them those of others in which they speak, or are told what the
    /// other is told.
    pub cases: Vec<ExportedCase>,
}

impl PersonExport {
    /// The form of the document that this version of the crate writes.
    pub const FORMAT: u32 = 1;
}

/// What a case holds about the person.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportedCase {
    /// Which.
    pub case: CaseId,
    /// What is recorded about their feedback; `None` in somebody else's case.
    pub feedback: Option<ExportedFeedback>,
    /// How they can be reached, the preferred way first.
    pub contacts: Vec<ExportedContact>,
    /// What they said, and what they were told, in the order in which it was recorded.
    pub messages: Vec<ExportedMessage>,
    /// What came of it, each time that it was resolved.
    pub resolutions: Vec<ExportedResolution>,
    /// What they answered when they were asked whether it helped. In words it is among the messages.
    pub answers: Vec<ExportedAnswer>,
    /// Why they left or took it back. In words it is among the messages.
    pub exits: Vec<ExportedExit>,
}

/// What is recorded about somebody's feedback.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportedFeedback {
    /// When they spoke, or were invited to.
    pub received_at: DateTime<Utc>,
    /// What kind of feedback it is.
    pub kind: FeedbackKind,
    /// Where they spoke.
    pub channel: Channel,
    /// How much it presses.
    pub priority: Priority,
    /// How far it got.
    pub stage: Stage,
    /// Why it was closed, by the name of the reason, such as `confirmed`; of one that was closed and taken
    /// up again, why it was closed then.
    pub closed: Option<&'static str>,
    /// Its subject line.
    pub subject: Option<ExportedWords>,
    /// A number they gave.
    pub rating: Option<Rating>,
    /// The point of their journey that it is about.
    pub touchpoint: Option<Code>,
    /// The application's labels.
    pub labels: Vec<Code>,
    /// What it is about, in the application's ids.
    pub references: Vec<Reference>,
    /// What they agreed to.
    pub consent: Consent,
}

/// How the person can be reached.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportedContact {
    /// In which way.
    pub kind: ContactKind,
    /// Under which address, where the way has one.
    pub address: Option<ExportedWords>,
}

/// Something that the person said, or was told.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportedMessage {
    /// Which.
    pub id: MessageId,
    /// When.
    pub at: DateTime<Utc>,
    /// Which way it went.
    pub direction: Direction,
    /// The words; `None` where there were none.
    pub words: Option<ExportedWords>,
    /// How they can answer what they were told.
    pub reply_path: Option<ReplyPathKind>,
    /// The files that went with it.
    pub files: Vec<ExportedFile>,
}

/// Which way a message went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// They said it.
    FromPerson,
    /// They were told.
    ToPerson,
}

/// A file that went with a message.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportedFile {
    /// The name that its sender gave it.
    pub name: Option<ExportedWords>,
    /// Its media type.
    pub media_type: Option<ExportedWords>,
    /// Where the application keeps it.
    pub locator: Option<ExportedWords>,
}

/// What came of the person's feedback.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportedResolution {
    /// When.
    pub at: DateTime<Utc>,
    /// How it ended.
    pub outcome: Outcome,
    /// What was done.
    pub remedies: Vec<ExportedRemedy>,
    /// Why it had happened, as the application classifies causes.
    pub root_cause: Option<Code>,
}

/// One thing that was done for the person.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportedRemedy {
    /// What kind it is.
    pub kind: RemedyKind,
    /// In words.
    pub words: Option<ExportedWords>,
}

/// What the person answered to a follow-up.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportedAnswer {
    /// When.
    pub at: DateTime<Utc>,
    /// Their verdict.
    pub verdict: Verdict,
    /// A number they gave.
    pub rating: Option<Rating>,
}

/// Why the person left or took the matter back.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ExportedExit {
    /// When they said so.
    pub at: DateTime<Utc>,
    /// Why.
    pub why: ExitReason,
    /// What was behind it, as the application classifies causes.
    pub root_cause: Option<Code>,
    /// Whether they wish to hear from the application again; `None`: they did not say.
    pub hear_from_us: Option<bool>,
}

/// Words in an export: `{"text": "It leaks."}`, or `"erased"`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExportedWords {
    /// As they were written.
    Text(String),
    /// There were words, and they were erased.
    Erased,
}

/// The size instead of the words.
impl fmt::Debug for ExportedWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(words) => write!(f, "<{} bytes>", words.len()),
            Self::Erased => f.write_str("erased"),
        }
    }
}
