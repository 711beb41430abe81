//! One answer from another thread, awaited in any runtime.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// Two ends of one answer.
pub(crate) fn oneshot<T>() -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Mutex::new(State { answer: None, over: false, waker: None }));
    (Sender(shared.clone()), Receiver(shared))
}

struct State<T> {
    answer: Option<T>,
    /// True once no answer can come any more.
    over: bool,
    waker: Option<Waker>,
}

/// Answers once. Dropped without an answer, it says so.
pub(crate) struct Sender<T>(Arc<Mutex<State<T>>>);

impl<T> Sender<T> {
    pub(crate) fn send(self, answer: T) {
        lock(&self.0).answer = Some(answer);
    }

    /// True if nobody waits any more.
    #[cfg(feature = "sqlite")]
    pub(crate) fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let waker = {
            let mut state = lock(&self.0);
            state.over = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// Waits for the answer; `None` if there will be none.
pub(crate) struct Receiver<T>(Arc<Mutex<State<T>>>);

impl<T> Future for Receiver<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = lock(&self.0);
        if state.over {
            return Poll::Ready(state.answer.take());
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

// Nothing in here panics between two changes.
fn lock<T>(shared: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
