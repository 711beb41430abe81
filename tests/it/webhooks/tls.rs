//! Encryption: only who has the name, by an authority that is trusted, gets to read anything.

use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use talkback::webhooks::{Webhook, WebhookBuilder};
use talkback::{Deliver, Receipt};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::server::{Reply, Server};
use super::{House, NEW, code, on_tokio, secret};

/// An authority of this test's own, in DER, and a server with its certificate for `name`.
fn certified(name: &str) -> (Vec<u8>, ServerConfig) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        );
    (authority.der().to_vec(), config.unwrap())
}

fn to(server: &Server) -> WebhookBuilder {
    let url = format!("https://localhost:{}/hooks", server.port);
    Webhook::builder(&url).secret(secret(NEW)).allow_port(server.port).allow_internal()
}

#[test]
fn the_right_name_by_a_trusted_authority_is_spoken_to() {
    on_tokio(async {
        let letter = House::new().await.letter().await;
        let (authority, config) = certified("localhost");
        let mut server = Server::start_tls([Reply::status(200, "")], config).await;
        let webhook = to(&server).with_authority(authority).build().unwrap();
        assert_eq!(webhook.deliver(&letter).await.unwrap(), Receipt::Sent);
        let port = server.port;
        assert_eq!(server.next().await.header("host"), Some(format!("localhost:{port}").as_str()));
    });
}

#[test]
fn others_are_told_nothing() {
    on_tokio(async {
        let letter = House::new().await.letter().await;
        let (authority, config) = certified("elsewhere.example");
        let mut server = Server::start_tls(vec![Reply::status(200, ""); 2], config).await;
        for webhook in [to(&server).with_authority(authority), to(&server)] {
            let undelivered = webhook.build().unwrap().deliver(&letter).await.unwrap_err();
            assert_eq!(undelivered.why, code("no-tls"));
        }
        // Who does not answer in TLS is not spoken to without.
        let mut plain = Server::start([Reply::status(200, "")]).await;
        let webhook = to(&plain).with_time_out(Duration::from_millis(300)).build().unwrap();
        assert_eq!(webhook.deliver(&letter).await.unwrap_err().why, code("timed-out"));
        assert!(server.is_quiet() && plain.is_quiet());
    });
}
