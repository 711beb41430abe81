//! When something is due, and why: a preset's deadlines for one complaint, or a bare question of
//! working time. `cargo run --example due -- --help` says how to ask.

pub(crate) mod answer;
pub(crate) mod args;
mod time;

use std::io::{self, Write};
use std::process::ExitCode;

use args::{Asked, HELP};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    ExitCode::from(run(&args, &mut io::stdout().lock(), &mut io::stderr().lock()))
}

/// The whole program: `0` when it answered, `1` when the answer cannot be written, `2` when it was asked
/// wrongly.
pub(crate) fn run(args: &[String], out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let text = match said(args) {
        Ok(text) => text,
        Err(sentence) => {
            let _ = writeln!(err, "due: {sentence}\nTry --help.");
            return 2;
        }
    };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => 0,
        // Whoever reads has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
        Err(error) => {
            let _ = writeln!(err, "due: {error}");
            1
        }
    }
}

fn said(args: &[String]) -> Result<String, String> {
    let Asked::Question(question) = args::read(args)? else {
        return Ok(format!("{HELP}{}\n", args::presets()));
    };
    let answer = answer::to(&question)?;
    Ok(if question.json { answer.json() + "\n" } else { answer.to_string() })
}
