//! How the people of a case can be reached, with their addresses, and the copies of those that go along to
//! another case.

use super::Desk;
use crate::backend::TextQuery;
use crate::case::{Case, ContactRef};
use crate::error::Error;
use crate::feedback::{Contact, ContactKind};
use crate::id::{CaseId, CommandId, CustomerId, TextId};
use crate::text::{Text, TextKind};
use crate::words::Words;
use crate::workflow::carried_text;

/// A contact with its address, to be shown.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownContact {
    /// Which: what [`ChangeContact`](crate::workflow::ChangeContact) names to correct or remove it.
    pub known: ContactRef,
    /// The contact; `None` when its address was erased.
    pub contact: Option<Contact>,
}

/// Without the address.
impl std::fmt::Debug for KnownContact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownContact").field("known", &self.known).finish_non_exhaustive()
    }
}

impl Desk {
    /// Returns how a customer of a case can be reached, the preferred way first, with the addresses. Empty where
    /// no way is known, where there is no such case, and for anyone to whom its messages do not go.
    ///
    /// # Errors
    /// [`Error::Backend`].
    pub async fn contacts(&self, case: CaseId, customer: &CustomerId) -> Result<Vec<KnownContact>, Error> {
        let case = self.load(case).await?;
        let known = case.as_deref().and_then(|case| case.contacts(customer)).unwrap_or_default();
        self.known_contacts(known).await
    }

    /// Contacts with their addresses.
    pub(crate) async fn known_contacts(&self, contacts: &[ContactRef]) -> Result<Vec<KnownContact>, Error> {
        let mut words =
            self.read(contacts.iter().filter_map(|contact| contact.text).collect()).await?.into_iter();
        let read = |known: &ContactRef| {
            let text = known.text.and_then(|_| words.next()?);
            let contact = Contact::from_words(known.kind, text.map(|text| Words::from(text.body)).as_ref());
            KnownContact { known: *known, contact }
        };
        Ok(contacts.iter().map(read).collect())
    }

    /// The addresses of everyone to whom the messages of a case go, in the order of the people.
    pub(super) async fn addresses(&self, case: &Case) -> Result<Vec<Address>, Error> {
        let everybody = case.told().flat_map(|(customer, contacts)| {
            contacts.iter().filter_map(|contact| {
                Some(Address {
                    customer: customer.clone(),
                    kind: contact.kind,
                    text: contact.text?,
                    words: None,
                })
            })
        });
        let mut addresses: Vec<_> = everybody.collect();
        let texts = self.read(addresses.iter().map(|address| address.text).collect()).await?;
        for (address, text) in addresses.iter_mut().zip(texts) {
            address.words = text.map(|text| text.body);
        }
        Ok(addresses)
    }

    /// Copies of the addresses that a new case takes along from the one that it comes from.
    pub(super) async fn carried(
        &self,
        contacts: &[ContactRef],
        new: &Case,
        command: CommandId,
    ) -> Result<Vec<Text>, Error> {
        let places = (0..).map(|n| carried_text(command, n));
        let mut copies: Vec<_> = contacts.iter().filter_map(|contact| contact.text).zip(places).collect();
        copies.retain(|(_, ours)| new.head.contacts.iter().any(|contact| contact.text == Some(*ours)));
        let mut texts = self.copied(copies).await?;
        // Nobody takes along what is no address of theirs.
        texts.retain(|text| text.kind == TextKind::Contact && text.about == new.head.customer);
        Ok(texts)
    }

    /// Copies of texts under other ids, as far as they were not erased.
    pub(super) async fn copied(&self, copies: Vec<(TextId, TextId)>) -> Result<Vec<Text>, Error> {
        let (theirs, ours): (Vec<_>, Vec<_>) = copies.into_iter().unzip();
        let texts = self.read(theirs).await?;
        Ok(texts.into_iter().zip(ours).filter_map(|(text, id)| Some(Text { id, ..text? })).collect())
    }

    async fn read(&self, ids: Vec<TextId>) -> Result<Vec<Option<Text>>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        self.texts(TextQuery::new(self.tenant.clone(), ids)).await
    }
}

/// An address of somebody in a case.
pub(super) struct Address {
    customer: CustomerId,
    kind: ContactKind,
    pub(super) text: TextId,
    /// `None` when they were erased.
    pub(super) words: Option<String>,
}

impl Address {
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        (&self.customer, self.kind, &self.words) == (&other.customer, other.kind, &other.words)
    }

    /// The address as the n-th that a command takes along.
    pub(super) fn carried(self, command: CommandId, n: usize) -> Option<Text> {
        let id = carried_text(command, n);
        Some(Text { id, about: self.customer, kind: TextKind::Contact, body: self.words? })
    }
}
