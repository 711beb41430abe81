//! The example's processes: killed at random over a store that they share.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

/// The example beside this test, which `cargo test` builds as well. Where only this test was built, it says so.
fn program() -> Option<PathBuf> {
    let beside = std::env::current_exe().unwrap();
    let program = beside.parent().unwrap().parent().unwrap().join("examples/night_shift");
    if program.is_file() {
        return Some(program);
    }
    assert!(std::env::var("CI").is_err(), "{} was not built", program.display());
    eprintln!("NOT TRIED: {} was not built; `cargo test --all-features` does that", program.display());
    None
}

fn every_deadline_has_one_effect(backend: &[&str]) {
    let Some(program) = program() else { return };
    let shift = Command::new(program)
        .args(["--deadlines", "600", "--kills", "12", "--workers", "2", "--json"])
        .args(backend)
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&shift.stdout), String::from_utf8_lossy(&shift.stderr));
    assert!(shift.status.success(), "{out}\n{err}");
    let found: Value = serde_json::from_str(out.trim()).unwrap();
    for (part, expected) in
        [("deadlines", 600), ("effects", 600), ("duplicates", 0), ("lost", 0), ("kills", 12)]
    {
        assert_eq!(found[part], expected, "{out}");
    }
}

#[test]
fn over_a_file() {
    every_deadline_has_one_effect(&[]);
}

#[cfg(feature = "postgres-deadpool")]
#[test]
fn over_a_server() {
    let Some(database) = crate::backend::postgres::world::Database::create("night") else { return };
    every_deadline_has_one_effect(&["--backend", &database.backend()]);
}
