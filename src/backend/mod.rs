//! Where everything is kept: the [`Backend`] trait, and what whoever implements it has to promise.
//!
//! An application that only uses talkback picks a backend and never calls it: the desk does. This page
//! is for those who bring a storage of their own. Everything that the trait asks for is written on the
//! trait; `talkback::testing::conformance` (feature `testing`) has each promise as a function that
//! tries it, and `examples/own_backend.rs` is a complete backend over an ordered map, with each
//! promise as a test.

mod commit;
mod error;
mod feed;
mod forward;
mod load;
mod memory;
mod page;
mod pending;
mod pick;
#[cfg(feature = "postgres")]
pub mod postgres;
mod query;
mod record;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(any(feature = "postgres", feature = "sqlite", feature = "testing"))]
pub mod stored;
mod words;
mod work;

use std::fmt::Debug;

use async_trait::async_trait;

pub use commit::{CommandStamp, Commit, Committed, MAX_RECORDS, Outcome, Write, Written};
pub use error::{BackendError, Cause, Invalid, Undecodable};
pub use feed::{EventItem, EventPage, EventQuery, EventScope, Position};
pub use load::{Load, Loaded};
pub use memory::MemoryBackend;
pub use page::{Cursor, Find, Found, MAX_LIMIT, Page, PageRequest};
pub use pending::{After, Pending, PendingNotice};
pub use query::{CaseQuery, Direction, Order, TimeRange};
pub use record::{Index, Key, Record, RecordId, RecordKind};
pub use words::{Erased, Erasure, ErasureScope, TextQuery};
pub use work::{
    Claim, Claimed, DeadNotice, Lane, Lease, LeasedNotice, LeasedWake, MAX_LEASE, NoticeEnd,
    QUARANTINE_AFTER, QUARANTINE_RETRY, Scope, Settled, Settlement, WakeEnd,
};

use crate::text::Text;

/// A storage for records, their events, the words that belong to them, and the work they cause.
///
/// # What is stored
///
/// *Records* (a case is one), each under a [`Key`] of tenant and id, with a version. For each record the
/// *events* that made it what it is, one per version, never changed and never removed. *Texts*: the words
/// that events refer to, which can be erased. *Commands*: which ids were carried out, with a digest of
/// their body and what they wrote. One *wake-up* at most per record. *Notices* that have to go out. A
/// backend serialises records, events and notices with serde and never looks inside: what it may know of
/// a record is [`Record::index`].
///
/// # Tenants
///
/// Every request names one tenant, and only what belongs to that tenant is read, counted, changed or
/// hinted at. The same id under two tenants is two things, be it a record, a command, a text or a lease.
/// The one exception is a claim over every tenant: it answers with the tenants' names and nothing else.
///
/// # All or nothing
///
/// A commit's records, events, texts, notices, wake-ups and its command appear together or not at all,
/// to every reader, and also when the process dies or the future is dropped half way. Whoever drops the
/// future of a call must expect both, and finds out with [`load`](Backend::load); a call that was
/// dropped leaves nothing behind that hinders a later one.
///
/// # Seeing
///
/// Once a commit was answered, every later call sees it. [`load`](Backend::load) and
/// [`claim`](Backend::claim) read where the writes go, never from a copy that lags; `find`, `events` and
/// `texts` may be served by one if its owner accepts to see commits late. An answer is a value: nothing
/// that happens later shows through it.
///
/// # Versions
///
/// A record that does not exist has version 0, each event adds one. A commit carries the version that it
/// was decided on; if the stored one differs, it is refused with both numbers and nothing is written. So
/// the versions of a record are 1, 2, 3 ... without a gap, and of two commits on one version exactly one
/// wins. A commit of several records has one expectation for each, and one conflict refuses them all.
///
/// # Command ids
///
/// A command id is looked up before versions are compared, among all commands of the tenant. If it was
/// committed before, nothing is written, whatever the commit says, and the first outcome is returned;
/// unless the fingerprints differ, which is refused as [`BackendError::CommandReused`]. An outcome whose
/// fingerprint was erased answers any body. A refused commit leaves no trace of its command.
///
/// # The feed
///
/// Each event has a [`Position`] in its tenant's feed. Positions rise strictly in the order in which the
/// commits became visible, and along the versions of each record: once a position has been returned,
/// nothing at or below it ever appears again. A counter that is drawn before the commit does not keep
/// this promise, because the drawer of the smaller number may commit later. Numbers may be skipped. When
/// the store was set back to an older copy, the epoch rises, so that nobody confuses what is written
/// then with what was lost.
///
/// # Lists
///
/// A list is read page by page in a fixed order: the query's time, then the id by its bytes. A record
/// that is not touched between two pages is on exactly one of them. A cursor serves only the tenant,
/// filter and order that it was made for. There is a next page if, and only if, something is behind the
/// last item now.
///
/// # What cannot be read
///
/// A record, an event or a notice that does not decode hides nothing else: in a list, a history, a feed
/// or a claim it stands in its place as [`Undecodable`] with its key and its bytes. Only `load`, which
/// has nothing else to say, fails with [`BackendError::Corrupt`]. Nothing is ever deleted because it
/// cannot be read.
///
/// # Leases
///
/// An item is *ready* from an instant on: a wake-up from the time that the record asks for, a notice
/// from its own. A claim takes items that are ready at the claim's `now`, the ones longest ready first,
/// and moves each item's instant to the end of its lease, so that no other claim gets it before. If
/// nothing is heard by then, it is ready again. Each taking counts as a try and gives a lease that fits
/// only this taking; a settlement with any other lease, or of an item that is gone, is
/// [`BackendError::LeaseLost`]. A lease that has run out still settles, unless somebody took the item
/// over. A lease lasts at most [`MAX_LEASE`]: one that ends later than that after a claim's `now` was given
/// under a clock that ran ahead, and is over. So is a wait for another try of a wake-up that ends so late.
/// Leases only save work: what makes a decision count once is the version check of the commit.
///
/// # Wake-ups
///
/// A commit replaces the wake-up of each record that it writes by what [`Record::wake_up`] says, which
/// may be none; it ends the lease, forgets the tries and ends a quarantine. Nothing else replaces a
/// wake-up: it may be released (ready as before, the try does not count) or retried later, but not
/// settled away.
///
/// # Quarantine
///
/// When [`QUARANTINE_AFTER`] tries of a wake-up failed, by a settlement or because the lease ran out,
/// the record is quarantined: found by a query, and ready again only [`QUARANTINE_RETRY`] later, for ever.
/// The quarantine shows when the settlement fails the last try, or when a claim finds that it ran out. It
/// holds back this record alone, and the next commit to the record ends it.
///
/// # Notices
///
/// The notices of one case in one [line](crate::workflow::Notice::line) leave in the order of their ids.
/// Only the first of them that is not settled as done or dead is ever offered, however ready the ones
/// behind it are; other lines and other cases do not wait for it. A notice that is settled as done is gone.
/// Commits do not touch notices that are waiting.
///
/// # Dead letters
///
/// A notice that is settled as dead is kept, with its reason, and offered to no claim. [`Scope::DeadLetters`]
/// lists the dead letters of a tenant by rising id, and takes none. Each comes with a lease that fits until it is
/// settled again: [`NoticeEnd::Done`] dismisses it, [`NoticeEnd::Retry`] puts it back, beside its line and with
/// its tries forgotten. An erasure takes and counts dead letters as it does notices that wait.
///
/// # Erasing
///
/// An erasure takes the words and leaves the facts: records, events, positions, outcomes and versions
/// stay. An erased text reads as `None` for ever, also if its command is sent again. The notices it makes
/// void are gone as if settled, so that the next in their lines may go, and the fingerprints it drops are gone from the outcomes. Erasing twice
/// changes nothing and counts nothing.
///
/// # Time
///
/// A backend reads no clock. Every `now` is the caller's, and it may differ between callers or step
/// back; that moves when an item is offered, never what is true of it. Instants are kept to the
/// microsecond at least.
///
/// # Limits
///
/// Requests are checked before anything is read or written (each brings a `check`, or
/// [`Find::after`]), and one that makes no sense is [`BackendError::Invalid`].
///
/// # Errors
///
/// By meaning, with the storage's own error kept as the source, and never with a customer's words. If
/// the storage surely did nothing, that is [`BackendError::Unavailable`]; if nobody can say whether a
/// commit happened, [`BackendError::Unknown`]. An error of any call but `commit` leaves the caller free
/// to send the same request again. `Debug` of a backend shows no words either.
///
/// # Wrappers
///
/// There are no default bodies, so that a wrapper (one that counts, slows down, encrypts) cannot forget
/// to forward a method that is added later. A wrapper keeps every promise on this page, or says which
/// one it breaks. `Arc` and `Box` of a backend are backends.
#[async_trait]
pub trait Backend: Debug + Send + Sync + 'static {
    /// Reads one record and, if asked, the outcome of a command, both as of one instant.
    ///
    /// `None` for a record that was never committed, and for a command that was not. The command may
    /// have been for any record of the tenant.
    ///
    /// # Errors
    /// [`BackendError::Corrupt`] if the record cannot be read.
    async fn load(&self, request: Load) -> Result<Loaded, BackendError>;

    /// Writes everything in the commit, or nothing.
    ///
    /// # Errors
    /// [`BackendError::Invalid`] if the commit contradicts itself; [`BackendError::CommandReused`];
    /// [`BackendError::Conflict`], naming the first record whose version is not the expected one;
    /// [`BackendError::Full`], [`BackendError::Unavailable`]. After each of these nothing was written.
    /// [`BackendError::Unknown`] if that cannot be said.
    async fn commit(&self, request: Commit) -> Result<Committed, BackendError>;

    /// Reads one page of the records that match, in the query's order.
    ///
    /// # Errors
    /// [`BackendError::BadCursor`], [`BackendError::Invalid`] for a limit out of range.
    async fn find(&self, request: Find) -> Result<Page, BackendError>;

    /// Reads events: of one record by rising version, or of a tenant by rising position. A record that
    /// does not exist has none.
    ///
    /// # Errors
    /// [`BackendError::Invalid`] for a limit out of range.
    async fn events(&self, request: EventQuery) -> Result<EventPage, BackendError>;

    /// Reads texts, one answer for each id and in their order, byte for byte as they were committed.
    /// `None` for one that was erased or never was.
    ///
    /// # Errors
    /// [`BackendError::Invalid`] for no ids or too many.
    async fn texts(&self, request: TextQuery) -> Result<Vec<Option<Text>>, BackendError>;

    /// Erases the words of one person or of one record, for good, and says how many texts and notices
    /// that took. A person or a record that is not known has none.
    ///
    /// # Errors
    /// Only those of the storage itself.
    async fn erase(&self, request: Erasure) -> Result<Erased, BackendError>;

    /// Takes work of one tenant that is due, or names the tenants that have any: those with an item that
    /// would be offered at `now`, by the instant since when it is ready. Or lists a tenant's dead letters.
    ///
    /// # Errors
    /// [`BackendError::Invalid`] for a limit out of range or a lease of no length.
    async fn claim(&self, request: Claim) -> Result<Claimed, BackendError>;

    /// Says how work ended that did not end with a commit.
    ///
    /// # Errors
    /// [`BackendError::LeaseLost`] if the item is not under that lease any more; nothing changed.
    async fn settle(&self, request: Settlement) -> Result<(), BackendError>;
}
