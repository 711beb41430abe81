//! Addresses that lead inside, however they are written: nothing is sent, and nobody is connected to.

use std::net::{IpAddr, TcpListener};

use talkback::Deliver;
use talkback::relay::Again;
use talkback::webhooks::Webhook;

use super::{House, NEW, code, on_tokio, secret};

/// Ways to write this machine, and others of the house. What the system's resolver takes for an address is
/// checked as one; what no certificate can name is refused at once.
const INSIDE: [&str; 30] = [
    "127.0.0.1",
    "127.1",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:53aa:64c:0:7fff:f5ff:fffe]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[ff02::1]",
];

#[test]
fn nobody_inside_is_connected_to() {
    on_tokio(async {
        let letter = House::new().await.letter().await;
        // Everything that could be connected to is there, to show that it was not.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let on_six = TcpListener::bind(("::1", port)).ok();
        for host in INSIDE {
            // What needs no resolver, or only the machine's own table.
            let is_plain = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() || host == "localhost";
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{host}:{port}/");
                let builder = Webhook::builder(&url).secret(secret(NEW)).allow_http().allow_port(port);
                let webhook = match builder.build() {
                    Err(_) if !is_plain => continue,
                    built => built.unwrap(),
                };
                let undelivered = webhook.deliver(&letter).await.unwrap_err();
                let is_refused = undelivered.why == code("internal-address");
                assert!(
                    is_refused || !is_plain && undelivered.why == code("unresolved"),
                    "{url}: {undelivered}"
                );
                assert_eq!(undelivered.again, Again::Later);
            }
        }
        for listener in [listener].iter().chain(&on_six) {
            listener.set_nonblocking(true).unwrap();
            assert!(listener.accept().is_err(), "somebody connected");
        }
    });
}
