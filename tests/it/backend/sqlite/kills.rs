//! Processes that are killed, and disks that fail, at every point: what was acknowledged is there, and
//! nothing is torn.
//!
//! The process that is killed is this test binary itself, which runs [`child`] alone. `strace` kills it
//! when it is about to make its n-th system call of a kind, for n = 1, 2, ... until it survives.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command as Process, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;

use chrono::TimeDelta;
use pollster::block_on;
use talkback::backend::*;
use talkback::testing::audit::{self, Audited, Journal};
use talkback::testing::rusqlite::Connection;
use talkback::workflow::{CustomerWrote, Open};
use talkback::{
    Actor, Channel, Command, Contact, Desk, Feedback, ManualClock, NoticeId, Outbound, Policy, PolicyBook,
    ReplyPath, Request, StaffId, WorkingCalendar,
};

use super::{ann, case, command, long_after, monday, tenant};
use crate::scratch::Scratch;

const FOLDER: &str = "TALKBACK_CHILD_FOLDER";
const PLAN: &str = "TALKBACK_CHILD_PLAN";

/// What the child does: how many cases, one after the other or each on a thread of its own.
#[derive(Debug, Clone, Copy)]
struct Plan {
    cases: u32,
    writing: Writing,
    at_once: bool,
    journal: talkback::backend::Journal,
}

const STEPS: u32 = 4;

/// Whichever of the two SQLite was built with.
const SYNC: &str = "fsync,fdatasync";

impl Plan {
    fn new(cases: u32, writing: Writing) -> Self {
        let journal = talkback::backend::Journal::WriteAheadLog;
        Self { cases, writing, at_once: writing == Writing::OwnThread, journal }
    }

    fn write(self) -> String {
        let own = u8::from(self.writing == Writing::OwnThread);
        let rollback = u8::from(self.journal == talkback::backend::Journal::Rollback);
        format!("{} {own} {} {rollback}", self.cases, u8::from(self.at_once))
    }

    fn read(text: &str) -> Self {
        let mut parts = text.split(' ').map(|part| part.parse::<u32>().unwrap());
        let mut next = || parts.next().unwrap();
        let (cases, own, at_once) = (next(), next() == 1, next() == 1);
        let writing = if own { Writing::OwnThread } else { Writing::InLine };
        let mut plan = Self { at_once, ..Self::new(cases, writing) };
        if next() == 1 {
            plan.journal = talkback::backend::Journal::Rollback;
        }
        plan
    }

    fn options(self) -> SqliteOptions {
        // A short log, so that it is copied into the file every few commits.
        SqliteOptions::default()
            .with_writing(self.writing)
            .with_journal(self.journal)
            .with_wal_autocheckpoint(16)
    }
}

/// Where the child works, and how its journal is kept: each line is one write, as its kernel call is none
/// of those that are tampered with.
struct Folder(PathBuf);

impl Folder {
    fn store(&self) -> PathBuf {
        self.0.join("store.db")
    }

    fn open_journal(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.0.join("journal")).unwrap()
    }

    fn journal(&self) -> Journal {
        let text = std::fs::read_to_string(self.0.join("journal")).unwrap_or_default();
        Journal::read(&text)
    }

    fn spawn(&self, plan: Plan, strace: &[&str]) -> Process {
        let this = std::env::current_exe().unwrap();
        let mut process = match strace {
            [] => Process::new(this),
            how => {
                let mut process = Process::new("strace");
                process.args(["-f", "-qq"]).args(how).arg(this);
                process
            }
        };
        process
            .args([
                "--exact",
                "backend::sqlite::kills::child",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(FOLDER, &self.0)
            .env(PLAN, plan.write())
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        process
    }

    fn run(&self, plan: Plan, strace: &[&str]) -> (ExitStatus, String) {
        let output = self.spawn(plan, strace).output().unwrap();
        (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Opens the store as the next process would, and holds the journal against it.
    fn audit(&self) -> Result<Audited, String> {
        let path = self.store();
        if !path.exists() {
            assert_eq!(self.journal().acknowledged(), 0);
            return Ok(Audited::default());
        }
        let backend = SqliteBackend::open(&path).map_err(|why| format!("{why:?}"))?;
        let file = Connection::open(&path).unwrap();
        let sound: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        let torn: u32 =
            file.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| row.get(0)).unwrap();
        if (sound.as_str(), torn) != ("ok", 0) {
            return Err(format!("{sound}, {torn} rows without their record"));
        }
        block_on(audit::stored(&backend, &tenant(), &self.journal())).map_err(|why| why.to_string())
    }

    /// Lets the child finish what was interrupted, and finds everything there, once.
    fn finish(&self, plan: Plan) -> Result<(), String> {
        let (status, told) = self.run(plan, &[]);
        if !status.success() {
            return Err(format!("it does not go on: {status}\n{told}"));
        }
        let (journal, audited) = (self.journal(), self.audit()?);
        let commands = (plan.cases * STEPS) as usize;
        let expected = (plan.cases as usize, commands, commands, 0);
        if (audited.records, audited.commands, journal.acknowledged(), audited.unheard) != expected {
            return Err(format!("not all is there: {audited:?}"));
        }
        let backend = SqliteBackend::open(self.store()).unwrap();
        block_on(audit::work(&backend, &tenant(), &journal, long_after())).map_err(|why| why.to_string())
    }
}

/// The process that the tests kill.
#[test]
#[ignore = "the tests of this file run it in a process of its own"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let (folder, plan) = (Folder(folder.into()), Plan::read(&std::env::var(PLAN).unwrap()));
    // A disk that fails at once is met by trying to open the file again.
    let opened = (0..50).find_map(|_| SqliteBackend::open_with(folder.store(), plan.options()).ok());
    let backend = Arc::new(opened.expect("the file opens at last"));
    if plan.at_once {
        thread::scope(|scope| {
            for n in 1..=plan.cases {
                let (backend, folder) = (&backend, &folder);
                scope.spawn(move || live(backend, folder, n));
            }
        });
    } else {
        (1..=plan.cases).for_each(|n| live(&backend, &folder, n));
    }
}

/// The life of one case, each command tried until it is answered.
fn live(backend: &Arc<SqliteBackend>, folder: &Folder, n: u32) {
    let office = WorkingCalendar::office("office").build().unwrap();
    let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
    let clock = Arc::new(ManualClock::at(monday()));
    let desk = Desk::new(backend.clone(), policies, clock.clone(), tenant());
    let mut journal = folder.open_journal();
    for k in 0..STEPS {
        let now = monday() + TimeDelta::minutes(i64::from(20 * k));
        clock.set(now);
        let id = command(n, k);
        for _ in 0..50 {
            note(&mut journal, &format!("sending {id}"));
            let (by, wanted) = step(k);
            match block_on(desk.execute(case(n), Request::new(by, wanted).with_id(id))) {
                Ok(_) => {
                    note(&mut journal, &format!("done {id}"));
                    break;
                }
                Err(why) => eprintln!("{why:?}"),
            }
            // Reading goes on whatever happens to the writer.
            let _ = block_on(desk.load(case(n)));
        }
    }
    let claim = Claim::work(tenant(), Lane::Notices, monday() + TimeDelta::days(1), TimeDelta::minutes(5), 2);
    let Ok(leased) = block_on(backend.claim(claim)) else { return };
    for item in leased.into_notices() {
        let NoticeId { case, version, n } = item.id;
        note(&mut journal, &format!("settling {case} {version} {n}"));
        let done = Settlement::notice(tenant(), item.id, item.lease, NoticeEnd::Done, monday());
        if block_on(backend.settle(done)).is_ok() {
            note(&mut journal, &format!("settled {case} {version} {n}"));
        }
    }
}

/// One line, in one call, so that those of two threads do not mix.
fn note(journal: &mut File, line: &str) {
    journal.write_all(format!("{line}\n").as_bytes()).unwrap();
}

fn step(k: u32) -> (Actor, Command) {
    let say = |words: &str| Outbound::new(words, ReplyPath::email("care@shop.example").unwrap());
    let (customer, staff) = (Actor::customer(ann()), Actor::staff(StaffId::new("kim").unwrap()));
    match k {
        0 => {
            let feedback = Feedback::complaint(Channel::Email, "The kettle leaks. ".repeat(20))
                .with_customer(ann())
                .with_subject("Kettle")
                .with_contact(Contact::email("ann@example.org").unwrap());
            (customer, Open::new(feedback).into())
        }
        1 => (staff, Command::Acknowledge(say("We look into it."))),
        2 => (customer, CustomerWrote::new("It still leaks.").into()),
        _ => (staff, Command::Reply(say("A new one is on its way."))),
    }
}

/// Whether `strace` may trace here. In CI it has to.
fn can_trace() -> bool {
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
        return killed_at_some_moment();
    }
    let cases = if long() { 8 } else { 1 };
    let mut points = 0;
    let in_line = Plan::new(cases, Writing::InLine);
    let threaded = Plan::new(cases + 1, Writing::OwnThread);
    let rollback = Plan { journal: talkback::backend::Journal::Rollback, ..in_line };
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

/// Without a tracer: killed as soon as the journal says that the n-th command is under way.
fn killed_at_some_moment() {
    let plan = Plan::new(4, Writing::OwnThread);
    for n in 1..=plan.cases * STEPS {
        let scratch = Scratch::new();
        let folder = Folder(scratch.file(""));
        let mut child = folder.spawn(plan, &[]).spawn().unwrap();
        drop(folder.open_journal());
        let mut seen = 0;
        let mut journal = BufReader::new(File::open(folder.0.join("journal")).unwrap());
        while seen < n && child.try_wait().unwrap().is_none() {
            let mut line = String::new();
            journal.read_line(&mut line).unwrap();
            seen += u32::from(line.starts_with("sending"));
        }
        let _ = child.kill();
        child.wait().unwrap();
        folder.audit().and_then(|_| folder.finish(plan)).unwrap_or_else(|why| panic!("killed at {n}: {why}"));
    }
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
