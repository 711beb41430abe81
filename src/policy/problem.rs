//! What can be wrong with a policy.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{Anchor, Span};
use crate::calendar::CalendarError;
use crate::deadline::DeadlineKind;
use crate::id::{Destination, Name};

/// Everything that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the policy cannot be used: {}", Listed(problems))]
pub struct PolicyError {
    /// Each problem.
    pub problems: Vec<PolicyProblem>,
}

impl PolicyError {
    pub(super) fn unless_empty(problems: Vec<PolicyProblem>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self { problems }) }
    }
}

struct Listed<'a>(&'a [PolicyProblem]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyProblem {
    /// The book has no policy of that id.
    #[error("there is no policy {id}")]
    NoSuchPolicy {
        /// The id.
        id: Name,
    },
    /// The book has two policies of that id and version.
    #[error("policy {id} version {version} is there twice")]
    TwiceInBook {
        /// The id.
        id: Name,
        /// The version.
        version: u32,
    },
    /// The preset has no variant of that name.
    #[error("{id} has no variant {variant:?}")]
    NoSuchVariant {
        /// The preset.
        id: Name,
        /// The name that was asked for, cut to 64 characters.
        variant: Box<str>,
    },
    /// A preset's data cannot be read.
    #[error("{id} cannot be read: {why}")]
    Unreadable {
        /// The preset.
        id: Name,
        /// Why not.
        why: Box<str>,
    },
    /// Versions count from 1.
    #[error("a version counts from 1")]
    NoVersion,
    /// A target that the calendar cannot yield.
    #[error("rule {rule}: {kind} within {span} cannot be computed: {source}")]
    Unreachable {
        /// The number of the rule, from 0.
        rule: usize,
        /// The kind of deadline.
        kind: DeadlineKind,
        /// The target.
        span: Span,
        /// Why not.
        source: CalendarError,
    },
    /// A term that the calendar cannot yield.
    #[error("{term} cannot be computed: {source}")]
    UnreachableTerm {
        /// Which.
        term: &'static str,
        /// Why not.
        source: CalendarError,
    },
    /// Only `resolve` and `update` may stand still.
    #[error("rule {rule}: {kind} must not be pausable, only resolve and update may")]
    NotPausable {
        /// The number of the rule, from 0.
        rule: usize,
        /// The kind of deadline.
        kind: DeadlineKind,
    },
    /// A kind that cannot run from that event: see [`Anchor::suits`].
    #[error("rule {rule}: {kind} cannot run from {}", from.as_str())]
    WrongAnchor {
        /// The number of the rule, from 0.
        rule: usize,
        /// The kind of deadline.
        kind: DeadlineKind,
        /// The event.
        from: Anchor,
    },
    /// Only what we owe can be extended, and at least once.
    #[error("rule {rule}: {kind} cannot be extended so")]
    NotExtendable {
        /// The number of the rule, from 0.
        rule: usize,
        /// The kind of deadline.
        kind: DeadlineKind,
    },
    /// Only `acknowledge`, `respond`, `update` and `resolve` lose their sense by a resolution.
    #[error("rule {rule}: {kind} cannot become moot by a resolution")]
    NotMootable {
        /// The number of the rule, from 0.
        rule: usize,
        /// The kind of deadline.
        kind: DeadlineKind,
    },
    /// A kind that no rule sets: a date is given to it, or the floor computes it.
    #[error("rule {rule}: {kind} takes no target")]
    TakesNoTarget {
        /// The number of the rule, from 0.
        rule: usize,
        /// The kind of deadline.
        kind: DeadlineKind,
    },
    /// The sending hours leave messages waiting for longer than [`LONGEST_QUIET`](super::LONGEST_QUIET).
    #[error("the sending hours hold messages back for longer than five days, from {from} on")]
    QuietTooLong {
        /// The beginning of such a stretch, UTC.
        from: DateTime<Utc>,
    },
    /// The rule names a follow-up, and nothing says how long its answer may take.
    #[error("a follow-up needs a confirm target, and at least one attempt")]
    FollowUpWithoutEnd,
    /// Steps of the ladder that are out of order.
    #[error("the steps of the ladder must move on in time")]
    LadderOrder,
    /// Repeating every zero minutes.
    #[error("the ladder cannot repeat every zero minutes")]
    LadderRepeat,
    /// A destination that is named twice, or the main one, which every notification has anyway.
    #[error("{to} is named twice as a destination; every notification goes to main, which is not named")]
    SameDestination {
        /// Its name.
        to: Destination,
    },
    /// More than [`MAX_DESTINATIONS`](super::MAX_DESTINATIONS).
    #[error("a policy names at most {} further destinations, not {destinations}", super::MAX_DESTINATIONS)]
    TooManyDestinations {
        /// How many it names.
        destinations: usize,
    },
}
