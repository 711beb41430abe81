//! The feed of a desk into a stream of a real server.

mod server;

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::stream::{Config, Stream};
use async_nats::jetstream::{self, Context};
use serde_json::Value;
use talkback::backend::Position;
use talkback::{
    Actor, Channel, Command, CustomerId, Desk, Feedback, MemoryBackend, Outbound, Policy, PolicyBook,
    ReplyPath, Request, StaffId, WorkingCalendar,
};
use talkback_nats::{Follower, ForwardError, Positions, PositionsFile};

use self::server::Server;

/// A desk, a server, and a file for the position. Nothing without a server.
struct House {
    desk: Desk,
    jetstream: Context,
    server: Server,
}

impl House {
    async fn new() -> Option<Self> {
        let server = Server::start()?;
        let office = WorkingCalendar::office("office").build().unwrap();
        let policies = PolicyBook::single(Policy::house_standard(office).unwrap());
        let desk = Desk::single(Arc::new(MemoryBackend::new()), policies);
        let client = async_nats::connect(&server.url).await.unwrap();
        Some(Self { desk, jetstream: jetstream::new(client), server })
    }

    async fn stream(&self) -> Stream {
        let subjects = vec!["feedback.>".to_owned()];
        let config = Config { name: "FEEDBACK".to_owned(), subjects, ..Config::default() };
        self.jetstream.create_stream(config).await.unwrap()
    }

    fn positions(&self) -> PositionsFile {
        PositionsFile::new(self.server.file("position"))
    }

    /// As after a restart: nothing is remembered but the file.
    fn follower(&self) -> Follower<PositionsFile> {
        Follower::new(self.desk.clone(), self.jetstream.clone(), "feedback", self.positions())
    }

    /// A complaint that is acknowledged: two events.
    async fn complaint(&self, number: u32) {
        let ann = Actor::customer(CustomerId::new(format!("customer-{number}")).unwrap());
        let words = Feedback::complaint(Channel::Chat, "The kettle leaks.");
        let case = self.desk.open(ann, words).await.unwrap().case.id;
        let kim = Actor::staff(StaffId::new("kim").unwrap());
        let hello = Outbound::new("We look into it.", ReplyPath::email("care@shop.example").unwrap());
        self.desk.execute(case, Request::new(kim, Command::Acknowledge(hello))).await.unwrap();
    }

    /// The names of all events of the feed, in its order.
    async fn feed(&self) -> Vec<String> {
        let page = self.desk.feed(None, 1_000).await.unwrap();
        page.items.iter().map(|item| item.name().unwrap()).collect()
    }
}

/// Runs a test that must not take longer than a minute.
async fn within_a_minute(test: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(60), test).await.unwrap();
}

async fn messages(stream: &mut Stream) -> Vec<StreamMessage> {
    let count = stream.info().await.unwrap().state.messages;
    let mut messages = Vec::new();
    for sequence in 1..=count {
        messages.push(stream.get_raw_message(sequence).await.unwrap());
    }
    messages
}

fn names(messages: &[StreamMessage]) -> Vec<String> {
    messages.iter().map(|message| message.headers.get("Nats-Msg-Id").unwrap().to_string()).collect()
}

#[tokio::test]
async fn every_event_arrives_once_and_in_order() {
    within_a_minute(async {
        let Some(house) = House::new().await else { return };
        let mut stream = house.stream().await;
        for number in 0..5 {
            house.complaint(number).await;
        }
        // In pages, each by a follower that knows only what the one before it kept.
        let mut pages = Vec::new();
        loop {
            let done = house.follower().forward(4).await.unwrap();
            pages.push((done.published, done.repeated, done.unreadable));
            if done.seen() < 4 {
                break;
            }
        }
        assert_eq!(pages, [(4, 0, 0), (4, 0, 0), (2, 0, 0)]);
        house.complaint(5).await;
        assert_eq!(house.follower().forward(1_000).await.unwrap().published, 2);
        assert_eq!(house.follower().forward(1_000).await.unwrap().seen(), 0);

        let messages = messages(&mut stream).await;
        assert_eq!(names(&messages), house.feed().await);
        assert_eq!(messages[0].subject.as_str(), "feedback.opened");
        assert_eq!(messages[1].subject.as_str(), "feedback.acknowledged");
        let body: Value = serde_json::from_slice(&messages[1].payload).unwrap();
        let name = format!("{}-{}", body["record"].as_str().unwrap(), body["event"]["version"]);
        assert_eq!(name, format!("case/{}", names(&messages)[1]));
        assert_eq!(body["tenant"], "single");
        assert!(messages.iter().all(|message| !String::from_utf8_lossy(&message.payload).contains("kettle")));
    })
    .await;
}

#[tokio::test]
async fn repeats_are_dropped() {
    within_a_minute(async {
        let Some(house) = House::new().await else { return };
        let mut stream = house.stream().await;
        for number in 0..3 {
            house.complaint(number).await;
        }
        assert_eq!(house.follower().forward(2).await.unwrap().published, 2);
        let older: Position = house.positions().load().await.unwrap().unwrap();
        assert_eq!(house.follower().forward(1_000).await.unwrap().published, 4);
        // As if it had stopped before it kept the second page.
        house.positions().keep(older).await.unwrap();
        let done = house.follower().forward(1_000).await.unwrap();
        assert_eq!((done.published, done.repeated), (0, 4));
        assert_eq!(names(&messages(&mut stream).await), house.feed().await);
        assert_eq!(house.follower().forward(1_000).await.unwrap().seen(), 0);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_kept_that_was_not_confirmed() {
    within_a_minute(async {
        let Some(house) = House::new().await else { return };
        house.complaint(0).await;
        // Nobody is there to take it.
        let error = house.follower().forward(1_000).await.unwrap_err();
        assert!(matches!(error, ForwardError::Publish(_)), "{error}");
        assert_eq!(house.positions().load().await.unwrap(), None);

        // One is taken, the next is not: what was taken is kept.
        let config = Config {
            name: "OPENED".to_owned(),
            subjects: vec!["feedback.opened".to_owned()],
            ..Config::default()
        };
        let mut opened = house.jetstream.create_stream(config).await.unwrap();
        house.follower().forward(1_000).await.unwrap_err();
        let first = house.desk.feed(None, 1).await.unwrap().last();
        assert_eq!(house.positions().load().await.unwrap(), first);

        let config = Config {
            name: "OTHERS".to_owned(),
            subjects: vec!["feedback.acknowledged".to_owned()],
            ..Config::default()
        };
        let mut others = house.jetstream.create_stream(config).await.unwrap();
        let done = house.follower().forward(1_000).await.unwrap();
        assert_eq!((done.published, done.repeated), (1, 0));
        let taken = [names(&messages(&mut opened).await), names(&messages(&mut others).await)].concat();
        assert_eq!(taken, house.feed().await);
    })
    .await;
}

/// A file that is damaged is no reason to begin anew, or to go on at some place.
#[tokio::test]
async fn a_damaged_position_stops_it() {
    within_a_minute(async {
        let Some(house) = House::new().await else { return };
        let mut stream = house.stream().await;
        house.complaint(0).await;
        std::fs::write(house.server.file("position"), "0-x").unwrap();
        let error = house.follower().forward(1_000).await.unwrap_err();
        assert!(matches!(error, ForwardError::Position(_)), "{error}");
        assert_eq!(messages(&mut stream).await.len(), 0);
    })
    .await;
}
