//! The policies that a play can run under.

use talkback::policy::PolicySpec;
use talkback::{Name, Policy, PolicyBook, WorkingCalendar};

use super::Failure;
use super::format::Format;

const NAMES: [&str; 2] = ["house-standard", "review-floor"];

/// The name, if there is such a policy.
pub(crate) fn known(name: String) -> Result<String, String> {
    if NAMES.contains(&name.as_str()) {
        Ok(name)
    } else {
        Err(format!("there is no policy {name}: {}", NAMES.join(" or ")))
    }
}

/// A policy for each format, under the format's name: the one that was asked for, or the one whose
/// deadlines the format's columns can answer.
pub(crate) fn book(asked: Option<&str>) -> Result<PolicyBook, Failure> {
    let policies = Format::ALL.into_iter().map(|format| {
        let usual = match format {
            Format::Feedback => "house-standard",
            Format::Cfpb | Format::Nyc311 => "review-floor",
        };
        let spec = policy_named(asked.unwrap_or(usual), format)?.spec().clone();
        Ok(Policy::new(PolicySpec { id: Name::new(format.name())?, ..spec })?)
    });
    let policies = policies.collect::<Result<Vec<_>, Failure>>()?;
    Ok(PolicyBook::new(Name::new(Format::Feedback.name())?, policies)?)
}

fn policy_named(name: &str, format: Format) -> Result<Policy, Failure> {
    let calendar = WorkingCalendar::office("office").zone(format.zone()).build()?;
    Ok(match name {
        "house-standard" => Policy::house_standard(calendar)?,
        _ => Policy::review_floor(calendar)?,
    })
}
