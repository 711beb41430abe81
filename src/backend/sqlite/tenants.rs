//! Which tenants have work.

use rusqlite::params;

use super::column::{micros, signed};
use super::conn::Conn;
use super::error::Fault;
use crate::backend::{BackendError, Claim, Lane};
use crate::id::TenantId;

// One look into the index for each tenant: what it costs does not depend on how much is due. What was moved
// under a clock that ran ahead counts as due: see `wake::claim` and `notice::claim`.
const WAKES: &str = "
    SELECT name FROM (SELECT name, ready FROM (
        SELECT t.name, (SELECT w.ready FROM wakes w INDEXED BY wakes_ready
            WHERE w.tenant = t.num AND w.ready IS NOT NULL ORDER BY w.ready LIMIT 1) AS ready
        FROM tenants t)
    WHERE ready <= ?1
    UNION ALL
    SELECT t.name, min(w.due, ?1) FROM wakes w INDEXED BY wakes_moved JOIN tenants t ON t.num = w.tenant
    WHERE w.ready <> w.due AND w.ready > ?3)
    GROUP BY name ORDER BY min(ready), name LIMIT ?2";

const NOTICES: &str = "
    SELECT name FROM (SELECT name, ready FROM (
        SELECT t.name, (SELECT n.ready FROM notices n INDEXED BY notices_ready
            WHERE n.tenant = t.num AND n.ready IS NOT NULL ORDER BY n.ready LIMIT 1) AS ready
        FROM tenants t)
    WHERE ready <= ?1
    UNION ALL
    SELECT t.name, min(n.due, ?1) FROM notices n INDEXED BY notices_leased JOIN tenants t ON t.num = n.tenant
    WHERE n.leased = 1 AND n.ready > ?3)
    GROUP BY name ORDER BY min(ready), name LIMIT ?2";

/// The tenants with something that is due, the one that waits longest first.
pub(super) fn due(conn: &mut Conn, claim: &Claim) -> Result<Vec<TenantId>, Fault> {
    let sql = match claim.lane {
        Lane::Wakes => WAKES,
        Lane::Notices => NOTICES,
    };
    let names: Vec<String> = conn
        .sql(sql)?
        .query_map(params![micros(claim.now), signed(claim.limit as u64), micros(claim.horizon())], |row| {
            row.get(0)
        })?
        .collect::<Result<_, _>>()?;
    names.iter().map(|name| Ok(TenantId::new(name).map_err(BackendError::other)?)).collect()
}
