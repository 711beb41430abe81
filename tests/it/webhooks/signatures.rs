//! Signatures: the reference libraries' vectors, somebody else's signatures, and what is not to be believed.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use talkback::webhooks::{Secret, Unverified, Verifier};

use super::{NEW, OLD, secret};

/// A signed webhook, taken apart.
#[derive(Debug, Clone)]
struct Signed {
    id: &'static str,
    timestamp: &'static str,
    body: &'static str,
    signature: String,
}

impl Signed {
    /// From the test of every reference library (standard-webhooks/standard-webhooks, `libraries/`).
    fn reference() -> Self {
        Self {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: "1614265330",
            body: r#"{"test": 2432232314}"#,
            signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned(),
        }
    }

    fn verify(&self, verifier: &Verifier, now: DateTime<Utc>) -> Result<&str, Unverified> {
        let header = |name: &str| match name {
            "webhook-id" => Some(self.id),
            "webhook-timestamp" => Some(self.timestamp),
            "webhook-signature" => Some(self.signature.as_str()),
            _ => None,
        };
        verifier.verify(header, self.body.as_bytes(), now)
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn now() -> DateTime<Utc> {
    at(1_614_265_330)
}

fn old() -> Verifier {
    Verifier::new([secret(OLD)])
}

#[test]
fn the_reference_vectors_hold() {
    let signed = Signed::reference();
    assert_eq!(signed.verify(&old(), now()), Ok(signed.id));
    // From the test of the one in Rust.
    let signed = Signed {
        id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        timestamp: "1649367553",
        body: r#"{"email":"test@example.com","username":"test_user"}"#,
        signature: "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=".to_owned(),
    };
    assert_eq!(signed.verify(&Verifier::new([secret(NEW)]), at(1_649_367_553)), Ok(signed.id));
}

#[test]
fn one_good_signature_among_others_is_enough() {
    let good = Signed::reference().signature;
    for signature in [
        format!("v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= {good}"),
        format!("{good} v2,{}", &good[3..]),
        format!("v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw== nonsense v1,! {good}"),
    ] {
        let signed = Signed { signature, ..Signed::reference() };
        assert_eq!(signed.verify(&old(), now()), Ok(signed.id), "{}", signed.signature);
    }
    let both = Verifier::new([secret(NEW), secret(OLD)]);
    assert!(Signed::reference().verify(&both, now()).is_ok());
}

#[test]
fn what_was_not_signed_is_not_believed() {
    let reference = Signed::reference();
    let good = reference.signature.clone();
    let with = |signature: &str| Signed { signature: signature.to_owned(), ..Signed::reference() };
    for wrong in [
        Signed { id: "msg_p5jXN8AQM9LWM0D4loKWxJeK", ..reference.clone() },
        Signed { timestamp: "1614265331", ..reference.clone() },
        Signed { timestamp: "+1614265330", ..reference.clone() },
        Signed { body: r#"{"test":2432232314}"#, ..reference.clone() },
        // Cut off, without its padding, doubled, of another version, with another separator.
        with("v1,g0hM9SsE+OTPJTGt/tmIKg=="),
        with("v1,gw=="),
        with("v1,"),
        with(good.trim_end_matches('=')),
        with(&format!("v1,{0}{0}", &good[3..])),
        with(&good.replace("v1,", "v2,")),
        with(&good.replace("v1,", "v1a,")),
        with(&good.replace(',', "=")),
        with(&good[3..]),
    ] {
        assert_eq!(wrong.verify(&old(), now()), Err(Unverified::WrongSignature), "{wrong:?}");
    }
    assert_eq!(reference.verify(&Verifier::new([secret(NEW)]), now()), Err(Unverified::WrongSignature));
    assert_eq!(reference.verify(&Verifier::new([]), now()), Err(Unverified::NoSecret));
}

#[test]
fn replays_are_refused_outside_of_the_tolerance() {
    let signed = Signed::reference();
    let verdict = |verifier: &Verifier, seconds| signed.verify(verifier, now() + TimeDelta::seconds(seconds));
    for (seconds, verdict_) in [
        (-301, Err(Unverified::TooNew)),
        (-300, Ok(signed.id)),
        (300, Ok(signed.id)),
        (301, Err(Unverified::TooOld)),
        (86_400 * 365, Err(Unverified::TooOld)),
    ] {
        assert_eq!(verdict(&old(), seconds), verdict_, "{seconds}");
    }
    let strict = old().with_tolerance(TimeDelta::seconds(10));
    assert!(verdict(&strict, 10).is_ok() && verdict(&strict, 11).is_err() && verdict(&strict, -11).is_err());
}

#[test]
fn every_header_has_to_be_there_and_to_be_one() {
    for missing in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        for value in [None, Some("")] {
            let header = |name: &str| if name == missing { value } else { Some("1614265330") };
            assert_eq!(old().verify(header, b"", now()), Err(Unverified::Missing(missing)));
        }
    }
    for timestamp in ["soon", "1614265330.5", " 1614265330", "99999999999999999999", "-9223372036854775808"] {
        let signed = Signed { timestamp, ..Signed::reference() };
        assert_eq!(signed.verify(&old(), now()), Err(Unverified::BadTimestamp), "{timestamp}");
    }
}

proptest! {
    /// What the reference implementation signs we believe, and not once a bit of it is turned.
    #[test]
    fn somebody_elses_signatures_are_believed(
        key in prop::collection::vec(any::<u8>(), 24..=64),
        id in "[a-zA-Z0-9_-]{1,40}",
        timestamp in 0..4_000_000_000_i64,
        body in ".{1,80}",
        bit in any::<prop::sample::Index>(),
    ) {
        let theirs = standardwebhooks::Webhook::from_bytes(key.clone()).unwrap();
        let signature = theirs.sign(&id, timestamp, body.as_bytes()).unwrap();
        let text = timestamp.to_string();
        let header = |name: &str| match name {
            "webhook-id" => Some(id.as_str()),
            "webhook-timestamp" => Some(text.as_str()),
            "webhook-signature" => Some(signature.as_str()),
            _ => None,
        };
        let ours = Verifier::new([Secret::from_bytes(&key).unwrap()]);
        prop_assert_eq!(ours.verify(header, body.as_bytes(), at(timestamp)), Ok(id.as_str()));
        let mut turned = body.into_bytes();
        let bit = bit.index(turned.len() * 8);
        turned[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(ours.verify(header, &turned, at(timestamp)), Err(Unverified::WrongSignature));
    }
}
