//! The front door: load, decide, commit, and begin again when somebody was quicker.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::backend::{
    Backend, BackendError, CaseQuery, CommandStamp, Commit, Erased, Erasure, ErasureScope, EventPage,
    EventQuery, Find, Key, Load, MAX_LIMIT, Outcome, Page, PageRequest, Position, Record, RecordId,
    TextQuery, Write, Written,
};
use crate::case::Case;
use crate::clock::{Clock, SystemClock};
use crate::conversation::Party;
use crate::error::Error;
use crate::feedback::Feedback;
use crate::id::{CaseId, CommandId, CustomerId, MessageId, TenantId};
use crate::policy::PolicyBook;
use crate::text::Text;
use crate::trace;
use crate::workflow::{
    Actor, Command, Context, Decision, Event, Notice, Open, Rule, evolve, merge, owed, split, step, texts,
};

mod continuation;
mod conversation;
pub mod export;
mod fingerprint;
mod pair;
mod request;

pub use conversation::{Conversation, Message, MessageKind, View};
pub use request::{Handled, Request};

/// How often a command is decided anew because others changed the case meanwhile, or because it is
/// not known whether its commit happened.
const MAX_TRIES: u32 = 16;

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
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(name = "talkback.tick", level = "debug", skip_all, fields(tenant = %self.tenant, %case))
    )]
    pub async fn tick(&self, case: CaseId) -> Result<Handled, Error> {
        let nobody = CommandId::from_uuid(uuid::Uuid::nil());
        let actor = Actor::system();
        for _ in 0..MAX_TRIES {
            let now = self.room.clock.now();
            let loaded = self.room.backend.load(Load::new(self.key(case))).await?;
            let held = loaded.record.and_then(case_of);
            let context = self.context(case, now, None, &actor, nobody);
            let decision = step(held.as_deref(), &Command::Tick, &context)?;
            if decision.events.is_empty() {
                return Ok(Handled::nothing(decision.case));
            }
            let (case, write) = written(held.as_deref(), decision, Vec::new());
            let events = write.events.clone();
            match self.room.backend.commit(Commit::new(self.tenant.clone(), now, vec![write])).await {
                Ok(_) => return Ok(Handled::fresh(case, events)),
                // If the commit happened, the next try finds nothing to do.
                Err(BackendError::Conflict { .. } | BackendError::Unknown { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended { tries: MAX_TRIES })
    }

    /// Carries a request out, in sight of whoever traces.
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "talkback.command",
            level = "debug",
            skip_all,
            fields(tenant = %self.tenant, case = %id, command = request.command.kind().as_str())
        )
    )]
    async fn told(&self, id: CaseId, held: Option<Arc<Case>>, request: Request) -> Result<Handled, Error> {
        let done = self.carry_out(id, held, request).await;
        trace::command(&done);
        done
    }

    async fn carry_out(
        &self,
        mut id: CaseId,
        mut held: Option<Arc<Case>>,
        request: Request,
    ) -> Result<Handled, Error> {
        let command_id = request.id.unwrap_or_else(|| CommandId::mint(self.room.clock.as_ref()));
        let stamp = CommandStamp { id: command_id, fingerprint: fingerprint::of(id, &request) };
        let mut unknown = None;
        // Whose words they are, also when they go on to another case.
        let mut speaker = None;
        for _ in 0..MAX_TRIES {
            let as_held = held.is_some();
            let known = match held.take() {
                Some(case) => Some(case),
                None => {
                    let load = Load::new(self.key(id)).with_command(command_id);
                    // What a try may have written stays unknown while nobody can look.
                    let loaded = match self.room.backend.load(load).await {
                        Ok(loaded) => loaded,
                        Err(error) => return Err(unknown.unwrap_or(error).into()),
                    };
                    if let Some(outcome) = loaded.outcome {
                        return self.repeated(outcome.repeat(stamp)?.outcome).await;
                    }
                    loaded.record.and_then(case_of)
                }
            };
            let now = self.room.clock.now();
            let context = self.context(id, now, request.occurred_at, &request.by, command_id);
            let about = known.as_deref().map(|case| speaker_of(case, &request.by.party));
            let about = speaker.get_or_insert(about).clone();
            let decided = match self.decided(known.as_deref(), &request, &context, about).await {
                Ok(decided) => decided,
                // Refused by what the caller holds: that may be out of date, or this was carried out before.
                Err(_) if as_held => continue,
                Err(Error::Rejected(rejection)) => {
                    match continuation::merged_into(known.as_deref(), &request) {
                        Some(into) if rejection.rule == Rule::MergedElsewhere => {
                            id = into;
                            continue;
                        }
                        _ => return Err(rejection.into()),
                    }
                }
                Err(error) => return Err(error),
            };
            let commit = Commit::new(self.tenant.clone(), now, decided.writes).with_command(stamp);
            match self.room.backend.commit(commit).await {
                Ok(committed) if committed.fresh => return Ok(decided.handled),
                Ok(committed) => return self.repeated(committed.outcome).await,
                Err(BackendError::Conflict { .. }) => {}
                // Loading by the command's id tells whether it happened.
                Err(error @ BackendError::Unknown { .. }) => unknown = Some(error),
                Err(error) => return Err(error.into()),
            }
        }
        Err(unknown.map_or(Error::Contended { tries: MAX_TRIES }, Error::Backend))
    }

    /// Decides a request: what is to be stored together, and what is answered once it is.
    async fn decided(
        &self,
        known: Option<&Case>,
        request: &Request,
        context: &Context<'_>,
        about: Option<CustomerId>,
    ) -> Result<Decided, Error> {
        match (&request.command, known) {
            (Command::Merge(command), Some(case)) => {
                let into = self.load(command.into).await?;
                let pair = merge(case, into.as_deref(), command, context)?;
                Ok(pair::stored(case, into.as_deref(), pair, &request.command, context.command))
            }
            (Command::Split(command), Some(case)) => {
                let said = self.said(case.id, command.message).await?;
                let pair = split(case, said.as_ref(), command, context)?;
                Ok(pair::stored(case, None, pair, &request.command, context.command))
            }
            _ => {
                let decision = match step(known, &request.command, context) {
                    Ok(decision) => decision,
                    Err(rejection) => match continuation::of(known, request, &rejection, context) {
                        Some(decision) => decision?,
                        None => return Err(rejection.into()),
                    },
                };
                let before = known.filter(|case| case.id == decision.case.id);
                let about = about.unwrap_or_else(|| decision.case.head.customer.clone());
                let texts = texts(&request.command, context.command, &about);
                let (case, write) = written(before, decision, texts);
                let events = write.events.clone();
                Ok(Decided { writes: vec![write], handled: Handled::fresh(case, events) })
            }
        }
    }

    /// The event of a case that brought a message.
    async fn said(&self, case: CaseId, message: MessageId) -> Result<Option<Event>, Error> {
        let command = CommandId::from_uuid(message.uuid());
        let load = Load::new(self.key(case)).with_command(command);
        let Some(outcome) = self.room.backend.load(load).await?.outcome else { return Ok(None) };
        let Some(written) = outcome.written.iter().find(|written| written.key == self.key(case)) else {
            return Ok(None);
        };
        let events = self.written_events(case, written).await?;
        Ok(events.into_iter().find(|event| event.command == Some(command)))
    }

    async fn written_events(&self, case: CaseId, written: &Written) -> Result<Vec<Event>, Error> {
        let after = written.first.saturating_sub(1);
        let count =
            usize::try_from(written.last.saturating_sub(after)).unwrap_or(MAX_LIMIT).clamp(1, MAX_LIMIT);
        self.events(case, after, count).await
    }

    /// What a command brought about when it was first carried out, and the case as it is now.
    async fn repeated(&self, outcome: Outcome) -> Result<Handled, Error> {
        // Both would break the backend's contract: a known command wrote something, and records stay.
        let broken = |what: &'static str| Error::Backend(BackendError::other(what));
        let mut written = outcome.written.iter();
        let first = written.next().ok_or_else(|| broken("a known command wrote nothing"))?;
        let RecordId::Case(id) = first.key.id;
        let case = self.load(id).await?.ok_or_else(|| broken("a written record is gone"))?;
        let events = self.written_events(id, first).await?;
        let other = match written.next() {
            Some(Written { key: Key { id: RecordId::Case(id), .. }, .. }) => self.load(*id).await?,
            None => None,
        };
        Ok(Handled { case, other, events, repeated: true })
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

    /// Erases everything that was written by or about a person. Times, kinds, stages and verdicts stay.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn erase_person(&self, person: CustomerId) -> Result<Erased, Error> {
        self.erase(ErasureScope::Person(person)).await
    }

    /// Erases everything that was written in a case.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn erase_case(&self, case: CaseId) -> Result<Erased, Error> {
        self.erase(ErasureScope::Record(case.into())).await
    }

    async fn erase(&self, scope: ErasureScope) -> Result<Erased, Error> {
        let erasure = Erasure::new(self.tenant.clone(), scope, self.room.clock.now());
        Ok(self.room.backend.erase(erasure).await?)
    }

    pub(crate) async fn texts(&self, query: TextQuery) -> Result<Vec<Option<Text>>, Error> {
        Ok(self.room.backend.texts(query).await?)
    }

    fn key(&self, case: CaseId) -> Key {
        Key::new(self.tenant.clone(), case)
    }

    fn context<'a>(
        &'a self,
        case: CaseId,
        now: DateTime<Utc>,
        occurred_at: Option<DateTime<Utc>>,
        actor: &'a Actor,
        command: CommandId,
    ) -> Context<'a> {
        Context {
            tenant: &self.tenant,
            case,
            now,
            occurred_at,
            actor,
            command,
            policies: &self.room.policies,
        }
    }
}

/// What a decision stores, and what is answered once it is stored.
struct Decided {
    writes: Vec<Write>,
    handled: Handled,
}

/// Everything that a decision stores, in one value.
fn written(before: Option<&Case>, decision: Decision, texts: Vec<Text>) -> (Arc<Case>, Write) {
    let case = decision.case;
    let notices = notices(before, &case, &decision.events);
    let expected = before.map_or(0, |case| case.version);
    let write = Write::new(case.clone(), expected, decision.events).with_texts(texts).with_notices(notices);
    (case, write)
}

/// The notices of a decision, each by the case as it was after its own event.
fn notices(before: Option<&Case>, after: &Case, events: &[Event]) -> Vec<Notice> {
    if let [event] = events {
        return owed(after, event);
    }
    let mut case = before.cloned();
    let mut notices = Vec::new();
    for event in events {
        case = evolve(case, event);
        notices.extend(case.iter().flat_map(|case| owed(case, event)));
    }
    notices
}

/// Whose words a message in this case brings: of several customers who speak there, the one who does.
fn speaker_of(case: &Case, party: &Party) -> CustomerId {
    match party {
        Party::Customer(customer) if case.involved.iter().any(|other| other.customer == *customer) => {
            customer.clone()
        }
        _ => case.head.customer.clone(),
    }
}

fn case_of(record: Record) -> Option<Arc<Case>> {
    match record {
        Record::Case(case) => Some(case),
    }
}
