//! The whole suite, however the store is reached.

use std::sync::Arc;

use talkback::Backend;
use talkback::backend::postgres::{Options, PostgresBackend, Schema, grants};
use talkback::testing::conformance;

use super::pooler::Pooler;
use super::world::{World, connect, name, pool, role, with};

#[test]
fn postgres_keeps_every_promise() {
    with(async |world| {
        let pool = pool(&world.config, 16);
        run(async |schema| {
            let options = Options::default().in_schema(schema);
            let backend = PostgresBackend::with_options(pool.clone(), options);
            backend.migrate().await.unwrap();
            backend
        })
        .await;
    });
}

/// Each statement may run on another connection, and be gone from the one before.
#[test]
fn postgres_behind_a_pooler_keeps_every_promise() {
    with(async |world| {
        let Some(pooler) = Pooler::start(world) else { return };
        let (direct, pooled) = (pool(&world.config, 4), pool(&pooler.config, 16));
        run(async |schema| {
            let options = Options::default().in_schema(schema);
            PostgresBackend::with_options(direct.clone(), options.clone()).migrate().await.unwrap();
            PostgresBackend::with_options(pooled.clone(), options.behind_pooler())
        })
        .await;
    });
}

/// The tables belong to somebody else, and row level security holds.
#[test]
fn postgres_keeps_every_promise_to_a_role_with_few_rights() {
    with(async |world| {
        let (owner, app) = roles(world).await;
        let (owners, apps) = (pool(&owner, 4), pool(&app, 16));
        let owner = connect(&owner).await;
        run(async |schema| {
            let options = Options::default().in_schema(schema.clone());
            PostgresBackend::with_options(owners.clone(), options.clone()).migrate().await.unwrap();
            owner.batch_execute(&grants(&schema, app.get_user().unwrap())).await.unwrap();
            PostgresBackend::with_options(apps.clone(), options)
        })
        .await;
    });
}

/// One who may create schemas, and one who may nothing.
async fn roles(
    world: &World,
) -> (talkback::backend::postgres::tokio_postgres::Config, talkback::backend::postgres::tokio_postgres::Config)
{
    let beside = world.beside().await;
    let (owner, app) = (role(&beside, world, "owner").await, role(&beside, world, "app").await);
    let database = world.config.get_dbname().unwrap();
    let grant = format!("GRANT CREATE ON DATABASE \"{database}\" TO {}", owner.get_user().unwrap());
    beside.batch_execute(&grant).await.unwrap();
    (owner, app)
}

async fn run(make: impl AsyncFn(Schema) -> PostgresBackend) {
    let make = &make;
    let report = conformance::run_all(|| async move {
        let backend = make(Schema::new(name("suite")).unwrap()).await;
        Arc::new(backend) as Arc<dyn Backend>
    })
    .await;
    assert!(report.is_kept(), "{report}");
    assert_eq!(report.kept.len(), conformance::suite().len());
}
