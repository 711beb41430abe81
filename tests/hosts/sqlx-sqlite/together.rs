//! One program, two libraries, one SQLite.

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use talkback::{
    Actor, Channel, CustomerId, Desk, Feedback, Policy, PolicyBook, SqliteBackend, View, WorkingCalendar,
};

#[test]
fn sqlx_and_talkback_work_in_one_program() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("together-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let file = SqliteConnectOptions::new().filename(folder.join("shop.db")).create_if_missing(true);
        let shop = SqlitePool::connect_with(file).await.unwrap();
        let orders = "CREATE TABLE orders (customer TEXT); INSERT INTO orders VALUES ('customer-17')";
        sqlx::raw_sql(orders).execute(&shop).await.unwrap();

        let office = WorkingCalendar::office("office").build().unwrap();
        let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
        let backend = SqliteBackend::open(folder.join("feedback.db")).unwrap();
        let desk = Desk::single(Arc::new(backend), policies);

        let (customer,): (String,) =
            sqlx::query_as("SELECT customer FROM orders").fetch_one(&shop).await.unwrap();
        let ann = CustomerId::new(customer).unwrap();
        let feedback = Feedback::complaint(Channel::Chat, "The kettle leaks.");
        let case = desk.open(Actor::customer(ann.clone()), feedback).await.unwrap().case.id;

        let said = desk.conversation(case, View::Customer(&ann), 0, 10).await.unwrap().messages;
        assert_eq!(said[0].body.as_deref(), Some("The kettle leaks."));
        shop.close().await;
    });
    std::fs::remove_dir_all(folder).unwrap();
}
