//! The relay, a store and a webhook together.

use chrono::{SecondsFormat, TimeDelta};
use talkback::webhooks::Webhook;
use talkback::{Code, DeadlineWorker, Delivery, Event, Fact, NoticeRelay};

use super::server::{Reply, Server};
use super::{House, on_tokio, to};

fn webhook(house: &House, server: &Server) -> Webhook {
    to(server).with_clock(house.clock.clone()).allow_internal().build().unwrap()
}

/// What became of messages, by the ledger.
async fn results(house: &House) -> Vec<(Delivery, Option<Code>)> {
    let events = house.desk.events(house.case, 0, 1_000).await.unwrap();
    let result = |event: &Event| match &event.fact {
        Fact::Delivery { result, why, .. } => Some((*result, why.clone())),
        _ => None,
    };
    events.iter().filter_map(result).collect()
}

#[test]
fn a_repeat_has_the_same_id_and_a_timestamp_of_its_own() {
    on_tokio(async {
        let house = House::new().await;
        let replies =
            [Reply::status(500, ""), Reply::status(503, "retry-after: 600\r\n"), Reply::status(200, "")];
        let mut server = Server::start(replies).await;
        let relay = NoticeRelay::of(&house.desk, webhook(&house, &server));
        let mut received = Vec::new();
        for (minutes, sent) in [(0, 0), (2, 0), (9, 0), (2, 1), (60, 0)] {
            house.clock.advance(TimeDelta::minutes(minutes));
            let relayed = relay.tick().await.unwrap();
            assert_eq!((relayed.sent, relayed.failed), (sent, 0), "{relayed:?}");
            // Nine minutes after an answer that asked for ten nothing is tried.
            if relayed.claimed > 0 {
                received.push(server.next().await);
            }
        }
        assert_eq!(received.len(), 3);
        let of = |name| received.iter().map(|received| received.headers[name].clone()).collect::<Vec<_>>();
        let (ids, times, signatures) = (of("webhook-id"), of("webhook-timestamp"), of("webhook-signature"));
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert!(times.is_sorted() && times[0] != times[1] && times[1] != times[2], "{times:?}");
        assert!(signatures[0] != signatures[1] && signatures[1] != signatures[2], "{signatures:?}");
        assert_eq!(results(&house).await, [(Delivery::Sent, None)]);
    });
}

#[test]
fn who_wants_no_more_gets_no_more() {
    on_tokio(async {
        let (house, mut server) = (House::new().await, Server::start([Reply::status(410, "")]).await);
        let relay = NoticeRelay::of(&house.desk, webhook(&house, &server));
        let relayed = relay.tick().await.unwrap();
        server.next().await;
        assert_eq!(relayed.dead.first().map(|dead| dead.why.as_str()), Some("gone"));
        let (result, why) = results(&house).await.remove(0);
        assert_eq!((result, why.as_ref().map(Code::as_str)), (Delivery::Failed, Some("gone")));
        assert!(server.is_quiet());
    });
}

#[test]
fn a_missed_deadline_is_told_with_its_due_time() {
    on_tokio(async {
        let house = House::new().await;
        let mut server = Server::start(vec![Reply::status(200, ""); 20]).await;
        let relay = NoticeRelay::of(&house.desk, webhook(&house, &server));
        assert_eq!(relay.tick().await.unwrap().sent, 1);
        server.next().await;
        // The customer was told that they were heard; an answer is owed, and nobody gives it.
        let due = house.desk.load(house.case).await.unwrap().unwrap().due_next().unwrap().due;
        house.clock.set(due + TimeDelta::hours(1));
        DeadlineWorker::of(&house.desk).tick().await.unwrap();
        let relayed = relay.tick().await.unwrap();
        let mut escalations = Vec::new();
        for _ in 0..relayed.sent {
            let event = server.next().await.json();
            if event["type"] == "talkback.notice.escalation" {
                escalations.push(event["data"].clone());
            }
        }
        let data = escalations.first().expect("nobody was told");
        let due = due.to_rfc3339_opts(SecondsFormat::Secs, true);
        assert_eq!((&data["deadline"]["kind"], &data["due"]), (&"respond".into(), &due.into()), "{data}");
        assert_eq!((&data["event"]["type"], &data["notice"]), (&"escalated".into(), &"escalation".into()));
        assert!(data["to"]["role"].is_string() && data["message"].is_null(), "{data}");
    });
}
