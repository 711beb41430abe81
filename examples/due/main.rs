//! When something is due, and why: a preset's deadlines for one complaint, or a bare question of
//! working time. `cargo run --example due -- --help` says how to ask.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod answer;
mod args;
mod time;

use std::process::ExitCode;

use args::{Asked, HELP};

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let asked = match args::read(&args) {
        Ok(asked) => asked,
        Err(sentence) => return refused(&sentence),
    };
    let Asked::Question(question) = asked else {
        print!("{HELP}");
        println!("{}", args::presets());
        return ExitCode::SUCCESS;
    };
    match answer::to(&question) {
        Ok(answer) if question.json => println!("{}", answer.json()),
        Ok(answer) => print!("{answer}"),
        Err(sentence) => return refused(&sentence),
    }
    ExitCode::SUCCESS
}

fn refused(sentence: &str) -> ExitCode {
    eprintln!("due: {sentence}\nTry --help.");
    ExitCode::from(2)
}
