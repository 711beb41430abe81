//! Stories of a case, told with a clock that jumps: given this, when that happens, then so it stands.
//!
//! A [`Scenario`] plays orders through the real workflow ([`workflow::step`](crate::workflow::step),
//! [`evolve`](crate::workflow::evolve), [`owed`](crate::workflow::owed)), without storage and without
//! waiting. It is for whoever writes a policy and wants to know that it does what was meant:
//!
//! ```
//! use talkback::testing::scenario::{Scenario, customer, staff};
//! use talkback::workflow::Rule;
//! use talkback::{CloseReason, DeadlineKind, Policy, Stage, WorkingCalendar};
//!
//! let policy = Policy::house_standard(WorkingCalendar::office("office").build()?)?;
//! let story = Scenario::under(policy)
//!     .named("Nobody closes a case behind its customer's back")
//!     .given()
//!     .at("Mon 2026-11-23 09:00", customer().complains("The kettle leaks."))
//!     .when()
//!     .at("10:15", staff("ann").replies("We look into it."))
//!     .at("10:20", staff("ann").closes(CloseReason::Confirmed).in_vain())
//!     .then()
//!     .refused(&Rule::NotFinished)
//!     .stage(Stage::InProgress)
//!     .met(DeadlineKind::Respond, 1)
//!     .due(DeadlineKind::Resolve, "2026-11-30 24:00")
//!     .when()
//!     .time_passes_until("2026-12-01 12:00")
//!     .then()
//!     .breach(DeadlineKind::Resolve, "2026-11-30 24:00")
//!     .told("owner");
//! # let shown = story.to_string();
//! # assert!(shown.contains("Mon 23 Nov 2026 10:15  ann replies: \"We look into it.\""), "{shown}");
//! # assert!(shown.contains("resolve was missed at the end of Mon 30 Nov 2026"), "{shown}");
//! println!("{story}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it prints reads without any knowledge of Rust, so that a policy can be shown to those who work
//! by it:
//!
//! ```text
//! Mon 23 Nov 2026 10:15  ann replies: "We look into it."
//!     acknowledge was met
//!     respond was met
//!     the case is now in-progress
//! ```
//!
//! # Messages
//!
//! What is said in a story is there as soon as it is said, so that nobody has to report it. Where what
//! becomes of a message matters, it is [`to_be_sent`](Deed::to_be_sent), and somebody
//! [`reports`](Somebody::reports) on it.
//!
//! # When it does not hold
//!
//! An expectation that does not hold, or an order that is refused where the story does not say so, ends
//! the test: the panic shows the whole story so far, and what is true instead. Methods that can do so
//! say it under *Panics*. [`Scenario::lenient`] and [`Scenario::check`] give a [`Failure`] instead.
//!
//! After every order a scenario checks by itself that deciding again decides the same, that the fold of
//! the events is the case, and that a refused order left the case as it was.
//!
//! # Times
//!
//! Wherever a time is asked for, an instant or a text such as `"09:00"` or `"2026-11-25 24:00"` will do:
//! see [`Moment`]. Texts are in the time zone of the policy's calendar, until [`Scenario::in_zone`] names
//! another.

use std::fmt;

use chrono::{DateTime, Utc};

use super::failure::Failure;
use crate::calendar::Zone;
use crate::policy::{Policy, PolicyBook};

mod cases;
mod clock;
mod deed;
mod expect;
mod look;
mod moment;
mod order;
mod story;
mod tell;

pub use deed::{
    Deed, Somebody, customer, customer_named, machine, somebody, staff, staff_without_rights, third_party,
};
pub use moment::Moment;
pub use order::Step;

use cases::{FIRST, Played};
use story::Line;

/// A story of a case, or of several: see the [module](self).
pub struct Scenario {
    name: String,
    /// Under which policy it began, in a sentence.
    policy: String,
    zone: Zone,
    now: DateTime<Utc>,
    book: PolicyBook,
    /// Every case of the story, at least one.
    cases: Vec<Played>,
    /// Which of them is spoken of.
    present: usize,
    steps: Vec<Step>,
    lines: Vec<Line>,
    lenient: bool,
    failure: Option<Failure>,
    endings: Vec<Ending>,
}

type Ending = Box<dyn Fn(&Scenario) -> Result<(), String> + Send>;

/// Monday, 5 January 2026, 09:00: where a story begins that does not say otherwise, in its zone.
const BEGINNING: &str = "2026-01-05 09:00";

/// How a story begins.
impl Scenario {
    /// A story under one policy.
    pub fn under(policy: Policy) -> Self {
        Self::over(PolicyBook::single(policy))
    }

    /// A story under a book of policies.
    pub fn over(book: PolicyBook) -> Self {
        let policy = book.opening(None, DateTime::UNIX_EPOCH);
        let zone = policy.map_or_else(Zone::utc, |policy| policy.calendar().zone().clone());
        let policy = policy.map(|policy| format!("The policy is {}. ", policy.id())).unwrap_or_default();
        let now = Moment::from(BEGINNING).instant(&zone, DateTime::UNIX_EPOCH);
        Self {
            name: "A story".to_owned(),
            policy,
            now: now.unwrap_or(DateTime::UNIX_EPOCH),
            zone,
            book,
            cases: vec![Played::new(FIRST)],
            present: 0,
            steps: Vec::new(),
            lines: Vec::new(),
            lenient: false,
            failure: None,
            endings: Vec::new(),
        }
    }

    /// What it is about, in a sentence.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The zone in which times are read and told from here on, such as `Europe/Berlin` (feature `tz`),
    /// `+05:30` or `UTC`.
    ///
    /// # Panics
    /// When there is no such zone.
    #[track_caller]
    pub fn in_zone(mut self, name: &str) -> Self {
        match Zone::new(name) {
            Ok(zone) => {
                // Still the same time of day, as long as nothing has happened.
                if self.steps.is_empty()
                    && let Ok((date, time)) = self.zone.to_local(self.now)
                    && let Ok(now) = zone.to_utc(date, time)
                {
                    self.now = now;
                }
                self.zone = zone;
            }
            Err(error) => self.broken(&error.to_string()),
        }
        self
    }

    /// What does not hold is kept for [`check`](Self::check) instead of ending the test.
    pub fn lenient(mut self) -> Self {
        self.lenient = true;
        self
    }

    /// A check of one's own that is made when the story ends, which is when it is dropped. It gets the
    /// whole story and says what is wrong with it.
    pub fn at_the_end(mut self, check: impl Fn(&Self) -> Result<(), String> + Send + 'static) -> Self {
        self.endings.push(Box::new(check));
        self
    }
}

/// The parts of a story. They are words for whoever reads it, and change nothing.
impl Scenario {
    /// What is told from here on is how things stand.
    pub fn given(self) -> Self {
        self.heading("Given")
    }

    /// What is told from here on is what happens.
    pub fn when(self) -> Self {
        self.heading("When")
    }

    /// What is told from here on is what is expected of it.
    pub fn then(self) -> Self {
        self.heading("Then")
    }
}

/// The whole story so far, in plain sentences, with times in its zone.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.name)?;
        write!(f, "{}Times are in {}.", self.policy, self.zone.name())?;
        self.lines.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario").field("name", &self.name).field("now", &self.now).finish_non_exhaustive()
    }
}
