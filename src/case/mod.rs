//! The case: everything that the workflow has to know of one piece of feedback, folded from its events.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::codes::codes;
use crate::conversation::{ConversationHead, Party};
use crate::deadline::{Deadline, DeadlineKind, DeadlineState, Deadlines};
use crate::feedback::{Channel, Consent, FeedbackKind, Priority, Rating, Reference};
use crate::format::{Format, is_zero};
use crate::id::{CaseId, Code, CustomerId, MessageId, Name, StaffId, TeamId, TenantId, TextId};
use crate::policy::Remaining;
use crate::resolution::{Exit, ExitReason, Resolved, Satisfaction};

mod contacts;
mod involved;
mod outgoing;
mod pause;

pub(crate) use contacts::add_contacts;
pub use contacts::{ContactRef, MAX_CONTACTS, MoreContacts};
pub use involved::{Involved, MAX_INVOLVED, Participant, Seat};
pub use outgoing::{Ended, MAX_SENT, MAX_UNSENT, Outgoing, Purpose, WasEnded};
pub(crate) use pause::joined;
pub use pause::{MAX_PAUSES, Pause};

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stage {
    /// We asked; the customer has not answered yet.
    Invited,
    /// The customer spoke; nobody has told them that they were heard.
    Received,
    /// They were told that they were heard.
    Acknowledged,
    /// Somebody works on it.
    InProgress,
    /// We wait, for the customer or for somebody else, until a date.
    Waiting,
    /// There is a typed resolution, and the customer was told.
    Resolved,
    /// The customer was asked whether it helped.
    FollowedUp,
    /// It is over, for a reason.
    Closed,
}

codes! {
    Stage {
        Invited = "invited",
        Received = "received",
        Acknowledged = "acknowledged",
        InProgress = "in-progress",
        Waiting = "waiting",
        Resolved = "resolved",
        FollowedUp = "followed-up",
        Closed = "closed",
    }
}

impl Stage {
    /// True until the case is closed.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Closed)
    }

    /// True from the customer's first word to the resolution.
    #[must_use]
    pub const fn is_unresolved(self) -> bool {
        matches!(self, Self::Received | Self::Acknowledged | Self::InProgress | Self::Waiting)
    }
}

/// Why a case is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CloseReason {
    /// The customer answered the follow-up.
    Confirmed,
    /// They were asked as often as the policy says, and did not answer.
    Unanswered,
    /// They were thanked, and more is not called for.
    ThanksSufficed,
    /// The customer takes the matter back.
    Withdrawn,
    /// The customer leaves.
    Left,
    /// It goes on in another case.
    MergedInto(CaseId),
    /// It was no feedback.
    Spam,
    /// Somebody else answers for it, and the customer was told who.
    Referred(Name),
    /// Nobody answered the invitation.
    InvitationLapsed,
    /// Somebody with the right to do so gave it up.
    Waived(Party),
}

impl CloseReason {
    /// The written form of the kind of reason.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Unanswered => "unanswered",
            Self::ThanksSufficed => "thanks-sufficed",
            Self::Withdrawn => "withdrawn",
            Self::Left => "left",
            Self::MergedInto(_) => "merged-into",
            Self::Spam => "spam",
            Self::Referred(_) => "referred",
            Self::InvitationLapsed => "invitation-lapsed",
            Self::Waived(_) => "waived",
        }
    }
}

/// The end of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Closed {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: CloseReason,
    /// What the customer says who left or took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<Exit>,
    /// The last instant, included, at which a message of the customer reopens it.
    pub reopen_until: DateTime<Utc>,
}

impl Closed {
    /// True when the customer left or took it back and has not said why.
    #[must_use]
    pub fn is_unexplained(&self) -> bool {
        self.exit.as_ref().is_some_and(|exit| exit.why == ExitReason::NotSaid)
    }
}

/// Whom a case waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WaitingFor {
    /// The customer, who was asked something.
    Customer,
    /// Somebody else.
    ThirdParty,
}

/// Why a cycle began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CycleCause {
    /// The customer spoke for the first time.
    Opened,
    /// They do not accept the resolution.
    Disputed,
    /// They wrote again after the case was closed.
    WroteAgain,
    /// An employee decided so.
    Decided,
}

/// What was left of the time to resolve when a case was resolved in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ResolveLeft {
    /// What its time ran from.
    pub anchor: DateTime<Utc>,
    /// When it was due.
    pub due: DateTime<Utc>,
    /// What was left, in the unit of the target.
    pub remaining: Remaining,
}

/// One round of a case, from the customer's word to the answer of the follow-up. A reopened case
/// begins another; what happened in the one before stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Cycle {
    /// Counted from 1.
    pub number: u16,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Why.
    pub cause: CycleCause,
    /// When the customer was told that they were heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// The message that told them so, while it may still be lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<MessageId>,
    /// When a person first answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responded_at: Option<DateTime<Utc>>,
    /// The message that answered, while it may still be lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub responded_by: Option<MessageId>,
    /// When the customer was given the resolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<DateTime<Utc>>,
    /// The resolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolution: Option<Box<Resolved>>,
    /// What was left of the time to resolve when it was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_left: Option<ResolveLeft>,
    /// How often the customer was asked whether it helped.
    #[serde(default)]
    pub follow_ups: u8,
    /// When they answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<DateTime<Utc>>,
    /// What they answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<Satisfaction>,
    /// When the case stood still, oldest first, at most [`MAX_PAUSES`]: one wait more is refused.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
    /// When it had stood still before this cycle, between a resolution and the reopening too: what a time
    /// to resolve that goes on from then does not count. At most [`MAX_PAUSES`]: of more, neighbours with the
    /// least between them are kept as one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_pauses: Vec<Pause>,
    /// The messages of ours that may still turn out not to have arrived, oldest first: at most
    /// [`MAX_UNSENT`] that wait to be sent, and [`MAX_SENT`] others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outgoing: Vec<Outgoing>,
    /// How many deadlines of each kind it has had, by the kind's place in [`DeadlineKind::ALL`].
    #[serde(default, with = "numbered", skip_serializing_if = "numbered::is_empty")]
    pub(crate) numbered: Numbered,
}

impl Cycle {
    /// How many deadlines of that kind it has had.
    #[must_use]
    pub fn had(&self, kind: DeadlineKind) -> u16 {
        self.numbered.get(kind as usize).copied().unwrap_or_default()
    }

    pub(crate) fn begin(number: u16, at: DateTime<Utc>, cause: CycleCause) -> Self {
        Self {
            number,
            started_at: at,
            cause,
            acknowledged_at: None,
            acknowledged_by: None,
            responded_at: None,
            responded_by: None,
            resolved_at: None,
            resolution: None,
            resolve_left: None,
            follow_ups: 0,
            answered_at: None,
            satisfaction: None,
            pauses: Vec::new(),
            earlier_pauses: Vec::new(),
            outgoing: Vec::new(),
            numbered: Numbered::default(),
        }
    }
}

type Numbered = [u16; DeadlineKind::ALL.len()];

/// Stored by name, such as `[["respond", 2]]`: an array as long as the list of kinds could not be read
/// any more once there is another kind.
mod numbered {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{DeadlineKind, Numbered};

    pub(super) fn serialize<S: Serializer>(numbered: &Numbered, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(DeadlineKind::ALL.into_iter().zip(numbered).filter(|(_, last)| **last > 0))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Numbered, D::Error> {
        let mut numbered = Numbered::default();
        for (kind, last) in Vec::<(DeadlineKind, u16)>::deserialize(deserializer)? {
            if let Some(place) = numbered.get_mut(kind as usize) {
                *place = last;
            }
        }
        Ok(numbered)
    }

    pub(super) fn is_empty(numbered: &Numbered) -> bool {
        *numbered == Numbered::default()
    }
}

/// What does not change while a case lives, or rarely: who spoke, where, about what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Head {
    /// What kind of feedback it is.
    pub kind: FeedbackKind,
    /// What kind it was taken for when it came in, where that was corrected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub came_as: Option<FeedbackKind>,
    /// Where the customer spoke.
    pub channel: Channel,
    /// How much it presses.
    pub priority: Priority,
    /// Who spoke.
    pub customer: CustomerId,
    /// How they can be reached, the preferred way first; at most [`MAX_CONTACTS`]. Empty where nobody knows a
    /// way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ContactRef>,
    /// The text of the subject line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<TextId>,
    /// The newest number that the customer gave: with the feedback, an answer to an invitation, a later
    /// message or a dispute of the resolution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// The point of the customer's journey that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub touchpoint: Option<Code>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Code>,
    /// What it is about, in the application's ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference>,
    /// What the customer agreed to.
    #[serde(default)]
    pub consent: Consent,
    /// A machine wrote it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub automatic: bool,
    /// The case that this one continues, because that was closed too long ago.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continues: Option<CaseId>,
    /// The case that this one was split from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split_from: Option<CaseId>,
    /// The policy that it was opened under.
    pub policy: Name,
    /// The version of that policy.
    pub policy_version: u32,
}

/// Everything that the workflow has to know of one piece of feedback.
///
/// It is the fold of the case's events and nothing else, and it stays small however long the
/// conversation grows: messages are events and texts, not part of it. It holds no words and no
/// addresses of anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Case {
    /// Whose data it is.
    pub tenant: TenantId,
    /// Its id.
    pub id: CaseId,
    /// How many events it has had.
    pub version: u64,
    /// Where it stands.
    pub stage: Stage,
    /// Who spoke, where, about what.
    pub head: Arc<Head>,
    /// When the customer spoke.
    pub received_at: DateTime<Utc>,
    /// When its last event was recorded.
    pub updated_at: DateTime<Utc>,
    /// The employee in charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<StaffId>,
    /// The team in charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<TeamId>,
    /// Who else is told what the customer is told: whoever's case was merged into this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub involved: Vec<Involved>,
    /// Who else wrote in it, at most [`MAX_INVOLVED`]. No messages go to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Participant>,
    /// Whose words and addresses were erased, a set of places as in [`Outgoing`]: they are told no more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub erased: u64,
    /// Who took their part of the matter back while it goes on for others, a set of places likewise: they are told
    /// no more, unless they speak again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stepped_out: u64,
    /// What was said, in numbers.
    pub conversation: ConversationHead,
    /// The present round.
    pub cycle: Cycle,
    /// What is owed, what was late, how the rest ended.
    pub deadlines: Deadlines,
    /// Whom it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for: Option<WaitingFor>,
    /// The customer cannot be reached, as an employee recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unreachable: bool,
    /// How it ended; while a case is open that was closed before, how it ended then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Box<Closed>>,
    /// How often it was reopened, messages that turned out to need no action left out.
    #[serde(default)]
    pub reopened: u16,
    #[serde(default, skip_serializing)]
    pub(crate) format: Format,
}

impl Case {
    /// When it has to be looked at next by itself. An open case always has one, a closed case never.
    #[must_use]
    pub fn wake_up(&self) -> Option<DateTime<Utc>> {
        if !self.stage.is_open() {
            return None;
        }
        let unsent = self.next_unsent().and_then(|outgoing| outgoing.fails_at);
        self.deadlines.next_instant().into_iter().chain(unsent).min()
    }

    /// True until it is closed.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.stage.is_open()
    }

    /// What kind of feedback it is.
    #[must_use]
    pub fn kind(&self) -> &FeedbackKind {
        &self.head.kind
    }

    /// The deadline that is due next among those that are running or missed, if any.
    #[must_use]
    pub fn due_next(&self) -> Option<&Deadline> {
        self.deadlines
            .live()
            .iter()
            .filter(|deadline| !matches!(deadline.state, DeadlineState::Paused { .. }))
            .min_by_key(|deadline| deadline.due)
            .map(AsRef::as_ref)
    }

    /// When the earliest of what we owe is or was due: of the deadlines that run, and of those that were missed
    /// and are still owed. What stands still has no due time.
    #[must_use]
    pub fn owed_by(&self) -> Option<DateTime<Utc>> {
        self.owed().map(|deadline| deadline.due).min()
    }

    /// What we owe and should have done before `now`, the longest overdue first; goals included.
    #[must_use]
    pub fn overdue(&self, now: DateTime<Utc>) -> Vec<&Deadline> {
        let mut overdue: Vec<_> = self.owed().filter(|deadline| deadline.due < now).collect();
        overdue.sort_by_key(|deadline| deadline.due);
        overdue
    }

    fn owed(&self) -> impl Iterator<Item = &Deadline> {
        let stands = |deadline: &Deadline| matches!(deadline.state, DeadlineState::Paused { .. });
        let live = self.deadlines.live().iter().map(AsRef::as_ref);
        live.filter(move |deadline: &&Deadline| deadline.id.kind.is_owed() && !stands(deadline))
    }

    /// True when something that we owe is still open: an answer, a promise, thanks, a resolution.
    pub(crate) fn owes(&self) -> bool {
        self.conversation.unanswered_since().is_some()
            || self.deadlines.live().iter().any(|deadline| {
                matches!(
                    deadline.id.kind,
                    DeadlineKind::Respond | DeadlineKind::Promise | DeadlineKind::Thank
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_stored_by_the_name_of_the_kind() {
        let mut cycle = Cycle::begin(1, DateTime::UNIX_EPOCH, CycleCause::Opened);
        cycle.numbered[DeadlineKind::Respond as usize] = 2;
        let stored = serde_json::to_value(&cycle).unwrap();
        assert_eq!(stored["numbered"], serde_json::json!([["respond", 2]]));
        assert_eq!(serde_json::from_value::<Cycle>(stored).unwrap(), cycle);
        cycle.numbered = Numbered::default();
        let stored = serde_json::to_value(&cycle).unwrap();
        assert!(stored.get("numbered").is_none());
        assert_eq!(serde_json::from_value::<Cycle>(stored).unwrap(), cycle);
    }

    #[test]
    fn every_kind_stands_at_its_place() {
        for (place, kind) in DeadlineKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
        }
    }
}
