//! PgBouncer in transaction mode, in front of the tests' server.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::chown;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use talkback::backend::postgres::tokio_postgres::Config;

use super::server::free_port;
use super::world::{World, config, name};

/// A pooler that is running, with fewer connections than the tests ask for.
#[derive(Debug)]
pub(crate) struct Pooler {
    pub(crate) config: Config,
    child: Child,
}

impl Pooler {
    /// Starts one; `None` (loudly) if it is not installed or the server is somebody else's. In CI it has
    /// to be there.
    pub(crate) fn start(world: &World) -> Option<Self> {
        let installed = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"];
        let program = installed.iter().map(PathBuf::from).find(|path| path.exists());
        let (Some(program), Some(server)) = (program, &world.server) else {
            assert!(
                std::env::var_os("CI").is_none_or(|ci| ci != "true"),
                "PgBouncer is not installed, or the server is not the tests' own"
            );
            eprintln!("NOT TESTED: PgBouncer is not installed, or the server is not the tests' own");
            return None;
        };
        let file = server.dir().join(name("pooler"));
        let (ini, pid) = (file.with_extension("ini"), file.with_extension("pid"));
        let users = file.with_extension("users");
        let port = free_port();
        fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        fs::write(
            &ini,
            format!(
                "[databases]\n* = host=127.0.0.1 port={}\n\
                 [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
                 auth_type = trust\nauth_file = {}\npool_mode = transaction\ndefault_pool_size = 3\n\
                 pidfile = {}\nlog_connections = 0\nlog_disconnections = 0\n",
                server.port,
                users.display(),
                pid.display(),
            ),
        )
        .unwrap();
        if let Some((uid, gid)) = server.user {
            [&ini, &users].iter().for_each(|file| chown(file, Some(uid), Some(gid)).unwrap());
        }
        let mut command = server.plain(program);
        let mut child = command.arg(&ini).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("process up") {
            assert!(log.read_line(&mut said).unwrap() > 0, "the pooler does not start: {said}");
        }
        // Held open, so that it may go on writing.
        child.stderr = Some(log.into_inner());
        Some(Self { config: config(port), child })
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
