//! Notices as webhooks: [Standard Webhooks] 1.0 around [CloudEvents] 1.0.2, signed, to checked addresses only.
//!
//! [`Webhook`] is a [`Deliver`](crate::Deliver): hand it to the [`NoticeRelay`](crate::NoticeRelay), or call it
//! from a closure that chooses one by the letter's tenant or recipient.
//!
//! ```no_run
//! use std::sync::Arc;
//! use talkback::webhooks::{Secret, Webhook};
//! use talkback::*;
//!
//! # async fn relay(desk: Desk, secret: &str) -> Result<(), Box<dyn std::error::Error>> {
//! let webhook = Webhook::new("https://hooks.shop.example/feedback", [Secret::new(secret)?])?;
//! NoticeRelay::of(&desk, webhook).tick().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Whoever receives them asks a [`Verifier`] before believing a word.
//!
//! # What is sent
//!
//! A `POST` whose body is a [`CloudEvent`] in JSON (`application/cloudevents+json`), with `webhook-id`
//! ([`Letter::id`](crate::Letter::id), the same for every repeat), `webhook-timestamp` (of this try) and
//! `webhook-signature`: one `v1` signature for each secret, HMAC-SHA256 over the id, the timestamp and the very
//! bytes of the body. Ed25519 signatures (`v1a`) are neither made nor read.
//!
//! # When it is sent again
//!
//! By the relay's [`Backoff`](crate::relay::Backoff): unless told otherwise 5 s, 1, 5 and 30 min, 2, 5, 10, 14, 20
//! and 24 h after the try before, with up to a tenth on top.
//!
//! | answer | what follows |
//! |---|---|
//! | 2xx | [`Receipt::Sent`](crate::Receipt::Sent): the other side has it |
//! | 410 | given up, `gone`: the other side wants no more. Stop using the address |
//! | any other | again, `status-` and its number; no sooner than a `Retry-After` asks for, 24 h at the most |
//! | none in time | again, `timed-out` |
//! | none | again: `unresolved`, `internal-address`, `no-connection`, `no-tls`, `no-answer`, `not-http` |
//!
//! Redirects are answers like any other and are not followed. Of an answer the status and `Retry-After` are
//! read, and no body. An address that is refused is tried again, because a name server that has a bad hour is no
//! reason to lose a message.
//!
//! # Where it may go
//!
//! Whoever may enter the address of a webhook decides what this machine connects to. So it has to be `https`, on
//! port 443 or 80, without credentials; the name is looked up once for each try, and if any of its addresses
//! is not a public one, nothing is sent. What is connected to is one of the addresses that were checked.
//! Proxies that the environment names are not used. The builder has an exception for each rule, for the
//! application's own machines and for tests.
//!
//! # Running it
//!
//! It needs tokio with its timer and network switched on; elsewhere every try ends as `no-runtime`.
//!
//! [Standard Webhooks]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
//! [CloudEvents]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md

mod address;
mod answer;
mod builder;
mod client;
mod cloud_event;
mod endpoint;
mod secret;
mod signature;
mod verify;
mod webhook;

pub use builder::WebhookBuilder;
pub use cloud_event::{CloudEvent, NoticeData, NoticeEvent, NoticeWords};
pub use endpoint::WebhookError;
pub use secret::{Secret, SecretError};
pub use verify::{Unverified, Verifier};
pub use webhook::Webhook;

/// The header with the id.
pub const ID_HEADER: &str = "webhook-id";
/// The header with the time of the try, in seconds since 1970-01-01T00:00:00Z.
pub const TIMESTAMP_HEADER: &str = "webhook-timestamp";
/// The header with the signatures, separated by blanks.
pub const SIGNATURE_HEADER: &str = "webhook-signature";
