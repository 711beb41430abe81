//! Writing everything or nothing.

use chrono::{DateTime, Utc};
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::Store;
use super::at::At;
use super::call::{Param, column, only};
use super::ids::{columns, version, written_as_text, written_from_text};
use crate::backend::stored;
use crate::backend::{BackendError, Commit, Committed, Lane, Outcome, Write};
use crate::text::TextKind;

pub(super) const TYPES: &[Type] = &[
    // The tenant, the patience, the command, its fingerprint, what it wrote.
    Type::TEXT,
    Type::TEXT,
    Type::UUID,
    Type::INT8,
    Type::TEXT,
    // One element for each record.
    Type::INT2_ARRAY,
    Type::UUID_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    // One for each event.
    Type::INT4_ARRAY,
    Type::INT8_ARRAY,
    Type::TEXT_ARRAY,
    // One for each text.
    Type::INT4_ARRAY,
    Type::INT2_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::BYTEA_ARRAY,
    // One for each notice.
    Type::INT4_ARRAY,
    Type::INT8_ARRAY,
    Type::INT4_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TIMESTAMPTZ_ARRAY,
    Type::TEXT_ARRAY,
];

impl Store {
    pub(super) async fn commit(&self, commit: Commit) -> Result<Committed, BackendError> {
        commit.check()?;
        let outcome = commit.outcome();
        let tenant = commit.tenant.as_str();
        let command = commit.command.map(|stamp| stamp.id);
        let (uuid, fingerprint) = (
            command.map(crate::id::CommandId::uuid),
            commit.command.map(|stamp| stamp.fingerprint.cast_signed()),
        );
        let written = written_as_text(&outcome.written);
        let columns = Columns::of(&commit.writes)?;
        let mut params: Vec<Param<'_>> = vec![&tenant, &self.patience, &uuid, &fingerprint, &written];
        columns.push_to(&mut params);
        let answer = self.call(&self.statements.commit, &params).await;
        drop(params);
        let rows = match answer {
            Ok(rows) => rows,
            Err(failed) if failed.lost_a_race() => {
                // Nothing was written. If it was on the way of a record that moved, that is a conflict.
                self.check_versions(&commit).await?;
                return Err(failed.into());
            }
            Err(failed) => return Err(failed.committing(command)),
        };
        // Written it may be; an answer that cannot be read says nothing else.
        let unknown = |_| BackendError::Unknown { command };
        let row = only(rows).map_err(unknown)?;
        match column::<i32>(&row, 0).map_err(unknown)? {
            0 => {
                columns.work.iter().for_each(|(lane, at)| self.marks.lower(*lane, &commit.tenant, *at));
                Ok(Committed { outcome, fresh: true })
            }
            1 => {
                let text: String = column(&row, 4)?;
                let first = Outcome {
                    fingerprint: column::<Option<i64>>(&row, 3)?.map(i64::cast_unsigned),
                    written: written_from_text(&commit.tenant, &text)?,
                };
                match commit.command {
                    Some(stamp) => first.repeat(stamp),
                    None => Err(BackendError::other("a known command that was not sent")),
                }
            }
            _ => {
                let place = usize::try_from(column::<i32>(&row, 1)?).unwrap_or(0).saturating_sub(1);
                let actual = u64::try_from(column::<i64>(&row, 2)?).unwrap_or(0);
                let write = commit.writes.get(place);
                let write = write.ok_or_else(|| BackendError::other("a conflict in no record"))?;
                write.check_stored(actual)?;
                Err(BackendError::unavailable("a record changed twice meanwhile"))
            }
        }
    }
}

impl Store {
    /// Whether the records are still at the versions that the commit was decided on.
    async fn check_versions(&self, commit: &Commit) -> Result<(), BackendError> {
        for write in &commit.writes {
            let key = write.record.key();
            let (kind, id) = columns(key.id);
            let nobody: Option<Uuid> = None;
            let row =
                only(self.call(&self.statements.load, &[&key.tenant.as_str(), &kind, &id, &nobody]).await?)?;
            let stored = column::<Option<i64>>(&row, 0)?.map_or(0, i64::cast_unsigned);
            write.check_stored(stored)?;
        }
        Ok(())
    }
}

/// The writes of a commit as columns: one element for each record, event, text and notice.
#[derive(Default)]
struct Columns<'a> {
    kinds: Vec<i16>,
    ids: Vec<Uuid>,
    expected: Vec<i64>,
    versions: Vec<i64>,
    stages: Vec<&'static str>,
    topics: Vec<String>,
    owners: Vec<Option<String>>,
    teams: Vec<Option<String>>,
    customers: Vec<String>,
    priorities: Vec<&'static str>,
    opened: Vec<At>,
    updated: Vec<At>,
    wake_ups: Vec<Option<At>>,
    dues: Vec<Option<At>>,
    labels: Vec<Option<String>>,
    records: Vec<String>,
    event_places: Vec<i32>,
    event_versions: Vec<i64>,
    events: Vec<String>,
    text_places: Vec<i32>,
    text_slots: Vec<i16>,
    text_abouts: Vec<&'a str>,
    text_parts: Vec<&'static str>,
    text_bodies: Vec<&'a [u8]>,
    notice_places: Vec<i32>,
    notice_versions: Vec<i64>,
    notice_numbers: Vec<i32>,
    notice_persons: Vec<&'a str>,
    notice_lines: Vec<String>,
    notice_dues: Vec<At>,
    notices: Vec<String>,
    /// From when on there is something to claim.
    work: Vec<(Lane, DateTime<Utc>)>,
}

impl<'a> Columns<'a> {
    fn of(writes: &'a [Write]) -> Result<Self, BackendError> {
        let mut columns = Self::default();
        for (place, write) in (1..).zip(writes) {
            columns.add(place, write)?;
        }
        Ok(columns)
    }

    fn add(&mut self, place: i32, write: &'a Write) -> Result<(), BackendError> {
        let index = write.record.index();
        let key = write.record.key();
        let (kind, id) = columns(key.id);
        self.kinds.push(kind);
        self.ids.push(id);
        self.expected.push(version(write.expected));
        self.versions.push(version(write.record.version()));
        self.stages.push(index.stage.as_str());
        self.topics.push(index.kind.as_str().to_owned());
        self.owners.push(index.owner.map(|owner| owner.as_str().to_owned()));
        self.teams.push(index.team.map(|team| team.as_str().to_owned()));
        self.customers.push(index.customer.as_str().to_owned());
        self.priorities.push(index.priority.as_str());
        self.opened.push(At::new(index.opened));
        self.updated.push(At::new(index.updated));
        self.wake_ups.push(index.wake_up.map(At::new));
        self.dues.push(index.due.map(At::new));
        self.work.extend(index.wake_up.map(|at| (Lane::Wakes, at)));
        // A label has no space.
        let labels: Vec<_> = index.labels.iter().map(crate::id::Code::as_str).collect();
        self.labels.push((!labels.is_empty()).then(|| labels.join(" ")));
        self.records.push(stored::encode_record(&write.record)?);
        for event in &write.events {
            self.event_places.push(place);
            self.event_versions.push(version(event.version));
            self.events.push(stored::encode_event(&key, event)?);
        }
        for text in &write.texts {
            self.text_places.push(place);
            self.text_slots.push(text.id.slot.into());
            self.text_abouts.push(text.about.as_str());
            self.text_parts.push(part(text.kind));
            self.text_bodies.push(text.body.as_bytes());
        }
        for notice in &write.notices {
            self.notice_places.push(place);
            self.notice_versions.push(version(notice.id.version));
            self.notice_numbers.push(notice.id.n.into());
            self.notice_persons.push(notice.person.as_ref().map_or("", |person| person.as_str()));
            self.notice_lines.push(notice.line());
            self.notice_dues.push(At::new(notice.at));
            self.notices.push(stored::encode_notice(&key, notice)?);
            self.work.push((Lane::Notices, notice.at));
        }
        Ok(())
    }

    fn push_to<'p>(&'p self, params: &mut Vec<Param<'p>>) {
        let records: [Param<'p>; 16] = [
            &self.kinds,
            &self.ids,
            &self.expected,
            &self.versions,
            &self.stages,
            &self.topics,
            &self.owners,
            &self.teams,
            &self.customers,
            &self.priorities,
            &self.opened,
            &self.updated,
            &self.wake_ups,
            &self.dues,
            &self.labels,
            &self.records,
        ];
        let events: [Param<'p>; 3] = [&self.event_places, &self.event_versions, &self.events];
        let texts: [Param<'p>; 5] =
            [&self.text_places, &self.text_slots, &self.text_abouts, &self.text_parts, &self.text_bodies];
        let notices: [Param<'p>; 7] = [
            &self.notice_places,
            &self.notice_versions,
            &self.notice_numbers,
            &self.notice_persons,
            &self.notice_lines,
            &self.notice_dues,
            &self.notices,
        ];
        params.extend(records);
        params.extend(events);
        params.extend(texts);
        params.extend(notices);
    }
}

/// What part a text plays, as it is stored.
pub(super) const fn part(kind: TextKind) -> &'static str {
    match kind {
        TextKind::Subject => "subject",
        TextKind::Body => "body",
        TextKind::Contact => "contact",
        TextKind::Attachment => "attachment",
        TextKind::Reason => "reason",
        TextKind::Note => "note",
        TextKind::ReplyPath => "reply-path",
        TextKind::Offer => "offer",
        TextKind::Thanks => "thanks",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reading goes through serde.
    #[test]
    fn a_part_is_written_as_serde_writes_it() {
        let kinds = [
            TextKind::Subject,
            TextKind::Body,
            TextKind::Contact,
            TextKind::Attachment,
            TextKind::Reason,
            TextKind::Note,
            TextKind::ReplyPath,
            TextKind::Offer,
            TextKind::Thanks,
        ];
        for kind in kinds {
            assert_eq!(serde_json::to_value(kind).unwrap(), part(kind));
        }
    }
}
