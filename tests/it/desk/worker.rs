//! The worker: everything that is due is ticked once, whoever else is at it.

use std::collections::BTreeSet;
use std::thread;

use chrono::TimeDelta;
use pollster::block_on;
use talkback::backend::{BackendError, Claim, Lane, Settlement, WakeEnd};
use talkback::{Backend, CaseId, DeadlineWorker, TenantId};

use super::unlucky::Unlucky;
use super::{Room, ann, complaint, count};

/// So many complaints that nobody answers, over three tenants; five hours later.
async fn neglected(room: &Room<Unlucky>, cases: usize) -> Vec<(TenantId, CaseId)> {
    let mut all = Vec::new();
    for n in 0..cases {
        let desk = room.desk.of_tenant(TenantId::new(format!("tenant-{}", n % 3)).unwrap());
        let case = desk.open(ann(), complaint()).await.unwrap().case.id;
        all.push((desk.tenant().clone(), case));
    }
    room.later(TimeDelta::hours(5));
    all
}

async fn breaches(room: &Room<Unlucky>, cases: &[(TenantId, CaseId)]) -> Vec<usize> {
    let mut counts = Vec::new();
    for (tenant, case) in cases {
        let events = room.desk.of_tenant(tenant.clone()).events(*case, 0, 1_000).await.unwrap();
        counts.push(count(&events, "breached"));
    }
    counts
}

#[test]
fn every_due_case_is_ticked() {
    block_on(async {
        let room = Room::new();
        // More than a worker claims at once.
        let cases = neglected(&room, 350).await;
        let worker = DeadlineWorker::of(&room.desk);
        let ticked = worker.tick().await.unwrap();
        assert_eq!((ticked.claimed, ticked.changed, ticked.breached), (350, 350, 350));
        assert_eq!((ticked.failed, ticked.more), (0, false));
        assert_eq!(breaches(&room, &cases).await, vec![1; 350]);
        assert_eq!(worker.tick().await.unwrap(), Default::default());
    });
}

/// Several are stored together, but nothing that failed before takes others along.
#[test]
fn a_few_cases_share_a_commit() {
    block_on(async {
        let room = Room::new();
        let mut cases = Vec::new();
        for _ in 0..7 {
            cases.push(room.complain().await);
        }
        let bad = cases[1];
        room.later(TimeDelta::hours(5));
        room.backend.unreadable(Some(bad));
        room.backend.sizes();
        let worker = DeadlineWorker::of(&room.desk).with_at_once(1);
        let ticked = worker.tick().await.unwrap();
        assert_eq!((ticked.changed, ticked.failed), (6, 1));
        assert_eq!(room.backend.sizes(), [1, 1, 1, 3], "one stands in the way of three");
        // It comes again with another's next deadline, and is by itself.
        room.backend.unreadable(None);
        room.later(TimeDelta::days(10));
        let ticked = worker.tick().await.unwrap();
        assert_eq!((ticked.changed, ticked.failed), (7, 0));
        assert_eq!(room.backend.sizes(), [4, 2, 1]);
    });
}

#[test]
fn a_budget_is_kept_and_said() {
    block_on(async {
        let room = Room::new();
        let cases = neglected(&room, 25).await;
        let worker = DeadlineWorker::of(&room.desk).with_budget(10);
        let mut rounds = Vec::new();
        loop {
            let ticked = worker.tick().await.unwrap();
            rounds.push(ticked.claimed);
            if !ticked.more {
                break;
            }
        }
        assert_eq!(rounds, [10, 10, 5]);
        assert_eq!(breaches(&room, &cases).await, vec![1; 25]);
    });
}

/// A worker that died with its claims, and one that comes back too late.
#[test]
fn a_stale_claim_harms_nobody() {
    block_on(async {
        let room = Room::new();
        let cases = neglected(&room, 3).await;
        let now = "2026-11-23T14:00:00Z".parse().unwrap();
        let (tenant, case) = cases[0].clone();
        let claim = Claim::work(tenant.clone(), Lane::Wakes, now, TimeDelta::minutes(1), 10);
        let [taken] = &room.backend.claim(claim).await.unwrap().into_wakes()[..] else { panic!("one") };
        let worker = DeadlineWorker::of(&room.desk);
        assert_eq!(worker.tick().await.unwrap().changed, 2, "the claimed one is left alone");
        room.later(TimeDelta::minutes(1));
        assert_eq!(worker.tick().await.unwrap().changed, 1, "and taken once its lease ran out");
        let end = WakeEnd::Retry { at: now + TimeDelta::days(9) };
        let late = room.backend.settle(Settlement::wake(taken.key.clone(), taken.lease, end, now)).await;
        assert!(matches!(late, Err(BackendError::LeaseLost)), "{late:?}");
        // Whoever ticks on a stale claim finds nothing to do.
        assert_eq!(room.desk.of_tenant(tenant).tick(case).await.unwrap().events, []);
        assert_eq!(breaches(&room, &cases).await, [1, 1, 1]);
    });
}

#[test]
fn a_case_that_fails_holds_nobody_up() {
    block_on(async {
        let room = Room::new();
        let cases = neglected(&room, 9).await;
        room.backend.unreadable(Some(cases[4].1));
        let worker = DeadlineWorker::of(&room.desk);
        let ticked = worker.tick().await.unwrap();
        assert_eq!((ticked.changed, ticked.failed), (8, 1));
        assert_eq!(worker.tick().await.unwrap().claimed, 0, "it is left for later");
        room.backend.unreadable(None);
        room.later(TimeDelta::hours(1));
        assert_eq!(worker.tick().await.unwrap().failed, 0);
        assert_eq!(breaches(&room, &cases).await, [1; 9]);
    });
}

#[test]
fn two_workers_at_once_record_each_breach_once() {
    let room = Room::new();
    let cases = block_on(neglected(&room, 300));
    let workers: Vec<_> = (0..4).map(|_| DeadlineWorker::of(&room.desk)).collect();
    let breached: usize = thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter()
            .map(|worker| scope.spawn(|| block_on(worker.tick()).unwrap().breached))
            // Somebody ticks by hand at the same time.
            .chain([scope.spawn(|| {
                let tick = |(tenant, case): &(TenantId, CaseId)| {
                    let done = block_on(room.desk.of_tenant(tenant.clone()).tick(*case)).unwrap();
                    count(&done.events, "breached")
                };
                cases.iter().map(tick).sum()
            })])
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(breached, 300, "each was told to one of them");
    assert_eq!(block_on(breaches(&room, &cases)), vec![1; 300]);
    assert_eq!(cases.iter().collect::<BTreeSet<_>>().len(), 300);
}
