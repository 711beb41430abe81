//! The files with real and with hostile data, which are not part of the project.

use std::path::{Path, PathBuf};

/// The files by name, or `None` (loudly) where there are none. In CI they must be there.
pub(crate) fn data(names: &[&str]) -> Option<Vec<String>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let folder = std::env::var_os("TALKBACK_DATA").map_or_else(beside, PathBuf::from);
    let paths: Vec<_> = names.iter().map(|name| folder.join(name)).collect();
    if let Some(missing) = paths.iter().find(|path| !path.is_file()) {
        let missing = missing.display();
        assert!(
            std::env::var_os("CI").is_none_or(|ci| ci != "true"),
            "{missing} is missing: set TALKBACK_DATA"
        );
        eprintln!("NOT TESTED: {missing} is missing. Set TALKBACK_DATA to the folder with the real files.");
        return None;
    }
    Some(paths.into_iter().map(|path| path.display().to_string()).collect())
}
