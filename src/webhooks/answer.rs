//! What an answer means for the letter.

use chrono::{DateTime, TimeDelta, Utc};

use super::client::Answer;
use crate::id::Code;
use crate::relay::{Again, Receipt, Undelivered};

/// Nobody may put a letter off for longer than the longest wait of the usual schedule.
const MAX_RETRY_AFTER: TimeDelta = TimeDelta::hours(24);

pub(super) fn judge(answer: &Answer, now: DateTime<Utc>) -> Result<Receipt, Undelivered> {
    match answer.status {
        200..=299 => Ok(Receipt::Sent),
        410 => Err(Undelivered::never("gone")),
        status => {
            let wait = answer.retry_after.as_deref().and_then(|value| retry_after(value, now));
            let why = Code::new(format!("status-{status}")).unwrap_or_else(|_| Code::known("status"));
            Err(Undelivered { why, again: wait.map_or(Again::Later, Again::After), source: None })
        }
    }
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(value: &str, now: DateTime<Utc>) -> Option<TimeDelta> {
    let wait = if value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are more than anybody waits.
        TimeDelta::try_seconds(value.parse().unwrap_or(i64::MAX)).unwrap_or(TimeDelta::MAX)
    } else {
        DateTime::parse_from_rfc2822(value).ok()?.to_utc() - now
    };
    Some(wait.clamp(TimeDelta::zero(), MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, retry_after: Option<&str>) -> (String, Again) {
        let answer = Answer { status, retry_after: retry_after.map(str::to_owned) };
        let undelivered = judge(&answer, "1994-11-06T08:49:37Z".parse().unwrap()).unwrap_err();
        (undelivered.why.to_string(), undelivered.again)
    }

    #[test]
    fn only_2xx_is_a_delivery_and_only_410_is_final() {
        for status in 100..=999 {
            let answer = Answer { status, retry_after: None };
            match (status, judge(&answer, DateTime::UNIX_EPOCH)) {
                (200..=299, judged) => assert_eq!(judged.unwrap(), Receipt::Sent),
                (410, judged) => assert_eq!(judged.unwrap_err().again, Again::Never),
                (_, judged) => {
                    let judged = judged.unwrap_err();
                    assert_eq!(judged.again, Again::Later);
                    assert_eq!(judged.why.as_str(), format!("status-{status}"));
                }
            }
        }
    }

    #[test]
    fn who_asks_for_time_gets_it_within_limits() {
        let after = |seconds| Again::After(TimeDelta::seconds(seconds));
        for (value, again) in [
            ("0", after(0)),
            ("120", after(120)),
            ("86399", after(86_399)),
            ("86400", after(86_400)),
            ("86401", after(86_400)),
            ("99999999999999999999", after(86_400)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", after(60)),
            ("Sun, 06 Nov 1994 08:48:37 GMT", after(0)),
            ("Sun, 06 Nov 2094 08:49:37 GMT", Again::Later),
            ("Sat, 06 Nov 2094 08:49:37 GMT", after(86_400)),
            ("-5", Again::Later),
            ("soon", Again::Later),
        ] {
            assert_eq!(judged(429, Some(value)), ("status-429".to_owned(), again), "{value}");
            assert_eq!(judged(503, Some(value)).1, again, "{value}");
        }
        assert_eq!(judged(410, Some("5")).1, Again::Never);
    }
}
