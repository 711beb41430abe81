//! Hours in which recipients are left in peace.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::calendar::WorkingCalendar;
use crate::workflow::Notice;

/// When recipients are not to be disturbed. What is [urgent](Notice::is_urgent) is never asked about.
///
/// Use this for hours that only the application knows, such as a recipient's own night: a closure looks them up.
/// Hours that hold for everyone belong in the policy
/// ([`sending_hours`](crate::policy::PolicySpec::sending_hours)), which may hold a message back over a long weekend.
/// What is held back here is recorded in its case, for up to 24 hours in all; a message that is held back for
/// longer counts as lost, and staff are told.
///
/// A calendar is one, too: outside its hours it is quiet, for everyone.
pub trait QuietHours: Send + Sync {
    /// The end of the quiet in which `now` lies, for this notice; `None` if it may go at once. An instant
    /// at or before `now` counts as `None`.
    fn until(&self, notice: &Notice, now: DateTime<Utc>) -> Option<DateTime<Utc>>;
}

impl QuietHours for WorkingCalendar {
    fn until(&self, _: &Notice, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        // A calendar that does not reach so far has no quiet hours there.
        self.next_open(now).ok().filter(|open| *open > now)
    }
}

impl<F> QuietHours for F
where
    F: Fn(&Notice, DateTime<Utc>) -> Option<DateTime<Utc>> + Send + Sync,
{
    fn until(&self, notice: &Notice, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self(notice, now)
    }
}

impl fmt::Debug for dyn QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QuietHours")
    }
}
