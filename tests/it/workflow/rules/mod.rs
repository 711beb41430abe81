//! The rules of the house, each as stories that carry its number, and the vectors of working time as
//! deadlines of a policy.

mod clocks;
mod delivery;
mod endings;
mod joining;
mod ladders;
mod lateness;
mod policies;
mod ratings;
mod reopening;
mod vectors;
mod waits;
mod wrong_clocks;

/// The numbers of the tests that are called `rule_05_…` or `vector_5_…`.
fn numbers(of: &str) -> std::collections::BTreeSet<u32> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/workflow/rules");
    let sources = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let sources: Vec<_> = sources.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let start = format!("#[test]\nfn {of}_");
    let tests = sources.iter().flat_map(|source| source.split(start.as_str()).skip(1));
    tests.map(|test| test.split('_').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn every_rule_has_a_story() {
    assert_eq!(numbers("rule"), (1..=20).collect());
}

#[test]
fn every_vector_has_a_story() {
    assert_eq!(numbers("vector"), (1..=6).collect());
}
