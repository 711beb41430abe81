//! Points in time as a story writes and tells them.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Timelike, Utc};

use crate::calendar::Zone;

/// A point in time: an instant, or how it is written in the zone of the story.
///
/// - `2026-11-23 09:00`, with seconds if need be: `2026-11-23 09:00:30`;
/// - `11-23 09:00`: of the year in which the story has arrived;
/// - `09:00`: of the date at which it has arrived;
/// - `2026-11-25 24:00`: the end of that date, which is where a deadline of days ends;
/// - `Mon 2026-11-23 09:00`: with the weekday in front of a date, which has to be right.
///
/// A time that the clocks of the zone show twice is the first one, one that they skip the first instant
/// after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Instant(DateTime<Utc>),
    Written(String),
}

impl From<DateTime<Utc>> for Moment {
    fn from(instant: DateTime<Utc>) -> Self {
        Self(Form::Instant(instant))
    }
}

impl From<&str> for Moment {
    fn from(text: &str) -> Self {
        Self(Form::Written(text.to_owned()))
    }
}

impl From<String> for Moment {
    fn from(text: String) -> Self {
        Self(Form::Written(text))
    }
}

impl Moment {
    /// The instant that it is, read in `zone` where a clock shows `now`.
    pub(super) fn instant(&self, zone: &Zone, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
        match &self.0 {
            Form::Instant(instant) => Ok(*instant),
            Form::Written(text) => {
                read(text, zone, now).map_err(|why| format!("{text:?} is no point in time: {why}"))
            }
        }
    }
}

fn read(text: &str, zone: &Zone, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let today = zone.to_local(now).map_err(|error| error.to_string())?.0;
    let words: Vec<_> = text.split_whitespace().collect();
    let (weekday, date, time) = match words[..] {
        [time] => (None, None, time),
        [date, time] => (None, Some(date), time),
        [weekday, date, time] => (Some(weekday), Some(date), time),
        _ => return Err("it is written like 2026-11-23 09:00".to_owned()),
    };
    let mut day = match date {
        None => today,
        Some(date) => {
            let full = if date.len() > 5 { date.to_owned() } else { format!("{}-{date}", today.year()) };
            NaiveDate::parse_from_str(&full, "%Y-%m-%d").map_err(|_| format!("{date} is no date"))?
        }
    };
    if let Some(weekday) = weekday.filter(|weekday| *weekday != day.format("%a").to_string()) {
        return Err(format!("{} is a {}, no {weekday}", day, day.format("%a")));
    }
    let time = if time == "24:00" {
        day = day.succ_opt().ok_or("there is no day after it")?;
        NaiveTime::MIN
    } else {
        let form = if time.len() > 5 { "%H:%M:%S" } else { "%H:%M" };
        NaiveTime::parse_from_str(time, form).map_err(|_| format!("{time} is no time of day"))?
    };
    zone.to_utc(day, time).map_err(|error| error.to_string())
}

/// `Mon 23 Nov 2026 09:00`, in the zone; less than a second later, `just after` that.
pub(super) fn told(zone: &Zone, at: DateTime<Utc>) -> String {
    let (date, time) = zone.to_local(at).unwrap_or((at.date_naive(), at.time()));
    let form = if time.second() == 0 { "%H:%M" } else { "%H:%M:%S" };
    let just = if time.nanosecond() == 0 { "" } else { "just after " };
    format!("{just}{} {}", date.format("%a %-d %b %Y"), time.format(form))
}

/// The same for something that ends: `the end of Wed 25 Nov 2026` instead of the midnight after it.
pub(super) fn told_end(zone: &Zone, at: DateTime<Utc>) -> String {
    match zone.to_local(at) {
        Ok((date, NaiveTime::MIN)) if date.pred_opt().is_some() => {
            let last = date.pred_opt().unwrap_or(date);
            format!("the end of {}", last.format("%a %-d %b %Y"))
        }
        _ => told(zone, at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Result<String, String> {
        let zone = Zone::fixed(3600).unwrap();
        let now = "2026-11-23T23:30:00Z".parse().unwrap();
        Moment::from(text).instant(&zone, now).map(|at| at.to_rfc3339())
    }

    #[test]
    fn every_form_is_read_in_the_zone() {
        let same = "2026-11-24T08:00:00+00:00";
        for text in ["09:00", "09:00:00", "11-24 09:00", "2026-11-24 09:00", "Tue 2026-11-24 09:00"] {
            assert_eq!(instant(text).as_deref(), Ok(same), "{text}");
        }
        assert_eq!(instant("11-24 24:00").as_deref(), Ok("2026-11-24T23:00:00+00:00"));
        assert_eq!(instant("24:00").as_deref(), Ok("2026-11-24T23:00:00+00:00"));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (text, why) in [
            ("Mon 2026-11-24 09:00", "2026-11-24 is a Tue, no Mon"),
            ("2026-11-31 09:00", "2026-11-31 is no date"),
            ("2026-11-30 25:00", "25:00 is no time of day"),
            ("", "it is written like"),
            ("a b c d", "it is written like"),
        ] {
            let error = instant(text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn the_end_of_a_day_is_told_as_that() {
        let zone = Zone::fixed(3600).unwrap();
        let at = |text: &str| text.parse().unwrap();
        assert_eq!(told_end(&zone, at("2026-11-25T23:00:00Z")), "the end of Wed 25 Nov 2026");
        assert_eq!(told(&zone, at("2026-11-25T23:00:00Z")), "Thu 26 Nov 2026 00:00");
        assert_eq!(told_end(&zone, at("2026-11-25T08:00:05Z")), "Wed 25 Nov 2026 09:00:05");
        assert_eq!(told_end(&zone, at("2026-11-25T23:00:00.000001Z")), "just after Thu 26 Nov 2026 00:00");
    }
}
