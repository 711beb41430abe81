//! Work that is due: taking it under a lease, and saying how it ended.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::error::{Invalid, Undecodable};
use super::page::check_limit;
use super::record::{Key, RecordId};
use crate::id::{Code, TenantId};
use crate::workflow::Notice;
use crate::workflow::NoticeId;

/// After this many failed tries the wake-up of a record is quarantined.
pub const QUARANTINE_AFTER: u32 = 8;

/// How long the wake-up of a quarantined record waits between two tries.
pub const QUARANTINE_RETRY: TimeDelta = TimeDelta::hours(1);

/// The longest that a lease lasts. What is moved further ahead of a claim's `now` than this was moved by a
/// caller whose clock was wrong: a lease that ends later is over, and so is the wait for another try of a
/// wake-up.
pub const MAX_LEASE: TimeDelta = TimeDelta::hours(24);

/// Asks for work that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// Work of one tenant, or which tenants have any.
    pub scope: Scope,
    /// Which kind of work.
    pub lane: Lane,
    /// The caller's time: what is ready at this instant or before it is due.
    pub now: DateTime<Utc>,
    /// How long nobody else is to get the same item. Longer than zero, at most [`MAX_LEASE`].
    pub lease: TimeDelta,
    /// At most this many items or tenants, `1..=`[`MAX_LIMIT`](super::MAX_LIMIT).
    pub limit: usize,
}

impl Claim {
    /// Takes work of one tenant under a lease.
    #[must_use]
    pub fn work(tenant: TenantId, lane: Lane, now: DateTime<Utc>, lease: TimeDelta, limit: usize) -> Self {
        Self { scope: Scope::One(tenant), lane, now, lease, limit }
    }

    /// Asks which tenants have work. Takes nothing.
    #[must_use]
    pub fn tenants(lane: Lane, now: DateTime<Utc>, limit: usize) -> Self {
        Self { scope: Scope::Every, lane, now, lease: TimeDelta::minutes(1), limit }
    }

    /// Lists the dead letters of one tenant by rising id, behind that one, exclusive. Takes nothing.
    #[must_use]
    pub fn dead_letters(tenant: TenantId, after: Option<NoticeId>, limit: usize) -> Self {
        let scope = Scope::DeadLetters { tenant, after };
        let (now, lease) = (DateTime::UNIX_EPOCH, TimeDelta::minutes(1));
        Self { scope, lane: Lane::Notices, now, lease, limit }
    }

    /// The end of the longest lease that a claim at this time can give. A lease beyond it is over.
    #[must_use]
    pub fn horizon(&self) -> DateTime<Utc> {
        self.now.checked_add_signed(MAX_LEASE).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Whether the request makes sense.
    ///
    /// # Errors
    /// [`Invalid::Limit`], [`Invalid::Lease`].
    pub fn check(&self) -> Result<(), Invalid> {
        check_limit(self.limit)?;
        if self.lease <= TimeDelta::zero() || self.lease > MAX_LEASE {
            return Err(Invalid::Lease);
        }
        Ok(())
    }
}

/// Whose work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// That of one tenant, to be taken.
    One(TenantId),
    /// Which tenants have any. They are named, and nothing of theirs is shown or taken.
    Every,
    /// The notices of one tenant that were given up, whatever the lane. They are shown by rising id, and not
    /// taken.
    DeadLetters {
        /// Whose.
        tenant: TenantId,
        /// Only those behind this one, exclusive.
        after: Option<NoticeId>,
    },
}

/// The kinds of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Records whose wake-up has come.
    Wakes,
    /// Notices that are to go out.
    Notices,
}

/// The answer to a claim: of the kind that the scope and the lane asked for, the oldest first.
#[derive(Debug)]
pub enum Claimed {
    /// For [`Scope::Every`]: the tenants that have work, by their oldest item.
    Tenants(Vec<TenantId>),
    /// For [`Lane::Wakes`].
    Wakes(Vec<LeasedWake>),
    /// For [`Lane::Notices`].
    Notices(Vec<LeasedNotice>),
    /// For [`Scope::DeadLetters`].
    DeadLetters(Vec<DeadNotice>),
}

impl Claimed {
    /// How many items or tenants there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Tenants(tenants) => tenants.len(),
            Self::Wakes(wakes) => wakes.len(),
            Self::Notices(notices) => notices.len(),
            Self::DeadLetters(dead) => dead.len(),
        }
    }

    /// True if nothing is due.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The tenants, none if work was asked for.
    #[must_use]
    pub fn into_tenants(self) -> Vec<TenantId> {
        match self {
            Self::Tenants(tenants) => tenants,
            _ => Vec::new(),
        }
    }

    /// The wake-ups, none if something else was asked for.
    #[must_use]
    pub fn into_wakes(self) -> Vec<LeasedWake> {
        match self {
            Self::Wakes(wakes) => wakes,
            _ => Vec::new(),
        }
    }

    /// The dead letters, none if something else was asked for.
    #[must_use]
    pub fn into_dead_letters(self) -> Vec<DeadNotice> {
        match self {
            Self::DeadLetters(dead) => dead,
            _ => Vec::new(),
        }
    }

    /// The notices, none if something else was asked for.
    #[must_use]
    pub fn into_notices(self) -> Vec<LeasedNotice> {
        match self {
            Self::Notices(notices) => notices,
            _ => Vec::new(),
        }
    }
}

/// The proof that an item was taken: it fits that taking of that item and no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lease(u64);

impl Lease {
    /// A lease by its number. An item's numbers never repeat, not even after a commit replaced its
    /// wake-up.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// A record whose wake-up has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedWake {
    /// Which record.
    pub key: Key,
    /// The wake-up that it asked for.
    pub due: DateTime<Utc>,
    /// Which try this is, from 1 on, since the record's last commit.
    pub attempts: u32,
    /// True if so many tries failed that it is tried only once an hour.
    pub quarantined: bool,
    /// To settle it with.
    pub lease: Lease,
}

/// A notice that is to go out.
#[derive(Debug)]
pub struct LeasedNotice {
    /// The record that owes it.
    pub key: Key,
    /// Which notice. It stays the same over all tries: a receiver knows a repeat by it.
    pub id: NoticeId,
    /// The notice, or what is stored if that cannot be read. Such a one is to be settled as dead, or
    /// it holds up the ones behind it.
    pub notice: Result<Notice, Undecodable>,
    /// When it was to go out at the earliest.
    pub due: DateTime<Utc>,
    /// Which try this is, from 1 on.
    pub attempts: u32,
    /// To settle it with.
    pub lease: Lease,
}

/// A dead letter: a notice that was given up. It stays until it is put back or dismissed.
#[derive(Debug)]
pub struct DeadNotice {
    /// The record that owes it.
    pub key: Key,
    /// Which notice.
    pub id: NoticeId,
    /// The notice, or what is stored if that cannot be read.
    pub notice: Result<Notice, Undecodable>,
    /// When it was to go out at the earliest.
    pub due: DateTime<Utc>,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was given up, as a word for machines.
    pub reason: Code,
    /// To settle it with: [`NoticeEnd::Retry`] puts it back, [`NoticeEnd::Done`] dismisses it.
    pub lease: Lease,
}

/// Says how work ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settlement {
    /// Whose work.
    pub tenant: TenantId,
    /// Which item, and how it ended.
    pub item: Settled,
    /// The caller's time.
    pub now: DateTime<Utc>,
}

impl Settlement {
    /// A wake-up ended so.
    #[must_use]
    pub fn wake(key: Key, lease: Lease, end: WakeEnd, now: DateTime<Utc>) -> Self {
        Self { tenant: key.tenant, item: Settled::Wake { record: key.id, lease, end }, now }
    }

    /// A notice ended so.
    #[must_use]
    pub fn notice(
        tenant: TenantId,
        notice: NoticeId,
        lease: Lease,
        end: NoticeEnd,
        now: DateTime<Utc>,
    ) -> Self {
        Self { tenant, item: Settled::Notice { notice, lease, end }, now }
    }
}

/// An item of work and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// A wake-up that led to no commit. One that did needs no settling.
    Wake {
        /// Of which record.
        record: RecordId,
        /// As it was claimed.
        lease: Lease,
        /// How it ended.
        end: WakeEnd,
    },
    /// A notice.
    Notice {
        /// Which.
        notice: NoticeId,
        /// As it was claimed.
        lease: Lease,
        /// How it ended.
        end: NoticeEnd,
    },
}

/// How work on a wake-up ended without a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeEnd {
    /// Nobody tried. It is due again at once, and the try does not count.
    Released,
    /// The try failed. It is due again at that instant; a quarantined one [`QUARANTINE_RETRY`] after
    /// the settlement's time instead.
    Retry {
        /// When to try again.
        at: DateTime<Utc>,
    },
}

/// How work on a notice ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeEnd {
    /// It went out, or is not due any more. Nothing of it is kept.
    Done,
    /// It did not go out, and is due again at that instant. The ones behind it wait. A dead letter is put back:
    /// it goes by itself and not in its line, which has gone on, and its tries are counted from 1 again.
    Retry {
        /// When to try again.
        at: DateTime<Utc>,
    },
    /// Nobody tried, and nobody is to before that instant. The try does not count, and the ones behind it
    /// wait.
    Postponed {
        /// When to try.
        at: DateTime<Utc>,
    },
    /// It was given up, and is kept as a dead letter. The next one may go.
    Dead {
        /// Why, as a word for machines.
        reason: Code,
    },
}
