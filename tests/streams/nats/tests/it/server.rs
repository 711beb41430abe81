//! A NATS server for one test: on a free port of this machine, in a directory that goes with it.

use std::env;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// A server that is running. Dropping it stops it and removes its files; so does the end of this process, however
/// it ends.
pub(crate) struct Server {
    shell: Child,
    dir: PathBuf,
    pub(crate) url: String,
}

impl Server {
    /// Starts one; `None`, after saying so, where no server is installed.
    pub(crate) fn start() -> Option<Self> {
        let Some(program) = program() else {
            assert!(env::var("CI").as_deref() != Ok("true"), "nats-server is not installed");
            // Past what catches the output of a test that passes.
            io::stderr().write_all(b"NOT TESTED: nats-server is not installed\n").unwrap();
            return None;
        };
        // It lives as long as somebody holds its other end.
        const SCRIPT: &str = r#"
            "$1" -a 127.0.0.1 -p -1 -js -sd "$2" &
            read -r _
            kill $!
            wait
            rm -rf "$2"
        "#;
        let dir = directory();
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).arg(program).arg(&dir);
        let mut shell = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(shell.stderr.take().unwrap());
        let mut server = Self { shell, dir, url: String::new() };
        let (sender, lines) = channel();
        // To its end, or the server would wait for somebody to read on.
        thread::spawn(move || log.lines().map_while(Result::ok).for_each(|line| drop(sender.send(line))));
        loop {
            let line = lines.recv_timeout(Duration::from_secs(30)).expect("the server does not start");
            if let Some((_, address)) = line.split_once("Listening for client connections on ") {
                server.url = format!("nats://{}", address.trim());
            }
            if line.contains("Server is ready") {
                return Some(server);
            }
        }
    }

    /// A file that goes with the server.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

/// Debian has it where only root's path leads.
fn program() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let dirs = env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    dirs.map(|dir| dir.join("nats-server")).find(|file| Path::is_file(file))
}

fn directory() -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let dir = env::temp_dir().join(format!("talkback-nats-{}-{count}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir(&dir).unwrap();
    dir
}
