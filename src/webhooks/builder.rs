//! How a webhook is set up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::client::Client;
use super::endpoint::{Allowed, Endpoint, WebhookError};
use super::secret::Secret;
use super::webhook::Webhook;
use crate::clock::{Clock, SystemClock};

/// Sets a [`Webhook`] up. `Debug` shows neither address nor secrets.
#[must_use]
pub struct WebhookBuilder {
    url: String,
    secrets: Vec<Secret>,
    words: bool,
    source: Option<String>,
    time_out: Duration,
    clock: Arc<dyn Clock>,
    allowed: Allowed,
    authorities: Vec<CertificateDer<'static>>,
}

impl WebhookBuilder {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            secrets: Vec::new(),
            words: false,
            source: None,
            time_out: Duration::from_secs(20),
            clock: Arc::new(SystemClock),
            allowed: Allowed::default(),
            authorities: Vec::new(),
        }
    }

    /// Signs with this secret, and with those that were given before. Two of them, the new one first, while
    /// the receiver takes one for the other.
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// Sends words and addresses, too: what a message says, where its customer can be reached, how they can
    /// answer, the files that go with it. Without this they stay in the house.
    ///
    /// A receiver that brings messages to customers needs them, or another way to read them: for us a message
    /// has been sent once its webhook was taken.
    pub fn with_words(mut self) -> Self {
        self.words = true;
        self
    }

    /// The source that the events name, a URI reference; `/talkback/` and the tenant, unless told.
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// How long a try may take in all, from looking the name up to the head of the answer; 20 s unless told
    /// (Standard Webhooks 1.0 asks for 15 to 30 s). It has to be well below the relay's lease.
    pub fn with_time_out(mut self, time_out: Duration) -> Self {
        self.time_out = time_out;
        self
    }

    /// Where the timestamps come from; the system's clock, unless told.
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Trusts this authority, a certificate (X.509) in DER, besides the public ones.
    pub fn with_authority(mut self, certificate: impl Into<Vec<u8>>) -> Self {
        self.authorities.push(CertificateDer::from(certificate.into()));
        self
    }

    /// Goes to this port, too.
    pub fn allow_port(mut self, port: u16) -> Self {
        self.allowed.ports.push(port);
        self
    }

    /// Goes to addresses that begin with `http`, too: anybody on the way can read what is sent.
    pub fn allow_http(mut self) -> Self {
        self.allowed.http = true;
        self
    }

    /// Goes to addresses that are not public, too: this machine, the house's network, a cloud's metadata. For
    /// tests, and for addresses that only the application's own people can enter.
    pub fn allow_internal(mut self) -> Self {
        self.allowed.internal = true;
        self
    }

    /// The webhook.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub fn build(self) -> Result<Webhook, WebhookError> {
        if self.secrets.is_empty() {
            return Err(WebhookError::NoSecret);
        }
        if self.source.as_deref() == Some("") {
            return Err(WebhookError::Source);
        }
        let endpoint = Endpoint::new(&self.url, &self.allowed)?;
        let tls = Arc::new(tls(self.authorities)?);
        Ok(Webhook {
            endpoint,
            secrets: self.secrets,
            words: self.words,
            source: self.source,
            clock: self.clock,
            client: Client { tls, internal: self.allowed.internal, time_out: self.time_out },
        })
    }
}

impl fmt::Debug for WebhookBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookBuilder").field("words", &self.words).finish_non_exhaustive()
    }
}

fn tls(authorities: Vec<CertificateDer<'static>>) -> Result<ClientConfig, WebhookError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for authority in authorities {
        roots.add(authority).map_err(|_| WebhookError::Tls)?;
    }
    // Named here, because the process may have another one, or none, as its default.
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(|_| WebhookError::Tls)?.with_root_certificates(roots).with_no_client_auth())
}
