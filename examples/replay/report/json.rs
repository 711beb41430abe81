//! The report as one JSON object. Its keys are documented in the help.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Map, Value, json};

use super::super::Failure;
use super::{Report, Step, Sum, percentile};

pub(crate) fn write(report: &Report, out: &mut dyn Write) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, &object(report)?)?;
    writeln!(out)?;
    Ok(())
}

fn object(report: &Report) -> Result<Value, Failure> {
    let told = &report.told;
    let deadlines: Map<_, _> =
        report.deadlines.iter().map(|(kind, sum)| (kind.as_str().to_owned(), deadline(sum))).collect();
    let durations: Map<_, _> =
        Step::ALL.into_iter().map(|step| (step.as_str().to_owned(), duration(report, step))).collect();
    let stages: BTreeMap<_, _> = report.stages.iter().map(|(stage, n)| (stage.as_str(), n)).collect();
    Ok(json!({
        "rows": report.rows(),
        "opened": report.opened(),
        "duplicates": report.duplicates(),
        "refused": serde_json::to_value(&report.refused)?,
        "channels": report.channels,
        "kinds": report.kinds,
        "stages": stages,
        "outcomes": told.outcomes,
        "reopened": report.reopened,
        "disputed": told.disputed(),
        "source_claims": { "timely_yes": told.timely_yes, "timely_no": told.timely_no },
        "deadlines": deadlines,
        "durations": durations,
        "commands": told.commands,
        "seconds": told.seconds,
        "commands_per_second": per_second(report),
        "as_of": report.as_of.to_rfc3339(),
        "files": serde_json::to_value(&report.files)?,
        "remedies": told.remedies,
        "closed": report.closed,
        "warnings": told.warnings,
        "rejections": serde_json::to_value(&told.rejections)?,
        "ticks": told.ticks,
    }))
}

fn deadline(sum: &Sum) -> Value {
    json!({
        "met": sum.met,
        "late": sum.late,
        "overdue": sum.overdue,
        "running": sum.running,
        "paused": sum.paused,
        "excused": sum.excused,
        "waived": sum.waived,
        "moot": sum.moot,
        "lapsed": sum.lapsed,
    })
}

fn duration(report: &Report, step: Step) -> Value {
    let mut all = report.told.durations.get(&step).cloned().unwrap_or_default();
    all.sort_unstable();
    let seconds = |percent| percentile(&all, percent).map(|duration| duration.num_seconds());
    json!({ "n": all.len(), "median_seconds": seconds(50), "p90_seconds": seconds(90) })
}

#[expect(clippy::cast_precision_loss, reason = "a rate")]
pub(super) fn per_second(report: &Report) -> f64 {
    let (commands, seconds) = (report.told.commands as f64, report.told.seconds);
    if seconds > 0.0 { (commands / seconds).round() } else { 0.0 }
}
