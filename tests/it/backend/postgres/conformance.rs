//! The whole suite, however the store is reached.

use std::sync::Arc;

use talkback::Backend;
use talkback::backend::postgres::{Options, PostgresBackend, Schema};
use talkback::testing::conformance;

use super::world::{name, pool, with};

#[test]
fn postgres_keeps_every_promise() {
    with(async |world| {
        let pool = pool(&world.config, 16);
        run(|schema| PostgresBackend::with_options(pool.clone(), Options::default().in_schema(schema))).await;
    });
}

async fn run(make: impl Fn(Schema) -> PostgresBackend) {
    let report = conformance::run_all(async || {
        let backend = make(Schema::new(name("suite")).unwrap());
        backend.migrate().await.unwrap();
        Arc::new(backend) as Arc<dyn Backend>
    })
    .await;
    assert!(report.is_kept(), "{report}");
    assert_eq!(report.kept.len(), conformance::suite().len());
}
