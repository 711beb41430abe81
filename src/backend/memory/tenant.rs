//! All that one tenant has. No path leads from here to another tenant's.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::orders::Orders;
use super::slot::Slot;
use crate::backend::{
    BackendError, Commit, Committed, Erased, ErasureScope, EventItem, EventPage, EventQuery, EventScope, Key,
    Lane, Load, Loaded, Outcome, PendingNotice, Position, RecordId, Write, Written,
};
use crate::id::{CommandId, TenantId, TextId};
use crate::text::Text;
use crate::workflow::Event;
use crate::workflow::Notice;
use crate::workflow::NoticeId;

/// Positions of a store that cannot be restored are all of one epoch.
const EPOCH: u64 = 1;

#[derive(Default)]
pub(super) struct Tenant {
    pub(super) slots: Vec<Slot>,
    pub(super) by_id: HashMap<RecordId, u32>,
    commands: HashMap<CommandId, Done>,
    /// What the few commands that wrote several records wrote.
    several: HashMap<CommandId, Box<[Place]>>,
    /// Position n is the event of that slot and version at place n - 1.
    feed: Vec<(u32, u32)>,
    pub(super) orders: Orders,
    /// Every slot with a wake-up, by when it is ready.
    pub(super) ready_wakes: BTreeSet<(DateTime<Utc>, u32)>,
    pub(super) notices: BTreeMap<NoticeId, (Notice, PendingNotice)>,
    /// The first notice of each case and line, by when it is ready.
    pub(super) ready_notices: BTreeSet<(DateTime<Utc>, NoticeId)>,
    /// Of both, those that a claim or a try moved, by when they are ready: few.
    pub(super) moved_wakes: BTreeSet<(DateTime<Utc>, u32)>,
    pub(super) leased_notices: BTreeSet<(DateTime<Utc>, NoticeId)>,
    heads: [Option<DateTime<Utc>>; 2],
}

/// What became of a command, in as few bytes as it takes.
struct Done {
    fingerprint: u64,
    place: Place,
    /// False once the fingerprint was erased.
    known: bool,
}

/// Versions of a slot, both ends included.
#[derive(Clone, Copy)]
struct Place {
    slot: u32,
    first: u32,
    last: u32,
}

impl Tenant {
    pub(super) fn load(&self, load: &Load) -> Loaded {
        let slot = self.by_id.get(&load.key.id).and_then(|slot| self.slot(*slot));
        Loaded {
            record: slot.map(|slot| slot.record.clone()),
            outcome: load.command.and_then(|command| self.outcome(&load.key.tenant, command)),
        }
    }

    /// The commit is checked. Nothing is changed before the last thing that can fail.
    pub(super) fn commit(&mut self, commit: Commit) -> Result<Committed, BackendError> {
        if let Some(command) = commit.command
            && let Some(outcome) = self.outcome(&commit.tenant, command.id)
        {
            return outcome.repeat(command);
        }
        let outcome = commit.outcome();
        let mut places = Places::default();
        for write in &commit.writes {
            let place = self.place(write, places.new)?;
            places.add(place, write.expected == 0);
        }
        let events: usize = commit.writes.iter().map(|write| write.events.len()).sum();
        if u32::try_from(self.feed.len().saturating_add(events)).is_err() {
            return Err(BackendError::Full);
        }
        if let (Some(command), Some(place)) = (commit.command, places.list.first()) {
            let done = Done { fingerprint: command.fingerprint, place: *place, known: true };
            self.commands.insert(command.id, done);
            if places.list.len() > 1 {
                self.several.insert(command.id, places.list.as_slice().into());
            }
        }
        for (write, place) in commit.writes.into_iter().zip(places.list) {
            self.write(write, place);
        }
        Ok(Committed { outcome, fresh: true })
    }

    /// Where a write will go, if its expectation holds. `new` records of the same commit come before.
    fn place(&self, write: &Write, new: u32) -> Result<Place, BackendError> {
        let known = self.by_id.get(&write.record.id()).copied();
        let stored = known.and_then(|slot| self.slot(slot));
        let actual = stored.map_or(0, |slot| slot.record.version());
        write.check_stored(actual)?;
        let small = |n: u64| u32::try_from(n).map_err(|_| BackendError::Full);
        let next = u32::try_from(self.slots.len()).ok().and_then(|len| len.checked_add(new));
        Ok(Place {
            slot: known.or(next).ok_or(BackendError::Full)?,
            first: small(write.expected)?.saturating_add(1),
            last: small(write.record.version())?,
        })
    }

    fn write(&mut self, write: Write, place: Place) {
        let Write { record, events, texts, notices, .. } = write;
        let feed = self.feed.len() as u32;
        self.feed.extend((place.first..=place.last).map(|version| (place.slot, version)));
        let before = self.slots.get(place.slot as usize).map(|slot| &slot.record);
        self.orders.replace(place.slot, before, &record);
        if before.is_none() {
            self.by_id.insert(record.id(), place.slot);
            self.slots.push(Slot::new(record.clone()));
        }
        let Some(slot) = self.slots.get_mut(place.slot as usize) else { return };
        if let Some(at) = slot.wake.ready() {
            self.ready_wakes.remove(&(at, place.slot));
            self.moved_wakes.remove(&(at, place.slot));
        }
        slot.append(record, place.first, feed, events, texts);
        if let Some(at) = slot.wake.ready() {
            self.ready_wakes.insert((at, place.slot));
        }
        for notice in notices {
            self.owe(notice);
        }
    }

    fn outcome(&self, tenant: &TenantId, command: CommandId) -> Option<Outcome> {
        let done = self.commands.get(&command)?;
        let written = |place: &Place| {
            let slot = self.slot(place.slot)?;
            let key = Key { tenant: tenant.clone(), id: slot.id };
            Some(Written { key, first: place.first.into(), last: place.last.into() })
        };
        Some(Outcome {
            fingerprint: done.known.then_some(done.fingerprint),
            written: self.places(command, done).iter().filter_map(written).collect(),
        })
    }

    fn places<'a>(&'a self, command: CommandId, done: &'a Done) -> &'a [Place] {
        let alone = std::slice::from_ref(&done.place);
        if self.several.is_empty() {
            return alone;
        }
        self.several.get(&command).map_or(alone, |places| &**places)
    }

    pub(super) fn events(&self, query: &EventQuery) -> EventPage {
        let items = match &query.scope {
            EventScope::Record { id, after } => self.history(*id, *after, query),
            EventScope::Feed { after } => self.feed(*after, query),
        };
        EventPage { items }
    }

    fn history(&self, id: RecordId, after: u64, query: &EventQuery) -> Vec<EventItem> {
        let slot = self.by_id.get(&id).and_then(|slot| self.slot(*slot));
        let events = slot.map_or(&[][..], |slot| slot.events_behind(after));
        let item = |(at, event): &(u32, Event)| EventItem {
            position: position(*at),
            key: Key { tenant: query.tenant.clone(), id },
            event: Ok(event.clone()),
        };
        events.iter().take(query.limit).map(item).collect()
    }

    fn feed(&self, after: Option<Position>, query: &EventQuery) -> Vec<EventItem> {
        let start = match after {
            Some(after) if after.epoch() > EPOCH => self.feed.len(),
            Some(after) if after.epoch() == EPOCH => usize::try_from(after.number()).unwrap_or(usize::MAX),
            _ => 0,
        };
        let places = self.feed.get(start..).unwrap_or_default().iter().take(query.limit);
        let item = |(slot, version): &(u32, u32)| {
            let slot = self.slot(*slot)?;
            let (at, event) = slot.events_behind(u64::from(version.checked_sub(1)?)).first()?;
            let key = Key { tenant: query.tenant.clone(), id: slot.id };
            Some(EventItem { position: position(*at), key, event: Ok(event.clone()) })
        };
        places.filter_map(item).collect()
    }

    pub(super) fn text(&self, id: TextId) -> Option<Text> {
        let done = self.commands.get(&id.command)?;
        let text = |place: &Place| self.slot(place.slot)?.text(id, place.first);
        self.places(id.command, done).iter().find_map(text)
    }

    pub(super) fn erase(&mut self, scope: &ErasureScope) -> Erased {
        let mut erased = Erased::default();
        let mut commands = Touched::default();
        for (number, slot) in (0..).zip(&mut self.slots) {
            if scope.takes_fingerprints(&slot.record.index()) {
                commands.slots.insert(number);
            }
            let id = slot.id;
            for text in slot.texts_mut().filter(|text| scope.takes_text(&text.about, id)) {
                commands.writes.insert((number, text.first));
                erased.texts += u64::from(text.body.take().is_some());
            }
        }
        let several = &self.several;
        for (id, done) in &mut self.commands {
            let alone = std::slice::from_ref(&done.place);
            let places = several.get(id).map_or(alone, |places| &**places);
            if places.iter().any(|place| commands.contains(place)) {
                done.known = false;
                done.fingerprint = 0;
            }
        }
        erased.notices = self.void_notices(scope);
        erased
    }

    pub(super) fn slot(&self, number: u32) -> Option<&Slot> {
        self.slots.get(number as usize)
    }

    /// When the first item of a lane was ready when this was last asked, and when it is now.
    pub(super) fn move_head(&mut self, lane: Lane) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let [wakes, notices] = &mut self.heads;
        let (head, first) = match lane {
            Lane::Wakes => (wakes, self.ready_wakes.first().map(|(at, _)| *at)),
            Lane::Notices => (notices, self.ready_notices.first().map(|(at, _)| *at)),
        };
        (std::mem::replace(head, first), first)
    }
}

/// Where the writes of one commit go.
#[derive(Default)]
struct Places {
    list: Vec<Place>,
    new: u32,
}

impl Places {
    fn add(&mut self, place: Place, new: bool) {
        self.list.push(place);
        self.new += u32::from(new);
    }
}

/// What an erasure concerns: whole slots, and single writes by slot and first version.
#[derive(Default)]
struct Touched {
    slots: HashSet<u32>,
    writes: HashSet<(u32, u32)>,
}

impl Touched {
    fn contains(&self, place: &Place) -> bool {
        self.slots.contains(&place.slot) || self.writes.contains(&(place.slot, place.first))
    }
}

fn position(number: u32) -> Position {
    Position::new(EPOCH, u128::from(number))
}
