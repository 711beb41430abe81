//! Rules: which targets a policy has for which cases.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Target;
use crate::case::Case;
use crate::deadline::DeadlineKind;
use crate::feedback::{Channel, FeedbackKind, Priority, Rating, RatingRange};
use crate::id::{Code, Name, TenantId};

/// When a rule applies: every list that is not empty must hold the case's value (labels: one of them).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct When {
    /// Kinds of feedback.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<FeedbackKind>,
    /// Priorities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub priorities: Vec<Priority>,
    /// Channels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Labels: the case has at least one of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Code>,
    /// Tenants.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tenants: Vec<TenantId>,
    /// Ratings: the case's lies in at least one of these ranges. A case without a rating is in none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ratings: Vec<RatingRange>,
}

impl When {
    /// True when it asks for nothing.
    #[must_use]
    pub fn is_always(&self) -> bool {
        *self == Self::default()
    }

    /// True when it applies to such a case.
    #[must_use]
    pub fn applies(&self, facts: &Facts<'_>) -> bool {
        fn holds<T: PartialEq>(list: &[T], value: &T) -> bool {
            list.is_empty() || list.contains(value)
        }
        holds(&self.kinds, facts.kind)
            && holds(&self.priorities, &facts.priority)
            && holds(&self.channels, facts.channel)
            && holds(&self.tenants, facts.tenant)
            && (self.ratings.is_empty() || self.ratings.iter().any(|range| range.holds(facts.rating)))
            && (self.labels.is_empty() || facts.labels.iter().any(|label| self.labels.contains(label)))
    }
}

/// In words: `every case`; `complaint or question by email of priority high`.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_always() {
            return f.write_str("every case");
        }
        if self.kinds.is_empty() {
            f.write_str("feedback")?;
        }
        any_of(f, "", self.kinds.iter())?;
        any_of(f, " by ", self.channels.iter())?;
        any_of(f, " of priority ", self.priorities.iter().map(|priority| priority.as_str()))?;
        any_of(f, " with the label ", self.labels.iter())?;
        any_of(f, " rated ", self.ratings.iter())?;
        any_of(f, " of the tenant ", self.tenants.iter())
    }
}

fn any_of(
    f: &mut fmt::Formatter<'_>,
    lead: &str,
    list: impl Iterator<Item = impl fmt::Display>,
) -> fmt::Result {
    list.enumerate().try_for_each(|(n, item)| {
        f.write_str(if n == 0 { lead } else { " or " })?;
        item.fmt(f)
    })
}

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Whose case.
    pub tenant: &'a TenantId,
    /// What kind of feedback.
    pub kind: &'a FeedbackKind,
    /// How much it presses.
    pub priority: Priority,
    /// Where the customer spoke.
    pub channel: &'a Channel,
    /// Its labels.
    pub labels: &'a [Code],
    /// The newest number that the customer gave.
    pub rating: Option<Rating>,
}

impl<'a> Facts<'a> {
    /// What the rules may look at of a case, as it stands.
    #[must_use]
    pub fn of(case: &'a Case) -> Self {
        let head = &case.head;
        Self {
            tenant: &case.tenant,
            kind: &head.kind,
            priority: head.priority,
            channel: &head.channel,
            labels: &head.labels,
            rating: head.rating,
        }
    }
}

/// Targets for the cases that it applies to. For each kind of deadline the first rule that applies
/// and names the kind decides; `None` (in JSON `null`) says that there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// What explanations call it, such as the law that it stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// When it applies.
    #[serde(skip_serializing_if = "When::is_always")]
    pub when: When,
    /// The targets.
    #[serde(deserialize_with = "crate::once::map")]
    pub targets: BTreeMap<DeadlineKind, Option<Target>>,
}

impl Rule {
    /// A rule for every case.
    #[must_use]
    pub fn always() -> Self {
        Self::default()
    }

    /// A rule for some cases.
    #[must_use]
    pub fn when(when: When) -> Self {
        Self { when, ..Self::default() }
    }

    /// Gives it a name.
    #[must_use]
    pub fn named(mut self, name: Name) -> Self {
        self.name = Some(name);
        self
    }

    /// Adds a target.
    #[must_use]
    pub fn target(mut self, kind: DeadlineKind, target: Target) -> Self {
        self.targets.insert(kind, Some(target));
        self
    }

    /// Says that there is no such deadline.
    #[must_use]
    pub fn none(mut self, kind: DeadlineKind) -> Self {
        self.targets.insert(kind, None);
        self
    }
}
