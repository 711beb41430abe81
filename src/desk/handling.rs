//! The loop behind the desk: load, decide, commit, and begin again when somebody was quicker.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::contention::{self, MAX_TRIES};
use super::request::{Handled, Request};
use super::{Desk, case_of, continuation, fingerprint};
use crate::backend::{
    BackendError, CommandStamp, Commit, Key, Load, MAX_LIMIT, Outcome, RecordId, Write, Written,
};
use crate::case::Case;
use crate::error::Error;
use crate::id::{CaseId, CommandId, MessageId};
use crate::policy::PolicyBook;
use crate::text::Text;
use crate::trace;
use crate::workflow::{
    Actor, Command, Context, Continued, Decision, Event, Notice, Rule, evolve, fan_out, owed, step, texts,
};

impl Desk {
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
    pub(super) async fn told(
        &self,
        id: CaseId,
        held: Option<Arc<Case>>,
        request: Request,
    ) -> Result<Handled, Error> {
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
        let mut actor = request.by.clone();
        for tries in 0..MAX_TRIES {
            contention::before(tries, self.room.clock.as_ref()).await;
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
            if let Some(into) = continuation::reported_to(known.as_deref(), &request) {
                id = into;
                continue;
            }
            let now = self.room.clock.now();
            let context = self.context(id, now, request.occurred_at, &actor, command_id);
            let decided = match self.decided(known.as_deref(), &request, &context).await {
                Ok(decided) => decided,
                // Refused by what the caller holds: that may be out of date, or this was carried out before.
                Err(_) if as_held => continue,
                Err(Error::Rejected(rejection)) => {
                    match (continuation::merged_into(known.as_deref(), &request.command), known) {
                        (Some(into), Some(case)) if rejection.rule == Rule::MergedElsewhere => {
                            id = into;
                            // It is the word of this case's customer, also where it goes on.
                            if actor.acts_as().is_none() {
                                actor = actor.on_behalf_of(case.head.customer.clone());
                            }
                            continue;
                        }
                        _ => return Err(rejection.into()),
                    }
                }
                Err(error) => return Err(error),
            };
            let writes = decided.writes.into_iter().map(|write| notices_from(write, now)).collect();
            let commit = Commit::new(self.tenant.clone(), now, writes).with_command(stamp);
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
    ) -> Result<Decided, Error> {
        match (&request.command, known) {
            (Command::Merge(merge), Some(case)) => self.merged(case, merge, &request.command, context).await,
            (Command::Split(split), Some(case)) => {
                self.split_off(case, split, &request.command, context).await
            }
            (command, known) => match step(known, command, context) {
                Ok(decision) => {
                    let continues = match command {
                        Command::Open(open) => open.continues.as_ref(),
                        _ => None,
                    };
                    self.alone(known, decision, continues, command, context).await
                }
                Err(rejection) => {
                    let open = continuation::of(known, request, &rejection, context).ok_or(rejection)?;
                    let continues = open.continues.clone();
                    let context = Context { case: continuation::id(context.command), ..*context };
                    let decision = step(None, &Command::Open(Box::new(open)), &context)?;
                    self.alone(None, decision, continues.as_ref(), command, &context).await
                }
            },
        }
    }

    /// What a decision about one case stores: with the words of the command, and the addresses that it takes
    /// along from the case that it continues.
    async fn alone(
        &self,
        before: Option<&Case>,
        decision: Decision,
        continues: Option<&Continued>,
        command: &Command,
        context: &Context<'_>,
    ) -> Result<Decided, Error> {
        let (case, actor) = (&decision.case, context.actor);
        let speaker = actor.speaker().unwrap_or(&case.head.customer);
        let customer = actor.acts_as().unwrap_or(&case.head.customer);
        let mut texts = texts(command, context.command, speaker, customer);
        if let Some(old) = continues {
            texts.extend(self.carried(&old.contacts, case, context.command).await?);
        }
        let (case, write) = written(context.policies, before, decision, texts);
        let events = write.events.clone();
        Ok(Decided { writes: vec![write], handled: Handled::fresh(case, events) })
    }

    /// The event of a case that brought a message.
    pub(super) async fn said(&self, case: CaseId, message: MessageId) -> Result<Option<Event>, Error> {
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

    /// Does what time has brought to these cases, as many as fit into one commit, and stores it together. What
    /// came of each is answered in their order. If one cannot be ticked, none is.
    #[cfg_attr(
        feature = "tracing",
        tracing::instrument(
            name = "talkback.tick",
            level = "debug",
            skip_all,
            fields(tenant = %self.tenant, ?cases)
        )
    )]
    pub(crate) async fn tick_together(&self, cases: &[CaseId]) -> Result<Vec<Handled>, Error> {
        let nobody = CommandId::from_uuid(uuid::Uuid::nil());
        let actor = Actor::system();
        for tries in 0..MAX_TRIES {
            contention::before(tries, self.room.clock.as_ref()).await;
            let now = self.room.clock.now();
            let (mut handled, mut writes) = (Vec::with_capacity(cases.len()), Vec::new());
            for case in cases {
                let loaded = self.room.backend.load(Load::new(self.key(*case))).await?;
                let held = loaded.record.and_then(case_of);
                let context = self.context(*case, now, None, &actor, nobody);
                let decision = step(held.as_deref(), &Command::Tick, &context)?;
                if decision.events.is_empty() {
                    handled.push(Handled::nothing(decision.case));
                    continue;
                }
                let (case, write) = written(context.policies, held.as_deref(), decision, Vec::new());
                handled.push(Handled::fresh(case, write.events.clone()));
                writes.push(notices_from(write, now));
            }
            if writes.is_empty() {
                return Ok(handled);
            }
            match self.room.backend.commit(Commit::new(self.tenant.clone(), now, writes)).await {
                Ok(_) => return Ok(handled),
                // If the commit happened, the next try finds nothing to do.
                Err(BackendError::Conflict { .. } | BackendError::Unknown { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Contended { tries: MAX_TRIES })
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
pub(super) struct Decided {
    pub(super) writes: Vec<Write>,
    pub(super) handled: Handled,
}

/// Everything that a decision stores, in one value.
pub(super) fn written(
    policies: &PolicyBook,
    before: Option<&Case>,
    decision: Decision,
    texts: Vec<Text>,
) -> (Arc<Case>, Write) {
    let case = decision.case;
    let notices = notices(policies, before, &case, &decision.events);
    let expected = before.map_or(0, |case| case.version);
    let write = Write::new(case.clone(), expected, decision.events).with_texts(texts).with_notices(notices);
    (case, write)
}

/// What is to go out at once is due now, also where the case's last event was recorded under a clock that ran
/// ahead.
fn notices_from(mut write: Write, now: DateTime<Utc>) -> Write {
    let recorded = write.events.last().map(|event| event.recorded_at);
    for notice in write.notices.iter_mut().filter(|notice| Some(notice.at) == recorded) {
        notice.at = now;
    }
    write
}

/// The notices of a decision, each by the case as it was after its own event.
fn notices(policies: &PolicyBook, before: Option<&Case>, after: &Case, events: &[Event]) -> Vec<Notice> {
    let policy = policies.of(&after.head.policy, after.head.policy_version);
    let everywhere = |case: &Case, event: &Event| match policy {
        Some(policy) => fan_out(owed(case, event), policy.terms()),
        None => owed(case, event),
    };
    if let [event] = events {
        return everywhere(after, event);
    }
    let mut case = before.cloned();
    let mut notices = Vec::new();
    for event in events {
        case = evolve(case, event);
        notices.extend(case.iter().flat_map(|case| everywhere(case, event)));
    }
    notices
}
