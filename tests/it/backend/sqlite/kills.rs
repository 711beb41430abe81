//! Processes that are killed, and disks that fail, at every point: what was acknowledged is there, and
//! nothing is torn.
//!
//! `strace` kills a process when it is about to make its n-th system call of a kind, for n = 1, 2, ... until
//! it survives. Where there is no `strace`, or it may not trace, what remains is the test that kills at some
//! moment, which needs none and always runs; the others say so. To see that:
//! `PATH=/nowhere target/debug/deps/it-... kills --nocapture`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::Command as Process;

use talkback::backend::sqlite::{Journal, Writing};

use super::victim::{Folder, Plan, STEPS};
use crate::scratch::Scratch;

/// Whichever of the two SQLite was built with.
const SYNC: &str = "fsync,fdatasync";

/// Whether `strace` may trace here. In CI it has to.
pub(super) fn can_trace() -> bool {
    let traced = Process::new("strace").args(["-f", "-qq", "-o", "/dev/null", "true"]).output();
    let can = traced.is_ok_and(|output| output.status.success());
    if !can {
        let ci = std::env::var_os("CI").is_some_and(|ci| ci == "true");
        assert!(!ci, "strace is missing or may not trace: install it, or allow ptrace");
        eprintln!("NOT TESTED at every system call: strace is missing or may not trace here.");
    }
    can
}

fn long() -> bool {
    std::env::var_os("TALKBACK_LONG").is_some_and(|long| long == "1")
}

/// Kills a child at its calls of one kind, from the `first` on with so many in between, until it survives,
/// and says how often that was.
fn kill_at_each(plan: Plan, call: &str, first: usize, step: usize) -> usize {
    for (killed, n) in (first..).step_by(step).enumerate() {
        let scratch = Scratch::new();
        let folder = Folder(scratch.file(""));
        let inject = format!("inject={call}:signal=KILL:when={n}");
        let trace = format!("trace={call}");
        let (status, told) = folder.run(plan, &["-o", "/dev/null", "-e", &trace, "-e", &inject]);
        if status.success() {
            assert_eq!(folder.journal().acknowledged(), (plan.cases * STEPS) as usize);
            return killed;
        }
        assert!(status.signal() == Some(9) || status.code() == Some(137), "{call} {n}: {status}\n{told}");
        let checked = folder.audit().and_then(|_| folder.finish(plan));
        checked.unwrap_or_else(|why| panic!("killed at {call} {n} of {plan:?}: {why}"));
    }
    unreachable!()
}

#[test]
fn killed_at_every_write_nothing_acknowledged_is_lost() {
    if !can_trace() {
        return;
    }
    let cases = if long() { 8 } else { 1 };
    let mut points = 0;
    let in_line = Plan::new(cases, Writing::InLine);
    let threaded = Plan::new(cases + 1, Writing::OwnThread);
    let rollback = Plan { journal: Journal::Rollback, ..in_line };
    // Each plan leaves others out, but for a long run.
    let step = if long() { 1 } else { 5 };
    for (first, plan) in [in_line, threaded, rollback].into_iter().enumerate() {
        let first = if long() { 1 } else { first + 1 };
        points += kill_at_each(plan, "pwrite64", first, step);
        for call in [SYNC, "ftruncate", "unlink"] {
            points += kill_at_each(plan, call, 1, 1);
        }
    }
    println!("killed at {points} points");
    assert!(points > 100, "{points}");
}

/// The killing finds what it is there to find.
#[test]
fn a_backend_that_answers_too_soon_is_caught() {
    if !can_trace() {
        return;
    }
    let plan = Plan { hasty: true, ..Plan::new(1, Writing::InLine) };
    let lost = (1..).step_by(3).find_map(|n| {
        let scratch = Scratch::new();
        let folder = Folder(scratch.file(""));
        let inject = format!("inject=pwrite64:signal=KILL:when={n}");
        let (status, _) = folder.run(plan, &["-o", "/dev/null", "-e", "trace=pwrite64", "-e", &inject]);
        assert!(!status.success(), "it survived {n}, and nobody noticed");
        folder.audit().err()
    });
    let told = lost.unwrap();
    assert!(told.contains("acknowledged"), "{told}");
}

/// Needs no tracer: killed as soon as the journal says that the n-th command is under way.
#[test]
fn killed_at_some_moment_nothing_acknowledged_is_lost() {
    let plan = Plan::new(4, Writing::OwnThread);
    let mut killed = 0;
    for n in 1..=plan.cases * STEPS {
        let scratch = Scratch::new();
        let folder = Folder(scratch.file(""));
        drop(folder.open_journal());
        let mut child = folder.spawn(plan, &[]).spawn().unwrap();
        let mut seen = 0;
        let mut journal = BufReader::new(File::open(folder.0.join("journal")).unwrap());
        while seen < n && child.try_wait().unwrap().is_none() {
            let mut line = String::new();
            journal.read_line(&mut line).unwrap();
            seen += u32::from(line.starts_with("sending"));
        }
        let _ = child.kill();
        killed += u32::from(child.wait().unwrap().signal() == Some(9));
        folder.audit().and_then(|_| folder.finish(plan)).unwrap_or_else(|why| panic!("killed at {n}: {why}"));
    }
    // The last command may be over before it is noticed.
    assert!(killed > plan.cases * STEPS / 2, "{killed}");
}

/// From the n-th call on, a few fail: the callers are told, reading goes on, and when the disk works again
/// so does the store, in the same process.
fn fail_at_each(plan: Plan, call: &str, error: &str, told_as: &[&str]) -> usize {
    let mut told_of = 0;
    let calls = calls(plan, call);
    assert!(calls > 0, "{plan:?} makes no {call}");
    for n in (1..=calls).step_by(if long() { 1 } else { 4 }) {
        let scratch = Scratch::new();
        let folder = Folder(scratch.file(""));
        let inject = format!("inject={call}:error={error}:when={n}..{}", n + 2);
        let trace = format!("trace={call}");
        let (status, told) = folder.run(plan, &["-o", "/dev/null", "-e", &trace, "-e", &inject]);
        assert!(status.success(), "{call} {error} {n}: {status}\n{told}");
        let (journal, audited) = (folder.journal(), folder.audit());
        let audited = audited.unwrap_or_else(|why| panic!("{call} {error} {n}: {why}\n{told}"));
        let commands = (plan.cases * STEPS) as usize;
        assert_eq!(
            (journal.acknowledged(), audited.commands),
            (commands, commands),
            "{call} {error} {n}\n{told}"
        );
        for line in told.lines().filter(|line| line.starts_with("Backend(")) {
            assert!(told_as.iter().any(|meaning| line.contains(meaning)), "{call} {error} {n}: {line}");
            told_of += 1;
        }
    }
    told_of
}

/// How many calls of that kind the whole plan makes, on all of its threads.
fn calls(plan: Plan, call: &str) -> usize {
    let scratch = Scratch::new();
    let folder = Folder(scratch.file(""));
    let log = scratch.file("calls");
    let trace = format!("trace={call}");
    let (status, told) = folder.run(plan, &["-e", &trace, "-o", log.to_str().unwrap()]);
    assert!(status.success(), "{told}");
    let log = std::fs::read_to_string(log).unwrap();
    call.split(',').map(|call| log.matches(&format!("{call}(")).count()).max().unwrap_or(0)
}

#[test]
fn a_full_disk_is_told_and_survived() {
    if !can_trace() {
        return;
    }
    for plan in [Plan::new(1, Writing::InLine), Plan::new(2, Writing::OwnThread)] {
        let told = fail_at_each(plan, "pwrite64", "ENOSPC", &["Full", "Unavailable"]);
        assert!(told > 0, "nobody was told");
    }
}

/// Whether what was not synchronised is there is unknown: the desk looks, and finds out.
#[test]
fn a_disk_that_does_not_synchronise_is_survived() {
    if !can_trace() {
        return;
    }
    for plan in [Plan::new(1, Writing::InLine), Plan::new(2, Writing::OwnThread)] {
        fail_at_each(plan, SYNC, "EIO", &["Unavailable", "Unknown"]);
        fail_at_each(plan, "pwrite64", "EIO", &["Unavailable", "Unknown"]);
    }
}
