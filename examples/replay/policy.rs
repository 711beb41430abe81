//! The policies that a play can run under.

use talkback::policy::PolicySpec;
use talkback::policy::presets::Preset;
use talkback::{Name, Policy, PolicyBook, Span, WorkingCalendar};

use super::Failure;
use super::format::Format;

/// A policy that was asked for by name.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    /// No deadline but the review of every open case.
    ReviewFloor,
    /// A preset, `house-standard` among them, or one of its variants.
    Preset(Preset, Option<String>),
}

/// The policy of that name; `variant` names one of a preset's.
pub(crate) fn named(name: &str, variant: Option<String>) -> Result<Asked, String> {
    if name == "review-floor" {
        return match variant {
            None => Ok(Asked::ReviewFloor),
            Some(variant) => Err(format!("review-floor has no variant {variant}")),
        };
    }
    let unknown = || {
        let ids: Vec<_> = Preset::ALL.into_iter().map(Preset::id).collect();
        format!("there is no policy {name}: review-floor, {}", ids.join(", "))
    };
    let preset = Preset::by_id(name).ok_or_else(unknown)?;
    let calendar = WorkingCalendar::office("office").build().map_err(|error| error.to_string())?;
    preset.policies(calendar, variant.as_deref()).map_err(|error| error.to_string())?;
    Ok(Asked::Preset(preset, variant))
}

/// Policies for each format, under the format's name: those that were asked for, or those whose deadlines
/// the format's columns can answer.
pub(crate) fn book(asked: Option<&Asked>) -> Result<PolicyBook, Failure> {
    let mut policies = Vec::new();
    for format in Format::ALL {
        let calendar = WorkingCalendar::office("office").zone(format.zone()).build()?;
        let under = match (asked, format) {
            (Some(Asked::Preset(preset, variant)), _) => preset.policies(calendar, variant.as_deref())?,
            (None, Format::Feedback) => vec![Policy::house_standard(calendar)?],
            (Some(Asked::ReviewFloor), _) | (None, Format::Cfpb | Format::Nyc311) => {
                vec![Policy::review_floor(calendar)?]
            }
        };
        for policy in under {
            let mut spec = policy.spec().clone();
            // What was promised is history, however far off it was.
            spec.terms.longest_promise = Span::weeks(520);
            policies.push(Policy::new(PolicySpec { id: Name::new(format.name())?, ..spec })?);
        }
    }
    Ok(PolicyBook::new(Name::new(Format::Feedback.name())?, policies)?)
}
