//! The loops, on a clock that jumps to whatever is waited for.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::testing::{Faults, FaultyBackend};
use talkback::{
    Backend, Clock, DeadlineWorker, Desk, Fact, Letter, MemoryBackend, NoticeRelay, Receipt, Request,
    TenantId, deliver_fn,
};
use tokio::time::{Instant, sleep};

use super::{ann, ann_id, complaint, kim, monday, policies, reply};

/// Shows tokio's paused time, and can be put wrong.
#[derive(Debug)]
struct Wall {
    started: Instant,
    entropy: Mutex<u128>,
    off: Mutex<TimeDelta>,
}

impl Clock for Wall {
    fn now(&self) -> DateTime<Utc> {
        monday() + TimeDelta::from_std(self.started.elapsed()).unwrap() + *self.off.lock().unwrap()
    }

    fn monotonic(&self) -> Option<TimeDelta> {
        TimeDelta::from_std(self.started.elapsed()).ok()
    }

    fn entropy(&self) -> u128 {
        let mut entropy = self.entropy.lock().unwrap();
        *entropy += 1;
        *entropy
    }
}

fn paused<T>(life: impl AsyncFnOnce(Arc<Wall>) -> T) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = Wall { started: Instant::now(), entropy: Mutex::default(), off: Mutex::default() };
        life(Arc::new(clock)).await
    })
}

fn desk(backend: Arc<dyn Backend>, clock: &Arc<Wall>) -> Desk {
    Desk::new(backend, policies(), clock.clone(), TenantId::single())
}

fn memory() -> Arc<dyn Backend> {
    Arc::new(MemoryBackend::new())
}

#[test]
fn a_deadline_fires_when_it_comes_and_not_at_the_next_poll() {
    paused(async |clock| {
        let desk = desk(memory(), &clock);
        let case = desk.open(ann(), complaint()).await.unwrap().case.id;
        let worker = DeadlineWorker::of(&desk).with_poll(TimeDelta::hours(1));
        worker.run(sleep(Duration::from_secs(30 * 3_600))).await;
        assert_eq!(clock.now(), monday() + TimeDelta::hours(30));
        let events = desk.events(case, 0, 100).await.unwrap();
        let by_time: Vec<_> = events.iter().filter(|event| event.command.is_none()).collect();
        assert!(by_time.len() >= 3, "{by_time:?}");
        for event in by_time {
            let Fact::Breached { deadline, .. } = &event.fact else { continue };
            let grace = TimeDelta::minutes(5);
            let late = event.recorded_at - event.occurred_at - grace;
            assert!(late < TimeDelta::milliseconds(100), "{deadline:?} is noticed {late} late");
        }
    });
}

#[test]
fn a_stop_is_heard_at_once() {
    paused(async |clock| {
        let worker = DeadlineWorker::of(&desk(memory(), &clock)).with_poll(TimeDelta::days(1));
        worker.run(sleep(Duration::from_millis(1_500))).await;
        assert_eq!(clock.now(), monday() + TimeDelta::milliseconds(1_500));
        assert!(worker.health().last_success.is_some());
    });
}

#[test]
fn a_store_that_is_down_is_asked_less_and_less_often() {
    paused(async |clock| {
        let never = Faults { before: 1_000, ..Faults::NONE };
        let backend = Arc::new(FaultyBackend::new(MemoryBackend::new(), 1, never));
        let worker = DeadlineWorker::of(&desk(backend.clone(), &clock));
        worker.run(sleep(Duration::from_secs(3_600))).await;
        // 1 + 2 + 4 + ... up to a minute, each up to a tenth shorter.
        let failures = worker.health().failures;
        assert!((60..=75).contains(&failures), "{failures}");
        backend.set(Faults::NONE);
        worker.run(sleep(Duration::from_secs(61))).await;
        assert_eq!(worker.health().failures, 0);
    });
}

#[test]
fn a_clock_that_jumps_ahead_is_reported() {
    paused(async |clock| {
        let worker = DeadlineWorker::of(&desk(memory(), &clock));
        let jump = async {
            sleep(Duration::from_secs(30)).await;
            *clock.off.lock().unwrap() = TimeDelta::hours(3);
            sleep(Duration::from_secs(30)).await;
        };
        worker.run(jump).await;
        let step = worker.health().clock_step.unwrap();
        assert!((step.by - TimeDelta::hours(3)).abs() < TimeDelta::seconds(1), "{step:?}");
    });
}

#[test]
fn letters_go_out_within_the_poll_interval_and_are_finished_before_a_stop() {
    paused(async |clock| {
        let desk = desk(memory(), &clock);
        let case = desk.open(ann(), complaint()).await.unwrap().case.id;
        let sent = Arc::new(Mutex::new(Vec::new()));
        let relay = {
            let deliver = deliver_fn((sent.clone(), clock.clone()), async |(sent, clock), letter: Letter| {
                sleep(Duration::from_secs(4)).await;
                sent.lock().unwrap().push((letter.id(), clock.now()));
                Ok(Receipt::Sent)
            });
            NoticeRelay::of(&desk, deliver)
        };
        let life = async {
            sleep(Duration::from_secs(61)).await;
            desk.execute(case, Request::new(kim(), reply())).await.unwrap();
            // The relay has taken it, and it is on its way.
            sleep(Duration::from_secs(3)).await;
        };
        relay.run(life).await;
        let sent = sent.lock().unwrap().clone();
        let [(_, at)] = sent[..] else { panic!("{sent:?}") };
        assert!(at - monday() <= TimeDelta::seconds(61 + 2 + 4), "{at}");
        assert!(clock.now() >= at);
        let case = desk.load(case).await.unwrap().unwrap();
        assert!(case.cycle.outgoing.iter().all(|outgoing| !outgoing.is_underway()));
    });
}

/// They are spawned, on whatever runtime moves tasks from thread to thread.
#[test]
fn everything_can_be_spawned() {
    fn is_send<T: Send>(_: &T) {}
    paused(async |clock| {
        let desk = desk(memory(), &clock);
        let worker = DeadlineWorker::of(&desk);
        let relay = NoticeRelay::of(&desk, deliver_fn((), async |_, _| Ok(Receipt::Sent)));
        is_send(&worker.run(std::future::ready(())));
        is_send(&worker.tick());
        is_send(&worker.next_wakeup(TimeDelta::hours(1)));
        is_send(&relay.run(std::future::ready(())));
        is_send(&relay.tick());
        is_send(&desk.feed(None, 10));
        is_send(&desk.open(ann(), complaint()));
        is_send(&desk.export_person(&ann_id()));
    });
}
