//! Who sees what in the database itself, past the backend.

use std::sync::Arc;

use talkback::Backend;
use talkback::backend::Claim;
use talkback::backend::Lane;
use talkback::backend::postgres::tokio_postgres::{Client, Config};
use talkback::backend::postgres::{Options, PostgresBackend, Schema, Warning, grants};

use super::story::{case, commit_of, complaint, monday, reply, tenant};
use super::world::{World, connect, name, pool, role, with};

const TABLES: [&str; 6] = ["records", "events", "commands", "texts", "wakes", "notices"];

/// A store of which the tables belong to one role and that is used by another, with a case of each of
/// two tenants in it.
struct Shared {
    schema: Schema,
    owner: Config,
    app: Config,
    backend: Arc<dyn Backend>,
}

async fn shared(world: &World) -> Shared {
    let beside = world.beside().await;
    let (owner, app) = (role(&beside, world, "owner").await, role(&beside, world, "app").await);
    let schema = Schema::new(name("shared")).unwrap();
    let make = format!("CREATE SCHEMA {schema} AUTHORIZATION {}", owner.get_user().unwrap());
    beside.batch_execute(&make).await.unwrap();
    world.backend(pool(&owner, 1), &schema).migrate().await.unwrap();
    let rights = grants(&schema, app.get_user().unwrap());
    connect(&owner).await.batch_execute(&rights).await.unwrap();
    let backend: Arc<dyn Backend> = Arc::new(world.backend(pool(&app, 4), &schema));
    for name in ["one", "two"] {
        for request in [complaint(1), reply(2)] {
            let commit = commit_of(&backend, &tenant(name), case(1), request).await;
            backend.commit(commit).await.unwrap();
        }
    }
    Shared { schema, owner, app, backend }
}

async fn count(client: &Client, schema: &Schema, table: &str) -> i64 {
    client.query_one(&format!("SELECT count(*) FROM {schema}.{table}"), &[]).await.unwrap().get(0)
}

/// Neither the application's role nor the tables' owner sees a row without saying whose.
#[test]
fn without_a_tenant_there_are_no_rows() {
    with(async |world| {
        let shared = shared(world).await;
        for config in [&shared.owner, &shared.app] {
            let client = connect(config).await;
            for table in TABLES {
                assert_eq!(count(&client, &shared.schema, table).await, 0, "{table}");
            }
            client.batch_execute("BEGIN; SELECT set_config('talkback.tenant', 'one', true)").await.unwrap();
            for table in TABLES {
                let seen = count(&client, &shared.schema, table).await;
                let all: i64 = count(&world.beside().await, &shared.schema, table).await;
                assert_eq!(seen * 2, all, "{table}");
                assert!(seen > 0, "{table}");
            }
            client.batch_execute("COMMIT").await.unwrap();
            assert_eq!(count(&client, &shared.schema, "records").await, 0, "it was for that transaction");
        }
    });
}

/// A row of another tenant is refused, not only hidden.
#[test]
fn nobody_writes_for_another_tenant() {
    with(async |world| {
        let shared = shared(world).await;
        let client = connect(&shared.app).await;
        client.batch_execute("BEGIN; SELECT set_config('talkback.tenant', 'one', true)").await.unwrap();
        let foreign = format!(
            "INSERT INTO {}.commands (tenant, command, written)
             VALUES ('two', '00000000-0000-0000-0000-0000000000ff', '') ON CONFLICT DO NOTHING",
            shared.schema
        );
        let refused = client.batch_execute(&foreign).await.unwrap_err();
        assert_eq!(refused.code().unwrap().code(), "42501");
    });
}

/// The ledger is for ever: the application's role has no right to change or remove an event.
#[test]
fn the_application_cannot_touch_the_ledger() {
    with(async |world| {
        let shared = shared(world).await;
        let client = connect(&shared.app).await;
        for statement in ["DELETE FROM", "UPDATE", "TRUNCATE"] {
            let set = if statement == "UPDATE" { "SET data = ''" } else { "" };
            let statement = format!("{statement} {}.events {set}", shared.schema);
            let refused = client.batch_execute(&statement).await.unwrap_err();
            assert_eq!(refused.code().unwrap().code(), "42501", "{statement}");
        }
    });
}

/// The one question across tenants works all the same, and the owner of the tables gains nothing by it
/// elsewhere.
#[test]
fn the_tenants_with_work_are_named() {
    with(async |world| {
        let shared = shared(world).await;
        let later = monday() + chrono::TimeDelta::days(30);
        for lane in [Lane::Wakes, Lane::Notices] {
            let named = shared.backend.claim(Claim::tenants(lane, later, 10)).await.unwrap().into_tenants();
            assert_eq!(named, [tenant("one"), tenant("two")]);
        }
        let owner = connect(&shared.owner).await;
        let ask = format!(
            "SELECT count(*) FROM {}.tenants_with_work(false, 'infinity', 10, 'infinity')",
            shared.schema
        );
        assert_eq!(owner.query_one(&ask, &[]).await.unwrap().get::<_, i64>(0), 2);
        assert_eq!(count(&owner, &shared.schema, "wakes").await, 0);
        // Nobody else may ask.
        let beside = world.beside().await;
        let stranger = connect(&role(&beside, world, "stranger").await).await;
        assert!(stranger.query_one(&ask, &[]).await.is_err());
    });
}

/// Every table of the schema is under row level security, and its owner too.
#[test]
fn no_table_is_left_out() {
    with(async |world| {
        let (_, schema) = world.store().await;
        let open = world
            .beside()
            .await
            .query(
                "SELECT relname::text FROM pg_class WHERE relnamespace = $1::text::regnamespace
                 AND relkind IN ('r', 'p') AND NOT (relrowsecurity AND relforcerowsecurity)",
                &[&schema.as_str()],
            )
            .await
            .unwrap();
        assert!(open.is_empty(), "{:?}", open.iter().map(|row| row.get(0)).collect::<Vec<String>>());
    });
}

#[test]
fn what_weakens_the_promises_is_named() {
    with(async |world| {
        let shared = shared(world).await;
        let schema = &shared.schema;
        let warnings = async |config: &Config, options: &str| {
            let mut config = config.clone();
            config.options(options);
            world.backend(pool(&config, 1), schema).check().await.unwrap()
        };
        let safe = "-c statement_timeout=30s -c idle_in_transaction_session_timeout=60s";
        // The tests' own server is started without fsync.
        let ours: &[Warning] = if world.server.is_some() { &[Warning::NotDurable] } else { &[] };
        assert_eq!(warnings(&shared.app, safe).await, ours);
        let careless = warnings(&shared.app, "-c synchronous_commit=off").await;
        for warning in [Warning::NotDurable, Warning::NoStatementTimeout, Warning::NoIdleTimeout] {
            assert!(careless.contains(&warning), "{warning}");
        }
        assert!(warnings(&world.config, safe).await.contains(&Warning::Superuser));
        let beside = world.beside().await;
        beside
            .batch_execute(&format!("ALTER ROLE {} BYPASSRLS", shared.app.get_user().unwrap()))
            .await
            .unwrap();
        assert!(warnings(&shared.app, safe).await.contains(&Warning::BypassesRowSecurity));
        for level in ["repeatable\\ read", "serializable"] {
            let elsewhere = format!("{safe} -c default_transaction_isolation={level}");
            let named = warnings(&shared.app, &elsewhere).await;
            assert_eq!(named.last(), Some(&Warning::NotReadCommitted), "{named:?}");
            assert!(named.last().unwrap().to_string().contains("default_transaction_isolation"));
        }
        let nowhere = Options::default().in_schema(Schema::new(name("nowhere")).unwrap());
        let nowhere = PostgresBackend::with_options(pool(&world.config, 1), nowhere).check().await.unwrap();
        assert!(nowhere.iter().any(|it| matches!(it, Warning::Schema { found: 0, .. })), "{nowhere:?}");
    });
}
