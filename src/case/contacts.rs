//! How the people of a case can be reached.

use serde::{Deserialize, Serialize};

use super::Case;
use crate::feedback::ContactKind;
use crate::id::{CustomerId, TextId};

/// The most contacts that a case keeps of one person.
pub const MAX_CONTACTS: usize = 8;

/// One way to reach a person: its kind, and where its address stands. The address itself is a text, so that it
/// can be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ContactRef {
    /// What kind it is. Never [`ContactKind::Nowhere`].
    pub kind: ContactKind,
    /// The text with the address; `None` for a kind that has none, such as a chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextId>,
}

impl ContactRef {
    /// A way of this kind, with the text of its address. `None` for [`ContactKind::Nowhere`], which is no way.
    #[must_use]
    pub fn new(kind: ContactKind, text: Option<TextId>) -> Option<Self> {
        (kind != ContactKind::Nowhere).then_some(Self { kind, text })
    }
}

/// More ways to reach somebody who is in a case already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MoreContacts {
    /// Who.
    pub customer: CustomerId,
    /// How, the preferred one first.
    pub contacts: Vec<ContactRef>,
}

impl Case {
    /// Returns the ways to reach a customer who gets the messages of this case, the preferred one first: the
    /// case's own customer, or one whose case was merged into it. `None` for anyone else, and an empty list for
    /// a customer who left no way.
    #[must_use]
    pub fn contacts(&self, customer: &CustomerId) -> Option<&[ContactRef]> {
        if *customer == self.head.customer {
            return Some(&self.head.contacts);
        }
        let involved = self.involved.iter().find(|involved| involved.customer == *customer)?;
        Some(&involved.contacts)
    }

    pub(crate) fn contacts_mut(&mut self, customer: &CustomerId) -> Option<&mut Vec<ContactRef>> {
        if *customer == self.head.customer {
            return Some(&mut std::sync::Arc::make_mut(&mut self.head).contacts);
        }
        let involved = self.involved.iter_mut().find(|involved| involved.customer == *customer)?;
        Some(&mut involved.contacts)
    }
}

/// Adds contacts behind those that are there, each once, and no more than [`MAX_CONTACTS`]: the least preferred
/// of the new ones are left out.
pub(crate) fn add_contacts(known: &mut Vec<ContactRef>, more: impl IntoIterator<Item = ContactRef>) {
    for contact in more {
        if known.len() < MAX_CONTACTS && !known.contains(&contact) {
            known.push(contact);
        }
    }
}
