//! The suite keeps its word: every backend passes it, every sabotaged one is caught.

mod crowds;
pub(crate) mod hesitant;
#[cfg(feature = "postgres-deadpool")]
pub(crate) mod postgres;
mod sabotage;
mod saboteur;
mod simulation;
#[cfg(feature = "sqlite")]
mod sqlite;
mod threads;

use std::collections::BTreeSet;
use std::sync::Arc;

use pollster::block_on;
use talkback::testing::conformance::{self, Promise, Report};
use talkback::{Backend, MemoryBackend};

use self::hesitant::Hesitant;
use self::sabotage::How;
use self::saboteur::Sabotaged;

mod memory {
    use std::sync::Arc;

    use talkback::testing::conformance::Promise;
    use talkback::{Backend, MemoryBackend};

    talkback::testing::conformance! {
        block_on: pollster::block_on,
        fresh: async || (Arc::new(MemoryBackend::new()) as Arc<dyn Backend>, ()),
    }

    #[test]
    fn every_promise_is_a_test() {
        let suite: Vec<_> = talkback::testing::conformance::suite().iter().map(Promise::name).collect();
        assert_eq!(TRIED, suite);
    }
}

#[test]
fn a_memory_backend_reports_every_promise() {
    kept(&run(|| Arc::new(MemoryBackend::new())));
}

#[test]
fn a_shared_backend_keeps_every_promise() {
    kept(&run(|| Arc::new(Arc::new(MemoryBackend::new()) as Arc<dyn Backend>)));
}

#[test]
fn a_boxed_backend_keeps_every_promise() {
    kept(&run(|| Arc::new(Box::new(MemoryBackend::new()) as Box<dyn Backend>)));
}

/// Its futures take many polls, so that the suite drops them at each.
#[test]
fn a_hesitant_backend_keeps_every_promise() {
    for (before, after) in [(1, 0), (0, 1), (2, 3)] {
        kept(&run(|| Arc::new(Hesitant::new(before, after))));
    }
}

#[test]
fn every_sabotage_is_caught() {
    let names: BTreeSet<_> = conformance::suite().iter().map(Promise::name).collect();
    let mut missed = Vec::new();
    for (how, promise) in sabotage::ALL {
        assert!(names.contains(promise), "{promise} is no promise");
        let report = run(|| Arc::new(Sabotaged::new(*how)));
        if !report.broken.iter().any(|(name, _)| name == promise) {
            missed.push(format!("{how:?} was to break {promise}: {report}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// A sabotaged backend that does nothing wrong passes: what is caught is the sabotage, not the wrapper.
#[test]
fn the_wrapper_itself_is_sound() {
    kept(&run(|| Arc::new(Sabotaged::new(How::Nothing))));
}

/// Each function of the suite's files is in its list; otherwise it would be a promise that nobody tries.
#[test]
fn the_suite_lists_every_promise() {
    let sources = [
        include_str!("../../src/testing/conformance/claims.rs"),
        include_str!("../../src/testing/conformance/commands.rs"),
        include_str!("../../src/testing/conformance/commits.rs"),
        include_str!("../../src/testing/conformance/erasure.rs"),
        include_str!("../../src/testing/conformance/events.rs"),
        include_str!("../../src/testing/conformance/filters.rs"),
        include_str!("../../src/testing/conformance/find.rs"),
        include_str!("../../src/testing/conformance/notices.rs"),
        include_str!("../../src/testing/conformance/quarantine.rs"),
        include_str!("../../src/testing/conformance/races.rs"),
        include_str!("../../src/testing/conformance/tenants.rs"),
        include_str!("../../src/testing/conformance/texts.rs"),
    ];
    let functions = sources.iter().flat_map(|source| source.lines());
    let functions = functions.filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
    let listed: Vec<_> = conformance::suite().iter().map(Promise::name).collect();
    assert_eq!(functions.collect::<BTreeSet<_>>(), listed.iter().copied().collect());
    assert_eq!(listed.len(), listed.iter().collect::<BTreeSet<_>>().len());
}

fn run<B: Backend>(make: impl Fn() -> Arc<B>) -> Report {
    block_on(conformance::run_all(async || make() as Arc<dyn Backend>))
}

fn kept(report: &Report) {
    assert!(report.is_kept(), "{report}");
    assert_eq!(report.kept.len(), conformance::suite().len());
}
