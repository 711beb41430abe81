//! For whoever receives webhooks: whether one is to be believed.

use chrono::{DateTime, TimeDelta, Utc};

use super::secret::Secret;
use super::signature::is_signed;
use super::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER};

/// Says whether a webhook was signed with one of these secrets, and lately. Without a secret it refuses
/// everything.
///
/// ```
/// use std::collections::HashMap;
/// use talkback::webhooks::{Secret, Unverified, Verifier};
///
/// let verifier = Verifier::new([Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?]);
/// let headers = HashMap::from([
///     ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
///     ("webhook-timestamp", "1614265330"),
///     ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
/// ]);
/// let header = |name: &str| headers.get(name).copied();
/// let now = "2021-02-25T15:02:30Z".parse()?;
///
/// assert_eq!(verifier.verify(header, br#"{"test": 2432232314}"#, now)?, "msg_p5jXN8AQM9LWM0D4loKWxJek");
/// assert_eq!(verifier.verify(header, br#"{"test": 1}"#, now), Err(Unverified::WrongSignature));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Verifier {
    secrets: Vec<Secret>,
    tolerance: TimeDelta,
}

/// Why a webhook is not to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unverified {
    /// There is no secret to check with.
    #[error("there is no secret to check a webhook with")]
    NoSecret,
    /// A header is missing or empty.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// The timestamp is no number of seconds.
    #[error("the timestamp is not a number of seconds")]
    BadTimestamp,
    /// It was signed too long ago: a replay, or a clock that is wrong.
    #[error("the webhook is too old")]
    TooOld,
    /// It says that it was signed too far in the future.
    #[error("the webhook is from the future")]
    TooNew,
    /// No signature is by one of the secrets.
    #[error("no signature of the webhook is by a known secret")]
    WrongSignature,
}

impl Verifier {
    /// Believes what one of these secrets signed not more than five minutes ago or ahead. Two of them while
    /// one takes the place of the other.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self { secrets: secrets.into_iter().collect(), tolerance: TimeDelta::minutes(5) }
    }

    /// How far the clocks may be apart, inclusive, in both directions.
    #[must_use]
    pub fn with_tolerance(self, tolerance: TimeDelta) -> Self {
        Self { tolerance, ..self }
    }

    /// Checks a webhook and gives its id. `header` gives the value of the header of a (lower-case) name,
    /// `body` has to be the very bytes that came in, before anybody parsed them.
    ///
    /// Within the tolerance the same webhook is believed twice. Keep the ids for longer than that, and drop
    /// what has one that was there before.
    ///
    /// # Errors
    /// [`Unverified`]. Answer with a status of 4xx, and do not read the body.
    pub fn verify<'h>(
        &self,
        header: impl Fn(&str) -> Option<&'h str>,
        body: &[u8],
        now: DateTime<Utc>,
    ) -> Result<&'h str, Unverified> {
        if self.secrets.is_empty() {
            return Err(Unverified::NoSecret);
        }
        let header = |name| header(name).filter(|value| !value.is_empty()).ok_or(Unverified::Missing(name));
        let (id, timestamp, signatures) =
            (header(ID_HEADER)?, header(TIMESTAMP_HEADER)?, header(SIGNATURE_HEADER)?);
        let seconds: i64 = timestamp.parse().map_err(|_| Unverified::BadTimestamp)?;
        let age = now.timestamp().checked_sub(seconds).ok_or(Unverified::BadTimestamp)?;
        let tolerance = self.tolerance.num_seconds();
        if age > tolerance {
            return Err(Unverified::TooOld);
        }
        if age < -tolerance {
            return Err(Unverified::TooNew);
        }
        let signed = is_signed(&self.secrets, id, timestamp, body, signatures);
        if signed { Ok(id) } else { Err(Unverified::WrongSignature) }
    }
}
