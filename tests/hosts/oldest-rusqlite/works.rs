//! The oldest rusqlite in the range, with the SQLite that it brings along.

use std::path::Path;
use std::sync::Arc;

use talkback::backend::sqlite::{Journal, SqliteOptions};
use talkback::{
    Actor, Channel, CustomerId, Desk, Feedback, Policy, PolicyBook, SqliteBackend, View, WorkingCalendar,
};

/// That SQLite has the mistake in its write-ahead log: it is refused, and a rollback journal works.
#[test]
fn a_rollback_journal_works() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("oldest-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("feedback.db");
    let refused = SqliteBackend::open(&path).unwrap_err().to_string();
    assert!(refused.contains(rusqlite::version()) && refused.contains("rollback journal"), "{refused}");

    let options = SqliteOptions::default().with_journal(Journal::Rollback);
    let office = WorkingCalendar::office("office").build().unwrap();
    let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
    let desk = Desk::single(Arc::new(SqliteBackend::open_with(&path, options).unwrap()), policies);
    pollster::block_on(async {
        let ann = CustomerId::new("customer-17").unwrap();
        let feedback = Feedback::complaint(Channel::Chat, "The kettle leaks.");
        let case = desk.open(Actor::customer(ann.clone()), feedback).await.unwrap().case.id;
        let said = desk.conversation(case, View::Customer(&ann), 0, 10).await.unwrap().messages;
        assert_eq!(said[0].body.as_deref(), Some("The kettle leaks."));
    });
    drop(desk);
    std::fs::remove_dir_all(folder).unwrap();
}
