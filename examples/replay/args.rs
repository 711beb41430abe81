//! How `replay` is called.

use chrono::{DateTime, Utc};

use super::format::{Format, time};
use super::policy;
use super::store::{self, Store};

/// What was asked for.
pub(crate) enum Asked {
    Help,
    Play(Args),
}

/// What to play, and how to report it.
#[derive(Default)]
pub(crate) struct Args {
    /// The files, in order; none: the sample.
    pub(crate) files: Vec<String>,
    /// Their format; `None`: by the header of each.
    pub(crate) format: Option<Format>,
    /// The policy for all cases; `None`: that of each format.
    pub(crate) policy: Option<policy::Asked>,
    /// The time at which the play ends; `None`: the last time in the files.
    pub(crate) as_of: Option<DateTime<Utc>>,
    /// Where the cases are kept.
    pub(crate) store: Store,
    /// One JSON object instead of tables.
    pub(crate) json: bool,
}

pub(crate) const HELP: &str = "\
replay plays files of feedback through a desk, in the order in which things happened, while a
worker makes deadlines fire, and reports what was late and by how much.

  replay [FILE.csv ...] [--format auto|feedback|cfpb|nyc311] [--policy NAME] [--variant NAME]
         [--as-of TIME] [--backend memory|sqlite:FILE|postgres:URL]
         [--json]

Without a file it plays the sample that comes with it.

  --format   the layout of the files; auto (the default) tells by the header
  --policy   adds the deadlines of a policy: review-floor, house-standard or any other preset, such as
             uk-fca-disp (the documentation of policy::presets lists them; no legal advice). Of a rule
             that changed, each case has the version of its day. Without it each format has the
             deadlines that its columns can answer:
               feedback  house-standard
               nyc311    the promised date, and the review that every open case has
               cfpb      the review that every open case has
             The answers of cfpb have no time, so under any policy what they would have met is moot
  --variant  the preset's variant for other circumstances, such as stage-2 of uk-housing
  --as-of    2026-11-22, 2026-11-22 17:30 (UTC) or 2026-11-22T17:30:00+01:00: when the play ends.
             Default: the last time at which something happened in the files. What happened after it
             is not played, and a row received after it is refused.
  --backend  where the cases are kept: in memory (the default), in a SQLite file that stays (needs a
             build with the feature sqlite or sqlite-bundled), or under the schema talkback of a
             PostgreSQL database, such as postgres:postgresql://me@localhost/shop (needs the feature
             postgres-deadpool; without encryption). Playing the same files into it again changes nothing.
  --json     one JSON object instead of tables
  --help     this text

FORMATS
  cfpb      The complaint export of the CFPB: the current 18 columns, the layout of 2014, with or
            without complaint ids. Date received opens, Date sent to company hands over, both at the
            start of that day in New York. The response and the dispute have no time: they are played
            at --as-of, and what the response would have met is moot (time unknown). \"In progress\"
            is a word without a time, which resolves nothing; \"Untimely response\" is none at all.
  nyc311    New York's service requests, local times of New York. The due date is a promise, given
            when the request was created. A closing date resolves the case with the resolution text;
            without one, that text is a reply at the time of its update. The outcome is read from
            the agencies' standard sentences and is unspecified where none of them is there.
  feedback  Our own layout. Times are RFC 3339, or 2026-03-02 and 2026-03-02 14:30 in UTC. Needed:
            received_at and one of subject, body, rating. All columns:
              id, received_at, kind, channel, subject, body, rating (stars:4, nps:9, csat:2, ces:5,
              thumb:1), customer, contact (an address, a number, a web page, in-thread, nowhere, or a
              place), reply_to (our address, number or page; without one: where it was said), priority,
              labels (a b c), product, touchpoint, automatic (yes)
              agent, team, assigned_at      who is in charge (from received_at, unless it says when)
              promised_at, promised_by      a date for the resolution
              acknowledged_at, acknowledgement
              replied_at, reply
              waiting_at, waiting_for (customer, third-party), waiting_until, waiting, resumed_at
              unreachable_at, unreachable   what was tried
              resolved_at, outcome, remedy, resolution, root_cause, credited (staff:ID, team:ID)
              thanked_at                    the credited people were told
              followed_up_at
              answered_at, answer (satisfied, neutral, unsatisfied, disputed), answer_words
              wrote_at, wrote, wrote_tone (plain, dispute, thanks)
              reopened_at, reopened         an employee takes it up again, and why
              resolved_again_at, outcome_again, resolution_again
              followed_up_again_at, answered_again_at, answer_again
              closed_at, closed_reason (confirmed, unanswered, thanks-sufficed, spam, referred,
              waived), closed_words
              withdrawn_at, exit_reason, withdrawn_words, left (yes)
  A row without an id is identified by its fields and its count among equal rows of its file. A row
  with the id of an earlier one is a duplicate and changes nothing.
  Words of customers are played as they are. In names and subjects a control character becomes a
  blank, in texts of agencies the doubly encoded no-break space does. Bytes that are not UTF-8 are
  read as Windows-1252.

JSON
  rows                  rows of the files, their headers left out
  opened                cases that were opened
  duplicates            rows of a case that another row had opened
  refused               rows that cannot be used: [{file, line, reason}]
                        (rows = opened + duplicates + refused)
  channels, kinds       opened cases by channel and by kind
  stages                cases by the stage that they ended in
  outcomes              resolutions by outcome, those before a reopening included
  reopened              reopenings
  disputed              cases whose resolution the customer disputed
  source_claims         {timely_yes, timely_no}: what the source itself says of opened cases
  deadlines             per kind {met, late, overdue, running, paused, excused, waived, moot}, and
                        lapsed for limits. late: missed, then done. overdue: missed and not done at
                        the end. A missed deadline that is excused counts in excused as well.
  durations             per step {n, median_seconds, p90_seconds}: hand-over, acknowledge, respond,
                        resolve, follow-up, answer. Elapsed time from the start of the case's round
                        (follow-up: from the resolution, answer: from the follow-up); null if n is 0.
                        Facts without a time of their own are left out.
  commands              commands carried out
  seconds               how long they took, the worker included
  commands_per_second   the one by the other
  and beyond these:
  as_of                 the time at which the play ended
  files                 per file {file, format, rows, opened, duplicates, refused}
  remedies              resolutions by remedy
  closed                closed cases by reason
  warnings              odd things that were accepted, and how often
  rejections            facts that the workflow refused: [{file, line, fact, reason}]
  ticks                 cases that the worker looked at

EXIT CODE  0 played, 1 a file cannot be played, 2 called wrongly
";

/// Reads the arguments, without the program's own name.
pub(crate) fn parse(args: impl IntoIterator<Item = String>) -> Result<Asked, String> {
    let mut args = args.into_iter();
    let mut parsed = Args::default();
    let (mut named, mut variant) = (None, None);
    while let Some(arg) = args.next() {
        let (name, given) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
            _ => (arg, None),
        };
        let mut value = || given.clone().or_else(|| args.next()).ok_or(format!("{name} needs a value"));
        match name.as_str() {
            "--help" | "-h" => return Ok(Asked::Help),
            "--json" if given.is_none() => parsed.json = true,
            "--json" => return Err("--json takes no value".to_owned()),
            "--format" => parsed.format = format_named(&value()?)?,
            "--policy" => named = Some(value()?),
            "--variant" => variant = Some(value()?),
            "--as-of" => {
                let text = value()?;
                let at = time::flexible(&text).map_err(|why| format!("--as-of {text}: {why}"))?;
                parsed.as_of = Some(at);
            }
            "--backend" => parsed.store = store::named(&value()?)?,
            "--" => parsed.files.extend(args.by_ref()),
            _ if name.starts_with('-') => return Err(format!("there is no option {name}")),
            _ => parsed.files.push(name),
        }
    }
    parsed.policy = match (named, variant) {
        (Some(name), variant) => Some(policy::named(&name, variant)?),
        (None, Some(_)) => return Err("--variant belongs to --policy".to_owned()),
        (None, None) => None,
    };
    Ok(Asked::Play(parsed))
}

fn format_named(name: &str) -> Result<Option<Format>, String> {
    if name == "auto" {
        return Ok(None);
    }
    let known = Format::ALL.into_iter().find(|format| format.name() == name);
    known.map(Some).ok_or_else(|| format!("there is no format {name}: auto, feedback, cfpb or nyc311"))
}
