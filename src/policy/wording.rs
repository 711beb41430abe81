//! Times and targets in sentences, in a calendar's local time.

use chrono::{DateTime, NaiveTime, Timelike, Utc};

use super::{Anchor, Policy, Target};
use crate::calendar::{CalendarError, WorkingCalendar};

/// `Thu 5 Mar 2026 16:40`.
pub(super) fn at(calendar: &WorkingCalendar, at: DateTime<Utc>) -> String {
    let (date, time) = calendar.zone().to_local(at).unwrap_or((at.date_naive(), at.time()));
    let form = if time.second() == 0 && time.nanosecond() == 0 { "%H:%M" } else { "%H:%M:%S" };
    format!("{} {}", date.format("%a %-d %b %Y"), time.format(form))
}

/// `by the end of Thu 30 Apr 2026`, or `by Thu 9 Apr 2026 17:00`.
pub(super) fn by(calendar: &WorkingCalendar, due: DateTime<Utc>) -> String {
    let (date, time) = calendar.zone().to_local(due).unwrap_or((due.date_naive(), due.time()));
    match date.pred_opt() {
        Some(last) if time == NaiveTime::MIN => format!("by the end of {}", last.format("%a %-d %b %Y")),
        _ => format!("by {}", at(calendar, due)),
    }
}

/// `rule 1 of uk-fca-disp version 1, for every case`; with the rule's name, where that says more.
pub(super) fn rule(policy: &Policy, number: usize) -> String {
    let rule = policy.spec().rules.get(number);
    let name = rule.and_then(|rule| rule.name.as_ref()).filter(|name| *name != policy.id());
    let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
    let when = rule.map(|rule| format!(", for {}", rule.when)).unwrap_or_default();
    let number = number.saturating_add(1);
    format!("rule {number}{name} of {} version {}{when}", policy.id(), policy.version())
}

/// What a target runs from, in words.
pub(super) const fn anchor(anchor: Anchor, starts_with: &'static str) -> &'static str {
    match anchor {
        Anchor::Received => starts_with,
        Anchor::Acknowledged => "the acknowledgement",
        Anchor::HandedOver => "the hand-over",
        Anchor::StageRequested => "the request for this stage",
        Anchor::FinalAnswerSent => "the final answer",
    }
}

/// What else a target says, each in a sentence.
pub(super) fn conditions(
    target: &Target,
    calendar: &WorkingCalendar,
    started: DateTime<Utc>,
    anchor: DateTime<Utc>,
    due: DateTime<Utc>,
) -> Result<Vec<String>, CalendarError> {
    let mut sentences = Vec::new();
    if target.soft {
        sentences.push("It is a goal: missing it is reported apart, never as a breach of a duty".to_owned());
    }
    if target.pausable {
        sentences.push("It stands still while the case waits".to_owned());
    }
    if let Some(extension) = &target.extension {
        let until = extension.due(calendar, anchor, due)?;
        let until = until.map(|until| format!(", then due {}", by(calendar, until))).unwrap_or_default();
        sentences.push(format!("It may be extended before it is due, {extension}{until}"));
    }
    if let Some(early) = &target.moot_if_resolved {
        let until = by(calendar, early.due(calendar, started)?);
        sentences.push(format!("Nothing is owed if the case is resolved within {early}, {until}"));
    }
    Ok(sentences)
}
