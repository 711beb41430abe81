//! The feed while transactions are under way.

use std::sync::Arc;

use talkback::Backend;
use talkback::backend::postgres::Schema;
use talkback::backend::postgres::tokio_postgres::Client;
use talkback::backend::{EventQuery, Position};

use super::story::{case, commit_of, complaint, tenant};
use super::world::with;

/// A commit that draws its place early and appears late: whoever reads meanwhile stops before it, and
/// gets both in order afterwards.
#[test]
fn nothing_appears_below_what_was_read() {
    with(async |world| {
        let (backend, schema) = world.store().await;
        let backend: Arc<dyn Backend> = Arc::new(backend);
        let ours = tenant("ours");
        let feed = async |after| cases(&*backend, after).await;
        open(&backend, 1).await;

        let late = world.beside().await;
        late.batch_execute("BEGIN").await.unwrap();
        write_by_hand(&late, &schema).await;
        open(&backend, 2).await;
        let before = feed(None).await;
        assert_eq!(before.iter().map(|item| item.1).collect::<Vec<_>>(), [1]);
        late.batch_execute("COMMIT").await.unwrap();

        let rest = feed(Some(before[0].0)).await;
        assert_eq!(rest.iter().map(|item| item.1).collect::<Vec<_>>(), [99, 2]);
        assert!(rest[0].0 < rest[1].0);
        // A history does not wait: whoever wrote reads what they wrote.
        let history = EventQuery::history(talkback::backend::Key::new(ours, case(2)), 0, 10);
        assert_eq!(backend.events(history).await.unwrap().items.len(), 1);
    });
}

/// What is rolled back leaves no hole that anybody waits for.
#[test]
fn what_is_rolled_back_holds_nobody_up() {
    with(async |world| {
        let (backend, schema) = world.store().await;
        let backend: Arc<dyn Backend> = Arc::new(backend);
        open(&backend, 1).await;
        let late = world.beside().await;
        late.batch_execute("BEGIN").await.unwrap();
        write_by_hand(&late, &schema).await;
        open(&backend, 2).await;
        assert_eq!(cases(&*backend, None).await.len(), 1);
        late.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(cases(&*backend, None).await.len(), 2);
    });
}

/// Whoever merely runs in the same cluster does not hold the feed up, however long it takes.
#[test]
fn a_stranger_holds_nobody_up() {
    with(async |world| {
        let (backend, _) = world.store().await;
        let (_, elsewhere) = world.store().await;
        let backend: Arc<dyn Backend> = Arc::new(backend);
        let (one, two) = (world.beside().await, world.beside().await);
        one.batch_execute("BEGIN; SELECT pg_current_xact_id(); CREATE TEMP TABLE mine ()").await.unwrap();
        // Nor does another store.
        two.batch_execute("BEGIN").await.unwrap();
        write_by_hand(&two, &elsewhere).await;
        open(&backend, 1).await;
        open(&backend, 2).await;
        assert_eq!(cases(&*backend, None).await.len(), 2);
        two.batch_execute("ROLLBACK").await.unwrap();
        one.batch_execute("ROLLBACK").await.unwrap();
    });
}

/// A store that was copied into another cluster, or back in time, begins a new epoch: what is written
/// then comes after all that was there, although its transactions have lower numbers.
#[test]
fn a_restored_store_begins_a_new_epoch() {
    with(async |world| {
        let (backend, schema) = world.store().await;
        let backend: Arc<dyn Backend> = Arc::new(backend);
        open(&backend, 1).await;
        open(&backend, 2).await;
        let old = cases(&*backend, None).await;
        // As if it had been dumped from a cluster that was called otherwise and had come much further.
        let beside = world.beside().await;
        let moved = format!(
            "UPDATE {schema}.events SET tx = tx + 1000000000000;
             UPDATE {schema}.epochs SET cluster = 'elsewhere', first_tx = first_tx + 1000000000000"
        );
        beside.batch_execute(&moved).await.unwrap();

        // Sessions of before are gone after a restore.
        let backend: Arc<dyn Backend> =
            Arc::new(world.backend(super::world::pool(&world.config, 4), &schema));
        assert_eq!(cases(&*backend, None).await.len(), 2, "what is there is settled");
        open(&backend, 3).await;
        open(&backend, 4).await;
        let now = cases(&*backend, None).await;
        assert_eq!(now.iter().map(|item| item.1).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(now[3].0.epoch(), old[0].0.epoch() + 1);
        assert_eq!(now[2].0.epoch(), now[3].0.epoch(), "one restore, one epoch");
        assert!(now.is_sorted());
    });
}

/// With nothing restored, sessions come and go within one epoch.
#[test]
fn an_epoch_outlives_its_sessions() {
    with(async |world| {
        let (_, schema) = world.store().await;
        for n in 1..6 {
            let pool = super::world::pool(&world.config, 1);
            let backend: Arc<dyn Backend> = Arc::new(world.backend(pool, &schema));
            open(&backend, n).await;
            assert!(cases(&*backend, None).await.iter().all(|item| item.0.epoch() == 1));
        }
    });
}

pub(super) async fn open(backend: &Arc<dyn Backend>, n: u128) {
    let commit = commit_of(backend, &tenant("ours"), case(n), complaint(n)).await;
    assert!(backend.commit(commit).await.unwrap().fresh);
}

/// The positions of the feed, and the numbers of the cases.
pub(super) async fn cases(backend: &dyn Backend, after: Option<Position>) -> Vec<(Position, u128)> {
    let page = backend.events(EventQuery::feed(tenant("ours"), after, 100)).await.unwrap();
    let number = |id| match id {
        talkback::backend::RecordId::Case(case) => case.uuid().as_u128(),
        _ => panic!("a case"),
    };
    page.items.iter().map(|item| (item.position, number(item.key.id))).collect()
}

/// Commits record 99 within the client's transaction.
pub(super) async fn write_by_hand(client: &Client, schema: &Schema) {
    let call = format!(
        "SELECT {schema}.commit('ours', '5s', NULL, NULL, NULL,
             '{{0}}', ARRAY['00000000-0000-0000-0000-000000000063'::uuid], '{{0}}', '{{1}}',
             '{{received}}', '{{complaint}}', '{{null}}', '{{null}}', '{{someone}}', '{{normal}}',
             ARRAY[now()], ARRAY[now()], '{{null}}', '{{null}}', '{{null}}', '{{\"{{}}\"}}',
             '{{1}}', '{{1}}', '{{\"{{}}\"}}',
             '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}', '{{}}')"
    );
    client.batch_execute(&call).await.unwrap();
}
