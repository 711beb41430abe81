//! Lists: what each filter lets through.

use crate::backend::{Backend, CaseQuery, Direction, Order, TimeRange};
use crate::case::Stage;
use crate::feedback::FeedbackKind;
use crate::feedback::Priority;
use crate::id::{Code, StaffId, TeamId};
use crate::testing::failure::{Failure, same};
use crate::testing::probe::{Probe, at, person, record_ids};
use crate::testing::sample::{self, Draft};

/// By stage: any of the values.
pub async fn a_filter_by_stage(backend: &dyn Backend) -> Result<(), Failure> {
    let a = three(backend, |n, draft| {
        draft.stage = if n == 1 { Stage::Received } else { Stage::Waiting };
        if n == 3 {
            draft.stage = Stage::Closed;
        }
        Ok(())
    });
    let a = a.await?;
    expect(&a, &[2], |query| query.stages = vec![Stage::Waiting]).await?;
    expect(&a, &[1, 3], |query| query.stages = vec![Stage::Closed, Stage::Received]).await
}

/// By kind: any of the values, an application's own among them.
pub async fn a_filter_by_kind(backend: &dyn Backend) -> Result<(), Failure> {
    let own = |name: &str| Ok::<_, Failure>(FeedbackKind::from(Code::new(name)?));
    let (idea, bug) = (own("idea")?, own("bug")?);
    let a = three(backend, |n, draft| {
        draft.kind =
            [FeedbackKind::Praise, idea.clone(), bug.clone()].into_iter().nth(n - 1).unwrap_or(bug.clone());
        Ok(())
    });
    let a = a.await?;
    expect(&a, &[2], |query| query.kinds = vec![idea.clone()]).await?;
    expect(&a, &[1, 3], |query| query.kinds = vec![FeedbackKind::Praise, bug.clone()]).await
}

/// By owner: any of the values, where `None` stands for having none.
pub async fn a_filter_by_owner(backend: &dyn Backend) -> Result<(), Failure> {
    let (kim, lee) = (Some(StaffId::new("kim")?), Some(StaffId::new("lee")?));
    let a = three(backend, |n, draft| {
        draft.owner = if n == 3 { None } else { [kim.clone(), lee.clone()].into_iter().nth(n - 1).flatten() };
        Ok(())
    });
    let a = a.await?;
    expect(&a, &[1], |query| query.owners = vec![kim.clone()]).await?;
    expect(&a, &[3], |query| query.owners = vec![None]).await?;
    expect(&a, &[2, 3], |query| query.owners = vec![None, lee.clone()]).await
}

/// By team: any of the values, where `None` stands for having none.
pub async fn a_filter_by_team(backend: &dyn Backend) -> Result<(), Failure> {
    let (red, blue) = (Some(TeamId::new("red")?), Some(TeamId::new("blue")?));
    let a = three(backend, |n, draft| {
        draft.team = if n == 3 { None } else { [red.clone(), blue.clone()].into_iter().nth(n - 1).flatten() };
        Ok(())
    });
    let a = a.await?;
    expect(&a, &[1], |query| query.teams = vec![red.clone()]).await?;
    expect(&a, &[3], |query| query.teams = vec![None]).await?;
    expect(&a, &[2, 3], |query| query.teams = vec![None, blue.clone()]).await
}

/// By customer: any of the values, to the letter.
pub async fn a_filter_by_customer(backend: &dyn Backend) -> Result<(), Failure> {
    let a = three(backend, |n, draft| {
        draft.customer = person(["ann", "Ann", "bob"].into_iter().nth(n - 1).unwrap_or("ann"))?;
        Ok(())
    });
    let a = a.await?;
    let (ann, bob) = (person("ann")?, person("bob")?);
    expect(&a, &[1], |query| query.customers = vec![ann.clone()]).await?;
    expect(&a, &[1, 3], |query| query.customers = vec![bob, ann]).await
}

/// By priority: any of the values.
pub async fn a_filter_by_priority(backend: &dyn Backend) -> Result<(), Failure> {
    let a = three(backend, |n, draft| {
        let all = [Priority::Low, Priority::High, Priority::Urgent];
        draft.priority = all.into_iter().nth(n - 1).unwrap_or(Priority::Low);
        Ok(())
    });
    let a = a.await?;
    expect(&a, &[2], |query| query.priorities = vec![Priority::High]).await?;
    expect(&a, &[1, 3], |query| query.priorities = vec![Priority::Urgent, Priority::Low]).await
}

/// By label: a record has to bear all of them, and may bear more.
pub async fn labels_are_all_required(backend: &dyn Backend) -> Result<(), Failure> {
    let (x, y, z) = (Code::new("x")?, Code::new("y")?, Code::new("z")?);
    let a = three(backend, |n, draft| {
        draft.labels = [x.clone(), y.clone(), z.clone()].into_iter().take(n).collect();
        Ok(())
    });
    let a = a.await?;
    expect(&a, &[1, 2, 3], |query| query.labels = vec![x.clone()]).await?;
    expect(&a, &[2, 3], |query| query.labels = vec![y.clone(), x.clone()]).await?;
    expect(&a, &[3], |query| query.labels = vec![x, y, z]).await
}

/// By the times of opening and of the last event: the start belongs to the span, the end does not.
pub async fn spans_include_their_start_and_exclude_their_end(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 1..5_u32 {
        let mut draft = a.draft(n)?;
        draft.opened = at(n.into());
        let record = a.put(sample::opened(draft)).await?;
        a.put(sample::next(&record, at(i64::from(n) + 10), None)).await?;
    }
    for order in [Order::Opened, Order::Updated] {
        for direction in [Direction::Ascending, Direction::Descending] {
            let list = |opened, updated| {
                let mut query = a.query().ordered(order, direction);
                (query.opened, query.updated) = (opened, updated);
                a.list(query)
            };
            let expected = |ascending: &[u32]| match direction {
                Direction::Ascending => record_ids(ascending),
                Direction::Descending => record_ids(ascending).into_iter().rev().collect(),
            };
            let middle = list(TimeRange::between(at(2), at(4)), TimeRange::ALL).await?;
            same("opened between", &middle, &expected(&[2, 3]))?;
            let middle = list(TimeRange::ALL, TimeRange::between(at(12), at(14))).await?;
            same("updated between", &middle, &expected(&[2, 3]))?;
            let late = list(TimeRange { from: Some(at(3)), until: None }, TimeRange::ALL).await?;
            same("opened from", &late, &expected(&[3, 4]))?;
            let early = list(TimeRange::ALL, TimeRange { from: None, until: Some(at(12)) }).await?;
            same("updated until", &early, &expected(&[1]))?;
            let never = list(TimeRange::between(at(4), at(2)), TimeRange::ALL).await?;
            same("a span that ends before it begins", &never, &vec![])?;
        }
    }
    Ok(())
}

/// By wake-up: strictly before the instant, in any order of the list; who has none is not before it.
pub async fn a_filter_by_wake_up_excludes_its_instant(backend: &dyn Backend) -> Result<(), Failure> {
    let a = three(backend, |n, draft| {
        draft.wake_up = [Some(at(10)), Some(at(20)), None].into_iter().nth(n - 1).flatten();
        Ok(())
    });
    let a = a.await?;
    for order in [Order::Opened, Order::WakeUp] {
        for (minute, expected) in [(10, &[][..]), (11, &[1][..]), (20, &[1][..]), (21, &[1, 2][..])] {
            let mut query = a.query().ordered(order, Direction::Ascending);
            query.wake_up_before = Some(at(minute));
            same("the list", &a.list(query).await?, &record_ids(expected))?;
        }
    }
    Ok(())
}

/// A record has to pass every filter.
pub async fn filters_are_all_required(backend: &dyn Backend) -> Result<(), Failure> {
    let a = three(backend, |n, draft| {
        draft.stage = if n == 1 { Stage::Received } else { Stage::Waiting };
        draft.priority = if n == 2 { Priority::High } else { Priority::Low };
        Ok(())
    });
    let a = a.await?;
    let filter = |priority| {
        move |query: &mut CaseQuery| {
            query.stages = vec![Stage::Waiting];
            query.priorities = vec![priority];
        }
    };
    expect(&a, &[3], filter(Priority::Low)).await?;
    expect(&a, &[2], filter(Priority::High)).await?;
    expect(&a, &[], filter(Priority::Urgent)).await
}

/// A filter that nothing passes gives an empty page and no next one.
pub async fn a_filter_may_match_nothing(backend: &dyn Backend) -> Result<(), Failure> {
    let a = three(backend, |_, _| Ok(())).await?;
    let nobody = person("nobody")?;
    expect(&a, &[], |query| query.customers = vec![nobody]).await?;
    expect(&a, &[], |query| query.quarantined = Some(true)).await?;
    expect(&a, &[1, 2, 3], |query| query.quarantined = Some(false)).await
}

/// Stores the records 1, 2 and 3, each as the function makes it.
async fn three(
    backend: &dyn Backend,
    shape: impl Fn(usize, &mut Draft) -> Result<(), Failure> + Send,
) -> Result<Probe<'_>, Failure> {
    let a = Probe::new(backend)?;
    for (n, id) in (1..4).zip(1..) {
        let mut draft = a.draft(id)?;
        shape(n, &mut draft)?;
        a.put(sample::opened(draft)).await?;
    }
    Ok(a)
}

async fn expect(
    probe: &Probe<'_>,
    expected: &[u32],
    filter: impl FnOnce(&mut CaseQuery),
) -> Result<(), Failure> {
    let mut query = probe.query();
    filter(&mut query);
    same("the list", &probe.list(query).await?, &record_ids(expected))
}
