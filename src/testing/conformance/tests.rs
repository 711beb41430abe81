//! The suite as tests of a test runner: one for each promise.

/// Expands to one test for each promise of the contract, in a module for each area: put it into a test of your
/// own, once in a module.
///
/// `block_on` is the function with which a future is run to its end, of whatever runtime the backend needs.
/// `fresh` is an async closure that gives a backend to which nothing was ever committed (an `Arc<dyn Backend>`, or a
/// [`Fresh`](crate::testing::conformance::Fresh) one with hooks), and its guard: whatever
/// has to live as long as the backend does, such as a temporary directory, dropped after the test. Without a hook,
/// the tests that need it say on standard error that nothing was tried.
/// `without` may list promises that a backend cannot keep, each with the reason: those are not tried, and their
/// tests say so on standard error.
///
/// ```
/// mod a_map {
///     use std::sync::Arc;
///     use talkback::{Backend, MemoryBackend};
///
///     talkback::testing::conformance! {
///         block_on: pollster::block_on,
///         fresh: async || (Arc::new(MemoryBackend::new()) as Arc<dyn Backend>, ()),
///     }
/// }
/// # fn main() {}
/// ```
#[macro_export]
#[doc(hidden)]
macro_rules! conformance_tests {
    (block_on: $block_on:path, fresh: $fresh:expr $(, without: { $($name:ident: $reason:literal),* $(,)? })? $(,)?) => {
        /// Tries one promise on a fresh backend.
        fn keeps(promise: &str) {
            let without: &[(&str, &str)] = &[$($((stringify!($name), $reason)),*)?];
            if let Some((_, reason)) = without.iter().find(|(name, _)| *name == promise) {
                eprintln!("{promise} is not promised: {reason}");
                return;
            }
            let suite = $crate::testing::conformance::suite();
            let Some(promise) = suite.into_iter().find(|other| other.name() == promise) else {
                panic!("{promise} is no promise");
            };
            let kept = $block_on(async {
                let (fresh, guard) = ($fresh)().await;
                let fresh = $crate::testing::conformance::Fresh::from(fresh);
                let kept = promise.check(fresh.backend()).await;
                drop((fresh, guard));
                kept
            });
            if let Err(failure) = kept {
                panic!("{failure}");
            }
        }

        /// Tries one promise that needs a hook, if there is that hook.
        fn keeps_if_hooked(promise: &str) {
            let hooked = $crate::testing::conformance::hooked();
            let Some(promise) = hooked.into_iter().find(|other| other.name() == promise) else {
                panic!("{promise} is no promise");
            };
            let kept = $block_on(async {
                let (fresh, guard) = ($fresh)().await;
                let kept = promise.check($crate::testing::conformance::Fresh::from(fresh)).await;
                drop(guard);
                kept
            });
            match kept {
                Some(Ok(())) => {}
                Some(Err(failure)) => panic!("{failure}"),
                None => eprintln!("{} was not tried without the hook `{}`", promise.name(), promise.hook()),
            }
        }

        $crate::conformance_promises!($crate::conformance_tests!);
        $crate::conformance_hooked_promises!($crate::conformance_tests!);
    };
    ($(mod $area:ident by $hook:ident { $($name:ident,)* })*) => {
        $(mod $area {
            $(
                #[test]
                fn $name() {
                    super::keeps_if_hooked(stringify!($name));
                }
            )*
        })*
    };
    ($(mod $area:ident { $($name:ident,)* })*) => {
        /// The promises that are tried, in the suite's order.
        #[allow(dead_code, reason = "for whoever wants to compare them with the suite's")]
        const TRIED: &[&str] = &[$($(stringify!($name),)*)*];

        $(mod $area {
            $(
                #[test]
                fn $name() {
                    super::keeps(stringify!($name));
                }
            )*
        })*
    };
}
