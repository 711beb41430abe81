//! The suite keeps its word: every backend passes it, every sabotaged one is caught.

mod crowds;
mod differential;
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
use talkback::testing::conformance::{self, Fresh, Hook, HookedPromise, Promise, Report};
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
        include_str!("../../src/testing/conformance/reopened.rs"),
        include_str!("../../src/testing/conformance/damaged.rs"),
    ];
    let functions = sources.iter().flat_map(|source| source.lines());
    let functions = functions.filter_map(|line| line.strip_prefix("pub async fn ")?.split('(').next());
    let listed: Vec<_> = conformance::suite().iter().map(Promise::name).collect();
    let listed: Vec<_> =
        listed.into_iter().chain(conformance::hooked().iter().map(HookedPromise::name)).collect();
    assert_eq!(functions.collect::<BTreeSet<_>>(), listed.iter().copied().collect());
    assert_eq!(listed.len(), listed.iter().collect::<BTreeSet<_>>().len());
}

/// What only the owner of a storage can do to it is missed, and said to be.
#[test]
fn the_report_says_which_hooks_were_not_given() {
    let report = run(|| Arc::new(MemoryBackend::new()));
    assert!(report.is_kept());
    assert_eq!(report.untried.len(), conformance::hooked().len());
    for hook in [Hook::Reopen, Hook::Damage] {
        assert!(report.to_string().contains(&format!("not tried without the hook `{hook}`")), "{report}");
    }
}

/// A store that loses everything when it is opened again, and one of which damaged rows are left out, are caught.
#[test]
fn a_store_that_forgets_and_one_that_hides_damage_are_caught() {
    let forgetful = || {
        Fresh::new(Arc::new(MemoryBackend::new())).reopened_by(async || Arc::new(MemoryBackend::new()) as _)
    };
    let report = block_on(conformance::run_all(async || forgetful()));
    let broken: Vec<_> = report.broken.iter().map(|(name, _)| *name).collect();
    let of = |hook| conformance::hooked().into_iter().filter(move |promise| promise.hook() == hook);
    let all: Vec<_> = of(Hook::Reopen).map(|promise| promise.name()).collect();
    assert!(broken.len() >= 2 && broken.iter().all(|name| all.contains(name)), "{report}");

    // It drops what it was told to damage, so that nothing shows of it.
    let hiding = || Fresh::new(Arc::new(MemoryBackend::new())).damaged_by(async |_| ());
    let report = block_on(conformance::run_all(async || hiding()));
    let broken: Vec<_> = report.broken.iter().map(|(name, _)| *name).collect();
    assert_eq!(broken, of(Hook::Damage).map(|promise| promise.name()).collect::<Vec<_>>(), "{report}");
}

fn run<B: Backend>(make: impl Fn() -> Arc<B>) -> Report {
    block_on(conformance::run_all(async || make() as Arc<dyn Backend>))
}

fn kept(report: &Report) {
    assert!(report.is_kept(), "{report}");
    assert_eq!(
        report.kept.len() + report.untried.len(),
        conformance::suite().len() + conformance::hooked().len()
    );
}
