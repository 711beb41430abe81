//! The policies that an application has, by id and version.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{Policy, PolicyError, PolicyProblem};
use crate::id::Name;

/// The policies that an application has. A case keeps the policy and the version that it was opened
/// under; where the book no longer has that version, the newest of the same id takes its place for
/// deadlines that are set from then on, and where the id is gone, the default policy does: that a policy
/// was taken out never blocks a command. A policy that a command names has to be there.
#[derive(Debug, Clone)]
pub struct PolicyBook {
    default: Name,
    policies: Arc<[Arc<Policy>]>,
}

impl PolicyBook {
    /// A book with one policy.
    #[must_use]
    pub fn single(policy: Policy) -> Self {
        Self { default: policy.id().clone(), policies: Arc::new([Arc::new(policy)]) }
    }

    /// A book with several policies, or several versions of one. New cases are opened under `default`,
    /// in the newest version that was in effect when the customer spoke.
    ///
    /// # Errors
    /// When none has the id `default`, or two have the same id and version.
    pub fn new(default: Name, policies: impl IntoIterator<Item = Policy>) -> Result<Self, PolicyError> {
        let mut policies: Vec<_> = policies.into_iter().map(Arc::new).collect();
        policies.sort_by(|a, b| (a.id(), a.version()).cmp(&(b.id(), b.version())));
        let mut problems = Vec::new();
        if !policies.iter().any(|policy| *policy.id() == default) {
            problems.push(PolicyProblem::NoSuchPolicy { id: default.clone() });
        }
        for (a, b) in policies.iter().zip(policies.iter().skip(1)) {
            if (a.id(), a.version()) == (b.id(), b.version()) {
                problems.push(PolicyProblem::TwiceInBook { id: a.id().clone(), version: a.version() });
            }
        }
        PolicyError::unless_empty(problems)?;
        Ok(Self { default, policies: policies.into() })
    }

    /// Every policy, by id and version.
    #[must_use]
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// The policy for a case that begins: of the id asked for, or the default one, in the newest version
    /// in effect at `received_at`; where none was in effect yet, the oldest. `None` when there is no policy
    /// of the id asked for: a misspelt name is not another word for the default.
    #[must_use]
    pub fn opening(&self, id: Option<&Name>, received_at: DateTime<Utc>) -> Option<&Policy> {
        let versions = self.versions(id.unwrap_or(&self.default));
        let in_effect = versions.iter().rfind(|policy| policy.in_effect_at(received_at));
        in_effect.or(versions.first()).map(AsRef::as_ref)
    }

    /// True if there is a version of that policy.
    #[must_use]
    pub fn has(&self, id: &Name) -> bool {
        !self.versions(id).is_empty()
    }

    /// The policy of a case: this version, else the newest of the same id, else the newest default.
    #[must_use]
    pub fn of(&self, id: &Name, version: u32) -> Option<&Policy> {
        let versions = self.versions(id);
        let kept = versions.iter().find(|policy| policy.version() == version);
        kept.or(versions.last()).or(self.versions(&self.default).last()).map(AsRef::as_ref)
    }

    /// The versions of one policy, oldest first.
    fn versions(&self, id: &Name) -> &[Arc<Policy>] {
        let from = self.policies.partition_point(|policy| policy.id() < id);
        let to = self.policies.partition_point(|policy| policy.id() <= id);
        self.policies.get(from..to).unwrap_or_default()
    }
}
