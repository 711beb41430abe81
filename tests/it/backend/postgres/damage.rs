//! Rows that cannot be read, and what may never be shown.

use std::sync::Arc;

use talkback::Backend;
use talkback::backend::postgres::Schema;
use talkback::backend::*;

use super::story::{ann, case, command, commit_of, complaint, monday, reply, tenant};
use super::world::{World, with};

/// Two cases, of which the first has an answer that Ann has to be told of.
async fn store(world: &World) -> (Arc<dyn Backend>, Schema) {
    let (backend, schema) = world.store().await;
    let backend: Arc<dyn Backend> = Arc::new(backend);
    for (n, request) in [(1, complaint(1)), (1, reply(2)), (2, complaint(3))] {
        let commit = commit_of(&backend, &tenant("ours"), case(n), request).await;
        backend.commit(commit).await.unwrap();
    }
    (backend, schema)
}

fn key(n: u128) -> Key {
    Key::new(tenant("ours"), case(n))
}

async fn damage(world: &World, schema: &Schema, table: &str, what: &str) {
    let id = "id = '00000000-0000-0000-0000-000000000001'";
    let statement = format!("UPDATE {schema}.{table} SET {what} WHERE {id}");
    world.beside().await.batch_execute(&statement).await.unwrap();
}

#[test]
fn a_damaged_record_is_named_and_hides_no_other() {
    with(async |world| {
        let (backend, schema) = store(world).await;
        // Cut off; of another version; of another record.
        for what in ["data = left(data, 40)", "version = 7, data = repeat('[', 100000)"] {
            damage(world, &schema, "records", what).await;
            match backend.load(Load::new(key(1))).await.unwrap_err() {
                BackendError::Corrupt { key: named, .. } => assert_eq!(named, key(1)),
                error => panic!("{error:?}"),
            }
            let find = Find::new(CaseQuery::new(tenant("ours")), PageRequest::first(10));
            let page = backend.find(find).await.unwrap();
            let item = page.items[0].as_ref().unwrap_err();
            assert_eq!(item.key, key(1));
            assert!(!item.bytes.is_empty());
            assert_eq!(page.items[1].as_ref().unwrap().record.key(), key(2));
        }
        let swapped = format!(
            "UPDATE {schema}.records AS r SET version = s.version, data = s.data FROM {schema}.records AS s
             WHERE r.id = '00000000-0000-0000-0000-000000000001'
             AND s.id = '00000000-0000-0000-0000-000000000002'"
        );
        world.beside().await.batch_execute(&swapped).await.unwrap();
        assert!(matches!(backend.load(Load::new(key(1))).await, Err(BackendError::Corrupt { .. })));
    });
}

#[test]
fn a_damaged_event_stands_in_its_place() {
    with(async |world| {
        let (backend, schema) = store(world).await;
        damage(world, &schema, "events", "data = replace(data, '\"version\":1', '\"version\":9')").await;
        for query in [EventQuery::history(key(1), 0, 10), EventQuery::feed(tenant("ours"), None, 10)] {
            let items = backend.events(query).await.unwrap().items;
            assert!(items[0].event.is_err(), "{:?}", items[0].event);
            assert!(items[1].event.is_ok(), "{:?}", items[1].event);
        }
    });
}

#[test]
fn a_damaged_notice_is_offered_as_such() {
    with(async |world| {
        let (backend, schema) = store(world).await;
        damage(world, &schema, "notices", "data = '{\"secret\": \"leaks\"}'").await;
        let later = monday() + chrono::TimeDelta::days(1);
        let lease = chrono::TimeDelta::minutes(1);
        let claim = Claim::work(tenant("ours"), Lane::Notices, later, lease, 10);
        let notices = backend.claim(claim).await.unwrap().into_notices();
        let item = notices[0].notice.as_ref().unwrap_err();
        assert!(!format!("{item:?} {item}").contains("leaks"));
        let dead = NoticeEnd::Dead { reason: talkback::Code::new("unreadable").unwrap() };
        let over = Settlement::notice(tenant("ours"), notices[0].id, notices[0].lease, dead, later);
        backend.settle(over).await.unwrap();
    });
}

/// PostgreSQL puts whole rows into its errors; none of that comes out.
#[test]
fn no_error_repeats_what_is_stored() {
    with(async |world| {
        let (backend, schema) = store(world).await;
        let rule = format!(
            "ALTER TABLE {schema}.texts ADD CHECK (body <> 'The kettle leaks.'::bytea) NOT VALID;
             ALTER TABLE {schema}.records ADD CHECK (customer <> 'customer-17') NOT VALID"
        );
        world.beside().await.batch_execute(&rule).await.unwrap();
        let commit = commit_of(&backend, &tenant("ours"), case(7), complaint(7)).await;
        let error = backend.commit(commit).await.unwrap_err();
        let shown =
            format!("{error:?} {error} {:?}", std::error::Error::source(&error).map(ToString::to_string));
        assert!(shown.contains("23514"), "{shown}");
        assert!(!shown.contains("kettle") && !shown.contains("customer-17"), "{shown}");
    });
}

/// After the clean-up that the documentation names, no file of the database holds the words.
#[test]
fn erased_words_are_in_no_file() {
    with(async |world| {
        let Some(server) = &world.server else { return };
        let (backend, schema) = store(world).await;
        let beside = world.beside().await;
        let file = async |table: &str| -> Vec<u8> {
            beside.batch_execute("CHECKPOINT").await.unwrap();
            let ask = format!("SELECT pg_relation_filepath('{schema}.{table}')");
            let path: String = beside.query_one(&ask, &[]).await.unwrap().get(0);
            std::fs::read(server.dir().join("data").join(path)).unwrap()
        };
        let holds = |bytes: &[u8]| bytes.windows(6).any(|window| window == b"kettle");
        assert!(holds(&file("texts").await), "as long as they are not erased");
        let erasure = Erasure::new(tenant("ours"), ErasureScope::Person(ann()), monday());
        assert!(backend.erase(erasure).await.unwrap().texts > 0);
        // What other tests' transactions might still look at stays until they are over.
        for _ in 0..2_000 {
            beside.batch_execute(&format!("VACUUM FULL {schema}.texts")).await.unwrap();
            if !holds(&file("texts").await) {
                break;
            }
        }
        for table in ["texts", "records", "events", "commands", "notices"] {
            assert!(!holds(&file(table).await), "{table}");
        }
        let text = TextQuery::new(tenant("ours"), vec![talkback::TextId { command: command(1), slot: 1 }]);
        assert_eq!(backend.texts(text).await.unwrap(), [None]);
    });
}
