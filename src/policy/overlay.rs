//! Overlays: a policy that says only what is different.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{FurtherDestination, Ladder, PolicySpec, ReopenResolve, Rule, Span, Terms, WorkingHours};
use crate::calendar::WorkingCalendar;
use crate::feedback::FeedbackKind;
use crate::id::Name;

/// A policy that says only what is different: everything that it does not name comes from the policy
/// that it is laid over.
///
/// ```
/// use talkback::policy::{Overlay, Policy, PolicySpec};
/// use talkback::{DeadlineKind, WorkingCalendar};
///
/// let base = PolicySpec::house_standard(WorkingCalendar::office("office").build()?);
/// let overlay: Overlay = serde_json::from_str(
///     r#"{
///         "id": "shop",
///         "version": 1,
///         "rules": [{"targets": {"resolve": {"within": {"weeks": 2}}}}],
///         "terms": {"follow_up_attempts": 1}
///     }"#,
/// )?;
/// let policy = Policy::new(overlay.over(&base))?;
/// assert!(policy.has(DeadlineKind::Acknowledge), "from the base");
/// assert_eq!(policy.terms().follow_up_attempts, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// The id of the policy that comes out.
    pub id: Name,
    /// Its version, from 1.
    pub version: u32,
    /// The first local date on which it is in effect; `None`: always. Never taken from the base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<NaiveDate>,
    /// When people work; `None`: as in the base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<WorkingCalendar>,
    /// When messages may go out to customers; `None`: as in the base.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sending_hours: Option<WorkingCalendar>,
    /// Rules that go before those of the base. For each kind of deadline the first rule that applies
    /// decides, so the base decides the kinds, and the cases, that these do not name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
    /// The terms that are different.
    #[serde(default, skip_serializing_if = "TermsOverlay::is_empty")]
    pub terms: TermsOverlay,
}

/// The terms that an [`Overlay`] changes; `None` is as in the base. Each is what the field of the same
/// name in [`Terms`] is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each is documented at the field of the same name in `Terms`")]
pub struct TermsOverlay {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grace_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skew_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dispatch_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_notice: Option<WorkingHours>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up_attempts: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopen_within: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopen_resolve: Option<ReopenResolve>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_wait: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_promise: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_every: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic_acknowledgement: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thanks_suffice: Option<Vec<FeedbackKind>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destinations: Option<Vec<FurtherDestination>>,
}

impl Overlay {
    /// The whole policy: this laid over `base`. A rule of the base that is also here is not repeated.
    #[must_use]
    pub fn over(self, base: &PolicySpec) -> PolicySpec {
        let mut rules = self.rules;
        for rule in &base.rules {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
        PolicySpec {
            id: self.id,
            version: self.version,
            effective_from: self.effective_from,
            calendar: self.calendar.unwrap_or_else(|| base.calendar.clone()),
            sending_hours: self.sending_hours.or_else(|| base.sending_hours.clone()),
            rules,
            terms: self.terms.over(&base.terms),
        }
    }
}

impl TermsOverlay {
    /// All terms: these laid over `base`.
    #[must_use]
    pub fn over(self, base: &Terms) -> Terms {
        let base = base.clone();
        Terms {
            grace_seconds: self.grace_seconds.unwrap_or(base.grace_seconds),
            skew_seconds: self.skew_seconds.unwrap_or(base.skew_seconds),
            dispatch_seconds: self.dispatch_seconds.unwrap_or(base.dispatch_seconds),
            minimum_notice: self.minimum_notice.unwrap_or(base.minimum_notice),
            follow_up_attempts: self.follow_up_attempts.unwrap_or(base.follow_up_attempts),
            reopen_within: self.reopen_within.unwrap_or(base.reopen_within),
            reopen_resolve: self.reopen_resolve.unwrap_or(base.reopen_resolve),
            longest_wait: self.longest_wait.unwrap_or(base.longest_wait),
            longest_promise: self.longest_promise.unwrap_or(base.longest_promise),
            review_every: self.review_every.unwrap_or(base.review_every),
            automatic_acknowledgement: self
                .automatic_acknowledgement
                .unwrap_or(base.automatic_acknowledgement),
            thanks_suffice: self.thanks_suffice.unwrap_or(base.thanks_suffice),
            ladder: self.ladder.unwrap_or(base.ladder),
            destinations: self.destinations.unwrap_or(base.destinations),
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
