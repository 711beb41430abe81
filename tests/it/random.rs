//! How properties are tried: the same cases each time, so that a run that passes passes again.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// So many cases of a property, always the same ones, and no file about those that failed.
///
/// `PROPTEST_CASES` asks for another number, `PROPTEST_RNG_SEED` for other cases.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let config = ProptestConfig::default();
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let rng_seed = match config.rng_seed {
        RngSeed::Random => RngSeed::Fixed(2026),
        fixed => fixed,
    };
    ProptestConfig { cases: asked.unwrap_or(usual), rng_seed, failure_persistence: None, ..config }
}
