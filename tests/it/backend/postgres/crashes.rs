//! Sessions that are ended, servers that crash and clients that are killed, in the middle of the work.
//! Afterwards the auditor holds what the clients were told against what is stored.

use std::io::{BufRead, BufReader, Read, Write as _};
use std::process::{Command as Process, Stdio};
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use talkback::backend::postgres::tokio_postgres::Config;
use talkback::backend::postgres::{Options, PostgresBackend, Schema};
use talkback::testing::audit::{self, Audited, Journal};
use talkback::workflow::CustomerWrote;
use talkback::{
    Actor, Backend, CaseId, Clock, Command, DeadlineWorker, Desk, Error, ManualClock, Request, TenantId,
};
use tokio::sync::watch;

use super::server::Server;
use super::story::{ann, case, command, complaint, desk, monday, policies, reply, tenant};
use super::world::{World, config, connect, long, pool, runtime, with, written};

/// What the clients of a test have in common.
struct Work {
    desk: Desk,
    journal: Mutex<Journal>,
    acknowledged: watch::Sender<usize>,
    /// Called with each line of the journal.
    told: fn(String),
}

impl Work {
    fn new(backend: Arc<dyn Backend>, told: fn(String)) -> Arc<Self> {
        let (acknowledged, _) = watch::channel(0);
        let desk = desk(backend, &tenant("ours"));
        Arc::new(Self { desk, journal: Mutex::default(), acknowledged, told })
    }

    /// Sends a request until it is answered, always under the same id.
    async fn send(&self, case: CaseId, request: Request) {
        let id = request.id.unwrap();
        loop {
            self.journal.lock().unwrap().sending(id);
            (self.told)(format!("sending {id}"));
            match self.desk.execute(case, request.clone()).await {
                Ok(_) => break,
                Err(Error::Contended { .. }) => {}
                Err(Error::Backend(error)) if error.is_retryable() => tokio::task::yield_now().await,
                Err(error) => panic!("{error:?}"),
            }
        }
        self.journal.lock().unwrap().done(id);
        (self.told)(format!("done {id}"));
        self.acknowledged.send_modify(|count| *count += 1);
    }

    /// One client: cases of its own, and one that all of them write to.
    async fn client(self: Arc<Self>, number: u128, cases: u128) {
        for n in 0..cases {
            let own = 1_000_000 * (number + 1) + 10 * n;
            self.send(case(own), complaint(own)).await;
            self.send(case(own), reply(own + 1)).await;
            self.send(case(1), wrote(own + 2)).await;
        }
    }

    /// So many clients at once, and the case that they share.
    async fn clients(self: &Arc<Self>, clients: u128, cases: u128) -> Vec<tokio::task::JoinHandle<()>> {
        self.send(case(1), complaint(1)).await;
        (0..clients).map(|number| tokio::spawn(self.clone().client(number, cases))).collect()
    }

    async fn reached(&self, count: usize) {
        self.acknowledged.subscribe().wait_for(|done| *done >= count).await.unwrap();
    }
}

fn wrote(id: u128) -> Request {
    let wrote: Command = CustomerWrote::new("It still leaks.").into();
    Request::new(Actor::customer(ann()), wrote).with_id(command(id))
}

async fn all(backend: &dyn Backend, journal: &Journal) -> Audited {
    let ours: TenantId = tenant("ours");
    let audited = audit::stored(backend, &ours, journal).await.unwrap_or_else(|why| panic!("{why}"));
    let later = monday() + TimeDelta::days(365);
    audit::work(backend, &ours, journal, later).await.unwrap_or_else(|why| panic!("{why}"));
    audited
}

/// Every few commands all sessions are ended by somebody else.
#[test]
fn ended_sessions_lose_nothing() {
    with(async |world| {
        let (_, schema) = world.store().await;
        let mut config = world.config.clone();
        config.application_name(schema.as_str());
        let backend: Arc<dyn Backend> = Arc::new(world.backend(pool(&config, 4), &schema));
        let work = Work::new(backend.clone(), |_| {});
        let cases = if long() { 400 } else { 25 };
        let clients = work.clients(4, cases).await;
        let beside = world.beside().await;
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = $1";
        let (mut ended, all_of_them) = (0, 1 + 4 * 3 * cases as usize);
        for reached in (5..all_of_them).step_by(10) {
            work.reached(reached).await;
            ended += beside.query_one(end, &[&schema.as_str()]).await.unwrap().get::<_, i64>(0);
        }
        for client in clients {
            client.await.unwrap();
        }
        assert!(ended > 20, "only {ended} sessions were ended");
        let journal = work.journal.lock().unwrap().clone();
        // A session that was ended last may still be in the pool.
        let afresh = world.backend(pool(&world.config, 2), &schema);
        let audited = all(&afresh, &journal).await;
        assert_eq!(audited.commands, all_of_them);
    });
}

/// The server crashes and comes back.
#[test]
fn a_crashed_server_loses_nothing() {
    let Some(server) = Server::start(&["fsync = off"]) else { return };
    runtime().block_on(async {
        let schema = Schema::default();
        let pool = pool(&config(server.port), 6);
        let backend = PostgresBackend::new(pool);
        backend.migrate().await.unwrap();
        let backend: Arc<dyn Backend> = Arc::new(backend);
        let work = Work::new(backend.clone(), |_| {});
        let rounds = if long() { 50 } else { 3 };
        let clients = work.clients(4, 10 * rounds).await;
        for round in 1..=rounds {
            work.reached(30 * round as usize).await;
            server.halt();
            assert!(server.boot(), "it recovers");
        }
        for client in clients {
            client.await.unwrap();
        }
        let journal = work.journal.lock().unwrap().clone();
        let audited = all(&*backend, &journal).await;
        assert_eq!(audited.commands, 1 + 4 * 3 * 10 * rounds as usize);
        let epochs = format!("SELECT count(*) FROM {schema}.epochs");
        let epochs = connect(&config(server.port)).await.query_one(&epochs, &[]).await.unwrap();
        assert_eq!(epochs.get::<_, i64>(0), 1, "a crash is no restore");
    });
}

const CHILD: &str = "TALKBACK_TEST_POSTGRES_CHILD";

/// Not a test of its own: what the next one starts as another process, and kills.
#[test]
fn a_client_that_is_killed() {
    let Ok(orders) = std::env::var(CHILD) else { return };
    let (schema, config) = orders.split_once('|').unwrap();
    let config: Config = config.parse().unwrap();
    runtime().block_on(async {
        let options = Options::default().in_schema(Schema::new(schema).unwrap());
        let backend = Arc::new(PostgresBackend::with_options(pool(&config, 4), options));
        // Not in one line with what the test runner says.
        println!();
        let work = Work::new(backend, |line| {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{line}").unwrap();
            out.flush().unwrap();
        });
        for client in work.clients(4, 1_000).await {
            client.await.unwrap();
        }
    });
}

/// A client process is killed, with commits of its under way.
#[test]
fn a_killed_client_leaves_nothing_torn() {
    with(async |world| {
        for round in 0..if long() { 500 } else { 8 } {
            let (backend, schema) = world.store().await;
            let name = module_path!().split_once("::").unwrap().1;
            let orders = {
                let database = world.config.get_dbname().unwrap();
                let reached = written(&world.config);
                format!("{schema}|{reached} dbname={database} application_name={schema}")
            };
            let mut child = Process::new(std::env::current_exe().unwrap())
                .args([&format!("{name}::a_client_that_is_killed"), "--exact", "--nocapture"])
                .env(CHILD, orders)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut said = String::new();
            let mut done = 0;
            while done < 3 + 7 * round % 50 {
                let mut line = String::new();
                assert!(out.read_line(&mut line).unwrap() > 0, "it ended by itself: {said}");
                done += i32::from(line.starts_with("done"));
                said.push_str(&line);
            }
            child.kill().unwrap();
            child.wait().unwrap();
            out.read_to_string(&mut said).unwrap();
            gone(world, schema.as_str()).await;
            let journal = Journal::read(&said);
            assert!(journal.acknowledged() >= 3);
            all(&backend, &journal).await;
        }
    });
}

/// Waits, by asking, until the server has noticed.
async fn gone(world: &World, application: &str) {
    let beside = world.beside().await;
    let ask = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1";
    while beside.query_one(ask, &[&application]).await.unwrap().get::<_, i64>(0) > 0 {}
}

/// Workers on several machines, all at the same backlog: each deadline fires once.
#[test]
fn several_workers_fire_each_deadline_once() {
    with(async |world| {
        let (_, schema) = world.store().await;
        let backend: Arc<dyn Backend> = Arc::new(world.backend(pool(&world.config, 8), &schema));
        let work = Work::new(backend.clone(), |_| {});
        let cases = if long() { 2_000 } else { 60 };
        for client in work.clients(4, cases).await {
            client.await.unwrap();
        }
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(monday() + TimeDelta::days(2)));
        let workers: Vec<_> = (0..4)
            .map(|_| {
                // Each with connections and marks of its own.
                let backend = Arc::new(world.backend(pool(&world.config, 2), &schema));
                let worker = DeadlineWorker::new(backend, policies(), clock.clone());
                tokio::spawn(async move { worker.tick().await.unwrap() })
            })
            .collect();
        let mut changed = 0;
        for worker in workers {
            let ticked = worker.await.unwrap();
            assert_eq!(ticked.failed, 0);
            changed += ticked.changed;
        }
        assert!(changed >= 4 * cases as usize, "{changed} cases were ticked");
        let again = DeadlineWorker::new(backend.clone(), policies(), clock).tick().await.unwrap();
        assert_eq!(again.changed, 0, "nothing is left");
        let journal = work.journal.lock().unwrap().clone();
        all(&*backend, &journal).await;
    });
}
