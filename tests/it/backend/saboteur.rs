//! A backend that breaks one promise.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use talkback::backend::*;
use talkback::workflow::{Notice, NoticeKind, Recipient};
use talkback::{CommandId, MemoryBackend, Name, NoticeId, TenantId, Text, TextId};

use super::hesitant::hesitate;
use super::sabotage::How;

/// A sound backend, and someone who tampers with what goes in and comes out.
pub(super) struct Sabotaged {
    inner: MemoryBackend,
    how: How,
    notes: Mutex<Notes>,
}

/// What the saboteur remembers.
#[derive(Debug, Default)]
struct Notes {
    tenants: BTreeSet<TenantId>,
    texts: BTreeMap<(TenantId, TextId), Text>,
    stamps: BTreeMap<(TenantId, CommandId), u64>,
    refused: BTreeSet<CommandId>,
    first: BTreeMap<Key, Record>,
    wakes: BTreeMap<Key, DateTime<Utc>>,
    owed: BTreeMap<NoticeId, Notice>,
    offset: usize,
    drawn: u32,
    /// Notices that were settled and are still there.
    done: u64,
    positions: BTreeMap<(Key, u64), Position>,
}

impl fmt::Debug for Sabotaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.how)?;
        if self.is(How::ShowsWords) {
            self.notes().texts.values().try_for_each(|text| write!(f, " {}", text.body))?;
        }
        Ok(())
    }
}

impl Sabotaged {
    pub(super) fn new(how: How) -> Self {
        Self { inner: MemoryBackend::new(), how, notes: Mutex::default() }
    }

    fn is(&self, how: How) -> bool {
        self.how == how
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap()
    }

    fn tenants(&self) -> Vec<TenantId> {
        self.notes().tenants.iter().cloned().collect()
    }

    fn note(&self, commit: &Commit) {
        let mut notes = self.notes();
        notes.tenants.insert(commit.tenant.clone());
        for write in &commit.writes {
            let key = write.record.key();
            notes.first.entry(key.clone()).or_insert_with(|| write.record.clone());
            if let Some(at) = write.record.wake_up() {
                notes.wakes.insert(key, at);
            }
            for notice in &write.notices {
                notes.owed.insert(notice.id, notice.clone());
            }
        }
        if let Some(stamp) = commit.command {
            notes.stamps.entry((commit.tenant.clone(), stamp.id)).or_insert(stamp.fingerprint);
        }
    }

    fn note_texts(&self, commit: &Commit) {
        for text in commit.writes.iter().flat_map(|write| &write.texts) {
            self.notes().texts.insert((commit.tenant.clone(), text.id), text.clone());
        }
    }
}

#[async_trait]
impl Backend for Sabotaged {
    async fn load(&self, load: Load) -> Result<Loaded, BackendError> {
        let mut loaded = self.inner.load(load.clone()).await?;
        match self.how {
            How::ReadsOldVersions => loaded.record = self.notes().first.get(&load.key).cloned(),
            How::LosesOutcomes => loaded.outcome = None,
            How::KeepsOutcomesByRecord => {
                loaded.outcome =
                    loaded.outcome.filter(|outcome| outcome.written.iter().any(|w| w.key == load.key));
            }
            How::KeepsFingerprints => {
                if let (Some(outcome), Some(command)) = (&mut loaded.outcome, load.command) {
                    outcome.fingerprint =
                        self.notes().stamps.get(&(load.key.tenant.clone(), command)).copied();
                }
            }
            How::LoadsFromOtherTenants => {
                for tenant in self.tenants() {
                    if loaded.record.is_none() {
                        let key = Key::new(tenant, load.key.id);
                        loaded.record = self.inner.load(Load::new(key)).await?.record;
                    }
                }
            }
            _ => {}
        }
        Ok(loaded)
    }

    async fn commit(&self, mut commit: Commit) -> Result<Committed, BackendError> {
        self.note(&commit);
        let sent = commit.clone();
        for write in &mut commit.writes {
            match self.how {
                How::ForgetsTexts | How::WritesTextsAfterwards => write.texts.clear(),
                How::ForgetsNotices => write.notices.clear(),
                How::OffersWholeLines => {
                    for notice in &mut write.notices {
                        let alone = format!("line-{}-{}", notice.id.version, notice.id.n);
                        notice.to = Recipient::Role(Name::new(alone).unwrap());
                    }
                }
                How::KeepsErasedNotices => write.notices.iter_mut().for_each(|notice| notice.person = None),
                How::KeepsOneLine => {
                    for notice in &mut write.notices {
                        notice.to = Recipient::Role(Name::new("all").unwrap());
                        notice.kind = NoticeKind::Review;
                    }
                }
                // An erasure takes what it does not find: the whole line.
                How::ForgetsWhoIsNext => {
                    let about = write.notices.iter().find_map(|notice| notice.person.clone());
                    write.notices.iter_mut().for_each(|notice| notice.person.clone_from(&about));
                }
                _ => {}
            }
        }
        if let (Some(stamp), Some(first)) = (commit.command, sent.writes.first()) {
            let loaded = self.inner.load(Load::new(first.record.key()).with_command(stamp.id)).await?;
            let wrong = match self.how {
                How::UsesUpRefusedCommands => self.notes().refused.contains(&stamp.id),
                How::ComparesVersionsFirst if loaded.outcome.is_some() => {
                    let (key, expected) = (first.record.key(), first.expected);
                    let actual = loaded.record.map_or(0, |record| record.version());
                    if actual != expected {
                        return Err(BackendError::Conflict { key, expected, actual });
                    }
                    false
                }
                _ => false,
            };
            if wrong {
                return Err(BackendError::CommandReused { command: stamp.id });
            }
            if self.is(How::CarriesRepeatsOut) && loaded.outcome.is_some() {
                commit.command = None;
                commit.writes.iter_mut().for_each(|write| write.texts.clear());
            }
        }
        if let (How::ChecksThenWrites, Some(write)) = (self.how, sent.writes.first()) {
            let loaded = self.inner.load(Load::new(write.record.key())).await?;
            write.check_stored(loaded.record.map_or(0, |record| record.version()))?;
            hesitate(1).await;
        }
        let mut drawn = Vec::new();
        if self.is(How::DrawsPositionsEarly) {
            for write in &sent.writes {
                for event in &write.events {
                    self.notes().drawn += 1;
                    let number = self.notes().drawn;
                    drawn.push(((write.record.key(), event.version), Position::new(1, number.into())));
                }
            }
            // Who draws first may well write last.
            let polls = 8 - self.notes().drawn % 8;
            hesitate(polls).await;
        }
        let committed = self.inner.commit(commit).await;
        self.notes().positions.extend(drawn);
        match (self.how, committed) {
            (How::WritesTextsAfterwards, Ok(committed)) => {
                hesitate(1).await;
                if committed.fresh {
                    self.note_texts(&sent);
                }
                Ok(committed)
            }
            (How::WritesTwiceWhenDropped, Ok(committed)) => {
                // Who comes back for the same command finds a lock that nobody holds any more.
                let stuck = sent.command.map(|stamp| stamp.id);
                if committed.fresh {
                    self.notes().refused.extend(stuck);
                    hesitate(1).await;
                    self.notes().refused.retain(|command| Some(*command) != stuck);
                } else if stuck.is_some_and(|command| self.notes().refused.contains(&command)) {
                    return Err(BackendError::unavailable("locked"));
                }
                Ok(committed)
            }
            (How::KeepsErasedTexts | How::ShowsWords, Ok(committed)) => {
                self.note_texts(&sent);
                Ok(committed)
            }
            (How::RevivesErasedTexts, Ok(committed)) if !committed.fresh => {
                self.note_texts(&sent);
                Ok(committed)
            }
            (How::CallsRepeatsFresh, Ok(committed)) => Ok(Committed { fresh: true, ..committed }),
            (How::IgnoresVersions, Err(BackendError::Conflict { .. })) => {
                Ok(Committed { outcome: sent.outcome(), fresh: true })
            }
            (How::ChecksThenWrites, Err(BackendError::Conflict { .. })) => {
                Ok(Committed { outcome: sent.outcome(), fresh: true })
            }
            (How::LetsTheLastWriterWin, Err(BackendError::Conflict { expected: 0, .. })) => {
                Ok(Committed { outcome: sent.outcome(), fresh: true })
            }
            (How::SwapsConflictVersions, Err(BackendError::Conflict { key, expected, actual })) => {
                Err(BackendError::Conflict { key, expected: actual, actual: expected })
            }
            (How::WritesUpToTheConflict, Err(BackendError::Conflict { key, expected, actual })) => {
                for write in sent.writes {
                    if write.record.key() == key {
                        break;
                    }
                    self.inner.commit(Commit::new(sent.tenant.clone(), sent.now, vec![write])).await?;
                }
                Err(BackendError::Conflict { key, expected, actual })
            }
            (How::UsesUpRefusedCommands, Err(error)) => {
                self.notes().refused.extend(sent.command.map(|stamp| stamp.id));
                Err(error)
            }
            (How::SkipsChecks, Err(BackendError::Invalid(_))) => {
                Ok(Committed { outcome: sent.outcome(), fresh: true })
            }
            (How::IgnoresFingerprints, Err(BackendError::CommandReused { command })) => {
                let key = sent.writes[0].record.key();
                let outcome = self.inner.load(Load::new(key).with_command(command)).await?.outcome;
                Ok(Committed { outcome: outcome.unwrap(), fresh: false })
            }
            (_, committed) => committed,
        }
    }

    async fn find(&self, mut find: Find) -> Result<Page, BackendError> {
        match self.how {
            How::IgnoresDirection => find.query.direction = Direction::Ascending,
            How::IgnoresLabels => find.query.labels.clear(),
            How::TakesAnyLabel => find.query.labels.truncate(1),
            How::IgnoresTheUnowned => find.query.owners.retain(Option::is_some),
            How::ClampsLimits => find.page.limit = find.page.limit.clamp(1, MAX_LIMIT),
            How::PagesByOffset => {
                let from = if find.page.cursor.take().is_some() { self.notes().offset } else { 0 };
                let limit = find.page.limit;
                find.page.limit = MAX_LIMIT;
                let mut page = self.inner.find(find.clone()).await?;
                let more = page.items.len() > from + limit;
                page.items = page.items.into_iter().skip(from).take(limit).collect();
                self.notes().offset = from + limit;
                let last = page.items.last().filter(|_| more).and_then(|item| item.as_ref().ok());
                let index = last.map(|found| found.record.index());
                page.next = index.map(|index| find.query.cursor(index.updated, index.record));
                return Ok(page);
            }
            _ => {}
        }
        let mut page = match self.inner.find(find.clone()).await {
            Err(BackendError::BadCursor) if self.is(How::AcceptsForeignCursors) => {
                find.page.cursor = None;
                self.inner.find(find.clone()).await?
            }
            answer => answer?,
        };
        match self.how {
            How::EndsAfterOnePage => page.next = None,
            How::AlwaysHasANextPage => {
                if let (None, Some(Ok(found))) = (&page.next, page.items.last()) {
                    let index = found.record.index();
                    let at = find.query.order.of(&index).unwrap();
                    page.next = Some(find.query.cursor(at, index.record));
                }
            }
            How::HidesQuarantine => {
                page.items.retain(|item| item.as_ref().is_ok_and(|found| !found.quarantined));
            }
            _ => {}
        }
        Ok(page)
    }

    async fn events(&self, mut query: EventQuery) -> Result<EventPage, BackendError> {
        if let (How::IncludesAfter, EventScope::Record { after, .. }) = (self.how, &mut query.scope) {
            *after = after.saturating_sub(1);
        }
        if let (How::DrawsPositionsEarly, EventScope::Feed { after }) = (self.how, query.scope.clone()) {
            query.check()?;
            let limit = std::mem::replace(&mut query.limit, MAX_LIMIT);
            query.scope = EventScope::Feed { after: None };
            let mut page = self.inner.events(query).await?;
            for item in &mut page.items {
                let version = item.event.as_ref().unwrap().version;
                item.position = self.notes().positions[&(item.key.clone(), version)];
            }
            page.items.retain(|item| after.is_none_or(|after| item.position > after));
            page.items.sort_by_key(|item| item.position);
            page.items.truncate(limit);
            return Ok(page);
        }
        if self.is(How::IgnoresEventLimits) {
            query.check()?;
            query.limit = MAX_LIMIT;
        }
        let mut page = self.inner.events(query).await?;
        match self.how {
            How::ReversesEvents => page.items.reverse(),
            How::SortsTheFeedByRecord => {
                let mut positions: Vec<_> = page.items.iter().map(|item| item.position).collect();
                page.items.sort_by_key(|item| item.key.clone());
                positions.sort_unstable();
                page.items.iter_mut().zip(positions).for_each(|(item, position)| item.position = position);
            }
            How::RepeatsPositions => {
                page.items.iter_mut().for_each(|item| item.position = Position::new(1, 1));
            }
            How::NumbersEachPage => {
                let numbers = (1..).map(|number| Position::new(1, number));
                page.items.iter_mut().zip(numbers).for_each(|(item, position)| item.position = position);
            }
            _ => {}
        }
        Ok(page)
    }

    async fn texts(&self, query: TextQuery) -> Result<Vec<Option<Text>>, BackendError> {
        let mut texts = self.inner.texts(query.clone()).await?;
        match self.how {
            How::TrimsTexts => {
                texts.iter_mut().flatten().for_each(|text| text.body = text.body.trim().to_owned());
            }
            How::SkipsMissingTexts => texts.retain(Option::is_some),
            How::KeepsErasedTexts | How::RevivesErasedTexts | How::WritesTextsAfterwards => {
                for (text, id) in texts.iter_mut().zip(&query.ids) {
                    let kept = self.notes().texts.get(&(query.tenant.clone(), *id)).cloned();
                    *text = text.take().or(kept);
                }
            }
            How::ReadsTextsOfOtherTenants => {
                for tenant in self.tenants() {
                    let theirs = self.inner.texts(TextQuery::new(tenant, query.ids.clone())).await?;
                    for (text, other) in texts.iter_mut().zip(theirs) {
                        *text = text.take().or(other);
                    }
                }
            }
            _ => {}
        }
        Ok(texts)
    }

    async fn erase(&self, erasure: Erasure) -> Result<Erased, BackendError> {
        if self.is(How::ErasesInEveryTenant) {
            for tenant in self.tenants() {
                self.inner.erase(Erasure::new(tenant, erasure.scope.clone(), erasure.now)).await?;
            }
        }
        let mut erased = self.inner.erase(erasure).await?;
        if self.is(How::CountsTombstones) {
            erased.texts += 1;
        }
        if self.is(How::KeepsDoneNotices) {
            erased.notices += std::mem::take(&mut self.notes().done);
        }
        Ok(erased)
    }

    async fn claim(&self, mut claim: Claim) -> Result<Claimed, BackendError> {
        let asked = claim.now;
        let tenant = match &claim.scope {
            Scope::One(tenant) | Scope::DeadLetters { tenant, .. } => tenant.clone(),
            Scope::Every => TenantId::single(),
        };
        match (self.how, &claim.scope) {
            (How::ClaimsEarly, _) => claim.now += TimeDelta::seconds(1),
            (How::ClaimsLate, _) => claim.now -= TimeDelta::microseconds(1),
            (How::IgnoresClaimLimits, _) => {
                claim.check()?;
                claim.limit = MAX_LIMIT;
            }
            (How::NamesTenantsWithoutWork, Scope::Every) => claim.now += TimeDelta::days(1),
            (How::TakesWhileNamingTenants, Scope::Every) => {
                for tenant in self.tenants() {
                    let work = Claim::work(tenant, claim.lane, claim.now, TimeDelta::microseconds(1), 100);
                    self.inner.claim(work).await?;
                    claim.now += TimeDelta::microseconds(1);
                }
            }
            _ => {}
        }
        let mut claimed = self.inner.claim(claim).await?;
        match (self.how, &mut claimed) {
            (How::ClaimsTwice, Claimed::Wakes(wakes)) => {
                for wake in wakes {
                    let end = WakeEnd::Released;
                    self.inner.settle(Settlement::wake(wake.key.clone(), wake.lease, end, asked)).await?;
                }
            }
            (How::LooksThenClaims, Claimed::Wakes(wakes)) => {
                for wake in wakes {
                    let end = WakeEnd::Released;
                    self.inner.settle(Settlement::wake(wake.key.clone(), wake.lease, end, asked)).await?;
                }
                hesitate(1).await;
                let lease = TimeDelta::minutes(5);
                self.inner.claim(Claim::work(tenant, Lane::Wakes, asked, lease, 100)).await?;
            }
            (How::ClaimsNewestFirst, Claimed::Wakes(wakes)) => wakes.reverse(),
            (How::ForgetsAttempts, Claimed::Wakes(wakes)) => wakes.iter_mut().for_each(|w| w.attempts = 1),
            (How::HidesQuarantine, Claimed::Wakes(wakes)) => {
                wakes.iter_mut().for_each(|wake| wake.quarantined = false);
            }
            (How::KeepsOldWakeUps, Claimed::Wakes(wakes)) => {
                for (key, due) in &self.notes().wakes {
                    if *due <= asked && wakes.iter().all(|wake| wake.key != *key) {
                        let (key, lease) = (key.clone(), Lease::new(0));
                        wakes.push(LeasedWake { key, due: *due, attempts: 1, quarantined: false, lease });
                    }
                }
            }
            (
                How::OffersWholeLines | How::KeepsErasedNotices | How::KeepsOneLine,
                Claimed::Notices(notices),
            ) => {
                for notice in notices.iter_mut().filter_map(|leased| leased.notice.as_mut().ok()) {
                    notice.clone_from(&self.notes().owed[&notice.id]);
                }
            }
            (How::SortsTenantsByName, Claimed::Tenants(tenants)) => tenants.sort(),
            _ => {}
        }
        Ok(claimed)
    }

    async fn settle(&self, mut settlement: Settlement) -> Result<(), BackendError> {
        match (self.how, &mut settlement.item) {
            (How::CountsReleases, Settled::Wake { end, .. }) if *end == WakeEnd::Released => {
                *end = WakeEnd::Retry { at: DateTime::UNIX_EPOCH };
            }
            (How::CountsPostponedTries, Settled::Notice { end, .. }) => {
                if let NoticeEnd::Postponed { at } = *end {
                    *end = NoticeEnd::Retry { at };
                }
            }
            (How::ForgetsDeadNotices, Settled::Notice { end, .. })
                if matches!(end, NoticeEnd::Dead { .. }) =>
            {
                *end = NoticeEnd::Done;
            }
            (How::RepeatsDoneNotices, Settled::Notice { end, .. }) if *end == NoticeEnd::Done => {
                *end = NoticeEnd::Retry { at: DateTime::UNIX_EPOCH };
            }
            _ => {}
        }
        if let Settled::Notice { end: NoticeEnd::Done, .. } = settlement.item {
            self.notes().done += 1;
        }
        match self.inner.settle(settlement).await {
            Err(BackendError::LeaseLost) if self.is(How::AcceptsLostLeases) => Ok(()),
            settled => settled,
        }
    }
}
