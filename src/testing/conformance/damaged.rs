//! What cannot be read is reported in its place, and hides nothing else. Tried where the owner says how a stored
//! item is damaged.

use super::fresh::{Damage, Fresh};
use crate::backend::{BackendError, Find, Load, NoticeEnd, PageRequest};
use crate::id::Code;
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{Probe, at, person};
use crate::testing::sample;

/// In a list it stands in its place, also where pages end; loading it fails, and says which record it is.
pub async fn a_damaged_record_stands_in_its_place(fresh: Fresh) -> Result<(), Failure> {
    let a = Probe::new(&*fresh.backend)?;
    for n in 1..4 {
        a.put(a.new_case(n)?).await?;
    }
    fresh.damage(Damage::Record(a.key(2))).await;
    for limit in [1, 2, 10] {
        let (mut read, mut damaged, mut request) = (Vec::new(), Vec::new(), PageRequest::first(limit));
        loop {
            let page = a.backend.find(Find::new(a.query(), request)).await?;
            for item in page.items {
                match item {
                    Ok(found) => read.push(found.record.key()),
                    Err(item) => damaged.push(item.key),
                }
            }
            match page.next {
                Some(next) => request = PageRequest::after(limit, next),
                None => break,
            }
        }
        same("the records that can be read", &read, &vec![a.key(1), a.key(3)])?;
        same("the record that cannot", &damaged, &vec![a.key(2)])?;
    }
    match refused(a.backend.load(Load::new(a.key(2))).await)? {
        BackendError::Corrupt { key, .. } => same("the record in the error", &key, &a.key(2))?,
        error => return Err(Failure::new(format!("expected a corrupt record, got {error:?}"))),
    }
    ensure(a.load(3).await?.is_some(), "the others are read as usual")
}

/// In a history and in the feed it stands in its place.
pub async fn a_damaged_event_stands_in_its_place(fresh: Fresh) -> Result<(), Failure> {
    let a = Probe::new(&*fresh.backend)?;
    let mut record = a.put(a.new_case(1)?).await?;
    for minute in 1..3 {
        record = a.put(sample::next(&record, at(minute), None)).await?;
    }
    fresh.damage(Damage::Event(a.key(1), 2)).await;
    for events in [a.history(1, 0).await?, a.feed(None).await?] {
        let read: Vec<_> = events.iter().map(|item| item.event.is_ok()).collect();
        same("which events can be read", &read, &vec![true, false, true])?;
        ensure(events.iter().all(|item| item.key == a.key(1)), "each says which record it is of")?;
        ensure(events.is_sorted_by_key(|item| item.position), "they stand in their order")?;
    }
    Ok(())
}

/// It is offered under its id, so that it can be settled, and the next one can go.
pub async fn a_damaged_notice_is_offered_as_it_is(fresh: Fresh) -> Result<(), Failure> {
    let a = Probe::new(&*fresh.backend)?;
    let write = a.new_case(1)?;
    let ann = person("ann")?;
    let owed: Vec<_> = (0..2).map(|n| sample::notice(&write, n, at(10), Some(&ann))).collect();
    let first = owed.first().map(|notice| notice.id);
    a.put(write.with_notices(owed)).await?;
    if let Some(first) = first {
        fresh.damage(Damage::Notice(a.key(1), first)).await;
    }
    let offered = a.notices(at(10)).await?;
    let [leased] = offered.as_slice() else {
        return Err(Failure::new(format!("expected one notice, got {offered:?}")));
    };
    same("its id", &Some(leased.id), &first)?;
    ensure(leased.notice.is_err(), "it says that it cannot be read")?;
    a.settle_notice(leased, NoticeEnd::Dead { reason: Code::new("damaged")? }).await?;
    same("the next one", &a.notice(at(10)).await?.0.id.n, &1)
}
