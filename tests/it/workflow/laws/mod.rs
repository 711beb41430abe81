//! The laws. Each is stated once, of one transition: a command on a case, and what came of it. The random
//! lives check it at every step that they take, the search at every step that there is.
//!
//! They look at what was recorded and never ask the workflow whether it agrees. They are cheap, because
//! the search asks them millions of times: nothing is allocated but to say what broke.

use chrono::{DateTime, Utc};
use talkback::policy::PolicyBook;
use talkback::workflow::{CommandKind, Rejection};
use talkback::{Case, CommandId, Deadline, DeadlineKind, DeadlineState, Event, Notice};

use super::run::{Order, Run};

mod deadlines;
mod history;
mod pairs;
mod path;
mod verdicts;

pub(crate) use deadlines::{
    law_02_nobody_is_forgotten, law_04_the_past_stays, law_05_late_stays_late, law_06_answered_or_owed,
};
pub(crate) use history::{
    law_01_the_fold_is_the_snapshot, law_03_equal_in_equal_out, law_07_no_gap_and_no_way_back,
    law_10_one_sentence, law_10_refused_means_unchanged, law_10_what_is_listed_is_possible,
    law_12_a_notice_iff_its_event, notes_stay_inside, what_is_stored_reads_back,
};
pub(crate) use pairs::{law_17_a_split_owes_from_its_own_time, law_17_nothing_is_lost_by_merging};
pub(crate) use path::{
    law_08_no_way_around_the_customer, law_09_customers_can_leave, machines_answer_once, milestones_in_order,
    reopening_begins_anew,
};
pub(crate) use verdicts::{law_11_ticks_do_not_matter, same_verdicts, verdicts_follow_the_instants};

/// One command on a case and what came of it.
pub(crate) struct Seen<'a> {
    pub(crate) order: &'a Order,
    /// The command's id.
    pub(crate) id: CommandId,
    /// The policies that the application had at that time.
    pub(crate) book: &'a PolicyBook,
    pub(crate) before: Option<&'a Case>,
    /// The case before it, once time had brought what it brings.
    pub(crate) caught_up: Option<&'a Case>,
    /// What the actor may do with that.
    pub(crate) legal: &'a [CommandKind],
    pub(crate) outcome: &'a Result<Vec<Event>, Rejection>,
    /// The same decision, made a second time; `None` where it was not asked for.
    pub(crate) again: Option<&'a Result<Vec<Event>, Rejection>>,
    /// What was stored.
    pub(crate) after: Option<&'a Case>,
    /// The case after each event, as folding gives it.
    pub(crate) folds: &'a [Case],
    /// For each event the notices that it calls for.
    pub(crate) notices: &'a [Vec<Notice>],
    /// Whether the customer could withdraw afterwards; `None` where it was not asked for.
    pub(crate) may_withdraw: Option<bool>,
}

impl<'a> Seen<'a> {
    pub(crate) fn events(&self) -> &'a [Event] {
        self.outcome.as_deref().unwrap_or_default()
    }

    /// The case that an accepted command left. A refused one left it as it was.
    pub(crate) fn stored(&self) -> Option<&'a Case> {
        self.after.filter(|_| self.outcome.is_ok())
    }

    /// Each event with the case before it and the case after it.
    pub(crate) fn unfolded(&self) -> impl Iterator<Item = (Option<&'a Case>, &'a Event, &'a Case)> {
        let before = std::iter::once(self.before).chain(self.folds.iter().map(Some));
        before.zip(self.events()).zip(self.folds).map(|((before, event), after)| (before, event, after))
    }
}

/// A law: says what breaks it.
pub(crate) type Law = fn(&Seen<'_>) -> Result<(), String>;

/// Every law that holds for any transition: its numbers, those of the invariants that it says as well,
/// and the law.
pub(crate) const LAWS: [(&str, Law); 16] = [
    ("1, I2", law_01_the_fold_is_the_snapshot),
    ("2, I7, I8", law_02_nobody_is_forgotten),
    ("3", law_03_equal_in_equal_out),
    ("4", law_04_the_past_stays),
    ("5, I11", law_05_late_stays_late),
    ("6", law_06_answered_or_owed),
    ("7, I3", law_07_no_gap_and_no_way_back),
    ("8, I15", law_08_no_way_around_the_customer),
    ("9", law_09_customers_can_leave),
    ("10", law_10_refused_means_unchanged),
    ("12", law_12_a_notice_iff_its_event),
    ("I9, I10", milestones_in_order),
    ("I12, I13", verdicts_follow_the_instants),
    ("I16", reopening_begins_anew),
    ("I20", machines_answer_once),
    ("I24", notes_stay_inside),
];

/// Checks them all; says which broke, where, and what led to it.
pub(crate) fn check(run: &Run) -> Result<(), String> {
    let broken = |n: usize, broken: String| format!("step {n}: {broken}\n{}", told(run));
    for (n, seen) in run.seen().enumerate() {
        check_one(&seen).map_err(|what| broken(n, what))?;
        let sentence = seen.outcome.as_ref().err().map_or(Ok(()), law_10_one_sentence);
        sentence.map_err(|what| broken(n, format!("law 10: {what}")))?;
    }
    law_11_ticks_do_not_matter(run).map_err(|what| format!("law 11: {what}\n{}", told(run)))
}

/// Checks every law of one transition.
pub(crate) fn check_one(seen: &Seen<'_>) -> Result<(), String> {
    LAWS.iter().try_for_each(|(name, law)| law(seen).map_err(|broken| format!("law {name}: {broken}")))
}

/// A life in a line for each order and each event.
fn told(run: &Run) -> String {
    let mut lines = String::new();
    for (n, step) in run.steps.iter().enumerate() {
        let order = &step.order;
        let by = &order.actor.party;
        lines += &format!("{n}: {} {:?} by {by:?}, at {:?}\n", order.now, order.command, order.occurred_at);
        for event in step.events() {
            let changes: Vec<_> = event.changes.iter().map(|change| serde_json::json!(change)).collect();
            lines += &format!("   {} {}, {:?} {changes:?}\n", event.occurred_at, event.fact, event.by);
        }
    }
    lines
}

/// `Err` with the message unless it holds.
macro_rules! hold {
    ($holds:expr, $($message:tt)+) => {
        if !$holds {
            return Err(format!($($message)+));
        }
    };
}
pub(crate) use hold;

fn running(case: &Case, kind: DeadlineKind) -> impl Iterator<Item = &Deadline> {
    case.deadlines.of_kind(kind).filter(|deadline| deadline.state == DeadlineState::Running)
}

/// The first instant at which a deadline needs somebody to look.
fn looks(deadline: &Deadline) -> Option<DateTime<Utc>> {
    let step = deadline.next_step.as_ref().map(|step| step.at);
    match deadline.state {
        DeadlineState::Running => Some(step.map_or(deadline.late_from, |step| step.min(deadline.late_from))),
        DeadlineState::Breached => step,
        _ => None,
    }
}
