//! The words, and their erasure.

use rusqlite::{OptionalExtension, Row, params};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};

use super::column::id_columns;
use super::conn::Conn;
use super::error::Fault;
use super::notice;
use crate::backend::{BackendError, Erased, Erasure, ErasureScope, TextQuery};
use crate::id::{CustomerId, TextId};
use crate::text::{Text, TextKind};

/// So many places are kept for the texts of one command: a slot is a byte.
const SLOTS: i64 = 256;

pub(super) fn insert(
    conn: &Conn,
    tenant: i64,
    record: i64,
    command: i64,
    texts: &[Text],
) -> Result<(), Fault> {
    let sql = "INSERT INTO texts (num, tenant, record, about, kind, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    for text in texts {
        let num = command * SLOTS + i64::from(text.id.slot);
        conn.sql(sql)?.execute(params![
            num,
            tenant,
            record,
            text.about.as_str(),
            kind_column(text.kind)?,
            text.body,
        ])?;
    }
    Ok(())
}

pub(super) fn texts(conn: &mut Conn, query: &TextQuery) -> Result<Vec<Option<Text>>, Fault> {
    let Some(tenant) = conn.tenant(&query.tenant)? else {
        return Ok(vec![None; query.ids.len()]);
    };
    let sql = "SELECT t.about, t.kind, t.body FROM commands c JOIN texts t ON t.num = c.num * 256 + ?3
               WHERE c.tenant = ?1 AND c.id = ?2 AND t.body IS NOT NULL";
    let mut select = conn.sql(sql)?;
    let mut read = |id: &TextId| {
        let text = select
            .query_row(params![tenant, id.command.uuid().as_bytes(), i64::from(id.slot)], |row| {
                Ok(text_at(row, *id))
            })
            .optional()?;
        Ok(text.transpose()?)
    };
    query.ids.iter().map(&mut read).collect()
}

fn text_at(row: &Row<'_>, id: TextId) -> Result<Text, BackendError> {
    let columns: rusqlite::Result<(String, String, String)> =
        (|| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))();
    let (about, kind, body) = columns.map_err(BackendError::other)?;
    let about = CustomerId::new(about).map_err(BackendError::other)?;
    let kind: StrDeserializer<'_, ValueError> = kind.as_str().into_deserializer();
    let kind = TextKind::deserialize(kind).map_err(BackendError::other)?;
    Ok(Text { id, about, kind, body })
}

/// The name that serde gives it, without the quotes of JSON.
fn kind_column(kind: TextKind) -> Result<String, BackendError> {
    let json = serde_json::to_string(&kind).map_err(BackendError::other)?;
    Ok(json.trim_matches('"').to_owned())
}

pub(super) fn erase(conn: &mut Conn, erasure: &Erasure) -> Result<Erased, Fault> {
    match conn.tenant(&erasure.tenant)? {
        None => Ok(Erased::default()),
        Some(tenant) => match &erasure.scope {
            ErasureScope::Person(person) => erase_person(conn, tenant, person),
            ErasureScope::Record(id) => {
                let (kind, id) = id_columns(*id);
                let num = conn
                    .sql("SELECT num FROM records WHERE tenant = ?1 AND kind = ?2 AND id = ?3")?
                    .query_row(params![tenant, kind, id], |row| row.get(0))
                    .optional()?;
                num.map_or(Ok(Erased::default()), |num| erase_record(conn, tenant, num))
            }
        },
    }
}

fn erase_person(conn: &Conn, tenant: i64, person: &CustomerId) -> Result<Erased, Fault> {
    let whose = params![tenant, person.as_str()];
    // Before the texts go, because only they tell which commands brought them.
    conn.sql(
        "UPDATE commands SET fingerprint = NULL WHERE fingerprint IS NOT NULL AND num IN (
             SELECT num / 256 FROM texts WHERE tenant = ?1 AND about = ?2 AND body IS NOT NULL
             UNION
             SELECT e.command FROM records r JOIN events e ON e.record = r.num
             WHERE r.tenant = ?1 AND r.customer = ?2)",
    )?
    .execute(whose)?;
    let texts = conn
        .sql("UPDATE texts SET body = NULL WHERE tenant = ?1 AND about = ?2 AND body IS NOT NULL")?
        .execute(whose)?;
    let notices = notice::void(conn, tenant, person)?;
    Ok(Erased { texts: texts as u64, notices })
}

fn erase_record(conn: &Conn, tenant: i64, record: i64) -> Result<Erased, Fault> {
    conn.sql(
        "UPDATE commands SET fingerprint = NULL WHERE fingerprint IS NOT NULL AND num IN (
             SELECT command FROM events WHERE record = ?1)",
    )?
    .execute([record])?;
    // A text's command wrote the text's record, so that the record's events lead to all of them.
    let texts = conn
        .sql(
            "UPDATE texts SET body = NULL WHERE record = ?1 AND body IS NOT NULL AND num IN (
                 SELECT t.num FROM (SELECT DISTINCT command FROM events WHERE record = ?1) e
                 JOIN texts t ON t.num BETWEEN e.command * 256 AND e.command * 256 + 255)",
        )?
        .execute([record])?;
    let notices =
        conn.sql("DELETE FROM notices WHERE tenant = ?1 AND record = ?2")?.execute([tenant, record])?;
    Ok(Erased { texts: texts as u64, notices: notices as u64 })
}
