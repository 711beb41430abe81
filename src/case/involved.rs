//! The customers of a case: the one who opened it, and those whose own case was merged into it.

use serde::{Deserialize, Serialize};

use super::Case;
use crate::feedback::ContactKind;
use crate::id::{CustomerId, TextId};

/// The most customers that are told what a case's customer is told.
pub const MAX_INVOLVED: usize = 49;

/// A customer who speaks in a case besides the one who opened it: their own was merged into it. They are
/// told what that one is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Involved {
    /// Who.
    pub customer: CustomerId,
    /// How they can be reached.
    pub contact: ContactKind,
    /// The text with the address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_text: Option<TextId>,
}

impl Case {
    /// True for a customer who is involved besides the one who opened it.
    pub(crate) fn is_involved(&self, customer: &CustomerId) -> bool {
        self.involved.iter().any(|involved| involved.customer == *customer)
    }

    /// How one of those to whom it speaks can be reached: the kind of address, and where it stands. `None`
    /// for anybody else.
    pub(crate) fn reach(&self, customer: &CustomerId) -> Option<(ContactKind, Option<TextId>)> {
        if *customer == self.head.customer {
            return Some((self.head.contact, self.head.contact_text));
        }
        let involved = self.involved.iter().find(|involved| involved.customer == *customer)?;
        Some((involved.contact, involved.contact_text))
    }

    /// The bit of a recipient of the case's messages: the case's customer, or somebody who is involved.
    pub(crate) fn recipient(&self, to: Option<&CustomerId>) -> Option<u64> {
        let Some(to) = to.filter(|to| **to != self.head.customer) else { return Some(1) };
        let place = self.involved.iter().position(|involved| involved.customer == *to)?;
        1_u64.checked_shl(u32::try_from(place).ok()?.saturating_add(1))
    }
}
