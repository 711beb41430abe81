//! Texts: reading and erasing them.

use std::collections::HashMap;

use chrono::DateTime;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};
use tokio_postgres::Row;

use super::Store;
use super::call::{column, only};
use super::ids::{columns, key};
use crate::backend::{BackendError, Erased, Erasure, ErasureScope, Lane, TextQuery};
use crate::id::{CommandId, CustomerId, TenantId, TextId};
use crate::text::{Text, TextKind};

impl Store {
    pub(super) async fn texts(&self, query: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        query.check()?;
        let commands: Vec<_> = query.ids.iter().map(|id| id.command.uuid()).collect();
        let slots: Vec<i16> = query.ids.iter().map(|id| id.slot.into()).collect();
        let tenant = query.tenant.as_str();
        let rows = self.call(&self.statements.texts, &[&tenant, &commands, &slots]).await?;
        let mut found = HashMap::new();
        for row in &rows {
            let text = text(&query.tenant, row)?;
            found.insert(text.id, text);
        }
        Ok(query.ids.iter().map(|id| found.get(id).cloned()).collect())
    }

    pub(super) async fn erase(&self, erasure: Erasure) -> Result<Erased, BackendError> {
        let tenant = erasure.tenant.as_str();
        let (person, record) = match erasure.scope {
            ErasureScope::Person(person) => (Some(person), None),
            ErasureScope::Record(id) => (None, Some(columns(id))),
        };
        let person = person.as_ref().map(crate::id::CustomerId::as_str);
        let (kind, id) = (record.map(|record| record.0), record.map(|record| record.1));
        let answer =
            self.call(&self.statements.erase, &[&tenant, &self.patience, &person, &kind, &id]).await?;
        // What stood behind a notice that is gone is ready at its own time, which may be long ago.
        self.marks.lower(Lane::Notices, &erasure.tenant, DateTime::UNIX_EPOCH);
        let row = only(answer)?;
        let count = |place| Ok::<_, BackendError>(column::<i64>(&row, place)?.try_into().unwrap_or(0));
        Ok(Erased { texts: count(0)?, notices: count(1)? })
    }
}

fn text(tenant: &TenantId, row: &Row) -> Result<Text, BackendError> {
    let key = key(tenant, row, 5)?;
    let slot = u8::try_from(column::<i16>(row, 1)?).unwrap_or(u8::MAX);
    let id = TextId { command: CommandId::from_uuid(column(row, 0)?), slot };
    let about = CustomerId::new(column::<String>(row, 2)?);
    let about = about.map_err(|error| BackendError::corrupt(key.clone(), error))?;
    let part: String = column(row, 3)?;
    let part: StrDeserializer<'_, ValueError> = part.as_str().into_deserializer();
    let kind = TextKind::deserialize(part).map_err(|error| BackendError::corrupt(key.clone(), error))?;
    // The error of `String::from_utf8` would carry the bytes along.
    let body =
        String::from_utf8(column(row, 4)?).map_err(|error| BackendError::corrupt(key, error.utf8_error()))?;
    Ok(Text { id, about, kind, body })
}
