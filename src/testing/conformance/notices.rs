//! Notices: leases as for wake-ups, and the order in which a person gets them.

use crate::backend::{Backend, BackendError, ErasureScope, Lane, LeasedNotice, NoticeEnd, Write};
use crate::id::{Code, CustomerId, Name};
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{LEASE, Probe, at, case, person, record_id};
use crate::testing::sample;
use crate::workflow::{NoticeId, NoticeKind, Recipient};

/// Not before its instant, and then as it was committed.
pub async fn a_notice_is_offered_from_its_instant_on(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let write = a.new_case(1)?;
    let notice = sample::notice(&write, 3, at(10), Some(&person("ann")?));
    a.put(write.with_notices(vec![notice.clone()])).await?;
    ensure(a.notices(at(9)).await?.is_empty(), "it is not offered too early")?;
    let (offered, leased) = a.notice(at(12)).await?;
    same("the notice", &offered, &notice)?;
    same("the record", &leased.key, &a.key(1))?;
    same("its instant", &leased.due, &at(10))?;
    same("the try", &leased.attempts, &1)
}

/// Until the lease ends, nobody else gets it.
pub async fn a_leased_notice_is_not_offered(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann"))])?).await?;
    a.notice(at(10)).await?;
    ensure(a.notices(at(14)).await?.is_empty(), "it is not offered twice")
}

/// From the end of the lease on it is offered again, as the same notice, so that the receiver knows it.
pub async fn an_expired_notice_is_taken_over_under_the_same_id(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann"))])?).await?;
    let (first, one) = a.notice(at(10)).await?;
    let (second, two) = a.notice(at(10) + LEASE).await?;
    same("the notice", &second, &first)?;
    same("the try", &two.attempts, &2)?;
    ensure(one.lease != two.lease, "the lease is another")
}

/// Whose notice was taken over cannot settle it any more.
pub async fn a_notice_that_was_taken_over_is_lost(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann"))])?).await?;
    let (_, one) = a.notice(at(10)).await?;
    let (_, two) = a.notice(at(15)).await?;
    expect_lost(&a, &one, NoticeEnd::Done).await?;
    ensure(a.notices(at(19)).await?.is_empty(), "it is still under the second lease")?;
    a.settle_notice(&two, NoticeEnd::Done).await?;
    Ok(())
}

/// Done is done, and cannot be said twice.
pub async fn a_done_notice_is_never_offered_again(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann"))])?).await?;
    let (_, leased) = a.notice(at(10)).await?;
    a.settle_notice(&leased, NoticeEnd::Done).await?;
    ensure(a.notices(at(1_000)).await?.is_empty(), "it is over")?;
    expect_lost(&a, &leased, NoticeEnd::Retry { at: at(20) }).await?;
    ensure(a.notices(at(1_000)).await?.is_empty(), "it stays over")
}

/// It takes no room any more: no erasure finds it, its tenant has no work because of it, and what comes later does
/// not wait for it.
pub async fn settled_work_is_gone(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = Some("ann");
    let record = a.put(owing(a.new_case(1)?, &[(0, 10, ann)])?).await?;
    let (_, leased) = a.notice(at(10)).await?;
    a.settle_notice(&leased, NoticeEnd::Done).await?;
    let with_work = a.tenants(Lane::Notices, at(1_000)).await?;
    ensure(!with_work.contains(&a.tenant), "its tenant has no work")?;
    a.put(owing(sample::next(&record, at(1), None), &[(0, 10, ann)])?).await?;
    let (next, leased) = a.notice(at(10)).await?;
    same("the next one of its line", &next.id.version, &2)?;
    a.settle_notice(&leased, NoticeEnd::Done).await?;
    let of_ann = a.erase(ErasureScope::Person(person("ann")?)).await?;
    same("how many notices an erasure of the person voids", &of_ann.notices, &0)?;
    let of_record = a.erase(ErasureScope::Record(record_id(1))).await?;
    same("how many notices an erasure of the record voids", &of_record.notices, &0)
}

/// So is dead.
pub async fn a_dead_notice_is_never_offered_again(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann"))])?).await?;
    let (_, leased) = a.notice(at(10)).await?;
    a.settle_notice(&leased, NoticeEnd::Dead { reason: Code::new("bounced")? }).await?;
    ensure(a.notices(at(1_000)).await?.is_empty(), "it is over")?;
    expect_lost(&a, &leased, NoticeEnd::Done).await
}

/// A notice that did not go out is offered from the named instant on, as another try.
pub async fn a_retried_notice_waits_until_then(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann"))])?).await?;
    let (_, leased) = a.notice(at(10)).await?;
    a.settle_notice(&leased, NoticeEnd::Retry { at: at(30) }).await?;
    ensure(a.notices(at(29)).await?.is_empty(), "it waits")?;
    same("the try", &a.notice(at(30)).await?.1.attempts, &2)
}

/// A notice that nobody tried waits as well, and the try does not count.
pub async fn a_postponed_notice_does_not_count_the_try(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann")), (1, 10, Some("ann"))])?).await?;
    for minute in [10, 30, 50] {
        let (notice, leased) = a.notice(at(minute)).await?;
        same("the first one", &notice.id.n, &0)?;
        same("the try", &leased.attempts, &1)?;
        a.settle_notice(&leased, NoticeEnd::Postponed { at: at(minute + 20) }).await?;
        ensure(a.notices(at(minute + 19)).await?.is_empty(), "it waits, and the one behind it")?;
        expect_lost(&a, &leased, NoticeEnd::Done).await?;
    }
    let (_, leased) = a.notice(at(70)).await?;
    a.settle_notice(&leased, NoticeEnd::Retry { at: at(80) }).await?;
    same("the try after a failed one", &a.notice(at(80)).await?.1.attempts, &2)
}

/// The second notice of a case to a person is offered when the first is done, also across commits.
pub async fn one_person_gets_notices_one_after_the_other(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = Some("ann");
    let record = a.put(owing(a.new_case(1)?, &[(0, 10, ann), (1, 10, ann)])?).await?;
    a.put(owing(sample::next(&record, at(1), None), &[(0, 10, ann)])?).await?;
    for (version, n) in [(1, 0), (1, 1), (2, 0)] {
        let (notice, leased) = a.notice(at(10)).await?;
        same("the notice", &notice.id, &NoticeId { case: case(1), version, n })?;
        ensure(a.notices(at(10)).await?.is_empty(), "the next one waits for it")?;
        a.settle_notice(&leased, NoticeEnd::Done).await?;
    }
    ensure(a.notices(at(1_000)).await?.is_empty(), "there are no more")
}

/// A notice that was given up does not hold up the next one.
pub async fn a_dead_notice_lets_the_next_go(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann")), (1, 10, Some("ann"))])?).await?;
    let (_, leased) = a.notice(at(10)).await?;
    a.settle_notice(&leased, NoticeEnd::Dead { reason: Code::new("bounced")? }).await?;
    same("the next one", &a.notice(at(10)).await?.0.id.n, &1)
}

/// While an earlier notice to the same person waits for its instant or for a retry, later ones wait.
pub async fn a_notice_that_is_ready_does_not_overtake(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 30, Some("ann")), (1, 10, Some("ann"))])?).await?;
    ensure(a.notices(at(20)).await?.is_empty(), "the second waits for the first one's instant")?;
    let (_, leased) = a.notice(at(30)).await?;
    same("the first one", &leased.id.n, &0)?;
    a.settle_notice(&leased, NoticeEnd::Retry { at: at(60) }).await?;
    ensure(a.notices(at(59)).await?.is_empty(), "the second waits for the retry of the first")?;
    same("the retry", &a.notice(at(60)).await?.0.id.n, &0)
}

/// Someone else's notice of the same case goes out meanwhile.
pub async fn other_persons_do_not_wait(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let owed = [(0, 30, Some("ann")), (1, 10, Some("bob")), (2, 10, Some("ann")), (3, 11, Some("bob"))];
    a.put(owing(a.new_case(1)?, &owed)?).await?;
    let (notice, leased) = a.notice(at(20)).await?;
    same("the other person's first", &notice.id.n, &1)?;
    a.settle_notice(&leased, NoticeEnd::Done).await?;
    same("the other person's second", &a.notice(at(20)).await?.0.id.n, &3)
}

/// Of notices that are about nobody, those to one role wait for none to another.
pub async fn other_roles_do_not_wait(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let write = a.new_case(1)?;
    let owed = |n, minute, role| {
        sample::notice_to(&write, n, at(minute), Recipient::Role(Name::known(role)), NoticeKind::Warning)
    };
    let notices = vec![owed(0, 30, "owner"), owed(1, 10, "team-lead"), owed(2, 10, "owner")];
    a.put(write.with_notices(notices)).await?;
    let (notice, leased) = a.notice(at(20)).await?;
    same("the other role's", &notice.id.n, &1)?;
    a.settle_notice(&leased, NoticeEnd::Done).await?;
    ensure(a.notices(at(20)).await?.is_empty(), "the first role's second waits for its first")
}

/// What is urgent goes out while an earlier notice to the same recipient waits.
pub async fn what_is_urgent_overtakes(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let write = a.new_case(1)?;
    let owner = Recipient::Role(Name::known("owner"));
    let owed = |n, minute, kind| sample::notice_to(&write, n, at(minute), owner.clone(), kind);
    let notices = vec![owed(0, 30, NoticeKind::Review), owed(1, 10, NoticeKind::Escalation)];
    a.put(write.with_notices(notices)).await?;
    same("the urgent one", &a.notice(at(20)).await?.0.id.n, &1)
}

/// Notices to nobody in particular keep their order among themselves, and wait for no person's.
pub async fn nobody_in_particular_waits_in_a_line_of_their_own(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 30, Some("ann")), (1, 10, None), (2, 10, None)])?).await?;
    let (notice, leased) = a.notice(at(20)).await?;
    same("the first of nobody", &notice.id.n, &1)?;
    ensure(a.notices(at(20)).await?.is_empty(), "the second one waits for it")?;
    a.settle_notice(&leased, NoticeEnd::Done).await?;
    same("the second of nobody", &a.notice(at(20)).await?.0.id.n, &2)
}

/// The same person's notice of another case goes out meanwhile.
pub async fn other_cases_do_not_wait(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 30, Some("ann"))])?).await?;
    a.put(owing(a.new_case(2)?, &[(0, 10, Some("ann"))])?).await?;
    same("the case", &a.notice(at(20)).await?.0.id.case, &case(2))
}

/// A commit to the case takes no notice away and ends no lease of one.
pub async fn a_commit_leaves_waiting_notices_alone(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let record = a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann")), (1, 10, Some("bob"))])?).await?;
    let mut leased = a.notices(at(10)).await?;
    same("how many are offered", &leased.len(), &2)?;
    a.put(sample::next(&record, at(11), None)).await?;
    ensure(a.notices(at(14)).await?.is_empty(), "the leases hold")?;
    if let Some(one) = leased.pop() {
        a.settle_notice(&one, NoticeEnd::Done).await?;
    }
    same("how many are left", &a.notices(at(15)).await?.len(), &1)
}

/// However often a notice fails or its lease runs out, it is offered when that is over, until it is
/// settled.
pub async fn notices_are_never_quarantined(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann"))])?).await?;
    for n in 1..20 {
        let (_, leased) = a.notice(at(10)).await?;
        same("the try", &leased.attempts, &n)?;
        a.settle_notice(&leased, NoticeEnd::Retry { at: at(10) }).await?;
    }
    for n in 0..20_i32 {
        a.notice(at(10) + LEASE * n).await?;
    }
    let mut query = a.query();
    query.quarantined = Some(true);
    same("the quarantine", &a.list(query).await?, &vec![])
}

/// What was given up is kept, says why, and is offered to nobody.
pub async fn a_dead_notice_is_listed_with_its_reason(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let write = a.new_case(1)?;
    let notice = sample::notice(&write, 0, at(10), Some(&person("ann")?));
    a.put(write.with_notices(vec![notice.clone()])).await?;
    let (_, leased) = a.notice(at(10)).await?;
    ensure(a.dead(None, 10).await?.is_empty(), "a notice under a lease is not dead")?;
    a.give_up(&leased).await?;
    let dead = a.dead(None, 10).await?;
    let [dead] = &dead[..] else {
        return Err(Failure::new(format!("expected one dead letter, got {dead:?}")));
    };
    same("the notice", &dead.notice.as_ref().ok(), &Some(&notice))?;
    same("the record", &dead.key, &a.key(1))?;
    same("its id", &dead.id, &notice.id)?;
    same("its instant", &dead.due, &at(10))?;
    same("the tries", &dead.attempts, &1)?;
    same("the reason", &dead.reason, &Code::new("bounced")?)?;
    ensure(a.tenants(Lane::Notices, at(1_000)).await?.is_empty(), "it is no work")
}

/// By rising id, each once.
pub async fn dead_notices_are_listed_page_by_page(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for number in 1..=3 {
        a.put(owing(a.new_case(number)?, &[(0, 10, Some("ann")), (1, 10, Some("bob"))])?).await?;
    }
    for leased in a.notices(at(10)).await? {
        a.give_up(&leased).await?;
    }
    let (mut after, mut seen) = (None, Vec::new());
    loop {
        let page = a.dead(after, 4).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        seen.extend(page.iter().map(|dead| dead.id));
    }
    let mut all: Vec<_> =
        (1..=3).flat_map(|number| [0, 1].map(|n| NoticeId { case: case(number), version: 1, n })).collect();
    all.sort();
    same("the dead letters", &seen, &all)
}

/// A list is no claim: two of them show the same.
pub async fn listing_dead_notices_takes_none(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann"))])?).await?;
    a.give_up(&a.notice(at(10)).await?.1).await?;
    let leases: Vec<_> = a.dead(None, 10).await?.iter().map(|dead| (dead.id, dead.lease)).collect();
    let again: Vec<_> = a.dead(None, 10).await?.iter().map(|dead| (dead.id, dead.lease)).collect();
    same("how many are listed", &leases.len(), &1)?;
    same("the second list", &again, &leases)
}

/// It is tried from the beginning, and neither waits for its line nor holds it up.
pub async fn a_dead_notice_that_is_put_back_is_offered_beside_its_line(
    backend: &dyn Backend,
) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = Some("ann");
    let record = a.put(owing(a.new_case(1)?, &[(0, 10, ann), (1, 10, ann)])?).await?;
    let (_, first) = a.notice(at(10)).await?;
    a.give_up(&first).await?;
    let (_, second) = a.notice(at(10)).await?;
    let Some(dead) = a.dead(None, 10).await?.pop() else { return Err(Failure::new("no dead letter")) };
    expect_lost(&a, &first, NoticeEnd::Retry { at: at(11) }).await?;
    a.settle_dead(&dead, NoticeEnd::Retry { at: at(12) }).await?;
    ensure(a.dead(None, 10).await?.is_empty(), "it is dead no more")?;
    ensure(a.notices(at(11)).await?.is_empty(), "it waits until then")?;
    let (notice, again) = a.notice(at(12)).await?;
    same("the notice", &notice.id, &first.id)?;
    same("the try", &again.attempts, &1)?;
    a.settle_notice(&second, NoticeEnd::Done).await?;
    a.put(owing(sample::next(&record, at(1), None), &[(0, 10, ann)])?).await?;
    same("the line goes on", &a.notice(at(13)).await?.0.id.version, &2)?;
    a.settle_notice(&again, NoticeEnd::Done).await?;
    ensure(a.notices(at(14)).await?.is_empty(), "it is over, and its line is under a lease")
}

/// Dismissed is gone: neither listed nor offered.
pub async fn a_dead_notice_that_is_dismissed_is_gone(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(owing(a.new_case(1)?, &[(0, 10, Some("ann"))])?).await?;
    a.give_up(&a.notice(at(10)).await?.1).await?;
    let Some(dead) = a.dead(None, 10).await?.pop() else { return Err(Failure::new("no dead letter")) };
    a.settle_dead(&dead, NoticeEnd::Done).await?;
    ensure(a.dead(None, 10).await?.is_empty(), "it is not listed")?;
    ensure(a.notices(at(1_000)).await?.is_empty(), "it is not offered")?;
    match refused(a.settle_dead(&dead, NoticeEnd::Done).await)? {
        BackendError::LeaseLost => Ok(()),
        error => Err(Failure::new(format!("expected a lost lease, got {error:?}"))),
    }
}

/// The write with its notices: number, minute and person of each.
fn owing(write: Write, owed: &[(u16, i64, Option<&str>)]) -> Result<Write, Failure> {
    let mut notices = Vec::new();
    for (n, minute, name) in owed {
        let name: Option<CustomerId> = name.map(person).transpose()?;
        notices.push(sample::notice(&write, *n, at(*minute), name.as_ref()));
    }
    Ok(write.with_notices(notices))
}

async fn expect_lost(probe: &Probe<'_>, leased: &LeasedNotice, end: NoticeEnd) -> Result<(), Failure> {
    match refused(probe.settle_notice(leased, end).await)? {
        BackendError::LeaseLost => Ok(()),
        error => Err(Failure::new(format!("expected a lost lease, got {error:?}"))),
    }
}
