//! Futures that are dropped at every point at which they can be.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use chrono::TimeDelta;
use talkback::Backend;
use talkback::backend::*;

use super::story::{case, command, commit_of, complaint, monday, reply, tenant};
use super::world::{World, long, pool, with};

/// Polls a future so often, with what wakes it up, and is ready with `None` then.
struct Polls<F> {
    future: Pin<Box<F>>,
    left: u32,
}

impl<F: Future> Future for Polls<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        match self.future.as_mut().poll(context) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if self.left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

fn polls<F: Future>(future: F, left: u32) -> Polls<F> {
    Polls { future: Box::pin(future), left }
}

/// Whatever is dropped and when: no connection is given on with a transaction open, no commit is there
/// by half, and the same command can be sent again and takes effect once.
#[test]
fn a_dropped_call_leaves_nothing_behind() {
    with(async |world| {
        let (_, schema) = world.store().await;
        let mut config = world.config.clone();
        config.application_name(schema.as_str());
        let calm: Arc<dyn Backend> = Arc::new(world.backend(pool(&world.config, 2), &schema));
        let mut number = 0;
        let rounds = if long() { 800 } else { 12 };
        for round in 0..rounds {
            // Fresh connections at first, and then such as have prepared everything.
            let backend: Arc<dyn Backend> = Arc::new(world.backend(pool(&config, 2), &schema));
            let mut answered = 0;
            for left in 0.. {
                number += 1;
                let commit = commit_of(&calm, &tenant("ours"), case(number), complaint(number)).await;
                let dropped = polls(backend.commit(commit.clone()), left).await;
                let key = Key::new(tenant("ours"), case(number));
                let loaded = calm.load(Load::new(key.clone()).with_command(command(number))).await.unwrap();
                assert_eq!(loaded.record.is_some(), loaded.outcome.is_some());
                backend.commit(commit).await.unwrap();
                let history = calm.events(EventQuery::history(key, 0, 10)).await.unwrap();
                assert_eq!(history.items.len(), 1, "round {round}, {left} polls");
                answered += u32::from(dropped.is_some());
                if answered > 1 {
                    assert!(left > 1, "a call takes more than one poll");
                    break;
                }
            }
            others(&*backend, number).await;
            nothing_is_open(world, schema.as_str()).await;
        }
    });
}

/// The other calls, dropped after so many polls.
async fn others(backend: &dyn Backend, number: u128) {
    let key = || Key::new(tenant("ours"), case(number));
    let later = monday() + TimeDelta::days(30);
    let lease = TimeDelta::microseconds(1);
    for left in 0..6 {
        polls(backend.load(Load::new(key())), left).await;
        let query = CaseQuery::new(tenant("ours"));
        polls(backend.find(Find::new(query, PageRequest::first(2))), left).await;
        polls(backend.events(EventQuery::feed(tenant("ours"), None, 2)), left).await;
        let claim = Claim::work(tenant("ours"), Lane::Wakes, later, lease, 1);
        polls(backend.claim(claim.clone()), left).await;
        for wake in backend.claim(claim).await.unwrap().into_wakes() {
            let end = WakeEnd::Retry { at: later };
            polls(backend.settle(Settlement::wake(wake.key, wake.lease, end, later)), left).await;
        }
        let person = ErasureScope::Record(case(number).into());
        polls(backend.erase(Erasure::new(tenant("ours"), person, later)), left).await;
    }
}

/// What is under way ends by itself; nothing waits for somebody who is gone.
async fn nothing_is_open(world: &World, application: &str) {
    let open = world
        .beside()
        .await
        .query_one(
            "SELECT count(*) FROM pg_stat_activity
             WHERE application_name = $1 AND state LIKE 'idle in transaction%'",
            &[&application],
        )
        .await
        .unwrap();
    assert_eq!(open.get::<_, i64>(0), 0);
}

/// Commands through a desk, dropped: sent again they are carried out once.
#[test]
fn a_dropped_command_is_carried_out_once() {
    with(async |world| {
        let (backend, _) = world.store().await;
        let backend: Arc<dyn Backend> = Arc::new(backend);
        let desk = super::story::desk(backend.clone(), &tenant("ours"));
        for left in 0..if long() { 60 } else { 25 } {
            let number = u128::from(left) + 1;
            polls(desk.execute(case(number), complaint(number)), left).await;
            let handled = desk.execute(case(number), complaint(number)).await.unwrap();
            assert_eq!(handled.case.version, 1);
            polls(desk.execute(case(number), reply(1000 + number)), left).await;
            let handled = desk.execute(case(number), reply(1000 + number)).await.unwrap();
            let events = desk.events(case(number), 0, 100).await.unwrap();
            assert_eq!(events.len() as u64, handled.case.version);
            let again = desk.execute(case(number), reply(1000 + number)).await.unwrap();
            assert!(again.repeated);
        }
    });
}
