//! Listen to customers, and prove it: feedback of every kind and channel through a workflow that
//! enforces acknowledgement, a person's answer, a typed resolution and a follow-up, on time, in working
//! time, on the storage that the application already has.
//!
//! ```
//! use std::sync::Arc;
//! use talkback::*;
//!
//! # pollster::block_on(async {
//! let policy = Policy::house_standard(WorkingCalendar::office("office").build()?)?;
//! let desk = Desk::single(Arc::new(MemoryBackend::new()), PolicyBook::single(policy));
//!
//! let ann = Actor::customer(CustomerId::new("customer-17")?);
//! let case = desk.open(ann, Feedback::complaint(Channel::Chat, "The kettle leaks.")).await?.case;
//! assert_eq!(case.due_next().map(|deadline| deadline.id.kind), Some(DeadlineKind::Acknowledge));
//!
//! let kim = Actor::staff(StaffId::new("kim")?);
//! let close = workflow::Close::because(CloseReason::Confirmed);
//! let refused = desk.execute(case.id, Request::new(kim, close)).await.unwrap_err();
//! assert!(refused.to_string().contains("missing: an acknowledgement"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # The law of the loop
//!
//! *Load, decide, commit; on a conflict begin again with loading; never act on events before the commit
//! was answered.* The [`Desk`] keeps it for you. Whoever drives [`workflow::decide`] by hand keeps it
//! themselves.
//!
//! # The promises
//!
//! 1. Everyone who speaks is acknowledged, answered by a person, given a typed resolution that they are
//!    told of, and followed up before their case is closed.
//! 2. Nobody is forgotten: every case that is not closed has a live deadline, and a time at which it wakes
//!    somebody up.
//! 3. Lateness is a fact: a missed deadline is recorded once, at the instant at which it was due, and no
//!    later edit removes it.
//! 4. Customers can always talk back: there is no message of ours without a way to reply.
//! 5. Customers can always leave, in one step, and are asked why.
//!
//! # The nouns
//!
//! [`Feedback`] is what somebody brought. It opens a [`Case`], which stands in a [`Stage`] and owes
//! [`Deadline`]s. A [`Command`] is what somebody wants to happen to it, an [`Event`] what happened, a
//! [`Rejection`] why not. What is said is an [`Outbound`] message, with its [`ReplyPath`]; how it ended a
//! [`Resolution`]. A [`Policy`] says what is owed by when, a [`WorkingCalendar`] when people work. What
//! people wrote is a [`Text`], kept apart from the events so that it can be erased; who is to be told of
//! something a [`Notice`], stored with the event that calls for it.
//!
//! # Where to go
//!
//! - A first look: the example `quickstart`, then [the guide](guide): forms, mail, screens, workers, bounces.
//! - The front door: [`Desk`]. Something has to call [`DeadlineWorker::tick`] every
//!   minute or so, which makes deadlines fire, and [`NoticeRelay::tick`], which brings out what is owed. Behind
//!   the feature `tokio` both have a loop.
//! - Projections, search indexes and streams: [`Desk::feed`].
//! - Your own storage: [`backend::Backend`], and `testing::conformance` behind the feature `testing`.
//! - Your own policy, tested in plain sentences with a clock that jumps: `testing::scenario`, likewise.
//! - What may happen when: [`workflow`].
//! - Why something is due then: [`calendar`] and [`policy`].
//!
//! # Features
//!
//! `tz` (default) knows zones by name; `ical` reads holidays; `presets` has public rules as policies;
//! `sqlite` keeps everything in one file, with the system's SQLite, `sqlite-bundled` with one that is compiled
//! in; `postgres` keeps it in PostgreSQL over the application's own connections, `postgres-deadpool` over those
//! of a pool; `tokio` has the workers' loops; `webhooks` sends notices as signed webhooks; `tracing` lets operators
//! listen; `testing` holds the conformance suite and stories for testing policies. None changes what another
//! means. Without any there is no async runtime, no C and no network in the build.
//!
//! # Foreign types
//!
//! Public signatures show `chrono`'s `DateTime<Utc>`, `TimeDelta`, `NaiveDate`, `NaiveTime` and `Weekday`, and
//! `uuid::Uuid`. Both crates belong to the semantic version of this one. So do `tokio_postgres` and
//! `deadpool_postgres` where their features are on.

#![forbid(unsafe_code)]
#![deny(missing_docs, rustdoc::broken_intra_doc_links)]
// A library neither panics on what it is given nor prints. Unit tests may.
#![deny(
    clippy::dbg_macro,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::todo,
    clippy::unimplemented,
    clippy::unwrap_used
)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod backend;
pub mod calendar;
mod case;
mod clock;
mod codes;
mod conversation;
mod deadline;
mod desk;
mod duty;
mod error;
mod feedback;
mod format;
#[doc = include_str!("guide.md")]
pub mod guide {}
mod health;
mod id;
mod line;
mod notification;
mod once;
mod oneshot;
mod open_enum;
pub mod policy;
pub mod relay;
mod resolution;
#[cfg(feature = "tokio")]
mod run;
mod steady;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod together;
mod trace;
#[cfg(feature = "webhooks")]
pub mod webhooks;
mod words;
mod worker;
pub mod workflow;

#[cfg(feature = "postgres")]
pub use backend::postgres::PostgresBackend;
#[cfg(feature = "sqlite")]
pub use backend::sqlite::SqliteBackend;
pub use backend::{Backend, BackendError, MemoryBackend};
pub use calendar::{CalendarError, WorkingCalendar, Zone};
pub use case::{
    Case, CloseReason, Closed, ContactRef, Cycle, CycleCause, Ended, Head, Involved, MAX_CONTACTS,
    MAX_INVOLVED, MAX_PAUSES, MAX_SENT, MAX_UNSENT, MoreContacts, Outgoing, Participant, Pause, Purpose,
    ResolveLeft, Seat, Stage, WaitingFor, WasEnded,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use codes::UnknownCode;
pub use conversation::{
    AddressError, Attachment, ConversationHead, Delivery, EmailAddress, Handle, Outbound, Party, PhoneNumber,
    Place, PostalAddress, ReplyAddress, ReplyPath, ReplyPathError, ReplyPathKind, Tone, Waiting, WebAddress,
};
pub use deadline::{
    About, Basis, Breach, Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, Deadlines,
    Excuse, MAX_LISTED_BREACHES, MAX_LIVE_DEADLINES, MootReason, NextStep, PRECISION, Promised, Tally,
};
pub use desk::export::{self, PersonExport};
pub use desk::{Conversation, Desk, Handled, KnownContact, Message, MessageKind, Request, View};
pub use error::Error;
pub use feedback::{
    Channel, Consent, Contact, ContactKind, Feedback, FeedbackKind, Priority, Rating, RatingError,
    RatingRange, Reference, Scale,
};
pub use health::{ClockStep, Health};
pub use id::{
    CaseId, Code, CommandId, CustomerId, IdError, MAX_CODE_BYTES, MAX_NAME_BYTES, MessageId, Name, StaffId,
    TeamId, TenantId, TextId, is_unprintable,
};
pub use open_enum::Own;
pub use policy::{Policy, PolicyBook, PolicyError, PolicyProblem, PolicySpec, Remaining, Span, Target};
pub use relay::{Deliver, Letter, NoticeRelay, Receipt, Relayed, Undelivered, deliver_fn};
pub use resolution::{
    Credit, Credited, Exit, ExitReason, Outcome, RecordedRemedy, Remedy, RemedyKind, Resolution, Resolved,
    Satisfaction, Verdict,
};
pub use text::{MAX_TEXT_BYTES, Text, TextError, TextKind};
pub use words::Words;
pub use worker::{DeadlineWorker, Ticked};
pub use workflow::{Actor, Command, Context, Event, Fact, Grants, Notice, NoticeId, Rejection};

/// The README's code, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
