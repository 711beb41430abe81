//! Histories and the feed.

use tokio_postgres::Row;

use super::Store;
use super::call::column;
use super::ids::{columns, key, version};
use crate::backend::stored;
use crate::backend::{BackendError, EventItem, EventPage, EventQuery, EventScope, Position};
use crate::id::TenantId;

impl Store {
    pub(super) async fn events(&self, query: EventQuery) -> Result<EventPage, BackendError> {
        query.check()?;
        let tenant = query.tenant.as_str();
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
        let rows = match query.scope {
            EventScope::Record { id, after } => {
                let (kind, id) = columns(id);
                let after = version(after);
                self.call(&self.statements.history, &[&tenant, &kind, &id, &after, &limit]).await?
            }
            EventScope::Feed { after } => {
                let (epoch, tx, n) = after.map_or((0, 0, 0), place);
                let read = async |again| {
                    self.call(&self.statements.feed, &[&tenant, &epoch, &tx, &n, &limit, &again]).await
                };
                match read(true).await {
                    // Writers come and go too fast for a reader who sees only what was there when it began.
                    Err(failed) if failed.lost_a_race() => read(false).await?,
                    answer => answer?,
                }
            }
        };
        let items = rows.iter().map(|row| item(&query.tenant, row));
        Ok(EventPage { items: items.collect::<Result<_, _>>()? })
    }
}

fn item(tenant: &TenantId, row: &Row) -> Result<EventItem, BackendError> {
    let key = key(tenant, row, 0)?;
    let version = u64::try_from(column::<i64>(row, 2)?).unwrap_or(0);
    let data: String = column(row, 6)?;
    Ok(EventItem {
        position: position(column(row, 3)?, column(row, 4)?, column(row, 5)?),
        event: stored::decode_event(&key, version, data.as_bytes()),
        key,
    })
}

/// The transaction in the upper part of the number, the place within it in the lower 32 bits.
fn position(epoch: i32, tx: i64, n: i32) -> Position {
    let number = (u128::from(tx.cast_unsigned()) << 32) | u128::from(n.cast_unsigned());
    Position::new(u64::try_from(epoch).unwrap_or(0), number)
}

/// The columns of a position. One that no event can have becomes the last one before it.
fn place(position: Position) -> (i32, i64, i32) {
    let Ok(epoch) = i32::try_from(position.epoch()) else { return (i32::MAX, i64::MAX, i32::MAX) };
    let Ok(tx) = i64::try_from(position.number() >> 32) else { return (epoch, i64::MAX, i32::MAX) };
    let n = i32::try_from(position.number() & u128::from(u32::MAX)).unwrap_or(i32::MAX);
    (epoch, tx, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_a_place_and_back() {
        for columns in [(1, 700, 1), (3, i64::MAX, i32::MAX), (0, 0, 0)] {
            let (epoch, tx, n) = columns;
            assert_eq!(place(position(epoch, tx, n)), columns);
        }
        assert!(position(1, 5, 9) < position(1, 6, 1));
        assert!(position(1, i64::MAX, 1) < position(2, 1, 1));
    }

    #[test]
    fn a_position_beyond_all_is_behind_all() {
        let beyond =
            [Position::new(u64::MAX, 0), Position::new(2, u128::MAX), Position::new(2, u128::MAX - 1)];
        for position in beyond {
            assert!(place(position) >= (2, i64::MAX, i32::MAX));
        }
    }
}
