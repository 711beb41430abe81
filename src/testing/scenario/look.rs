//! What there is to look at in a story.

use chrono::{DateTime, Utc};

use super::cases::{FIRST, Played};
use super::{Moment, Scenario, Step};
use crate::case::Case;
use crate::deadline::{DeadlineId, DeadlineKind};
use crate::id::{CaseId, MessageId, TenantId};
use crate::workflow::{Event, Fact, Notice, Rejection};

/// What there is to look at.
impl Scenario {
    /// What time it is in the story, UTC.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The case as it stands; `None` before it was opened.
    #[must_use]
    pub fn case(&self) -> Option<&Case> {
        self.played().case.as_deref()
    }

    pub(super) fn played(&self) -> &Played {
        #[expect(clippy::indexing_slicing, reason = "it is set to the place of a case, and none goes away")]
        &self.cases[self.present]
    }

    /// Whose case it is: the single tenant.
    #[must_use]
    pub fn tenant() -> TenantId {
        TenantId::single()
    }

    /// The id of the case with which a story begins, the same in every story.
    #[must_use]
    pub fn case_id() -> CaseId {
        Self::id_of_case(FIRST)
    }

    /// The id of a case by its name, unless it was split off.
    #[must_use]
    pub fn id_of_case(name: &str) -> CaseId {
        CaseId::derive(&Self::tenant(), &["a story", name])
    }

    /// The id of the n-th message of ours in the whole story, counted from 1.
    #[must_use]
    pub fn message(&self, n: usize) -> Option<MessageId> {
        let said = self.events().filter(|event| event.fact.said().is_some());
        said.filter_map(|event| event.command).nth(n.checked_sub(1)?).map(MessageId::from)
    }

    /// The id of the last message of the customer, the one that opened the case left out.
    #[must_use]
    pub fn last_message_of_customer(&self) -> Option<MessageId> {
        let wrote = |event: &&Event| matches!(event.fact, Fact::CustomerWrote { .. });
        let event = self.events().filter(wrote).last()?;
        event.command.map(MessageId::from)
    }

    /// The deadline that is meant by its kind: the first live one, or else the last one that was missed.
    #[must_use]
    pub fn id_of(&self, kind: DeadlineKind) -> Option<DeadlineId> {
        let deadlines = &self.case()?.deadlines;
        let live = deadlines.of_kind(kind).next().map(|deadline| deadline.id);
        let missed = deadlines.breaches().iter().rfind(|breach| breach.id.kind == kind);
        live.or(missed.map(|breach| breach.id))
    }

    /// The instant that is meant, UTC.
    ///
    /// # Errors
    /// Why that is none.
    pub fn instant_of(&self, moment: &Moment) -> Result<DateTime<Utc>, String> {
        moment.instant(&self.zone, self.now)
    }

    /// Every order so far, and what came of it.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Everything that happened, oldest first.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.steps.iter().flat_map(|step| &step.events)
    }

    /// Everything that somebody is told, oldest first.
    pub fn notices(&self) -> impl Iterator<Item = &Notice> {
        self.steps.iter().flat_map(|step| &step.notices)
    }

    /// Why the last order was refused; `None` if it was not.
    #[must_use]
    pub fn refusal(&self) -> Option<&Rejection> {
        self.steps.last().and_then(|step| step.refusal.as_ref())
    }
}
