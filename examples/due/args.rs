//! How `due` is asked.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use talkback::calendar::{WeekHours, read_holidays};
use talkback::policy::presets::Preset;
use talkback::policy::{Anchor, Milestones};
use talkback::{Channel, Code, FeedbackKind, Priority, Span, WorkingCalendar, Zone};

use super::time;

/// What was asked for.
#[derive(Debug)]
pub(crate) enum Asked {
    Help,
    Question(Box<Question>),
}

/// A question, checked as far as it can be without an answer.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) calendar: WorkingCalendar,
    pub(crate) ask: Ask,
    /// Answer in JSON.
    pub(crate) json: bool,
}

#[derive(Debug)]
pub(crate) enum Ask {
    /// The deadlines of a preset.
    Policy { preset: Preset, variant: Option<String>, milestones: Milestones, facts: CaseFacts },
    /// When an amount is used up.
    Add { from: DateTime<Utc>, amount: Span },
}

/// What the rules of a policy may look at.
#[derive(Debug)]
pub(crate) struct CaseFacts {
    pub(crate) kind: FeedbackKind,
    pub(crate) priority: Priority,
    pub(crate) channel: Channel,
    pub(crate) labels: Vec<Code>,
}

pub(crate) const HELP: &str = "\
due says when something is due, and counts the days in front of you.

  due --policy ID --received TIME [--zone ZONE] [--windows HOURS] [--holidays FILE.ics]...
      [--holiday DATE[=NAME]]... [--variant NAME] [--anchor EVENT=TIME]... [--json]
  due --add AMOUNT --received TIME [--zone ZONE] [--windows HOURS] [--holidays FILE.ics]...
      [--holiday DATE[=NAME]]... [--json]

  --policy    a preset, laid over the goals of a house, which are no duties of its rule and are
              marked as goals; the list is below
  --variant   the preset's variant for other circumstances
  --received  when the customer spoke, or from when to count: 2026-03-05T16:40Z,
              2026-03-05T16:40+01:00, or local to the zone without an offset
  --zone      UTC (the default), +05:30, Europe/London
  --windows   when people work, \"mon-fri 09:00-17:00\" unless told: \"mon-thu 8:00-12:00,
              13:00-17:00; fri 8:00-12:00\", or 24/7
  --holidays  an iCalendar file, of which the days of the year of --received, the year before and the
              four after it are read
  --holiday   a day without work, with its name or not: 2026-04-03, 2026-04-03=\"Good Friday\"
  --anchor    when something happened that a step runs from: acknowledged, handed-over (also
              sent-to-us), stage-requested, final-answer-sent (also resolved). A step whose event has
              not happened is provisional: it shows the latest that it can be
  --add       instead of a policy: 4h, 90m or 1h30m of working time, 3d working days, 8w weeks, or a
              span as policies write it, '{\"months\":1,\"roll\":\"next-working-day\"}'
  --kind, --priority, --channel, --label
              what the case is, for policies that ask: complaint, normal and web-form unless told
  --json      {\"deadlines\":[{\"kind\",\"step\",\"due\",\"last_day\",\"soft\",\"provisional\",\"explanation\":[...]}]}:
              due is an instant in UTC, the last in time; last_day the last permitted local date.
              The answer to --add has the kind \"working-time\"
  --help      this text

Presets are no legal advice.

";

/// The presets, one a line.
pub(crate) fn presets() -> String {
    let mut lines = vec!["PRESETS".to_owned()];
    for preset in Preset::ALL {
        let Ok(details) = preset.details() else { continue };
        lines.push(format!("  {:<15} {}", preset.id(), details.title));
        for (name, variant) in details.versions.iter().flat_map(|version| &version.variants) {
            lines.push(format!("    --variant {name}: {}", variant.title));
        }
    }
    lines.join("\n")
}

pub(crate) fn read(args: &[String]) -> Result<Asked, String> {
    let mut raw = Raw::default();
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        let (name, inline) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (arg.as_str(), None),
        };
        match name {
            "--help" | "-h" => return Ok(Asked::Help),
            "--json" if inline.is_none() => raw.json = true,
            _ => {
                let slot = raw.slot(name).ok_or_else(|| format!("{arg:?} is not understood"))?;
                let value = inline.or_else(|| rest.next().map(String::as_str));
                let value = value.ok_or_else(|| format!("{name} wants a value"))?;
                slot.put(value).map_err(|()| format!("{name} was given twice"))?;
            }
        }
    }
    raw.question().map(|question| Asked::Question(Box::new(question)))
}

/// The arguments as they were typed.
#[derive(Default)]
struct Raw {
    policy: Option<String>,
    variant: Option<String>,
    received: Option<String>,
    zone: Option<String>,
    windows: Option<String>,
    add: Option<String>,
    kind: Option<String>,
    priority: Option<String>,
    channel: Option<String>,
    files: Vec<String>,
    holidays: Vec<String>,
    anchors: Vec<String>,
    labels: Vec<String>,
    json: bool,
}

enum Slot<'a> {
    One(&'a mut Option<String>),
    Many(&'a mut Vec<String>),
}

impl Slot<'_> {
    fn put(self, value: &str) -> Result<(), ()> {
        match self {
            Self::One(Some(_)) => Err(()),
            Self::One(slot) => {
                *slot = Some(value.to_owned());
                Ok(())
            }
            Self::Many(list) => {
                list.push(value.to_owned());
                Ok(())
            }
        }
    }
}

impl Raw {
    fn slot(&mut self, name: &str) -> Option<Slot<'_>> {
        Some(match name {
            "--policy" => Slot::One(&mut self.policy),
            "--variant" => Slot::One(&mut self.variant),
            "--received" => Slot::One(&mut self.received),
            "--zone" => Slot::One(&mut self.zone),
            "--windows" => Slot::One(&mut self.windows),
            "--add" => Slot::One(&mut self.add),
            "--kind" => Slot::One(&mut self.kind),
            "--priority" => Slot::One(&mut self.priority),
            "--channel" => Slot::One(&mut self.channel),
            "--holidays" => Slot::Many(&mut self.files),
            "--holiday" => Slot::Many(&mut self.holidays),
            "--anchor" => Slot::Many(&mut self.anchors),
            "--label" => Slot::Many(&mut self.labels),
            _ => return None,
        })
    }

    fn question(self) -> Result<Question, String> {
        let zone = match &self.zone {
            Some(name) => Zone::new(name).map_err(|error| format!("--zone: {error}"))?,
            None => Zone::utc(),
        };
        let received =
            self.received.as_deref().ok_or("--received is missing: when did the customer speak?")?;
        let received = time::instant(received, &zone).map_err(|error| format!("--received: {error}"))?;
        let calendar = self.calendar(&zone, received)?;
        let ask = match (&self.policy, &self.add) {
            (Some(_), Some(_)) => return Err("--policy and --add are two questions: ask one".to_owned()),
            (None, None) => return Err("ask with --policy or with --add".to_owned()),
            (Some(id), None) => Ask::Policy {
                preset: Preset::by_id(id).ok_or_else(|| format!("there is no preset {id:?}"))?,
                variant: self.variant.clone(),
                milestones: self.milestones(received, &zone)?,
                facts: self.facts()?,
            },
            (None, Some(_)) if self.variant.is_some() || !self.anchors.is_empty() => {
                return Err("--variant and --anchor belong to --policy".to_owned());
            }
            (None, Some(amount)) => Ask::Add {
                from: received,
                amount: time::amount(amount).map_err(|error| format!("--add: {error}"))?,
            },
        };
        Ok(Question { calendar, ask, json: self.json })
    }

    fn calendar(&self, zone: &Zone, received: DateTime<Utc>) -> Result<WorkingCalendar, String> {
        let hours = self.windows.as_deref().unwrap_or("mon-fri 09:00-17:00");
        let hours: WeekHours = hours.parse().map_err(|error| format!("--windows: {error}"))?;
        let mut builder = WorkingCalendar::builder("due").in_zone(zone.clone()).week(hours);
        for holiday in &self.holidays {
            let (date, name) = time::holiday(holiday).map_err(|error| format!("--holiday: {error}"))?;
            builder = builder.holiday(date, &name);
        }
        for file in &self.files {
            let wrong = |why: String| format!("--holidays {file}: {why}");
            let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
            let years = received.year() - 1..=received.year() + 4;
            let holidays = read_holidays(&text, years).map_err(|error| wrong(error.to_string()))?;
            builder = builder.holidays(holidays);
        }
        builder.build().map_err(|error| format!("the calendar cannot be used: {error}"))
    }

    fn milestones(&self, received: DateTime<Utc>, zone: &Zone) -> Result<Milestones, String> {
        self.anchors.iter().try_fold(Milestones::received(received), |milestones, given| {
            let wrong = |why: String| format!("--anchor {given:?}: {why}");
            let (name, at) = given.split_once('=').ok_or_else(|| wrong("write EVENT=TIME".to_owned()))?;
            let anchor = match name.trim() {
                "acknowledged" => Anchor::Acknowledged,
                "handed-over" | "sent-to-us" | "sent-to-company" | "sent" => Anchor::HandedOver,
                "stage-requested" => Anchor::StageRequested,
                "final-answer-sent" | "final-answer" | "resolved" => Anchor::FinalAnswerSent,
                _ => {
                    return Err(wrong(
                        "the events are acknowledged, handed-over, stage-requested and final-answer-sent"
                            .to_owned(),
                    ));
                }
            };
            let at = time::instant(at, zone).map_err(wrong)?;
            if at < received {
                return Err(wrong("nothing happens before the customer spoke".to_owned()));
            }
            Ok(milestones.with(anchor, at))
        })
    }

    fn facts(&self) -> Result<CaseFacts, String> {
        let code = |error: talkback::IdError| error.to_string();
        Ok(CaseFacts {
            kind: FeedbackKind::from_code(self.kind.as_deref().unwrap_or("complaint")).map_err(code)?,
            priority: match self.priority.as_deref() {
                None | Some("normal") => Priority::Normal,
                Some("low") => Priority::Low,
                Some("high") => Priority::High,
                Some("urgent") => Priority::Urgent,
                Some(_) => return Err("--priority is low, normal, high or urgent".to_owned()),
            },
            channel: Channel::from_code(self.channel.as_deref().unwrap_or("web-form")).map_err(code)?,
            labels: self
                .labels
                .iter()
                .map(|label| Code::new(label.as_str()).map_err(code))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Local dates are the reader's: `Thu 30 Apr 2026`.
pub(crate) fn day(date: NaiveDate) -> String {
    date.format("%a %-d %b %Y").to_string()
}
