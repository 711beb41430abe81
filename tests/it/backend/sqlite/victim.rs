//! The process that is killed: this test binary itself, which runs [`child`] alone.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command as Process, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;

use chrono::TimeDelta;
use pollster::block_on;
use talkback::backend::sqlite::{Journal as Kind, SqliteBackend, SqliteOptions, Writing};
use talkback::backend::*;
use talkback::testing::audit::{self, Audited, Journal};
use talkback::testing::rusqlite::Connection;
use talkback::workflow::{CustomerWrote, Open};
use talkback::{
    Actor, Channel, Command, Contact, Desk, Feedback, ManualClock, NoticeId, Outbound, Policy, PolicyBook,
    ReplyPath, Request, StaffId, WorkingCalendar,
};

use super::hasty::Hasty;
use super::{ann, case, command, long_after, monday, tenant};

const FOLDER: &str = "TALKBACK_CHILD_FOLDER";
const PLAN: &str = "TALKBACK_CHILD_PLAN";

/// What it does: how many cases, one after the other or each on a thread of its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) cases: u32,
    pub(super) writing: Writing,
    pub(super) at_once: bool,
    pub(super) journal: Kind,
    /// It answers before it writes: what the tests have to find.
    pub(super) hasty: bool,
}

pub(super) const STEPS: u32 = 4;

impl Plan {
    pub(super) fn new(cases: u32, writing: Writing) -> Self {
        let journal = Kind::WriteAheadLog;
        Self { cases, writing, at_once: writing == Writing::OwnThread, journal, hasty: false }
    }

    fn write(self) -> String {
        let (own, rollback) = (self.writing == Writing::OwnThread, self.journal == Kind::Rollback);
        let flags = [own, self.at_once, rollback, self.hasty].map(|flag| if flag { " 1" } else { " 0" });
        format!("{}{}", self.cases, flags.concat())
    }

    fn read(text: &str) -> Self {
        let mut parts = text.split(' ').map(|part| part.parse::<u32>().unwrap());
        let cases = parts.next().unwrap();
        let mut flag = || parts.next().unwrap() == 1;
        let writing = if flag() { Writing::OwnThread } else { Writing::InLine };
        let at_once = flag();
        let journal = if flag() { Kind::Rollback } else { Kind::WriteAheadLog };
        Self { cases, writing, at_once, journal, hasty: flag() }
    }

    fn options(self) -> SqliteOptions {
        // A short log, so that it is copied into the file every few commits.
        SqliteOptions::default()
            .with_writing(self.writing)
            .with_journal(self.journal)
            .with_wal_autocheckpoint(16)
    }
}

/// Where it works, and how its journal is kept: each line is one write, as its kernel call is none
/// of those that are tampered with.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    fn store(&self) -> PathBuf {
        self.0.join("store.db")
    }

    pub(super) fn open_journal(&self) -> File {
        OpenOptions::new().create(true).append(true).open(self.0.join("journal")).unwrap()
    }

    pub(super) fn journal(&self) -> Journal {
        let text = std::fs::read_to_string(self.0.join("journal")).unwrap_or_default();
        Journal::read(&text)
    }

    pub(super) fn spawn(&self, plan: Plan, strace: &[&str]) -> Process {
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
                "backend::sqlite::victim::child",
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

    pub(super) fn run(&self, plan: Plan, strace: &[&str]) -> (ExitStatus, String) {
        let output = self.spawn(plan, strace).output().unwrap();
        (output.status, String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Opens the store as the next process would, and holds the journal against it.
    pub(super) fn audit(&self) -> Result<Audited, String> {
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
    pub(super) fn finish(&self, plan: Plan) -> Result<(), String> {
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

/// What the process does. Alone and by name: it is no test.
#[test]
#[ignore = "the tests that kill it run it in a process of its own"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let (folder, plan) = (Folder(folder.into()), Plan::read(&std::env::var(PLAN).unwrap()));
    // A disk that fails at once is met by trying to open the file again.
    let opened = (0..50).find_map(|_| SqliteBackend::open_with(folder.store(), plan.options()).ok());
    let opened = opened.expect("the file opens at last");
    let backend: Arc<dyn Backend> = if plan.hasty { Arc::new(Hasty::new(opened)) } else { Arc::new(opened) };
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
fn live(backend: &Arc<dyn Backend>, folder: &Folder, n: u32) {
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
