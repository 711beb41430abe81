//! The contract of [`Backend`], one function per promise.
//!
//! Each function takes a backend that is fresh (nothing was ever committed to it) and tells what was
//! not kept, if anything. [`conformance!`](crate::testing::conformance!) expands to one test for each;
//! [`run_all`] tries every one on a backend of its own and reports; [`suite`] lists them. Nothing here
//! sleeps, panics or needs a runtime: it runs in the one that the backend needs, if it needs any.

#![expect(clippy::missing_errors_doc, reason = "they all fail with what was not kept")]

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::failure::Failure;
use crate::backend::Backend;

pub mod claims;
pub mod commands;
pub mod commits;
pub mod erasure;
pub mod events;
pub mod filters;
pub mod find;
pub mod notices;
mod promises;
pub mod quarantine;
pub mod races;
pub mod tenants;
mod tests;
pub mod texts;

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

/// Tries every promise, each on a backend that `make` has just made.
pub async fn run_all<Make, Made>(mut make: Make) -> Report
where
    Make: FnMut() -> Made,
    Made: Future<Output = Arc<dyn Backend>>,
{
    let mut report = Report { kept: Vec::new(), broken: Vec::new() };
    for promise in suite() {
        let backend = make().await;
        match promise.check(&*backend).await {
            Ok(()) => report.kept.push(promise.name),
            Err(failure) => report.broken.push((promise.name, failure)),
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
}

impl Report {
    /// True if it keeps them all.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.broken.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.kept.len() + self.broken.len();
        write!(f, "{} of {all} promises kept", self.kept.len())?;
        for (name, failure) in &self.broken {
            write!(f, "\n  {name}: {failure}")?;
        }
        Ok(())
    }
}
