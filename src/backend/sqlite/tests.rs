//! What only the inside of the backend can bring about.

use std::sync::Arc;

use chrono::DateTime;
use pollster::block_on;

use super::{SqliteBackend, SqliteOptions, Writing};
use crate::backend::{
    Backend, BackendError, CaseQuery, CommandStamp, Commit, Find, Key, Load, PageRequest, Write,
};
use crate::calendar::WorkingCalendar;
use crate::id::{CaseId, CommandId, CustomerId, TenantId};
use crate::policy::{Policy, PolicyBook};
use crate::workflow::{Actor, Command, Context, Open, step, texts};
use crate::{Channel, Feedback};

/// The commit that opens case `n`, with so many bytes of words.
fn opening(n: u32, bytes: usize) -> Commit {
    let tenant = TenantId::single();
    let customer = CustomerId::new("customer-17").unwrap();
    let office = WorkingCalendar::office("office").build().unwrap();
    let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
    let id = CommandId::derive(&tenant, &[&n.to_string()]);
    let actor = Actor::customer(customer.clone());
    let feedback = Feedback::complaint(Channel::Chat, "x".repeat(bytes)).with_customer(customer.clone());
    let command = Command::Open(Box::new(Open::new(feedback)));
    let context = Context {
        tenant: &tenant,
        case: CaseId::derive(&tenant, &[&n.to_string()]),
        now: DateTime::UNIX_EPOCH,
        occurred_at: None,
        actor: &actor,
        command: id,
        policies: &policies,
    };
    let decision = step(None, &command, &context).unwrap();
    let write =
        Write::new(decision.case, 0, decision.events).with_texts(texts(&command, id, &customer, &customer));
    Commit::new(tenant, DateTime::UNIX_EPOCH, vec![write])
        .with_command(CommandStamp { id, fingerprint: n.into() })
}

fn stored(backend: &SqliteBackend) -> usize {
    let find = Find::new(CaseQuery::new(TenantId::single()), PageRequest::first(100));
    block_on(backend.find(find)).unwrap().items.len()
}

fn pages(backend: &SqliteBackend, more: Option<i64>) {
    let set = backend.store.hold(|conn| {
        let used: i64 = conn.db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        let most = more.map_or(i64::from(i32::MAX), |more| used + more);
        conn.db.pragma_update_and_check(None, "max_page_count", most, |row| row.get::<_, i64>(0)).unwrap();
        Ok(())
    });
    set.unwrap();
}

/// A store without room says so, loses nothing, goes on reading, and works again when there is room.
#[test]
fn a_full_store_says_so_and_recovers() {
    for writing in [Writing::InLine, Writing::OwnThread] {
        let options = SqliteOptions::default().with_writing(writing);
        let backend = SqliteBackend::open_in_memory_with(options).unwrap();
        block_on(backend.commit(opening(1, 100))).unwrap();
        pages(&backend, Some(10));
        let error = block_on(backend.commit(opening(2, 500_000))).unwrap_err();
        assert!(matches!(error, BackendError::Full), "{error:?}");
        assert_eq!(stored(&backend), 1);
        let key = Key::new(TenantId::single(), CaseId::derive(&TenantId::single(), &["2"]));
        let command = CommandId::derive(&TenantId::single(), &["2"]);
        let loaded = block_on(backend.load(Load::new(key).with_command(command))).unwrap();
        assert_eq!((loaded.record, loaded.outcome), (None, None));
        pages(&backend, None);
        assert!(block_on(backend.commit(opening(2, 500_000))).unwrap().fresh);
        assert_eq!(stored(&backend), 2);
    }
}

/// In a group, what does not fit is refused, and what fits is written all the same.
#[test]
fn of_a_group_only_the_one_that_does_not_fit_is_refused() {
    let backend = Arc::new(SqliteBackend::open_in_memory_with(SqliteOptions::default()).unwrap());
    block_on(backend.commit(opening(1, 100))).unwrap();
    pages(&backend, Some(20));
    let sizes = [100, 500_000, 200, 600_000, 300];
    let mut calls: Vec<_> = (2..).zip(sizes).map(|(n, bytes)| backend.commit(opening(n, bytes))).collect();
    // While the writer is held here, all of them are sent.
    let held = backend.store.hold(|_| {
        for call in &mut calls {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(call.as_mut().poll(&mut context).is_pending());
        }
        Ok(())
    });
    held.unwrap();
    for (call, bytes) in calls.into_iter().zip(sizes) {
        match block_on(call) {
            Ok(committed) => assert!(committed.fresh && bytes < 1_000),
            Err(BackendError::Full) => assert!(bytes > 1_000),
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(stored(&backend), 4);
}
