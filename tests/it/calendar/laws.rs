//! Laws over random calendars, and a walk by the clock on the wall that knows nothing of the compiled form.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc, Weekday};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use talkback::calendar::{CalendarBuilder, CalendarError, WeekHours, Window, WorkingCalendar};

use super::utc;
use super::zones::ZONES;

/// The rules of a calendar in the plainest form: minutes of local time.
#[derive(Debug, Clone)]
struct Plan {
    zone: &'static str,
    weekly: Vec<(usize, Vec<(u32, u32)>)>,
    /// By days from the middle of the scene.
    special: Vec<(i64, Vec<(u32, u32)>)>,
    holidays: Vec<i64>,
    breaks: Vec<(i64, u32, u32)>,
}

/// Where the scene is set, and what is asked there.
#[derive(Debug, Clone)]
struct Scene {
    plan: Plan,
    middle: i64,
    /// By minutes from the beginning of the scene.
    asked: Vec<(u32, u32)>,
}

/// How long a scene is, in seconds.
const LENGTH: i64 = 5 * 86_400;
/// What windows, breaks and scenes are made of, in seconds.
const RASTER: i64 = 300;
const WEEK: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];

/// Windows of one day in minutes, disjoint, the last one perhaps past midnight.
fn windows() -> impl Strategy<Value = Vec<(u32, u32)>> {
    let edges = prop::collection::btree_set(0_u32..288, 0..6);
    (edges, prop::option::weighted(0.2, 1_u32..24)).prop_map(|(edges, tail)| {
        let edges: Vec<u32> = edges.into_iter().map(|edge| edge * 5).collect();
        let mut windows: Vec<(u32, u32)> = edges.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect();
        if let (Some(last), Some(tail)) = (windows.last_mut(), tail) {
            last.1 = 1440 + (tail * 5).min(last.0 / 10 * 5);
        }
        windows
    })
}

fn plan() -> impl Strategy<Value = Plan> {
    (
        prop::sample::select(ZONES.as_slice()),
        prop::collection::vec((0_usize..7, windows()), 1..7),
        prop::collection::vec((-4_i64..=4, windows()), 0..3),
        prop::collection::vec(-4_i64..=4, 0..3),
        prop::collection::vec((-4_i64..=4, 0_u32..280, 1_u32..60), 0..3),
    )
        .prop_map(|(zone, weekly, special, holidays, breaks)| Plan {
            zone,
            weekly,
            special,
            holidays,
            breaks: breaks
                .into_iter()
                .map(|(day, from, length)| (day, from * 5, (from + length) * 5))
                .collect(),
        })
}

/// Around a change of the clocks, a year's end, a leap day, the seam between two compiled blocks, or
/// anywhere.
fn middle() -> impl Strategy<Value = i64> {
    let at = |text: &str| utc(text).timestamp();
    let named = [
        "2026-03-08T07:00:00Z",
        "2026-11-01T06:00:00Z",
        "2026-03-29T01:00:00Z",
        "2026-10-25T01:00:00Z",
        "2026-04-04T15:00:00Z",
        "2026-10-03T15:30:00Z",
        "2026-04-23T22:00:00Z",
        "2026-10-29T21:00:00Z",
        "2026-03-28T22:00:00Z",
        "2026-04-05T03:00:00Z",
        "2026-09-06T04:00:00Z",
        "2017-10-15T03:00:00Z",
        "2017-02-19T02:00:00Z",
        "2011-12-30T10:00:00Z",
        // Newfoundland's clocks changed at one minute past midnight.
        "2005-04-03T03:30:00Z",
        "2005-10-30T02:30:00Z",
        "2026-02-15T02:00:00Z",
        "2026-03-22T02:00:00Z",
        "2026-12-31T23:00:00Z",
        "2028-02-29T12:00:00Z",
        "2100-02-28T12:00:00Z",
    ]
    .map(at);
    let seam = (1_i64..30).prop_map(|block| (block * 2_922 - 2) * 86_400);
    prop_oneof![3 => prop::sample::select(named.to_vec()), 1 => seam, 2 => 200_000_000_i64..8_000_000_000]
        .prop_map(|secs| secs - secs.rem_euclid(RASTER))
}

fn scene() -> impl Strategy<Value = Scene> {
    let minute = 0..u32::try_from(LENGTH / 60).unwrap();
    (plan(), middle(), prop::collection::vec((minute.clone(), minute), 8))
        .prop_map(|(plan, middle, asked)| Scene { plan, middle, asked })
}

fn time(minutes: u32) -> String {
    if minutes == 1440 { "24:00".to_owned() } else { format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60) }
}

fn text(windows: &[(u32, u32)]) -> String {
    windows
        .iter()
        .map(|(from, until)| format!("{}-{}", time(*from), time(*until)))
        .collect::<Vec<_>>()
        .join(", ")
}

impl Plan {
    /// What wins on a date: the first special day of the plan, else none on a holiday, else the week's.
    fn windows(&self, middle: NaiveDate, date: NaiveDate) -> &[(u32, u32)] {
        let day = (date - middle).num_days();
        if let Some((_, windows)) = self.special.iter().find(|(special, _)| *special == day) {
            return windows;
        }
        if self.holidays.contains(&day) {
            return &[];
        }
        let weekday = usize::try_from(date.weekday().num_days_from_monday()).unwrap();
        self.weekly
            .iter()
            .find(|(day, _)| *day == weekday)
            .map(|(_, windows)| windows.as_slice())
            .unwrap_or_default()
    }

    fn is_open(&self, middle: NaiveDate, local: NaiveDateTime) -> bool {
        let minute = u32::try_from((local.time() - NaiveTime::MIN).num_minutes()).unwrap();
        let date = local.date();
        let eve = date.pred_opt().unwrap();
        let within = |(from, until): &(u32, u32), minute| (*from..*until).contains(&minute);
        let open = self.windows(middle, date).iter().any(|window| within(window, minute))
            || self.windows(middle, eve).iter().any(|window| within(window, minute + 1440));
        let day = (date - middle).num_days();
        let broken = self.breaks.iter().any(|(break_day, from, until)| {
            (*break_day == day && within(&(*from, *until), minute))
                || (*break_day == day - 1 && within(&(*from, *until), minute + 1440))
        });
        open && !broken
    }

    /// `None` where the plan is no calendar: nothing open, or a night that meets the next morning.
    fn build(&self, middle: NaiveDate) -> Option<WorkingCalendar> {
        let mut builder = WorkingCalendar::builder("plan").zone(self.zone);
        for (index, (day, windows)) in self.weekly.iter().enumerate() {
            let again = self.weekly.iter().take(index).any(|(earlier, _)| earlier == day);
            if !again && !windows.is_empty() {
                builder = builder.open(WEEK[*day], &text(windows));
            }
        }
        let day = |day: i64| middle + TimeDelta::days(day);
        for (index, (special, windows)) in self.special.iter().enumerate() {
            if self.special.iter().take(index).any(|(earlier, _)| earlier == special) {
                continue;
            }
            builder = if windows.is_empty() {
                builder.closed(day(*special), "closed")
            } else {
                builder.special(day(*special), &text(windows), "special")
            };
        }
        let holiday = |builder: CalendarBuilder, at: &i64| builder.holiday(day(*at), "holiday");
        builder = self.holidays.iter().fold(builder, holiday);
        for (at, from, until) in &self.breaks {
            builder = builder.break_on(day(*at), &text(&[(*from, *until)]), "break");
        }
        match builder.build() {
            Ok(calendar) => Some(calendar),
            Err(CalendarError::NoHours | CalendarError::Overlap { .. }) => None,
            Err(error) => panic!("{error}: {self:?}"),
        }
    }
}

fn at(secs: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(secs, 0).unwrap()
}

/// What the clocks of a zone show, asked of the database itself.
fn wall(zone: &TimeZone, secs: i64) -> NaiveDateTime {
    let offset = zone.to_offset(Timestamp::from_second(secs).unwrap()).seconds();
    at(secs + i64::from(offset)).naive_utc()
}

/// The seconds of a step on whose grid lies all that happens: the raster of the windows, or a minute where
/// the clocks were changed, or changed to, something in between.
fn step(zone: &TimeZone, from: i64, until: i64) -> i64 {
    let changes = zone.following(Timestamp::from_second(from).unwrap());
    let changes = changes.map(|change| change.timestamp().as_second()).take_while(|at| *at < until);
    let shown = |at: i64| wall(zone, at).and_utc().timestamp();
    let seen: Vec<i64> = changes.chain([from]).flat_map(|at| [at, shown(at)]).collect();
    let fits = |step: &i64| seen.iter().all(|secs| secs % step == 0);
    [RASTER, 60].into_iter().find(fits).expect("clocks are changed on whole minutes")
}

/// Which steps of a scene are open, by looking at the clock on the wall at each; and their seconds.
///
/// A window begins when the clock first shows its edge or has passed it. So the furthest that the clock
/// has ever shown decides: in a repeated hour that is the hour's end, after a gap what follows it.
fn walk(plan: &Plan, middle: NaiveDate, start: i64) -> (i64, Vec<bool>) {
    let zone = jiff::tz::TimeZoneDatabase::bundled().get(plan.zone).unwrap();
    let (mut secs, end) = (start - 2 * 86_400, start + LENGTH);
    let step = step(&zone, secs, end);
    let mut furthest = wall(&zone, secs);
    let mut open = Vec::new();
    while secs < end {
        furthest = furthest.max(wall(&zone, secs));
        if secs >= start {
            open.push(plan.is_open(middle, furthest));
        }
        secs += step;
    }
    (step, open)
}

/// What the compiled calendar says of a scene is what the walk saw.
fn is_walked(scene: &Scene) -> Result<(), TestCaseError> {
    let start = scene.middle - LENGTH / 2;
    let middle = at(scene.middle).date_naive();
    let Some(calendar) = scene.plan.build(middle) else { return Ok(()) };
    let (length, open) = walk(&scene.plan, middle, start);
    let steps = u32::try_from(open.len()).unwrap();
    let instant = |step: u32| at(start + i64::from(step) * length);
    let index = |step: u32| usize::try_from(step).unwrap();

    let mut stretches = Vec::new();
    for (step, open) in (0_u32..).zip(&open) {
        prop_assert_eq!(calendar.is_open(instant(step)), Ok(*open), "{}", instant(step));
        match stretches.last_mut() {
            Some((_, until)) if *open && *until == instant(step) => *until = instant(step + 1),
            _ if *open => stretches.push((instant(step), instant(step + 1))),
            _ => {}
        }
    }
    let range = at(start)..instant(steps);
    let ours: Vec<_> = calendar.stretches(range).unwrap().map(|s| (s.from, s.until)).collect();
    prop_assert_eq!(&ours, &stretches);

    let minutes_of_a_step = u32::try_from(length / 60).unwrap();
    for (a, b) in &scene.asked {
        let (a, b) = (a.min(b) / minutes_of_a_step, a.max(b) / minutes_of_a_step);
        let worked = open[index(a)..index(b)].iter().filter(|open| **open).count();
        let worked = TimeDelta::seconds(length * i64::try_from(worked).unwrap());
        prop_assert_eq!(calendar.between(instant(a), instant(b)), Ok(worked));
        // The first step after which as much is used up.
        if worked > TimeDelta::zero() {
            let used = (a..b).rev().find(|step| open[index(*step)]).unwrap() + 1;
            prop_assert_eq!(calendar.add(instant(a), worked), Ok(instant(used)));
            let first = (a..b).find(|step| open[index(*step)]).unwrap();
            prop_assert_eq!(calendar.subtract(instant(b), worked), Ok(instant(first)));
        }
        if let Some(next) = (a..steps).find(|step| open[index(*step)]) {
            prop_assert_eq!(calendar.next_open(instant(a)), Ok(instant(next)));
            if let Some(closes) = (next..steps).find(|step| !open[index(*step)]) {
                prop_assert_eq!(calendar.next_close(instant(a)), Ok(instant(closes)));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(crate::random::cases(3_000))]

    #[test]
    fn compiled_is_walked(scene in scene()) {
        is_walked(&scene)?;
    }
}

/// The change is off the raster of the windows: there the walk goes by the minute.
#[test]
fn a_change_of_the_clocks_a_minute_past_midnight_is_walked() {
    let every_day = |windows: &[(u32, u32)]| (0..7).map(|day| (day, windows.to_vec())).collect();
    for (night, windows) in [
        // A window that begins in the hour that is skipped, one that ends in it, one within it.
        ("2005-04-03T03:30:00Z", &[(30, 120)][..]),
        ("2005-04-03T03:30:00Z", &[(0, 30), (1200, 1440)]),
        ("2005-04-03T03:30:00Z", &[(5, 60)]),
        // The same around the hour that is repeated, of which all but a minute belongs to the day before.
        ("2005-10-30T02:30:00Z", &[(0, 120), (1380, 1410)]),
        ("2005-10-30T02:30:00Z", &[(1385, 1440)]),
    ] {
        let plan = Plan {
            zone: "America/St_Johns",
            weekly: every_day(windows),
            special: Vec::new(),
            holidays: Vec::new(),
            breaks: Vec::new(),
        };
        let middle = utc(night).timestamp();
        let minute = u32::try_from(LENGTH / 120).unwrap();
        let asked = vec![(minute - 1, minute + 1), (minute + 1, minute + 2), (0, minute * 2 - 1)];
        assert_eq!(walk(&plan, at(middle).date_naive(), middle - LENGTH / 2).0, 60);
        is_walked(&Scene { plan, middle, asked }).unwrap_or_else(|broken| panic!("{night}: {broken}"));
    }
}

/// Calendars of every zone with the usual and the unusual hours, built once for all laws.
static CALENDARS: LazyLock<Vec<WorkingCalendar>> = LazyLock::new(|| {
    let hours = [
        "mon-fri 09:00-17:00",
        "mon-fri 08:00-12:00, 13:00-17:00; sat 09:00-12:00",
        "mon-fri 22:00-06:00",
        "daily 00:00-02:30, 02:45-24:00",
        "24/7",
        "wed 01:30-02:30",
    ];
    let zones = ZONES.iter().enumerate();
    zones
        .map(|(index, zone)| {
            let mut builder = WorkingCalendar::builder("law").zone(zone).hours(hours[index % hours.len()]);
            for year in 2015..2045 {
                for (month, day) in [(1, 1), (5, 1), (12, 25), (12, 26)] {
                    builder = builder.holiday(NaiveDate::from_ymd_opt(year, month, day).unwrap(), "holiday");
                }
                let eve = NaiveDate::from_ymd_opt(year, 12, 24).unwrap();
                builder = builder.special(eve, "08:00-12:00", "Christmas Eve");
                builder = builder.break_on(eve, "10:00-10:30", "singing");
            }
            builder.build().unwrap()
        })
        .collect()
});

fn calendar() -> impl Strategy<Value = WorkingCalendar> {
    (0..ZONES.len()).prop_map(|index| CALENDARS[index].clone())
}

/// Instants of thirty years, to the nanosecond, often on an hour.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    prop_oneof![
        (1_420_000_000_i64..2_370_000_000, 0_u32..1_000_000_000)
            .prop_map(|(secs, nanos)| DateTime::from_timestamp(secs, nanos).unwrap()),
        (395_000_i64..658_000).prop_map(|hour| at(hour * 3_600)),
        // Where one compiled block ends and the next begins.
        (6_i64..10).prop_map(|block| at((block * 2_922 - 2) * 86_400)),
    ]
}

/// Up to some weeks, to the nanosecond, often whole hours; never zero.
fn amount() -> impl Strategy<Value = TimeDelta> {
    prop_oneof![
        (0_i64..2_000_000, 1_u32..1_000_000_000)
            .prop_map(|(secs, nanos)| TimeDelta::new(secs, nanos).unwrap()),
        (1_i64..400).prop_map(TimeDelta::hours),
        (1_i64..1_000_000_000).prop_map(TimeDelta::nanoseconds),
    ]
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (16_500_i64..27_500).prop_map(|day| at(day * 86_400).date_naive())
}

proptest! {
    #![proptest_config(crate::random::cases(500))]

    #[test]
    fn add_and_between_are_inverse(calendar in calendar(), t in instant(), d in amount()) {
        let due = calendar.add(t, d).unwrap();
        prop_assert_eq!(calendar.between(t, due), Ok(d));
        prop_assert!(due > t);
        // It is the earliest: a nanosecond before, the last of it was not used up.
        let before = due - TimeDelta::nanoseconds(1);
        prop_assert!(calendar.between(t, before).unwrap() < d);
    }

    #[test]
    fn subtract_is_the_inverse_of_add(calendar in calendar(), t in instant(), d in amount()) {
        let back = calendar.subtract(calendar.add(t, d).unwrap(), d).unwrap();
        if calendar.is_open(t).unwrap() {
            prop_assert_eq!(back, t);
        } else {
            prop_assert_eq!(back, calendar.next_open(t).unwrap());
        }
        let from = calendar.subtract(t, d).unwrap();
        prop_assert_eq!(calendar.between(from, t), Ok(d));
        prop_assert!(calendar.is_open(from).unwrap());
        prop_assert!(calendar.add(from, d).unwrap() <= t);
    }

    #[test]
    fn add_is_monotone(calendar in calendar(), t in instant(), u in instant(), d in amount(), e in amount()) {
        let add = |t, d| calendar.add(t, d).unwrap();
        prop_assert!(add(t.min(u), d) <= add(t.max(u), d));
        prop_assert!(add(t, d.min(e)) <= add(t, d.max(e)));
        prop_assert!(d == e || add(t, d) != add(t, e));
        prop_assert!(add(t, TimeDelta::zero()) <= add(t, d));
        prop_assert_eq!(add(add(t, d), e), add(t, d + e));
        let subtract = |t, d| calendar.subtract(t, d).unwrap();
        prop_assert!(subtract(t.min(u), d) <= subtract(t.max(u), d));
        prop_assert!(subtract(t, d.min(e)) >= subtract(t, d.max(e)));
        prop_assert!(subtract(t, TimeDelta::zero()) >= subtract(t, d));
    }

    #[test]
    fn between_is_additive_and_antisymmetric(calendar in calendar(), a in instant(), b in instant(), c in instant()) {
        let between = |a, b| calendar.between(a, b).unwrap();
        prop_assert_eq!(between(a, b) + between(b, c), between(a, c));
        prop_assert_eq!(between(a, b), -between(b, a));
        prop_assert_eq!(between(a, a), TimeDelta::zero());
        prop_assert!(between(a.min(b), a.max(b)) <= a.max(b) - a.min(b));
    }

    #[test]
    fn open_is_where_the_next_opening_is(calendar in calendar(), t in instant()) {
        let (open, next) = (calendar.is_open(t).unwrap(), calendar.next_open(t).unwrap());
        prop_assert_eq!(open, next == t);
        prop_assert!(calendar.is_open(next).unwrap());
        prop_assert_eq!(calendar.between(t, next), Ok(TimeDelta::zero()));
        if let Ok(close) = calendar.next_close(t) {
            prop_assert!(close > next && !calendar.is_open(close).unwrap());
            prop_assert_eq!(calendar.between(next, close), Ok(close - next));
        }
    }

    #[test]
    fn the_stretches_are_the_open_time(calendar in calendar(), t in instant(), d in amount()) {
        let until = t + d;
        let mut sum = TimeDelta::zero();
        let mut last = None;
        for stretch in calendar.stretches(t..until).unwrap() {
            prop_assert!(stretch.from < stretch.until && stretch.from >= t && stretch.until <= until);
            prop_assert!(last.is_none_or(|last| last < stretch.from));
            last = Some(stretch.until);
            sum += stretch.until - stretch.from;
        }
        prop_assert_eq!(calendar.between(t, until), Ok(sum));
    }

    #[test]
    fn an_explanation_adds_up(calendar in calendar(), t in instant(), d in amount()) {
        use talkback::calendar::Step;
        let explained = calendar.explain(t, d).unwrap();
        prop_assert_eq!(explained.due(), calendar.add(t, d).unwrap());
        let mut at = t;
        let mut counted_in_all = TimeDelta::zero();
        for step in explained.steps() {
            let (from, until) = match step {
                Step::Open { from, until, counted } => {
                    prop_assert_eq!(*counted, *until - *from);
                    counted_in_all += *counted;
                    (from, until)
                }
                Step::Closed { from, until, .. } => (from, until),
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(*from, at);
            prop_assert!(from < until);
            at = *until;
        }
        prop_assert_eq!((at, counted_in_all), (explained.due(), d));
    }

    #[test]
    fn more_closed_time_is_never_earlier(t in instant(), d in amount(), closed in 0_i64..20, length in 1_i64..8) {
        let zone = "Europe/Berlin";
        let hours = "mon-fri 08:00-12:00, 13:00-17:00";
        let plain = WorkingCalendar::builder("x").zone(zone).hours(hours).build().unwrap();
        let mut builder = WorkingCalendar::builder("x").zone(zone).hours(hours);
        for day in closed..closed + length {
            builder = builder.holiday(t.date_naive() + TimeDelta::days(day), "holiday");
        }
        let closed = builder.build().unwrap();
        prop_assert!(closed.add(t, d).unwrap() >= plain.add(t, d).unwrap());
        prop_assert!(closed.subtract(t, d).unwrap() <= plain.subtract(t, d).unwrap());
        prop_assert!(closed.between(t, t + d).unwrap() <= plain.between(t, t + d).unwrap());
    }

    #[test]
    fn whole_weeks_shift_the_answer(t in instant(), d in amount(), weeks in -200_i64..200) {
        let calendar = WorkingCalendar::office("x").build().unwrap();
        let shift = TimeDelta::weeks(weeks);
        prop_assert_eq!(calendar.add(t + shift, d).unwrap(), calendar.add(t, d).unwrap() + shift);
        prop_assert_eq!(calendar.subtract(t + shift, d).unwrap(), calendar.subtract(t, d).unwrap() + shift);
    }

    #[test]
    fn around_the_clock_adds_by_the_clock(t in instant(), d in amount()) {
        let always = WorkingCalendar::always();
        prop_assert_eq!(always.add(t, d), Ok(t + d));
        prop_assert_eq!(always.subtract(t, d), Ok(t - d));
    }

    #[test]
    fn working_days_are_ranks(calendar in calendar(), a in date(), b in date(), n in 1_u32..600) {
        let after = calendar.nth_working_day_after(a, n).unwrap();
        prop_assert!(after > a && calendar.is_working_day(after).unwrap());
        prop_assert_eq!(calendar.working_days_between(a, after), Ok(i64::from(n)));
        let before = calendar.nth_working_day_before(a, n).unwrap();
        prop_assert!(before < a && calendar.is_working_day(before).unwrap());
        prop_assert_eq!(calendar.nth_working_day_after(before, n).unwrap() <= a, calendar.is_working_day(a).unwrap());
        prop_assert_eq!(calendar.working_days_between(a, b).unwrap(), -calendar.working_days_between(b, a).unwrap());
        let close = calendar.close_of_business(a).unwrap();
        prop_assert_eq!(close.is_some(), calendar.is_working_day(a).unwrap());
        if let (Some(opening), Some(close)) = (calendar.opening(a).unwrap(), close) {
            prop_assert!(opening < close && calendar.is_open(opening).unwrap());
            prop_assert!(calendar.is_open(close - TimeDelta::nanoseconds(1)).unwrap());
            prop_assert_eq!(calendar.local_date(opening), Ok(a));
        }
    }

    #[test]
    fn dates_are_made_of_instants(calendar in calendar(), t in instant()) {
        let date = calendar.local_date(t).unwrap();
        let (start, end) = (calendar.start_of_day(date).unwrap(), calendar.end_of_day(date).unwrap());
        prop_assert!(start <= t && t < end, "{} {} {} {}", date, start, t, end);
        prop_assert_eq!(calendar.start_of_day(date.succ_opt().unwrap()).unwrap(), end);
        let (local, time) = calendar.zone().to_local(t).unwrap();
        prop_assert_eq!(local, date);
        prop_assert!(calendar.zone().to_utc(local, time).unwrap() <= t);
    }
}

#[test]
fn answers_do_not_depend_on_what_was_asked_before() {
    let build = || WorkingCalendar::office("x").zone("Europe/Berlin").build().unwrap();
    let (warm, from) = (build(), utc("2026-07-03T12:00:00Z"));
    let _ = warm.between(utc("1970-01-01T00:00:00Z"), utc("2261-12-31T00:00:00Z")).unwrap();
    for hours in [1, 100, 10_000, 100_000] {
        let amount = TimeDelta::hours(hours);
        assert_eq!(build().add(from, amount), warm.add(from, amount));
        assert_eq!(build().subtract(from, amount), warm.subtract(from, amount));
    }
}

proptest! {
    #![proptest_config(crate::random::cases(2_000))]

    #[test]
    fn no_text_panics(text in "[a-zA-Z0-9:;, +/-]{0,24}", any in any::<String>(), cut in any::<prop::sample::Index>()) {
        let good = "mon-fri 08:00-12:00, 13:00-17:00; sat 22:00-06:00";
        let cut = good.get(..cut.index(good.len())).unwrap_or_default();
        for text in [text.as_str(), any.as_str(), cut, &format!("{cut}{text}")] {
            let _ = (text.parse::<Window>(), talkback::Zone::new(text));
            if let Ok(hours) = text.parse::<WeekHours>() {
                prop_assert_eq!(hours.to_string().parse(), Ok(hours));
            }
        }
    }
}
