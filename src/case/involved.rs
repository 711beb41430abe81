//! The people of a case: the customer who opened it, those whose own case was merged into it, and those who only
//! wrote in it.

use serde::{Deserialize, Serialize};

use super::{Case, ContactRef};
use crate::id::{CaseId, CustomerId};

/// The most customers that are told what a case's customer is told, and the most people who wrote in it besides.
pub const MAX_INVOLVED: usize = 49;

/// A customer whose own case was merged into this one. From then on they are told what the case's customer is
/// told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Involved {
    /// Who.
    pub customer: CustomerId,
    /// How they can be reached, the preferred way first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactRef>,
    /// With whom they share what is said.
    pub seat: Seat,
}

/// Someone who wrote in a case without being its customer: for the customer, or as a third person in the
/// conversation. No messages go to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Participant {
    /// Who.
    pub customer: CustomerId,
    /// With whom they share what is said.
    pub seat: Seat,
}

/// Where a person sits in a case: with whom they share what is said, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Seat {
    /// The case by whose merge they came; `None`: they take part in this case's own conversation. People of one
    /// side see each other's words, people of different sides do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<CaseId>,
    /// The version of the event from which on they see what is said.
    pub since: u64,
}

impl Seat {
    /// The seat of the customer who opened the case.
    const OWN: Self = Self { side: None, since: 1 };
}

impl Case {
    /// True if the case concerns this customer: it is theirs, theirs was merged into it, or they wrote in it.
    ///
    /// A customer acts only on cases that concern them; every other command of theirs is refused. Use it as
    /// the ownership check of a page that shows a case.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use talkback::*;
    /// # pollster::block_on(async {
    /// # let policy = Policy::house_standard(WorkingCalendar::office("office").build()?)?;
    /// # let desk = Desk::single(Arc::new(MemoryBackend::new()), PolicyBook::single(policy));
    /// let (ann, eve) = (CustomerId::new("customer-17")?, CustomerId::new("customer-66")?);
    /// let feedback = Feedback::complaint(Channel::Chat, "It leaks.");
    /// let case = desk.open(Actor::customer(ann.clone()), feedback).await?.case;
    /// assert!(case.concerns(&ann) && !case.concerns(&eve));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn concerns(&self, customer: &CustomerId) -> bool {
        self.seat(customer).is_some()
    }

    /// Where this person sits; `None` for one whom the case does not concern.
    #[must_use]
    pub fn seat(&self, person: &CustomerId) -> Option<Seat> {
        if *person == self.head.customer {
            return Some(Seat::OWN);
        }
        let involved = self.involved.iter().find(|involved| involved.customer == *person);
        let took_part = || self.participants.iter().find(|participant| participant.customer == *person);
        involved.map(|involved| involved.seat).or_else(|| took_part().map(|participant| participant.seat))
    }

    /// Everyone to whom the case's messages go, with their contacts: its own customer first.
    pub(crate) fn told(&self) -> impl Iterator<Item = (&CustomerId, &[ContactRef])> {
        let own = (&self.head.customer, &*self.head.contacts);
        let others = self.involved.iter().map(|involved| (&involved.customer, &*involved.contacts));
        std::iter::once(own).chain(others)
    }

    /// Everyone whom the case concerns, each once.
    pub(crate) fn people(&self) -> impl Iterator<Item = &CustomerId> {
        self.told().map(|(customer, _)| customer).chain(self.participants.iter().map(|one| &one.customer))
    }

    /// True for a customer to whom the case's messages go: its own, and those who are involved.
    pub(crate) fn is_told(&self, customer: &CustomerId) -> bool {
        self.contacts(customer).is_some()
    }

    /// True for a customer to whom a message that is said now goes.
    pub(crate) fn hears(&self, customer: &CustomerId) -> bool {
        let place = self.place(customer).and_then(|place| 1_u64.checked_shl(place.into()));
        place.is_some_and(|place| self.everyone() & place != 0)
    }

    /// True once the words and addresses of one of them were erased.
    pub(crate) fn is_erased(&self, customer: &CustomerId) -> bool {
        let place = self.place(customer).and_then(|place| 1_u64.checked_shl(place.into()));
        place.is_some_and(|place| self.erased & place != 0)
    }

    /// The place of a customer of the case: 0 for the one who opened it, n for the n-th of those who are
    /// involved besides, from 1.
    pub(crate) fn place(&self, customer: &CustomerId) -> Option<u8> {
        if *customer == self.head.customer {
            return Some(0);
        }
        let place = self.involved.iter().position(|involved| involved.customer == *customer)?;
        u8::try_from(place).ok()?.checked_add(1)
    }
}
