//! The front door: where commands are handed in, and cases read.

use std::sync::Arc;

use crate::backend::{
    Backend, BackendError, CaseQuery, Claim, DeadNotice, EventPage, EventQuery, Find, Key, Load, NoticeEnd,
    Page, PageRequest, Position, Record, Settlement, TextQuery,
};
use crate::case::Case;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::feedback::Feedback;
use crate::id::{CaseId, TenantId};
use crate::policy::PolicyBook;
use crate::text::Text;
use crate::workflow::{Actor, Command, Event, NoticeId, Open};

mod contacts;
mod contention;
mod continuation;
mod conversation;
mod erasing;
pub mod export;
mod fingerprint;
mod handling;
mod pair;
mod request;

pub use contacts::KnownContact;
pub use conversation::{Conversation, Message, MessageKind, View};
pub use request::{Handled, Request};

/// The desk of one tenant: where an application hands commands in and reads cases.
///
/// It keeps the one law of the loop: *load, decide, commit; on a conflict begin again with loading;
/// never act on events before the commit was answered.* Cloning is cheap and shares everything.
///
/// # Cancelling
///
/// Dropping the future of a command leaves it either carried out as a whole or not at all. Whoever
/// wants to know sends the same [`Request`] with the same id again.
#[derive(Debug, Clone)]
pub struct Desk {
    tenant: TenantId,
    room: Room,
}

/// What the desks of all tenants share.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) policies: Arc<PolicyBook>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Desk {
    /// The desk of a tenant.
    #[must_use]
    pub fn new(
        backend: Arc<dyn Backend>,
        policies: PolicyBook,
        clock: Arc<dyn Clock>,
        tenant: TenantId,
    ) -> Self {
        Self { tenant, room: Room { backend, policies: Arc::new(policies), clock } }
    }

    /// The desk of an application without tenants, on the system's clock.
    #[must_use]
    pub fn single(backend: Arc<dyn Backend>, policies: PolicyBook) -> Self {
        Self::new(backend, policies, Arc::new(SystemClock), TenantId::single())
    }

    /// The desk of another tenant, in the same room.
    #[must_use]
    pub fn of_tenant(&self, tenant: TenantId) -> Self {
        Self { tenant, room: self.room.clone() }
    }

    pub(crate) const fn in_room(tenant: TenantId, room: Room) -> Self {
        Self { tenant, room }
    }

    pub(crate) const fn room(&self) -> &Room {
        &self.room
    }

    /// Whose desk it is.
    #[must_use]
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The policies that it goes by.
    #[must_use]
    pub fn policies(&self) -> &PolicyBook {
        &self.room.policies
    }

    /// Opens a case with this feedback, under a new id.
    ///
    /// Intake that may see the same piece twice derives the ids of the case and the command from the
    /// source's id instead, and calls [`Desk::execute`].
    ///
    /// # Errors
    /// As [`Desk::execute`].
    pub async fn open(&self, by: Actor, feedback: Feedback) -> Result<Handled, Error> {
        let case = CaseId::mint(self.room.clock.as_ref());
        self.execute(case, Request::new(by, Command::Open(Box::new(Open::new(feedback))))).await
    }

    /// Carries a command out.
    ///
    /// A command with an id that was carried out before changes nothing and gives what it brought about
    /// then. A message of the customer to a case that was closed too long ago to be reopened opens a
    /// case that continues it, and one to a case that was merged goes to the case in which that goes on: no
    /// message is dropped, and [`Handled::case`] is the case that has it. A merge or a split changes two
    /// cases together, or neither; [`Handled::other`] is the second.
    ///
    /// If others change the case meanwhile, the command is decided anew, up to 32 times: the first tries at once,
    /// later ones after a pause of random length, 2.5 seconds in all at the most. Dozens of commands to
    /// one case at the same time are all carried out.
    ///
    /// # Errors
    /// [`Error::Rejected`] when the workflow refuses it, and nothing was written;
    /// [`Error::CommandReused`]; [`Error::Contended`]; [`Error::Backend`].
    pub async fn execute(&self, case: CaseId, request: Request) -> Result<Handled, Error> {
        self.told(case, None, request).await
    }

    /// The same for a caller that holds the case as it was last stored: the first try saves loading it.
    /// If it is out of date, that costs a try and nothing else.
    ///
    /// # Errors
    /// As [`Desk::execute`].
    pub async fn execute_on(&self, held: &Arc<Case>, request: Request) -> Result<Handled, Error> {
        self.told(held.id, Some(held.clone()), request).await
    }

    /// Does what time has brought to a case up to now. It may be called early, late, twice and from two
    /// machines at once: the result is the same.
    ///
    /// # Errors
    /// As [`Desk::execute`].
    pub async fn tick(&self, case: CaseId) -> Result<Handled, Error> {
        let mut handled = self.tick_together(&[case]).await?;
        handled.pop().ok_or_else(|| BackendError::other("a tick without an answer").into())
    }

    /// A case as it was last stored; `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn load(&self, case: CaseId) -> Result<Option<Arc<Case>>, Error> {
        Ok(self.room.backend.load(Load::new(self.key(case))).await?.record.and_then(case_of))
    }

    /// A query for every case of this tenant, to be narrowed.
    #[must_use]
    pub fn query(&self) -> CaseQuery {
        CaseQuery::new(self.tenant.clone())
    }

    /// One page of the cases that a query describes. Whatever tenant the query names, it is this desk's.
    ///
    /// # Errors
    /// [`Error::Backend`], for a cursor of another query or a limit out of range.
    pub async fn find(&self, query: CaseQuery, page: PageRequest) -> Result<Page, Error> {
        let query = CaseQuery { tenant: self.tenant.clone(), ..query };
        Ok(self.room.backend.find(Find::new(query, page)).await?)
    }

    /// The history of a case: at most `limit` events (1 to 1,000) of the versions behind `after`.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn events(&self, case: CaseId, after: u64, limit: usize) -> Result<Vec<Event>, Error> {
        let page = self.room.backend.events(EventQuery::history(self.key(case), after, limit)).await?;
        let events = page.items.into_iter().map(|item| item.event.map_err(BackendError::from));
        Ok(events.collect::<Result<_, _>>()?)
    }

    /// The feed of this tenant: at most `limit` events (1 to 1,000) of all its cases behind `after`, exclusive,
    /// in the order in which they were committed; from the beginning with `None`.
    ///
    /// Whoever keeps [`EventPage::last`] with what they made of the page, in one transaction, misses nothing
    /// and doubles nothing, however often they stop. An empty page means that there is no more for now. An
    /// event that cannot be read stands in its place, and hides no other.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn feed(&self, after: Option<Position>, limit: usize) -> Result<EventPage, Error> {
        Ok(self.room.backend.events(EventQuery::feed(self.tenant.clone(), after, limit)).await?)
    }

    /// The letters that were given up: at most `limit` (1 to 1,000) by rising id behind `after`, exclusive; from
    /// the beginning with `None`. Each stays until it is [sent again](Self::send_again),
    /// [dismissed](Self::dismiss) or erased.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn dead_letters(
        &self,
        after: Option<NoticeId>,
        limit: usize,
    ) -> Result<Vec<DeadNotice>, Error> {
        let claim = Claim::dead_letters(self.tenant.clone(), after, limit);
        Ok(self.room.backend.claim(claim).await?.into_dead_letters())
    }

    /// Puts a dead letter back into the outbox. It is due at once, its tries are counted from 1 again, and it does
    /// not wait in its line, which has gone on. A message that arrives after all is noted in its case.
    ///
    /// # Errors
    /// [`Error::Backend`], with [`BackendError::LeaseLost`] if it was sent again, dismissed or erased meanwhile.
    pub async fn send_again(&self, letter: &DeadNotice) -> Result<(), Error> {
        self.settle(letter, NoticeEnd::Retry { at: self.room.clock.now() }).await
    }

    /// Dismisses a dead letter: it is not kept any more, and nothing else changes.
    ///
    /// # Errors
    /// As [`Desk::send_again`].
    pub async fn dismiss(&self, letter: &DeadNotice) -> Result<(), Error> {
        self.settle(letter, NoticeEnd::Done).await
    }

    async fn settle(&self, letter: &DeadNotice, end: NoticeEnd) -> Result<(), Error> {
        let (tenant, now) = (self.tenant.clone(), self.room.clock.now());
        let settlement = Settlement::notice(tenant, letter.id, letter.lease, end, now);
        Ok(self.room.backend.settle(settlement).await?)
    }

    pub(crate) async fn texts(&self, query: TextQuery) -> Result<Vec<Option<Text>>, Error> {
        Ok(self.room.backend.texts(query).await?)
    }

    fn key(&self, case: CaseId) -> Key {
        Key::new(self.tenant.clone(), case)
    }
}

fn case_of(record: Record) -> Option<Arc<Case>> {
    match record {
        Record::Case(case) => Some(case),
    }
}
