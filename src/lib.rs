//! talkback

pub mod calendar;
mod clock;
mod id;
pub mod policy;

pub use calendar::{CalendarError, WorkingCalendar, Zone};
pub use clock::{Clock, ManualClock, SystemClock};
pub use id::{
    CaseId, Code, CommandId, CustomerId, IdError, MAX_CODE_BYTES, MAX_NAME_BYTES, MessageId, Name, StaffId,
    TeamId, TenantId, TextId, is_unprintable,
};
pub use policy::{Remaining, Span};
