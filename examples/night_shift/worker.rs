//! A worker: a process of its own, which may be killed at any moment.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use chrono::TimeDelta;
use talkback::{Backend, DeadlineWorker, Desk, Policy, PolicyBook, SystemClock, TenantId, WorkingCalendar};

use super::args::Args;
use super::{Failure, store};

/// A killed worker keeps what it had claimed for so long.
const LEASE: TimeDelta = TimeDelta::milliseconds(500);
/// How long it rests when there is nothing to do.
const REST: Duration = Duration::from_millis(5);

/// Ticks until whoever started it is gone, which shows as the end of its input.
pub(crate) fn work(args: &Args) -> Result<(), Failure> {
    let store = store::named(args.backend.as_deref().unwrap_or("memory"))?;
    #[cfg(feature = "postgres-deadpool")]
    let runtime = store.runtime()?;
    #[cfg(feature = "postgres-deadpool")]
    let _entered = runtime.as_ref().map(tokio::runtime::Runtime::enter);
    let worker = DeadlineWorker::of(&desk(store.open()?, &args.tenant)?).with_lease(LEASE);
    let alone = Arc::new(AtomicBool::new(false));
    thread::spawn({
        let alone = alone.clone();
        move || {
            let _ = std::io::stdin().read(&mut [0]);
            alone.store(true, Ordering::Relaxed);
        }
    });
    while !alone.load(Ordering::Relaxed) {
        // A store that is busy or away is asked again.
        if pollster::block_on(worker.tick()).is_ok_and(|ticked| ticked.claimed > 0) {
            continue;
        }
        thread::sleep(REST);
    }
    Ok(())
}

/// Work goes on day and night, so that what was said hours ago is due by now.
pub(crate) fn desk(backend: Arc<dyn Backend>, tenant: &str) -> Result<Desk, Failure> {
    let policies = PolicyBook::single(Policy::house_standard(WorkingCalendar::always())?);
    Ok(Desk::new(backend, policies, Arc::new(SystemClock), TenantId::new(tenant)?))
}
