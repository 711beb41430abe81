//! When a case stood still.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The most waits of one cycle; one more is refused. Of what came before a cycle as many are kept, see
/// [`Cycle::earlier_pauses`](super::Cycle::earlier_pauses).
pub const MAX_PAUSES: usize = 64;

/// A stretch of waiting, `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Pause {
    /// Its first instant.
    pub from: DateTime<Utc>,
    /// Its end, excluded; `None` while it lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<DateTime<Utc>>,
    /// True for the time from a resolution to the reopening; false for a wait.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resolved: bool,
}

impl Pause {
    /// Both, and what lies between them.
    fn joined(self, next: Self) -> Self {
        Self {
            from: self.from.min(next.from),
            to: self.to.zip(next.to).map(|(one, other)| one.max(other)),
            // What holds a wait is given back like one, so that nothing is due earlier.
            resolved: self.resolved && next.resolved,
        }
    }
}

/// At most [`MAX_PAUSES`] of them: neighbours with the least between them become one. What lay between them
/// then counts as standing still, so that a due time that is computed anew comes a little later, never
/// earlier: nothing is called missed that was not.
pub(crate) fn joined(mut pauses: Vec<Pause>) -> Vec<Pause> {
    while pauses.len() > MAX_PAUSES {
        let between = |(place, pair): (usize, &[Pause])| match pair {
            [one, next] => Some((next.from - one.to.unwrap_or(next.from), place)),
            _ => None,
        };
        let Some((_, place)) = pauses.windows(2).enumerate().filter_map(between).min() else { break };
        let next = pauses.remove(place + 1);
        if let Some(one) = pauses.get_mut(place) {
            *one = one.joined(next);
        }
    }
    pauses
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From and to in minutes.
    fn pause(from: i64, to: i64) -> Pause {
        let at = |minute: i64| DateTime::from_timestamp(minute * 60, 0).unwrap();
        Pause { from: at(from), to: Some(at(to)), resolved: false }
    }

    #[test]
    fn as_many_as_are_kept_stay_as_they_are() {
        let pauses: Vec<_> = (0..64).map(|n| pause(10 * n, 10 * n + 1)).collect();
        assert_eq!(joined(pauses.clone()), pauses);
    }

    #[test]
    fn of_more_the_nearest_become_one_and_the_newest_stays() {
        let mut pauses: Vec<_> = (0..65).map(|n| pause(10 * n, 10 * n + 1)).collect();
        pauses[30] = pause(300, 308);
        let kept = joined(pauses.clone());
        assert_eq!(kept.len(), MAX_PAUSES);
        assert_eq!(kept[30], pause(300, 311), "two minutes lay between, elsewhere nine");
        assert_eq!((kept[29], kept[31], kept[63]), (pauses[29], pauses[32], pauses[64]));
    }

    #[test]
    fn however_many_there_are_no_pause_is_lost() {
        let pauses: Vec<_> = (0..5_000).map(|n| pause(10 * n, 10 * n + 1 + n % 7)).collect();
        let kept = joined(pauses.clone());
        assert_eq!(kept.len(), MAX_PAUSES);
        for pause in pauses {
            let within = |kept: &&Pause| kept.from <= pause.from && pause.to <= kept.to;
            assert_eq!(kept.iter().filter(within).count(), 1, "{pause:?}");
        }
    }

    #[test]
    fn pauses_that_overlap_become_one() {
        let mut pauses: Vec<_> = (0..65).map(|n| pause(10 * n, 10 * n + 1)).collect();
        pauses[5] = pause(50, 90);
        let kept = joined(pauses);
        assert_eq!((kept.len(), kept[5]), (64, pause(50, 90)));
    }
}
