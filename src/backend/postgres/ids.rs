//! Keys and what a command wrote, as they are stored.

use tokio_postgres::Row;
use uuid::Uuid;

use super::call::column;
use crate::backend::{BackendError, Key, RecordId, Written};
use crate::id::{CaseId, TenantId};

const CASE: i16 = 0;

/// The columns `kind` and `id`.
pub(super) fn columns(id: RecordId) -> (i16, Uuid) {
    match id {
        RecordId::Case(case) => (CASE, case.uuid()),
    }
}

/// The key in the columns `kind` and `id`, the first of which is at that place.
pub(super) fn key(tenant: &TenantId, row: &Row, place: usize) -> Result<Key, BackendError> {
    match column(row, place)? {
        CASE => Ok(Key::new(tenant.clone(), CaseId::from_uuid(column(row, place + 1)?))),
        kind => {
            Err(BackendError::other(format!("a record of kind {kind}, which this version does not know")))
        }
    }
}

/// What a command wrote, as text: each record, its first version and its last.
pub(super) fn written_as_text(written: &[Written]) -> String {
    let each = written.iter().map(|written| format!("{} {} {}", written.key.id, written.first, written.last));
    each.collect::<Vec<_>>().join(",")
}

pub(super) fn written_from_text(tenant: &TenantId, text: &str) -> Result<Vec<Written>, BackendError> {
    let one = |text: &str| {
        let mut parts = text.split(' ');
        let id = parts.next()?.parse().ok()?;
        let mut version = || parts.next()?.parse().ok();
        let (first, last) = (version()?, version()?);
        Some(Written { key: Key { tenant: tenant.clone(), id }, first, last })
    };
    let all: Option<Vec<_>> = text.split(',').map(one).collect();
    all.ok_or_else(|| BackendError::other("what a command wrote cannot be read"))
}

/// A version as it is stored. Nothing has so many events that it would not fit.
pub(super) fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_wrote_reads_as_it_was() {
        let tenant = TenantId::single();
        let key = |n| Key::new(tenant.clone(), CaseId::from_uuid(Uuid::from_u128(n)));
        let written =
            vec![Written { key: key(1), first: 2, last: 5 }, Written { key: key(2), first: 1, last: 1 }];
        let text = written_as_text(&written);
        assert_eq!(written_from_text(&tenant, &text).unwrap(), written);
        for damaged in ["", "case/x 1 2", "case/00000000-0000-0000-0000-000000000001 1"] {
            assert!(written_from_text(&tenant, damaged).is_err(), "{damaged}");
        }
    }
}
