//! What it is asked to do.

use talkback::{CaseId, SystemClock};

pub(crate) const HELP: &str = "\
Opens complaints that nobody answers, and kills the workers that are to notice.

    night_shift [--backend sqlite:FILE|postgres:URL] [--deadlines N] [--workers N] [--kills N] [--json]

    --backend    where; a file in the temporary directory unless told, which is removed afterwards. What is there
                 already is left alone: each shift has a tenant of its own.
    --deadlines  how many come due; 1000 unless told
    --workers    how many worker processes there are at a time; 2 unless told
    --kills      how many are killed; 20 unless told
    --json       one line for machines: deadlines, effects, duplicates, lost, kills, seconds
";

pub(crate) enum Asked {
    Help,
    /// To hold a shift.
    Shift(Args),
    /// To be one of its workers.
    Work(Args),
}

pub(crate) struct Args {
    /// `sqlite:FILE` or `postgres:URL`; `None` for a file of its own.
    pub(crate) backend: Option<String>,
    pub(crate) tenant: String,
    pub(crate) deadlines: usize,
    pub(crate) workers: usize,
    pub(crate) kills: usize,
    pub(crate) json: bool,
}

pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Asked, String> {
    let mut parsed = Args {
        backend: None,
        tenant: format!("night-{}", CaseId::mint(&SystemClock)),
        deadlines: 1_000,
        workers: 2,
        kills: 20,
        json: false,
    };
    let mut work = false;
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--json" => parsed.json = true,
            "--backend" => parsed.backend = Some(value()?),
            "--deadlines" => parsed.deadlines = number(&value()?)?,
            "--workers" => parsed.workers = number(&value()?)?.max(1),
            "--kills" => parsed.kills = number(&value()?)?,
            // How the program calls itself.
            "--work-for" => {
                work = true;
                parsed.tenant = value()?;
            }
            other => return Err(format!("what is {other:?}?")),
        }
    }
    Ok(if work { Asked::Work(parsed) } else { Asked::Shift(parsed) })
}

fn number(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| format!("{text:?} is no number"))
}
