//! Where the server's default is another isolation level than `read committed`: a call sees what was there when it
//! began, and nothing that was committed while it waited.

use std::sync::Arc;

use chrono::TimeDelta;
use talkback::Backend;
use talkback::backend::postgres::Schema;
use talkback::backend::postgres::tokio_postgres::Client;
use talkback::backend::{Claim, Lane, LeasedNotice, NoticeEnd, Settlement};

use super::order::{cases, open, write_by_hand};
use super::story::{case, commit_of, complaint, monday, reply, tenant};
use super::world::{World, at_level, pool, with};

const LEVELS: [&str; 2] = ["repeatable read", "serializable"];

/// Writer 99 draws its place, 2 commits, a reader begins, 99 commits while the reader waits. The reader gets all of
/// them in their order.
#[test]
fn the_feed_skips_nobody_at_any_isolation_level() {
    with(async |world| {
        for level in LEVELS.iter().chain(&["read committed"]) {
            let (_, schema) = world.store().await;
            let backend: Arc<dyn Backend> = Arc::new(world.backend(pool(&world.config, 1), &schema));
            let reader = world.backend(pool(&at_level(&world.config, level), 1), &schema);
            let reader: Arc<dyn Backend> = Arc::new(reader);
            open(&backend, 1).await;
            let (late, beside) = (world.beside().await, world.beside().await);
            late.batch_execute("BEGIN").await.unwrap();
            write_by_hand(&late, &schema).await;
            open(&backend, 2).await;
            // Whoever knows the epoch goes on; a new reader waits, and its snapshot is taken by then.
            late.batch_execute(&format!("LOCK TABLE {schema}.epochs")).await.unwrap();
            let reading = tokio::spawn({
                let reader = reader.clone();
                async move { cases(&*reader, None).await }
            });
            let waiting = format!(
                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = '{schema}.epochs'::regclass)"
            );
            while !beside.query_one(&waiting, &[]).await.unwrap().get::<_, bool>(0) {}
            late.batch_execute("COMMIT").await.unwrap();

            let mut seen = reading.await.unwrap();
            seen.extend(cases(&*reader, seen.last().map(|item| item.0)).await);
            assert_eq!(seen.iter().map(|item| item.1).collect::<Vec<_>>(), [1, 99, 2], "{level}");
        }
    });
}

/// A store with a letter that is due, reached at that level, and that letter under a lease.
async fn owing(world: &World, level: &str) -> (Arc<dyn Backend>, Schema, LeasedNotice) {
    let (_, schema) = world.store().await;
    let backend = world.backend(pool(&at_level(&world.config, level), 4), &schema);
    let backend: Arc<dyn Backend> = Arc::new(backend);
    for request in [complaint(1), reply(2)] {
        let commit = commit_of(&backend, &tenant("ours"), case(1), request).await;
        backend.commit(commit).await.unwrap();
    }
    let leased = offered(&*backend).await.pop().unwrap();
    (backend, schema, leased)
}

async fn offered(backend: &dyn Backend) -> Vec<LeasedNotice> {
    let later = monday() + TimeDelta::days(30);
    let claim = Claim::work(tenant("ours"), Lane::Notices, later, TimeDelta::days(1), 10);
    backend.claim(claim).await.unwrap().into_notices()
}

/// Waits until somebody waits for a lock on the record. It asks, and does not sleep.
async fn somebody_waits(beside: &Client) {
    let waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))";
    while !beside.query_one(waiting, &[]).await.unwrap().get::<_, bool>(0) {}
}

async fn lock(client: &Client, schema: &Schema) {
    let lock = format!(
        "BEGIN; SELECT pg_advisory_xact_lock({schema}.lock_key('ours', 0::smallint, '{}'))",
        case(1).uuid()
    );
    client.batch_execute(&lock).await.unwrap();
}

/// While a settlement waits for the record, a commit adds a letter behind the one that is settled. It goes out.
#[test]
fn a_settlement_that_waited_lets_the_newest_letter_go() {
    with(async |world| {
        for level in LEVELS {
            let (backend, schema, leased) = owing(world, level).await;
            let (writer, beside) = (world.beside().await, world.beside().await);
            lock(&writer, &schema).await;
            let done = Settlement::notice(tenant("ours"), leased.id, leased.lease, NoticeEnd::Done, monday());
            let settling = tokio::spawn({
                let backend = backend.clone();
                async move { backend.settle(done).await }
            });
            somebody_waits(&beside).await;
            // What a commit does.
            let added = format!(
                "UPDATE {schema}.records SET version = version;
                 INSERT INTO {schema}.notices (tenant, kind, id, version, n, person, line, due, data)
                 SELECT tenant, kind, id, version, n + 1, person, line, due, data FROM {schema}.notices;
                 COMMIT"
            );
            writer.batch_execute(&added).await.unwrap();
            settling.await.unwrap().unwrap();
            let next: Vec<_> = offered(&*backend).await.iter().map(|notice| notice.id.n).collect();
            assert_eq!(next, [leased.id.n + 1], "{level}");
        }
    });
}

/// While a commit waits for the record, the letter before its own is settled. Its own does not wait for that one.
#[test]
fn a_commit_that_waited_waits_for_no_letter_that_is_gone() {
    with(async |world| {
        for level in LEVELS {
            let (backend, schema, leased) = owing(world, level).await;
            let (settler, beside) = (world.beside().await, world.beside().await);
            let commit = commit_of(&backend, &tenant("ours"), case(1), reply(3)).await;
            lock(&settler, &schema).await;
            let committing = tokio::spawn({
                let backend = backend.clone();
                async move { backend.commit(commit).await }
            });
            somebody_waits(&beside).await;
            // What a settlement does.
            settler.batch_execute(&format!("DELETE FROM {schema}.notices; COMMIT")).await.unwrap();
            committing.await.unwrap().unwrap();
            let next: Vec<_> = offered(&*backend).await.iter().map(|notice| notice.id.version).collect();
            assert_eq!(next, [leased.id.version + 1], "{level}");
        }
    });
}
