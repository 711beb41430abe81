//! What survives the end of the process. Tried where the owner says how a store is opened again.

use super::fresh::Fresh;
use crate::backend::{ErasureScope, NoticeEnd};
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{Probe, at, command, person, stamp};
use crate::testing::sample;

/// Records, events in their places, words, outcomes, wake-ups and notices are there, as they were.
pub async fn what_was_committed_survives_reopening(fresh: Fresh) -> Result<(), Failure> {
    let (record, feed, outcome) = {
        let a = Probe::new(&*fresh.backend)?;
        let mut draft = a.draft(1)?;
        draft.wake_up = Some(at(20));
        let write = sample::opened(draft);
        let text = sample::text(command(1), 0, &person("ann")?, "words of ann");
        let owed = vec![sample::notice(&write, 0, at(10), Some(&person("ann")?))];
        let record = a.put_as(stamp(1, 7), write.with_texts(vec![text]).with_notices(owed)).await?;
        a.put(a.new_case(2)?).await?;
        let feed: Vec<_> = a.feed(None).await?.iter().map(|item| (item.position, item.key.clone())).collect();
        (record, feed, a.outcome(1).await?)
    };
    let fresh = fresh.again().await?;
    let a = Probe::new(&*fresh.backend)?;
    same("the record", &a.load(1).await?, &Some(record))?;
    let again: Vec<_> = a.feed(None).await?.iter().map(|item| (item.position, item.key.clone())).collect();
    same("the feed", &again, &feed)?;
    same("the outcome", &a.outcome(1).await?, &outcome)?;
    same("the words", &a.words(command(1), 0).await?.as_deref(), &Some("words of ann"))?;
    same("how many records a list has", &a.list(a.query()).await?.len(), &2)?;
    same("the notice", &a.notice(at(10)).await?.0.id.n, &0)?;
    same("the wake-up", &a.wake(at(20)).await?.key, &a.key(1))
}

/// Versions, commands and places in the feed go on where they ended.
pub async fn a_reopened_store_goes_on(fresh: Fresh) -> Result<(), Failure> {
    let (record, stale, last) = {
        let a = Probe::new(&*fresh.backend)?;
        let stale = a.new_case(1)?;
        let record = a.put_as(stamp(1, 7), a.new_case(1)?).await?;
        let last = a.feed(None).await?.last().map(|item| item.position);
        (record, stale, last)
    };
    let fresh = fresh.again().await?;
    let a = Probe::new(&*fresh.backend)?;
    let repeated = a.commit(Some(stamp(1, 7)), vec![stale]).await?;
    ensure(!repeated.fresh, "a command is carried out once, also across the end of a process")?;
    refused(a.commit(None, vec![a.new_case(1)?]).await)?;
    a.put(sample::next(&record, at(1), None)).await?;
    let behind = a.feed(last).await?;
    same("how many events came since", &behind.len(), &1)?;
    ensure(behind.iter().all(|item| Some(item.position) > last), "they stand behind those of before")
}

/// Erased words and settled notices do not come back.
pub async fn what_is_gone_stays_gone_after_reopening(fresh: Fresh) -> Result<(), Failure> {
    {
        let a = Probe::new(&*fresh.backend)?;
        let write = a.saying(1, &[(0, "ann"), (1, "bob")])?;
        let owed = vec![sample::notice(&write, 0, at(10), Some(&person("bob")?))];
        a.put_as(stamp(1, 7), write.with_notices(owed)).await?;
        a.erase(ErasureScope::Person(person("ann")?)).await?;
        let (_, leased) = a.notice(at(10)).await?;
        a.settle_notice(&leased, NoticeEnd::Done).await?;
    }
    let fresh = fresh.again().await?;
    let a = Probe::new(&*fresh.backend)?;
    same("the erased words", &a.words(command(1), 0).await?, &None)?;
    same("the other words", &a.words(command(1), 1).await?.as_deref(), &Some("words of bob"))?;
    ensure(a.notices(at(1_000)).await?.is_empty(), "a settled notice stays settled")
}
