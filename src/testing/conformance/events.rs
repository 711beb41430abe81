//! The ledger: histories and the feed.

use crate::backend::{Backend, BackendError, EventItem, EventQuery, Invalid, Position};
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{Probe, at};
use crate::testing::sample;

/// A record's history is its events from version 1 to its own, in order.
pub async fn a_history_has_every_version_once(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut record = a.put(a.new_case(1)?).await?;
    let mut other = a.put(a.new_case(2)?).await?;
    for (minute, count) in [(1, 3), (2, 1), (3, 4)] {
        record = a.put(sample::several(&record, at(minute), None, count)).await?;
        other = a.put(sample::next(&other, at(minute), None)).await?;
    }
    let history = a.history(1, 0).await?;
    ensure(history.iter().all(|item| item.key == a.key(1)), "all of them are of that record")?;
    let events = stored(&history)?;
    let times: Vec<_> = [0, 1, 1, 1, 2, 3, 3, 3, 3].into_iter().map(at).collect();
    same("the versions", &events.iter().map(|event| event.0).collect::<Vec<_>>(), &(1..=9).collect())?;
    same("the instants", &events.iter().map(|event| event.1).collect::<Vec<_>>(), &times)
}

/// `after` is exclusive, and behind the last version there is nothing.
pub async fn a_history_begins_behind_the_version_asked_for(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case(1)?).await?;
    a.put(sample::several(&first, at(1), None, 4)).await?;
    for after in 0..8 {
        let versions: Vec<u64> = stored(&a.history(1, after).await?)?.iter().map(|event| event.0).collect();
        same("the versions", &versions, &(after + 1..=5).collect())?;
    }
    Ok(())
}

/// A record that does not exist has no events, which is not an error.
pub async fn an_unknown_record_has_no_history(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    ensure(a.history(1, 0).await?.is_empty(), "an empty store has none")?;
    a.put(a.new_case(1)?).await?;
    ensure(a.history(2, 0).await?.is_empty(), "another record has none")
}

/// No more events than asked for, and going on behind the last gives the rest.
pub async fn a_history_stops_at_the_limit(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case(1)?).await?;
    a.put(sample::several(&first, at(1), None, 6)).await?;
    let (mut after, mut sizes) = (0, Vec::new());
    for _ in 0..4 {
        let page = backend.events(EventQuery::history(a.key(1), after, 3)).await?;
        sizes.push(page.items.len());
        after = stored(&page.items)?.last().map_or(after, |last| last.0);
    }
    same("the sizes of the pages", &sizes, &vec![3, 3, 1, 0])
}

/// The feed has the events of all records of the tenant, those of one commit together with the rest.
pub async fn the_feed_has_every_event_once(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    ensure(a.feed(None).await?.is_empty(), "an empty store has none")?;
    let one = a.put(a.new_case(1)?).await?;
    a.commit(None, vec![sample::several(&one, at(1), None, 2), a.new_case(2)?]).await?;
    let feed = a.feed(None).await?;
    let versions = stored(&feed)?;
    let mut seen: Vec<_> = feed.iter().map(|item| &item.key).zip(versions.iter().map(|e| e.0)).collect();
    seen.sort();
    let (one, two) = (a.key(1), a.key(2));
    same("the feed", &seen, &vec![(&one, 1), (&one, 2), (&one, 3), (&two, 1)])
}

/// Of two commits, the events of the one that was answered first come first; a record's by version.
pub async fn the_feed_is_in_commit_order(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    // Neither by id nor by recorded time: both run the other way.
    let nine = a.put(a.new_case(9)?).await?;
    let five = a.put(a.new_case(5)?).await?;
    a.put(sample::several(&nine, at(8), None, 2)).await?;
    a.put(a.new_case(1)?).await?;
    a.put(sample::next(&five, at(4), None)).await?;
    let feed = a.feed(None).await?;
    let order: Vec<_> =
        feed.iter().map(|item| item.key.clone()).zip(stored(&feed)?.iter().map(|event| event.0)).collect();
    let expected = [(9, 1), (5, 1), (9, 2), (9, 3), (1, 1), (5, 2)];
    same("the feed", &order, &expected.map(|(n, version)| (a.key(n), version)).to_vec())
}

/// No two events of a tenant share a position, and positions rise along the feed.
pub async fn positions_rise_strictly(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 1..5 {
        let record = a.put(a.new_case(n)?).await?;
        a.put(sample::several(&record, at(1), None, 3)).await?;
    }
    rising(&a.feed(None).await?, 16)
}

/// Going on behind a position gives what comes after it, page by page, each event once.
pub async fn a_position_returned_is_a_place_to_go_on(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 1..4 {
        let record = a.put(a.new_case(n)?).await?;
        a.put(sample::several(&record, at(1), None, 2)).await?;
    }
    let whole: Vec<Position> = a.feed(None).await?.iter().map(|item| item.position).collect();
    let mut paged: Vec<Position> = Vec::new();
    // Three pages and an empty one, if all is well; no more if the positions lead round in a circle.
    for _ in 0..4 {
        let query = EventQuery::feed(a.tenant.clone(), paged.last().copied(), 4);
        let page = backend.events(query).await?;
        ensure(page.items.len() <= 4, "a page keeps the limit")?;
        paged.extend(page.items.iter().map(|item| item.position));
    }
    same("the positions, page by page", &paged, &whole)
}

/// Events that are committed after a position was returned get greater positions.
pub async fn nothing_appears_below_a_returned_position(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut seen: Vec<Position> = Vec::new();
    for n in (1..10).rev() {
        let record = a.put(a.new_case(n)?).await?;
        a.put(sample::next(&record, at(1), None)).await?;
        let new = a.feed(seen.last().copied()).await?;
        same("how many came behind the last position", &new.len(), &2)?;
        seen.extend(new.iter().map(|item| item.position));
        let whole: Vec<_> = a.feed(None).await?.iter().map(|item| item.position).collect();
        same("the feed from its beginning", &whole, &seen)?;
    }
    Ok(())
}

/// An event has one position, whether it is read by its record or in the feed.
pub async fn a_history_and_the_feed_agree_on_positions(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let one = a.put(a.new_case(1)?).await?;
    a.put(a.new_case(2)?).await?;
    a.put(sample::several(&one, at(1), None, 2)).await?;
    let feed = a.feed(None).await?;
    let of_one: Vec<_> = feed.iter().filter(|item| item.key == a.key(1)).map(|item| item.position).collect();
    let history = a.history(1, 0).await?;
    rising(&history, 3)?;
    same("the positions", &history.iter().map(|item| item.position).collect(), &of_one)
}

/// Before all positions there is everything, behind a later epoch nothing yet.
pub async fn positions_are_compared_by_epoch_first(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case(1)?).await?;
    let feed = a.feed(None).await?;
    let first = feed.first().ok_or_else(|| Failure::new("the feed is empty"))?.position;
    same("from the beginning", &a.feed(Some(Position::new(0, 0))).await?.len(), &1)?;
    for late in [Position::new(first.epoch() + 1, 0), Position::new(u64::MAX, u128::MAX)] {
        same("behind a later epoch", &a.feed(Some(late)).await?.len(), &0)?;
    }
    same(
        "behind the end of this epoch",
        &a.feed(Some(Position::new(first.epoch(), u128::MAX))).await?.len(),
        &0,
    )
}

/// A position that was written down and read again is the same place.
pub async fn a_position_survives_its_text(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case(1)?).await?;
    a.put(a.new_case(2)?).await?;
    let feed = a.feed(None).await?;
    let first = feed.first().ok_or_else(|| Failure::new("the feed is empty"))?.position;
    let read: Position = first.to_string().parse()?;
    same("the position", &read, &first)?;
    same("what comes behind it", &a.feed(Some(read)).await?.len(), &1)
}

/// A limit of nothing, or of more than allowed, is invalid.
pub async fn an_event_limit_is_checked(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for limit in [0, 1001] {
        let queries =
            [EventQuery::history(a.key(1), 0, limit), EventQuery::feed(a.tenant.clone(), None, limit)];
        for query in queries {
            let error = refused(backend.events(query).await)?;
            ensure(matches!(error, BackendError::Invalid(Invalid::Limit { .. })), "the limit is refused")?;
        }
    }
    Ok(())
}

type Seen = (u64, chrono::DateTime<chrono::Utc>);

/// Version and instant of each event, all of which have to be readable.
#[track_caller]
fn stored(items: &[EventItem]) -> Result<Vec<Seen>, Failure> {
    let seen = items.iter().map(|item| match &item.event {
        Ok(event) => Ok((event.version, event.recorded_at)),
        Err(item) => Err(Failure::new(item.to_string())),
    });
    seen.collect()
}

#[track_caller]
fn rising(items: &[EventItem], count: usize) -> Result<(), Failure> {
    same("how many events there are", &items.len(), &count)?;
    let positions: Vec<_> = items.iter().map(|item| item.position).collect();
    let mut sorted = positions.clone();
    sorted.sort_unstable();
    sorted.dedup();
    same("the positions", &positions, &sorted)
}
