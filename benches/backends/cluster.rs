//! The PostgreSQL server: the one that `TALKBACK_TEST_POSTGRES` names, or one of the bench's own, which is
//! started as the tests start theirs and is gone with the process.

// What this starts is used in part here, in whole by the tests.
#[allow(dead_code, unreachable_pub)]
#[path = "../../tests/it/backend/postgres/server.rs"]
mod server;

use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use talkback::backend::postgres::deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use talkback::backend::postgres::tokio_postgres::config::Host;
use talkback::backend::postgres::tokio_postgres::{Client, Config, NoTls};
use talkback::backend::postgres::{Options, PostgresBackend, Schema};

use self::server::Server;

pub(crate) struct Cluster {
    config: Config,
    server: Option<Server>,
}

impl Cluster {
    /// `None`, loudly, where there is no server to be had.
    pub(crate) fn start() -> Option<Self> {
        if let Ok(url) = std::env::var("TALKBACK_TEST_POSTGRES") {
            return Some(Self { config: Config::from_str(&url).unwrap(), server: None });
        }
        // Durable, as its default is; vacuuming is not part of what is compared.
        let Some(server) =
            Server::start(&["autovacuum = off", "max_wal_size = 4GB", "shared_buffers = 256MB"])
        else {
            println!("NOT MEASURED: PostgreSQL is not installed, and TALKBACK_TEST_POSTGRES names no server");
            return None;
        };
        let mut config = Config::new();
        config.host("127.0.0.1").port(server.port).user("postgres").dbname("postgres");
        Some(Self { config, server: Some(server) })
    }

    /// How to connect; `durable` is whether a commit waits for the disk.
    pub(crate) fn config(&self, durable: bool) -> Config {
        let mut config = self.config.clone();
        config.options(if durable { "-c synchronous_commit=on" } else { "-c synchronous_commit=off" });
        config
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> (String, u16) {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            _ => "127.0.0.1".to_owned(),
        };
        (host, self.config.get_ports().first().copied().unwrap_or(5432))
    }

    /// Puts the server and this process on one processor. False if that cannot be done.
    pub(crate) fn pin(&self) -> bool {
        self.set_affinity("0")
    }

    /// Lets them run everywhere again.
    pub(crate) fn unpin(&self) {
        let last = std::thread::available_parallelism().map_or(1, usize::from) - 1;
        self.set_affinity(&format!("0-{}", last.max(1)));
    }

    fn set_affinity(&self, processors: &str) -> bool {
        let Some(server) = &self.server else { return false };
        let file = server.dir().join("data/postmaster.pid");
        let Ok(text) = std::fs::read_to_string(file) else { return false };
        let Some(postmaster) = text.lines().next().map(str::to_owned) else { return false };
        let children = format!("/proc/{postmaster}/task/{postmaster}/children");
        let children = std::fs::read_to_string(children).unwrap_or_default();
        let all = [std::process::id().to_string(), postmaster];
        all.iter().map(String::as_str).chain(children.split_whitespace()).all(|process| {
            let mut command = Command::new("taskset");
            command.args(["-a", "-p", "-c", processors, process]);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        })
    }
}

/// A store of its own in that database.
pub(crate) async fn ours(config: &Config, callers: usize) -> (Arc<PostgresBackend>, Schema) {
    let schema = Schema::new(name("bench")).unwrap();
    let backend = ours_in(config, callers, &schema);
    backend.migrate().await.unwrap();
    (backend, schema)
}

/// Another way to a store that is there.
pub(crate) fn ours_in(config: &Config, callers: usize, schema: &Schema) -> Arc<PostgresBackend> {
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = Manager::from_config(config.clone(), NoTls, recycling);
    let pool = Pool::builder(manager).max_size(callers).build().unwrap();
    let options = Options::default().in_schema(schema.clone());
    Arc::new(PostgresBackend::with_options(pool, options))
}

pub(crate) async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(async move {
        // It ends with the client.
        let _ = connection.await;
    });
    client
}

/// A name that nothing else on the server has.
pub(crate) fn name(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{what}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
