//! The laws, each as a check of a life. They look at what was recorded and never ask the workflow
//! whether it agrees.

use talkback::{Case, Deadline, DeadlineKind, DeadlineState};

use super::run::Run;

mod deadlines;
mod history;
mod path;

pub(crate) use deadlines::{
    law_02_nobody_is_forgotten, law_04_the_past_stays, law_05_late_stays_late, law_06_answered_or_owed,
    law_11_ticks_do_not_matter, verdicts_follow_the_instants,
};
pub(crate) use history::{
    law_01_the_fold_is_the_snapshot, law_03_equal_in_equal_out, law_07_no_gap_and_no_way_back,
    law_10_refused_means_unchanged, law_12_a_notice_iff_its_event, what_is_stored_reads_back,
};
pub(crate) use path::{
    law_08_no_way_around_the_customer, law_09_customers_can_leave, machines_answer_once, milestones_in_order,
};

/// A law: says what breaks it.
pub(crate) type Law = fn(&Run) -> Result<(), String>;

/// Every law that holds for any life, by name.
pub(crate) const LAWS: [(&str, Law); 15] = [
    ("1", law_01_the_fold_is_the_snapshot),
    ("2", law_02_nobody_is_forgotten),
    ("3", law_03_equal_in_equal_out),
    ("4", law_04_the_past_stays),
    ("5", law_05_late_stays_late),
    ("6", law_06_answered_or_owed),
    ("7", law_07_no_gap_and_no_way_back),
    ("8", law_08_no_way_around_the_customer),
    ("9", law_09_customers_can_leave),
    ("10", law_10_refused_means_unchanged),
    ("11", law_11_ticks_do_not_matter),
    ("12", law_12_a_notice_iff_its_event),
    ("I9, I10", milestones_in_order),
    ("I12, I13", verdicts_follow_the_instants),
    ("I20", machines_answer_once),
];

/// Checks them all; says which broke, where, and what led to it.
pub(crate) fn check(run: &Run) -> Result<(), String> {
    let holds =
        |(name, law): &(&str, Law)| law(run).map_err(|broken| format!("law {name}: {broken}\n{}", told(run)));
    LAWS.iter().try_for_each(holds)
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
