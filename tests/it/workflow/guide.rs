//! What the documentation tells those who run a service is what the code does, as far as it can be counted.

use std::collections::BTreeSet;

use talkback::policy::{Span, Terms, WorkingHours};
use talkback::{CloseReason, DeadlineKind, Delivery, Grants, Stage};

use crate::tables::{code, rows};

const STAGES: &str = include_str!("../../../src/workflow/stages.md");
const DEADLINES: &str = include_str!("../../../src/workflow/deadlines.md");
const AFTERWARDS: &str = include_str!("../../../src/workflow/afterwards.md");

fn first_column<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    rows(page, heading).iter().map(|row| code(row[0])).collect()
}

#[test]
fn every_stage_is_told_of() {
    assert_eq!(first_column(STAGES, "# Stages"), Stage::ALL.map(Stage::as_str));
    let diagram = STAGES.split("```").nth(1).unwrap();
    for stage in Stage::ALL {
        assert!(diagram.contains(stage.as_str()), "{stage} is not in the diagram");
    }
}

#[test]
fn every_kind_of_deadline_is_told_of() {
    assert_eq!(first_column(DEADLINES, "# Deadlines"), DeadlineKind::ALL.map(DeadlineKind::as_str));
    for (row, kind) in rows(DEADLINES, "# Deadlines").iter().zip(DeadlineKind::ALL) {
        assert_eq!(row[1], if kind.is_owed() { "owed" } else { "limit" }, "{kind}");
        assert_eq!(row[5] == "missed", kind.is_owed(), "{kind}: what happens when its time is over");
        let pausable = matches!(kind, DeadlineKind::Resolve | DeadlineKind::Update);
        assert_eq!(row[4], if pausable { "if the policy says so" } else { "never" }, "{kind}");
    }
}

/// Serde knows every reason, every result and every right.
#[test]
fn every_end_every_report_and_every_right_is_told_of() {
    let error = serde_json::from_str::<CloseReason>("\"?\"").unwrap_err().to_string();
    let reasons: BTreeSet<_> = error.split('`').skip(3).step_by(2).collect();
    assert!(reasons.len() > 5, "{error}");
    assert_eq!(first_column(AFTERWARDS, "# How a case ends").into_iter().collect::<BTreeSet<_>>(), reasons);
    let rights = serde_json::to_value(Grants::ALL).unwrap();
    let rights: BTreeSet<_> = rights.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(first_column(AFTERWARDS, "# Rights").into_iter().collect::<BTreeSet<_>>(), rights);
    let reports = rows(AFTERWARDS, "# Messages that do not arrive");
    let reports: BTreeSet<_> = reports.iter().flat_map(|row| row[0].split('`').skip(1).step_by(2)).collect();
    assert_eq!(reports, Delivery::ALL.map(Delivery::as_str).into());
}

/// Where the pages say what holds unless the policy says otherwise, that is the default of the terms.
#[test]
fn what_holds_by_default_is_told() {
    let terms = Terms::default();
    let said = |page: &str, words: &str| {
        assert!(page.replace('\n', " ").contains(words), "{words}");
    };
    assert_eq!(terms.grace_seconds, 5 * 60);
    said(DEADLINES, "grace (five minutes unless it says otherwise)");
    assert_eq!(terms.follow_up_attempts, 2);
    said(AFTERWARDS, "as often as the policy says (twice, unless it says otherwise)");
    assert_eq!(terms.reopen_within, Span::calendar_days(30));
    said(AFTERWARDS, "The window is thirty days unless the policy says otherwise");
    let floor = talkback::policy::ReopenResolve::Remaining { floor: Span::working_days(1) };
    assert_eq!(terms.reopen_resolve, floor);
    said(AFTERWARDS, "no less than a floor (one working day)");
    assert_eq!(terms.dispatch_seconds, 3_600);
    said(AFTERWARDS, "within the policy's time (one hour, unless it says otherwise)");
    assert_eq!(terms.minimum_notice, WorkingHours::hours(4));
    said(AFTERWARDS, "the policy's notice (four working hours, unless it says otherwise)");
    assert_eq!(terms.ladder.accepted_for, WorkingHours::hours(8));
    said(DEADLINES, "the next steps then wait for eight working hours");
}

#[test]
fn the_ladder_is_the_default_one() {
    let ladder = Terms::default().ladder;
    let hours = |hours: WorkingHours| hours.delta().num_hours();
    let mut steps = Vec::new();
    for step in &ladder.warn {
        steps.push(("warning", format!("{} working hour before", hours(step.offset)), code_of(&step.role)));
    }
    for step in &ladder.escalate {
        let when = match hours(step.offset) {
            0 => "when it is missed".to_owned(),
            after => format!("{after} working hours after"),
        };
        steps.push(("escalation", when, code_of(&step.role)));
    }
    let repeat = format!("every {} working hours from then on", hours(ladder.repeat.unwrap()));
    steps.push(("reminder", repeat, "as the last step".to_owned()));
    let rows = rows(DEADLINES, "# Warnings and escalations");
    let rows: Vec<_> = rows.iter().map(|row| (row[0], row[1].to_owned(), row[2].to_owned())).collect();
    assert_eq!(rows, steps);
}

fn code_of(role: &talkback::Name) -> String {
    format!("`{role}`")
}
