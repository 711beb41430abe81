//! What the network, the server and other sessions do to a command, and that it is carried out once.

use std::sync::Arc;

use chrono::TimeDelta;
use talkback::backend::postgres::Options;
use talkback::backend::postgres::tokio_postgres::Client;
use talkback::backend::*;
use talkback::{Backend, PostgresBackend};

use super::proxy::{Fault, Proxy};
use super::story::{case, command, commit_of, complaint, desk, monday, reply, tenant};
use super::world::{connect, long, pool, with};

/// Two round trips for a command, one for whoever holds the case, one for everything else; with and
/// without prepared statements.
#[test]
fn round_trips_are_counted() {
    with(async |world| {
        let (_, schema) = world.store().await;
        let proxy = Proxy::start(&world.config).await;
        for options in [Options::default(), Options::default().behind_pooler()] {
            let options = options.in_schema(schema.clone());
            let backend = PostgresBackend::with_options(pool(&proxy.config, 1), options.clone());
            let backend: Arc<dyn Backend> = Arc::new(backend);
            let whose = tenant(if options.prepare { "prepared" } else { "unnamed" });
            let desk = desk(backend.clone(), &whose);
            let later = monday() + TimeDelta::days(30);
            let claim = || Claim::work(whose.clone(), Lane::Wakes, later, TimeDelta::minutes(5), 10);
            for n in 1..4_u128 {
                // The first time round each statement is prepared.
                let warm = n > 1;
                let counted = |what: &str, expected: u32| {
                    let trips = proxy.trips();
                    assert!(!warm || trips == expected, "{what}: {trips} instead of {expected}");
                };
                counted("before", 0);
                let opened = desk.execute(case(n), complaint(n)).await.unwrap();
                counted("a command", 2);
                desk.execute_on(&opened.case, reply(100 + n)).await.unwrap();
                counted("a command with the case at hand", 1);
                desk.execute(case(n), reply(100 + n)).await.unwrap();
                counted("a repeat: what it did, the case and its events", 3);
                desk.load(case(n)).await.unwrap();
                counted("a load", 1);
                desk.find(desk.query(), PageRequest::first(10)).await.unwrap();
                counted("a list", 1);
                backend.events(EventQuery::feed(whose.clone(), None, 10)).await.unwrap();
                counted("the feed", 1);
                let wakes = backend.claim(claim()).await.unwrap().into_wakes();
                counted("a claim", 1);
                for wake in wakes {
                    let end = WakeEnd::Released;
                    backend.settle(Settlement::wake(wake.key, wake.lease, end, later)).await.unwrap();
                    counted("a settlement", 1);
                }
                backend.claim(Claim::tenants(Lane::Wakes, later, 10)).await.unwrap();
                counted("who has work", 1);
            }
        }
    });
}

/// The connection is cut off at every point of a commit. Whoever sent it is told that nobody knows; the
/// command's id tells, and sending it again has one effect.
#[test]
fn a_commit_that_is_cut_off_is_unknown() {
    with(async |world| {
        let (backend, schema) = world.store().await;
        let calm: Arc<dyn Backend> = Arc::new(backend);
        let proxy = Proxy::start(&world.config).await;
        let backend = world.backend(pool(&proxy.config, 2), &schema);
        let backend: Arc<dyn Backend> = Arc::new(backend);
        let percents = [0, 1, 25, 50, 75, 99];
        let requests = percents.map(Fault::CutInRequest);
        let answers = percents.map(Fault::CutInAnswer);
        let faults: Vec<_> = requests.into_iter().chain(answers).collect();
        let (mut number, mut there, mut lost) = (0, 0, 0);
        for _ in 0..if long() { 100 } else { 6 } {
            for fault in &faults {
                number += 1;
                // Prepared beforehand, so that what is cut off is the commit itself.
                let warm = commit_of(&calm, &tenant("warm"), case(number), complaint(number)).await;
                backend.commit(warm).await.unwrap();
                let commit = commit_of(&calm, &tenant("ours"), case(number), complaint(number)).await;
                proxy.arm(*fault);
                match backend.commit(commit.clone()).await.unwrap_err() {
                    BackendError::Unknown { command: named } => assert_eq!(named, Some(command(number))),
                    error => panic!("{fault:?}: {error:?}"),
                }
                let again = backend.commit(commit).await.unwrap();
                if again.fresh {
                    lost += 1;
                } else {
                    there += 1;
                }
                let key = Key::new(tenant("ours"), case(number));
                let loaded = calm.load(Load::new(key.clone()).with_command(command(number))).await.unwrap();
                assert_eq!(loaded.outcome, Some(again.outcome));
                let history = calm.events(EventQuery::history(key, 0, 10)).await.unwrap();
                assert_eq!(history.items.len(), 1, "{fault:?}");
                assert!(!again.fresh || !matches!(fault, Fault::CutInAnswer(25..)), "{fault:?}");
            }
        }
        assert!(there > 0 && lost > 0, "both must have happened: {there} and {lost}");
    });
}

/// The same through a desk, wherever in the command it happens: it finds out by itself, or says that the
/// storage is not there, and the same request ends with one effect.
#[test]
fn a_command_that_is_cut_off_is_carried_out_once() {
    with(async |world| {
        let (backend, schema) = world.store().await;
        let calm = desk(Arc::new(backend), &tenant("ours"));
        let proxy = Proxy::start(&world.config).await;
        let ours = desk(Arc::new(world.backend(pool(&proxy.config, 2), &schema)), &tenant("ours"));
        let faults =
            [Fault::CutInRequest(0), Fault::CutInRequest(60), Fault::CutInAnswer(0), Fault::CutInAnswer(40)];
        let mut number = 0;
        for skipped in 0..2 {
            for fault in faults {
                number += 1;
                ours.execute(case(number), complaint(number)).await.unwrap();
                let held = calm.load(case(number)).await.unwrap().unwrap();
                proxy.arm(fault);
                let request = reply(1000 + number);
                let first = match skipped {
                    0 => ours.execute(case(number), request.clone()).await,
                    _ => ours.execute_on(&held, request.clone()).await,
                };
                if let Err(error) = first {
                    assert!(
                        matches!(&error, talkback::Error::Backend(error) if error.is_retryable()),
                        "{error:?}"
                    );
                    ours.execute(case(number), request).await.unwrap();
                }
                let case = calm.load(case(number)).await.unwrap().unwrap();
                assert_eq!(calm.events(case.id, 0, 100).await.unwrap().len() as u64, case.version);
                assert_eq!(case.version, 2, "{fault:?}");
            }
        }
    });
}

/// A connection that hangs is given up with its caller: the next one gets another.
#[test]
fn a_connection_that_hangs_is_not_given_on() {
    with(async |world| {
        let (backend, schema) = world.store().await;
        let calm: Arc<dyn Backend> = Arc::new(backend);
        let proxy = Proxy::start(&world.config).await;
        // One connection: were it given on, the next call would hang as well.
        let backend: Arc<dyn Backend> = Arc::new(world.backend(pool(&proxy.config, 1), &schema));
        for number in 1..if long() { 100 } else { 5 } {
            let warm = commit_of(&calm, &tenant("warm"), case(number), complaint(number)).await;
            backend.commit(warm).await.unwrap();
            let commit = commit_of(&calm, &tenant("ours"), case(number), complaint(number)).await;
            proxy.arm(Fault::Hang);
            let sent = commit.clone();
            let mut hanging = Box::pin(backend.commit(sent));
            let mut struck = Box::pin(proxy.struck());
            std::future::poll_fn(|context| {
                assert!(hanging.as_mut().poll(context).is_pending(), "it answers");
                struck.as_mut().poll(context)
            })
            .await;
            drop(hanging);
            backend.commit(commit).await.unwrap();
            let history = EventQuery::history(Key::new(tenant("ours"), case(number)), 0, 10);
            assert_eq!(calm.events(history).await.unwrap().items.len(), 1);
        }
    });
}

/// What other sessions can do to a commit: it is not carried out, and may be sent again.
#[test]
fn what_other_sessions_do_passes() {
    with(async |world| {
        let (backend, schema) = world.store().await;
        let calm: Arc<dyn Backend> = Arc::new(backend);
        let ours = tenant("ours");
        for n in [1, 2] {
            calm.commit(commit_of(&calm, &ours, case(n), complaint(n)).await).await.unwrap();
        }
        let both = async || {
            let mut commit = commit_of(&calm, &ours, case(1), reply(7)).await;
            let second = commit_of(&calm, &ours, case(2), reply(7)).await;
            commit.writes.push(Write::new(
                second.writes[0].record.clone(),
                1,
                second.writes[0].events.clone(),
            ));
            commit
        };
        let backend = |options: &str| -> Arc<dyn Backend> {
            let mut config = world.config.clone();
            config.options(options);
            let options = Options::default().in_schema(schema.clone());
            let options = options.with_lock_timeout(TimeDelta::milliseconds(50));
            Arc::new(PostgresBackend::with_options(pool(&config, 2), options))
        };
        let refused = async |backend: &Arc<dyn Backend>, code: &str| {
            let error = backend.commit(both().await).await.unwrap_err();
            assert!(error.is_retryable() && !matches!(error, BackendError::Unknown { .. }), "{error:?}");
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains(code), "{source}");
            assert_eq!(
                calm.load(Load::new(Key::new(ours.clone(), case(1))))
                    .await
                    .unwrap()
                    .record
                    .unwrap()
                    .version(),
                1
            );
        };
        let lock =
            |n: u128| format!("BEGIN; SELECT FROM {schema}.records WHERE id = '{}' FOR UPDATE", case(n));

        // Somebody holds the row for too long.
        let other = world.beside().await;
        other.batch_execute(&lock(2)).await.unwrap();
        refused(&backend(""), "55P03").await;
        other.batch_execute("ROLLBACK").await.unwrap();

        // Somebody holds what we want and wants what we hold. A third one sees to it that we are the last
        // to wait, because the last one finds out.
        let mut config = world.config.clone();
        config.options("-c deadlock_timeout=10ms");
        let options = Options::default().in_schema(schema.clone());
        let patient = PostgresBackend::with_options(pool(&config, 2), options);
        let third = world.beside().await;
        third.batch_execute(&lock(1).replace("records", "wakes")).await.unwrap();
        other.batch_execute(&format!("SET deadlock_timeout = '1h'; {}", lock(2))).await.unwrap();
        let commit = both().await;
        let ours_waits = tokio::spawn(async move { patient.commit(commit).await });
        let asking = world.beside().await;
        waits_for_lock(&asking, &format!("\"{schema}\".commit")).await;
        let rest = lock(1).replace("BEGIN; ", "");
        let theirs_waits = tokio::spawn({
            let rest = rest.clone();
            async move { other.batch_execute(&rest).await }
        });
        waits_for_lock(&asking, &rest).await;
        third.batch_execute("ROLLBACK").await.unwrap();
        let error = ours_waits.await.unwrap().unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(error.is_retryable() && source.contains("40P01"), "{source}");
        theirs_waits.await.unwrap().unwrap();

        // A server that was made a replica.
        refused(&backend("-c default_transaction_read_only=on"), "25006").await;

        // Afterwards it goes through.
        assert!(backend("").commit(both().await).await.unwrap().fresh);
    });
}

/// Asks until a statement with this text waits for a lock.
async fn waits_for_lock(client: &Client, text: &str) {
    let ask = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
               AND pid <> pg_backend_pid() AND position($1 IN query) > 0";
    while client.query_one(ask, &[&text]).await.unwrap().get::<_, i64>(0) == 0 {}
}

/// Stricter sessions than the usual do no harm: the loser of a race is told to try again.
#[test]
fn a_race_under_stricter_isolation_passes() {
    with(async |world| {
        let (_, schema) = world.store().await;
        for level in ["repeatable\\ read", "serializable"] {
            let mut config = world.config.clone();
            config.options(format!("-c default_transaction_isolation={level}"));
            let backend: Arc<dyn Backend> = Arc::new(world.backend(pool(&config, 8), &schema));
            let whose = tenant(&level.replace("\\ ", "-"));
            let open = commit_of(&backend, &whose, case(1), complaint(1)).await;
            backend.commit(open).await.unwrap();
            for round in 2..8 {
                let mut commits = Vec::new();
                for racer in 0..6 {
                    commits.push(commit_of(&backend, &whose, case(1), reply(100 * round + racer)).await);
                }
                let race = |commit| {
                    let backend = backend.clone();
                    tokio::spawn(async move { backend.commit(commit).await })
                };
                let tasks: Vec<_> = commits.into_iter().map(race).collect();
                let mut won = 0;
                for task in tasks {
                    match task.await.unwrap() {
                        Ok(_) => won += 1,
                        Err(BackendError::Conflict { .. }) => {}
                        Err(error) => assert!(error.is_retryable(), "{error:?}"),
                    }
                }
                assert_eq!(won, 1);
            }
        }
    });
}

/// Two senders of one command id with different bodies, on different records and at once: one of them is
/// carried out, and the other is told so.
#[test]
fn one_command_id_races_for_two_records() {
    with(async |world| {
        let (backend, _) = world.store().await;
        let backend: Arc<dyn Backend> = Arc::new(backend);
        for round in 0..if long() { 1_000 } else { 40 } {
            let id = 1_000 + round;
            let mut commits = Vec::new();
            for n in [1, 2] {
                commits.push(commit_of(&backend, &tenant("ours"), case(10 * id + n), complaint(id)).await);
            }
            let race = |commit: Commit| {
                let backend = backend.clone();
                tokio::spawn(async move {
                    loop {
                        match backend.commit(commit.clone()).await {
                            Err(BackendError::Unavailable { .. }) => {}
                            answer => return answer,
                        }
                    }
                })
            };
            let tasks: Vec<_> = commits.into_iter().map(race).collect();
            let mut fresh = 0;
            for task in tasks {
                match task.await.unwrap() {
                    Ok(committed) => fresh += u32::from(committed.fresh),
                    Err(BackendError::CommandReused { command: named }) => assert_eq!(named, command(id)),
                    Err(error) => panic!("{error:?}"),
                }
            }
            assert_eq!(fresh, 1);
            let feed = backend.events(EventQuery::feed(tenant("ours"), None, 1_000)).await.unwrap();
            let both = feed.items.iter().filter(|item| {
                [1, 2].iter().any(|n| item.key == Key::new(tenant("ours"), case(10 * id + n)))
            });
            assert_eq!(both.count(), 1);
        }
    });
}

/// Errors by what they mean, from the server itself.
#[test]
fn errors_are_told_by_their_meaning() {
    with(async |world| {
        let (backend, schema) = world.store().await;
        let backend: Arc<dyn Backend> = Arc::new(backend);
        let beside: Client = connect(&world.config).await;
        let trigger = |code: &str| {
            format!(
                "CREATE OR REPLACE FUNCTION {schema}.fail() RETURNS trigger LANGUAGE plpgsql AS
                 'BEGIN RAISE EXCEPTION USING ERRCODE = ''{code}'', MESSAGE = ''on purpose''; END';
                 CREATE OR REPLACE TRIGGER fail BEFORE INSERT ON {schema}.events
                 FOR EACH ROW EXECUTE FUNCTION {schema}.fail()"
            )
        };
        for (code, meaning) in
            [("53100", "full"), ("53200", "passes"), ("57014", "passes"), ("XX000", "other")]
        {
            beside.batch_execute(&trigger(code)).await.unwrap();
            let commit = commit_of(&backend, &tenant("ours"), case(1), complaint(1)).await;
            let error = backend.commit(commit).await.unwrap_err();
            let told = match &error {
                BackendError::Full => "full",
                BackendError::Unavailable { .. } => "passes",
                BackendError::Other { .. } => "other",
                _ => "something else",
            };
            assert_eq!(told, meaning, "{code}: {error:?}");
            let key = Key::new(tenant("ours"), case(1));
            assert_eq!(backend.load(Load::new(key)).await.unwrap().record, None);
        }
        beside.batch_execute(&format!("DROP TRIGGER fail ON {schema}.events")).await.unwrap();
        let commit = commit_of(&backend, &tenant("ours"), case(1), complaint(1)).await;
        assert!(backend.commit(commit).await.unwrap().fresh);
    });
}
