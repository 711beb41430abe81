//! Wake-ups: claiming, leases, settling.

use chrono::TimeDelta;

use crate::backend::{Backend, BackendError, Claim, Invalid, Lane, Lease, LeasedWake, MAX_LEASE, WakeEnd};
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{LEASE, Probe, at, record_ids};
use crate::testing::sample;

/// Due means at the instant or after it, not a moment earlier.
pub async fn a_wake_up_is_due_at_its_instant(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let just_before = at(10) - TimeDelta::microseconds(1);
    same("just before", &a.woken(just_before).await?, &vec![])?;
    same("at the instant", &a.woken(at(10)).await?, &record_ids(&[1]))
}

/// A record that wants nothing is not offered, however late it is.
pub async fn a_record_without_a_wake_up_is_never_due(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case(1)?).await?;
    same("the wake-ups", &a.woken(at(1_000_000)).await?, &vec![])
}

/// A claimed wake-up names its record, the instant that was asked for, and its first try.
pub async fn a_claimed_wake_up_says_what_it_is(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let wake = a.wake(at(50)).await?;
    same("the record", &wake.key, &a.key(1))?;
    same("the instant", &wake.due, &at(10))?;
    same("the try", &wake.attempts, &1)?;
    ensure(!wake.quarantined, "it is not quarantined")
}

/// The one that has been ready for longest comes first.
pub async fn the_oldest_wake_ups_come_first(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for (n, minute) in [(1, 30), (2, 10), (3, 40), (4, 20)] {
        a.put(a.new_case_due(n, minute)?).await?;
    }
    same("the wake-ups", &a.woken(at(35)).await?, &record_ids(&[2, 4, 1]))
}

/// No more than asked for, and the next claim goes on with the next oldest.
pub async fn a_claim_keeps_its_limit(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 1..6_u32 {
        a.put(a.new_case_due(n, n.into())?).await?;
    }
    for expected in [&[1, 2][..], &[3, 4], &[5], &[]] {
        let claim = Claim::work(a.tenant.clone(), Lane::Wakes, at(9), LEASE, 2);
        let wakes = backend.claim(claim).await?.into_wakes();
        let woken: Vec<_> = wakes.iter().map(|wake| wake.key.id).collect();
        same("the wake-ups of a claim", &woken, &record_ids(expected))?;
    }
    Ok(())
}

/// Until the lease ends, nobody else gets the item.
pub async fn a_leased_wake_up_is_not_offered(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    a.wake(at(10)).await?;
    same("at once", &a.woken(at(10)).await?, &vec![])?;
    let just_before = at(15) - TimeDelta::microseconds(1);
    same("just before the lease ends", &a.woken(just_before).await?, &vec![])
}

/// Of many items, each goes to one of two claims.
pub async fn two_claims_share_nothing(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 1..21 {
        a.put(a.new_case_due(n, 10)?).await?;
    }
    let mut taken = Vec::new();
    for limit in [7, 7, 7] {
        let claim = Claim::work(a.tenant.clone(), Lane::Wakes, at(10), LEASE, limit);
        taken.extend(backend.claim(claim).await?.into_wakes().iter().map(|wake| wake.key.id));
    }
    same("how many were taken", &taken.len(), &20)?;
    taken.sort_unstable();
    taken.dedup();
    same("how many different ones", &taken.len(), &20)
}

/// From the end of the lease on, the item is offered again, as another try under another lease.
pub async fn an_expired_lease_is_taken_over(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let first = a.wake(at(10)).await?;
    let second = a.wake(at(15)).await?;
    same("the try", &second.attempts, &2)?;
    same("the instant that was asked for", &second.due, &at(10))?;
    ensure(first.lease != second.lease, "the lease is another")?;
    same("the try after another lapse", &a.wake(at(20)).await?.attempts, &3)
}

/// Who lets a lease run out until somebody takes over cannot settle any more, and changes nothing.
pub async fn a_lease_that_was_taken_over_is_lost(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let first = a.wake(at(10)).await?;
    let second = a.wake(at(15)).await?;
    expect_lost(&a, &first, WakeEnd::Released).await?;
    expect_lost(&a, &first, WakeEnd::Retry { at: at(16) }).await?;
    same("what is offered under the second lease", &a.woken(at(19)).await?, &vec![])?;
    a.give_back(&second, WakeEnd::Released, at(19)).await?;
    Ok(())
}

/// A lease that ran out holds until somebody takes the item over.
pub async fn an_expired_lease_still_settles(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let wake = a.wake(at(10)).await?;
    a.give_back(&wake, WakeEnd::Retry { at: at(90) }, at(60)).await?;
    same("before the retry", &a.woken(at(89)).await?, &vec![])?;
    same("at the retry", &a.woken(at(90)).await?, &record_ids(&[1]))
}

/// What was given back cannot be given back again.
pub async fn a_lease_settles_once(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let wake = a.wake(at(10)).await?;
    a.give_back(&wake, WakeEnd::Retry { at: at(30) }, at(11)).await?;
    expect_lost(&a, &wake, WakeEnd::Released).await?;
    same("before the retry", &a.woken(at(29)).await?, &vec![])
}

/// A record that does not exist, or that nobody claimed, is under no lease.
pub async fn an_unknown_wake_up_has_no_lease(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    for n in [1, 2] {
        for lease in [0, 1] {
            let wake = LeasedWake {
                key: a.key(n),
                due: at(10),
                attempts: 1,
                quarantined: false,
                lease: Lease::new(lease),
            };
            expect_lost(&a, &wake, WakeEnd::Retry { at: at(30) }).await?;
        }
    }
    same("the wake-up that nobody claimed", &a.woken(at(10)).await?, &record_ids(&[1]))
}

/// A commit's wake-up takes the place of the stored one, be it earlier or later.
pub async fn a_commit_replaces_the_wake_up(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case_due(1, 10)?).await?;
    let second = a.put(sample::next(&first, at(1), Some(at(30)))).await?;
    same("at the first time", &a.woken(at(29)).await?, &vec![])?;
    a.put(sample::next(&second, at(2), Some(at(20)))).await?;
    same("before the third time", &a.woken(at(19)).await?, &vec![])?;
    let wake = a.wake(at(20)).await?;
    same("the instant that was asked for", &wake.due, &at(20))
}

/// A commit of a record that wants nothing any more leaves nothing to claim.
pub async fn a_commit_without_a_wake_up_ends_it(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case_due(1, 10)?).await?;
    a.put(sample::next(&first, at(1), None)).await?;
    same("the wake-ups", &a.woken(at(1_000)).await?, &vec![])?;
    ensure(a.tenants(Lane::Wakes, at(1_000)).await?.is_empty(), "no tenant has any")
}

/// After a commit to its record, a lease is lost, and the new wake-up is due at its own time.
pub async fn a_commit_makes_the_lease_void(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case_due(1, 10)?).await?;
    let wake = a.wake(at(10)).await?;
    a.put(sample::next(&first, at(11), Some(at(12)))).await?;
    expect_lost(&a, &wake, WakeEnd::Retry { at: at(90) }).await?;
    let again = a.wake(at(12)).await?;
    same("the try, counted afresh", &again.attempts, &1)
}

/// A lease from before a commit does not fit the wake-up that came with it, nor its lease.
pub async fn a_lease_never_fits_a_later_wake_up(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut record = a.put(a.new_case_due(1, 10)?).await?;
    let mut old = Vec::new();
    for minute in 11..15 {
        old.push(a.wake(at(minute)).await?);
        record = a.put(sample::next(&record, at(minute), Some(at(minute)))).await?;
    }
    let current = a.wake(at(20)).await?;
    for wake in old {
        ensure(wake.lease != current.lease, "no lease comes twice")?;
        expect_lost(&a, &wake, WakeEnd::Released).await?;
    }
    a.give_back(&current, WakeEnd::Released, at(20)).await?;
    Ok(())
}

/// Commits to other records do not touch a lease.
pub async fn a_commit_elsewhere_leaves_the_lease(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let wake = a.wake(at(10)).await?;
    a.put(a.new_case_due(2, 11)?).await?;
    same("the other one", &a.woken(at(11)).await?, &record_ids(&[2]))?;
    a.give_back(&wake, WakeEnd::Released, at(12)).await?;
    Ok(())
}

/// A released wake-up is offered again at once, and the try did not count.
pub async fn a_released_wake_up_is_due_as_before(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    for _ in 0..20 {
        let wake = a.wake(at(10)).await?;
        same("the try", &wake.attempts, &1)?;
        a.give_back(&wake, WakeEnd::Released, at(11)).await?;
    }
    Ok(())
}

/// A failed wake-up is offered from the instant on that the settlement names, as another try.
pub async fn a_retried_wake_up_waits_until_then(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let wake = a.wake(at(10)).await?;
    a.give_back(&wake, WakeEnd::Retry { at: at(12) }, at(11)).await?;
    same("too early", &a.woken(at(11)).await?, &vec![])?;
    let again = a.wake(at(12)).await?;
    same("the try", &again.attempts, &2)?;
    same("the instant that was asked for", &again.due, &at(10))
}

/// Items that are leased or wait for a retry do not use up the limit of a claim.
pub async fn a_wake_up_that_cannot_run_hides_no_other(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 1..9_u32 {
        a.put(a.new_case_due(n, n.into())?).await?;
    }
    let claim = |limit| Claim::work(a.tenant.clone(), Lane::Wakes, at(20), LEASE, limit);
    for wake in backend.claim(claim(4)).await?.into_wakes() {
        a.give_back(&wake, WakeEnd::Retry { at: at(60) }, at(20)).await?;
    }
    backend.claim(claim(2)).await?;
    let woken: Vec<_> = backend.claim(claim(2)).await?.into_wakes().iter().map(|wake| wake.key.id).collect();
    same("what is left", &woken, &record_ids(&[7, 8]))
}

/// A lease that ends more than [`MAX_LEASE`] after a claim's time was given under a clock that ran ahead: it is
/// over. So is a wait for another try that ends so late. What the record itself asks for is not moved.
pub async fn a_lease_of_a_clock_that_ran_ahead_is_over(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ahead = at(10) + TimeDelta::days(3_650);
    a.put(a.new_case_due(1, 10)?).await?;
    a.put(a.new_case_due(2, 20)?).await?;
    let retried = a.wakes(ahead).await?;
    same("what was taken", &retried.len(), &2)?;
    for wake in retried.iter().filter(|wake| [wake.key.id] == record_ids(&[2])[..]) {
        a.give_back(wake, WakeEnd::Retry { at: ahead + TimeDelta::minutes(5) }, ahead).await?;
    }
    ensure(a.tenants(Lane::Wakes, at(10)).await? == [a.tenant.clone()], "the tenant has work")?;
    same("once the clock is right", &a.woken(at(10)).await?, &record_ids(&[1, 2]))?;
    same("under the new lease", &a.woken(at(11)).await?, &vec![])?;
    a.put(a.new_case_due(3, 10 * 365 * 24 * 60)?).await?;
    same("what is to wait so long", &a.woken(at(12)).await?, &vec![])
}

/// The longest lease holds as any other does.
pub async fn the_longest_lease_holds(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let claim = Claim::work(a.tenant.clone(), Lane::Wakes, at(10), MAX_LEASE, 1);
    same("what was taken", &backend.claim(claim).await?.len(), &1)?;
    same("at once", &a.woken(at(10)).await?, &vec![])?;
    same("when it ends", &a.woken(at(10) + MAX_LEASE).await?, &record_ids(&[1]))
}

/// A limit out of range and a lease of no length, or of more than [`MAX_LEASE`], are invalid, and take nothing.
pub async fn a_claim_request_is_checked(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    for limit in [0, 1001] {
        let error =
            refused(backend.claim(Claim::work(a.tenant.clone(), Lane::Wakes, at(10), LEASE, limit)).await)?;
        ensure(matches!(error, BackendError::Invalid(Invalid::Limit { .. })), "the limit is refused")?;
        let error = refused(backend.claim(Claim::tenants(Lane::Notices, at(10), limit)).await)?;
        ensure(matches!(error, BackendError::Invalid(Invalid::Limit { .. })), "the limit is refused")?;
    }
    for lease in [TimeDelta::zero(), TimeDelta::seconds(-1), MAX_LEASE + TimeDelta::seconds(1)] {
        let claim = Claim::work(a.tenant.clone(), Lane::Wakes, at(10), lease, 1);
        let error = refused(backend.claim(claim).await)?;
        ensure(matches!(error, BackendError::Invalid(Invalid::Lease)), "the lease is refused")?;
    }
    same("what is left", &a.woken(at(10)).await?, &record_ids(&[1]))
}

async fn expect_lost(probe: &Probe<'_>, wake: &LeasedWake, end: WakeEnd) -> Result<(), Failure> {
    match refused(probe.give_back(wake, end, at(0)).await)? {
        BackendError::LeaseLost => Ok(()),
        error => Err(Failure::new(format!("expected a lost lease, got {error:?}"))),
    }
}
