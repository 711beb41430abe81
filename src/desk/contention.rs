//! How often a command is decided anew, and how long it waits before it is.
//!
//! Of many commands to one case that arrive together, one is stored and the others begin again. The first few tries
//! follow at once, because the usual conflict is over by then. After that they come at random moments of a growing
//! span, so that they do not meet again.

use std::thread;
use std::time::Duration;

use crate::clock::Clock;
use crate::oneshot::oneshot;

/// How often a command is decided anew because others changed the case meanwhile, or because it is
/// not known whether its commit happened.
pub(super) const MAX_TRIES: u32 = 32;

/// So many tries come without a pause.
const AT_ONCE: u32 = 4;

/// No pause is longer.
const LONGEST: Duration = Duration::from_millis(100);

/// Waits until it is time for this try, counted from 0. The first ones come at once.
pub(super) async fn before(tries: u32, clock: &dyn Clock) {
    let Some(longest) = longest_before(tries) else { return };
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX).max(1);
    let chosen = (clock.entropy() >> 64) as u64 % micros;
    pause(Duration::from_micros(chosen)).await;
}

/// One millisecond, then twice as long each time.
fn longest_before(tries: u32) -> Option<Duration> {
    let doublings = tries.checked_sub(AT_ONCE)?;
    let millis = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
    Some(Duration::from_millis(millis).min(LONGEST))
}

/// Waits on a thread of its own, because the core has no runtime whose timers it could use. Pauses are rare and
/// short; where there are no threads, or no more of them, it goes on at once.
async fn pause(length: Duration) {
    let (over, waits) = oneshot();
    let wait = move || {
        // It may end early, which does no harm.
        thread::park_timeout(length);
        over.send(());
    };
    if thread::Builder::new().name("talkback-pause".to_owned()).stack_size(STACK).spawn(wait).is_ok() {
        waits.await;
    }
}

/// Bytes of stack for a thread that only waits and wakes.
const STACK: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn the_first_tries_come_at_once_and_all_of_them_within_two_and_a_half_seconds() {
        assert!((0..AT_ONCE).all(|tries| longest_before(tries).is_none()));
        let pauses: Vec<_> = (0..MAX_TRIES).filter_map(longest_before).collect();
        assert!(pauses.is_sorted() && pauses.iter().all(|pause| *pause <= LONGEST));
        assert!(pauses.iter().sum::<Duration>() <= Duration::from_millis(2_500), "{pauses:?}");
        assert_eq!(longest_before(u32::MAX), Some(LONGEST));
    }

    #[test]
    fn a_pause_ends_without_a_runtime() {
        let clock = ManualClock::at(chrono::DateTime::UNIX_EPOCH);
        pollster::block_on(before(AT_ONCE, &clock));
        pollster::block_on(before(0, &clock));
    }
}
