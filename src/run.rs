//! The loops of the workers, on tokio's timers. Everything that they do is one call of `tick` after another;
//! only when is decided here.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::sleep;

use crate::clock::Clock;
use crate::duty::Duty;
use crate::error::Error;
use crate::relay::NoticeRelay;
use crate::worker::DeadlineWorker;

/// After this many failures in a row the pause does not grow any more.
const MOST_DOUBLINGS: u32 = 6;
/// How often work that is under way is polled at least.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// What is taken in one go, so that a stop does not wait for long and others get their turn.
const IN_ONE_GO: usize = 500;
/// The same for deliveries, which may be slow.
const DELIVERIES_IN_ONE_GO: usize = 32;

/// How a look for work ended.
enum Looked {
    /// There may be more.
    More,
    /// There is nothing before so long.
    NothingFor(TimeDelta),
}

impl DeadlineWorker {
    /// Ticks until `shutdown` is ready: at each wake-up that comes, and at least once in every
    /// [poll interval](Self::with_poll), which is when it sees what others have changed. A tick that is
    /// under way is finished first. Between failures it waits from a second to a minute.
    ///
    /// It never gives up; [`health`](Self::health) tells how it is doing.
    ///
    /// ```no_run
    /// # use talkback::*;
    /// # async fn begin(desk: Desk) {
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// let worker = DeadlineWorker::of(&desk);
    /// let running = tokio::spawn(async move { worker.run(async { drop(stopped.await) }).await });
    /// // ... until the application ends:
    /// drop(stop);
    /// running.await.expect("a worker does not panic");
    /// # }
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime with timers.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        run(self.clone().with_budget(IN_ONE_GO.min(self.duty.budget)), shutdown).await;
    }
}

impl NoticeRelay {
    /// Brings out what is due until `shutdown` is ready, and looks at least once in every
    /// [poll interval](Self::with_poll). Deliveries that are under way are finished first. Between failures
    /// it waits from a second to a minute.
    ///
    /// It never gives up; [`health`](Self::health) tells how it is doing.
    ///
    /// # Panics
    /// Outside of a tokio runtime with timers.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        run(self.clone().with_budget(DELIVERIES_IN_ONE_GO.min(self.duty.budget)), shutdown).await;
    }
}

/// What the loop drives.
trait Worker: Send + Sync {
    fn duty(&self) -> &Duty;

    /// Does some of what is due.
    fn look(&self) -> impl Future<Output = Result<Looked, Error>> + Send;
}

impl Worker for DeadlineWorker {
    fn duty(&self) -> &Duty {
        &self.duty
    }

    async fn look(&self) -> Result<Looked, Error> {
        if self.tick().await?.more {
            return Ok(Looked::More);
        }
        let (now, poll) = (self.duty.now(), self.duty.poll);
        // Only a hint: if the store is gone, the next tick finds out.
        let next = self.next_wakeup(poll).await.unwrap_or_default();
        Ok(Looked::NothingFor(next.map_or(poll, |next| (next - now).clamp(SOON, poll))))
    }
}

impl Worker for NoticeRelay {
    fn duty(&self) -> &Duty {
        &self.duty
    }

    async fn look(&self) -> Result<Looked, Error> {
        let more = self.tick().await?.more;
        Ok(if more { Looked::More } else { Looked::NothingFor(self.duty.poll) })
    }
}

/// A wake-up that came meanwhile is not waited for, and one that is under somebody's lease not asked for
/// over and over.
const SOON: TimeDelta = TimeDelta::milliseconds(50);

async fn run(worker: impl Worker, shutdown: impl Future<Output = ()>) {
    let Duty { room, watch, .. } = worker.duty();
    let clock = room.clock.as_ref();
    let mut shutdown = pin!(shutdown);
    loop {
        let pause = match looked(&worker).await {
            Ok(Looked::More) => TimeDelta::zero(),
            Ok(Looked::NothingFor(span)) => scattered(span, clock),
            // The tick has told the watch.
            Err(_) => {
                let doublings = watch.health().failures.saturating_sub(1).min(MOST_DOUBLINGS);
                scattered(TimeDelta::seconds(1_i64 << doublings).min(TimeDelta::minutes(1)), clock)
            }
        };
        if stopped(shutdown.as_mut(), pause.to_std().unwrap_or_default()).await {
            return;
        }
    }
}

/// Looks for work, and polls that every so often even if nothing wakes it: so a delivery that hangs is noticed.
async fn looked(worker: &impl Worker) -> Result<Looked, Error> {
    let (mut look, mut beat) = (pin!(worker.look()), pin!(sleep(HEARTBEAT)));
    poll_fn(|context| {
        loop {
            if let Poll::Ready(looked) = look.as_mut().poll(context) {
                return Poll::Ready(looked);
            }
            if beat.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            beat.set(sleep(HEARTBEAT));
        }
    })
    .await
}

/// Up to a tenth shorter, so that workers that were started together do not stay together.
fn scattered(span: TimeDelta, clock: &dyn Clock) -> TimeDelta {
    let hundredths = i32::try_from(clock.entropy() % 11).unwrap_or(0);
    span - span / 100 * hundredths
}

/// Waits for so long, or until it is to stop: then true.
async fn stopped(mut shutdown: Pin<&mut impl Future<Output = ()>>, pause: Duration) -> bool {
    let mut pause = pin!(sleep(pause));
    poll_fn(|context| {
        if shutdown.as_mut().poll(context).is_ready() {
            return Poll::Ready(true);
        }
        pause.as_mut().poll(context).map(|()| false)
    })
    .await
}
