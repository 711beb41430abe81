//! What arrives, and what each answer means.

use std::sync::Arc;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::json;
use talkback::relay::Again;
use talkback::webhooks::{Unverified, Verifier, Webhook, WebhookError};
use talkback::{Deliver, Receipt, SystemClock};

use super::server::{Received, Reply, Server};
use super::{House, NEW, NOT_TO_BE_SEEN, OLD, code, on_tokio, secret, to};

fn ok() -> Reply {
    Reply::status(204, "")
}

/// Believed by our own helper and by the reference implementation, each with that secret alone.
fn is_believed(received: &Received, key: &str) -> bool {
    let ours = Verifier::new([secret(key)]).verify(
        |name| received.header(name),
        &received.body,
        received.header("webhook-timestamp").and_then(|at| at.parse().ok()).map(at).unwrap(),
    );
    let mut headers = http::HeaderMap::new();
    for (name, value) in &received.headers {
        headers.insert(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    let theirs = standardwebhooks::Webhook::new(key).unwrap().verify(&received.body, &headers);
    assert_eq!(ours.is_ok(), theirs.is_ok(), "{ours:?} {theirs:?}");
    ours.is_ok()
}

fn at(seconds: i64) -> chrono::DateTime<Utc> {
    chrono::DateTime::from_timestamp(seconds, 0).unwrap()
}

#[test]
fn a_letter_arrives_as_a_signed_cloud_event() {
    on_tokio(async {
        let (house, mut server) = (House::new().await, Server::start([ok()]).await);
        let letter = house.letter().await;
        let webhook = to(&server).with_clock(house.clock.clone()).allow_internal().build().unwrap();
        assert_eq!(webhook.deliver(&letter).await.unwrap(), Receipt::Sent);

        let received = server.next().await;
        assert_eq!(received.line, "POST /hooks?token=s3cret HTTP/1.1");
        assert_eq!(received.header("host"), Some(format!("127.0.0.1:{}", server.port).as_str()));
        assert_eq!(received.header("content-type"), Some("application/cloudevents+json; charset=utf-8"));
        assert_eq!(received.header("webhook-id"), Some(letter.id().as_str()));
        assert_eq!(received.header("webhook-timestamp"), Some("1795424400"));
        let case = house.case.to_string();
        let expected = json!({
            "specversion": "1.0",
            "id": format!("{case}-2-0"),
            "source": "/talkback/north%20shop",
            "type": "talkback.notice.message",
            "subject": case,
            "time": "2026-11-23T09:00:00Z",
            "datacontenttype": "application/json",
            "data": {
                "tenant": "north shop",
                "case": case,
                "notice": "message",
                "to": { "customer": "customer-17" },
                "purpose": "acknowledgement",
                "message": letter.message().unwrap().to_string(),
                "event": { "version": 2, "type": "acknowledged", "at": "2026-11-23T09:00:00Z" },
                "kind": "complaint",
                "channel": "chat",
                "priority": "normal",
                "stage": "acknowledged",
            },
        });
        assert_eq!(received.json(), expected);
        let body = String::from_utf8(received.body).unwrap();
        assert!(NOT_TO_BE_SEEN.iter().all(|word| !body.contains(word)), "{body}");
    });
}

#[test]
fn words_go_out_only_when_asked_for() {
    on_tokio(async {
        let (house, mut server) = (House::new().await, Server::start([ok()]).await);
        let letter = house.letter().await;
        let webhook = to(&server).allow_internal().with_words().with_source("https://shop.example/care");
        webhook.build().unwrap().deliver(&letter).await.unwrap();
        let received = server.next().await.json();
        assert_eq!(received["source"], "https://shop.example/care");
        let words = json!({
            "body": "We look into it.",
            "contact": { "email": "ann@example.org" },
            "reply_path": { "email": "care@shop.example" },
        });
        assert_eq!(received["data"]["words"], words);
    });
}

/// While a secret is replaced each side may have either.
#[test]
fn every_secret_signs() {
    on_tokio(async {
        let (house, mut server) = (House::new().await, Server::start([ok(), ok()]).await);
        let letter = house.letter().await;
        let clock = Arc::new(SystemClock);
        let one = to(&server).with_clock(clock.clone()).allow_internal().build().unwrap();
        one.deliver(&letter).await.unwrap();
        let received = server.next().await;
        assert!(is_believed(&received, NEW) && !is_believed(&received, OLD));

        let both = to(&server).secret(secret(OLD)).with_clock(clock).allow_internal().build().unwrap();
        both.deliver(&letter).await.unwrap();
        let received = server.next().await;
        assert_eq!(received.header("webhook-signature").unwrap().split(' ').count(), 2);
        assert!(is_believed(&received, NEW) && is_believed(&received, OLD));

        // Caught on the way and sent again later, it is refused.
        let sent: i64 = received.header("webhook-timestamp").unwrap().parse().unwrap();
        let late = at(sent) + TimeDelta::seconds(301);
        let verdict = Verifier::new([secret(NEW)]).verify(|name| received.header(name), &received.body, late);
        assert_eq!(verdict, Err(Unverified::TooOld));
    });
}

#[test]
fn each_answer_means_something() {
    let answers = [
        (Reply::status(410, "retry-after: 5\r\n"), "gone", Again::Never),
        (Reply::status(429, "Retry-After: 120\r\n"), "status-429", Again::After(TimeDelta::seconds(120))),
        (Reply::status(503, ""), "status-503", Again::Later),
        (Reply::status(400, ""), "status-400", Again::Later),
        (Reply::Say("SSH-2.0-OpenSSH_9.2\r\n".to_owned()), "not-http", Again::Later),
        (Reply::Say(String::new()), "no-answer", Again::Later),
        (Reply::Say("HTTP/1.1 200 OK\r\ncontent-le".to_owned()), "no-answer", Again::Later),
        (Reply::SayForEver("HTTP/1.1 200 OK\r\n".to_owned(), "x: y\r\n"), "not-http", Again::Later),
    ];
    on_tokio(async {
        let house = House::new().await;
        let letter = house.letter().await;
        let mut server = Server::start(answers.iter().map(|(reply, _, _)| reply.clone())).await;
        let webhook = to(&server).allow_internal().build().unwrap();
        for (reply, why, again) in answers {
            let undelivered = webhook.deliver(&letter).await.unwrap_err();
            assert_eq!((&undelivered.why, undelivered.again), (&code(why), again), "{reply:?}");
            server.next().await;
        }
    });
}

/// The head says enough. A body without an end is no reason to stay, nor is anything of it repeated.
#[test]
fn no_body_is_read() {
    on_tokio(async {
        let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n".to_owned();
        let bad = "HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
        let (house, mut server) = (
            House::new().await,
            Server::start([
                Reply::SayForEver(head.clone(), "kettle "),
                Reply::SayAndHold(head),
                Reply::SayForEver(bad, "6\r\nkettle\r\n"),
            ])
            .await,
        );
        let letter = house.letter().await;
        let webhook = to(&server).allow_internal().build().unwrap();
        for _ in 0..2 {
            assert_eq!(webhook.deliver(&letter).await.unwrap(), Receipt::Sent);
            server.next().await;
        }
        let undelivered = webhook.deliver(&letter).await.unwrap_err();
        assert_eq!(undelivered.why, code("status-500"));
        assert!(!format!("{undelivered:?} {undelivered}").contains("kettle"));
    });
}

#[test]
fn redirects_are_not_followed() {
    on_tokio(async {
        let (house, mut other) = (House::new().await, Server::start([ok()]).await);
        let redirects = [301, 302, 303, 307, 308]
            .map(|status| Reply::status(status, &format!("location: {}\r\n", other.url("/"))));
        let server = Server::start(redirects).await;
        let letter = house.letter().await;
        let webhook = to(&server).allow_port(other.port).allow_internal().build().unwrap();
        for status in [301, 302, 303, 307, 308] {
            let undelivered = webhook.deliver(&letter).await.unwrap_err();
            let why = code(&format!("status-{status}"));
            assert_eq!((undelivered.why, undelivered.again), (why, Again::Later));
        }
        assert!(other.is_quiet());
    });
}

#[test]
fn silence_ends_with_the_time_out() {
    on_tokio(async {
        let house = House::new().await;
        let replies = ["", "HTTP/1.1 200 OK\r\nx: "].map(|text| Reply::SayAndHold(text.to_owned()));
        let mut server = Server::start(replies).await;
        let letter = house.letter().await;
        let webhook = to(&server).with_time_out(Duration::from_millis(300)).allow_internal().build().unwrap();
        for _ in 0..2 {
            let undelivered = webhook.deliver(&letter).await.unwrap_err();
            assert_eq!((undelivered.why, undelivered.again), (code("timed-out"), Again::Later));
            server.next().await;
        }
    });
}

#[test]
fn nobody_there_is_a_reason_to_try_again() {
    on_tokio(async {
        let letter = House::new().await.letter().await;
        // A port that was free a moment ago, and a name that the top level reserves for having none.
        let server = Server::start([]).await;
        let closed = to(&server).allow_internal().build().unwrap();
        tokio::task::yield_now().await;
        let undelivered = closed.deliver(&letter).await.unwrap_err();
        assert_eq!((undelivered.why, undelivered.again), (code("no-connection"), Again::Later));
        let nameless = Webhook::new("https://hooks.invalid/", [secret(NEW)]).unwrap();
        let undelivered = nameless.deliver(&letter).await.unwrap_err();
        assert_eq!((undelivered.why, undelivered.again), (code("unresolved"), Again::Later));
    });
}

#[test]
fn without_its_runtime_it_says_so() {
    let letter = on_tokio(async { House::new().await.letter().await });
    let webhook = Webhook::new("https://hooks.invalid/", [secret(NEW)]).unwrap();
    let undelivered = pollster::block_on(webhook.deliver(&letter)).unwrap_err();
    assert_eq!((undelivered.why, undelivered.again), (code("no-runtime"), Again::Later));
}

#[test]
fn what_cannot_be_sound_is_not_built() {
    let url = "https://hooks.example/s3cret";
    assert_eq!(Webhook::new(url, []).unwrap_err(), WebhookError::NoSecret);
    let error = Webhook::new("http://hooks.example/s3cret", [secret(NEW)]).unwrap_err();
    assert_eq!(error, WebhookError::NotHttps);
    let builder = || Webhook::builder(url).secret(secret(NEW));
    assert_eq!(builder().with_source("").build().unwrap_err(), WebhookError::Source);
    assert_eq!(builder().with_authority(*b"no certificate").build().unwrap_err(), WebhookError::Tls);
    let shown = format!("{:?} {:?} {error:?} {error}", builder(), builder().build().unwrap());
    assert!(NOT_TO_BE_SEEN.iter().all(|word| !shown.contains(word)), "{shown}");
    assert!(!shown.contains("hooks.example"), "{shown}");
}
