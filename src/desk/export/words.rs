//! The words of an export, read for many references at once.

use std::collections::{BTreeMap, BTreeSet};

use super::ExportedWords;
use crate::backend::{BackendError, MAX_LIMIT, TextQuery};
use crate::desk::Desk;
use crate::id::{CustomerId, TextId};
use crate::text::Text;

/// The texts that a part of an export refers to.
pub(super) struct Known<'a> {
    person: &'a CustomerId,
    texts: BTreeMap<TextId, Option<Text>>,
}

impl Known<'_> {
    /// What the person may read of a text; `None` for what is about somebody else, or internal.
    pub(super) fn words(&self, id: TextId) -> Option<ExportedWords> {
        match self.texts.get(&id)? {
            None => Some(ExportedWords::Erased),
            Some(text) if text.about == *self.person && !text.kind.is_internal() => {
                Some(ExportedWords::Text(text.body.clone()))
            }
            Some(_) => None,
        }
    }
}

impl Desk {
    /// Makes something that shows words, in two rounds: the first only asks which, so that they can be read
    /// together.
    pub(super) async fn with_words<T>(
        &self,
        person: &CustomerId,
        make: impl Fn(&mut dyn FnMut(TextId) -> Option<ExportedWords>) -> T,
    ) -> Result<T, BackendError> {
        let mut wanted = BTreeSet::new();
        make(&mut |id| {
            wanted.insert(id);
            None
        });
        let mut known = Known { person, texts: BTreeMap::new() };
        let wanted: Vec<_> = wanted.into_iter().collect();
        for ids in wanted.chunks(MAX_LIMIT) {
            let query = TextQuery::new(self.tenant.clone(), ids.to_vec());
            let texts = self.room.backend.texts(query).await?;
            known.texts.extend(ids.iter().copied().zip(texts));
        }
        Ok(make(&mut |id| known.words(id)))
    }
}
