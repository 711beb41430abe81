//! Recurrence rules (RFC 5545, 3.3.10).

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, NaiveTime, TimeZone};
use rrule::{RRule, RRuleSet, Tz, Unvalidated};

use super::{IcalReason, date};

/// How many dates all recurrence rules of a text may run through, those before the window included.
const MAX_STEPS: usize = 200_000;

/// A rule by days, checked. What the RFC forbids is refused here, because the crate that runs a rule
/// ignores some of it, and a rule without its limits closes every day.
#[derive(Debug)]
pub(super) struct Rule {
    /// The rule without its end.
    parts: String,
    until: Option<NaiveDate>,
}

/// What is wrong with a rule.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("a part is written NAME=VALUE")]
    NoPart,
    #[error("it has no frequency")]
    NoFrequency,
    #[error("{0} stands there twice")]
    Twice(String),
    #[error("{0} is unknown")]
    Unknown(String),
    #[error("UNTIL and COUNT exclude each other")]
    TwoEnds,
    #[error("it ends before it begins")]
    EndsBefore,
    #[error("{0} counts from 1")]
    Zero(String),
    #[error("a weekday is written MO, or 1MO to -53MO for one of a month or a year")]
    BadDay,
    #[error("a numbered weekday goes with FREQ=MONTHLY or FREQ=YEARLY, and not with BYWEEKNO")]
    NumberedDay,
    #[error("a month has at most five of a weekday")]
    NoSuchDay,
    #[error("BYSETPOS picks from what another part beginning with BY gives")]
    NothingToPick,
}

impl From<Problem> for IcalReason {
    fn from(problem: Problem) -> Self {
        Self::BadRule(Box::new(problem))
    }
}

impl Rule {
    pub(super) fn read(text: &str) -> Result<Self, IcalReason> {
        let upper = text.trim().to_uppercase();
        let mut parts: Vec<(&str, &str)> = Vec::new();
        for part in upper.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = part
                .split_once('=')
                .filter(|(_, value)| value.split(',').all(|item| !item.is_empty()))
                .ok_or(Problem::NoPart)?;
            check_name(name)?;
            if parts.iter().any(|(other, _)| *other == name) {
                return Err(Problem::Twice(name.to_owned()).into());
            }
            parts.push((name, value));
        }
        check(&parts)?;
        let value = |name| parts.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
        let until = value("UNTIL").map(date::last_day).transpose()?;
        let kept = parts.iter().filter(|(name, _)| *name != "UNTIL");
        let parts: Vec<_> = kept.map(|(name, value)| format!("{name}={value}")).collect();
        Ok(Self { parts: parts.join(";"), until })
    }

    /// Its dates from `start` up to the last of the years, in order. None where the series is over before
    /// the years begin, for an event of so many days.
    pub(super) fn dates(
        &self,
        start: NaiveDate,
        days: i64,
        years: &RangeInclusive<i32>,
        budget: &mut Budget,
    ) -> Result<Vec<NaiveDate>, IcalReason> {
        if self.until.is_some_and(|until| until < start) {
            return Err(Problem::EndsBefore.into());
        }
        let bad = |error: rrule::RRuleError| IcalReason::BadRule(Box::new(error));
        let rule: RRule<Unvalidated> = self.parts.parse().map_err(bad)?;
        // Midnight of UTC stands for the date: no clock change can move it.
        let first = Tz::UTC.from_utc_datetime(&start.and_time(NaiveTime::MIN));
        let rule = rule.validate(first).map_err(bad)?;
        let over = |until: NaiveDate| {
            until.checked_add_days(chrono::Days::new(days.unsigned_abs())).unwrap_or(until).year()
                < *years.start()
        };
        if start.year() > *years.end() || self.until.is_some_and(over) {
            return Ok(Vec::new());
        }
        budget.begin()?;
        let mut dates = Vec::new();
        for date in RRuleSet::new(first).rrule(rule).limit().into_iter().map(|at| at.date_naive()) {
            if date.year() > *years.end() || self.until.is_some_and(|until| date > until) {
                break;
            }
            budget.step()?;
            dates.push(date);
        }
        Ok(dates)
    }
}

fn check_name(name: &str) -> Result<(), IcalReason> {
    match name {
        "FREQ" | "UNTIL" | "COUNT" | "INTERVAL" | "WKST" | "BYDAY" | "BYMONTHDAY" | "BYYEARDAY"
        | "BYWEEKNO" | "BYMONTH" | "BYSETPOS" => Ok(()),
        "BYHOUR" | "BYMINUTE" | "BYSECOND" => Err(IcalReason::NotDaily),
        _ => Err(Problem::Unknown(name.to_owned()).into()),
    }
}

/// What the RFC says of the parts together, as far as the crate that runs the rule does not check it.
fn check(parts: &[(&str, &str)]) -> Result<(), IcalReason> {
    let value = |name| parts.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    let frequency = value("FREQ").ok_or(Problem::NoFrequency)?;
    if matches!(frequency, "HOURLY" | "MINUTELY" | "SECONDLY") {
        return Err(IcalReason::NotDaily);
    }
    if value("UNTIL").is_some() && value("COUNT").is_some() {
        return Err(Problem::TwoEnds.into());
    }
    for name in ["COUNT", "INTERVAL"] {
        if value(name).is_some_and(|value| value.trim_matches('0').is_empty()) {
            return Err(Problem::Zero(name.to_owned()).into());
        }
    }
    for (name, value) in parts.iter().filter(|(name, _)| name.starts_with("BY") && *name != "BYDAY") {
        let zero = |number: &str| number.trim_start_matches(['+', '-']).trim_matches('0').is_empty();
        if value.split(',').any(zero) {
            return Err(Problem::Zero((*name).to_owned()).into());
        }
    }
    let mut picked = parts.iter().filter(|(name, _)| name.starts_with("BY")).peekable();
    if picked.peek().is_some() && picked.all(|(name, _)| *name == "BYSETPOS") {
        return Err(Problem::NothingToPick.into());
    }
    let numbers = value("BYDAY").into_iter().flat_map(|days| days.split(','));
    let numbers = numbers.map(number_of_day).collect::<Result<Vec<_>, _>>()?;
    let mut numbers = numbers.into_iter().flatten().peekable();
    let of_month = frequency == "MONTHLY" || value("BYMONTH").is_some();
    let may = matches!(frequency, "MONTHLY" | "YEARLY") && value("BYWEEKNO").is_none();
    if numbers.peek().is_some() && !may {
        return Err(Problem::NumberedDay.into());
    }
    if numbers.any(|number| of_month && number > 5) {
        return Err(Problem::NoSuchDay.into());
    }
    Ok(())
}

/// The number of `-1MO`, without its sign; none of `MO`.
fn number_of_day(day: &str) -> Result<Option<u8>, Problem> {
    let (number, weekday) =
        day.len().checked_sub(2).and_then(|end| day.split_at_checked(end)).ok_or(Problem::BadDay)?;
    if !matches!(weekday, "MO" | "TU" | "WE" | "TH" | "FR" | "SA" | "SU") {
        return Err(Problem::BadDay);
    }
    if number.is_empty() {
        return Ok(None);
    }
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    match digits.parse() {
        Ok(number @ 1..=53) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(number)),
        _ => Err(Problem::BadDay),
    }
}

/// What is left of the allowance for recurrence rules.
pub(super) struct Budget {
    recurring: usize,
    steps: usize,
}

impl Budget {
    pub(super) const fn new(recurring: usize) -> Self {
        Self { recurring, steps: MAX_STEPS }
    }

    fn begin(&mut self) -> Result<(), IcalReason> {
        self.recurring = self.recurring.checked_sub(1).ok_or(IcalReason::TooManyRecurring)?;
        Ok(())
    }

    fn step(&mut self) -> Result<(), IcalReason> {
        self.steps = self.steps.checked_sub(1).ok_or(IcalReason::TooManyRecurring)?;
        Ok(())
    }
}
