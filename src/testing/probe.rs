//! A hand that asks a backend for one tenant, so that a promise reads as what it is about.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::failure::{Failure, ensure};
use super::sample::{self, Draft};
use crate::backend::{
    Backend, BackendError, CaseQuery, Claim, CommandStamp, Commit, Committed, DeadNotice, Erased, Erasure,
    ErasureScope, EventItem, EventQuery, Find, Found, Key, Lane, LeasedNotice, LeasedWake, Load, Loaded,
    NoticeEnd, Outcome, PageRequest, Position, Record, RecordId, Settlement, TextQuery, WakeEnd, Write,
};
use crate::case::Stage;
use crate::feedback::FeedbackKind;
use crate::feedback::Priority;
use crate::id::{CaseId, Code, CommandId, CustomerId, TenantId, TextId};
use crate::text::Text;
use crate::workflow::{Notice, NoticeId};

/// So many minutes after the suite's day began. Whole minutes: no storage keeps less.
pub(super) fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_700) + TimeDelta::minutes(minutes)
}

/// The suite's lease: five minutes.
pub(super) const LEASE: TimeDelta = TimeDelta::minutes(5);

/// An id that sorts by its number.
pub(super) fn case(n: u32) -> CaseId {
    CaseId::from_uuid(Uuid::from_u128(u128::from(n)))
}

pub(super) fn record_id(n: u32) -> RecordId {
    RecordId::Case(case(n))
}

pub(super) fn record_ids(numbers: &[u32]) -> Vec<RecordId> {
    numbers.iter().map(|n| record_id(*n)).collect()
}

pub(super) fn command(n: u32) -> CommandId {
    CommandId::from_uuid(Uuid::from_u128(u128::from(n) | 0xc0 << 64))
}

pub(super) fn stamp(n: u32, fingerprint: u64) -> CommandStamp {
    CommandStamp { id: command(n), fingerprint }
}

pub(super) fn person(name: &str) -> Result<CustomerId, Failure> {
    Ok(CustomerId::new(name)?)
}

/// A backend, seen by one tenant.
pub(super) struct Probe<'a> {
    pub(super) backend: &'a dyn Backend,
    pub(super) tenant: TenantId,
}

impl<'a> Probe<'a> {
    /// Seen by the tenant that nearly all promises are tried with.
    pub(super) fn new(backend: &'a dyn Backend) -> Result<Self, Failure> {
        Self::of(backend, "tenant-a")
    }

    pub(super) fn of(backend: &'a dyn Backend, tenant: &str) -> Result<Self, Failure> {
        Ok(Self { backend, tenant: TenantId::new(tenant)? })
    }

    pub(super) fn key(&self, n: u32) -> Key {
        Key::new(self.tenant.clone(), case(n))
    }

    /// A plain complaint of customer "ann", opened at minute 0, with nothing due.
    pub(super) fn draft(&self, n: u32) -> Result<Draft, Failure> {
        Ok(Draft {
            tenant: self.tenant.clone(),
            case: case(n),
            opened: at(0),
            customer: person("ann")?,
            kind: FeedbackKind::Complaint,
            stage: Stage::Received,
            priority: Priority::Normal,
            owner: None,
            team: None,
            labels: Vec::new(),
            wake_up: None,
        })
    }

    pub(super) fn new_case(&self, n: u32) -> Result<Write, Failure> {
        Ok(sample::opened(self.draft(n)?))
    }

    pub(super) fn new_case_due(&self, n: u32, minutes: i64) -> Result<Write, Failure> {
        let mut draft = self.draft(n)?;
        draft.wake_up = Some(at(minutes));
        Ok(sample::opened(draft))
    }

    /// Commits without a command, and gives the record as it was sent.
    pub(super) async fn put(&self, write: Write) -> Result<Record, Failure> {
        let record = write.record.clone();
        let committed = self.commit(None, vec![write]).await?;
        ensure(committed.fresh, "a commit without a command is always fresh")?;
        Ok(record)
    }

    /// Commits under a command, and gives the record as it was sent.
    pub(super) async fn put_as(&self, stamp: CommandStamp, write: Write) -> Result<Record, Failure> {
        let record = write.record.clone();
        let committed = self.commit(Some(stamp), vec![write]).await?;
        ensure(committed.fresh, "a command that was never sent is fresh")?;
        Ok(record)
    }

    pub(super) async fn commit(
        &self,
        stamp: Option<CommandStamp>,
        writes: Vec<Write>,
    ) -> Result<Committed, BackendError> {
        self.backend.commit(self.commit_of(stamp, writes)).await
    }

    pub(super) fn commit_of(&self, stamp: Option<CommandStamp>, writes: Vec<Write>) -> Commit {
        let commit = Commit::new(self.tenant.clone(), at(0), writes);
        match stamp {
            Some(stamp) => commit.with_command(stamp),
            None => commit,
        }
    }

    pub(super) async fn load(&self, n: u32) -> Result<Option<Record>, Failure> {
        Ok(self.backend.load(Load::new(self.key(n))).await?.record)
    }

    pub(super) async fn load_with(&self, n: u32, command: CommandId) -> Result<Loaded, Failure> {
        Ok(self.backend.load(Load::new(self.key(n)).with_command(command)).await?)
    }

    pub(super) async fn outcome(&self, n: u32) -> Result<Option<Outcome>, Failure> {
        Ok(self.load_with(u32::MAX, command(n)).await?.outcome)
    }

    pub(super) fn query(&self) -> CaseQuery {
        CaseQuery::new(self.tenant.clone())
    }

    /// One page of the suite's usual size, which holds all that a promise has stored.
    pub(super) async fn found(&self, query: CaseQuery) -> Result<Vec<Found>, Failure> {
        let page = self.backend.find(Find::new(query, PageRequest::first(100))).await?;
        let mut found = Vec::new();
        for item in page.items {
            found.push(item.map_err(BackendError::from)?);
        }
        Ok(found)
    }

    pub(super) async fn list(&self, query: CaseQuery) -> Result<Vec<RecordId>, Failure> {
        Ok(self.found(query).await?.iter().map(|found| found.record.id()).collect())
    }

    pub(super) async fn history(&self, n: u32, after: u64) -> Result<Vec<EventItem>, Failure> {
        Ok(self.backend.events(EventQuery::history(self.key(n), after, 100)).await?.items)
    }

    pub(super) async fn feed(&self, after: Option<Position>) -> Result<Vec<EventItem>, Failure> {
        Ok(self.backend.events(EventQuery::feed(self.tenant.clone(), after, 100)).await?.items)
    }

    pub(super) async fn texts(&self, ids: &[TextId]) -> Result<Vec<Option<Text>>, Failure> {
        Ok(self.backend.texts(TextQuery::new(self.tenant.clone(), ids.to_vec())).await?)
    }

    /// The words of a text, `None` if it is not there.
    pub(super) async fn words(&self, command: CommandId, slot: u8) -> Result<Option<String>, Failure> {
        let mut texts = self.texts(&[TextId { command, slot }]).await?;
        ensure(texts.len() == 1, "there is one answer for each id")?;
        Ok(texts.pop().flatten().map(|text| text.body))
    }

    pub(super) async fn erase(&self, scope: ErasureScope) -> Result<Erased, Failure> {
        Ok(self.backend.erase(Erasure::new(self.tenant.clone(), scope, at(0))).await?)
    }

    pub(super) async fn wakes(&self, now: DateTime<Utc>) -> Result<Vec<LeasedWake>, Failure> {
        let claim = Claim::work(self.tenant.clone(), Lane::Wakes, now, LEASE, 100);
        Ok(self.backend.claim(claim).await?.into_wakes())
    }

    /// The only wake-up that is due.
    pub(super) async fn wake(&self, now: DateTime<Utc>) -> Result<LeasedWake, Failure> {
        let mut wakes = self.wakes(now).await?;
        match (wakes.pop(), wakes.is_empty()) {
            (Some(wake), true) => Ok(wake),
            (last, _) => Err(Failure::new(format!("expected one wake-up, got {wakes:?} and {last:?}"))),
        }
    }

    pub(super) async fn woken(&self, now: DateTime<Utc>) -> Result<Vec<RecordId>, Failure> {
        Ok(self.wakes(now).await?.iter().map(|wake| wake.key.id).collect())
    }

    pub(super) async fn give_back(
        &self,
        wake: &LeasedWake,
        end: WakeEnd,
        now: DateTime<Utc>,
    ) -> Result<(), BackendError> {
        self.backend.settle(Settlement::wake(wake.key.clone(), wake.lease, end, now)).await
    }

    pub(super) async fn notices(&self, now: DateTime<Utc>) -> Result<Vec<LeasedNotice>, Failure> {
        let claim = Claim::work(self.tenant.clone(), Lane::Notices, now, LEASE, 100);
        Ok(self.backend.claim(claim).await?.into_notices())
    }

    /// The only notice that is due.
    pub(super) async fn notice(&self, now: DateTime<Utc>) -> Result<(Notice, LeasedNotice), Failure> {
        let mut leased = self.notices(now).await?;
        match (leased.pop(), leased.is_empty()) {
            (Some(mut last), true) => {
                let id = last.id;
                let notice = match &mut last.notice {
                    Ok(notice) => notice.clone(),
                    Err(item) => return Err(Failure::new(item.to_string())),
                };
                ensure(notice.id == id, "a notice comes under its own id")?;
                Ok((notice, last))
            }
            (last, _) => Err(Failure::new(format!("expected one notice, got {leased:?} and {last:?}"))),
        }
    }

    pub(super) async fn settle_notice(
        &self,
        leased: &LeasedNotice,
        end: NoticeEnd,
    ) -> Result<(), BackendError> {
        let tenant = leased.key.tenant.clone();
        self.backend.settle(Settlement::notice(tenant, leased.id, leased.lease, end, at(0))).await
    }

    /// Gives a notice up, as bounced.
    pub(super) async fn give_up(&self, leased: &LeasedNotice) -> Result<(), Failure> {
        Ok(self.settle_notice(leased, NoticeEnd::Dead { reason: Code::new("bounced")? }).await?)
    }

    pub(super) async fn dead(
        &self,
        after: Option<NoticeId>,
        limit: usize,
    ) -> Result<Vec<DeadNotice>, Failure> {
        let claim = Claim::dead_letters(self.tenant.clone(), after, limit);
        Ok(self.backend.claim(claim).await?.into_dead_letters())
    }

    pub(super) async fn settle_dead(&self, dead: &DeadNotice, end: NoticeEnd) -> Result<(), BackendError> {
        let tenant = dead.key.tenant.clone();
        self.backend.settle(Settlement::notice(tenant, dead.id, dead.lease, end, at(0))).await
    }

    pub(super) async fn tenants(&self, lane: Lane, now: DateTime<Utc>) -> Result<Vec<TenantId>, Failure> {
        Ok(self.backend.claim(Claim::tenants(lane, now, 100)).await?.into_tenants())
    }
}
