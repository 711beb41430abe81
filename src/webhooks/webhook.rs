//! Delivers letters to one address.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};

use super::answer::judge;
use super::builder::WebhookBuilder;
use super::client::Client;
use super::cloud_event::CloudEvent;
use super::endpoint::{Endpoint, WebhookError};
use super::secret::Secret;
use super::signature::sign;
use super::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use crate::clock::Clock;
use crate::relay::{Deliver, Letter, Receipt, Undelivered};

/// Posts each letter to one address, signed. See the [module](super) for what is sent, when it is sent again and
/// where it may go.
///
/// Cloning is cheap; setting one up is not, so keep it. `Debug` shows neither address nor secrets.
#[derive(Clone)]
pub struct Webhook {
    pub(super) endpoint: Endpoint,
    pub(super) secrets: Vec<Secret>,
    pub(super) words: bool,
    pub(super) source: Option<String>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) client: Client,
}

impl Webhook {
    /// A webhook without words and addresses of people, to a public `https` address, signed with each of these
    /// secrets.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub fn new(url: &str, secrets: impl IntoIterator<Item = Secret>) -> Result<Self, WebhookError> {
        secrets.into_iter().fold(Self::builder(url), WebhookBuilder::secret).build()
    }

    /// Sets one up otherwise.
    pub fn builder(url: &str) -> WebhookBuilder {
        WebhookBuilder::new(url)
    }

    /// What is said of a letter.
    fn event(&self, letter: &Letter) -> CloudEvent {
        let mut event = CloudEvent::new(letter);
        if let Some(source) = &self.source {
            event = event.with_source(source);
        }
        if self.words { event.with_words(letter) } else { event }
    }

    fn request(&self, event: &CloudEvent, timestamp: i64) -> Result<Request<Full<Bytes>>, Undelivered> {
        // Everything in it is made of checked parts, so that a failure is a mistake of ours.
        let unwritable = || Undelivered::later("unwritable");
        let body = serde_json::to_vec(event).map_err(|_| unwritable())?;
        let timestamp = timestamp.to_string();
        Request::post(self.endpoint.target.clone())
            .header(HOST, &self.endpoint.authority)
            .header(USER_AGENT, concat!("talkback/", env!("CARGO_PKG_VERSION")))
            .header(CONNECTION, "close")
            .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
            .header(ID_HEADER, &event.id)
            .header(TIMESTAMP_HEADER, &timestamp)
            .header(SIGNATURE_HEADER, sign(&self.secrets, &event.id, &timestamp, &body))
            .body(Full::from(body))
            .map_err(|_| unwritable())
    }
}

#[async_trait]
impl Deliver for Webhook {
    async fn deliver(&self, letter: &Letter) -> Result<Receipt, Undelivered> {
        // Sockets and timers of tokio panic without their runtime.
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Undelivered::later("no-runtime"));
        }
        let request = self.request(&self.event(letter), self.clock.now().timestamp())?;
        match self.client.send(&self.endpoint, request).await {
            Ok(answer) => judge(&answer, self.clock.now()),
            Err(failure) => Err(Undelivered::later(failure.as_str())),
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secrets = self.secrets.len();
        f.debug_struct("Webhook")
            .field("secrets", &secrets)
            .field("words", &self.words)
            .finish_non_exhaustive()
    }
}
