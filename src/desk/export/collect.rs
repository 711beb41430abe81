//! Finding everything that is kept about one person.

use std::collections::{BTreeSet, VecDeque};

use super::history::Seen;
use super::{ExportedCase, PersonExport};
use crate::backend::{BackendError, CaseQuery, PageRequest};
use crate::desk::{Desk, case_of};
use crate::error::Error;
use crate::id::{CaseId, CustomerId};
use crate::workflow::{Event, Fact};

/// How many cases, and how many events, are read at a time.
const PAGE: usize = 250;

impl Desk {
    /// Everything that is kept about one person, to be given to them: see [`export`](crate::export) for what
    /// that is.
    ///
    /// It reads page by page, but what it returns is in memory as a whole. Found are the person's own cases, those
    /// of others into which theirs was merged or in which they wrote, and what was split off from any of these. The
    /// export has no cases if the person is in none of this tenant.
    ///
    /// # Errors
    /// [`Error::Backend`], also for a single case or event that cannot be read: an export leaves nothing out
    /// in silence.
    pub async fn export_person(&self, person: &CustomerId) -> Result<PersonExport, Error> {
        let exported_at = self.room.clock.now();
        let (mut cases, mut known, mut elsewhere) = (Vec::new(), BTreeSet::new(), VecDeque::new());
        let theirs = CaseQuery { customers: vec![person.clone()], ..self.query() };
        for query in [theirs, self.query().with_guest(person)] {
            let mut request = PageRequest::first(PAGE);
            loop {
                let page = self.find(query.clone(), request).await?;
                for item in page.items {
                    let Some(case) = case_of(item.map_err(BackendError::from)?.record) else { continue };
                    if known.insert(case.id) {
                        cases.push(self.exported(Seen { case: &case, person }, &mut elsewhere).await?);
                    }
                }
                match page.next {
                    Some(cursor) => request = PageRequest::after(PAGE, cursor),
                    None => break,
                }
            }
        }
        while let Some(id) = elsewhere.pop_front() {
            if !known.insert(id) {
                continue;
            }
            let Some(case) = self.load(id).await? else { continue };
            let seen = Seen { case: &case, person };
            let exported = self.exported(seen, &mut elsewhere).await?;
            if seen.concerns(&exported) {
                cases.push(exported);
            }
        }
        Ok(PersonExport { format: PersonExport::FORMAT, person: person.clone(), exported_at, cases })
    }

    /// One case. The others to which it leads are added to `elsewhere`.
    async fn exported(
        &self,
        seen: Seen<'_>,
        elsewhere: &mut VecDeque<CaseId>,
    ) -> Result<ExportedCase, Error> {
        elsewhere.extend(seen.merged_into());
        let mut exported = self.with_words(seen.person, |words| seen.head(words)).await?;
        let mut after = 0;
        loop {
            let events = self.events(seen.case.id, after, PAGE).await?;
            let part = self.with_words(seen.person, |words| seen.history(&events, words)).await?;
            exported.append(part);
            elsewhere.extend(events.iter().filter_map(split_into));
            match events.last() {
                Some(last) if events.len() == PAGE => after = last.version,
                _ => return Ok(exported),
            }
        }
    }
}

/// The case that a message of this one became.
fn split_into(event: &Event) -> Option<CaseId> {
    match event.fact {
        Fact::SplitOff { into, .. } => Some(into),
        _ => None,
    }
}
