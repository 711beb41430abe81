//! The system's SQLite, whatever its release: it links, it says whether its write-ahead log is sound, and a rollback
//! journal works in any case.

use std::path::Path;
use std::sync::Arc;

use talkback::backend::sqlite::{Journal, SqliteOptions};
use talkback::{
    Actor, Channel, CustomerId, Desk, Feedback, Policy, PolicyBook, SqliteBackend, View, WorkingCalendar,
};

#[test]
fn the_systems_library_works() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("system-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    match SqliteBackend::open(folder.join("log.db")) {
        Ok(_) => {}
        Err(refused) => assert!(refused.to_string().contains("rollback journal"), "{refused}"),
    }

    let path = folder.join("feedback.db");
    let options = SqliteOptions::default().with_journal(Journal::Rollback);
    let office = WorkingCalendar::office("office").build().unwrap();
    let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
    let backend = Arc::new(SqliteBackend::open_with(&path, options.clone()).unwrap());
    let desk = Desk::single(backend.clone(), policies.clone());
    let ann = CustomerId::new("customer-17").unwrap();
    let case = pollster::block_on(async {
        let ann = Actor::customer(ann.clone());
        desk.open(ann, Feedback::complaint(Channel::Chat, "The kettle leaks.")).await.unwrap().case.id
    });
    backend.backup(folder.join("copy.db")).unwrap();
    let copy = Arc::new(SqliteBackend::open_with(folder.join("copy.db"), options).unwrap());
    for desk in [desk, Desk::single(copy, policies)] {
        let said = pollster::block_on(desk.conversation(case, View::Customer(&ann), 0, 10)).unwrap().messages;
        assert_eq!(said[0].body.as_deref(), Some("The kettle leaks."));
    }
    drop(backend);
    std::fs::remove_dir_all(folder).unwrap();
}
