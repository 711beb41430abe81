//! A delivery that panics or hangs ends here, and takes nothing else along.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

/// Why a delivery gave no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// It panicked.
    Panicked,
    /// It did not end in time, and was dropped.
    Hung,
}

/// Polls the future to its end, as long as it is `in_time`. That is asked whenever somebody polls: without a
/// timer of our own, a future that never wakes anybody is dropped at the next poll.
pub(super) async fn guarded<T>(
    future: impl Future<Output = T>,
    in_time: impl Fn() -> bool,
) -> Result<T, Broken> {
    let mut future = Box::pin(future);
    // After a panic the future is dropped, and nothing of it is looked at again.
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Ready(answer)) => Poll::Ready(Ok(answer)),
        Ok(Poll::Pending) if in_time() => Poll::Pending,
        Ok(Poll::Pending) => Poll::Ready(Err(Broken::Hung)),
        Err(_) => Poll::Ready(Err(Broken::Panicked)),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::task::{Context, Waker};

    use super::*;

    #[test]
    fn an_answer_and_a_panic_are_told_apart() {
        assert_eq!(pollster::block_on(guarded(std::future::ready(7), || true)), Ok(7));
        let panics = async { panic!("as a delivery may") };
        assert_eq!(pollster::block_on(guarded::<()>(panics, || true)), Err(Broken::Panicked));
    }

    #[test]
    fn what_hangs_is_dropped_once_its_time_is_over() {
        let in_time = Cell::new(true);
        let mut hangs = Box::pin(guarded(std::future::pending::<()>(), || in_time.get()));
        let context = &mut Context::from_waker(Waker::noop());
        assert_eq!(hangs.as_mut().poll(context), Poll::Pending);
        in_time.set(false);
        assert_eq!(hangs.as_mut().poll(context), Poll::Ready(Err(Broken::Hung)));
    }
}
