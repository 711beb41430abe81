//! From a row of some layout to feedback and the facts that followed it.

use chrono::{DateTime, Utc};
use talkback::workflow::{Command, Open};
use talkback::{CaseId, StaffId, TenantId};

mod cfpb;
pub(crate) mod feedback;
mod nyc311;
pub(crate) mod time;
mod words;

/// A layout of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Feedback,
    Cfpb,
    Nyc311,
}

/// What a row says.
pub(crate) struct Row {
    /// Its id at its source, if it has one.
    pub(crate) id: Option<String>,
    /// How the case begins. Its `received_at` is set.
    pub(crate) open: Open,
    /// When the customer spoke.
    pub(crate) received_at: DateTime<Utc>,
    /// What happened then, in the order of the story.
    pub(crate) facts: Vec<Fact>,
    /// What the source itself says: whether the answer was timely.
    pub(crate) timely: Option<bool>,
    /// Odd things that were accepted.
    pub(crate) warnings: Vec<&'static str>,
}

/// Something that happened to a case after it began.
pub(crate) struct Fact {
    pub(crate) when: When,
    /// Its name within the row, by which a repeat is recognised.
    pub(crate) name: &'static str,
    /// Who did it.
    pub(crate) by: By,
    /// What.
    pub(crate) deed: Deed,
}

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    At(DateTime<Utc>),
    /// The source does not say; it is played with the receipt.
    WithReceipt,
    /// The source does not say; it is played at the end.
    AtTheEnd,
}

impl When {
    /// The time that the source gives.
    pub(crate) const fn known(self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at) => Some(at),
            Self::WithReceipt | Self::AtTheEnd => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum By {
    Customer,
    Staff(StaffId),
    System,
}

pub(crate) enum Deed {
    Command(Box<Command>),
    /// Everybody who was credited so far is told.
    Thank,
}

impl Fact {
    pub(crate) fn new(when: When, name: &'static str, by: By, command: Command) -> Self {
        Self { when, name, by, deed: Deed::Command(Box::new(command)) }
    }

    pub(crate) fn at(at: DateTime<Utc>, name: &'static str, by: By, command: Command) -> Self {
        Self::new(When::At(at), name, by, command)
    }
}

impl Format {
    pub(crate) const ALL: [Self; 3] = [Self::Feedback, Self::Cfpb, Self::Nyc311];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Feedback => "feedback",
            Self::Cfpb => "cfpb",
            Self::Nyc311 => "nyc311",
        }
    }

    /// The zone that its people work in, and that its local times are of.
    pub(crate) const fn zone(self) -> &'static str {
        match self {
            Self::Feedback => "UTC",
            Self::Cfpb | Self::Nyc311 => "America/New_York",
        }
    }

    /// The format whose columns these are.
    pub(crate) fn of(header: &Header) -> Option<Self> {
        if header.has("received_at") {
            Some(Self::Feedback)
        } else if header.has("Unique Key") && header.has("Created Date") {
            Some(Self::Nyc311)
        } else if header.has("Product") && (header.has("Date received") || header.has(cfpb::NARRATIVE)) {
            Some(Self::Cfpb)
        } else {
            None
        }
    }

    /// What a row says, or why it cannot be used.
    pub(crate) fn read(self, fields: &Fields<'_>) -> Result<Row, String> {
        if fields.record.len() != fields.header.0.len() {
            let (has, wants) = (fields.record.len(), fields.header.0.len());
            return Err(format!("it has {has} fields where the header has {wants}"));
        }
        match self {
            Self::Feedback => feedback::read(fields),
            Self::Cfpb => cfpb::read(fields),
            Self::Nyc311 => nyc311::read(fields),
        }
    }

    /// The case of an id at the source.
    pub(crate) fn case(self, id: &str) -> CaseId {
        CaseId::derive(&TenantId::single(), &[self.name(), id])
    }

    /// The case of the `count`-th row with these fields. Columns count by their names, so that their
    /// order does not matter.
    pub(crate) fn case_of_fields(self, fields: &Fields<'_>, count: u32) -> CaseId {
        let mut named: Vec<_> = fields
            .header
            .0
            .iter()
            .map(String::as_str)
            .zip(fields.record)
            .filter(|(_, v)| !v.is_empty())
            .collect();
        named.sort_unstable();
        let count = count.to_string();
        let mut parts = vec![self.name(), "row", &count];
        parts.extend(named.iter().flat_map(|(name, value)| [*name, *value]));
        CaseId::derive(&TenantId::single(), &parts)
    }
}

/// The names of a file's columns.
pub(crate) struct Header(Vec<String>);

impl Header {
    pub(crate) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(|name| name.trim().to_owned()).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|column| column == name)
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.0
    }
}

/// The fields of a row by the names of their columns.
pub(crate) struct Fields<'a> {
    pub(crate) header: &'a Header,
    pub(crate) record: &'a csv::StringRecord,
}

impl<'a> Fields<'a> {
    /// A field without the white space around it; empty where there is no such column.
    fn get(&self, name: &str) -> &'a str {
        self.raw(name).trim()
    }

    /// A field as it stands in the file.
    fn raw(&self, name: &str) -> &'a str {
        let column = self.header.0.iter().position(|column| column == name);
        column.and_then(|column| self.record.get(column)).unwrap_or_default()
    }

    /// A field that says something.
    fn some(&self, name: &str) -> Option<&'a str> {
        Some(self.get(name)).filter(|text| !text.is_empty())
    }
}

/// The text of a record: bytes that are not UTF-8 are read as Windows-1252, which is what spreadsheets
/// mostly wrote before.
pub(crate) fn decoded(record: csv::ByteRecord) -> csv::StringRecord {
    csv::StringRecord::from_byte_record(record).unwrap_or_else(|error| {
        let record = error.into_byte_record();
        let position = record.position().cloned();
        let mut text: csv::StringRecord = record.iter().map(words::from_bytes).collect();
        text.set_position(position);
        text
    })
}
