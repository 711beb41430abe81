//! Claiming work and settling it.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::Row;
use uuid::Uuid;

use super::Store;
use super::at::At;
use super::call::{column, only};
use super::ids::{columns, key, version};
use crate::backend::stored;
use crate::backend::{
    BackendError, Claim, Claimed, DeadNotice, Key, Lane, Lease, LeasedNotice, LeasedWake, NoticeEnd,
    QUARANTINE_AFTER, QUARANTINE_RETRY, RecordId, Scope, Settled, Settlement, WakeEnd,
};
use crate::id::{Code, TenantId};
use crate::workflow::NoticeId;

impl Store {
    pub(super) async fn claim(&self, claim: Claim) -> Result<Claimed, BackendError> {
        claim.check()?;
        match (&claim.scope, claim.lane) {
            (Scope::Every, _) => self.tenants_with_work(&claim).await.map(Claimed::Tenants),
            (Scope::DeadLetters { .. }, Lane::Wakes) => Ok(Claimed::DeadLetters(Vec::new())),
            (Scope::DeadLetters { tenant, after }, Lane::Notices) => {
                self.dead_letters(tenant, *after, claim.limit).await.map(Claimed::DeadLetters)
            }
            (Scope::One(tenant), Lane::Wakes) => self.claim_wakes(tenant, &claim).await.map(Claimed::Wakes),
            (Scope::One(tenant), Lane::Notices) => {
                self.claim_notices(tenant, &claim).await.map(Claimed::Notices)
            }
        }
    }

    async fn tenants_with_work(&self, claim: &Claim) -> Result<Vec<TenantId>, BackendError> {
        let notices = claim.lane == Lane::Notices;
        let params = (At::new(claim.now), limit(claim), At::rounded_up(claim.horizon()));
        let rows = self.call(&self.statements.tenants, &[&notices, &params.0, &params.1, &params.2]).await?;
        let tenant = |row| TenantId::new(column::<String>(row, 0)?).map_err(BackendError::other);
        rows.iter().map(tenant).collect()
    }

    async fn claim_wakes(&self, tenant: &TenantId, claim: &Claim) -> Result<Vec<LeasedWake>, BackendError> {
        let since = self.marks.since(claim.lane, tenant, claim.now);
        let until = At::rounded_up(later(claim.now, claim.lease));
        let pause = At::rounded_up(later(claim.now, claim.lease.max(QUARANTINE_RETRY)));
        let (now, after, limit) = (At::new(claim.now), tries(), limit(claim));
        let since = since.map(At::new);
        let horizon = At::rounded_up(claim.horizon());
        let rows = self
            .call(
                &self.statements.claim_wakes,
                &[&tenant.as_str(), &now, &until, &pause, &after, &limit, &since, &horizon],
            )
            .await?;
        let mut wakes = rows.iter().map(|row| wake(tenant, row)).collect::<Result<Vec<_>, _>>()?;
        wakes.sort_by_key(|(taken, wake)| (*taken, wake.key.id));
        let last = wakes.last().map(|(taken, _)| taken.instant());
        self.marks.claimed(claim.lane, tenant, last.filter(|_| wakes.len() == claim.limit));
        Ok(wakes.into_iter().map(|(_, wake)| wake).collect())
    }

    async fn claim_notices(
        &self,
        tenant: &TenantId,
        claim: &Claim,
    ) -> Result<Vec<LeasedNotice>, BackendError> {
        let since = self.marks.since(claim.lane, tenant, claim.now).map(At::new);
        let until = At::rounded_up(later(claim.now, claim.lease));
        let horizon = At::rounded_up(claim.horizon());
        let (now, limit) = (At::new(claim.now), limit(claim));
        let rows = self
            .call(&self.statements.claim_notices, &[&tenant.as_str(), &now, &until, &limit, &since, &horizon])
            .await?;
        let mut notices = rows.iter().map(|row| notice(tenant, row)).collect::<Result<Vec<_>, _>>()?;
        notices.sort_by_key(|(taken, notice)| (*taken, notice.id));
        let last = notices.last().map(|(taken, _)| taken.instant());
        self.marks.claimed(claim.lane, tenant, last.filter(|_| notices.len() == claim.limit));
        Ok(notices.into_iter().map(|(_, notice)| notice).collect())
    }

    async fn dead_letters(
        &self,
        tenant: &TenantId,
        after: Option<NoticeId>,
        limit: usize,
    ) -> Result<Vec<DeadNotice>, BackendError> {
        // Versions begin at 1, so that nothing lies behind the first id and is not shown.
        let (id, after, n) = match after {
            Some(after) => (after.case.uuid(), version(after.version), i32::from(after.n)),
            None => (Uuid::nil(), 0, 0),
        };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows =
            self.call(&self.statements.dead_letters, &[&tenant.as_str(), &id, &after, &n, &limit]).await?;
        rows.iter().map(|row| dead(tenant, row)).collect()
    }

    pub(super) async fn settle(&self, settlement: Settlement) -> Result<(), BackendError> {
        let Settlement { tenant, item, now } = settlement;
        let (lane, rows) = match item {
            Settled::Wake { record, lease, end } => {
                let (kind, id) = columns(record);
                let retry = match end {
                    WakeEnd::Released => None,
                    WakeEnd::Retry { at } => Some(At::new(at)),
                };
                let (lease, after) = (number(lease), tries());
                let pause = At::rounded_up(later(now, QUARANTINE_RETRY));
                let statement = &self.statements.settle_wake;
                let name = tenant.as_str();
                let rows = self
                    .call(statement, &[&name, &self.patience, &kind, &id, &lease, &retry, &pause, &after])
                    .await?;
                (Lane::Wakes, rows)
            }
            Settled::Notice { notice, lease, end } => {
                let (kind, id) = columns(notice.case.into());
                let (retry, untried, dead) = match end {
                    NoticeEnd::Done => (None, 0, None),
                    NoticeEnd::Retry { at } => (Some(At::new(at)), 0, None),
                    NoticeEnd::Postponed { at } => (Some(At::new(at)), 1, None),
                    NoticeEnd::Dead { reason } => (None, 0, Some(reason)),
                };
                let dead = dead.as_ref().map(Code::as_str);
                let (version, n, lease) = (version(notice.version), i32::from(notice.n), number(lease));
                let statement = &self.statements.settle_notice;
                let name = tenant.as_str();
                let rows = self
                    .call(
                        statement,
                        &[&name, &self.patience, &kind, &id, &version, &n, &lease, &retry, &untried, &dead],
                    )
                    .await?;
                (Lane::Notices, rows)
            }
        };
        let row = only(rows)?;
        if !column::<bool>(&row, 0)? {
            return Err(BackendError::LeaseLost);
        }
        if let Some(ready) = column::<Option<At>>(&row, 1)? {
            self.marks.lower(lane, &tenant, ready.instant());
        }
        Ok(())
    }
}

fn wake(tenant: &TenantId, row: &Row) -> Result<(At, LeasedWake), BackendError> {
    let wake = LeasedWake {
        key: key(tenant, row, 0)?,
        due: column::<At>(row, 2)?.instant(),
        attempts: attempts(row, 4)?,
        quarantined: column(row, 5)?,
        lease: lease(row, 6)?,
    };
    Ok((column(row, 3)?, wake))
}

fn notice(tenant: &TenantId, row: &Row) -> Result<(At, LeasedNotice), BackendError> {
    let key: Key = key(tenant, row, 0)?;
    let id = notice_id(&key, row, 2)?;
    let data: String = column(row, 8)?;
    let notice = LeasedNotice {
        notice: stored::decode_notice(&key, id, data.as_bytes()),
        key,
        id,
        due: column::<At>(row, 4)?.instant(),
        attempts: attempts(row, 6)?,
        lease: lease(row, 7)?,
    };
    Ok((column(row, 5)?, notice))
}

fn dead(tenant: &TenantId, row: &Row) -> Result<DeadNotice, BackendError> {
    let key: Key = key(tenant, row, 0)?;
    let id = notice_id(&key, row, 2)?;
    let data: String = column(row, 8)?;
    Ok(DeadNotice {
        notice: stored::decode_notice(&key, id, data.as_bytes()),
        key,
        id,
        due: column::<At>(row, 4)?.instant(),
        attempts: attempts(row, 5)?,
        reason: Code::new(column::<String>(row, 7)?).map_err(BackendError::other)?,
        lease: lease(row, 6)?,
    })
}

/// The id in the columns `version` and `n`, the first of which is at that place.
fn notice_id(key: &Key, row: &Row, place: usize) -> Result<NoticeId, BackendError> {
    let RecordId::Case(case) = key.id;
    let version = u64::try_from(column::<i64>(row, place)?).unwrap_or(0);
    Ok(NoticeId { case, version, n: u16::try_from(column::<i32>(row, place + 1)?).unwrap_or(u16::MAX) })
}

fn attempts(row: &Row, place: usize) -> Result<u32, BackendError> {
    Ok(u32::try_from(column::<i32>(row, place)?).unwrap_or(0))
}

fn lease(row: &Row, place: usize) -> Result<Lease, BackendError> {
    Ok(Lease::new(column::<i64>(row, place)?.cast_unsigned()))
}

fn number(lease: Lease) -> i64 {
    lease.number().cast_signed()
}

fn tries() -> i32 {
    i32::try_from(QUARANTINE_AFTER).unwrap_or(i32::MAX)
}

fn limit(claim: &Claim) -> i32 {
    i32::try_from(claim.limit).unwrap_or(i32::MAX)
}

fn later(now: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    now.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
