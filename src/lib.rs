//! talkback

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
mod conversation;
mod deadline;
mod desk;
mod error;
mod feedback;
mod id;
mod open_enum;
pub mod policy;
mod resolution;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod words;
mod worker;
pub mod workflow;

pub use backend::{Backend, BackendError, MemoryBackend};
pub use calendar::{CalendarError, WorkingCalendar, Zone};
pub use case::{
    Case, CloseReason, Closed, Cycle, CycleCause, Head, MAX_PAUSES, Pause, ResolveLeft, Stage, WaitingFor,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use conversation::{
    AddressError, Attachment, ConversationHead, EmailAddress, Outbound, Party, PhoneNumber, ReplyPath,
    ReplyPathError, ReplyPathKind, Tone, WebAddress,
};
pub use deadline::{
    About, Basis, Breach, Deadline, DeadlineChange, DeadlineId, DeadlineKind, DeadlineState, Deadlines,
    Excuse, MAX_LISTED_BREACHES, MAX_LIVE_DEADLINES, MootReason, NextStep, PRECISION, Promised, Tally,
};
pub use desk::{Conversation, Desk, Handled, Message, MessageKind, Request, View};
pub use error::Error;
pub use feedback::{
    Channel, Consent, Contact, ContactKind, Feedback, FeedbackKind, Priority, Rating, RatingError, Reference,
    Scale,
};
pub use id::{
    CaseId, Code, CommandId, CustomerId, IdError, MAX_CODE_BYTES, MAX_NAME_BYTES, MessageId, Name, StaffId,
    TeamId, TenantId, TextId, is_unprintable,
};
pub use policy::{Policy, PolicyBook, PolicyError, PolicyProblem, PolicySpec, Remaining, Span, Target};
pub use resolution::{
    Credit, Credited, ExitReason, Outcome, RecordedRemedy, Remedy, RemedyKind, Resolution, Resolved,
    Satisfaction, Verdict,
};
pub use text::{MAX_TEXT_BYTES, Text, TextError, TextKind};
pub use words::Words;
pub use worker::{DeadlineWorker, Ticked};
pub use workflow::{Actor, Command, Context, Event, Fact, Grants, Notice, NoticeId, Rejection};
