//! talkback

pub mod backend;
mod clock;
mod id;
mod stub;
#[cfg(feature = "testing")]
pub mod testing;
mod text;

pub use backend::{Backend, BackendError, MemoryBackend};
pub use clock::{Clock, ManualClock, SystemClock};
pub use id::{
    CaseId, Code, CommandId, CustomerId, IdError, MAX_CODE_BYTES, MAX_NAME_BYTES, MessageId, Name, StaffId,
    TeamId, TenantId, TextId, is_unprintable,
};
pub use stub::{Case, Event, FeedbackKind, Notice, NoticeId, Priority, Stage};
pub use text::{MAX_TEXT_BYTES, Text, TextError, TextKind};
