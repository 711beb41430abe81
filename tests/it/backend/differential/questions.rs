//! Everything that can be asked of a backend, asked of each.

use std::fmt::Debug;

use chrono::TimeDelta;
use talkback::Clock;
use talkback::backend::*;
use talkback::{CaseId, CommandId, TextId};

use super::Tally;
use super::lists::{DIRECTIONS, lists, orders};
use super::sides::{Side, Sides};

/// More texts than a command brings.
const SLOTS: u8 = 16;

/// A tenant's lease, in all questions.
pub(super) const LEASE: TimeDelta = TimeDelta::minutes(5);

/// Each lane. The match is exhaustive, so that a new one cannot be left out.
pub(super) fn lanes() -> Vec<Lane> {
    let next = |lane| match lane {
        Lane::Wakes => Some(Lane::Notices),
        Lane::Notices => None,
    };
    std::iter::successors(Some(Lane::Wakes), |lane| next(*lane)).collect()
}

impl Sides {
    /// Asks each side, and says which two answered differently.
    pub(super) async fn ask<T: PartialEq + Debug>(
        &self,
        tally: &mut Tally,
        what: &str,
        question: impl AsyncFn(&Side) -> T,
    ) -> Result<T, String> {
        let mut sides = self.sides.iter();
        let first = sides.next().ok_or("no side")?;
        let answer = question(first).await;
        for side in sides {
            let other = question(side).await;
            if other != answer {
                let (one, two) = (first.name, side.name);
                return Err(format!("{what}:\n{one} says {answer:?}\n{two} says {other:?}"));
            }
        }
        tally.comparisons += 1;
        Ok(answer)
    }

    /// Asks, and does not want to know the answer.
    async fn compare<T: PartialEq + Debug>(
        &self,
        tally: &mut Tally,
        what: &str,
        question: impl AsyncFn(&Side) -> T,
    ) -> Result<(), String> {
        self.ask(tally, what, question).await.map(drop)
    }

    /// Asks everything. `n` says which of many values it asks for.
    pub(super) async fn ask_all(
        &self,
        tally: &mut Tally,
        n: usize,
        cases: &[CaseId],
        commands: &[CommandId],
    ) -> Result<(), String> {
        for (k, case) in cases.iter().enumerate() {
            let command = commands.get((n + k) % commands.len().max(1)).copied();
            self.compare(tally, "a record and an outcome", async |side| {
                self.loaded(side, *case, command).await
            })
            .await?;
            self.compare(tally, "a history", async |side| self.history(side, *case).await).await?;
        }
        self.compare(tally, "the feed", async |side| self.feed(side).await).await?;
        self.compare(tally, "the texts", async |side| self.texts(side, commands).await).await?;
        for order in orders() {
            for direction in DIRECTIONS {
                let query = CaseQuery::new(self.tenant.clone()).ordered(order, direction);
                let what = format!("the list by {order:?}, {direction:?}").to_lowercase();
                self.compare(tally, &what, async |side| pages(side, &query, 2).await).await?;
            }
        }
        for (what, query) in lists(&self.tenant, n, self.clock.now()) {
            self.compare(tally, &what, async |side| pages(side, &query, 50).await).await?;
        }
        self.compare(tally, "the dead letters", async |side| self.dead_letters(side).await).await?;
        for lane in lanes() {
            for later in [TimeDelta::zero(), TimeDelta::days(9)] {
                let what = format!("whether the tenant has {lane:?} {later}");
                self.compare(tally, &what, async |side| self.has_work(side, lane, later).await).await?;
            }
            let taken = format!("the claim of {lane:?}");
            self.compare(tally, &taken, async |side| self.looked_at(side, lane).await).await?;
        }
        Ok(())
    }

    async fn loaded(&self, side: &Side, case: CaseId, command: Option<CommandId>) -> Result<Loaded, String> {
        let load = Load::new(Key::new(self.tenant.clone(), case));
        let load = match command {
            Some(command) => load.with_command(command),
            None => load,
        };
        side.backend().load(load).await.map_err(told)
    }

    async fn history(&self, side: &Side, case: CaseId) -> Result<Vec<String>, String> {
        let query = EventQuery::history(Key::new(self.tenant.clone(), case), 0, 1_000);
        Ok(side.backend().events(query).await.map_err(told)?.items.iter().map(happened).collect())
    }

    /// The feed page by page, each from the position where the last one ended.
    async fn feed(&self, side: &Side) -> Result<Vec<String>, String> {
        let (mut feed, mut after) = (Vec::new(), None);
        loop {
            let query = EventQuery::feed(self.tenant.clone(), after, 20);
            let items = side.backend().events(query).await.map_err(told)?.items;
            let Some(last) = items.last().map(|item| item.position) else { return Ok(feed) };
            if after.is_some_and(|after| items.iter().any(|item| item.position <= after)) {
                return Err("a position does not rise".into());
            }
            after = Some(last);
            feed.extend(items.iter().map(happened));
        }
    }

    async fn texts(&self, side: &Side, commands: &[CommandId]) -> Vec<Option<talkback::Text>> {
        let slots =
            commands.iter().flat_map(|command| (0..SLOTS).map(|slot| TextId { command: *command, slot }));
        let ids: Vec<_> = slots.collect();
        if ids.is_empty() {
            return Vec::new();
        }
        side.backend().texts(TextQuery::new(self.tenant.clone(), ids)).await.unwrap()
    }

    async fn has_work(&self, side: &Side, lane: Lane, later: TimeDelta) -> bool {
        let claim = Claim::tenants(lane, self.clock.now() + later, MAX_LIMIT);
        side.backend().claim(claim).await.unwrap().into_tenants().contains(&self.tenant)
    }

    async fn dead_letters(&self, side: &Side) -> Result<Vec<String>, String> {
        let claim = Claim::dead_letters(self.tenant.clone(), None, 100);
        match side.backend().claim(claim).await.map_err(told)? {
            Claimed::DeadLetters(dead) => Ok(dead
                .iter()
                .map(|dead| {
                    format!(
                        "{} {} {} {} {:?}",
                        dead.id,
                        dead.due,
                        dead.attempts,
                        dead.reason,
                        dead.notice.as_ref().ok()
                    )
                })
                .collect()),
            other => Err(format!("dead letters were asked for, and not {other:?}")),
        }
    }

    /// What could be taken now: taken, and given back as if nobody had tried it.
    async fn looked_at(&self, side: &Side, lane: Lane) -> Result<Vec<String>, String> {
        let now = self.clock.now();
        let taken = self.taken(side, lane, now).await?;
        for item in &taken {
            let settlement = match item {
                Taken::Wake(wake) => Settlement::wake(wake.key.clone(), wake.lease, WakeEnd::Released, now),
                Taken::Notice(notice) => {
                    let end = NoticeEnd::Postponed { at: now };
                    Settlement::notice(self.tenant.clone(), notice.id, notice.lease, end, now)
                }
            };
            side.backend().settle(settlement).await.map_err(told)?;
        }
        Ok(taken.iter().map(Taken::told).collect())
    }

    /// Everything that is ready then, under a lease. Of what has been ready for equally long, none has to be first.
    pub(super) async fn taken(
        &self,
        side: &Side,
        lane: Lane,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Vec<Taken>, String> {
        let claim = Claim::work(self.tenant.clone(), lane, now, LEASE, 100);
        let mut taken: Vec<_> = match side.backend().claim(claim).await.map_err(told)? {
            Claimed::Wakes(wakes) => wakes.into_iter().map(Taken::Wake).collect(),
            Claimed::Notices(notices) => notices.into_iter().map(Taken::Notice).collect(),
            other => return Err(format!("work was asked for, and not {other:?}")),
        };
        taken.sort_by_key(Taken::told);
        Ok(taken)
    }
}

/// Work under a lease.
pub(super) enum Taken {
    Wake(LeasedWake),
    Notice(LeasedNotice),
}

impl Taken {
    /// All of it but the lease, whose number is each backend's own.
    pub(super) fn told(&self) -> String {
        match self {
            Self::Wake(wake) => format!("{} {} {} {}", wake.key, wake.due, wake.attempts, wake.quarantined),
            Self::Notice(notice) => {
                format!("{} {} {} {:?}", notice.id, notice.due, notice.attempts, notice.notice.as_ref().ok())
            }
        }
    }
}

/// All pages of a list: the records, whether they are quarantined, and the cursors.
async fn pages(
    side: &Side,
    query: &CaseQuery,
    limit: usize,
) -> Result<Vec<(Vec<Found>, Option<String>)>, String> {
    let (mut pages, mut request) = (Vec::new(), PageRequest::first(limit));
    loop {
        let page = side.backend().find(Find::new(query.clone(), request)).await.map_err(told)?;
        let found = page.items.into_iter().collect::<Result<Vec<_>, _>>().map_err(|item| item.to_string())?;
        pages.push((found, page.next.as_ref().map(ToString::to_string)));
        match page.next {
            Some(next) => request = PageRequest::after(limit, next),
            None => return Ok(pages),
        }
    }
}

/// An event in its place. Which numbers places have is each backend's own matter.
fn happened(item: &EventItem) -> String {
    format!("{} {:?}", item.key, item.event)
}

/// An error by its meaning.
#[expect(clippy::needless_pass_by_value, reason = "errors are mapped by it")]
pub(super) fn told(error: BackendError) -> String {
    error.to_string()
}
