//! What `due` answers.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;
use talkback::policy::{Facts, Preview};
use talkback::{PolicyBook, TenantId, WorkingCalendar};

use super::args::{Ask, Question, day};

/// The answer, as it is written in JSON.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    deadlines: Vec<Due>,
    /// What stands above the text.
    #[serde(skip)]
    title: String,
}

#[derive(Debug, Serialize)]
struct Due {
    kind: String,
    step: Option<String>,
    #[serde(serialize_with = "utc")]
    due: DateTime<Utc>,
    last_day: NaiveDate,
    soft: bool,
    provisional: bool,
    explanation: Vec<String>,
}

fn utc<S: serde::Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

pub(crate) fn to(question: &Question) -> Result<Answer, String> {
    let calendar = &question.calendar;
    match &question.ask {
        Ask::Policy { preset, variant, milestones, facts } => {
            let policies =
                preset.policies(calendar.clone(), variant.as_deref()).map_err(|error| error.to_string())?;
            let id = policies.first().map(|policy| policy.id().clone()).ok_or("the preset is empty")?;
            let book = PolicyBook::new(id.clone(), policies).map_err(|error| error.to_string())?;
            let policy = book.opening(Some(&id), milestones.received).ok_or("the preset is empty")?;
            let tenant = TenantId::single();
            let facts = Facts {
                tenant: &tenant,
                kind: &facts.kind,
                priority: facts.priority,
                channel: &facts.channel,
                labels: &facts.labels,
                rating: None,
            };
            let previews = policy.preview(&facts, milestones).map_err(|error| error.to_string())?;
            let details = preset.details().map_err(|error| error.to_string())?;
            Ok(Answer {
                deadlines: previews.into_iter().map(Due::from).collect(),
                title: format!("{} ({}), no legal advice", details.title, details.source),
            })
        }
        Ask::Add { from, amount } => added(calendar, *from, amount).map_err(|error| error.to_string()),
    }
}

fn added(
    calendar: &WorkingCalendar,
    from: DateTime<Utc>,
    amount: &talkback::Span,
) -> Result<Answer, talkback::CalendarError> {
    let explained = amount.explain(calendar, from)?;
    let due = Due {
        kind: "working-time".to_owned(),
        step: None,
        due: explained.due(),
        last_day: amount.last_day(calendar, explained.due())?,
        soft: false,
        provisional: false,
        explanation: explained.sentences().collect(),
    };
    Ok(Answer {
        title: format!("{amount}, {} ({})", calendar.hours(), calendar.zone()),
        deadlines: vec![due],
    })
}

impl From<Preview> for Due {
    fn from(preview: Preview) -> Self {
        Self {
            kind: preview.kind.to_string(),
            step: preview.step.map(|step| step.to_string()),
            due: preview.due,
            last_day: preview.last_day,
            soft: preview.soft,
            provisional: preview.provisional,
            explanation: preview.explanation,
        }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> String {
        // Only maps with other keys than text and failing writers make this fail.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for due in &self.deadlines {
            let step = due.step.as_ref().map(|step| format!(" ({step})")).unwrap_or_default();
            let marks: String = [(due.soft, ", a goal"), (due.provisional, ", provisional")]
                .into_iter()
                .filter_map(|(holds, mark)| holds.then_some(mark))
                .collect();
            writeln!(f, "\n{}{step}: {}{marks}", due.kind, day(due.last_day))?;
            for sentence in &due.explanation {
                writeln!(f, "  {sentence}")?;
            }
        }
        Ok(())
    }
}
