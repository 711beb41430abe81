//! Working time: when people work, and what that makes of a deadline.
//!
//! A [`WorkingCalendar`] has hours per weekday in one [`Zone`], holidays, special days and breaks. It
//! adds working time to an instant, measures it between two, counts working days, and explains what it
//! did. Windows are local and half-open, durations are physical seconds, and a calendar that cannot
//! answer within [`HORIZON_YEARS`] says so in an error.
//!
//! ```
//! use chrono::TimeDelta;
//! use talkback::WorkingCalendar;
//!
//! let calendar = WorkingCalendar::office("office")
//!     .holiday("2026-11-23".parse()?, "Founders' day")
//!     .build()?;
//! let friday = "2026-11-20T16:30:00Z".parse()?;
//! assert_eq!(calendar.add(friday, TimeDelta::hours(1))?.to_rfc3339(), "2026-11-24T09:30:00+00:00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builder;
mod compiled;
mod days;
mod definition;
mod error;
mod explain;
mod hours;
#[cfg(feature = "ical")]
mod ical;
mod moment;
mod rules;
mod stretches;
mod tzdb;
mod window;
mod working;
mod zone;

pub(crate) use moment::elapsed;

pub use builder::CalendarBuilder;
pub use definition::MAX_DATES;
pub use error::CalendarError;
pub use explain::{Explanation, Reason, Step};
pub use hours::{MAX_WINDOWS_PER_DAY, WeekHours};
#[cfg(feature = "ical")]
#[cfg_attr(docsrs, doc(cfg(feature = "ical")))]
pub use ical::{IcalError, IcalReason, MAX_ICAL_BYTES, MAX_RECURRING, read_holidays};
pub use stretches::{Stretch, Stretches};
pub use tzdb::tzdb_version;
pub use window::Window;
pub use working::{HORIZON_YEARS, WorkingCalendar};
pub use zone::Zone;
