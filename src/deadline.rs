//! Deadlines: what is owed by when, what became of it, and the record of lateness that stays.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::conversation::Party;
use crate::id::{Code, Name, TextId};
use crate::policy::{Extension, ExtensionLength, Remaining, Span};
use crate::resolution::Credited;

/// The most deadlines that may be live in one case.
pub const MAX_LIVE_DEADLINES: usize = 64;
/// The most breaches that a case lists one by one; older ones stay in its tallies and in the ledger.
pub const MAX_LISTED_BREACHES: usize = 256;
/// The precision of every stored instant. Stores keep microseconds, so decisions do, too.
pub const PRECISION: TimeDelta = TimeDelta::microseconds(1);

/// What a deadline is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DeadlineKind {
    /// Tell the customer that they were heard.
    Acknowledge,
    /// A person answers what the customer said. Each spell of waiting has its own.
    Respond,
    /// A person tells the customer how it stands; starts again with each message of theirs.
    Update,
    /// Give a typed resolution and tell the customer.
    Resolve,
    /// Ask whether it helped.
    FollowUp,
    /// Do what was promised, by the date that was given.
    Promise,
    /// Tell the employee or team that they earned thanks.
    Thank,
    /// How long the customer may take to answer a follow-up.
    Confirm,
    /// How long a wait may take.
    Resume,
    /// How long an invitation stays open.
    Expire,
    /// Look at the case again: the floor under every open case that nothing else would wake.
    Review,
}

impl DeadlineKind {
    /// Every kind, in order of declaration.
    pub const ALL: [Self; 11] = [
        Self::Acknowledge,
        Self::Respond,
        Self::Update,
        Self::Resolve,
        Self::FollowUp,
        Self::Promise,
        Self::Thank,
        Self::Confirm,
        Self::Resume,
        Self::Expire,
        Self::Review,
    ];

    /// True for what we owe: missing it is a breach. The others are limits, which end as lapsed.
    #[must_use]
    pub const fn is_owed(self) -> bool {
        !matches!(self, Self::Confirm | Self::Resume | Self::Expire | Self::Review)
    }

    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Respond => "respond",
            Self::Update => "update",
            Self::Resolve => "resolve",
            Self::FollowUp => "follow-up",
            Self::Promise => "promise",
            Self::Thank => "thank",
            Self::Confirm => "confirm",
            Self::Resume => "resume",
            Self::Expire => "expire",
            Self::Review => "review",
        }
    }
}

impl fmt::Display for DeadlineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which deadline of a case: the n-th of its kind in a cycle, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeadlineId {
    /// What it is about.
    pub kind: DeadlineKind,
    /// The cycle it belongs to.
    pub cycle: u16,
    /// The how many of its kind in the cycle.
    pub n: u16,
}

impl fmt::Display for DeadlineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}.{}", self.kind, self.cycle, self.n)
    }
}

/// By which policy and calendar a due time was computed. It is written into the event, so that the
/// past can be explained after both have changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Basis {
    /// The policy.
    pub policy: Name,
    /// Its version.
    pub policy_version: u32,
    /// The calendar.
    pub calendar: Name,
    /// Its version.
    pub calendar_version: u32,
    /// The release of the zone rules, such as `2026e`; `None` where none were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_rules: Option<Name>,
}

/// Where a deadline came from, apart from the policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum About {
    /// The thanks that somebody earned.
    Credit {
        /// Who.
        to: Credited,
        /// What for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<TextId>,
    },
    /// What was promised.
    Promised(Promised),
}

/// What a promise is about, and so what meets it. Resolving the case meets every promise.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Promised {
    /// A person's message to the customer.
    Answer,
    /// The resolution.
    Resolution,
    /// Something of the application's, recorded when it is done.
    Action(Code),
}

/// What is left of a deadline, or became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DeadlineState {
    /// It runs.
    Running,
    /// It stands still while the case waits.
    Paused {
        /// Since when.
        at: DateTime<Utc>,
        /// What is left, in the unit of its span.
        remaining: Remaining,
    },
    /// It was missed, and what it asks for is still owed.
    Breached,
}

/// A live deadline of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Which.
    pub id: DeadlineId,
    /// What the rule calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Name>,
    /// What its time runs from.
    pub anchor: DateTime<Utc>,
    /// The last instant at which it can be met, included.
    pub due: DateTime<Utc>,
    /// The first instant at which missing it is recorded: `due`, the policy's grace for what arrives
    /// late, and one microsecond.
    pub late_from: DateTime<Utc>,
    /// The target as it was written; `None` for a date that somebody gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// By which policy and calendar.
    pub basis: Arc<Basis>,
    /// A goal, not a duty: missing it is reported apart.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft: bool,
    /// It stands still while the case waits.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pausable: bool,
    /// What it runs from has not happened yet. Of the acknowledgement `due` is the latest that it can
    /// be, of the hand-over it runs from the customer's word so long.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub provisional: bool,
    /// A resolution up to this instant, included, makes it moot instead of met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moot_until: Option<DateTime<Utc>>,
    /// How it may be extended, as the policy had it when it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Arc<Extension>>,
    /// How often it was.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub extended: u8,
    /// Where it came from, apart from the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// How it stands.
    pub state: DeadlineState,
    /// The next step of the ladder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_step: Option<NextStep>,
    /// How far up the ladder it has come: no step is fired twice, also when the deadline moves.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub steps_fired: u16,
}

fn is_zero<T: Default + PartialEq>(count: &T) -> bool {
    *count == T::default()
}

impl Deadline {
    /// The next instant at which something happens to it by itself.
    #[must_use]
    pub fn next_instant(&self) -> Option<DateTime<Utc>> {
        let step = self.next_step.as_ref().map(|step| step.at);
        match self.state {
            DeadlineState::Running => Some(step.map_or(self.late_from, |step| step.min(self.late_from))),
            DeadlineState::Paused { .. } => None,
            DeadlineState::Breached => step,
        }
    }

    /// True while it runs, what it runs from has happened, and an extension is left.
    #[must_use]
    pub fn is_extendable(&self) -> bool {
        self.state == DeadlineState::Running
            && !self.provisional
            && self.extension.as_ref().is_some_and(|extension| self.extended < extension.times)
    }

    /// Counts an extension. One to a total makes that the deadline's span.
    fn extend(&mut self) {
        self.extended = self.extended.saturating_add(1);
        if let Some(ExtensionLength::To(total)) = self.extension.as_ref().map(|extension| &extension.length) {
            self.span = Some(total.clone());
        }
    }
}

/// The next step of a deadline's ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStep {
    /// Its place in the policy's ladder, from 0; past the end it repeats the last.
    pub step: u16,
    /// When.
    pub at: DateTime<Utc>,
}

/// What an event does to a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "change")]
#[non_exhaustive]
pub enum DeadlineChange {
    /// It begins.
    Set(Arc<Deadline>),
    /// What it asks for happened.
    Met {
        /// Which.
        id: DeadlineId,
        /// When it happened.
        at: DateTime<Utc>,
    },
    /// It was missed. Nothing takes that back.
    Breached {
        /// Which.
        id: DeadlineId,
        /// When it was due: the instant of the breach.
        due: DateTime<Utc>,
        /// When that was noticed.
        detected: DateTime<Utc>,
        /// The next step of the ladder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_step: Option<NextStep>,
    },
    /// A limit passed.
    Lapsed {
        /// Which.
        id: DeadlineId,
        /// When.
        at: DateTime<Utc>,
    },
    /// It stands still.
    Paused {
        /// Which.
        id: DeadlineId,
        /// Since when.
        at: DateTime<Utc>,
        /// What is left, in the unit of its span.
        remaining: Remaining,
    },
    /// It has a new due time: it runs again after a pause, what it runs from has happened, or it was
    /// extended.
    Moved {
        /// Which.
        id: DeadlineId,
        /// What its time runs from.
        anchor: DateTime<Utc>,
        /// The new due instant.
        due: DateTime<Utc>,
        /// The new instant from which missing it is recorded.
        late_from: DateTime<Utc>,
        /// The next step of the ladder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_step: Option<NextStep>,
        /// It was extended.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        extended: bool,
    },
    /// The next step of its ladder was fired, put off or reckoned anew.
    Step {
        /// Which.
        id: DeadlineId,
        /// The next step, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_step: Option<NextStep>,
    },
    /// Somebody with the right to do so gave it up.
    Waived {
        /// Which.
        id: DeadlineId,
        /// Who.
        by: Party,
    },
    /// Another one took its place.
    Superseded {
        /// Which.
        id: DeadlineId,
        /// Which one took its place.
        by: DeadlineId,
    },
    /// It lost its sense.
    Moot {
        /// Which.
        id: DeadlineId,
        /// Why.
        reason: MootReason,
    },
    /// A recorded breach is excused: from then on it is reported both ways.
    Excused {
        /// Which.
        id: DeadlineId,
        /// Why.
        why: Excuse,
    },
}

/// Why a deadline lost its sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum MootReason {
    /// The case was closed before it came to that.
    Closed,
    /// A machine wrote the message, and machines get no automatic acknowledgement.
    Automatic,
    /// The customer cannot be reached.
    Unreachable,
    /// The source does not say when it happened.
    TimeUnknown,
    /// Nothing is left to answer.
    NothingToAnswer,
    /// The case went on without it.
    Overtaken,
    /// It was resolved so early that the rule asks for nothing more.
    ResolvedEarly,
}

/// Why a breach is excused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Excuse {
    /// It was done in time and recorded late: the evidence is the event itself.
    DoneInTime,
    /// An employee with the right to do so said why.
    Stated,
}

/// A recorded breach. It stays, whatever happens to the case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// Which deadline.
    pub id: DeadlineId,
    /// When it was due: the instant of the breach.
    pub due: DateTime<Utc>,
    /// When that was noticed.
    pub detected: DateTime<Utc>,
    /// When it was done after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub met: Option<DateTime<Utc>>,
    /// It was excused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excused: Option<Excuse>,
    /// It was a goal, not a duty.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub soft: bool,
}

/// How the deadlines of one kind ended in a case, all cycles together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// How many were set.
    pub set: u32,
    /// Met in time.
    pub met: u32,
    /// Missed, and done later.
    pub late: u32,
    /// Missed, done later or not.
    pub breached: u32,
    /// Of the missed, how many are excused.
    pub excused: u32,
    /// Limits that passed.
    pub lapsed: u32,
    /// Given up.
    pub waived: u32,
    /// Without sense.
    pub moot: u32,
    /// Replaced.
    pub superseded: u32,
}

impl Tally {
    /// Missed and not done.
    #[must_use]
    pub const fn overdue(&self) -> u32 {
        self.breached.saturating_sub(self.late)
    }
}

/// The deadlines of a case: the live ones, the breaches, and how many of each kind ended how.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deadlines {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    live: Vec<Arc<Deadline>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    breaches: Vec<Breach>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tallies: Vec<(DeadlineKind, Tally)>,
}

impl Deadlines {
    /// The live ones: running, paused, or missed and still owed. At most [`MAX_LIVE_DEADLINES`].
    #[must_use]
    pub fn live(&self) -> &[Arc<Deadline>] {
        &self.live
    }

    /// One live deadline.
    #[must_use]
    pub fn get(&self, id: DeadlineId) -> Option<&Deadline> {
        self.live.iter().find(|deadline| deadline.id == id).map(AsRef::as_ref)
    }

    /// The live ones of a kind.
    pub fn of_kind(&self, kind: DeadlineKind) -> impl Iterator<Item = &Deadline> {
        self.live.iter().map(AsRef::as_ref).filter(move |deadline| deadline.id.kind == kind)
    }

    /// True when one of that kind is live.
    #[must_use]
    pub fn has(&self, kind: DeadlineKind) -> bool {
        self.of_kind(kind).next().is_some()
    }

    /// The recorded breaches, oldest first: the newest [`MAX_LISTED_BREACHES`].
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// How the deadlines of a kind ended so far.
    #[must_use]
    pub fn tally(&self, kind: DeadlineKind) -> Tally {
        self.tallies.iter().find(|(of, _)| *of == kind).map_or_else(Tally::default, |(_, tally)| *tally)
    }

    /// The next instant at which something happens to any of them by itself.
    #[must_use]
    pub fn next_instant(&self) -> Option<DateTime<Utc>> {
        self.live.iter().filter_map(|deadline| deadline.next_instant()).min()
    }

    /// Carries out one change. A change of a deadline that is not there does nothing: the ledger may
    /// hold changes of a newer version of the library.
    pub(crate) fn apply(&mut self, change: &DeadlineChange) {
        match change {
            DeadlineChange::Set(deadline) => {
                self.tally_mut(deadline.id.kind).set += 1;
                self.live.push(deadline.clone());
            }
            DeadlineChange::Met { id, at } => self.meet(*id, *at),
            DeadlineChange::Breached { id, due, detected, next_step } => {
                let Some(deadline) = self.live_mut(*id) else { return };
                deadline.state = DeadlineState::Breached;
                deadline.next_step.clone_from(next_step);
                let soft = deadline.soft;
                self.tally_mut(id.kind).breached += 1;
                if self.breaches.len() >= MAX_LISTED_BREACHES {
                    self.breaches.remove(0);
                }
                self.breaches.push(Breach {
                    id: *id,
                    due: *due,
                    detected: *detected,
                    met: None,
                    excused: None,
                    soft,
                });
            }
            DeadlineChange::Lapsed { id, .. } => self.end(*id, |tally| tally.lapsed += 1),
            DeadlineChange::Waived { id, .. } => self.end(*id, |tally| tally.waived += 1),
            DeadlineChange::Superseded { id, .. } => self.end(*id, |tally| tally.superseded += 1),
            DeadlineChange::Moot { id, .. } => self.end(*id, |tally| tally.moot += 1),
            DeadlineChange::Paused { id, at, remaining } => {
                if let Some(deadline) = self.live_mut(*id) {
                    deadline.state = DeadlineState::Paused { at: *at, remaining: remaining.clone() };
                    deadline.next_step = None;
                }
            }
            DeadlineChange::Moved { id, anchor, due, late_from, next_step, extended } => {
                if let Some(deadline) = self.live_mut(*id) {
                    deadline.state = DeadlineState::Running;
                    deadline.anchor = *anchor;
                    deadline.provisional = false;
                    deadline.due = *due;
                    deadline.late_from = *late_from;
                    deadline.next_step.clone_from(next_step);
                    if *extended {
                        deadline.extend();
                    }
                }
            }
            DeadlineChange::Step { id, next_step } => {
                if let Some(deadline) = self.live_mut(*id) {
                    deadline.next_step.clone_from(next_step);
                }
            }
            DeadlineChange::Excused { id, why } => {
                if let Some(breach) = self.breaches.iter_mut().find(|breach| breach.id == *id)
                    && breach.excused.replace(*why).is_none()
                {
                    self.tally_mut(id.kind).excused += 1;
                }
            }
        }
    }

    /// A step of a deadline's ladder was fired.
    pub(crate) fn fired(&mut self, id: DeadlineId, step: u16) {
        if let Some(deadline) = self.live_mut(id) {
            deadline.steps_fired = step.saturating_add(1);
        }
    }

    fn meet(&mut self, id: DeadlineId, at: DateTime<Utc>) {
        let Some(place) = self.live.iter().position(|deadline| deadline.id == id) else { return };
        let deadline = self.live.remove(place);
        if deadline.state == DeadlineState::Breached {
            self.tally_mut(id.kind).late += 1;
            if let Some(breach) = self.breaches.iter_mut().find(|breach| breach.id == id) {
                breach.met = Some(at);
            }
        } else {
            self.tally_mut(id.kind).met += 1;
        }
    }

    /// Takes a deadline out of the live ones. A breach keeps its verdict: it is counted as breached
    /// and as nothing else.
    fn end(&mut self, id: DeadlineId, count: impl FnOnce(&mut Tally)) {
        let Some(place) = self.live.iter().position(|deadline| deadline.id == id) else { return };
        if self.live.remove(place).state != DeadlineState::Breached {
            count(self.tally_mut(id.kind));
        }
    }

    fn live_mut(&mut self, id: DeadlineId) -> Option<&mut Deadline> {
        self.live.iter_mut().find(|deadline| deadline.id == id).map(Arc::make_mut)
    }

    fn tally_mut(&mut self, kind: DeadlineKind) -> &mut Tally {
        let place = match self.tallies.iter().position(|(of, _)| *of == kind) {
            Some(place) => place,
            None => {
                self.tallies.push((kind, Tally::default()));
                self.tallies.len() - 1
            }
        };
        #[expect(clippy::indexing_slicing, reason = "found or pushed just above")]
        &mut self.tallies[place].1
    }
}
