//! What the README and the changelog say is so.

use std::collections::BTreeSet;

use talkback::testing::conformance;

const README: &str = include_str!("../../README.md");
const CHANGELOG: &str = include_str!("../../CHANGELOG.md");
const CARGO: &str = include_str!("../../Cargo.toml");
const CI: &str = include_str!("../../.ci/run");

/// Which rooms of the crate a file names.
fn rooms(source: &str) -> impl Iterator<Item = &str> {
    source
        .split("crate::")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next())
}

/// Every file below a room, and what it says.
fn files(room: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(room).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// The lines of `[name]` in Cargo.toml that set something.
fn section(name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let heading = format!("[{name}]");
    let lines = CARGO.lines().skip_while(move |line| *line != heading).skip(1);
    lines.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = "))
}

/// The part of the README under a heading.
fn chapter(heading: &str) -> &'static str {
    let start = README.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let rest = &README[start + 4..];
    &rest[..rest.find("\n## ").unwrap_or(rest.len())]
}

#[test]
fn the_readme_lists_every_feature() {
    let default: BTreeSet<_> = section("features")
        .filter(|(name, _)| *name == "default")
        .flat_map(|(_, list)| list.split('"').skip(1).step_by(2))
        .collect();
    let features: BTreeSet<_> = section("features")
        .filter(|(name, _)| *name != "default")
        .map(|(name, _)| (name, default.contains(name)))
        .collect();
    let rows = chapter("Features").lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|');
        Some((cells.next()?.trim().trim_end_matches('`'), cells.next()?.trim() == "yes"))
    });
    assert_eq!(rows.collect::<BTreeSet<_>>(), features);
    // The front page of the documentation names them, too.
    let front = include_str!("../../src/lib.rs");
    let front = front.split("//! # Features\n").nth(1).unwrap().split("//! # ").next().unwrap();
    for (feature, _) in features {
        assert!(front.contains(&format!("`{feature}`")), "{feature}");
    }
}

#[test]
fn versions_agree() {
    let package = |wanted: &str| {
        let (_, value) = section("package").find(|(name, _)| *name == wanted).unwrap();
        value.trim_matches('"')
    };
    let newest = CHANGELOG.lines().find_map(|line| line.strip_prefix("## [")?.split(']').next());
    assert_eq!(newest, Some(package("version")));
    let rust = format!("builds with Rust {} or newer", package("rust-version"));
    assert!(README.contains(&rust), "{rust}");
    assert!(README.contains("[Apache License 2.0](LICENSE-APACHE) or [MIT](LICENSE-MIT)"));
    assert_eq!(package("license"), "MIT OR Apache-2.0");
}

/// The two commands stand in one block, the test command in the form in which the checks look for it,
/// and every example that is named is there.
#[test]
fn the_commands_of_the_readme_work() {
    let block = chapter("Try it").split("```").nth(1).unwrap();
    let commands: Vec<_> = block
        .lines()
        .filter(|line| line.starts_with("cargo "))
        .map(|line| line.split(" #").next().unwrap().trim())
        .collect();
    assert_eq!(commands, ["cargo run --release --example replay", "cargo test --all-features"]);
    assert!(CI.contains(r"s/^\(cargo test "), "the checks run the README's test command");
    let examples = README
        .split("--example ")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap());
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for example in examples {
        let (file, folder) = (format!("examples/{example}.rs"), format!("examples/{example}/main.rs"));
        assert!(root.join(&file).is_file() || root.join(&folder).is_file(), "{example}");
    }
}

#[test]
fn the_suite_is_as_long_as_we_say() {
    let promises = conformance::suite().len();
    assert!(
        README.replace('\n', " ").contains(&format!("a suite of {promises} named promises")),
        "{promises}"
    );
    assert!(
        CHANGELOG.replace("\n  ", " ").contains(&format!("a conformance suite of {promises} promises")),
        "{promises}"
    );
    let methods = include_str!("../../src/backend/mod.rs").matches("\n    async fn ").count();
    assert_eq!(methods, 8, "the README says eight");
    assert!(README.replace('\n', " ").contains("a trait of eight methods"));
}

#[cfg(feature = "presets")]
#[test]
fn the_changelog_counts_the_presets() {
    let presets = talkback::policy::presets::Preset::ALL.len();
    assert!(CHANGELOG.contains("Presets of 22 public rules and three practices"));
    assert_eq!(presets, 22 + 3);
}

#[test]
fn links_to_files_lead_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for link in README.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
        assert!(link.starts_with("https://") || root.join(link).is_file(), "{link}");
    }
}

#[test]
fn the_first_example_stays_short() {
    let lines = include_str!("../../examples/quickstart.rs").lines().count();
    assert!(lines <= 60, "{lines} lines");
}

/// The arrows of DESIGN.md: no room looks at one that builds on it.
#[test]
fn arrows_point_one_way() {
    let order = ["calendar", "policy", "workflow", "backend", "desk", "worker"];
    for (place, room) in order.iter().enumerate().take(5) {
        let mut sources = Vec::new();
        files(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room), &mut sources);
        assert!(!sources.is_empty(), "{room}");
        for named in sources.iter().flat_map(|source| rooms(source)) {
            assert!(!order[place + 1..].contains(&named), "{room} looks at {named}");
        }
    }
}
