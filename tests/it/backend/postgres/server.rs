//! A PostgreSQL server for the tests alone: on a free port of this machine, in a directory that goes
//! with it. Only what std has.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A server that is running. Dropping it stops it and removes all its files; so does the end of this
/// process, however it ends.
#[derive(Debug)]
pub(crate) struct Server {
    programs: PathBuf,
    dir: PathBuf,
    pub(crate) user: Option<(u32, u32)>,
    pub(crate) port: u16,
    watcher: Child,
}

impl Server {
    /// Starts one, with these settings on top; `None` if PostgreSQL is not installed.
    pub(crate) fn start(settings: &[&str]) -> Option<Self> {
        let programs = programs()?;
        let user = as_user();
        let dir = directory(user);
        let watcher = watcher(&programs, &dir, user);
        let mut server = Self { programs, dir, user, port: 0, watcher };
        server.run("initdb", &["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        let data = server.dir.join("data");
        // Somebody may take a free port before the server does.
        for _ in 0..20 {
            server.port = free_port();
            let mut text = format!(
                "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nport = {}\n\
                 max_connections = 200\n",
                server.port
            );
            settings.iter().for_each(|setting| text.push_str(&format!("{setting}\n")));
            let mut file = fs::OpenOptions::new().append(true).open(data.join("postgresql.conf")).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            if server.boot() {
                return Some(server);
            }
        }
        panic!("the server does not start: {}", fs::read_to_string(server.log()).unwrap_or_default());
    }

    /// Starts it again after [`Server::halt`]. False if it does not come up.
    pub(crate) fn boot(&self) -> bool {
        let log = self.log();
        let args = ["-w", "-t", "60", "-l", log.to_str().unwrap(), "start"];
        self.command("pg_ctl").args(args).status().unwrap().success()
    }

    /// Stops it as a crash would: nobody is waited for, nothing is written out.
    pub(crate) fn halt(&self) {
        self.run("pg_ctl", &["-w", "-m", "immediate", "stop"]);
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Runs a program as the server's user, to its end.
    fn run(&self, program: &str, args: &[&str]) {
        let mut command = self.command(program);
        let done = command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// A program of PostgreSQL's, on this server's data.
    fn command(&self, program: &str) -> Command {
        let mut command = self.plain(self.programs.join(program));
        command.arg("-D").arg(self.dir.join("data"));
        command
    }

    /// A program as the server's user.
    pub(crate) fn plain(&self, program: PathBuf) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.dir).env_remove("PGDATA").stdin(Stdio::null());
        // What runs on must not hold the test's output.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn log(&self) -> PathBuf {
        self.dir.join("log")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
    }
}

/// Where `initdb` and its neighbours are: the newest ones, unless the path names some.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named = std::env::split_paths(&path).map(|dir| dir.join("initdb")).find(|file| file.exists());
    if let Some(file) = named {
        return Some(fs::canonicalize(file).unwrap().parent().unwrap().to_owned());
    }
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin"))).filter(|(_, bin)| bin.join("initdb").exists())
        })
        .collect();
    found.sort();
    found.pop().map(|(_, bin)| bin)
}

/// PostgreSQL refuses to run as root: then it runs as the user that its package made.
fn as_user() -> Option<(u32, u32)> {
    let id = |args: &[&str]| -> Option<u32> {
        let done = Command::new("id").args(args).stderr(Stdio::null()).output().ok()?;
        String::from_utf8(done.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?))
}

fn directory(user: Option<(u32, u32)>) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let dir = std::env::temp_dir().join(format!("talkback-postgres-{}-{count}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o700)).unwrap();
    if let Some((uid, gid)) = user {
        chown(&dir, Some(uid), Some(gid)).unwrap();
    }
    dir
}

/// A process that waits until this one is gone, then stops what was started and removes its files.
fn watcher(programs: &Path, dir: &Path, user: Option<(u32, u32)>) -> Child {
    const SCRIPT: &str = r#"
        read -r _
        for file in "$1"/*.pid; do [ -f "$file" ] && kill "$(cat "$file")"; done
        [ -f "$1/data/postmaster.pid" ] && "$2/pg_ctl" -D "$1/data" -m immediate -w stop
        cd /
        rm -rf "$1"
    "#;
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(dir).arg(programs);
    command.current_dir(dir).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // Not with the tests when somebody presses Ctrl-C.
    command.process_group(0);
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command.spawn().unwrap()
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
