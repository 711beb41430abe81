//! Plays files of feedback that people really gave through a desk, in the order in which things
//! happened, and reports what was late and by how much.
//!
//! ```text
//! cargo run --release --example replay                    # the sample that comes with it
//! cargo run --release --example replay -- --help
//! cargo run --release --example replay -- complaints.csv requests.csv --json
//! ```
//!
//! [`timeline`] reads the files twice: first to learn when each row begins, then, row by row in the
//! order of time, to hand it to [`play`]. So no file is ever in memory, and what is kept of a row is
//! what has not happened yet. [`format`] is where a layout of columns becomes feedback and facts.

use std::io::{self, Write};
use std::process::ExitCode;

mod args;
pub(crate) mod format;
mod play;
mod policy;
mod report;
mod store;
mod timeline;

use args::{Args, Asked};
use timeline::Timeline;

/// What `replay` plays when it is given no file.
const SAMPLE: &str = include_str!("sample.csv");

fn main() -> ExitCode {
    let code = run(std::env::args().skip(1), &mut io::stdout().lock(), &mut io::stderr().lock());
    ExitCode::from(code)
}

/// The whole program: `0` when it played, `1` when it could not, `2` when it was called wrongly.
pub(crate) fn run(args: impl IntoIterator<Item = String>, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let asked = match args::parse(args) {
        Ok(asked) => asked,
        Err(wrong) => {
            let _ = writeln!(err, "replay: {wrong}\nreplay --help says how it is called");
            return 2;
        }
    };
    let done = match asked {
        Asked::Help => out.write_all(args::HELP.as_bytes()).map_err(Into::into),
        Asked::Play(args) => play_all(&args, out, err),
    };
    match done {
        Ok(()) => 0,
        Err(failure) if failure.is_closed_pipe() => 0,
        Err(failure) => {
            let _ = writeln!(err, "replay: {failure}");
            1
        }
    }
}

fn play_all(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Failure> {
    let mut timeline = Timeline::new();
    if args.files.is_empty() {
        timeline.read("sample.csv", timeline::text(SAMPLE), args.format, err)?;
    }
    for path in &args.files {
        timeline.read(path, timeline::file(path)?, args.format, err)?;
    }
    #[cfg(feature = "postgres-deadpool")]
    let runtime = args.store.runtime()?;
    #[cfg(feature = "postgres-deadpool")]
    let _within = runtime.as_ref().map(tokio::runtime::Runtime::enter);
    let report = pollster::block_on(play::play(timeline, args, err))?;
    if args.json {
        report::json::write(&report, out)?;
    } else {
        report::text::write(&report, out)?;
    }
    Ok(out.flush()?)
}

/// Why nothing was played.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A file cannot be played.
    #[error("{file}: {why}")]
    File {
        /// Its name, as it was given.
        file: String,
        /// Why not.
        why: String,
    },
    /// A policy cannot be built.
    #[error(transparent)]
    Policy(#[from] talkback::PolicyError),
    /// A calendar cannot be built.
    #[error(transparent)]
    Calendar(#[from] talkback::CalendarError),
    /// An id that the example itself gives is none.
    #[error(transparent)]
    Id(#[from] talkback::IdError),
    /// The desk failed, other than by refusing a command.
    #[error("the desk failed: {0}")]
    Desk(#[from] talkback::Error),
    /// The report cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

impl Failure {
    pub(crate) fn file(file: &str, why: &dyn ToString) -> Self {
        Self::File { file: file.to_owned(), why: why.to_string() }
    }

    /// Whoever read the output has seen enough.
    fn is_closed_pipe(&self) -> bool {
        let kind = match self {
            Self::Io(error) => Some(error.kind()),
            Self::Json(error) => error.io_error_kind(),
            _ => None,
        };
        kind == Some(io::ErrorKind::BrokenPipe)
    }
}
