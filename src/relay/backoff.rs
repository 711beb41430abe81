//! When to try again.

use chrono::{DateTime, TimeDelta, Utc};

use crate::workflow::NoticeId;

/// How long to wait after each failed try, and after how many to give up.
///
/// The default waits 5 s, 1, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h: eleven tries in a little over three
/// days. Up to a tenth is added, other for each notice and try and the same whenever it is computed, so
/// that what failed together does not come back together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff(Vec<TimeDelta>);

impl Backoff {
    /// Waits for so long after the first try, the second, and so on; whoever fails after the last wait is
    /// given up. Without any, one try is all.
    #[must_use]
    pub fn new(waits: impl IntoIterator<Item = TimeDelta>) -> Self {
        Self(waits.into_iter().collect())
    }

    /// How often a letter is tried at most, the first time included.
    #[must_use]
    pub fn tries(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// When to try `notice` again that failed at `now` for the `attempt`-th time, from 1; `None` to give
    /// it up.
    #[must_use]
    pub fn next(&self, notice: NoticeId, attempt: u32, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let place = usize::try_from(attempt.saturating_sub(1)).ok()?;
        let wait = *self.0.get(place)?;
        let scattered = wait.checked_add(&(wait / 1_000 * thousandths(notice, attempt)))?;
        now.checked_add_signed(scattered)
    }
}

impl Default for Backoff {
    fn default() -> Self {
        const MINUTE: i64 = 60;
        const HOUR: i64 = 3_600;
        let waits = [
            5,
            MINUTE,
            5 * MINUTE,
            30 * MINUTE,
            2 * HOUR,
            5 * HOUR,
            10 * HOUR,
            14 * HOUR,
            20 * HOUR,
            24 * HOUR,
        ];
        Self::new(waits.map(TimeDelta::seconds))
    }
}

/// From 0 to 100.
fn thousandths(notice: NoticeId, attempt: u32) -> i32 {
    let bytes = notice.case.uuid().into_bytes();
    let words = [notice.version, u64::from(notice.n), u64::from(attempt)];
    // FNV-1a: it only has to scatter.
    let hash = bytes
        .into_iter()
        .chain(words.into_iter().flat_map(u64::to_le_bytes))
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
    i32::try_from((hash >> 32) % 101).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{CaseId, TenantId};

    fn notice(n: u16) -> NoticeId {
        NoticeId { case: CaseId::derive(&TenantId::single(), &["a"]), version: 7, n }
    }

    #[test]
    fn it_waits_longer_each_time_and_then_gives_up() {
        let (backoff, now) = (Backoff::default(), DateTime::UNIX_EPOCH);
        let waits: Vec<_> = (1..=11).map(|n| backoff.next(notice(0), n, now).map(|at| at - now)).collect();
        assert!(waits[..10].is_sorted() && waits[9] >= Some(TimeDelta::hours(24)), "{waits:?}");
        assert_eq!((waits[10], backoff.tries()), (None, 11));
        assert_eq!(Backoff::new([]).next(notice(0), 1, now), None);
    }

    #[test]
    fn what_failed_together_does_not_come_back_together() {
        let (backoff, now) = (Backoff::new([TimeDelta::hours(1)]), DateTime::UNIX_EPOCH);
        let at = |n| backoff.next(notice(n), 1, now).unwrap();
        let all: std::collections::BTreeSet<_> = (0..50).map(at).collect();
        assert!(all.len() > 25, "{}", all.len());
        let limits = now + TimeDelta::hours(1)..=now + TimeDelta::minutes(66);
        assert!(all.iter().all(|at| limits.contains(at)));
        assert_eq!(at(3), at(3));
    }
}
