//! The relay, a store and a webhook together.

use chrono::TimeDelta;
use talkback::webhooks::Webhook;
use talkback::{Code, Delivery, Event, Fact, NoticeRelay};

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
