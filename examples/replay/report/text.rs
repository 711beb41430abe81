//! The report for a person to read.

use std::collections::BTreeMap;
use std::io::Write;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::Failure;
use super::json::per_second;
use super::{LISTED, Report, Step, percentile};
use table::{Side, Table};

mod table;

pub(crate) fn write(report: &Report, out: &mut dyn Write) -> Result<(), Failure> {
    let told = &report.told;
    writeln!(out, "{} rows played as of {} UTC\n", report.rows(), minute(report.as_of))?;
    files(report).write(out)?;
    for (title, counts) in [("channel", &report.channels), ("kind", &report.kinds)] {
        counted(title, counts.iter().map(|(name, n)| (name.as_str(), *n))).write(out)?;
    }
    let stages = report.stages.iter().filter(|(_, n)| **n > 0);
    counted("stage at the end", stages.map(|(stage, n)| (stage.as_str(), *n))).write(out)?;
    counted("closed because", report.closed.iter().map(|(reason, n)| (*reason, *n))).write(out)?;
    let by_name = |counts: &BTreeMap<String, u64>| counts.clone().into_iter().collect::<Vec<_>>();
    for (title, counts) in [("outcome", by_name(&told.outcomes)), ("remedy", by_name(&told.remedies))] {
        counted(title, counts.iter().map(|(name, n)| (name.as_str(), *n))).write(out)?;
    }
    writeln!(out, "disputed {}, reopened {}\n", told.disputed(), report.reopened)?;
    deadlines(report).write(out)?;
    lateness(report).write(out)?;
    latest(report).write(out)?;
    waiting(report).write(out)?;
    durations(report).write(out)?;
    if told.timely_yes + told.timely_no > 0 {
        let (yes, no) = (told.timely_yes, told.timely_no);
        writeln!(out, "What the source itself says: timely {yes}, not timely {no}\n")?;
    }
    counted("accepted, though odd", told.warnings.iter().map(|(warning, n)| (*warning, *n))).write(out)?;
    refused("rows that cannot be used", &report.refused, out)?;
    refused("facts that the workflow refused", &told.rejections, out)?;
    let (commands, ticks, seconds) = (told.commands, told.ticks, told.seconds);
    let rate = per_second(report);
    writeln!(out, "{commands} commands and {ticks} ticks in {seconds:.2} s: {rate:.0} commands a second")?;
    Ok(())
}

fn files(report: &Report) -> Table {
    let mut table = Table::new(&["file", "format", "rows", "opened", "duplicates", "refused"]);
    table.left([0, 1]);
    for file in &report.files {
        let numbers = [file.rows, file.opened, file.duplicates, file.refused].map(number);
        table.row([file.file.clone(), file.format.to_owned()].into_iter().chain(numbers));
    }
    if report.files.len() > 1 {
        let refused = report.files.iter().map(|file| file.refused).sum();
        let numbers = [report.rows(), report.opened(), report.duplicates(), refused].map(number);
        table.row(["together".to_owned(), String::new()].into_iter().chain(numbers));
    }
    table
}

/// Names with their numbers, the largest first, and their shares.
fn counted<'a>(title: &'static str, counts: impl Iterator<Item = (&'a str, u64)>) -> Table {
    let mut counts: Vec<_> = counts.collect();
    counts.sort_by_key(|(name, n)| (std::cmp::Reverse(*n), *name));
    let all = counts.iter().map(|(_, n)| n).sum();
    let mut table = Table::new(&[title, "", "share"]);
    table.left([0]);
    for (name, n) in counts {
        table.row([name.to_owned(), number(n), share(n, all)]);
    }
    table
}

fn deadlines(report: &Report) -> Table {
    let mut table = Table::new(&[
        "deadline", "set", "met", "late", "overdue", "running", "paused", "excused", "waived", "moot",
        "lapsed", "kept",
    ]);
    table.left([0]);
    for (kind, sum) in report.deadlines.iter().filter(|(_, sum)| sum.set > 0) {
        let numbers = [
            sum.set,
            sum.met,
            sum.late,
            sum.overdue,
            sum.running,
            sum.paused,
            sum.excused,
            sum.waived,
            sum.moot,
            sum.lapsed,
        ];
        let kept =
            if kind.is_owed() { share(sum.met, sum.met + sum.late + sum.overdue) } else { String::new() };
        table.row([kind.to_string()].into_iter().chain(numbers.map(number)).chain([kept]));
    }
    table
}

fn lateness(report: &Report) -> Table {
    let mut table = Table::new(&["late by", "times", "half up to", "nine in ten", "the worst"]);
    table.left([0]);
    for (kind, sum) in report.deadlines.iter().filter(|(_, sum)| !sum.by.is_empty()) {
        let mut by = sum.by.clone();
        by.sort_unstable();
        let up_to = |percent| percentile(&by, percent).map(duration).unwrap_or_default();
        table.row([kind.to_string(), number(by.len() as u64), up_to(50), up_to(90), up_to(100)]);
    }
    table
}

fn latest(report: &Report) -> Table {
    let mut table = Table::new(&["latest of all", "deadline", "with", "due", "done", "late by"]);
    table.sides([Side::Left, Side::Left, Side::Left, Side::Left, Side::Left, Side::Right]);
    let mut latest: Vec<_> = report.latest.iter().collect();
    latest.sort_by(|a, b| (b.by, &a.who).cmp(&(a.by, &b.who)));
    for late in latest.into_iter().take(LISTED) {
        let done = late.done.map_or_else(|| "not yet".to_owned(), minute);
        let cells = [late.who.clone(), late.kind.to_string(), late.team.clone(), minute(late.due), done];
        table.row(cells.into_iter().chain([duration(late.by)]));
    }
    table
}

fn waiting(report: &Report) -> Table {
    let mut table = Table::new(&["who waits longest", "by", "with", "stage", "since", "waits"]);
    table.sides([Side::Left, Side::Left, Side::Left, Side::Left, Side::Left, Side::Right]);
    let mut waiting: Vec<_> = report.waiting.iter().collect();
    waiting.sort_by(|a, b| (a.since, &a.who).cmp(&(b.since, &b.who)));
    for waiting in waiting.into_iter().take(LISTED) {
        let (who, channel, team) = (waiting.who.clone(), waiting.channel.clone(), waiting.team.clone());
        let (since, waits) = (minute(waiting.since), duration(report.as_of - waiting.since));
        table.row([who, channel, team, waiting.stage.to_string(), since, waits]);
    }
    if report.unresolved > LISTED as u64 {
        table.note(format!("and {} others without a resolution", report.unresolved - LISTED as u64));
    }
    table
}

fn durations(report: &Report) -> Table {
    let mut table = Table::new(&["it took", "times", "half within", "nine in ten"]);
    table.left([0]);
    for step in Step::ALL {
        let mut all = report.told.durations.get(&step).cloned().unwrap_or_default();
        all.sort_unstable();
        let up_to = |percent| percentile(&all, percent).map(duration).unwrap_or_default();
        if !all.is_empty() {
            table.row([format!("to {}", step.as_str()), number(all.len() as u64), up_to(50), up_to(90)]);
        }
    }
    table
}

fn refused(title: &str, refused: &[super::Refused], out: &mut dyn Write) -> Result<(), Failure> {
    if refused.is_empty() {
        return Ok(());
    }
    writeln!(out, "{title}: {}", refused.len())?;
    for one in refused.iter().take(LISTED) {
        let fact = one.fact.map(|fact| format!(" {fact}:")).unwrap_or_default();
        writeln!(out, "  {}:{}:{fact} {}", one.file, one.line, one.reason)?;
    }
    if refused.len() > LISTED {
        writeln!(out, "  and {} others; --json lists them all", refused.len() - LISTED)?;
    }
    writeln!(out)?;
    Ok(())
}

fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn share(part: u64, all: u64) -> String {
    let tenths = (part * 1000 + all / 2).checked_div(all);
    tenths.map_or_else(String::new, |tenths| format!("{}.{}%", tenths / 10, tenths % 10))
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M").to_string()
}

/// The two largest units of it.
fn duration(duration: TimeDelta) -> String {
    let minutes = duration.num_minutes();
    match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => format!("{} s", duration.num_seconds()),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes:02} min"),
        (days, hours, _) if days < 100 => format!("{days} d {hours:2} h"),
        (days, ..) => format!("{} d", number(days.unsigned_abs())),
    }
}
