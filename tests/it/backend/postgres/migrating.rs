//! Getting to the present schema, alone, together and interrupted.

use std::sync::Arc;

use talkback::Backend;
use talkback::backend::postgres::{Schema, Warning, migrations};

use super::story::{case, commit_of, complaint, tenant};
use super::world::{World, name, pool, with};

async fn works(backend: impl Backend) {
    let backend: Arc<dyn Backend> = Arc::new(backend);
    let commit = commit_of(&backend, &tenant("ours"), case(1), complaint(1)).await;
    assert!(backend.commit(commit).await.unwrap().fresh);
}

async fn steps(world: &World, schema: &Schema) -> i64 {
    let count = format!("SELECT count(*) FROM {schema}.migrations");
    world.beside().await.query_one(&count, &[]).await.unwrap().get(0)
}

/// Whoever starts at the same time waits, and finds it done.
#[test]
fn several_migrate_at_once() {
    with(async |world| {
        let schema = Schema::new(name("together")).unwrap();
        let tasks: Vec<_> = (0..6)
            .map(|_| {
                let backend = world.backend(pool(&world.config, 1), &schema);
                tokio::spawn(async move { backend.migrate().await })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(steps(world, &schema).await, migrations(&schema).len() as i64);
        works(world.backend(pool(&world.config, 2), &schema)).await;
    });
}

#[test]
fn migrating_again_changes_nothing() {
    with(async |world| {
        let (backend, schema) = world.store().await;
        backend.migrate().await.unwrap();
        assert_eq!(steps(world, &schema).await, migrations(&schema).len() as i64);
        works(backend).await;
    });
}

/// The texts that are handed out lead to the same place, one by one, and the rest can be left to us.
#[test]
fn an_application_may_migrate_itself() {
    with(async |world| {
        for taken in 0..=migrations(&Schema::default()).len() {
            let schema = Schema::new(name("by_hand")).unwrap();
            let mut client = world.beside().await;
            for step in migrations(&schema).into_iter().take(taken) {
                let transaction = client.transaction().await.unwrap();
                transaction.batch_execute(&step.sql).await.unwrap();
                transaction.commit().await.unwrap();
            }
            let backend = world.backend(pool(&world.config, 2), &schema);
            let behind = |warnings: Vec<Warning>| {
                warnings.iter().any(|warning| matches!(warning, Warning::Schema { .. }))
            };
            assert_eq!(behind(backend.check().await.unwrap()), taken < migrations(&schema).len());
            backend.migrate().await.unwrap();
            assert!(!behind(backend.check().await.unwrap()));
            works(backend).await;
        }
    });
}

/// A migration whose connection is killed between any two of its statements leaves nothing behind, and
/// the next one completes.
#[test]
fn a_migration_killed_half_way_leaves_nothing() {
    with(async |world| {
        let schema = Schema::new(name("killed")).unwrap();
        let whole = migrations(&schema).into_iter().map(|step| step.sql).collect::<String>();
        let beside = world.beside().await;
        let ends: Vec<_> = whole.match_indices(";\n\n").map(|(end, _)| end + 2).collect();
        assert!(ends.len() > 20);
        for end in ends.iter().step_by(3) {
            let client = world.beside().await;
            let half = format!("{}; SELECT pg_terminate_backend(pg_backend_pid());", &whole[..*end]);
            client.batch_execute(&half).await.unwrap_err();
            let left = beside.query_one("SELECT to_regnamespace($1) IS NULL", &[&schema.as_str()]).await;
            assert!(left.unwrap().get::<_, bool>(0), "killed at {end}");
        }
        let backend = world.backend(pool(&world.config, 2), &schema);
        backend.migrate().await.unwrap();
        works(backend).await;
    });
}

/// A store that nobody migrated fails with a plain error, which is no reason to try again.
#[test]
fn without_a_schema_nothing_works() {
    with(async |world| {
        let schema = Schema::new(name("missing")).unwrap();
        let backend = world.backend(pool(&world.config, 1), &schema);
        let key = talkback::backend::Key::new(tenant("ours"), case(1));
        let error = backend.load(talkback::backend::Load::new(key)).await.unwrap_err();
        assert!(!error.is_retryable(), "{error:?}");
    });
}
