//! Writing and reading back: atomicity and versions.

use std::pin::pin;
use std::task::{Context, Waker};

use crate::backend::{Backend, BackendError, Invalid, Load, Write};
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{Probe, at, case, command, person, record_ids, stamp};
use crate::testing::sample;
use crate::workflow::Notice;

/// A record that was never committed reads as `None`, which is not an error.
pub async fn never_committed_reads_as_none(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    same("an unknown record of an empty store", &a.load(1).await?, &None)?;
    a.put(a.new_case(1)?).await?;
    same("an unknown record beside a known one", &a.load(2).await?, &None)
}

/// A record reads back equal to what was committed.
pub async fn a_record_reads_back_as_committed(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let record = a.put(a.new_case_due(1, 30)?).await?;
    same("the record", &a.load(1).await?, &Some(record))
}

/// After a commit was answered, the next load sees it.
pub async fn the_latest_commit_is_read(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut record = a.put(a.new_case(1)?).await?;
    for minute in 1..6 {
        record = a.put(sample::several(&record, at(minute), None, 3)).await?;
        same("the record after another commit", &a.load(1).await?.as_ref(), &Some(&record))?;
    }
    same("the version after one event and five times three", &record.version(), &16)
}

/// What was handed out once stays as it is when the record moves on.
pub async fn an_answer_does_not_change_later(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case(1)?).await?;
    let loaded = a.load(1).await?;
    let listed = a.found(a.query()).await?;
    a.put(sample::next(&first, at(1), None)).await?;
    same("what was loaded before", &loaded.as_ref(), &Some(&first))?;
    same("what was listed before", &listed.first().map(|found| &found.record), &Some(&first))
}

/// Version 0 is expected of a record that must not exist: a second one conflicts.
pub async fn a_new_record_must_not_exist_yet(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put(a.new_case(1)?).await?;
    let error = refused(a.commit(None, vec![a.new_case(1)?]).await)?;
    expect_conflict(&error, &a.key(1), 0, 1)
}

/// Of two commits on one version the second is refused, and told both versions.
pub async fn a_stale_commit_conflicts_and_names_both_versions(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case(1)?).await?;
    let winner = a.put(sample::several(&first, at(1), None, 2)).await?;
    let error = refused(a.commit(None, vec![sample::next(&first, at(2), None)]).await)?;
    expect_conflict(&error, &a.key(1), 1, 3)?;
    same("the record after the conflict", &a.load(1).await?, &Some(winner))
}

/// A commit that expects a version which is not there yet is refused, too.
pub async fn a_commit_ahead_of_its_record_conflicts(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let opened = a.new_case(1)?;
    let ahead = sample::next(&opened.record, at(1), None);
    let error = refused(a.commit(None, vec![ahead]).await)?;
    expect_conflict(&error, &a.key(1), 1, 0)?;
    same("the record that never began", &a.load(1).await?, &None)?;

    let first = a.put(opened).await?;
    let unsent = sample::next(&first, at(1), None).record;
    let error = refused(a.commit(None, vec![sample::next(&unsent, at(2), None)]).await)?;
    expect_conflict(&error, &a.key(1), 2, 1)
}

/// A refused commit leaves nothing behind: no record, event, text, notice, wake-up or command.
pub async fn a_conflict_writes_nothing(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    let first = a.put(a.new_case_due(1, 30)?).await?;
    let second = a.put(sample::next(&first, at(1), Some(at(30)))).await?;
    let stale = sample::next(&first, at(2), Some(at(10)));
    let owed = vec![sample::notice(&stale, 0, at(2), Some(&ann))];
    let stale = stale.with_notices(owed).with_texts(vec![sample::text(command(1), 0, &ann, "lost")]);
    refused(a.commit(Some(stamp(1, 7)), vec![stale]).await)?;

    same("the record", &a.load(1).await?, &Some(second))?;
    same("the events", &a.history(1, 0).await?.len(), &2)?;
    same("the feed", &a.feed(None).await?.len(), &2)?;
    same("the text", &a.words(command(1), 0).await?, &None)?;
    same("the command", &a.outcome(1).await?, &None)?;
    ensure(a.notices(at(60)).await?.is_empty(), "there is no notice")?;
    ensure(a.wakes(at(29)).await?.is_empty(), "the wake-up is not the refused one")?;
    same("the wake-ups at the committed time", &a.woken(at(30)).await?, &record_ids(&[1]))
}

/// Record, events, texts, notices, wake-up and command of a commit are all there once it was answered.
pub async fn everything_of_a_commit_appears(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    let write = a.new_case_due(1, 30)?;
    let events = write.events.clone();
    let owed = sample::notice(&write, 0, at(5), Some(&ann));
    let write = write
        .with_texts(vec![
            sample::text(command(1), 0, &ann, "broken"),
            sample::text(command(1), 1, &ann, "it is"),
        ])
        .with_notices(vec![owed.clone()]);
    let record = a.put_as(stamp(1, 7), write).await?;

    let loaded = a.load_with(1, command(1)).await?;
    same("the record", &loaded.record, &Some(record))?;
    let outcome = loaded.outcome.ok_or_else(|| Failure::new("the command is not known"))?;
    same("the fingerprint", &outcome.fingerprint, &Some(7))?;
    let written: Vec<_> = outcome.written.iter().map(|w| (w.key.clone(), w.first, w.last)).collect();
    same("what the command wrote", &written, &vec![(a.key(1), 1, 1)])?;
    let mut history = Vec::new();
    for item in a.history(1, 0).await? {
        history.push(item.event.map_err(BackendError::from)?);
    }
    same("the events", &history, &events)?;
    same("the first text", &a.words(command(1), 0).await?.as_deref(), &Some("broken"))?;
    same("the second text", &a.words(command(1), 1).await?.as_deref(), &Some("it is"))?;
    same("the notice", &a.notice(at(5)).await?.0, &owed)?;
    same("the wake-up", &a.woken(at(30)).await?, &record_ids(&[1]))
}

/// Up to four records of a tenant are written together, and the outcome names each, in their order.
pub async fn several_records_appear_together(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let old = a.put(a.new_case(3)?).await?;
    let ann = person("ann")?;
    let text = sample::text(command(1), 4, &ann, "of the second record");
    let writes = vec![
        sample::several(&old, at(1), None, 2),
        a.new_case(1)?.with_texts(vec![text]),
        a.new_case_due(4, 9)?,
        a.new_case(2)?,
    ];
    let records: Vec<_> = writes.iter().map(|write| write.record.clone()).collect();
    let committed = a.commit(Some(stamp(1, 7)), writes).await?;
    let written: Vec<_> =
        committed.outcome.written.iter().map(|w| (w.key.clone(), w.first, w.last)).collect();
    let expected = vec![(a.key(3), 2, 3), (a.key(1), 1, 1), (a.key(4), 1, 1), (a.key(2), 1, 1)];
    same("what was written", &written, &expected)?;
    for (n, record) in [3, 1, 4, 2].into_iter().zip(records) {
        same("a record of the commit", &a.load(n).await?, &Some(record))?;
    }
    same("the outcome under the command", &a.outcome(1).await?, &Some(committed.outcome))?;
    same("a text of the commit", &a.words(command(1), 4).await?.as_deref(), &Some("of the second record"))
}

/// If one of several records is not at its expected version, the conflict names it, and none is written.
pub async fn one_conflict_refuses_all_records(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let one = a.put(a.new_case(1)?).await?;
    let two = a.put(a.new_case(2)?).await?;
    let later = a.put(sample::next(&two, at(1), None)).await?;
    let writes = vec![sample::next(&one, at(2), None), sample::next(&two, at(2), None), a.new_case(3)?];
    let error = refused(a.commit(Some(stamp(1, 7)), writes).await)?;
    expect_conflict(&error, &a.key(2), 1, 2)?;
    same("the first record", &a.load(1).await?, &Some(one))?;
    same("the second record", &a.load(2).await?, &Some(later))?;
    same("the third record", &a.load(3).await?, &None)?;
    same("the feed", &a.feed(None).await?.len(), &3)
}

/// A commit that contradicts itself is refused as such, whatever is stored.
pub async fn a_contradictory_commit_is_invalid(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let b = Probe::of(backend, "tenant-b")?;
    let ann = person("ann")?;
    let some = |count: u32| (1..=count).map(|n| a.new_case(n)).collect::<Result<Vec<_>, _>>();
    let mut no_event = a.new_case(1)?;
    no_event.events.clear();
    let mut gap = a.new_case(1)?;
    gap.expected = 1;
    let mut short = sample::several(&a.new_case(1)?.record, at(1), None, 2);
    short.events.pop();
    let text = |n| sample::text(command(n), 0, &ann, "words");
    let owing = |notices: fn(&Write) -> Vec<Notice>| -> Result<_, Failure> {
        let write = a.new_case(1)?;
        let owed = notices(&write);
        Ok(write.with_notices(owed))
    };
    let notice = |write: &Write| sample::notice(write, 0, at(1), None);
    let twice =
        owing(|write| vec![sample::notice(write, 0, at(1), None), sample::notice(write, 0, at(1), None)])?;
    let elsewhere = a.new_case(1)?.with_notices(vec![notice(&a.new_case(2)?)]);
    let unborn = a.new_case(1)?;
    let unborn_notice = notice(&sample::next(&unborn.record, at(1), None));

    type Reason = fn(&Invalid) -> bool;
    let contradictory: Vec<(Vec<Write>, Reason)> = vec![
        (vec![], |why| matches!(why, Invalid::NoRecord)),
        (some(5)?, |why| matches!(why, Invalid::TooManyRecords { .. })),
        (some(500)?, |why| matches!(why, Invalid::TooManyRecords { .. })),
        (vec![b.new_case(1)?], |why| matches!(why, Invalid::ForeignRecord { .. })),
        (vec![a.new_case(1)?, a.new_case(1)?], |why| matches!(why, Invalid::SameRecord { .. })),
        (vec![no_event], |why| matches!(why, Invalid::NoEvent { .. })),
        (vec![gap], |why| matches!(why, Invalid::Versions { .. })),
        (vec![short], |why| matches!(why, Invalid::Versions { .. })),
        (vec![a.new_case(1)?.with_texts(vec![text(2)])], |why| matches!(why, Invalid::ForeignText { .. })),
        (vec![a.new_case(1)?.with_texts(vec![text(1); 2])], |why| matches!(why, Invalid::SameText { .. })),
        (vec![a.new_case(1)?.with_texts(vec![text(1)]), a.new_case(2)?.with_texts(vec![text(1)])], |why| {
            matches!(why, Invalid::SameText { .. })
        }),
        (vec![twice], |why| matches!(why, Invalid::ForeignNotice { .. })),
        (vec![elsewhere], |why| matches!(why, Invalid::ForeignNotice { .. })),
        (vec![unborn.with_notices(vec![unborn_notice])], |why| matches!(why, Invalid::ForeignNotice { .. })),
    ];
    for (writes, reason) in contradictory {
        match refused(a.commit(Some(stamp(1, 7)), writes).await)? {
            BackendError::Invalid(why) if reason(&why) => {}
            error => return Err(Failure::new(format!("refused for another reason: {error:?}"))),
        }
    }
    let unasked = a.commit(None, vec![a.new_case(1)?.with_texts(vec![text(1)])]).await;
    let error = refused(unasked)?;
    ensure(matches!(error, BackendError::Invalid(Invalid::ForeignText { .. })), "words need a command")?;
    same("the record that none of them wrote", &a.load(1).await?, &None)?;
    same("the command that none of them used up", &a.outcome(1).await?, &None)
}

/// A commit whose future is dropped, after however many polls, is there as a whole or not at all.
pub async fn a_dropped_commit_is_whole_or_absent(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    for n in 0..8 {
        let write = a.new_case_due(n, 30)?;
        let owed = sample::notice(&write, 0, at(5), Some(&ann));
        let text = sample::text(command(n), 0, &ann, "words");
        let write = write.with_notices(vec![owed]).with_texts(vec![text]);
        drop_after(n, backend.commit(a.commit_of(Some(stamp(n, 7)), vec![write])));
        // A backend may still be at it behind our back. What one load sees is of one instant, so that
        // it decides what the later calls, which see no less, have to find.
        let loaded = a.load_with(n, command(n)).await?;
        same("the command beside the record", &loaded.outcome.is_some(), &loaded.record.is_some())?;
        if loaded.record.is_some() {
            same("the events", &a.history(n, 0).await?.len(), &1)?;
            same("the text", &a.words(command(n), 0).await?.as_deref(), &Some("words"))?;
            let woken = a.woken(at(30)).await?;
            ensure(woken.contains(&case(n).into()), "the wake-up came along")?;
            let owed = a.notices(at(30)).await?;
            ensure(owed.iter().any(|owed| owed.id.case == case(n)), "the notice came along")?;
        }
    }
    Ok(())
}

/// After a dropped commit the same command can be sent again, and takes effect exactly once.
pub async fn a_dropped_commit_hinders_no_later_one(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 0..8 {
        drop_after(n, backend.load(Load::new(a.key(n))));
        drop_after(n, backend.commit(a.commit_of(Some(stamp(n, 7)), vec![a.new_case(n)?])));
        let committed = a.commit(Some(stamp(n, 7)), vec![a.new_case(n)?]).await?;
        same("how many records were written", &committed.outcome.written.len(), &1)?;
        same("the events", &a.history(n, 0).await?.len(), &1)?;
    }
    same("the feed", &a.feed(None).await?.len(), &8)
}

/// Polls a future so many times, and drops it.
fn drop_after(polls: u32, future: impl Future) {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..polls {
        if future.as_mut().poll(&mut context).is_ready() {
            break;
        }
    }
}

#[track_caller]
fn expect_conflict(
    error: &BackendError,
    key: &crate::backend::Key,
    expected: u64,
    actual: u64,
) -> Result<(), Failure> {
    match error {
        BackendError::Conflict { key: k, expected: e, actual: a } => {
            same("the conflict", &(k, *e, *a), &(key, expected, actual))
        }
        other => Err(Failure::new(format!("expected a conflict, got {other:?}"))),
    }
}
