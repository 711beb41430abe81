//! Time zones as a table: which offset holds from when to when.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::error::{CalendarError, quoted};
use super::moment::{self, DAY, Moment};
use super::tzdb;

/// A time zone: UTC, a fixed offset, or (feature `tz`) a name of the IANA database.
///
/// It serialises as its name and compares by it. The rules behind a name are those that the crate
/// brings along, the same on every machine; [`tzdb_version`](super::tzdb_version) names their release.
///
/// ```
/// use talkback::calendar::Zone;
///
/// let india = Zone::new("+05:30")?;
/// let date = "2026-08-15".parse()?;
/// assert_eq!(india.to_utc(date, "19:00:00".parse()?)?.to_rfc3339(), "2026-08-15T13:30:00+00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Zone(Arc<Inner>);

struct Inner {
    name: Box<str>,
    /// Never empty, ascending, without holes: the first begins at the beginning of time, the last has
    /// no end.
    segments: Box<[Segment]>,
}

#[derive(Debug, Clone, Copy)]
struct Segment {
    from: i64,
    until: i64,
    offset: i64,
}

/// A margin around the supported instants, so that every local date that touches them is known.
const FIRST: i64 = -30 * DAY;
const LAST: i64 = moment::END + 1900 * DAY;
const MAX_OFFSET: i32 = 18 * 3600;

impl Zone {
    /// A zone by its name: `UTC`, an offset such as `+05:30`, or `Europe/Berlin`.
    ///
    /// # Errors
    /// [`CalendarError::UnknownZone`] for a name that the database does not have,
    /// [`CalendarError::NoZoneDatabase`] for any name but `UTC` without the feature `tz`,
    /// [`CalendarError::BadOffset`] for more than 18 hours.
    pub fn new(name: &str) -> Result<Self, CalendarError> {
        if name.eq_ignore_ascii_case("UTC") || name == "Z" {
            return Ok(Self::utc());
        }
        if let Some(offset) = parse_offset(name) {
            return Self::fixed(offset);
        }
        if name.is_empty() || name.starts_with(['+', '-']) {
            return Err(CalendarError::UnknownZone { zone: quoted(name) });
        }
        let rules = tzdb::load(name, FIRST, LAST)?;
        Ok(Self::from_changes(rules.name, rules.first_offset, rules.changes))
    }

    /// Coordinated Universal Time.
    #[must_use]
    pub fn utc() -> Self {
        Self::from_changes("UTC".into(), 0, [])
    }

    /// A zone whose clocks are always `seconds_east` ahead of UTC (behind, when negative).
    ///
    /// # Errors
    /// [`CalendarError::BadOffset`] unless it is a whole number of minutes and at most 18 hours.
    pub fn fixed(seconds_east: i32) -> Result<Self, CalendarError> {
        if seconds_east % 60 != 0 || !(-MAX_OFFSET..=MAX_OFFSET).contains(&seconds_east) {
            return Err(CalendarError::BadOffset);
        }
        if seconds_east == 0 {
            return Ok(Self::utc());
        }
        let minutes = seconds_east.abs() / 60;
        let sign = if seconds_east < 0 { '-' } else { '+' };
        let name = format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60);
        Ok(Self::from_changes(name.into(), seconds_east, []))
    }

    fn from_changes(name: Box<str>, first: i32, changes: impl IntoIterator<Item = (i64, i32)>) -> Self {
        let mut segments = Vec::new();
        let mut open = Segment { from: i64::MIN, until: i64::MAX, offset: first.into() };
        for (at, offset) in changes {
            if i64::from(offset) != open.offset {
                segments.push(Segment { until: at, ..open });
                open = Segment { from: at, until: i64::MAX, offset: offset.into() };
            }
        }
        segments.push(open);
        Self(Arc::new(Inner { name, segments: segments.into_boxed_slice() }))
    }

    /// The zone's name, as it is serialised.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The instant at which the zone's clocks show `time` on `date`.
    ///
    /// When they show it twice it is the first time; when they skip it, the first instant after the
    /// skipped part.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn to_utc(&self, date: NaiveDate, time: NaiveTime) -> Result<DateTime<Utc>, CalendarError> {
        let (local, nanos) = local_seconds(date, time);
        let utc = self.utc_of(local);
        // A skipped time becomes the edge itself, without the fraction of a second that was skipped.
        let nanos = if self.local_of(utc) == local { nanos } else { 0 };
        Moment::new(utc, nanos).to_chrono()
    }

    /// Like [`to_utc`](Self::to_utc), but a time that the clocks skip is moved by as much as they skip:
    /// half past two becomes half past three.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn to_utc_shifted(&self, date: NaiveDate, time: NaiveTime) -> Result<DateTime<Utc>, CalendarError> {
        let (local, nanos) = local_seconds(date, time);
        let utc = self.utc_of(local);
        let utc = if self.local_of(utc) == local {
            utc
        } else {
            // `utc` is the edge, and just before it the offset was still the one to count with.
            local - self.segment(utc - 1).offset
        };
        Moment::new(utc, nanos).to_chrono()
    }

    /// What the zone's clocks show at `at`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn to_local(&self, at: DateTime<Utc>) -> Result<(NaiveDate, NaiveTime), CalendarError> {
        let at = Moment::from_chrono(at)?;
        let local = self.local_of(at.secs);
        let time = u32::try_from(local.rem_euclid(DAY))
            .ok()
            .and_then(|secs| NaiveTime::from_num_seconds_from_midnight_opt(secs, at.nanos));
        moment::date_of(local.div_euclid(DAY)).zip(time).ok_or(CalendarError::OutOfRange)
    }

    /// The local second that the clocks show at the UTC second `utc`.
    pub(super) fn local_of(&self, utc: i64) -> i64 {
        utc + self.segment(utc).offset
    }

    /// The first UTC second at which the clocks show `local` or have gone past it.
    pub(super) fn utc_of(&self, local: i64) -> i64 {
        self.cursor(local).utc_of(local)
    }

    /// A cursor for local seconds that are `local` or later.
    pub(super) fn cursor(&self, local: i64) -> Cursor<'_> {
        let passed = self.0.segments.partition_point(|segment| segment.local_end() <= local);
        Cursor { segments: self.0.segments.get(passed..).unwrap_or_default() }
    }

    fn segment(&self, utc: i64) -> Segment {
        let passed = self.0.segments.partition_point(|segment| segment.until <= utc);
        // There is always one: the last has no end.
        self.0.segments.get(passed).copied().unwrap_or(Segment { from: i64::MIN, until: i64::MAX, offset: 0 })
    }
}

impl Segment {
    fn local_end(self) -> i64 {
        self.until.saturating_add(self.offset)
    }
}

/// Walks through local time in ascending order without searching anew for each step.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    segments: &'a [Segment],
}

impl Cursor<'_> {
    /// Forgets what lies before `local`.
    pub(super) fn advance(&mut self, local: i64) {
        while let [first, rest @ ..] = self.segments
            && first.local_end() <= local
            && !rest.is_empty()
        {
            self.segments = rest;
        }
    }

    /// The first segment that still shows something later than `local` decides: it shows `local`
    /// itself, for the first time, or it begins after the gap that swallowed it. This is monotone, so
    /// windows that touch keep touching, whatever the clocks do.
    pub(super) fn utc_of(&self, local: i64) -> i64 {
        self.segments
            .iter()
            .find(|segment| local < segment.local_end())
            .map_or(local, |segment| segment.from.max(local - segment.offset))
    }
}

fn local_seconds(date: NaiveDate, time: NaiveTime) -> (i64, u32) {
    use chrono::Timelike;
    let seconds = moment::day_of(date) * DAY + i64::from(time.num_seconds_from_midnight());
    (seconds + i64::from(time.nanosecond() / 1_000_000_000), time.nanosecond() % 1_000_000_000)
}

/// `+05:30` or `-03:00`, in seconds east of UTC.
fn parse_offset(text: &str) -> Option<i32> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl FromStr for Zone {
    type Err = CalendarError;
    fn from_str(name: &str) -> Result<Self, CalendarError> {
        Self::new(name)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&name).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_and_written() {
        for (text, name) in
            [("UTC", "UTC"), ("utc", "UTC"), ("Z", "UTC"), ("+00:00", "UTC"), ("-03:30", "-03:30")]
        {
            assert_eq!(Zone::new(text).unwrap().name(), name);
        }
        assert_eq!(Zone::fixed(5 * 3600 + 1800).unwrap(), Zone::new("+05:30").unwrap());
        for text in ["+18:01", "-19:00", "+99:59"] {
            assert_eq!(Zone::new(text).unwrap_err(), CalendarError::BadOffset);
        }
        assert_eq!(Zone::fixed(30).unwrap_err(), CalendarError::BadOffset);
        for text in ["", "+5:30", "+05:60", "+0530", "+05:30 ", "-"] {
            assert!(matches!(Zone::new(text), Err(CalendarError::UnknownZone { .. })), "{text}");
        }
    }

    #[cfg(not(feature = "tz"))]
    #[test]
    fn a_name_needs_the_database() {
        assert!(matches!(Zone::new("Europe/Berlin"), Err(CalendarError::NoZoneDatabase { .. })));
        assert_eq!(tzdb::tzdb_version(), None);
    }

    #[cfg(feature = "tz")]
    #[test]
    fn a_name_is_spelled_as_in_the_database() {
        assert_eq!(Zone::new("europe/BERLIN").unwrap().name(), "Europe/Berlin");
        assert_eq!(
            Zone::new("Europe/Atlantis").unwrap_err(),
            CalendarError::UnknownZone { zone: "Europe/Atlantis".into() }
        );
        assert!(Zone::new("Etc/Unknown").is_err());
        assert!(tzdb::tzdb_version().is_some_and(|version| version.starts_with("20")));
    }

    /// The table against the database itself: both ways, around each change and far from any.
    #[cfg(feature = "tz")]
    #[test]
    fn the_table_is_the_database() {
        use jiff::Timestamp;
        use jiff::tz::TimeZoneDatabase;

        for name in [
            "America/New_York",
            "Europe/Berlin",
            "Europe/London",
            "America/St_Johns",
            "Australia/Lord_Howe",
            "Antarctica/Troll",
            "Europe/Dublin",
            "Africa/Casablanca",
            "Africa/Cairo",
            "Asia/Beirut",
            "America/Havana",
            "America/Santiago",
            "Atlantic/Azores",
            "America/Sao_Paulo",
            "Pacific/Apia",
            "Pacific/Kiritimati",
            "Pacific/Pago_Pago",
        ] {
            let zone = Zone::new(name).unwrap();
            let theirs = TimeZoneDatabase::bundled().get(name).unwrap();
            let around =
                zone.0.segments.iter().flat_map(|segment| [segment.from.saturating_sub(1), segment.from]);
            let spread = (0..2_000).map(|step| step * (moment::END / 2_000) + step);
            for utc in around.chain(spread).filter(|utc| (0..moment::END).contains(utc)) {
                let offset = theirs.to_offset(Timestamp::from_second(utc).unwrap()).seconds();
                assert_eq!(zone.local_of(utc), utc + i64::from(offset), "{name} {utc}");
                // The first time that the clocks show it: never later than this one, and they do show it.
                let first = zone.utc_of(zone.local_of(utc));
                assert!(first <= utc, "{name} {utc}");
                assert_eq!(zone.local_of(first), zone.local_of(utc), "{name} {utc}");
            }
        }
    }

    #[cfg(feature = "tz")]
    #[test]
    fn skipped_and_repeated_times() {
        let to_utc = |zone: &str, date: &str, time: &str| {
            Zone::new(zone)
                .unwrap()
                .to_utc(date.parse().unwrap(), time.parse().unwrap())
                .unwrap()
                .to_rfc3339()
        };
        assert_eq!(to_utc("Europe/Berlin", "2026-03-29", "02:30:00.5"), "2026-03-29T01:00:00+00:00");
        assert_eq!(to_utc("Europe/Berlin", "2026-10-25", "02:30:00.5"), "2026-10-25T00:30:00.500+00:00");
        // The whole date is missing.
        assert_eq!(to_utc("Pacific/Apia", "2011-12-30", "12:00:00"), "2011-12-30T10:00:00+00:00");
        assert_eq!(to_utc("Pacific/Apia", "2011-12-31", "00:00:00"), "2011-12-30T10:00:00+00:00");
        let shifted = Zone::new("Pacific/Apia")
            .unwrap()
            .to_utc_shifted("2011-12-30".parse().unwrap(), "12:00:00".parse().unwrap());
        assert_eq!(shifted.unwrap().to_rfc3339(), "2011-12-30T22:00:00+00:00");
    }
}
