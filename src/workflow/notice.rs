//! Who is to be told of what happened.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::event::{Event, Fact};
use crate::case::{Case, Purpose};
use crate::conversation::{Delivery, Party};
use crate::deadline::{DeadlineChange, DeadlineId, DeadlineKind};
use crate::format::Format;
use crate::id::{CaseId, CustomerId, MessageId, Name, StaffId, TeamId, TextId};
use crate::notification::{Destination, NoticeKind};
use crate::policy::Terms;
use crate::resolution::Credited;

/// Which notice: the n-th that an event of a case calls for. It is the same whenever it is computed,
/// so that whoever receives it twice can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NoticeId {
    /// The case.
    pub case: CaseId,
    /// The version of the event.
    pub version: u64,
    /// Counted from 0.
    pub n: u16,
}

impl fmt::Display for NoticeId {
    /// The case's id, the version and the number, with hyphens between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.case, self.version, self.n)
    }
}

/// Something that somebody is to be told. It is stored in the same commit as the event that calls for
/// it, and delivered afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Notice {
    /// Which.
    pub id: NoticeId,
    /// Not before.
    pub at: DateTime<Utc>,
    /// Who.
    pub to: Recipient,
    /// What.
    pub kind: NoticeKind,
    /// The person whom its words are about: erasing them voids it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<CustomerId>,
    /// The words, where it has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextId>,
    /// What the message says, where it is one for a customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The deadline that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DeadlineId>,
    /// The way that it goes.
    #[serde(default, skip_serializing_if = "Destination::is_main")]
    pub destination: Destination,
    #[serde(default, skip_serializing)]
    pub(crate) format: Format,
}

impl Notice {
    /// The line in which it waits. Of the notices of one case in one line, the first goes out or is given up
    /// before the next is offered: each recipient has a line, and what is [urgent](Notice::is_urgent) has
    /// another, in which it overtakes. Each further [destination](Notice::destination) has lines of its own, so
    /// that one that fails holds up no other. The text is opaque, and the same for the same recipient.
    #[must_use]
    pub fn line(&self) -> String {
        let (sort, name) = match &self.to {
            Recipient::Customer(customer) => ("customer", customer.as_str()),
            Recipient::Staff(staff) => ("staff", staff.as_str()),
            Recipient::Team(team) => ("team", team.as_str()),
            Recipient::Role(role) => ("role", role.as_str()),
        };
        let urgent = if self.is_urgent() { "!" } else { "" };
        if self.destination.is_main() {
            format!("{urgent}{sort}:{name}")
        } else {
            format!("{urgent}{}/{sort}:{name}", self.destination)
        }
    }

    /// True if it waits in the same line as another notice of its case.
    #[must_use]
    pub fn is_in_line_with(&self, other: &Self) -> bool {
        self.to == other.to && self.is_urgent() == other.is_urgent() && self.destination == other.destination
    }

    /// The message that it brings to a customer, if it is one: its words are the message's.
    pub(crate) fn message(&self) -> Option<MessageId> {
        let words = self.text.filter(|_| self.kind == NoticeKind::Message)?;
        Some(words.command.into())
    }

    /// True for what does not wait for the recipient's day: a deadline was missed.
    #[must_use]
    pub const fn is_urgent(&self) -> bool {
        matches!(self.kind, NoticeKind::Escalation)
    }
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Recipient {
    /// The customer.
    Customer(CustomerId),
    /// An employee.
    Staff(StaffId),
    /// A team.
    Team(TeamId),
    /// Whoever has that role for the case, such as `owner` or `team-lead`.
    Role(Name),
}

/// The notices that an event of a case calls for, all of them for the main destination; `case` is the case after
/// it. Equal input gives equal notices. [`fan_out`] adds the copies for further destinations.
#[must_use]
pub fn owed(case: &Case, event: &Event) -> Vec<Notice> {
    let mut notices = Vec::new();
    let goes_at = event.fact.said().and_then(|said| said.goes_at);
    let mut tell = |to: Recipient, kind: NoticeKind, text: Option<TextId>, deadline: Option<DeadlineId>| {
        let n = u16::try_from(notices.len()).unwrap_or(u16::MAX);
        // Words are the customer's, or about them; the rest names nobody.
        let person = match &to {
            Recipient::Customer(customer) => Some(customer.clone()),
            _ => text.map(|_| case.head.customer.clone()),
        };
        let id = NoticeId { case: case.id, version: event.version, n };
        let purpose = (kind == NoticeKind::Message).then(|| purpose(event));
        let at = goes_at.filter(|_| purpose.is_some()).unwrap_or(event.recorded_at);
        let destination = Destination::main();
        notices.push(Notice {
            id,
            at,
            to,
            kind,
            person,
            text,
            purpose,
            deadline,
            destination,
            format: Format,
        });
    };
    let customer = || Recipient::Customer(case.head.customer.clone());
    let owner = || case.owner.clone().map_or_else(|| Recipient::Role(Name::known("owner")), Recipient::Staff);
    if let Some(said) = event.fact.said().filter(|said| !said.delivered) {
        for (to, _) in case.told().filter(|(person, _)| case.hears(person)) {
            tell(Recipient::Customer(to.clone()), NoticeKind::Message, Some(said.body), None);
        }
    }
    match &event.fact {
        // Asked once: not again when a "thanks!" had reopened the case for a moment.
        Fact::Closed { closed, needed_nothing: false, .. }
            if closed.is_unexplained()
                && !case.unreachable
                && !case.is_erased(&case.head.customer)
                && !case.head.contacts.is_empty() =>
        {
            tell(customer(), NoticeKind::AskWhy, None, None);
        }
        Fact::Credited { to, body } => {
            let to = match to {
                Credited::Staff(staff) => Recipient::Staff(staff.clone()),
                Credited::Team(team) => Recipient::Team(team.clone()),
            };
            let thank = event.changes.iter().find_map(|change| match change {
                DeadlineChange::Set(deadline) if deadline.id.kind == DeadlineKind::Thank => Some(deadline.id),
                _ => None,
            });
            tell(to, NoticeKind::Thanks, *body, thank);
        }
        Fact::Assigned { owner, team } => {
            let to = owner.clone().map(Recipient::Staff).or_else(|| team.clone().map(Recipient::Team));
            // Who takes a case on knows it.
            let told = |to: &Recipient| !matches!((to, &event.by), (Recipient::Staff(to), Party::Staff(by)) if to == by);
            if let Some(to) = to.filter(told) {
                tell(to, NoticeKind::Assigned, None, None);
            }
        }
        Fact::Escalated { deadline, warning, role, .. } => {
            let kind = if *warning { NoticeKind::Warning } else { NoticeKind::Escalation };
            tell(Recipient::Role(role.clone()), kind, None, Some(*deadline));
        }
        Fact::Lapsed { deadline } if deadline.kind == DeadlineKind::Review => {
            tell(owner(), NoticeKind::Review, None, Some(*deadline));
        }
        Fact::Delivery { result: Delivery::Failed, .. } => tell(owner(), NoticeKind::Undelivered, None, None),
        _ => {}
    }
    notices
}

/// Adds a copy of each notice for each further destination that the terms name for its kind. The copies are
/// numbered behind the notices, which are all those of one event.
#[must_use]
pub fn fan_out(mut notices: Vec<Notice>, terms: &Terms) -> Vec<Notice> {
    let copies = |notice: &Notice| {
        let notice = notice.clone();
        terms
            .further_destinations(notice.kind)
            .map(move |to| Notice { destination: to.clone(), ..notice.clone() })
    };
    let copies: Vec<Notice> = notices.iter().flat_map(copies).collect();
    for mut copy in copies {
        copy.id.n = u16::try_from(notices.len()).unwrap_or(u16::MAX);
        notices.push(copy);
    }
    notices
}

/// What a message of ours is, by the event that it came with.
pub(super) const fn purpose(event: &Event) -> Purpose {
    match event.fact {
        Fact::Acknowledged { .. } => Purpose::Acknowledgement,
        Fact::Resolved { .. } => Purpose::Resolution,
        Fact::FollowedUp { .. } => Purpose::FollowUp,
        _ => Purpose::Word,
    }
}
