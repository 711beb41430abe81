//! Lists: their order and their pages.

use crate::backend::{
    Backend, BackendError, CaseQuery, Cursor, Direction, Find, Found, Invalid, Order, Page, PageRequest,
    RecordId, TimeRange,
};
use crate::case::Stage;
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{Probe, at, record_id, record_ids};
use crate::testing::sample;

/// Without a filter, all records of the tenant are listed, once each; an empty store lists none.
pub async fn a_list_has_every_record_once(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    same("an empty store", &a.list(a.query()).await?, &vec![])?;
    for n in [2, 3, 1] {
        let record = a.put(a.new_case(n)?).await?;
        a.put(sample::several(&record, at(1), None, 2)).await?;
    }
    same("the list", &a.list(a.query()).await?, &record_ids(&[1, 2, 3]))
}

/// A list is read from the latest commits, and finds a record by what it is, not by what it was.
pub async fn a_list_shows_the_record_as_it_is_now(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case(1)?).await?;
    let at_stage = |stage| {
        let mut query = a.query();
        query.stages = vec![stage];
        query
    };
    same("before", &a.list(at_stage(Stage::Received)).await?, &record_ids(&[1]))?;
    let moved = a.put(sample::moved(&first, at(1), Stage::InProgress)).await?;
    same("where it was", &a.list(at_stage(Stage::Received)).await?, &vec![])?;
    let found = a.found(at_stage(Stage::InProgress)).await?;
    same("where it is", &found, &vec![Found { record: moved, quarantined: false }])
}

/// By the time of opening, either way.
pub async fn a_list_is_ordered_by_opening(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for (n, minute) in [(1, 30), (2, 10), (3, 20)] {
        let mut draft = a.draft(n)?;
        draft.opened = at(minute);
        a.put(sample::opened(draft)).await?;
    }
    both_ways(&a, Order::Opened, &[2, 3, 1]).await
}

/// By the time of the last event, either way, and a commit moves a record there.
pub async fn a_list_is_ordered_by_update(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut records = Vec::new();
    for n in 1..4 {
        records.push(a.put(a.new_case(n)?).await?);
    }
    both_ways(&a, Order::Updated, &[1, 2, 3]).await?;
    for (record, minute) in records.iter().zip([30, 10, 20]) {
        a.put(sample::next(record, at(minute), None)).await?;
    }
    both_ways(&a, Order::Updated, &[2, 3, 1]).await
}

/// By the wake-up, either way, and a commit moves a record there; a lease does not.
pub async fn a_list_is_ordered_by_wake_up(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case_due(1, 30)?).await?;
    a.put(a.new_case_due(2, 10)?).await?;
    a.put(a.new_case_due(3, 20)?).await?;
    both_ways(&a, Order::WakeUp, &[2, 3, 1]).await?;
    a.put(sample::next(&first, at(1), Some(at(15)))).await?;
    both_ways(&a, Order::WakeUp, &[2, 1, 3]).await?;
    a.wakes(at(40)).await?;
    both_ways(&a, Order::WakeUp, &[2, 1, 3]).await
}

/// By what is owed, either way: what was due first comes first, and a commit moves a record there. A record
/// that owes nothing has no place in it.
pub async fn a_list_is_ordered_by_due_time(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut records = Vec::new();
    for (n, due) in [(1, Some(30)), (2, Some(10)), (3, None), (4, Some(20))] {
        let opened = a.put(a.new_case(n)?).await?;
        records.push(a.put(sample::owing(&opened, at(1), due.map(at))).await?);
    }
    both_ways(&a, Order::Due, &[2, 4, 1]).await?;
    for (record, due) in records.iter().zip([Some(5), None, Some(15)]) {
        a.put(sample::owing(record, at(2), due.map(at))).await?;
    }
    both_ways(&a, Order::Due, &[1, 3, 4]).await?;
    let query = a.query().ordered(Order::Due, Direction::Ascending);
    for limit in [1, 2] {
        same("the list in pages", &paged(&a, &query, limit).await?, &record_ids(&[1, 3, 4]))?;
    }
    Ok(())
}

/// Ties are broken by id, in the direction of the list.
pub async fn records_of_one_instant_are_ordered_by_id(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in [5, 300, 2, 70_000] {
        a.put(a.new_case_due(n, 10)?).await?;
    }
    for order in [Order::Opened, Order::Updated, Order::WakeUp] {
        both_ways(&a, order, &[2, 5, 300, 70_000]).await?;
    }
    Ok(())
}

/// A record without a wake-up has no place in the order by wake-up.
pub async fn the_order_by_wake_up_leaves_out_who_has_none(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case_due(1, 10)?).await?;
    a.put(a.new_case(2)?).await?;
    a.put(a.new_case_due(3, 20)?).await?;
    both_ways(&a, Order::WakeUp, &[1, 3]).await?;
    a.put(sample::next(&first, at(1), None)).await?;
    both_ways(&a, Order::WakeUp, &[3]).await
}

/// Page by page, whatever the order and the size, the list is the same as at once.
pub async fn pages_have_every_record_once(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 1..12 {
        let mut draft = a.draft(n)?;
        draft.opened = at(i64::from(n % 3));
        draft.wake_up = (n % 4 != 0).then(|| at(i64::from(100 - n / 2)));
        a.put(sample::opened(draft)).await?;
    }
    for order in [Order::Opened, Order::Updated, Order::WakeUp] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let query = a.query().ordered(order, direction);
            let whole = a.list(query.clone()).await?;
            for limit in [1, 2, 5, 11] {
                same("the list in pages", &paged(&a, &query, limit).await?, &whole)?;
            }
        }
    }
    let mut query = a.query();
    query.opened = TimeRange::between(at(1), at(2));
    same("a filtered list in pages", &paged(&a, &query, 2).await?, &record_ids(&[1, 4, 7, 10]))
}

/// While others come, change and move between two pages, a record that is left alone is seen once.
pub async fn a_record_untouched_between_pages_appears_once(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut records = Vec::new();
    for n in 1..10 {
        records.push(a.put(a.new_case(10 * n)?).await?);
    }
    let query = a.query().ordered(Order::Updated, Direction::Ascending);
    let mut seen = Vec::new();
    let mut request = PageRequest::first(2);
    for step in 0..10_u32 {
        let page = backend.find(Find::new(query.clone(), request)).await?;
        seen.extend(ids(&page)?);
        let Some(next) = page.next else { break };
        request = PageRequest::after(2, next);
        // One before the cursor, one that moves to the end, and one that is new within what was read.
        if let Some(record) = records.get(if step == 0 { 0 } else { 8 }).filter(|_| step < 2) {
            a.put(sample::next(record, at(5), None)).await?;
        }
        a.put(a.new_case(10 * step + 1)?).await?;
    }
    for n in 2..9 {
        let times = seen.iter().filter(|id| **id == record_id(10 * n)).count();
        same("how often an untouched record appeared", &times, &1)?;
    }
    Ok(())
}

/// There is a next page if, and only if, something is behind this one.
pub async fn the_last_page_says_so(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 1..5 {
        a.put(a.new_case(n)?).await?;
    }
    for (limit, more) in [(3, true), (4, false), (5, false)] {
        let page = backend.find(Find::new(a.query(), PageRequest::first(limit))).await?;
        same("whether there is a next page", &page.next.is_some(), &more)?;
    }
    let first = backend.find(Find::new(a.query(), PageRequest::first(2))).await?;
    let next = first.next.ok_or_else(|| Failure::new("there is no second page"))?;
    let second = backend.find(Find::new(a.query(), PageRequest::after(2, next))).await?;
    same("the second page", &ids(&second)?, &record_ids(&[3, 4]))?;
    same("whether there is a third", &second.next, &None)
}

/// A cursor that was written down and read again leads to the same page.
pub async fn a_cursor_survives_its_text(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let cursor = cursor_of(&a, &a.query()).await?;
    let read: Cursor = cursor.to_string().parse()?;
    let page = backend.find(Find::new(a.query(), PageRequest::after(5, read))).await?;
    same("the second page", &ids(&page)?, &record_ids(&[2]))
}

/// A cursor does not serve another filter.
pub async fn a_cursor_of_another_filter_is_refused(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let cursor = cursor_of(&a, &a.query()).await?;
    let mut other = a.query();
    other.stages = vec![Stage::Received];
    expect_bad_cursor(&a, other, cursor).await
}

/// A cursor does not serve another order, nor the other direction.
pub async fn a_cursor_of_another_order_is_refused(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let cursor = cursor_of(&a, &a.query()).await?;
    let updated = a.query().ordered(Order::Updated, Direction::Ascending);
    expect_bad_cursor(&a, updated, cursor.clone()).await?;
    expect_bad_cursor(&a, a.query().ordered(Order::Opened, Direction::Descending), cursor).await
}

/// A cursor does not serve another tenant.
pub async fn a_cursor_of_another_tenant_is_refused(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let b = Probe::of(backend, "tenant-b")?;
    let cursor = cursor_of(&a, &a.query()).await?;
    expect_bad_cursor(&b, b.query(), cursor.clone()).await?;
    b.put(b.new_case(1)?).await?;
    expect_bad_cursor(&b, b.query(), cursor).await
}

/// A limit of nothing, or of more than allowed, is invalid.
pub async fn a_page_limit_is_checked(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for limit in [0, 1001] {
        let error = refused(backend.find(Find::new(a.query(), PageRequest::first(limit))).await)?;
        ensure(matches!(error, BackendError::Invalid(Invalid::Limit { .. })), "the limit is refused")?;
    }
    Ok(())
}

async fn both_ways(probe: &Probe<'_>, order: Order, ascending: &[u32]) -> Result<(), Failure> {
    let mut expected = record_ids(ascending);
    let list = probe.list(probe.query().ordered(order, Direction::Ascending)).await?;
    same("the list, ascending", &list, &expected)?;
    expected.reverse();
    let list = probe.list(probe.query().ordered(order, Direction::Descending)).await?;
    same("the list, descending", &list, &expected)
}

async fn paged(probe: &Probe<'_>, query: &CaseQuery, limit: usize) -> Result<Vec<RecordId>, Failure> {
    let mut seen = Vec::new();
    let mut request = PageRequest::first(limit);
    // No list of the suite has more pages; a cursor that goes nowhere must not go on for ever.
    for _ in 0..100 {
        let page = probe.backend.find(Find::new(query.clone(), request)).await?;
        ensure(page.items.len() <= limit, "a page keeps the limit")?;
        seen.extend(ids(&page)?);
        match page.next {
            Some(next) => request = PageRequest::after(limit, next),
            None => return Ok(seen),
        }
    }
    Err(Failure::new("the pages do not end"))
}

/// Stores two records and gives the cursor between them.
async fn cursor_of(probe: &Probe<'_>, query: &CaseQuery) -> Result<Cursor, Failure> {
    probe.put(probe.new_case(1)?).await?;
    probe.put(probe.new_case(2)?).await?;
    let page = probe.backend.find(Find::new(query.clone(), PageRequest::first(1))).await?;
    page.next.ok_or_else(|| Failure::new("there is no second page"))
}

async fn expect_bad_cursor(probe: &Probe<'_>, query: CaseQuery, cursor: Cursor) -> Result<(), Failure> {
    match refused(probe.backend.find(Find::new(query, PageRequest::after(5, cursor))).await)? {
        BackendError::BadCursor => Ok(()),
        error => Err(Failure::new(format!("expected a bad cursor, got {error:?}"))),
    }
}

#[track_caller]
fn ids(page: &Page) -> Result<Vec<RecordId>, Failure> {
    let ids = page.items.iter().map(|item| match item {
        Ok(found) => Ok(found.record.id()),
        Err(item) => Err(Failure::new(item.to_string())),
    });
    ids.collect()
}
