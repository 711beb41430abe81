//! Whoever receives webhooks, by hand: it keeps what came in, and answers as it was told.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// A server on a free port of this machine. It ends with the runtime of its test.
pub(super) struct Server {
    pub(super) port: u16,
    received: UnboundedReceiver<Received>,
}

/// A request.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) line: String,
    pub(super) headers: HashMap<String, String>,
    pub(super) body: Vec<u8>,
}

/// What to do with a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// Say this, and close the connection.
    Say(String),
    /// Say this, and then nothing more until the other side is gone.
    SayAndHold(String),
    /// Say this, and then that, until the other side is gone.
    SayForEver(String, &'static str),
}

impl Reply {
    /// An answer with this status and these lines in its head.
    pub(super) fn status(status: u16, lines: &str) -> Self {
        Self::Say(format!("HTTP/1.1 {status} Whatever\r\n{lines}content-length: 0\r\n\r\n"))
    }
}

impl Server {
    /// Answers one request after the other like this, and then no more.
    pub(super) async fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::listen(replies, None).await
    }

    /// The same, encrypted.
    pub(super) async fn start_tls(replies: impl IntoIterator<Item = Reply>, tls: ServerConfig) -> Self {
        Self::listen(replies, Some(TlsAcceptor::from(Arc::new(tls)))).await
    }

    async fn listen(replies: impl IntoIterator<Item = Reply>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, received) = unbounded_channel();
        tokio::spawn(serve(listener, replies.into_iter().collect(), tls, sender));
        Self { port, received }
    }

    pub(super) fn url(&self, target: &str) -> String {
        format!("http://127.0.0.1:{}{target}", self.port)
    }

    /// The next request.
    pub(super) async fn next(&mut self) -> Received {
        timeout(Duration::from_secs(20), self.received.recv()).await.unwrap().unwrap()
    }

    /// True if nothing came that nobody has looked at.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.received.try_recv().is_err()
    }
}

impl Received {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

async fn serve(
    listener: TcpListener,
    replies: Vec<Reply>,
    tls: Option<TlsAcceptor>,
    sender: UnboundedSender<Received>,
) {
    for reply in replies {
        let (stream, _) = listener.accept().await.unwrap();
        match &tls {
            None => handle(stream, reply, &sender).await,
            Some(tls) => accept(tls, stream, reply, &sender).await,
        }
    }
}

/// A client that does not like our certificate goes away.
async fn accept(tls: &TlsAcceptor, stream: TcpStream, reply: Reply, sender: &UnboundedSender<Received>) {
    if let Ok(stream) = tls.accept(stream).await {
        handle(stream, reply, sender).await;
    }
}

async fn handle(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    reply: Reply,
    sender: &UnboundedSender<Received>,
) {
    let Some(received) = read(&mut stream).await else { return };
    // A test that has seen enough listens no more.
    let _ = sender.send(received);
    let (Reply::Say(text) | Reply::SayAndHold(text) | Reply::SayForEver(text, _)) = &reply;
    if stream.write_all(text.as_bytes()).await.is_err() {
        return;
    }
    match reply {
        Reply::Say(_) => drop(stream.shutdown().await),
        Reply::SayAndHold(_) => drop(stream.read(&mut [0]).await),
        Reply::SayForEver(_, more) => while stream.write_all(more.as_bytes()).await.is_ok() {},
    }
}

/// A whole request; `None` if the other side was gone before.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Received> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let line = lines.next().unwrap().to_owned();
    let headers: HashMap<_, _> = lines
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let length: usize = headers["content-length"].parse().unwrap();
    let mut body = bytes.split_off(head + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { line, headers, body })
}
