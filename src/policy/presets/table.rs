//! The table of all presets, written from their data.

use std::fmt::Write as _;

use super::{Confidence, Details, Preset, Version};
use crate::deadline::DeadlineKind;
use crate::policy::{Anchor, PolicyError, Target, wording};

/// A table of all presets in Markdown, as it stands in the documentation of this module.
///
/// # Errors
/// As [`Preset::details`].
pub fn table() -> Result<String, PolicyError> {
    let mut text = String::from(
        "| id | rule | where | acknowledge | final answer | other steps | variants | in effect | checked |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for preset in Preset::ALL {
        let details = preset.details()?;
        for version in &details.versions {
            row(&mut text, &details, version);
        }
    }
    Ok(text)
}

fn row(text: &mut String, details: &Details, version: &Version) {
    let of = |kind| version.targets.get(&kind).and_then(Option::as_ref).map(target);
    let other = version.targets.iter().filter(|(kind, _)| !is_column(**kind));
    let other = other.filter_map(|(kind, to)| Some(format!("{kind}: {}", target(to.as_ref()?))));
    let variants = version.variants.iter().map(|(name, variant)| {
        let targets = variant.targets.iter();
        let targets = targets.filter_map(|(kind, to)| Some(format!("{kind} {}", target(to.as_ref()?))));
        format!("`{name}`: {}", targets.collect::<Vec<_>>().join(", "))
    });
    let over = details.over.as_ref().map(|over| format!(", over `{over}`")).unwrap_or_default();
    let checked = match (details.checked_on, details.confidence) {
        (Some(date), Some(Confidence::Primary)) => format!("{date}, primary"),
        (Some(date), Some(Confidence::Secondary)) => format!("{date}, secondary"),
        _ => "no rule".to_owned(),
    };
    let in_effect = version.effective_from.map(|date| format!("from {date}")).unwrap_or_default();
    let cells = [
        format!("`{}`", details.id),
        format!("{} ({}){over}", details.title, details.source),
        details.jurisdiction.clone().unwrap_or_default(),
        of(DeadlineKind::Acknowledge).unwrap_or_default(),
        of(DeadlineKind::Resolve).unwrap_or_default(),
        other.collect::<Vec<_>>().join("; "),
        variants.collect::<Vec<_>>().join("; "),
        in_effect,
        checked,
    ];
    // Writing to a string cannot fail.
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

const fn is_column(kind: DeadlineKind) -> bool {
    matches!(kind, DeadlineKind::Acknowledge | DeadlineKind::Resolve)
}

fn target(target: &Target) -> String {
    let mut text = target.within.to_string();
    if target.from != Anchor::Received {
        text += &format!(" from {}", wording::anchor(target.from, "receipt"));
    }
    if target.soft {
        text += " (goal)";
    }
    if target.pausable {
        text += " (pausable)";
    }
    if let Some(extension) = &target.extension {
        text += &format!("; may be extended {extension}");
    }
    if let Some(early) = &target.moot_if_resolved {
        text += &format!("; moot if resolved within {early}");
    }
    text
}
