//! Several futures at once, without a runtime.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// Runs every future to its end, at most `most` at once (at least one), and returns what they gave, in
/// the order in which they ended.
///
/// Each time the whole is woken every one under way is polled: right for a few dozen, not for thousands.
pub(crate) async fn together<F: Future>(most: usize, futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting = futures.into_iter().fuse();
    let mut under_way: Vec<Pin<Box<F>>> = Vec::new();
    let mut done = Vec::new();
    poll_fn(move |context| {
        loop {
            while under_way.len() < most.max(1) {
                let Some(next) = waiting.next() else { break };
                under_way.push(Box::pin(next));
            }
            let before = done.len();
            under_way.retain_mut(|future| match future.as_mut().poll(context) {
                Poll::Ready(output) => {
                    done.push(output);
                    false
                }
                Poll::Pending => true,
            });
            if under_way.is_empty() && done.len() == before {
                return Poll::Ready(std::mem::take(&mut done));
            }
            if done.len() == before {
                return Poll::Pending;
            }
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::ready;

    use super::*;

    /// Ready when polled for the n-th time.
    fn after(polls: usize, name: usize) -> impl Future<Output = usize> {
        let mut left = polls;
        poll_fn(move |context| {
            left -= 1;
            context.waker().wake_by_ref();
            if left == 0 { Poll::Ready(name) } else { Poll::Pending }
        })
    }

    #[test]
    fn all_of_them_end() {
        assert_eq!(pollster::block_on(together(4, (0..10).map(ready))), (0..10).collect::<Vec<_>>());
        assert_eq!(pollster::block_on(together(0, [ready(1)])), [1]);
        assert_eq!(pollster::block_on(together::<std::future::Ready<()>>(4, [])), []);
    }

    #[test]
    fn a_slow_one_holds_up_no_other() {
        let ended = pollster::block_on(together(2, [after(50, 0), after(1, 1), after(2, 2), after(3, 3)]));
        assert_eq!(ended, [1, 2, 3, 0]);
    }

    #[test]
    fn no_more_are_under_way_than_told() {
        let (now, most) = (Cell::new(0), Cell::new(0));
        let counted = |n| {
            let (now, most) = (&now, &most);
            async move {
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                after(1 + n % 5, n).await;
                now.set(now.get() - 1);
            }
        };
        pollster::block_on(together(3, (0..20).map(counted)));
        assert_eq!((now.get(), most.get()), (0, 3));
    }
}
