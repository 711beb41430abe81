//! The laws over random lives.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use talkback::Case;

use super::generate::{Move, life, lived, unsteady_life};
use super::laws::{check, law_11_ticks_do_not_matter, what_is_stored_reads_back};
use super::policies::{book, lax_book};
use super::run::{Real, Run, Workflow};

/// So many cases of a property; more with the variable `PROPTEST_CASES`.
pub(crate) fn cases(least: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(asked.unwrap_or(least)) }
}

pub(crate) fn holds(
    least: u32,
    lives: impl Strategy<Value = Vec<Move>>,
    law: impl Fn(&[Move]) -> Result<(), String>,
) {
    let outcome = TestRunner::new_with_rng(
        cases(least),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
    .run(&lives, |moves| law(&moves).map_err(TestCaseError::fail));
    if let Err(broken) = outcome {
        panic!("{broken}");
    }
}

#[test]
fn the_laws_hold_for_every_life() {
    holds(400, life(50), |moves| check(&lived(&mut Real, vec![book()], moves)));
}

#[test]
fn the_laws_hold_when_policies_change_and_clocks_step_back() {
    holds(250, unsteady_life(50), |moves| check(&lived(&mut Real, vec![book(), lax_book()], moves)));
}

#[test]
fn what_was_stored_reads_back() {
    holds(60, life(40), |moves| what_is_stored_reads_back(&lived(&mut Real, vec![book()], moves)));
}

/// Lived again: never looked at but by its commands; at every wake-up; at each of these intervals.
pub(crate) fn ticked_by(workflow: &mut dyn Workflow, run: &mut Run, every: &[TimeDelta]) {
    let end = run.steps.last().map_or(DateTime::<Utc>::UNIX_EPOCH, |step| step.order.now);
    let end = end + TimeDelta::days(40);
    let never = run.lived_again(workflow, end, |_, _| None);
    let wake_ups = run.lived_again(workflow, end, |case: &Case, _| case.wake_up());
    let mut others = vec![never, wake_ups];
    for every in every {
        others.push(run.lived_again(workflow, end, |_, at| Some(at + *every)));
    }
    run.others = others;
}

#[test]
fn the_verdicts_do_not_depend_on_the_ticks() {
    holds(120, life(30), |moves| {
        let mut run = lived(&mut Real, vec![book()], moves);
        ticked_by(&mut Real, &mut run, &[TimeDelta::hours(7)]);
        law_11_ticks_do_not_matter(&run)
    });
}

#[test]
fn the_verdicts_do_not_depend_on_hourly_ticks() {
    holds(8, life(30), |moves| {
        let mut run = lived(&mut Real, vec![book()], moves);
        ticked_by(&mut Real, &mut run, &[TimeDelta::hours(1), TimeDelta::minutes(97)]);
        law_11_ticks_do_not_matter(&run)
    });
}
