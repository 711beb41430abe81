//! A night shift: worker processes that are killed at random, and deadlines that have one effect each.
//!
//! ```text
//! cargo run --release --example night_shift --features sqlite-bundled
//! cargo run --release --example night_shift --features sqlite-bundled -- --deadlines 10000 --kills 200 --json
//! cargo run --release --example night_shift --features sqlite,postgres-deadpool -- --backend postgres:URL
//! ```
//!
//! The program opens complaints that nobody answers and that come due at once, starts itself several times
//! as a [`worker`], and kills one of them after the other, wherever it is ([`shift`]). When everything is
//! noticed it reads the ledger and counts the effects ([`tally`]).

#![expect(clippy::disallowed_methods, reason = "processes that are killed at random live in real time")]

use std::fmt::Display;
use std::process::ExitCode;

mod args;
mod shift;
#[path = "../replay/store.rs"]
mod store;
mod tally;
mod worker;

use args::{Args, Asked};

fn main() -> ExitCode {
    let done = match args::parse(std::env::args().skip(1)) {
        Ok(Asked::Help) => {
            print!("{}", args::HELP);
            Ok(())
        }
        Ok(Asked::Work(args)) => worker::work(&args),
        Ok(Asked::Shift(args)) => report(&args),
        Err(wrong) => {
            eprintln!("night_shift: {wrong}\nnight_shift --help says how it is called");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(why)) => {
            eprintln!("night_shift: {why}");
            ExitCode::FAILURE
        }
    }
}

/// The shift, and what it came to. Anything but one effect for each deadline is a failure.
fn report(args: &Args) -> Result<(), Failure> {
    let shift = shift::hold(args)?;
    let (tally, kills, seconds) = (&shift.tally, shift.kills, shift.began.elapsed().as_secs_f64());
    let (deadlines, effects) = (shift.deadlines, tally.effects);
    let (duplicates, lost) = (tally.duplicates, deadlines.saturating_sub(effects));
    if args.json {
        println!(
            r#"{{"deadlines":{deadlines},"effects":{effects},"duplicates":{duplicates},"lost":{lost},"kills":{kills},"seconds":{seconds:.1}}}"#
        );
    } else {
        println!("{deadlines} deadlines came due while {kills} workers were killed.");
        println!("{effects} were recorded as missed, {duplicates} of them more than once; {lost} were lost.");
        println!("It took {seconds:.1} s.");
    }
    if (duplicates, lost) == (0, 0) {
        Ok(())
    } else {
        Err(Failure("not every deadline had one effect".into()))
    }
}

/// Why it did not go on, for people to read.
pub(crate) struct Failure(String);

impl Failure {
    fn file(what: &str, why: &dyn ToString) -> Self {
        Self(format!("{what}: {}", why.to_string()))
    }
}

impl<E: Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}
