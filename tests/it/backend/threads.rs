//! The backend in memory under real threads.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use chrono::{DateTime, TimeDelta};
use pollster::block_on;
use talkback::backend::*;
use talkback::testing::conformance;
use talkback::{MemoryBackend, TenantId};

/// Eight workers on one queue: every item goes to one of them.
#[test]
fn every_item_goes_to_one_worker() {
    let backend = Arc::new(MemoryBackend::new());
    let race = conformance::suite().into_iter().find(|promise| promise.name() == "two_claims_share_nothing");
    // Leaves twenty records behind, leased for five minutes.
    block_on(race.unwrap().check(&*backend)).unwrap();
    let tenant = TenantId::new("tenant-a").unwrap();
    let now = DateTime::UNIX_EPOCH + TimeDelta::days(30_000);
    let taken: Vec<Key> = thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut taken = Vec::new();
                    loop {
                        let claim = Claim::work(tenant.clone(), Lane::Wakes, now, TimeDelta::minutes(5), 3);
                        let wakes = block_on(backend.claim(claim)).unwrap().into_wakes();
                        if wakes.is_empty() {
                            return taken;
                        }
                        taken.extend(wakes.into_iter().map(|wake| wake.key));
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert_eq!(taken.len(), 20);
    assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), 20);
}
