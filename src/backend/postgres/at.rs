//! Instants as PostgreSQL keeps them: microseconds, within its range.

use std::error::Error;

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, Utc};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};

/// Microseconds since the year 2000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At(i64);

/// The year 2000 in microseconds since 1970.
const YEAR_2000: i64 = 946_684_800_000_000;
/// The first instant of PostgreSQL, in the year 4714 before our era. Its last lies behind chrono's.
const FIRST: i64 = -211_813_488_000_000_000;

impl At {
    /// The last whole microsecond before or at the instant.
    pub(super) fn new(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros().saturating_sub(YEAR_2000).max(FIRST))
    }

    /// The first whole microsecond behind or at the instant.
    pub(super) fn rounded_up(at: DateTime<Utc>) -> Self {
        let floor = Self::new(at);
        let whole = at.timestamp_subsec_nanos().is_multiple_of(1000);
        Self(if whole { floor.0 } else { floor.0.saturating_add(1) })
    }

    pub(super) fn instant(self) -> DateTime<Utc> {
        let end = if self.0 < 0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
        self.0.checked_add(YEAR_2000).and_then(DateTime::from_timestamp_micros).unwrap_or(end)
    }
}

impl ToSql for At {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.put_i64(self.0);
        Ok(IsNull::No)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for At {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(i64::from_be_bytes(raw.try_into()?)))
    }

    accepts!(TIMESTAMPTZ);
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn instants_are_kept_to_the_microsecond() {
        for text in ["2026-11-22T10:00:00.123456Z", "1969-12-31T23:59:59.5Z", "0001-01-01T00:00:00Z"] {
            let at: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(At::new(at).instant(), at);
            assert_eq!(At::new(at + TimeDelta::nanoseconds(999)).instant(), at);
            assert_eq!(At::rounded_up(at).instant(), at);
            assert_eq!(
                At::rounded_up(at + TimeDelta::nanoseconds(1)).instant(),
                at + TimeDelta::microseconds(1)
            );
        }
    }

    #[test]
    fn the_ends_of_time_are_clamped() {
        assert_eq!(At::new(DateTime::<Utc>::MIN_UTC).0, FIRST);
        assert_eq!(At(i64::MAX).instant(), DateTime::<Utc>::MAX_UTC);
        assert_eq!(At(i64::MIN).instant(), DateTime::<Utc>::MIN_UTC);
        assert!(At::rounded_up(DateTime::<Utc>::MAX_UTC) >= At::new(DateTime::<Utc>::MAX_UTC));
    }
}
