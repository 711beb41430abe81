//! The example that follows the feed: however often it stops, its table is what a query says.

// Its `main` is for whoever runs it.
#[allow(dead_code)]
#[path = "../../examples/subscriber.rs"]
mod example;

use std::collections::BTreeMap;
use std::sync::Arc;

use pollster::block_on;
use talkback::backend::{PageRequest, Record};
use talkback::workflow::{CustomerWrote, Withdraw};
use talkback::{
    Actor, Channel, CustomerId, Desk, ExitReason, Feedback, MemoryBackend, Policy, PolicyBook, Request,
    Stage, WorkingCalendar,
};

use self::example::Board;

/// How many open cases there are on each channel, by asking for all of them.
async fn asked(desk: &Desk) -> BTreeMap<Channel, usize> {
    let mut counts = BTreeMap::new();
    for found in desk.find(desk.query(), PageRequest::first(1_000)).await.unwrap().items {
        let Record::Case(case) = found.unwrap().record else { panic!("another record than a case") };
        if case.stage != Stage::Closed {
            *counts.entry(case.head.channel.clone()).or_default() += 1;
        }
    }
    counts
}

#[test]
fn a_subscriber_that_stops_all_the_time_misses_nothing() {
    block_on(async {
        let policy = Policy::house_standard(WorkingCalendar::office("office").build().unwrap()).unwrap();
        let desk = Desk::single(Arc::new(MemoryBackend::new()), PolicyBook::single(policy));
        let ann = Actor::customer(CustomerId::new("customer-17").unwrap());
        let mut stored = vec![serde_json::to_string(&Board::default()).unwrap(); 4];
        let channels = [Channel::Chat, Channel::Email, Channel::Phone];
        for turn in 0..12 {
            let words = Feedback::complaint(channels[turn % 3].clone(), "The kettle leaks.");
            let case = desk.open(ann.clone(), words).await.unwrap().case.id;
            if turn % 2 == 0 {
                let withdraw = Withdraw::matter(ExitReason::NotSaid);
                desk.execute(case, Request::new(ann.clone(), withdraw)).await.unwrap();
            }
            if turn % 4 == 0 {
                let again = CustomerWrote::new("It leaks again.");
                desk.execute(case, Request::new(ann.clone(), again)).await.unwrap();
            }
            // Each reads pages of another size, and begins anew with what it stored after each.
            for (size, stored) in stored.iter_mut().enumerate() {
                let mut board: Board;
                loop {
                    board = serde_json::from_str(stored).unwrap();
                    let events = board.catch_up(&desk, size + 1).await.unwrap();
                    *stored = serde_json::to_string(&board).unwrap();
                    if events == 0 {
                        break;
                    }
                }
                let open = board.open().into_iter().map(|(channel, count)| (channel.clone(), count));
                assert_eq!(open.collect::<BTreeMap<_, _>>(), asked(&desk).await, "turn {turn}");
            }
        }
        assert_eq!(asked(&desk).await.values().sum::<usize>(), 9);
    });
}
