//! What came of it: what was told while it was played, and how the cases stand at the end.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::backend::{PageRequest, Record};
use talkback::{Case, DeadlineKind, DeadlineState, Desk, Stage};

use super::Failure;
use super::timeline::{Counted, Refused, Timeline};

pub(crate) mod json;
pub(crate) mod text;
mod told;

pub(crate) use told::{Step, Told};

/// How many cases a list of the worst shows.
const LISTED: usize = 10;
/// How many cases are read at a time.
const PAGE: usize = 500;

/// Everything that is reported.
pub(crate) struct Report {
    pub(crate) as_of: DateTime<Utc>,
    pub(crate) files: Vec<Counted>,
    pub(crate) refused: Vec<Refused>,
    pub(crate) told: Told,
    pub(crate) channels: BTreeMap<String, u64>,
    pub(crate) kinds: BTreeMap<String, u64>,
    pub(crate) stages: BTreeMap<Stage, u64>,
    pub(crate) closed: BTreeMap<&'static str, u64>,
    pub(crate) reopened: u64,
    pub(crate) deadlines: BTreeMap<DeadlineKind, Sum>,
    /// What was latest, the worst first.
    pub(crate) latest: Vec<Late>,
    /// Who waits longest, the first first.
    pub(crate) waiting: Vec<Waiting>,
    /// How many wait.
    pub(crate) unresolved: u64,
}

/// How the deadlines of a kind ended, all cases together.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Sum {
    #[serde(skip)]
    pub(crate) set: u64,
    pub(crate) met: u64,
    pub(crate) late: u64,
    pub(crate) overdue: u64,
    pub(crate) running: u64,
    pub(crate) paused: u64,
    pub(crate) excused: u64,
    pub(crate) waived: u64,
    pub(crate) moot: u64,
    pub(crate) lapsed: u64,
    /// By how much each missed one was, or is, late.
    #[serde(skip)]
    pub(crate) by: Vec<TimeDelta>,
}

/// A deadline that was missed.
pub(crate) struct Late {
    pub(crate) by: TimeDelta,
    pub(crate) kind: DeadlineKind,
    pub(crate) due: DateTime<Utc>,
    pub(crate) done: Option<DateTime<Utc>>,
    pub(crate) who: String,
    pub(crate) team: String,
}

/// Somebody who has no resolution yet.
pub(crate) struct Waiting {
    pub(crate) since: DateTime<Utc>,
    pub(crate) who: String,
    pub(crate) team: String,
    pub(crate) channel: String,
    pub(crate) stage: Stage,
}

impl Report {
    /// Reads how the cases stand, page by page.
    pub(crate) async fn of(
        told: Told,
        desk: &Desk,
        mut timeline: Timeline,
        as_of: DateTime<Utc>,
    ) -> Result<Self, Failure> {
        let mut report = Self {
            as_of,
            files: timeline.counted(),
            refused: std::mem::take(&mut timeline.refused),
            told,
            channels: BTreeMap::new(),
            kinds: BTreeMap::new(),
            stages: Stage::ALL.into_iter().map(|stage| (stage, 0)).collect(),
            closed: BTreeMap::new(),
            reopened: 0,
            deadlines: DeadlineKind::ALL.into_iter().map(|kind| (kind, Sum::default())).collect(),
            latest: Vec::new(),
            waiting: Vec::new(),
            unresolved: 0,
        };
        let mut request = PageRequest::first(PAGE);
        loop {
            let page = desk.find(desk.query(), request).await?;
            for item in page.items {
                let Record::Case(case) =
                    item.map_err(talkback::BackendError::from).map_err(talkback::Error::from)?.record
                else {
                    continue;
                };
                report.count(&case);
            }
            match page.next {
                Some(cursor) => request = PageRequest::after(PAGE, cursor),
                None => return Ok(report),
            }
        }
    }

    pub(crate) fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    pub(crate) fn opened(&self) -> u64 {
        self.files.iter().map(|file| file.opened).sum()
    }

    pub(crate) fn duplicates(&self) -> u64 {
        self.files.iter().map(|file| file.duplicates).sum()
    }

    fn count(&mut self, case: &Case) {
        *self.channels.entry(case.head.channel.to_string()).or_default() += 1;
        *self.kinds.entry(case.kind().to_string()).or_default() += 1;
        *self.stages.entry(case.stage).or_default() += 1;
        if let (Some(closed), false) = (&case.closed, case.is_open()) {
            *self.closed.entry(closed.reason.as_str()).or_default() += 1;
        }
        self.reopened += u64::from(case.reopened);
        self.count_deadlines(case);
        self.count_breaches(case);
        if case.stage.is_unresolved() {
            self.unresolved += 1;
            let since = case.conversation.unanswered_since().unwrap_or(case.cycle.started_at);
            let (channel, stage) = (case.head.channel.to_string(), case.stage);
            self.waiting.push(Waiting { since, who: who(case), team: team(case), channel, stage });
            keep_worst(&mut self.waiting, |waiting| waiting.since);
        }
    }

    fn count_deadlines(&mut self, case: &Case) {
        for (kind, sum) in &mut self.deadlines {
            let tally = case.deadlines.tally(*kind);
            sum.set += u64::from(tally.set);
            sum.met += u64::from(tally.met);
            sum.late += u64::from(tally.late);
            sum.overdue += u64::from(tally.overdue());
            sum.excused += u64::from(tally.excused);
            sum.waived += u64::from(tally.waived);
            sum.moot += u64::from(tally.moot);
            sum.lapsed += u64::from(tally.lapsed);
            for deadline in case.deadlines.of_kind(*kind) {
                match deadline.state {
                    DeadlineState::Running => sum.running += 1,
                    DeadlineState::Paused { .. } => sum.paused += 1,
                    _ => {}
                }
            }
        }
    }

    fn count_breaches(&mut self, case: &Case) {
        // What was never done and is not owed any more was late until the case ended.
        let end = case.closed.as_ref().filter(|_| !case.is_open()).map_or(self.as_of, |closed| closed.at);
        for breach in case.deadlines.breaches() {
            let by = breach.met.unwrap_or(end) - breach.due;
            if let Some(sum) = self.deadlines.get_mut(&breach.id.kind) {
                sum.by.push(by);
            }
            self.latest.push(Late {
                by,
                kind: breach.id.kind,
                due: breach.due,
                done: breach.met,
                who: who(case),
                team: team(case),
            });
            keep_worst(&mut self.latest, |late| std::cmp::Reverse(late.by));
        }
    }
}

/// Sorts, and drops what the list will not show, once it has grown well beyond that.
fn keep_worst<T, K: Ord>(list: &mut Vec<T>, key: impl Fn(&T) -> K) {
    if list.len() >= 64 * LISTED {
        list.sort_by_key(&key);
        list.truncate(LISTED);
    }
}

/// A case by the id that its source gave it.
fn who(case: &Case) -> String {
    let known = case
        .head
        .references
        .iter()
        .find(|reference| matches!(reference.kind.as_str(), "complaint" | "request" | "feedback"));
    let id =
        known.map_or_else(|| case.id.to_string().chars().take(8).collect(), |known| known.id.to_string());
    format!("{} {id}", case.head.policy)
}

fn team(case: &Case) -> String {
    let team = case.team.as_ref().map(ToString::to_string);
    team.or_else(|| case.owner.as_ref().map(ToString::to_string)).unwrap_or_default()
}

/// The `percent`-th percentile, by the nearest rank, of values that are sorted.
pub(crate) fn percentile<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}
