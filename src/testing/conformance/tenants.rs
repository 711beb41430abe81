//! Tenants: nothing of one shows to another, and the claim over all of them.

use crate::backend::{Backend, BackendError, Claim, ErasureScope, Lane, NoticeEnd, Settlement, WakeEnd};
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{LEASE, Probe, at, case, command, person, record_id, record_ids, stamp};
use crate::testing::sample;

/// Each has its own version and its own content.
pub async fn one_id_under_two_tenants_is_two_records(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    let of_a = a.put(a.new_case(1)?).await?;
    same("b's before b wrote it", &b.load(1).await?, &None)?;
    let of_b = b.put(b.new_case(1)?).await?;
    let of_b = b.put(sample::next(&of_b, at(1), None)).await?;
    same("a's", &a.load(1).await?, &Some(of_a))?;
    same("b's", &b.load(1).await?, &Some(of_b))
}

/// A command id of one tenant means nothing to another.
pub async fn one_command_under_two_tenants_is_two_commands(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    a.put_as(stamp(1, 7), a.new_case(1)?).await?;
    same("b's outcome", &b.outcome(1).await?, &None)?;
    b.put_as(stamp(1, 8), b.new_case(2)?).await?;
    let fingerprint = a.outcome(1).await?.and_then(|outcome| outcome.fingerprint);
    same("a's fingerprint", &fingerprint, &Some(7))
}

/// A text id of one tenant reads nothing of another's.
pub async fn texts_do_not_cross_tenants(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    let ann = person("ann")?;
    let words = |body| vec![sample::text(command(1), 0, &ann, body)];
    a.put_as(stamp(1, 7), a.new_case(1)?.with_texts(words("of a"))).await?;
    same("b's text", &b.words(command(1), 0).await?, &None)?;
    b.put_as(stamp(1, 7), b.new_case(1)?.with_texts(words("of b"))).await?;
    same("a's text", &a.words(command(1), 0).await?.as_deref(), &Some("of a"))
}

/// A list has the tenant's own records only.
pub async fn lists_do_not_cross_tenants(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    for n in 1..4 {
        a.put(a.new_case_due(n, 10)?).await?;
    }
    same("b's list", &b.list(b.query()).await?, &vec![])?;
    b.put(b.new_case_due(2, 10)?).await?;
    same("b's list", &b.list(b.query()).await?, &record_ids(&[2]))?;
    same("a's list", &a.list(a.query()).await?, &record_ids(&[1, 2, 3]))
}

/// A history and a feed have the tenant's own events only.
pub async fn events_do_not_cross_tenants(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    let record = a.put(a.new_case(1)?).await?;
    b.put(b.new_case(2)?).await?;
    a.put(sample::next(&record, at(1), None)).await?;
    same("b's history of a's record", &b.history(1, 0).await?.len(), &0)?;
    let feed = b.feed(None).await?;
    same("b's feed", &feed.iter().map(|item| item.key.clone()).collect(), &vec![b.key(2)])?;
    same("a's feed", &a.feed(None).await?.len(), &2)
}

/// Erasing a person or a record of one tenant leaves the namesake of another alone.
pub async fn erasures_do_not_cross_tenants(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    let ann = person("ann")?;
    for tenant in [&a, &b] {
        let write = tenant.new_case(1)?;
        let owed = vec![sample::notice(&write, 0, at(10), Some(&ann))];
        let texts = vec![sample::text(command(1), 0, &ann, "words")];
        tenant.put_as(stamp(1, 7), write.with_texts(texts).with_notices(owed)).await?;
    }
    b.erase(ErasureScope::Person(ann)).await?;
    b.erase(ErasureScope::Record(record_id(1))).await?;
    same("a's text", &a.words(command(1), 0).await?.as_deref(), &Some("words"))?;
    let fingerprint = a.outcome(1).await?.and_then(|outcome| outcome.fingerprint);
    same("a's fingerprint", &fingerprint, &Some(7))?;
    same("a's notices", &a.notices(at(10)).await?.len(), &1)
}

/// A claim for one tenant takes that tenant's work only.
pub async fn claims_do_not_cross_tenants(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    let write = a.new_case_due(1, 10)?;
    let owed = vec![sample::notice(&write, 0, at(10), None)];
    a.put(write.with_notices(owed)).await?;
    b.put(b.new_case_due(2, 20)?).await?;
    ensure(b.wakes(at(15)).await?.is_empty(), "b has no wake-up yet")?;
    ensure(b.notices(at(15)).await?.is_empty(), "b has no notice")?;
    same("a's wake-up", &a.wake(at(15)).await?.key, &a.key(1))?;
    same("a's notice", &a.notice(at(15)).await?.1.key, &a.key(1))
}

/// A lease of one tenant settles nothing of another's.
pub async fn settlements_do_not_cross_tenants(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    for tenant in [&a, &b] {
        let write = tenant.new_case_due(1, 10)?;
        let owed = vec![sample::notice(&write, 0, at(10), None)];
        tenant.put(write.with_notices(owed)).await?;
    }
    let wake = a.wake(at(10)).await?;
    let (_, notice) = a.notice(at(10)).await?;
    let end = WakeEnd::Retry { at: at(90) };
    let settlements = [
        Settlement::wake(b.key(1), wake.lease, end, at(11)),
        Settlement::notice(b.tenant.clone(), notice.id, notice.lease, NoticeEnd::Done, at(11)),
    ];
    for settlement in settlements {
        match refused(backend.settle(settlement).await)? {
            BackendError::LeaseLost => {}
            error => return Err(Failure::new(format!("expected a lost lease, got {error:?}"))),
        }
    }
    same("b's wake-up", &b.wake(at(11)).await?.key, &b.key(1))?;
    same("b's notice", &b.notice(at(11)).await?.0.id.case, &case(1))?;
    a.give_back(&wake, end, at(11)).await?;
    a.settle_notice(&notice, NoticeEnd::Done).await?;
    Ok(())
}

/// Those tenants that have an item which is due, and no others.
pub async fn a_claim_over_all_names_the_tenants_with_work(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    ensure(a.tenants(Lane::Wakes, at(1_000)).await?.is_empty(), "an empty store has none")?;
    a.put(a.new_case_due(1, 20)?).await?;
    b.put(b.new_case_due(1, 10)?).await?;
    b.put(b.new_case_due(2, 12)?).await?;
    let c = Probe::of(backend, "tenant-c")?;
    c.put(c.new_case(1)?).await?;
    ensure(a.tenants(Lane::Wakes, at(9)).await?.is_empty(), "nobody at first")?;
    same("later", &a.tenants(Lane::Wakes, at(15)).await?, &vec![b.tenant.clone()])?;
    same("at last", &a.tenants(Lane::Wakes, at(20)).await?, &vec![b.tenant.clone(), a.tenant.clone()])
}

/// Asking who has work leases nothing and counts no try.
pub async fn a_claim_over_all_takes_nothing(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    for _ in 0..3 {
        same("who has work", &a.tenants(Lane::Wakes, at(10)).await?, &vec![a.tenant.clone()])?;
    }
    same("the try", &a.wake(at(10)).await?.attempts, &1)
}

/// A tenant whose items are all leased or wait for a retry or for their turn has no work now.
pub async fn a_claim_over_all_skips_what_is_not_offered(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let write = a.new_case_due(1, 10)?;
    let ann = person("ann")?;
    let owed =
        vec![sample::notice(&write, 0, at(30), Some(&ann)), sample::notice(&write, 1, at(10), Some(&ann))];
    a.put(write.with_notices(owed)).await?;
    ensure(a.tenants(Lane::Notices, at(20)).await?.is_empty(), "the first notice is not ready")?;
    same("then it is", &a.tenants(Lane::Notices, at(30)).await?.len(), &1)?;
    let wake = a.wake(at(10)).await?;
    ensure(a.tenants(Lane::Wakes, at(14)).await?.is_empty(), "the wake-up is leased")?;
    a.give_back(&wake, WakeEnd::Retry { at: at(60) }, at(14)).await?;
    ensure(a.tenants(Lane::Wakes, at(59)).await?.is_empty(), "the wake-up waits")?;
    same("the retry", &a.tenants(Lane::Wakes, at(60)).await?.len(), &1)
}

/// The tenant whose oldest item has been ready for longest comes first.
pub async fn a_claim_over_all_goes_by_the_oldest_item(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    let c = Probe::of(backend, "tenant-c")?;
    a.put(a.new_case_due(1, 20)?).await?;
    b.put(b.new_case_due(1, 10)?).await?;
    let record = c.put(c.new_case_due(1, 5)?).await?;
    c.put(c.new_case_due(2, 15)?).await?;
    let tenants = |names: [&Probe<'_>; 3]| names.map(|probe| probe.tenant.clone()).to_vec();
    same("the tenants", &a.tenants(Lane::Wakes, at(30)).await?, &tenants([&c, &b, &a]))?;
    c.put(sample::next(&record, at(1), None)).await?;
    same("after a commit", &a.tenants(Lane::Wakes, at(30)).await?, &tenants([&b, &c, &a]))
}

/// No more tenants than asked for.
pub async fn a_claim_over_all_keeps_its_limit(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    a.put(a.new_case_due(1, 20)?).await?;
    b.put(b.new_case_due(1, 10)?).await?;
    let tenants = backend.claim(Claim::tenants(Lane::Wakes, at(30), 1)).await?.into_tenants();
    same("the tenants", &tenants, &vec![b.tenant.clone()])
}

/// A dead letter is listed for its own tenant, and its lease fits nobody else's.
pub async fn dead_notices_do_not_cross_tenants(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    let write = a.new_case(1)?;
    let owed = vec![sample::notice(&write, 0, at(10), None)];
    a.put(write.with_notices(owed)).await?;
    a.give_up(&a.notice(at(10)).await?.1).await?;
    ensure(b.dead(None, 10).await?.is_empty(), "b has no dead letter")?;
    let Some(dead) = a.dead(None, 10).await?.pop() else { return Err(Failure::new("no dead letter")) };
    let foreign = Settlement::notice(b.tenant.clone(), dead.id, dead.lease, NoticeEnd::Done, at(11));
    match refused(backend.settle(foreign).await)? {
        BackendError::LeaseLost => same("a's dead letters", &a.dead(None, 10).await?.len(), &1),
        error => Err(Failure::new(format!("expected a lost lease, got {error:?}"))),
    }
}

/// Wake-ups and notices are different work.
pub async fn a_claim_over_all_keeps_the_lanes_apart(backend: &dyn Backend) -> Result<(), Failure> {
    let (a, b) = two(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let write = b.new_case(1)?;
    let owed = vec![sample::notice(&write, 0, at(10), None)];
    b.put(write.with_notices(owed)).await?;
    same("who has wake-ups", &a.tenants(Lane::Wakes, at(10)).await?, &vec![a.tenant.clone()])?;
    same("who has notices", &a.tenants(Lane::Notices, at(10)).await?, &vec![b.tenant.clone()])?;
    let claim = Claim::work(b.tenant.clone(), Lane::Wakes, at(10), LEASE, 10);
    ensure(backend.claim(claim).await?.is_empty(), "a notice is no wake-up")
}

fn two(backend: &dyn Backend) -> Result<(Probe<'_>, Probe<'_>), Failure> {
    Ok((Probe::new(backend)?, Probe::of(backend, "tenant-b")?))
}
