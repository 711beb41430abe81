//! The whole suite, however the store is reached.

use std::sync::Arc;

use talkback::Backend;
use talkback::backend::postgres::{Options, PostgresBackend, Schema, grants, migrations};
use talkback::testing::conformance;

use super::pooler::Pooler;
use super::world::{World, at_level, connect, name, pool, role, with};

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

/// Calls that meet fail where each sees only what was there when it began, and are tried again.
#[test]
fn postgres_keeps_every_promise_at_every_isolation_level() {
    with(async |world| {
        for level in ["repeatable read", "serializable"] {
            let pool = pool(&at_level(&world.config, level), 16);
            run(async |schema| {
                let options = Options::default().in_schema(schema);
                let backend = PostgresBackend::with_options(pool.clone(), options);
                backend.migrate().await.unwrap();
                backend
            })
            .await;
        }
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

/// The handed out steps with every tenant's table in partitions, as the page on running the store says.
#[test]
fn postgres_in_partitions_keeps_every_promise() {
    with(async |world| {
        let (pool, beside) = (pool(&world.config, 16), world.beside().await);
        run(async |schema| {
            for step in migrations(&schema) {
                beside.batch_execute(&partitioned(&step.sql, &schema)).await.unwrap();
            }
            let of_schema = "SELECT count(*) FROM pg_partitioned_table, pg_class \
                             WHERE partrelid = pg_class.oid AND relnamespace = to_regnamespace($1)";
            let tables = beside.query_one(of_schema, &[&schema.as_str()]).await.unwrap();
            assert_eq!(tables.get::<_, i64>(0), 6);
            let backend = PostgresBackend::with_options(pool.clone(), Options::default().in_schema(schema));
            backend.migrate().await.unwrap();
            backend
        })
        .await;
    });
}

/// The step with three partitions behind each table that belongs to tenants.
fn partitioned(sql: &str, schema: &Schema) -> String {
    let mut rest = sql;
    let mut changed = String::new();
    for table in ["records", "events", "commands", "texts", "wakes", "notices"] {
        let Some(begin) = rest.find(&format!("CREATE TABLE \"{schema}\".{table} (")) else { continue };
        let columns = begin + rest[begin..].find("\n)").unwrap();
        let end = columns + rest[columns..].find(";\n").unwrap();
        let settings = &rest[columns + "\n)".len()..end];
        changed.push_str(&rest[..columns]);
        changed.push_str("\n) PARTITION BY HASH (tenant);\n");
        for part in 0..3 {
            changed.push_str(&format!(
                "CREATE TABLE \"{schema}\".{table}_{part} PARTITION OF \"{schema}\".{table} \
                 FOR VALUES WITH (MODULUS 3, REMAINDER {part}){settings};\n"
            ));
        }
        rest = &rest[end + ";\n".len()..];
    }
    changed + rest
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
    assert_eq!(
        report.kept.len() + report.untried.len(),
        conformance::suite().len() + conformance::hooked().len()
    );
}
