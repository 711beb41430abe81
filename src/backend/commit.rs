//! Writing: everything that has to appear together, in one value.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::{BackendError, Invalid};
use super::record::{Key, Record};
use crate::id::{CommandId, TenantId};
use crate::text::Text;
use crate::workflow::Event;
use crate::workflow::Notice;

/// The most records that one commit writes.
pub const MAX_RECORDS: usize = 4;

/// One to [`MAX_RECORDS`] records of one tenant, with everything that has to appear with them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Commit {
    /// Whose records.
    pub tenant: TenantId,
    /// The command that this carries out. Without one (the passing of time), the expected versions
    /// are the only guard against doing it twice.
    pub command: Option<CommandStamp>,
    /// What to write.
    pub writes: Vec<Write>,
    /// The caller's time. Wake-ups and notices are not affected by it.
    pub now: DateTime<Utc>,
}

impl Commit {
    /// A commit that carries out no command.
    #[must_use]
    pub fn new(tenant: TenantId, now: DateTime<Utc>, writes: Vec<Write>) -> Self {
        Self { tenant, command: None, writes, now }
    }

    /// Carries out that command.
    #[must_use]
    pub fn with_command(mut self, command: CommandStamp) -> Self {
        self.command = Some(command);
        self
    }

    /// Whether the commit makes sense, whatever is stored. A backend calls this first.
    ///
    /// # Errors
    /// [`Invalid`]: no record or too many, one twice or of another tenant; events that do not lead
    /// from the expected version to the record's one by one; texts that are not the command's, come
    /// twice or are too long; notices that do not belong to the write's events or do not rise.
    pub fn check(&self) -> Result<(), Invalid> {
        match self.writes.len() {
            0 => return Err(Invalid::NoRecord),
            records if records > MAX_RECORDS => {
                return Err(Invalid::TooManyRecords { records, max: MAX_RECORDS });
            }
            _ => {}
        }
        for (n, write) in self.writes.iter().enumerate() {
            let earlier = self.writes.iter().take(n);
            write.check_record(&self.tenant)?;
            if earlier.clone().any(|other| other.record.id() == write.record.id()) {
                return Err(Invalid::SameRecord { key: write.record.key() });
            }
            write.check_notices()?;
            for (m, text) in write.texts.iter().enumerate() {
                if self.command.as_ref().is_none_or(|command| command.id != text.id.command) {
                    return Err(Invalid::ForeignText { text: text.id });
                }
                let mut before =
                    earlier.clone().flat_map(|other| &other.texts).chain(write.texts.iter().take(m));
                if before.any(|other| other.id == text.id) {
                    return Err(Invalid::SameText { text: text.id });
                }
                text.check().map_err(|reason| Invalid::Text { text: text.id, reason })?;
            }
        }
        Ok(())
    }

    /// What this commit leaves behind: to be stored under its command, and to be answered.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        Outcome {
            fingerprint: self.command.as_ref().map(|command| command.fingerprint),
            written: self.writes.iter().map(Write::written).collect(),
        }
    }
}

/// A command's id, and a digest of its body by which a repeat is told from a misuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandStamp {
    /// Which command.
    pub id: CommandId,
    /// The digest of its body.
    pub fingerprint: u64,
}

/// One record as it is to be stored, with what led there.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Write {
    /// The record after its new events. Its wake-up replaces the stored one.
    pub record: Record,
    /// The version that it was decided on, 0 for a record that must not exist yet.
    pub expected: u64,
    /// What happened, at least one event, in order.
    pub events: Vec<Event>,
    /// The words that came along.
    pub texts: Vec<Text>,
    /// What is owed because of these events, by rising id.
    pub notices: Vec<Notice>,
}

impl Write {
    /// A record and the events that led to it, without words and without anything owed.
    #[must_use]
    pub fn new(record: impl Into<Record>, expected: u64, events: Vec<Event>) -> Self {
        Self { record: record.into(), expected, events, texts: Vec::new(), notices: Vec::new() }
    }

    /// Brings these words along.
    #[must_use]
    pub fn with_texts(mut self, texts: Vec<Text>) -> Self {
        self.texts = texts;
        self
    }

    /// Owes these notices.
    #[must_use]
    pub fn with_notices(mut self, notices: Vec<Notice>) -> Self {
        self.notices = notices;
        self
    }

    /// Which record and which of its versions this writes.
    #[must_use]
    pub fn written(&self) -> Written {
        Written {
            key: self.record.key(),
            first: self.expected.saturating_add(1),
            last: self.record.version(),
        }
    }

    /// Whether the write may go ahead on a record that is stored at that version.
    ///
    /// # Errors
    /// [`BackendError::Conflict`] if it expects another.
    pub fn check_stored(&self, actual: u64) -> Result<(), BackendError> {
        if actual != self.expected {
            return Err(BackendError::Conflict { key: self.record.key(), expected: self.expected, actual });
        }
        Ok(())
    }

    fn check_record(&self, tenant: &TenantId) -> Result<(), Invalid> {
        if self.record.tenant() != tenant {
            return Err(Invalid::ForeignRecord { key: self.record.key(), tenant: tenant.clone() });
        }
        if self.events.is_empty() {
            return Err(Invalid::NoEvent { key: self.record.key() });
        }
        let mut version = self.expected;
        let consecutive = self.events.iter().all(|event| {
            let follows = version.checked_add(1) == Some(event.version);
            version = event.version;
            follows
        });
        if !consecutive || version != self.record.version() {
            return Err(Invalid::Versions {
                key: self.record.key(),
                expected: self.expected,
                version: self.record.version(),
            });
        }
        Ok(())
    }

    fn check_notices(&self) -> Result<(), Invalid> {
        let mut last = None;
        for notice in &self.notices {
            let id = notice.id;
            let ours = self.record.id() == id.case.into()
                && id.version > self.expected
                && id.version <= self.record.version();
            if !ours || last.is_some_and(|last| last >= id) {
                return Err(Invalid::ForeignNotice { notice: id, record: self.record.id() });
            }
            last = Some(id);
        }
        Ok(())
    }
}

/// The answer to a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// What was written, now or when the command was first sent.
    pub outcome: Outcome,
    /// False if the command was known, and nothing was written this time.
    pub fresh: bool,
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The digest of the command's body. `None` once it was erased: then the id alone decides.
    /// `None` too in the answer to a commit that carried out no command.
    pub fingerprint: Option<u64>,
    /// What was written, in the order of the commit.
    pub written: Vec<Written>,
}

impl Outcome {
    /// Answers a command that was carried out before.
    ///
    /// # Errors
    /// [`BackendError::CommandReused`] if its body was another.
    pub fn repeat(self, command: CommandStamp) -> Result<Committed, BackendError> {
        if self.fingerprint.is_some_and(|fingerprint| fingerprint != command.fingerprint) {
            return Err(BackendError::CommandReused { command: command.id });
        }
        Ok(Committed { outcome: self, fresh: false })
    }
}

/// Versions of one record that a commit wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Which record.
    pub key: Key,
    /// The first version, inclusive.
    pub first: u64,
    /// The last version, inclusive.
    pub last: u64,
}
