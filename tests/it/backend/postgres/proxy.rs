//! A wire between the backend and its server that counts, and that breaks when it is told to.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use talkback::backend::postgres::tokio_postgres::Config;
use talkback::backend::postgres::tokio_postgres::config::Host;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// What becomes of the next request that is sent through, on whichever connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// So many percent of the request arrive, then both ends are cut off.
    CutInRequest(usize),
    /// The request arrives, and of the answer so many percent come back before both ends are cut off.
    /// Nothing of it is awaited for 0: the request may still be on its way.
    CutInAnswer(usize),
    /// The request arrives, and then nothing comes back for ever.
    Hang,
}

#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) config: Config,
    wire: Arc<Wire>,
}

#[derive(Debug, Default)]
struct Wire {
    state: Mutex<State>,
    struck: Notify,
}

#[derive(Debug, Default)]
struct State {
    armed: Option<Fault>,
    trips: u32,
}

impl Proxy {
    pub(crate) async fn start(server: &Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut config = Config::new();
        config.host("127.0.0.1").port(port).user(server.get_user().unwrap());
        config.dbname(server.get_dbname().unwrap());
        server.get_password().into_iter().for_each(|password| _ = config.password(password));
        let Some(Host::Tcp(host)) = server.get_hosts().first().cloned() else { panic!("a host") };
        let server = server.get_ports().first().copied().unwrap_or(5432);
        let wire = Arc::new(Wire::default());
        let shared = wire.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect((host.as_str(), server)).await {
                    connect(&shared, client, server);
                }
            }
        });
        Self { config, wire }
    }

    /// The next request meets this fault. Only that one.
    pub(crate) fn arm(&self, fault: Fault) {
        self.wire.lock().armed = Some(fault);
    }

    /// Waits until it has.
    pub(crate) async fn struck(&self) {
        self.wire.struck.notified().await;
    }

    /// How often something was sent after something had been received, since the last call.
    pub(crate) fn trips(&self) -> u32 {
        std::mem::take(&mut self.wire.lock().trips)
    }
}

impl Wire {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the two directions of a connection tell each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Talk {
    /// The server spoke last, or nobody did.
    Quiet,
    /// The client did.
    Asked,
    /// So many percent of the next answer are to come through.
    Cut(usize),
    /// Nothing comes through any more.
    Hung,
    Over,
}

fn connect(wire: &Arc<Wire>, client: TcpStream, server: TcpStream) {
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (talk, heard) = watch::channel(Talk::Quiet);
    let talk = Arc::new(talk);
    tokio::spawn(requests(wire.clone(), from_client, to_server, talk.clone()));
    tokio::spawn(answers(from_server, to_client, talk, heard));
}

async fn requests(
    wire: Arc<Wire>,
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    talk: Arc<watch::Sender<Talk>>,
) {
    let mut buffer = vec![0; 1 << 20];
    let mut over = talk.subscribe();
    loop {
        let read = read_until_over(&mut from, &mut buffer, &mut over).await;
        let bytes = &buffer[..read];
        // The end of a session is no request.
        let farewell = bytes.first().is_none_or(|kind| *kind == b'X');
        let (mut armed, mut keep) = (None, bytes.len());
        if !farewell {
            let mut state = wire.lock();
            armed = state.armed.take();
            state.trips += u32::from(*talk.borrow() == Talk::Quiet);
        }
        match armed {
            None => talk.send_if_modified(|talk| {
                let first = *talk == Talk::Quiet;
                *talk = if first { Talk::Asked } else { *talk };
                first
            }),
            Some(Fault::CutInRequest(percent)) => {
                keep = bytes.len() * percent / 100;
                false
            }
            Some(Fault::CutInAnswer(percent)) => talk.send_replace(Talk::Cut(percent)) == Talk::Over,
            Some(Fault::Hang) => talk.send_replace(Talk::Hung) == Talk::Over,
        };
        let sent = to.write_all(&bytes[..keep]).await;
        if armed.is_some() {
            wire.struck.notify_one();
        }
        let cut = matches!(armed, Some(Fault::CutInRequest(_) | Fault::CutInAnswer(0)));
        if read == 0 || cut || sent.is_err() {
            talk.send_replace(Talk::Over);
            return;
        }
    }
}

async fn answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    talk: Arc<watch::Sender<Talk>>,
    mut heard: watch::Receiver<Talk>,
) {
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = read_until_over(&mut from, &mut buffer, &mut heard).await;
        let bytes = &buffer[..read];
        let said = *talk.borrow();
        let keep = match said {
            Talk::Cut(percent) => bytes.len() * percent / 100,
            Talk::Hung => {
                // Held open, and nothing is passed on, until the client gives up.
                let _ = heard.wait_for(|talk| *talk == Talk::Over).await;
                return;
            }
            // It was cut off while the answer was on its way here.
            Talk::Over => 0,
            _ => bytes.len(),
        };
        if said == Talk::Asked {
            talk.send_replace(Talk::Quiet);
        }
        let sent = to.write_all(&bytes[..keep]).await;
        if read == 0 || sent.is_err() || matches!(said, Talk::Cut(_)) {
            talk.send_replace(Talk::Over);
            return;
        }
    }
}

/// How much was read; 0 for the end of either side.
async fn read_until_over(
    from: &mut OwnedReadHalf,
    buffer: &mut [u8],
    talk: &mut watch::Receiver<Talk>,
) -> usize {
    let mut over = Box::pin(talk.wait_for(|talk| *talk == Talk::Over));
    let mut read = Box::pin(from.read(buffer));
    std::future::poll_fn(|context| match read.as_mut().poll(context) {
        Poll::Ready(read) => Poll::Ready(read.unwrap_or(0)),
        Poll::Pending => over.as_mut().poll(context).map(|_| 0),
    })
    .await
}
