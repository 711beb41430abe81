//! The ordered lists. Each is built when somebody first asks for it, and kept from then on: who never
//! lists by an order does not pay for it.

use std::collections::BTreeMap;
use std::ops::Bound;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::tenant::Tenant;
use crate::backend::{Direction, Find, Order, Page, Record, RecordId};
use crate::id::CaseId;

type Place = (DateTime<Utc>, RecordId);
type List = BTreeMap<Place, u32>;

/// The first of all ids.
const FIRST: RecordId = RecordId::Case(CaseId::from_uuid(Uuid::nil()));

#[derive(Default)]
pub(super) struct Orders {
    opened: Option<List>,
    updated: Option<List>,
    wake_up: Option<List>,
    due: Option<List>,
}

impl Orders {
    /// Moves a slot in every list that is kept.
    pub(super) fn replace(&mut self, slot: u32, before: Option<&Record>, now: &Record) {
        let kept = [&self.opened, &self.updated, &self.wake_up, &self.due];
        if kept.iter().all(|list| list.is_none()) {
            return;
        }
        let before = before.map(Record::index);
        let now = now.index();
        let lists = [
            (Order::Opened, &mut self.opened),
            (Order::Updated, &mut self.updated),
            (Order::WakeUp, &mut self.wake_up),
            (Order::Due, &mut self.due),
        ];
        for (order, list) in lists {
            let Some(list) = list else { continue };
            let old = before.as_ref().and_then(|index| order.of(index));
            let new = order.of(&now);
            if old != new {
                if let Some(at) = old {
                    list.remove(&(at, now.record));
                }
                if let Some(at) = new {
                    list.insert((at, now.record), slot);
                }
            }
        }
    }

    fn of(&mut self, order: Order) -> &mut Option<List> {
        match order {
            Order::Opened => &mut self.opened,
            Order::Updated => &mut self.updated,
            Order::WakeUp => &mut self.wake_up,
            Order::Due => &mut self.due,
        }
    }
}

impl Tenant {
    pub(super) fn find(&mut self, find: &Find, after: Option<Place>) -> Page {
        let Self { slots, orders, .. } = self;
        let query = &find.query;
        let list = orders.of(query.order).get_or_insert_with(|| {
            let places = (0..).zip(slots.iter()).filter_map(|(number, slot)| {
                let index = slot.record.index();
                Some(((query.order.of(&index)?, index.record), number))
            });
            places.collect()
        });
        let Some(range) = bounds(find, after) else {
            return Page { items: Vec::new(), next: None };
        };
        let mut page = Page { items: Vec::with_capacity(find.page.limit.min(list.len())), next: None };
        let all = query.is_only_a_span();
        let mut last = None;
        let mut walk = list.range(range);
        let mut step = || match query.direction {
            Direction::Ascending => walk.next(),
            Direction::Descending => walk.next_back(),
        };
        while let Some((place, number)) = step() {
            let Some(slot) = slots.get(*number as usize) else { continue };
            if all || query.matches(&slot.record.index(), slot.wake.quarantined()) {
                if page.items.len() == find.page.limit {
                    page.next = last.map(|(at, record)| query.cursor(at, record));
                    break;
                }
                page.items.push(Ok(slot.found()));
                last = Some(*place);
            }
        }
        page
    }
}

/// The part of the list that can match: what the filter says about the order's own time, and what the
/// cursor leaves. `None` if that is nothing.
fn bounds(find: &Find, after: Option<Place>) -> Option<(Bound<Place>, Bound<Place>)> {
    let query = &find.query;
    let (from, until) = match query.order {
        Order::Opened => (query.opened.from, query.opened.until),
        Order::Updated => (query.updated.from, query.updated.until),
        Order::WakeUp => (None, query.wake_up_before),
        Order::Due => (None, None),
    };
    let mut low = from.map_or(Bound::Unbounded, |from| Bound::Included((from, FIRST)));
    let mut high = until.map_or(Bound::Unbounded, |until| Bound::Excluded((until, FIRST)));
    if let Some(after) = after {
        match query.direction {
            Direction::Ascending if place(&low).is_none_or(|low| low <= after) => {
                low = Bound::Excluded(after);
            }
            Direction::Descending if place(&high).is_none_or(|high| after <= high) => {
                high = Bound::Excluded(after);
            }
            _ => {}
        }
    }
    // A map refuses a range that ends before it begins.
    match (place(&low), place(&high)) {
        (Some(low), Some(high)) if low >= high => None,
        _ => Some((low, high)),
    }
}

fn place(bound: &Bound<Place>) -> Option<Place> {
    match bound {
        Bound::Included(place) | Bound::Excluded(place) => Some(*place),
        Bound::Unbounded => None,
    }
}
