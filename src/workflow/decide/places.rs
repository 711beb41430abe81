//! Where the people of a case stand in the one that it is merged into, and what moves there with them.

use crate::case::{Case, Ended, Involved, Outgoing};
use crate::conversation::Waiting;
use crate::id::{CaseId, CustomerId};

/// Where the people of one case stand in another.
pub(super) struct Places(Vec<u8>);

impl Places {
    /// The places of `source`'s people in `target`, once `newcomers` are involved there.
    pub(super) fn of(target: &Case, newcomers: &[Involved], source: &Case) -> Self {
        let place = |customer: &CustomerId| {
            let new = || {
                let place = newcomers.iter().position(|involved| involved.customer == *customer)?;
                u8::try_from(target.involved.len().saturating_add(place)).ok()?.checked_add(1)
            };
            target.place(customer).or_else(new).unwrap_or(0)
        };
        let everyone = source.involved.iter().map(|involved| &involved.customer);
        Self(std::iter::once(&source.head.customer).chain(everyone).map(place).collect())
    }

    pub(super) fn waiting(&self, waiting: &[Waiting]) -> Vec<Waiting> {
        let moved =
            |waiting: &Waiting| Some(Waiting { who: *self.0.get(usize::from(waiting.who))?, ..*waiting });
        waiting.iter().filter_map(moved).collect()
    }

    pub(super) fn set(&self, set: u64) -> u64 {
        let there = self.0.iter().enumerate().filter(|(here, _)| set & (1 << here) != 0);
        there.fold(0, |moved, (_, place)| moved | 1 << place)
    }

    pub(super) fn moved(&self, of: CaseId, outgoing: &Outgoing) -> Outgoing {
        Outgoing {
            of: outgoing.of.or(Some(of)),
            to: self.set(outgoing.to),
            overtaken: self.set(outgoing.overtaken),
            owed: self.set(outgoing.owed),
            unsent: self.set(outgoing.unsent),
            unarrived: self.set(outgoing.unarrived),
            lost: self.set(outgoing.lost),
            answered: self.waiting(&outgoing.answered),
            ended: outgoing
                .ended
                .iter()
                .map(|ended| Ended { owed: self.set(ended.owed), ..ended.clone() })
                .collect(),
            ..outgoing.clone()
        }
    }
}
