//! One request over one connection to a checked address. Nothing here follows, repeats or keeps anything.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::header::RETRY_AFTER;
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;

use super::address::is_public;
use super::endpoint::Endpoint;

/// How many of a name's addresses are tried.
const MAX_TRIED: usize = 4;
/// How many bytes the head of an answer may have.
const MAX_HEAD_BYTES: usize = 16 * 1_024;

/// What connects and asks.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) tls: Arc<ClientConfig>,
    pub(super) internal: bool,
    pub(super) time_out: Duration,
}

/// What is read of an answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    Unresolved,
    InternalAddress,
    NoConnection,
    NoTls,
    NoAnswer,
    NotHttp,
    TimedOut,
}

impl Failure {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::InternalAddress => "internal-address",
            Self::NoConnection => "no-connection",
            Self::NoTls => "no-tls",
            Self::NoAnswer => "no-answer",
            Self::NotHttp => "not-http",
            Self::TimedOut => "timed-out",
        }
    }
}

impl Client {
    /// Sends the request and waits for the head of the answer, all within the time-out.
    pub(super) async fn send(
        &self,
        endpoint: &Endpoint,
        request: Request<Full<Bytes>>,
    ) -> Result<Answer, Failure> {
        let exchange = async {
            let stream = connect(&self.addresses(endpoint).await?, self.time_out).await?;
            match endpoint.server.clone() {
                None => exchange(stream, request).await,
                Some(server) => {
                    let connector = TlsConnector::from(self.tls.clone());
                    let stream = connector.connect(server, stream).await.map_err(|_| Failure::NoTls)?;
                    exchange(stream, request).await
                }
            }
        };
        timeout(self.time_out, exchange).await.unwrap_or(Err(Failure::TimedOut))
    }

    /// The addresses of the endpoint, every one of them checked. This is the only time that the name is looked
    /// up, so that nobody can give another answer afterwards.
    async fn addresses(&self, endpoint: &Endpoint) -> Result<Vec<SocketAddr>, Failure> {
        let found = lookup_host((endpoint.host.as_str(), endpoint.port)).await;
        let addresses: Vec<_> = found.map_err(|_| Failure::Unresolved)?.collect();
        if self.internal || all_public(&addresses) { Ok(addresses) } else { Err(Failure::InternalAddress) }
    }
}

/// A connection to the first of the addresses that takes one. A silent one must not use up the time of the
/// next.
async fn connect(addresses: &[SocketAddr], time_out: Duration) -> Result<TcpStream, Failure> {
    let tried = addresses.len().min(MAX_TRIED);
    let share = time_out / u32::try_from(tried + 1).unwrap_or(1);
    for address in addresses.iter().take(tried) {
        if let Ok(Ok(stream)) = timeout(share, TcpStream::connect(address)).await {
            return Ok(stream);
        }
    }
    Err(Failure::NoConnection)
}

fn all_public(addresses: &[SocketAddr]) -> bool {
    addresses.iter().all(|address| is_public(address.ip()))
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Answer, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD_BYTES);
    let (mut sender, connection) =
        builder.handshake(TokioIo::new(stream)).await.map_err(|error| failure(&error))?;
    // Polled here and not spawned: whoever drops this future drops the connection.
    let (mut connection, mut answer) = (pin!(connection), pin!(sender.send_request(request)));
    let mut ended = false;
    let answer = poll_fn(|context| {
        // How it ended is in the answer.
        ended = ended || connection.as_mut().poll(context).is_ready();
        answer.as_mut().poll(context)
    });
    answer.await.map(|answer| head(&answer)).map_err(|error| failure(&error))
}

fn head(answer: &Response<Incoming>) -> Answer {
    let retry_after = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    Answer { status: answer.status().as_u16(), retry_after: retry_after.map(str::to_owned) }
}

/// What it says in detail stays here: it may quote the other side.
fn failure(error: &hyper::Error) -> Failure {
    if error.is_parse() { Failure::NotHttp } else { Failure::NoAnswer }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// What becomes of an answer whose head has about so many bytes and ends, or not.
    async fn answered(bytes: usize, ends: bool) -> Option<u16> {
        let (ours, mut theirs) = tokio::io::duplex(1_024);
        let request = Request::new(Full::new(Bytes::new()));
        let answer = async move {
            let mut asked = [0; 1_024];
            let _ = theirs.read(&mut asked).await;
            let end = if ends { "\r\n\r\n" } else { "" };
            let head = format!("HTTP/1.1 204 No Content\r\nx-filler: {}{end}", "a".repeat(bytes));
            // Whoever has read enough hangs up.
            let _ = theirs.write_all(head.as_bytes()).await;
            theirs
        };
        let theirs = tokio::spawn(answer);
        let answer = exchange(ours, request).await;
        drop(theirs);
        answer.ok().map(|answer| answer.status)
    }

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
    }

    #[test]
    fn an_answer_whose_head_does_not_end_is_none() {
        run(async {
            assert_eq!(answered(MAX_HEAD_BYTES - 1_024, true).await, Some(204));
            for more in [MAX_HEAD_BYTES + 1, 100 * MAX_HEAD_BYTES] {
                assert_eq!(answered(more, false).await, None, "{more}");
            }
        });
    }

    /// An address at which nobody listens any more.
    async fn silent() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
    }

    #[test]
    fn at_most_four_addresses_of_a_name_are_tried() {
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            for (before, reached) in [(0, true), (MAX_TRIED - 1, true), (MAX_TRIED, false), (40, false)] {
                let mut addresses = Vec::new();
                for _ in 0..before {
                    addresses.push(silent().await);
                }
                addresses.push(listener.local_addr().unwrap());
                let connected = connect(&addresses, Duration::from_secs(60)).await;
                assert_eq!(connected.is_ok(), reached, "{before} silent ones before it");
            }
        });
    }

    #[test]
    fn one_address_inside_spoils_them_all() {
        let outside = ["1.1.1.1:443", "[2606:4700:4700::1111]:443"].map(|text| text.parse().unwrap());
        assert!(all_public(&outside));
        for inside in ["10.0.0.1:443", "[::1]:443", "[::ffff:10.0.0.1]:443"] {
            for place in 0..=outside.len() {
                let mut addresses = outside.to_vec();
                addresses.insert(place, inside.parse().unwrap());
                assert!(!all_public(&addresses), "{addresses:?}");
            }
        }
    }
}
