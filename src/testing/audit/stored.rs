//! Everything that a tenant has, read and held against the journal.

use std::collections::{BTreeMap, BTreeSet};

use super::journal::{Journal, Told};
use crate::backend::{
    Backend, BackendError, CaseQuery, Direction, EventQuery, Find, Key, Load, MAX_LIMIT, Order, Outcome,
    PageRequest, Record, RecordId, TextQuery,
};
use crate::case::Case;
use crate::conversation::Party;
use crate::deadline::DeadlineKind;
use crate::id::{CommandId, TenantId, TextId};
use crate::testing::failure::{Failure, ensure, same};
use crate::workflow::{Event, Fact, evolve};

/// What was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Audited {
    /// Cases.
    pub records: usize,
    /// Events of theirs.
    pub events: usize,
    /// Commands that were carried out.
    pub commands: usize,
    /// Of those, the ones whose sender was never told.
    pub unheard: usize,
}

/// Reads the whole store of a tenant, and changes nothing.
///
/// # Errors
/// The first thing that is not as it has to be: a command that was acknowledged and is not stored, or
/// stored more than once, or in part; one that is stored and was refused, or never sent; versions with
/// a gap; time that steps back within a case; a case that is not what its events make of it; an open
/// case that nothing wakes, a closed one that something does; a breach that went away; a text that an event
/// refers to and that is not there; a list without one of the cases.
pub async fn stored(backend: &dyn Backend, tenant: &TenantId, journal: &Journal) -> Result<Audited, Failure> {
    let histories = histories(backend, tenant).await?;
    let mut wakes = BTreeSet::new();
    for (key, events) in &histories {
        let case = replay(key, events)?;
        let record = backend.load(Load::new(key.clone())).await?.record;
        same("the record that the events make", &record, &Some(Record::from(case.clone())))?;
        guarded(&case)?;
        let history = backend.events(EventQuery::history(key.clone(), 0, MAX_LIMIT)).await?.items;
        same("the length of a history", &history.len(), &events.len().min(MAX_LIMIT))?;
        if case.wake_up().is_some() {
            wakes.insert(key.id);
        }
    }
    let all = histories.keys().map(|key| key.id).collect();
    same("the records of a list", &listed(backend, tenant, Order::Opened).await?, &all)?;
    same("the records with a wake-up", &listed(backend, tenant, Order::WakeUp).await?, &wakes)?;
    if !journal.erased {
        texts(backend, tenant, &histories).await?;
    }
    let (commands, unheard) = commands(backend, tenant, journal, &histories).await?;
    let events = histories.values().map(Vec::len).sum();
    Ok(Audited { records: histories.len(), events, commands, unheard })
}

pub(super) type Histories = BTreeMap<Key, Vec<Event>>;

/// The feed, sorted by record. It has every event once.
pub(super) async fn histories(backend: &dyn Backend, tenant: &TenantId) -> Result<Histories, Failure> {
    let mut histories = Histories::new();
    let mut last = None;
    loop {
        let page = backend.events(EventQuery::feed(tenant.clone(), last, MAX_LIMIT)).await?.items;
        if page.is_empty() {
            return Ok(histories);
        }
        for item in page {
            ensure(last.is_none_or(|last| item.position > last), "positions rise")?;
            last = Some(item.position);
            let event = item.event.map_err(BackendError::from)?;
            let history = histories.entry(item.key).or_default();
            same("the version of an event", &event.version, &(history.len() as u64 + 1))?;
            history.push(event);
        }
    }
}

fn replay(key: &Key, events: &[Event]) -> Result<Case, Failure> {
    let mut case: Option<Case> = None;
    let (mut at, mut breached) = (None, 0);
    for event in events {
        ensure(at.is_none_or(|at| event.recorded_at >= at), "time does not step back within a case")?;
        at = Some(event.recorded_at);
        case = evolve(case, event);
        let now = case.as_ref().map_or(0, breaches);
        ensure(now >= breached, "what was breached stays so")?;
        breached = now;
    }
    case.ok_or_else(|| Failure::new(format!("the events of {key} do not begin at the beginning")))
}

fn breaches(case: &Case) -> u64 {
    DeadlineKind::ALL.iter().map(|kind| u64::from(case.deadlines.tally(*kind).breached)).sum()
}

/// Nobody is forgotten, and nobody is woken for nothing.
fn guarded(case: &Case) -> Result<(), Failure> {
    let live = !case.deadlines.live().is_empty();
    if case.stage.is_open() {
        ensure(live, "an open case has a live deadline")?;
        let next = case.deadlines.next_instant();
        let in_time = case.wake_up().is_some_and(|wake| next.is_none_or(|next| wake <= next));
        ensure(in_time, "an open case wakes somebody up before the next deadline")
    } else {
        ensure(!live, "a closed case has no live deadline")
    }
}

async fn listed(
    backend: &dyn Backend,
    tenant: &TenantId,
    order: Order,
) -> Result<BTreeSet<RecordId>, Failure> {
    let query = CaseQuery::new(tenant.clone()).ordered(order, Direction::Ascending);
    let (mut seen, mut cursor) = (BTreeSet::new(), None);
    loop {
        let page = match cursor {
            None => PageRequest::first(MAX_LIMIT),
            Some(cursor) => PageRequest::after(MAX_LIMIT, cursor),
        };
        let page = backend.find(Find::new(query.clone(), page)).await?;
        for item in page.items {
            let id = item.map_err(BackendError::from)?.record.id();
            ensure(seen.insert(id), "a list has each record once")?;
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(seen);
        }
    }
}

async fn texts(backend: &dyn Backend, tenant: &TenantId, histories: &Histories) -> Result<(), Failure> {
    let mut ids = BTreeSet::new();
    for event in histories.values().flatten() {
        let json = serde_json::to_value(event).map_err(BackendError::other)?;
        collect(&json, &mut ids);
    }
    let ids: Vec<_> = ids.into_iter().collect();
    for some in ids.chunks(MAX_LIMIT) {
        let read = backend.texts(TextQuery::new(tenant.clone(), some.to_vec())).await?;
        for (id, text) in some.iter().zip(read) {
            ensure(text.is_some_and(|text| text.id == *id), "a text that an event refers to is there")?;
        }
    }
    Ok(())
}

/// Whatever reads as the id of a text is one: nothing else in an event has that form.
fn collect(json: &serde_json::Value, ids: &mut BTreeSet<TextId>) {
    match json {
        serde_json::Value::String(text) => ids.extend(text.parse::<TextId>()),
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, ids)),
        serde_json::Value::Object(fields) => fields.values().for_each(|field| collect(field, ids)),
        _ => {}
    }
}

async fn commands(
    backend: &dyn Backend,
    tenant: &TenantId,
    journal: &Journal,
    histories: &Histories,
) -> Result<(usize, usize), Failure> {
    let mut events: BTreeMap<CommandId, BTreeSet<(&Key, u64)>> = BTreeMap::new();
    for (key, event) in histories.iter().flat_map(|(key, events)| events.iter().map(move |e| (key, e))) {
        if let Some(command) = event.command {
            let known = journal.commands.contains_key(&command) || is_of_a_relay(event);
            ensure(known, "what is stored was sent by somebody")?;
            events.entry(command).or_default().insert((key, event.version));
        }
    }
    let (mut carried_out, mut unheard) = (0, 0);
    let mut taken = BTreeSet::new();
    for (command, sent) in &journal.commands {
        let any = Key::new(tenant.clone(), crate::id::CaseId::from_uuid(uuid::Uuid::nil()));
        let outcome = backend.load(Load::new(any).with_command(*command)).await?.outcome;
        let of_it = events.remove(command).unwrap_or_default();
        let Some(outcome) = outcome else {
            ensure(sent.told != Some(Told::Done), "what was acknowledged is stored")?;
            ensure(of_it.is_empty(), "a command that is not known has no event")?;
            continue;
        };
        ensure(sent.told != Some(Told::Refused), "what was refused is not stored")?;
        ensure(!of_it.is_empty(), "a command that is known has an event")?;
        let wrote = versions(&outcome, histories)?;
        ensure(
            of_it.iter().all(|(key, version)| wrote.contains(&((*key).clone(), *version))),
            "its events are its own",
        )?;
        ensure(wrote.iter().all(|place| !taken.contains(place)), "no event is of two commands")?;
        taken.extend(wrote);
        carried_out += 1;
        unheard += usize::from(sent.told.is_none());
    }
    Ok((carried_out, unheard))
}

/// What a relay notes down is in no client's journal.
fn is_of_a_relay(event: &Event) -> bool {
    event.by == Party::System && matches!(event.fact, Fact::Delivery { .. } | Fact::Thanked { .. })
}

/// The events that an outcome says were written.
fn versions(outcome: &Outcome, histories: &Histories) -> Result<BTreeSet<(Key, u64)>, Failure> {
    let mut versions = BTreeSet::new();
    for written in &outcome.written {
        let stored = histories.get(&written.key).map_or(0, |events| events.len() as u64);
        ensure(written.first >= 1 && written.last <= stored, "what an outcome names is stored")?;
        versions.extend((written.first..=written.last).map(|version| (written.key.clone(), version)));
    }
    Ok(versions)
}
