//! By hand, in memory: cases that were decided, for lists and claims.
//!
//! What [`Shelf`] does: it keeps cases by their ids, and their wake-ups in order. What it does not: it knows
//! no tenants, no leases, no tries beyond a count, has no lock, and writes neither events nor words.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hint::black_box;
use std::ops::Bound;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use talkback::backend::Write;
use talkback::{Case, CaseId};

use super::store::{CLAIM, PAGE, Place, Store};

#[derive(Default)]
pub(crate) struct Shelf {
    cases: Vec<Slot>,
    by_id: HashMap<CaseId, u32>,
    /// By when they are due, for lists; by when they can be had, for claims.
    due: BTreeMap<Place, u32>,
    ready: BTreeSet<(DateTime<Utc>, u32)>,
}

struct Slot {
    case: Arc<Case>,
    id: CaseId,
    attempts: u32,
}

impl Store for Shelf {
    fn put(&mut self, writes: &[Write]) {
        for case in writes.iter().filter_map(|write| write.record.as_case()) {
            let slot = self.cases.len() as u32;
            if let Some(at) = case.wake_up() {
                self.due.insert((at, case.id), slot);
                self.ready.insert((at, slot));
            }
            self.by_id.insert(case.id, slot);
            self.cases.push(Slot { case: case.clone(), id: case.id, attempts: 0 });
        }
    }

    fn load(&mut self, id: CaseId) {
        black_box(self.by_id.get(&id).map(|slot| self.cases[*slot as usize].case.clone()));
    }

    fn list(&mut self, behind: Option<Place>) -> Option<Place> {
        let from = behind.map_or(Bound::Unbounded, Bound::Excluded);
        let mut page = Vec::with_capacity(PAGE);
        let mut last = None;
        for (place, slot) in self.due.range((from, Bound::Unbounded)).take(PAGE) {
            page.push(self.cases[*slot as usize].case.clone());
            last = Some(*place);
        }
        black_box(page);
        last
    }

    fn claim(&mut self, now: DateTime<Utc>, until: DateTime<Utc>) -> Vec<CaseId> {
        let mut taken = Vec::with_capacity(CLAIM);
        while taken.len() < CLAIM && self.ready.first().is_some_and(|(at, _)| *at <= now) {
            taken.extend(self.ready.pop_first().map(|(_, slot)| slot));
        }
        let take = |slot| {
            self.ready.insert((until, slot));
            let slot = &mut self.cases[slot as usize];
            slot.attempts += 1;
            slot.id
        };
        taken.into_iter().map(take).collect()
    }
}
