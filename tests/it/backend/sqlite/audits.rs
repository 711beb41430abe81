//! The auditor finds what is wrong: each damage to a sound store is noticed.

use std::sync::Arc;

use pollster::block_on;
use talkback::backend::{Backend, Claim, Lane, NoticeEnd, Settlement, SqliteBackend};
use talkback::testing::audit::{self, Journal};
use talkback::workflow::Withdraw;
use talkback::{Actor, Command, ExitReason, MemoryBackend, Request};

use super::{ann, by_hand, case, command, desk, long_after, monday, open, tenant, write};
use crate::scratch::Scratch;

const CASES: u32 = 3;

/// A few cases, one of them closed, and what their clients know.
fn fill(backend: &Arc<dyn Backend>) -> Journal {
    let (desk, mut journal) = (desk(backend.clone()), Journal::default());
    for n in 1..=CASES {
        journal.sending(command(n, 0));
        block_on(open(&desk, n, "The kettle leaks.")).unwrap();
        journal.done(command(n, 0));
        journal.sending(command(n, 1));
        block_on(write(&desk, n, 1, "It still leaks.")).unwrap();
        journal.done(command(n, 1));
    }
    let withdraw: Command = Withdraw::matter(ExitReason::NotSaid).into();
    journal.sending(command(3, 2));
    let request = Request::new(Actor::customer(ann()), withdraw).with_id(command(3, 2));
    block_on(desk.execute(case(3), request)).unwrap();
    journal.done(command(3, 2));
    journal
}

fn all(backend: &dyn Backend, journal: &Journal) -> Result<audit::Audited, String> {
    let audited = block_on(audit::stored(backend, &tenant(), journal)).map_err(|why| why.to_string())?;
    block_on(audit::work(backend, &tenant(), journal, long_after())).map_err(|why| why.to_string())?;
    Ok(audited)
}

#[test]
fn a_sound_store_passes() {
    let backends: [Arc<dyn Backend>; 2] =
        [Arc::new(MemoryBackend::new()), Arc::new(SqliteBackend::open_in_memory().unwrap())];
    for backend in backends {
        let journal = fill(&backend);
        let audited = all(&*backend, &journal).unwrap();
        assert_eq!((audited.records, audited.commands, audited.unheard), (3, 7, 0));
    }
}

#[test]
fn a_journal_that_does_not_fit_is_noticed() {
    let backend: Arc<dyn Backend> = Arc::new(MemoryBackend::new());
    let journal = fill(&backend);
    let check = |change: &dyn Fn(&mut Journal)| {
        let mut changed = journal.clone();
        change(&mut changed);
        block_on(audit::stored(&*backend, &tenant(), &changed)).map_err(|why| why.to_string())
    };
    let lost = |why: &str, change: &dyn Fn(&mut Journal)| {
        let told = check(change).unwrap_err();
        assert!(told.contains(why), "{told}");
    };
    lost("what was acknowledged is stored", &|journal| journal.done(command(9, 9)));
    lost("what was refused is not stored", &|journal| journal.refused(command(1, 1)));
    lost("what is stored was sent", &|journal| *journal = Journal::default());
    // Never answered, and not stored: that may be.
    check(&|journal| journal.sending(command(9, 9))).unwrap();
    let unheard = Journal::read(&journal.to_string().replace(&format!("done {}\n", command(1, 1)), ""));
    assert_eq!(block_on(audit::stored(&*backend, &tenant(), &unheard)).unwrap().unheard, 1);
}

/// What a crash or a mistake could leave behind.
const DAMAGES: &[&str] = &[
    "DELETE FROM events WHERE position = (SELECT max(position) FROM events)",
    "DELETE FROM events WHERE record = 1 AND version = 1",
    "UPDATE events SET version = version + 1 WHERE position = (SELECT max(position) FROM events)",
    "DELETE FROM texts WHERE num = (SELECT max(num) FROM texts)",
    "UPDATE texts SET body = NULL WHERE num = (SELECT min(num) FROM texts)",
    "DELETE FROM commands WHERE num = 2",
    "UPDATE commands SET last = last + 1 WHERE num = (SELECT max(num) FROM commands)",
    "UPDATE commands SET first = 1 WHERE num = 2",
    "DELETE FROM notices WHERE num = (SELECT min(num) FROM notices)",
    "UPDATE notices SET ready = NULL",
    "UPDATE notices SET version = 2 WHERE num = (SELECT min(num) FROM notices)",
    "UPDATE wakes SET due = NULL, ready = NULL WHERE record = 1",
    "UPDATE wakes SET ready = NULL WHERE record = 1",
    "UPDATE wakes SET due = 5, ready = 5 WHERE record = 3",
    "DELETE FROM wakes WHERE record = 2",
    "PRAGMA foreign_keys = OFF; DELETE FROM records WHERE num = 2",
    "UPDATE records SET version = version - 1 WHERE num = 2",
    "UPDATE records SET body = (SELECT body FROM records WHERE num = 1) WHERE num = 2",
    "UPDATE tenants SET name = 'somebody-else'",
];

#[test]
fn every_damage_is_noticed() {
    let scratch = Scratch::new();
    let path = scratch.file("sound.db");
    let backend: Arc<dyn Backend> = Arc::new(SqliteBackend::open(&path).unwrap());
    let journal = fill(&backend);
    drop(backend);
    for (n, damage) in DAMAGES.iter().enumerate() {
        let damaged = scratch.file(&format!("{n}.db"));
        std::fs::copy(&path, &damaged).unwrap();
        by_hand(&damaged, damage);
        let backend = SqliteBackend::open(&damaged).unwrap();
        assert!(all(&backend, &journal).is_err(), "not noticed: {damage}");
    }
    let untouched = scratch.file("untouched.db");
    std::fs::copy(&path, &untouched).unwrap();
    all(&SqliteBackend::open(&untouched).unwrap(), &journal).unwrap();
}

#[test]
fn a_notice_that_comes_back_is_noticed() {
    let backend: Arc<dyn Backend> = Arc::new(SqliteBackend::open_in_memory().unwrap());
    let mut journal = fill(&backend);
    let claim = Claim::work(tenant(), Lane::Notices, monday(), chrono::TimeDelta::minutes(5), 1);
    let item = block_on(backend.claim(claim)).unwrap().into_notices().remove(0);
    // Whoever was answered does not expect it again, whoever was not expects both.
    let mut settled = journal.clone();
    settled.settled(item.id);
    let told = block_on(audit::work(&*backend, &tenant(), &settled, long_after())).unwrap_err().to_string();
    assert!(told.contains("what was settled is not offered"), "{told}");
    journal.settling(item.id);
    let end = NoticeEnd::Done;
    let leased = block_on(backend.claim(Claim::work(
        tenant(),
        Lane::Notices,
        long_after() + chrono::TimeDelta::days(2),
        chrono::TimeDelta::minutes(5),
        1,
    )));
    let item = leased.unwrap().into_notices().remove(0);
    block_on(backend.settle(Settlement::notice(tenant(), item.id, item.lease, end, monday()))).unwrap();
    let stored = block_on(audit::stored(&*backend, &tenant(), &journal)).unwrap();
    assert_eq!(stored.records, CASES as usize);
}
