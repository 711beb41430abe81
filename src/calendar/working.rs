//! The calendar itself: what it is, and what it says about an instant.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::builder::CalendarBuilder;
use super::compiled::{Block, Place};
use super::definition::Definition;
use super::error::CalendarError;
use super::hours::WeekHours;
use super::moment::{self, DAY, Moment, date_of, difference, split};
use super::rules::Rules;
use super::stretches::Stretches;
use super::zone::Zone;
use crate::id::Name;

/// How far a calendar looks for open time, forwards and backwards, in years of 365.25 days. What it
/// does not find by then it reports as [`CalendarError::NeverOpens`].
pub const HORIZON_YEARS: u32 = 100;

/// When people work: hours per weekday in one time zone, holidays, special days, breaks.
///
/// Windows are local and half-open: the closing instant is closed. Durations inside them are physical
/// seconds, so that a window from 01:00 to 05:00 is three hours long in the night in which the clocks go
/// forward. Where the clocks skip a window's edge, it is the first instant after the gap; where they
/// show it twice, the first time.
///
/// It is immutable and cheap to clone; a changed calendar is a new one with a higher version. It
/// serialises as its definition, which is checked on the way in. Instants are UTC, from 1970-01-01 up to
/// and without 2262-01-01; dates are local to its zone.
///
/// The first question about a stretch of years works them out once (less than a tenth of a millisecond
/// for eight years), every later one is a few look-ups, however long the time between. No answer depends on what was asked before.
///
/// ```
/// use chrono::TimeDelta;
/// use talkback::WorkingCalendar;
///
/// let calendar = WorkingCalendar::builder("office").hours("mon-fri 09:00-17:00").build()?;
/// let friday = "2026-11-20T16:30:00Z".parse()?;
/// let due = calendar.add(friday, TimeDelta::hours(1))?;
/// assert_eq!(due.to_rfc3339(), "2026-11-23T09:30:00+00:00");
/// assert_eq!(calendar.between(friday, due)?, TimeDelta::hours(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// As JSON, with everything that a definition may have:
///
/// ```
/// # use talkback::WorkingCalendar;
/// let calendar: WorkingCalendar = serde_json::from_str(r#"{
///     "name": "support", "version": 3, "zone": "UTC",
///     "hours": "mon-thu 08:00-12:00, 13:00-17:00; fri 08:00-12:00",
///     "holidays": { "2026-12-25": "Christmas Day" },
///     "special": { "2026-12-24": { "name": "Christmas Eve", "windows": "08:00-11:00" } },
///     "closed": { "2026-07-01": "stocktaking" },
///     "breaks": [{ "date": "2026-07-02", "window": "10:00-11:00", "name": "fire drill" }]
/// }"#)?;
/// assert!(!calendar.is_working_day("2026-07-01".parse()?)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct WorkingCalendar(Arc<Inner>);

struct Inner {
    definition: Definition,
    rules: Rules,
    blocks: [OnceLock<Block>; BLOCKS],
}

/// Eight years.
const BLOCK_DAYS: u16 = 2_922;
const BLOCK: i64 = BLOCK_DAYS as i64 * DAY;
/// The first day of the first block: west of Greenwich 1970 begins on a date of 1969.
const FIRST_DAY: i64 = -2;
/// Enough to reach the end of 2261 and a few years more.
const BLOCKS: usize = 37;
const HORIZON: i64 = 36_525 * DAY;

impl WorkingCalendar {
    /// Starts a calendar; see [`CalendarBuilder`].
    pub fn builder(name: &str) -> CalendarBuilder {
        CalendarBuilder::new(name)
    }

    /// Starts a calendar that is open from Monday to Friday, 09:00 to 17:00.
    pub fn office(name: &str) -> CalendarBuilder {
        CalendarBuilder::new(name).hours("mon-fri 09:00-17:00")
    }

    /// Open around the clock, in UTC; named `always`, version 1.
    #[must_use]
    pub fn always() -> Self {
        static ALWAYS: OnceLock<WorkingCalendar> = OnceLock::new();
        ALWAYS
            .get_or_init(|| {
                Self::from_checked(Definition {
                    name: Name::known("always"),
                    version: 1,
                    zone: Zone::utc(),
                    hours: WeekHours::around_the_clock(),
                    holidays: Default::default(),
                    special: Default::default(),
                    closed: Default::default(),
                    breaks: Vec::new(),
                })
            })
            .clone()
    }

    pub(super) fn from_definition(definition: Definition) -> Result<Self, CalendarError> {
        definition.checked().map(Self::from_checked)
    }

    fn from_checked(definition: Definition) -> Self {
        let rules = definition.rules();
        Self(Arc::new(Inner { definition, rules, blocks: [const { OnceLock::new() }; BLOCKS] }))
    }

    /// The calendar's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0.definition.name
    }

    /// The calendar's version, as its definition gives it.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.0.definition.version
    }

    /// The zone of its windows and dates.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.0.definition.zone
    }

    /// The hours of an ordinary week.
    #[must_use]
    pub fn hours(&self) -> &WeekHours {
        &self.0.definition.hours
    }

    /// The holidays by local date, those that a special day overrides included.
    pub fn holidays(&self) -> impl Iterator<Item = (NaiveDate, &Name)> {
        self.0.definition.holidays.iter().map(|(date, name)| (*date, name))
    }

    /// True when an ordinary week has hours, so that the calendar opens again and again. One that lives
    /// of special days alone does not, and some day a deadline finds no open time in it.
    #[must_use]
    pub fn opens_every_week(&self) -> bool {
        self.0.rules.repeats()
    }

    /// The earliest instant at which `amount` of open time after `at` is used up. Eight hours from a
    /// Monday's 09:00 in a day of eight hours is that Monday's closing time, not Tuesday's opening.
    ///
    /// Nothing added is `at` itself if it is open, else the next opening. A negative amount is
    /// [`subtract`](Self::subtract)ed.
    ///
    /// # Errors
    /// [`CalendarError::NeverOpens`] when the amount is not used up within the horizon,
    /// [`CalendarError::OutOfRange`] for an instant or a result outside of the supported years.
    pub fn add(&self, at: DateTime<Utc>, amount: TimeDelta) -> Result<DateTime<Utc>, CalendarError> {
        if amount < TimeDelta::zero() {
            return self.subtract(at, -amount);
        }
        if amount.is_zero() {
            return self.next_open(at);
        }
        let at = Moment::from_chrono(at)?;
        let (mut number, second) = block_of(at.secs);
        let mut block = self.block(number)?;
        let place = block.place(second);
        let (secs, nanos) = split(amount);
        let nanos = nanos + if place.open { at.nanos } else { 0 };
        let (secs, nanos) = (place.done + secs + i64::from(nanos / 1_000_000_000), nanos % 1_000_000_000);

        // The open second in which the amount ends: a whole one that is used up to its last instant, or
        // one of which a fraction is used.
        let whole = i64::from(nanos == 0);
        let mut last = secs - whole;
        let limit = at.secs + HORIZON;
        let found = loop {
            if let Some(instant) = block.instant_of(last) {
                break start_of(number) + instant + whole;
            }
            last -= block.total();
            number += 1;
            if start_of(number) > limit {
                return Err(self.not_before(limit));
            }
            block = self.block(number)?;
        };
        if found > limit {
            return Err(self.not_before(limit));
        }
        Moment::new(found, nanos).to_chrono()
    }

    /// The latest instant from which `amount` of open time fits before `at`. One hour before Tuesday
    /// 10:00 is Tuesday 09:00, not Monday's closing time.
    ///
    /// Nothing subtracted is `at` itself if it is open, else the last closing instant up to `at`. A
    /// negative amount is [`add`](Self::add)ed.
    ///
    /// # Errors
    /// [`CalendarError::NeverOpens`] when the amount does not fit into the horizon,
    /// [`CalendarError::OutOfRange`] for an instant or a result outside of the supported years.
    pub fn subtract(&self, at: DateTime<Utc>, amount: TimeDelta) -> Result<DateTime<Utc>, CalendarError> {
        if amount < TimeDelta::zero() {
            return self.add(at, -amount);
        }
        if amount.is_zero() {
            return self.last_close(at);
        }
        let at = Moment::from_chrono(at)?;
        let (mut number, second) = block_of(at.secs);
        let mut block = self.block(number)?;
        let place = block.place(second);
        let (secs, nanos) = split(amount);
        let had = if place.open { at.nanos } else { 0 };
        let borrow = had < nanos;
        let nanos = if borrow { had + 1_000_000_000 - nanos } else { had - nanos };
        let mut done = place.done - secs - i64::from(borrow);
        let limit = at.secs - HORIZON;
        while done < 0 {
            if start_of(number) < limit {
                return Err(self.not_before(limit));
            }
            number = number.checked_sub(1).ok_or(CalendarError::OutOfRange)?;
            block = self.block(number)?;
            done += block.total();
        }
        let found = start_of(number) + block.instant_of(done).ok_or(CalendarError::OutOfRange)?;
        if found < limit {
            return Err(self.not_before(limit));
        }
        Moment::new(found, nanos).to_chrono()
    }

    /// The open time from `from` to `until`; negative when `until` is the earlier one.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<TimeDelta, CalendarError> {
        let (from, until) = (Moment::from_chrono(from)?, Moment::from_chrono(until)?);
        let (from_number, from_second) = block_of(from.secs);
        let (until_number, until_second) = block_of(until.secs);
        let from_place = self.block(from_number)?.place(from_second);
        let until_place = self.block(until_number)?.place(until_second);
        let mut whole = 0;
        for number in from_number..until_number {
            whole += self.block(number)?.total();
        }
        for number in until_number..from_number {
            whole -= self.block(number)?.total();
        }
        let nanos = |place: Place, at: Moment| if place.open { at.nanos } else { 0 };
        Ok(difference(
            (whole + until_place.done, nanos(until_place, until)),
            (from_place.done, nanos(from_place, from)),
        ))
    }

    /// Whether work is going on at `at`. The closing instant is closed.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn is_open(&self, at: DateTime<Utc>) -> Result<bool, CalendarError> {
        let (number, second) = block_of(Moment::from_chrono(at)?.secs);
        Ok(self.block(number)?.place(second).open)
    }

    /// The first open instant at or after `at`: `at` itself exactly when it is open.
    ///
    /// # Errors
    /// [`CalendarError::NeverOpens`] when there is none within the horizon,
    /// [`CalendarError::OutOfRange`] for an instant or a result outside of the supported years.
    pub fn next_open(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, CalendarError> {
        let moment = Moment::from_chrono(at)?;
        let (from, _) = self.piece_from(moment.secs, moment.secs + HORIZON)?;
        if from <= moment.secs { moment.to_chrono() } else { Moment::new(from, 0).to_chrono() }
    }

    /// The first closing instant after `at`.
    ///
    /// # Errors
    /// [`CalendarError::NeverOpens`] or [`CalendarError::NeverCloses`] when there is none within the
    /// horizon, [`CalendarError::OutOfRange`] for an instant or a result outside of the supported years.
    pub fn next_close(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, CalendarError> {
        let moment = Moment::from_chrono(at)?;
        let limit = moment.secs + HORIZON;
        let (_, mut until) = self.piece_from(moment.secs, limit)?;
        // A piece that ends with its block may go on in the next one.
        while until < moment::END
            && until <= limit
            && let (number, 0) = block_of(until)
            && let Some((0, more)) = self.block(number)?.place(0).piece
        {
            until = start_of(number) + more;
        }
        match () {
            () if until >= moment::END => Err(CalendarError::OutOfRange),
            () if until > limit => Err(CalendarError::NeverCloses { searched_until: self.date_at(limit)? }),
            () => Moment::new(until, 0).to_chrono(),
        }
    }

    /// The last closing instant at or before `at`, or `at` itself if it is open.
    fn last_close(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, CalendarError> {
        let at = Moment::from_chrono(at)?;
        let (mut number, mut second) = block_of(at.secs);
        if self.block(number)?.place(second).open {
            return at.to_chrono();
        }
        let limit = at.secs - HORIZON;
        loop {
            if let Some((_, until)) = self.block(number)?.last_until(second) {
                let found = start_of(number) + until;
                return if found < limit {
                    Err(self.not_before(limit))
                } else {
                    Moment::new(found, 0).to_chrono()
                };
            }
            if start_of(number) < limit {
                return Err(self.not_before(limit));
            }
            number = number.checked_sub(1).ok_or(CalendarError::OutOfRange)?;
            second = u32::MAX;
        }
    }

    /// The open stretches that touch `range`, cut to it, ascending; neighbours that touch are one.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn stretches(&self, range: Range<DateTime<Utc>>) -> Result<Stretches<'_>, CalendarError> {
        let (from, until) = (Moment::from_chrono(range.start)?, Moment::from_chrono(range.end)?);
        Ok(Stretches::new(self, from, until))
    }

    /// The beginning of a closed stretch that is longer than `limit`, if there is one around the dates that
    /// the calendar names or in an ordinary week.
    pub(crate) fn closed_for(&self, limit: TimeDelta) -> Option<DateTime<Utc>> {
        let definition = &self.0.definition;
        let dates =
            definition.holidays.keys().chain(definition.special.keys()).chain(definition.closed.keys());
        let dates: BTreeSet<_> = dates.chain(definition.breaks.iter().map(|one| &one.date)).collect();
        let around = |date: &NaiveDate| {
            let at = date.and_time(NaiveTime::MIN).and_utc();
            (at - limit - TimeDelta::days(2), at + TimeDelta::days(2))
        };
        let ordinary = (DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::days(8));
        let ranges = std::iter::once(ordinary).chain(dates.into_iter().map(around));
        ranges.into_iter().find_map(|(from, until)| self.closed_within(from, until, limit))
    }

    /// The same for a stretch that begins from `from` on and before `until`.
    fn closed_within(
        &self,
        from: DateTime<Utc>,
        until: DateTime<Utc>,
        limit: TimeDelta,
    ) -> Option<DateTime<Utc>> {
        let mut closed = from;
        while closed < until {
            let opens = self.next_open(closed).ok();
            if opens.is_none_or(|opens| opens - closed > limit) {
                return Some(closed);
            }
            // Open to the end of all years.
            closed = self.next_close(opens?).ok()?;
        }
        None
    }

    /// The date that the zone's clocks show at `at`.
    ///
    /// # Errors
    /// [`CalendarError::OutOfRange`] for an instant outside of the supported years.
    pub fn local_date(&self, at: DateTime<Utc>) -> Result<NaiveDate, CalendarError> {
        self.date_at(Moment::from_chrono(at)?.secs)
    }

    pub(super) fn date_at(&self, secs: i64) -> Result<NaiveDate, CalendarError> {
        date_of(self.zone().local_of(secs).div_euclid(DAY)).ok_or(CalendarError::OutOfRange)
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.0.rules
    }

    /// The open piece, in UTC seconds, that holds `at` or, when it is closed, the next one that begins
    /// at or before `limit`.
    pub(super) fn piece_from(&self, at: i64, limit: i64) -> Result<(i64, i64), CalendarError> {
        let (mut number, mut second) = block_of(at);
        loop {
            let start = start_of(number);
            if let Some((from, until)) = self.block(number)?.place(second).piece {
                let piece = (start + from, start + until);
                return if piece.0 > limit { Err(self.not_before(limit)) } else { Ok(piece) };
            }
            number += 1;
            second = 0;
            if start_of(number) > limit {
                return Err(self.not_before(limit));
            }
        }
    }

    /// The block, which is worked out at the first question about it.
    #[inline]
    pub(super) fn block(&self, number: usize) -> Result<&Block, CalendarError> {
        let inner = &*self.0;
        let slot = inner.blocks.get(number).ok_or(CalendarError::OutOfRange)?;
        Ok(slot.get_or_init(|| {
            Block::compile(&inner.rules, &inner.definition.zone, start_of(number).div_euclid(DAY), BLOCK_DAYS)
        }))
    }

    /// What to say when a search ended at `limit`.
    pub(super) fn not_before(&self, limit: i64) -> CalendarError {
        match self.date_at(limit) {
            Ok(searched_until) if limit < moment::END => CalendarError::NeverOpens { searched_until },
            _ => CalendarError::OutOfRange,
        }
    }
}

/// The number of the block that holds a UTC second, and which second of it that is.
#[inline]
pub(super) fn block_of(secs: i64) -> (usize, u32) {
    let since = secs - FIRST_DAY * DAY;
    (usize::try_from(since / BLOCK).unwrap_or(BLOCKS), u32::try_from(since % BLOCK).unwrap_or(0))
}

/// The same for a local date's day number.
#[inline]
pub(super) fn block_of_day(day: i64) -> (usize, u16) {
    let (since, days) = (day - FIRST_DAY, i64::from(BLOCK_DAYS));
    (usize::try_from(since / days).unwrap_or(BLOCKS), u16::try_from(since % days).unwrap_or(0))
}

/// The first UTC second of a block.
#[inline]
pub(super) fn start_of(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(0) * BLOCK + FIRST_DAY * DAY
}

impl fmt::Debug for WorkingCalendar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkingCalendar")
            .field("name", self.name())
            .field("version", &self.version())
            .field("zone", self.zone())
            .field("hours", &format_args!("{}", self.hours()))
            .finish_non_exhaustive()
    }
}

impl PartialEq for WorkingCalendar {
    /// Equal definitions, the version included.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.definition == other.0.definition
    }
}

impl Eq for WorkingCalendar {}

impl Serialize for WorkingCalendar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.definition.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for WorkingCalendar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_definition(Definition::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
