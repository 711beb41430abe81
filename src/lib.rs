//! talkback

mod clock;
mod id;

pub use clock::{Clock, ManualClock, SystemClock};
pub use id::{
    CaseId, Code, CommandId, CustomerId, IdError, MAX_CODE_BYTES, MAX_NAME_BYTES, MessageId, Name, StaffId,
    TeamId, TenantId, TextId, is_unprintable,
};
