//! Presets: rules with time limits, as data, to lay over a policy of your own. Feature `presets`.
//!
//! **Presets are no legal advice.** They say what the makers of this library gathered of a rule; whether
//! the rule applies to you, and whether it has changed since, is for you and your lawyers to find out.
//! Each names the rule, and whether its own text was read (`primary`) or what others say of it
//! (`secondary`). The date at *checked* is the day on which the data were last compared with the makers'
//! own sheet of these facts. That sheet does not say when the rules themselves were read, so the date
//! does not either. Nor are dates on which a rule came into effect, or paragraphs, given where the sheet
//! has none.
//!
//! A [`Preset`] is an [`Overlay`]: what its rule does not speak of, such as how soon a person answers or
//! when the customer is asked whether it helped, comes from the policy below it, `house-standard` unless
//! you give another. That rule knows no such duty, so what comes from `house-standard` is a goal there:
//! missing it is reported, and never as a breach of the rule. What a policy of your own says stays as
//! strict as you wrote it; [`PolicySpec::as_goals`] makes goals of it. A preset applies to every case
//! that is opened under it, so give each rule the cases that it is about: `Open::under`, or a policy of
//! your own that takes its targets over.
//!
//! None of them holds a country's holidays: they are part of the calendar, which is yours. None lets a
//! deadline stand still, apart from the goals of a house.
//!
//! ```
//! use talkback::WorkingCalendar;
//! use talkback::policy::presets::Preset;
//!
//! let preset = Preset::by_id("us-reg-e").ok_or("no such preset")?;
//! let calendar = || WorkingCalendar::office("branch").build();
//! let policy = preset.policy(calendar()?, Some("credited"))?;
//! assert_eq!(policy.id().as_str(), "us-reg-e:credited");
//! assert!(preset.policy(calendar()?, Some("weekend")).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # All of them
//!
//! Limits run from the customer's word unless another event is named. Of a step that is not in the row
//! the policy below decides, as a goal. *Goal* is a target whose miss is no breach of a rule.
//!
#![doc = include_str!("table.md")]

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Overlay, Policy, PolicyError, PolicyProblem, PolicySpec, Rule, Target, TermsOverlay};
use crate::calendar::WorkingCalendar;
use crate::deadline::DeadlineKind;
use crate::id::Name;

mod table;

pub use table::table;

/// A rule, a practice or a house's goals, whose targets can be laid over a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Preset {
    id: &'static str,
    json: &'static str,
}

macro_rules! presets {
    ($($id:literal,)*) => {
        [$(Preset { id: $id, json: include_str!(concat!($id, ".json")) },)*]
    };
}

impl Preset {
    /// Every preset.
    pub const ALL: [Self; 25] = presets![
        "uk-fca-disp",
        "uk-fca-src",
        "uk-fca-psd",
        "uk-housing",
        "uk-lgsco",
        "uk-nhs",
        "uk-ofcom",
        "gb-ofgem",
        "us-reg-x",
        "us-reg-e",
        "us-reg-z",
        "us-cfpb",
        "us-dot-air",
        "eu-gdpr-12",
        "us-ca-ccpa",
        "ie-cpc",
        "au-rg271",
        "ca-bank",
        "in-ecom",
        "in-it",
        "in-trai",
        "in-rbi",
        "house-standard",
        "house-urgent",
        "nps-inner-loop",
    ];

    /// The preset of that id.
    #[must_use]
    pub fn by_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.id == id)
    }

    /// Its id, such as `uk-fca-disp`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.id
    }

    /// Its data as it is kept, in JSON.
    #[must_use]
    pub const fn json(self) -> &'static str {
        self.json
    }

    /// Everything that is known of it.
    ///
    /// # Errors
    /// [`PolicyProblem::Unreadable`]: never, unless the crate's own data are broken.
    pub fn details(self) -> Result<Details, PolicyError> {
        serde_json::from_str(self.json).map_err(|error| {
            let why = error.to_string().into_boxed_str();
            PolicyError { problems: vec![PolicyProblem::Unreadable { id: Name::known(self.id), why }] }
        })
    }

    /// Its versions, oldest first. More than one where the rule changed on a known date.
    ///
    /// # Errors
    /// As [`details`](Self::details).
    pub fn versions(self) -> Result<Vec<Version>, PolicyError> {
        Ok(self.details()?.versions)
    }

    /// Its newest version as a policy over `house-standard`, in this calendar; what a rule takes from
    /// there is a goal. `variant` names one of [`Version::variants`]; `None` and `default` are the rule
    /// without one.
    ///
    /// # Errors
    /// [`PolicyProblem::NoSuchVariant`]; what the calendar cannot yield.
    pub fn policy(self, calendar: WorkingCalendar, variant: Option<&str>) -> Result<Policy, PolicyError> {
        self.policy_over(&self.base(calendar)?, variant)
    }

    /// All its versions that have the variant, oldest first, each as [`policy`](Self::policy) has the
    /// newest: for a [`PolicyBook`](super::PolicyBook), which takes the one that was in effect when the
    /// customer spoke.
    ///
    /// # Errors
    /// As [`policy`](Self::policy).
    pub fn policies(
        self,
        calendar: WorkingCalendar,
        variant: Option<&str>,
    ) -> Result<Vec<Policy>, PolicyError> {
        self.policies_over(&self.base(calendar)?, variant)
    }

    /// `house-standard`, of which no rule knows anything.
    fn base(self, calendar: WorkingCalendar) -> Result<PolicySpec, PolicyError> {
        let house = PolicySpec::house_standard(calendar);
        Ok(if self.details()?.confidence.is_some() { house.as_goals() } else { house })
    }

    /// The newest version over another policy, in that one's calendar and as strict as that one is.
    ///
    /// # Errors
    /// As [`policy`](Self::policy).
    pub fn policy_over(self, base: &PolicySpec, variant: Option<&str>) -> Result<Policy, PolicyError> {
        let mut policies = self.policies_over(base, variant)?;
        policies.pop().ok_or_else(|| self.no_variant(variant))
    }

    /// All its versions that have the variant, oldest first, over another policy.
    ///
    /// # Errors
    /// As [`policy`](Self::policy).
    pub fn policies_over(self, base: &PolicySpec, variant: Option<&str>) -> Result<Vec<Policy>, PolicyError> {
        let details = self.details()?;
        let variant = variant.filter(|variant| *variant != DEFAULT);
        let base = match details.over.as_ref().and_then(|over| Self::by_id(over.as_str())) {
            Some(under) => under.policy_over(base, None)?.spec().clone(),
            None => base.clone(),
        };
        let overlays: Vec<_> =
            details.versions.iter().filter_map(|version| version.overlay(&details.id, variant)).collect();
        if overlays.is_empty() {
            return Err(self.no_variant(variant));
        }
        overlays.into_iter().map(|overlay| Policy::new(overlay.over(&base))).collect()
    }

    fn no_variant(self, variant: Option<&str>) -> PolicyError {
        let variant = variant.unwrap_or(DEFAULT).chars().take(64).collect::<String>().into_boxed_str();
        PolicyError { problems: vec![PolicyProblem::NoSuchVariant { id: Name::known(self.id), variant }] }
    }
}

/// The name of the rule without a variant.
const DEFAULT: &str = "default";

/// Everything that is known of a preset: the form of its JSON file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// Its id.
    pub id: Name,
    /// What it is about.
    pub title: String,
    /// Where it is law; `None` for what is not law anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jurisdiction: Option<String>,
    /// Where it is written.
    pub source: String,
    /// The day on which the data were last compared with the sheet of facts that they come from: not
    /// the day on which anyone last read the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_on: Option<NaiveDate>,
    /// What the facts were gathered from; `None` for what is no rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<Confidence>,
    /// The preset that it is laid over in its turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Name>,
    /// What the targets cannot say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Its versions, oldest first.
    pub versions: Vec<Version>,
}

/// What the facts of a preset were gathered from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The rule's own text.
    Primary,
    /// What others say of it, in agreement.
    Secondary,
}

/// One version of a preset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Its number, from 1.
    pub version: u32,
    /// The first local date on which it is in effect; `None`: not established, taken as always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<NaiveDate>,
    /// What it sets.
    #[serde(deserialize_with = "crate::once::map")]
    pub targets: BTreeMap<DeadlineKind, Option<Target>>,
    /// Terms that it sets.
    #[serde(default, skip_serializing_if = "is_default")]
    pub terms: TermsOverlay,
    /// Its variants by name: the same rule for other circumstances.
    #[serde(default, deserialize_with = "crate::once::map", skip_serializing_if = "BTreeMap::is_empty")]
    pub variants: BTreeMap<Name, Variant>,
}

/// The same rule for other circumstances. What it does not set is as without it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variant {
    /// Which circumstances.
    pub title: String,
    /// What it sets.
    #[serde(deserialize_with = "crate::once::map")]
    pub targets: BTreeMap<DeadlineKind, Option<Target>>,
}

impl Version {
    /// This version as an overlay; `None` when it has no such variant.
    fn overlay(&self, id: &Name, variant: Option<&str>) -> Option<Overlay> {
        let mut targets = self.targets.clone();
        let mut id = id.clone();
        if let Some(name) = variant {
            let (_, variant) = self.variants.iter().find(|(known, _)| known.as_str() == name)?;
            targets.extend(variant.targets.clone());
            id = Name::new(format!("{id}:{name}")).ok()?;
        }
        Some(Overlay {
            rules: vec![Rule { name: Some(id.clone()), targets, ..Rule::default() }],
            id,
            version: self.version,
            effective_from: self.effective_from,
            calendar: None,
            sending_hours: None,
            terms: self.terms.clone(),
        })
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
