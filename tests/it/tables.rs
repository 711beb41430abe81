//! Tables in the documentation, read back.

/// The rows of the first table under a heading, without its head, cell by cell.
pub(crate) fn rows<'a>(page: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let (_, rest) = page.split_once(&format!("{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let lines = rest.lines().skip_while(|line| !line.starts_with('|'));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Vec<_>> = rows
        .map(|line| {
            line.trim_matches('|').split(" |").map(|cell| cell.trim_start_matches('|').trim()).collect()
        })
        .collect();
    assert!(!rows.is_empty(), "no table under {heading}");
    rows
}

/// What stands between backquotes.
pub(crate) fn code(cell: &str) -> &str {
    cell.strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'))
        .unwrap_or_else(|| panic!("no code: {cell}"))
}

/// Compares with a file of the repository. With `TALKBACK_GOLDEN=write` the file is written instead, which
/// is refused where the tests run to be believed (`CI`).
#[track_caller]
pub(crate) fn same_as_file(path: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("TALKBACK_GOLDEN").is_some_and(|set| set == "write") {
        assert!(std::env::var_os("CI").is_none(), "CI compares, it does not write");
        std::fs::write(&path, text).unwrap();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "{} is not what the code says; see its test for how to write it", path.display());
}
