//! The contract of [`Backend`], one function per promise.
//!
//! Each function takes a backend that is fresh (nothing was ever committed to it) and tells what was
//! not kept, if anything. [`conformance!`](crate::testing::conformance!) expands to one test for each;
//! [`run_all`] tries every one on a backend of its own and reports; [`suite`] lists them. Nothing here
//! sleeps, panics or needs a runtime: it runs in the one that the backend needs, if it needs any.
//!
//! A few promises need what no call of a backend does: to open a store again, to damage what is stored. They are
//! tried where the owner gives a hook for it ([`Fresh`]), and reported as not tried where not.

#![expect(clippy::missing_errors_doc, reason = "they all fail with what was not kept")]

use std::fmt;
use std::pin::Pin;

use super::failure::Failure;
use crate::backend::Backend;

pub mod claims;
pub mod commands;
pub mod commits;
pub mod damaged;
pub mod erasure;
pub mod events;
pub mod filters;
pub mod find;
mod fresh;
pub mod notices;
mod promises;
pub mod quarantine;
pub mod races;
pub mod reopened;
pub mod tenants;
mod tests;
pub mod texts;

pub use fresh::{Damage, Fresh, Hook};

type Trial<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send + 'a>>;

/// One promise of the contract, and the function that tries it.
#[derive(Clone, Copy)]
pub struct Promise {
    name: &'static str,
    run: for<'a> fn(&'a dyn Backend) -> Trial<'a>,
}

impl Promise {
    /// The name of the function.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Tries it on a fresh backend.
    ///
    /// # Errors
    /// What was not kept.
    pub async fn check(&self, backend: &dyn Backend) -> Result<(), Failure> {
        (self.run)(backend).await
    }
}

impl fmt::Debug for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Promise({})", self.name)
    }
}

/// One promise that needs a hook, and the function that tries it.
#[derive(Clone, Copy)]
pub struct HookedPromise {
    name: &'static str,
    hook: Hook,
    run: fn(Fresh) -> Trial<'static>,
}

impl HookedPromise {
    /// The name of the function.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The hook that it needs.
    #[must_use]
    pub const fn hook(&self) -> Hook {
        self.hook
    }

    /// Tries it on a fresh backend; `None` if that has not the hook.
    pub async fn check(&self, fresh: Fresh) -> Option<Result<(), Failure>> {
        if fresh.has(self.hook) { Some((self.run)(fresh).await) } else { None }
    }
}

impl fmt::Debug for HookedPromise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HookedPromise({})", self.name)
    }
}

/// Every promise that needs a hook.
#[must_use]
pub fn hooked() -> Vec<HookedPromise> {
    macro_rules! listed {
        ($(mod $area:ident by $hook:ident { $($name:ident,)* })*) => {
            vec![$($(HookedPromise {
                name: stringify!($name),
                hook: Hook::$hook,
                run: |fresh| Box::pin($area::$name(fresh)),
            },)*)*]
        };
    }
    crate::conformance_hooked_promises!(listed!)
}

/// Every promise, in the order in which a new backend had best keep them.
#[must_use]
pub fn suite() -> Vec<Promise> {
    macro_rules! listed {
        ($(mod $area:ident { $($name:ident,)* })*) => {
            vec![$($(Promise { name: stringify!($name), run: |backend| Box::pin($area::$name(backend)) },)*)*]
        };
    }
    crate::conformance_promises!(listed!)
}

/// Tries every promise, each on a backend that `make` has just made: an `Arc<dyn Backend>`, or a [`Fresh`] one with
/// hooks.
pub async fn run_all<Make, Made>(mut make: Make) -> Report
where
    Make: FnMut() -> Made,
    Made: Future<Output: Into<Fresh>>,
{
    let mut report = Report { kept: Vec::new(), broken: Vec::new(), untried: Vec::new() };
    for promise in suite() {
        let fresh: Fresh = make().await.into();
        report.add(promise.name, promise.check(&*fresh.backend).await);
    }
    for promise in hooked() {
        match promise.check(make().await.into()).await {
            Some(checked) => report.add(promise.name, checked),
            None => report.untried.push((promise.name, promise.hook)),
        }
    }
    report
}

/// Which promises a backend keeps, and which it does not.
#[derive(Debug)]
pub struct Report {
    /// Those that it keeps.
    pub kept: Vec<&'static str>,
    /// Those that it does not, with what it did instead.
    pub broken: Vec<(&'static str, Failure)>,
    /// Those that nobody tried, with the hook that was not given.
    pub untried: Vec<(&'static str, Hook)>,
}

impl Report {
    fn add(&mut self, name: &'static str, checked: Result<(), Failure>) {
        match checked {
            Ok(()) => self.kept.push(name),
            Err(failure) => self.broken.push((name, failure)),
        }
    }

    /// True if it keeps all that were tried.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.broken.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.kept.len() + self.broken.len();
        write!(f, "{} of {all} promises kept", self.kept.len())?;
        if !self.untried.is_empty() {
            write!(f, ", {} not tried", self.untried.len())?;
        }
        for (name, failure) in &self.broken {
            write!(f, "\n  {name}: {failure}")?;
        }
        for (name, hook) in &self.untried {
            write!(f, "\n  {name}: not tried without the hook `{hook}`")?;
        }
        Ok(())
    }
}
