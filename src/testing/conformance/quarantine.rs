//! Wake-ups that fail again and again.

use crate::backend::{Backend, QUARANTINE_AFTER, QUARANTINE_RETRY, RecordId, WakeEnd};
use crate::testing::failure::{Failure, ensure, same};
use crate::testing::probe::{LEASE, Probe, at, record_ids};
use crate::testing::sample;

/// The eighth failed try quarantines, the seventh does not.
pub async fn eight_failed_tries_quarantine_a_record(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    for n in 1..=QUARANTINE_AFTER {
        same("the quarantine before a try", &quarantined(&a).await?, &vec![])?;
        let wake = a.wake(at(10)).await?;
        same("the try", &wake.attempts, &n)?;
        ensure(!wake.quarantined, "the first eight tries are not quarantined")?;
        a.give_back(&wake, WakeEnd::Retry { at: at(10) }, at(10)).await?;
    }
    same("the quarantine", &quarantined(&a).await?, &record_ids(&[1]))
}

/// The query finds it, the list marks it, and the filter for sound ones leaves it out.
pub async fn a_quarantined_record_is_found(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    fail(&a, QUARANTINE_AFTER).await?;
    a.put(a.new_case_due(2, 10)?).await?;
    let marks: Vec<_> = a.found(a.query()).await?.iter().map(|found| found.quarantined).collect();
    same("the marks", &marks, &vec![true, false])?;
    let mut sound = a.query();
    sound.quarantined = Some(false);
    same("the sound ones", &a.list(sound).await?, &record_ids(&[2]))
}

/// It is offered an hour after each failure, whatever instant the settlement names, and never given up.
pub async fn a_quarantined_record_is_tried_hourly_for_ever(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    fail(&a, QUARANTINE_AFTER).await?;
    let mut now = at(10);
    for n in 1..30 {
        let hour = now + QUARANTINE_RETRY;
        same("within the hour", &a.woken(hour - LEASE).await?, &vec![])?;
        let wake = a.wake(hour).await?;
        same("the try", &wake.attempts, &(QUARANTINE_AFTER + n))?;
        ensure(wake.quarantined, "the wake-up says that it is quarantined")?;
        now = hour + LEASE;
        a.give_back(&wake, WakeEnd::Retry { at: now }, now).await?;
    }
    same("the quarantine", &quarantined(&a).await?, &record_ids(&[1]))
}

/// A try whose lease ran out is a failed one: who brings its workers down is quarantined, too.
pub async fn lapsed_leases_count_as_failed_tries(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    let mut now = at(10);
    for n in 1..=QUARANTINE_AFTER {
        let wake = a.wake(now).await?;
        ensure(!wake.quarantined, "the first eight tries are not quarantined")?;
        same("the try", &wake.attempts, &n)?;
        now += LEASE;
    }
    let wake = a.wake(now).await?;
    ensure(wake.quarantined, "the ninth try is quarantined")?;
    same("the quarantine", &quarantined(&a).await?, &record_ids(&[1]))?;
    let hour = now + QUARANTINE_RETRY;
    same("within the hour", &a.woken(hour - LEASE).await?, &vec![])?;
    same("after the hour", &a.woken(hour).await?, &record_ids(&[1]))
}

/// Other records run on time.
pub async fn a_quarantined_record_holds_up_no_other(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    fail(&a, QUARANTINE_AFTER).await?;
    a.put(a.new_case_due(2, 20)?).await?;
    same("what is due", &a.woken(at(20)).await?, &record_ids(&[2]))
}

/// Any commit to the record frees it: its wake-up is due at its time, and its tries begin at one.
pub async fn a_commit_ends_the_quarantine(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let record = a.put(a.new_case_due(1, 10)?).await?;
    fail(&a, QUARANTINE_AFTER).await?;
    a.put(sample::next(&record, at(11), Some(at(12)))).await?;
    same("the quarantine", &quarantined(&a).await?, &vec![])?;
    let wake = a.wake(at(12)).await?;
    same("the try", &wake.attempts, &1)?;
    ensure(!wake.quarantined, "it is not quarantined any more")
}

/// Tries that were given back untried never add up to a quarantine.
pub async fn released_tries_do_not_quarantine(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case_due(1, 10)?).await?;
    for _ in 0..=QUARANTINE_AFTER {
        let wake = a.wake(at(10)).await?;
        a.give_back(&wake, WakeEnd::Released, at(10)).await?;
    }
    same("the quarantine", &quarantined(&a).await?, &vec![])
}

/// Lets the only wake-up that is due at minute 10 fail so often.
async fn fail(probe: &Probe<'_>, times: u32) -> Result<(), Failure> {
    for _ in 0..times {
        let wake = probe.wake(at(10)).await?;
        probe.give_back(&wake, WakeEnd::Retry { at: at(10) }, at(10)).await?;
    }
    Ok(())
}

async fn quarantined(probe: &Probe<'_>) -> Result<Vec<RecordId>, Failure> {
    let mut query = probe.query();
    query.quarantined = Some(true);
    probe.list(query).await
}
