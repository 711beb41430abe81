//! Rows that cannot be read: they stand in their place, and hide nothing else.

use std::collections::BTreeSet;

use pollster::block_on;
use talkback::Code;
use talkback::backend::*;

use super::{by_hand, case, feed, filled, key, list, long_after, tenant};
use crate::scratch::Scratch;

#[test]
fn a_record_that_cannot_be_read_is_named_and_the_others_are_read() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = filled(&path, 3);
    by_hand(&path, "UPDATE records SET body = '{\"case\": oops' WHERE num = 2");
    let damaged = |item: &Undecodable| {
        assert_eq!((&item.key, item.bytes.as_slice()), (&key(2), b"{\"case\": oops".as_slice()));
    };
    let items = block_on(list(&*backend));
    assert_eq!(items.len(), 3);
    assert_eq!(items.iter().filter(|item| item.is_ok()).count(), 2);
    items.iter().filter_map(|item| item.as_ref().err()).for_each(damaged);
    // Also where a page ends with it.
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = cursor.map_or(PageRequest::first(1), |cursor| PageRequest::after(1, cursor));
        let page = block_on(backend.find(Find::new(CaseQuery::new(tenant()), page))).unwrap();
        seen.extend(page.items.into_iter().map(|item| item.map_or_else(|bad| bad.key, |f| f.record.key())));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 3);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>(), [key(1), key(2), key(3)].iter().collect());
    match block_on(backend.load(Load::new(key(2)))) {
        Err(BackendError::Corrupt { key: found, .. }) => assert_eq!(found, key(2)),
        other => panic!("{other:?}"),
    }
    assert!(block_on(backend.load(Load::new(key(3)))).unwrap().record.is_some());
    // Its wake-up needs no body.
    let claim = Claim::work(tenant(), Lane::Wakes, long_after(), chrono::TimeDelta::minutes(5), 10);
    assert_eq!(block_on(backend.claim(claim)).unwrap().into_wakes().len(), 3);
}

#[test]
fn records_that_changed_places_are_noticed() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = filled(&path, 2);
    by_hand(
        &path,
        "CREATE TABLE two AS SELECT num, body FROM records;
         UPDATE records SET body = (SELECT body FROM two WHERE two.num = 3 - records.num);
         DROP TABLE two",
    );
    assert!(block_on(list(&*backend)).iter().all(Result::is_err));
}

#[test]
fn an_event_that_cannot_be_read_is_named_and_the_others_are_read() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = filled(&path, 3);
    by_hand(&path, "UPDATE events SET body = 'oops' WHERE record = 2");
    let items = block_on(feed(&*backend, None));
    let damaged: Vec<_> = items.iter().filter_map(|item| item.event.as_ref().err()).collect();
    assert!(!damaged.is_empty() && damaged.len() < items.len());
    assert!(damaged.iter().all(|item| item.key == key(2) && item.bytes == b"oops"));
    let history = block_on(backend.events(EventQuery::history(key(2), 0, 10))).unwrap();
    assert_eq!(history.items.len(), damaged.len());
    assert!(history.items.iter().all(|item| item.event.is_err()));
}

#[test]
fn a_notice_that_cannot_be_read_is_offered_and_can_be_given_up() {
    let scratch = Scratch::new();
    let path = scratch.file("store.db");
    let backend = filled(&path, 1);
    by_hand(
        &path,
        "DELETE FROM notices;
         INSERT INTO notices (tenant, record, version, n, person, line, due, ready, leases, attempts,
             leased, body)
         VALUES (1, 1, 1, 0, 'customer-17', 'customer', 0, 0, 0, 0, 0, 'oops'),
                (1, 1, 1, 1, 'customer-17', 'customer', 0, NULL, 0, 0, 0, 'oops too')",
    );
    let claim = || {
        let claim = Claim::work(tenant(), Lane::Notices, long_after(), chrono::TimeDelta::minutes(5), 10);
        block_on(backend.claim(claim)).unwrap().into_notices()
    };
    for expected in ["oops", "oops too"] {
        let mut offered = claim();
        assert_eq!(offered.len(), 1);
        let offered = offered.remove(0);
        assert_eq!(offered.key.id, case(1).into());
        assert_eq!(offered.notice.unwrap_err().bytes, expected.as_bytes());
        let end = NoticeEnd::Dead { reason: Code::new("unreadable").unwrap() };
        let settlement = Settlement::notice(tenant(), offered.id, offered.lease, end, long_after());
        block_on(backend.settle(settlement)).unwrap();
    }
    assert!(claim().is_empty());
}
