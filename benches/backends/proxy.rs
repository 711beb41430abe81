//! A wire that takes its time, and that counts how often it is asked and answers.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Threads, because no timer of the runtime is as fine as half a millisecond.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    trips: Arc<AtomicU64>,
}

impl Proxy {
    /// In front of that server, with so much delay each way. It ends with the process.
    pub(crate) fn start(server: (String, u16), delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let trips = Arc::new(AtomicU64::new(0));
        let counted = trips.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect((server.0.as_str(), server.1)) else { continue };
                pass_both_ways(client, server, delay, &counted);
            }
        });
        Self { port, trips }
    }

    /// How often something was asked after the last answer, since the last call.
    pub(crate) fn trips(&self) -> u64 {
        self.trips.swap(0, Ordering::SeqCst)
    }
}

fn pass_both_ways(client: TcpStream, server: TcpStream, delay: Duration, trips: &Arc<AtomicU64>) {
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (Ok(from_client), Ok(from_server)) = (client.try_clone(), server.try_clone()) else { return };
    let answered = Arc::new(AtomicBool::new(true));
    let (heard, trips) = (answered.clone(), trips.clone());
    thread::spawn(move || {
        pass(from_client, server, delay, || {
            if answered.swap(false, Ordering::SeqCst) {
                trips.fetch_add(1, Ordering::SeqCst);
            }
        });
    });
    thread::spawn(move || pass(from_server, client, delay, || heard.store(true, Ordering::SeqCst)));
}

fn pass(mut from: TcpStream, mut to: TcpStream, delay: Duration, seen: impl Fn()) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(read) = from.read(&mut buffer)
        && read > 0
    {
        let arrived = Instant::now();
        seen();
        // Sleeping overshoots; the last stretch is waited out.
        if let Some(most) = delay.checked_sub(Duration::from_micros(100)) {
            thread::sleep(most);
        }
        while arrived.elapsed() < delay {
            thread::yield_now();
        }
        if to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
