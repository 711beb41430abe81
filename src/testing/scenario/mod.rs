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
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::failure::Failure;
use crate::calendar::Zone;
use crate::case::Case;
use crate::deadline::{DeadlineId, DeadlineKind};
use crate::id::{CaseId, TenantId};
use crate::policy::{Policy, PolicyBook};
use crate::workflow::{Command, Event, Notice, Rejection};

mod deed;
mod expect;
mod moment;
mod order;
mod story;
mod tell;

pub use deed::{Deed, Somebody, customer, machine, somebody, staff, staff_without_rights, third_party};
pub use moment::Moment;
pub use order::Step;

use story::Line;

/// A story of one case: see the [module](self).
pub struct Scenario {
    name: String,
    /// Under which policy it began, in a sentence.
    policy: String,
    zone: Zone,
    now: DateTime<Utc>,
    book: PolicyBook,
    case: Option<Arc<Case>>,
    /// The same case as the fold of its events.
    folded: Option<Case>,
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
            case: None,
            folded: None,
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

/// What happens, and when. A story breaks off where a time is none or lies before what happened last,
/// where a deed is refused that is not [`in_vain`](Deed::in_vain), and where one is not refused that is.
impl Scenario {
    /// The clock jumps to a time, and somebody does something. Nobody looked at the case meanwhile.
    #[track_caller]
    pub fn at(self, moment: impl Into<Moment>, deed: Deed) -> Self {
        self.jumps_to(moment).and(deed)
    }

    /// The clock jumps by a span, and somebody does something. Nobody looked at the case meanwhile.
    #[track_caller]
    pub fn after(self, span: TimeDelta, deed: Deed) -> Self {
        let then = self.now.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.at(then, deed)
    }

    /// At the same time somebody does something.
    #[track_caller]
    pub fn and(mut self, deed: Deed) -> Self {
        let Deed { actor, command, occurred, in_vain } = deed;
        let ready = || {
            let occurred = occurred.map(|moment| self.instant_of(&moment)).transpose()?;
            Ok((actor?, command(&self)?, occurred))
        };
        match ready() {
            Ok((actor, command, occurred)) => self.order(actor, command, occurred, in_vain),
            Err(why) => {
                let why: String = why;
                self.broken(&why);
                self
            }
        }
    }

    /// The clock jumps to a time, and nobody looks at the case meanwhile.
    #[track_caller]
    pub fn jumps_to(mut self, moment: impl Into<Moment>) -> Self {
        match self.instant(moment) {
            Some(at) if at < self.now && !self.steps.is_empty() => {
                let (now, at) = (moment::told(&self.zone, self.now), moment::told(&self.zone, at));
                self.broken(&format!("it is {now} already, and no clock runs back to {at}"));
            }
            Some(at) => self.now = at,
            None => {}
        }
        self
    }

    /// The application's clock is set back, as clocks sometimes are.
    #[track_caller]
    pub fn clock_steps_back_to(mut self, moment: impl Into<Moment>) -> Self {
        if let Some(at) = self.instant(moment) {
            self.now = at;
        }
        self
    }

    /// Time passes until then, included: at every wake-up of the case somebody looks at it, as the
    /// [`DeadlineWorker`](crate::DeadlineWorker) does, and does what is due.
    #[track_caller]
    pub fn time_passes_until(mut self, moment: impl Into<Moment>) -> Self {
        let Some(until) = self.instant(moment) else { return self };
        while let Some(next) =
            self.case.as_ref().and_then(|case| case.wake_up()).filter(|next| *next <= until)
        {
            let before = self.case.clone();
            self.now = self.now.max(next);
            self = self.somebody_looks();
            if self.failure.is_some() {
                return self;
            }
            if before == self.case {
                self.broken("the case wants to be looked at, and looking changes nothing");
                return self;
            }
        }
        self.jumps_to(until)
    }

    /// Somebody looks at the case now and does what is due: what the
    /// [`DeadlineWorker`](crate::DeadlineWorker) does at every wake-up.
    #[track_caller]
    pub fn somebody_looks(self) -> Self {
        self.and(machine().gives(Command::Tick))
    }

    /// The application has other policies from here on.
    pub fn policies_become(mut self, book: PolicyBook) -> Self {
        self.lines.push(Line::Remark("The application has other policies now.".to_owned()));
        self.book = book;
        self
    }
}

/// What there is to look at.
impl Scenario {
    /// What time it is in the story, UTC.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The case as it stands; `None` before it was opened.
    #[must_use]
    pub fn case(&self) -> Option<&Case> {
        self.case.as_deref()
    }

    /// Whose case it is: the single tenant.
    #[must_use]
    pub fn tenant() -> TenantId {
        TenantId::single()
    }

    /// The id of the case, the same in every story.
    #[must_use]
    pub fn case_id() -> CaseId {
        CaseId::derive(&Self::tenant(), &["the case of a story"])
    }

    /// The deadline that is meant by its kind: the first live one, or else the last one that was missed.
    #[must_use]
    pub fn id_of(&self, kind: DeadlineKind) -> Option<DeadlineId> {
        let deadlines = &self.case.as_ref()?.deadlines;
        let live = deadlines.of_kind(kind).next().map(|deadline| deadline.id);
        let missed = deadlines.breaches().iter().rfind(|breach| breach.id.kind == kind);
        live.or(missed.map(|breach| breach.id))
    }

    /// The instant that is meant, UTC.
    ///
    /// # Errors
    /// Why that is none.
    pub fn instant_of(&self, moment: &Moment) -> Result<DateTime<Utc>, String> {
        moment.instant(&self.zone, self.now)
    }

    /// Every order so far, and what came of it.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Everything that happened, oldest first.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.steps.iter().flat_map(|step| &step.events)
    }

    /// Everything that somebody is told, oldest first.
    pub fn notices(&self) -> impl Iterator<Item = &Notice> {
        self.steps.iter().flat_map(|step| &step.notices)
    }

    /// Why the last order was refused; `None` if it was not.
    #[must_use]
    pub fn refusal(&self) -> Option<&Rejection> {
        self.steps.last().and_then(|step| step.refusal.as_ref())
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
