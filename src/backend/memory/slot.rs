//! What belongs to one record, packed: a case that waits for weeks should cost little more than its
//! words.

use crate::backend::{Found, Pending, Record, RecordId};
use crate::id::{CustomerId, TextId};
use crate::text::{Text, TextKind};
use crate::workflow::Event;

/// A record with all that hangs on it. Slots are numbered in the order of their coming, and never go.
pub(super) struct Slot {
    pub(super) record: Record,
    /// Beside the record as well as in it: a claim that names a hundred records should not have to
    /// fetch each of them.
    pub(super) id: RecordId,
    /// The event of version n at place n - 1, each with its position in the tenant's feed.
    events: Vec<(u32, Event)>,
    /// In the order of their coming, that is by the version from which their write began.
    texts: Vec<SlotText>,
    pub(super) wake: Pending,
}

/// A text without what is known from where it stands: its command is the one that wrote its version.
pub(super) struct SlotText {
    pub(super) about: CustomerId,
    /// `None` once it was erased.
    pub(super) body: Option<Box<str>>,
    pub(super) first: u32,
    pub(super) slot: u8,
    kind: TextKind,
}

impl Slot {
    /// A new record, with nothing in its history yet.
    pub(super) fn new(record: Record) -> Self {
        Self { id: record.id(), record, events: Vec::new(), texts: Vec::new(), wake: Pending::new(None) }
    }

    /// The next state of the record, with its events and texts from version `first` on. The events
    /// stand in the feed behind position `feed`.
    pub(super) fn append(
        &mut self,
        record: Record,
        first: u32,
        feed: u32,
        events: Vec<Event>,
        texts: Vec<Text>,
    ) {
        self.wake.replace(record.wake_up());
        self.record = record;
        room_for(&mut self.events, events.len());
        self.events.extend((feed.saturating_add(1)..).zip(events));
        self.add_texts(first, texts);
    }

    fn add_texts(&mut self, first: u32, texts: Vec<Text>) {
        room_for(&mut self.texts, texts.len());
        self.texts.extend(texts.into_iter().map(|text| SlotText {
            about: text.about,
            body: Some(text.body.into_boxed_str()),
            first,
            slot: text.id.slot,
            kind: text.kind,
        }));
    }

    /// The events of the versions behind that one, each with its position.
    pub(super) fn events_behind(&self, version: u64) -> &[(u32, Event)] {
        usize::try_from(version).ok().and_then(|at| self.events.get(at..)).unwrap_or_default()
    }

    /// The text of that id, brought by the write that began with version `first`.
    pub(super) fn text(&self, id: TextId, first: u32) -> Option<Text> {
        let start = self.texts.partition_point(|text| text.first < first);
        let brought = self.texts.get(start..)?.iter().take_while(|text| text.first == first);
        let text = brought.into_iter().find(|text| text.slot == id.slot)?;
        let body = String::from(text.body.as_deref()?);
        Some(Text { id, about: text.about.clone(), kind: text.kind, body })
    }

    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut SlotText> {
        self.texts.iter_mut()
    }

    pub(super) fn found(&self) -> Found {
        Found { record: self.record.clone(), quarantined: self.wake.quarantined() }
    }
}

/// Grows by a quarter, not by doubling: most cases get a handful of events and then stand still.
fn room_for<T>(list: &mut Vec<T>, more: usize) {
    if list.capacity() - list.len() < more {
        list.reserve_exact(more.max(list.len() / 4));
    }
}
