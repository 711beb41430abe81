//! A block of days worked out once, so that a question is a few look-ups.
//!
//! A block covers a fixed range of UTC days and knows the open pieces in it, each with the open time
//! before it. "How much open time until t" is then one look-up, and so is its inverse; two indexes, by
//! day and by open time, stand in for the search. Pieces that cross a block's edge are split there,
//! which changes no sum.

use super::moment::{DAY, weekday_of};
use super::rules::{Rules, cut, edges};
use super::zone::Zone;

/// Open time within one block of days. All times are seconds since the block's first midnight, UTC.
#[derive(Debug)]
pub(super) struct Block {
    pieces: Box<[Piece]>,
    /// Per day, and once more at the end: the first piece that ends after the day began.
    by_day: Box<[u32]>,
    /// Per `1 << shift` seconds of open time: the piece in which they begin.
    by_work: Box<[u32]>,
    shift: u32,
    /// All open seconds.
    total: i64,
    /// Per date, and once more at the end: how many working days of the block lie before it.
    rank: Box<[u16]>,
    /// The working days, counted from the block's first date.
    dates: Box<[u16]>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    from: u32,
    until: u32,
    /// Open seconds of the block before it.
    before: u32,
}

/// Where an instant lies in a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Open seconds of the block before the instant.
    pub(super) done: i64,
    /// The open piece that holds it or, when it is closed, the next one of the block.
    pub(super) piece: Option<(i64, i64)>,
    /// Whether that piece holds it.
    pub(super) open: bool,
}

impl Block {
    pub(super) fn compile(rules: &Rules, zone: &Zone, first_day: i64, days: u16) -> Self {
        let start = first_day * DAY;
        let end = start + i64::from(days) * DAY;
        let mut union: Vec<(i64, i64)> = Vec::with_capacity(usize::from(days) + 8);
        let mut working: Vec<u16> = Vec::with_capacity(usize::from(days));

        // Local dates are up to 18 hours away from UTC ones, and a window lasts up to a day more.
        let (from_day, until_day) = (first_day - 3, first_day + i64::from(days) + 2);
        let breaks: Vec<(i64, i64)> = rules
            .breaks_on(from_day - 2, until_day + 2)
            .iter()
            .map(|(day, window, _)| edges(&zone.cursor(day * DAY), *day, *window))
            .collect();
        let mut dated = rules.dated.get(rules.dated.partition_point(|(day, _)| *day < from_day)..);
        let mut cursor = zone.cursor(from_day * DAY);
        let mut pending = breaks.as_slice();
        for day in from_day..until_day {
            cursor.advance(day * DAY);
            skip_passed(&mut pending, cursor.utc_of(day * DAY));
            let windows = match dated {
                Some([(date, rule), rest @ ..]) if *date == day => {
                    dated = Some(rest);
                    rule.windows()
                }
                _ => rules.weekly.get(weekday_of(day)).map(|windows| &**windows).unwrap_or_default(),
            };
            let mut works = false;
            for window in windows {
                let (from, until) = edges(&cursor, day, *window);
                if breaks.is_empty() {
                    works |= from < until;
                } else {
                    cut(from, until, pending.iter().copied(), &mut |_, _| works = true);
                }
                let (from, until) = (from.max(start), until.min(end));
                match union.last_mut() {
                    Some(last) if from <= last.1 => last.1 = last.1.max(until),
                    _ if from < until => union.push((from, until)),
                    _ => {}
                }
            }
            if works
                && let Ok(date) = u16::try_from(day - first_day)
                && date < days
            {
                working.push(date);
            }
        }
        Self::index(&union, &breaks, start, days, &working)
    }

    fn index(union: &[(i64, i64)], breaks: &[(i64, i64)], start: i64, days: u16, working: &[u16]) -> Self {
        let mut pieces: Vec<Piece> = Vec::with_capacity(union.len() + breaks.len());
        let mut total = 0_u32;
        let relative = |secs: i64| u32::try_from(secs - start).unwrap_or(0);
        let mut pending = breaks;
        for (from, until) in union {
            skip_passed(&mut pending, *from);
            cut(*from, *until, pending.iter().copied(), &mut |from, until| {
                pieces.push(Piece { from: relative(from), until: relative(until), before: total });
                total += relative(until) - relative(from);
            });
        }

        let mut by_day = Vec::with_capacity(usize::from(days) + 1);
        let mut next = 0_u32;
        let mut ahead = pieces.iter().peekable();
        for midnight in (0..=u32::from(days)).map(|day| day * 86_400) {
            while ahead.next_if(|piece| piece.until <= midnight).is_some() {
                next += 1;
            }
            by_day.push(next);
        }

        // As many entries as twice the pieces, so that one entry leaves a step or two.
        let count = u32::try_from(pieces.len()).unwrap_or(u32::MAX);
        let shift = (0..32).find(|shift| (total >> shift) <= count.saturating_mul(2)).unwrap_or(31);
        let mut by_work = Vec::new();
        for (index, piece) in (0_u32..).zip(&pieces) {
            let after = piece.before + (piece.until - piece.from);
            while u32::try_from(by_work.len()).unwrap_or(u32::MAX) << shift < after {
                by_work.push(index);
            }
        }

        let mut rank = Vec::with_capacity(usize::from(days) + 1);
        let mut passed = 0_u16;
        let mut ahead = working.iter().peekable();
        for date in 0..=days {
            rank.push(passed);
            if ahead.next_if(|working| **working == date).is_some() {
                passed += 1;
            }
        }
        Self {
            pieces: pieces.into_boxed_slice(),
            by_day: by_day.into_boxed_slice(),
            by_work: by_work.into_boxed_slice(),
            shift,
            total: total.into(),
            rank: rank.into_boxed_slice(),
            dates: working.into(),
        }
    }

    /// All open seconds of the block.
    #[inline]
    pub(super) fn total(&self) -> i64 {
        self.total
    }

    /// Where second `at` of the block lies.
    #[inline]
    pub(super) fn place(&self, at: u32) -> Place {
        let at_day = usize::try_from(at / 86_400).unwrap_or(usize::MAX);
        let first = self.by_day.get(at_day).copied().unwrap_or(u32::MAX);
        let ahead = self.pieces.get(index(first)..).unwrap_or_default();
        match ahead.iter().find(|piece| at < piece.until) {
            Some(piece) => {
                let open = piece.from <= at;
                let done = if open { piece.before + (at - piece.from) } else { piece.before };
                let range = (piece.from.into(), piece.until.into());
                Place { done: done.into(), piece: Some(range), open }
            }
            None => Place { done: self.total, piece: None, open: false },
        }
    }

    /// The second of the block at which its open second number `done` begins, counted from 0; `None`
    /// when the block has no such second.
    #[inline]
    pub(super) fn instant_of(&self, done: i64) -> Option<i64> {
        let done = u32::try_from(done).ok().filter(|done| i64::from(*done) < self.total)?;
        let first = self.by_work.get(index(done >> self.shift)).copied()?;
        let ahead = self.pieces.get(index(first)..)?;
        let piece = ahead.iter().find(|piece| done - piece.before < piece.until - piece.from)?;
        Some(i64::from(piece.from + (done - piece.before)))
    }

    /// The last piece that ends at or before second `at` of the block.
    pub(super) fn last_until(&self, at: u32) -> Option<(i64, i64)> {
        let passed = self.pieces.partition_point(|piece| piece.until <= at);
        let piece = self.pieces.get(passed.checked_sub(1)?)?;
        Some((piece.from.into(), piece.until.into()))
    }

    /// How many working days of the block lie before its date number `date`.
    #[inline]
    pub(super) fn rank(&self, date: u16) -> i64 {
        self.rank.get(usize::from(date)).copied().unwrap_or(0).into()
    }

    /// How many working days the block has.
    #[inline]
    pub(super) fn working_days(&self) -> i64 {
        i64::try_from(self.dates.len()).unwrap_or(0)
    }

    /// The date number of the block's working day number `rank`, counted from 0.
    #[inline]
    pub(super) fn working_day(&self, rank: i64) -> Option<i64> {
        self.dates.get(usize::try_from(rank).ok()?).map(|date| i64::from(*date))
    }
}

/// Forgets the leading breaks that end before `at`.
fn skip_passed(pending: &mut &[(i64, i64)], at: i64) {
    while let [(_, until), rest @ ..] = *pending
        && *until <= at
    {
        *pending = rest;
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
