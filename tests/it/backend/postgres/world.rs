//! The server that the tests share, and a store of its own for each of them.

use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use talkback::backend::postgres::deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use talkback::backend::postgres::tokio_postgres::config::Host;
use talkback::backend::postgres::tokio_postgres::{Client, Config, NoTls};
use talkback::backend::postgres::{Options, PostgresBackend, Schema};
use tokio::runtime::{Builder, Runtime};

use super::server::Server;

/// Where the tests' stores are.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    /// The server, if the tests started it.
    pub(crate) server: Option<Server>,
}

/// The shared server, or `None` (loudly) where there is none. In CI there must be one.
pub(crate) fn world() -> Option<&'static World> {
    static WORLD: OnceLock<Option<World>> = OnceLock::new();
    WORLD
        .get_or_init(|| {
            if let Ok(url) = std::env::var("TALKBACK_TEST_POSTGRES") {
                return Some(World { config: Config::from_str(&url).unwrap(), server: None });
            }
            // What is lost when the machine loses its power is no loss to a test.
            let server = Server::start(&["fsync = off", "full_page_writes = off"]);
            if server.is_none() {
                assert!(
                    std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                    "PostgreSQL is not installed, and TALKBACK_TEST_POSTGRES names no server"
                );
                eprintln!(
                    "NOT TESTED: PostgreSQL is not installed, and TALKBACK_TEST_POSTGRES names no server"
                );
            }
            server.map(|server| World { config: config(server.port), server: Some(server) })
        })
        .as_ref()
}

/// How to connect to the tests' server as its superuser, on that port of this machine.
pub(crate) fn config(port: u16) -> Config {
    let mut config = Config::new();
    config.host("127.0.0.1").port(port).user("postgres").dbname("postgres");
    config
}

/// What the driver runs on.
pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs a test against the shared server, if there is one.
pub(crate) fn with<F: Future<Output = ()>>(test: impl FnOnce(&'static World) -> F) {
    if let Some(world) = world() {
        runtime().block_on(test(world));
    }
}

pub(crate) fn pool(config: &Config, size: usize) -> Pool {
    let manager_config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(config.clone(), NoTls, manager_config);
    Pool::builder(manager).max_size(size).build().unwrap()
}

/// The same with that isolation level as the default of each connection.
pub(crate) fn at_level(config: &Config, level: &str) -> Config {
    let mut config = config.clone();
    config.options(format!("-c default_transaction_isolation={}", level.replace(' ', "\\ ")));
    config
}

/// A name that no other test has, nor one of another run on the same server.
pub(crate) fn name(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{what}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

impl World {
    /// A fresh store, and its schema. Removed again by the next test run's server, or with it.
    pub(crate) async fn store(&self) -> (PostgresBackend, Schema) {
        let schema = Schema::new(name("store")).unwrap();
        let backend = self.backend(pool(&self.config, 16), &schema);
        backend.migrate().await.unwrap();
        (backend, schema)
    }

    pub(crate) fn backend(&self, pool: Pool, schema: &Schema) -> PostgresBackend {
        PostgresBackend::with_options(pool, Options::default().in_schema(schema.clone()))
    }

    /// A connection beside those of the store, as superuser: it sees all tenants.
    pub(crate) async fn beside(&self) -> Client {
        connect(&self.config).await
    }
}

pub(crate) async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(async move {
        // It ends with the client, or with the server: what becomes of a call tells.
        let _ = connection.await;
    });
    client
}

/// A role that may log in, and nothing else.
pub(crate) async fn role(beside: &Client, world: &World, what: &str) -> Config {
    let name = name(what);
    beside.batch_execute(&format!("CREATE ROLE {name} LOGIN")).await.unwrap();
    let mut config = world.config.clone();
    config.user(name);
    config
}

/// Asked to take its time.
pub(crate) fn long() -> bool {
    std::env::var_os("TALKBACK_LONG").is_some_and(|long| long == "1")
}

/// A database of its own on the shared server, for a process that the test starts. It is gone with this.
pub(crate) struct Database {
    world: &'static World,
    name: String,
}

impl Database {
    /// A new one; `None` where there is no server.
    pub(crate) fn create(what: &str) -> Option<Self> {
        let database = Self { world: world()?, name: name(what) };
        database.by_hand(&format!("CREATE DATABASE {}", database.name));
        Some(database)
    }

    /// What the examples take behind `--backend`.
    pub(crate) fn backend(&self) -> String {
        format!("postgres:{} dbname={}", written(&self.world.config), self.name)
    }

    fn by_hand(&self, sql: &str) {
        runtime().block_on(async { self.world.beside().await.batch_execute(sql).await.unwrap() });
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.by_hand(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

/// The configuration as text, but for the database.
pub(crate) fn written(config: &Config) -> String {
    let Some(Host::Tcp(host)) = config.get_hosts().first() else { panic!("a host") };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let password = config.get_password().map(|it| format!(" password={}", String::from_utf8_lossy(it)));
    format!("host={host} port={port} user={}{}", config.get_user().unwrap(), password.unwrap_or_default())
}
