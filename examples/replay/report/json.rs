//! The report as one JSON object. Its keys are documented in the help.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use super::super::Failure;
use super::super::timeline::{Counted, Refused};
use super::{Report, Step, Sum, percentile};

pub(crate) fn write(report: &Report, out: &mut dyn Write) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, &Object::of(report))?;
    writeln!(out)?;
    Ok(())
}

/// Its fields are written in this order.
#[derive(Serialize)]
struct Object<'a> {
    rows: u64,
    opened: u64,
    duplicates: u64,
    refused: &'a [Refused],
    channels: &'a BTreeMap<String, u64>,
    kinds: &'a BTreeMap<String, u64>,
    stages: BTreeMap<&'static str, u64>,
    outcomes: &'a BTreeMap<String, u64>,
    reopened: u64,
    disputed: usize,
    source_claims: Claims,
    deadlines: BTreeMap<&'static str, &'a Sum>,
    durations: BTreeMap<&'static str, Duration>,
    commands: u64,
    seconds: f64,
    commands_per_second: f64,
    as_of: String,
    files: &'a [Counted],
    remedies: &'a BTreeMap<String, u64>,
    closed: &'a BTreeMap<&'static str, u64>,
    warnings: &'a BTreeMap<&'static str, u64>,
    rejections: &'a [Refused],
    ticks: usize,
}

#[derive(Serialize)]
struct Claims {
    timely_yes: u64,
    timely_no: u64,
}

#[derive(Serialize)]
struct Duration {
    n: usize,
    median_seconds: Option<i64>,
    p90_seconds: Option<i64>,
}

impl<'a> Object<'a> {
    fn of(report: &'a Report) -> Self {
        let told = &report.told;
        Self {
            rows: report.rows(),
            opened: report.opened(),
            duplicates: report.duplicates(),
            refused: &report.refused,
            channels: &report.channels,
            kinds: &report.kinds,
            stages: report.stages.iter().map(|(stage, n)| (stage.as_str(), *n)).collect(),
            outcomes: &told.outcomes,
            reopened: report.reopened,
            disputed: told.disputed(),
            source_claims: Claims { timely_yes: told.timely_yes, timely_no: told.timely_no },
            deadlines: report.deadlines.iter().map(|(kind, sum)| (kind.as_str(), sum)).collect(),
            durations: Step::ALL.into_iter().map(|step| (step.as_str(), duration(report, step))).collect(),
            commands: told.commands,
            seconds: told.seconds,
            commands_per_second: per_second(report),
            as_of: report.as_of.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
            files: &report.files,
            remedies: &told.remedies,
            closed: &report.closed,
            warnings: &told.warnings,
            rejections: &told.rejections,
            ticks: told.ticks,
        }
    }
}

fn duration(report: &Report, step: Step) -> Duration {
    let mut all = report.told.durations.get(&step).cloned().unwrap_or_default();
    all.sort_unstable();
    let seconds = |percent| percentile(&all, percent).map(|duration| duration.num_seconds());
    Duration { n: all.len(), median_seconds: seconds(50), p90_seconds: seconds(90) }
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
pub(super) fn per_second(report: &Report) -> f64 {
    let (commands, seconds) = (report.told.commands as f64, report.told.seconds);
    if seconds > 0.0 { (commands / seconds).round() } else { 0.0 }
}
