//! Command ids: a command takes effect once, however often it is sent.

use crate::backend::{Backend, BackendError};
use crate::testing::failure::{Failure, ensure, refused, same};
use crate::testing::probe::{Probe, at, command, person, stamp};
use crate::testing::sample;

/// A command that was never committed has no outcome.
pub async fn an_unknown_command_has_no_outcome(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    same("the outcome in an empty store", &a.outcome(1).await?, &None)?;
    a.put_as(stamp(2, 7), a.new_case(1)?).await?;
    same("the outcome beside another command", &a.outcome(1).await?, &None)
}

/// A load finds a command by its id, whichever record of the tenant it was for.
pub async fn a_command_is_found_from_any_record(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    a.put_as(stamp(1, 7), a.new_case(1)?).await?;
    let two = a.put(a.new_case(2)?).await?;
    let loaded = a.load_with(2, command(1)).await?;
    same("the record that was asked for", &loaded.record, &Some(two))?;
    let keys = loaded.outcome.map(|outcome| outcome.written.into_iter().map(|w| w.key).collect());
    same("the record that the command wrote", &keys, &Some(vec![a.key(1)]))
}

/// A command that is sent again gets its first outcome, marked as not fresh.
pub async fn a_repeated_command_returns_the_first_outcome(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case(1)?).await?;
    let write = sample::several(&first, at(1), None, 2);
    let sent = a.commit(Some(stamp(1, 7)), vec![write.clone()]).await?;
    ensure(sent.fresh, "the first time is fresh")?;
    for _ in 0..3 {
        let again = a.commit(Some(stamp(1, 7)), vec![write.clone()]).await?;
        ensure(!again.fresh, "a repeat is not fresh")?;
        same("the outcome of a repeat", &again.outcome, &sent.outcome)?;
    }
    Ok(())
}

/// A repeat writes nothing, not even what is new in it.
pub async fn a_repeated_command_writes_nothing(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let ann = person("ann")?;
    let first = a.put_as(stamp(1, 7), a.new_case(1)?).await?;
    let more = sample::next(&first, at(1), Some(at(30)));
    let owed = sample::notice(&more, 0, at(1), Some(&ann));
    let text = sample::text(command(1), 0, &ann, "not the first time");
    let more = more.with_notices(vec![owed]).with_texts(vec![text]);
    let again = a.commit(Some(stamp(1, 7)), vec![more, a.new_case(2)?]).await?;
    ensure(!again.fresh, "a repeat is not fresh")?;
    same("the record", &a.load(1).await?, &Some(first))?;
    same("the record that came later", &a.load(2).await?, &None)?;
    same("the feed", &a.feed(None).await?.len(), &1)?;
    same("the text", &a.words(command(1), 0).await?, &None)?;
    ensure(a.wakes(at(60)).await?.is_empty(), "there is no wake-up")?;
    ensure(a.notices(at(60)).await?.is_empty(), "there is no notice")
}

/// A repeat is recognised although its expected version is long outdated.
pub async fn the_command_is_looked_up_before_the_versions(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let opening = a.new_case(1)?;
    let first = a.put_as(stamp(1, 7), opening.clone()).await?;
    a.put(sample::next(&first, at(1), None)).await?;
    let again = a.commit(Some(stamp(1, 7)), vec![opening]).await?;
    ensure(!again.fresh, "a repeat is not fresh")?;
    let last = again.outcome.written.first().map(|written| written.last);
    same("the version that it wrote back then", &last, &Some(1))
}

/// A known id with another fingerprint is refused, and writes nothing.
pub async fn a_command_with_another_body_is_refused(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put_as(stamp(1, 7), a.new_case(1)?).await?;
    let write = sample::next(&first, at(1), None);
    match refused(a.commit(Some(stamp(1, 8)), vec![write]).await)? {
        BackendError::CommandReused { command: id } => same("the command", &id, &command(1))?,
        error => return Err(Failure::new(format!("expected a reused command, got {error:?}"))),
    }
    same("the record", &a.load(1).await?, &Some(first))?;
    let fingerprint = a.outcome(1).await?.and_then(|outcome| outcome.fingerprint);
    same("the fingerprint", &fingerprint, &Some(7))
}

/// A command whose commit conflicted may be decided anew and sent under the same id, with any body.
pub async fn a_refused_commit_does_not_use_its_command_up(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case(1)?).await?;
    let second = a.put(sample::next(&first, at(1), None)).await?;
    refused(a.commit(Some(stamp(1, 7)), vec![sample::next(&first, at(2), None)]).await)?;
    let third = a.put_as(stamp(1, 8), sample::next(&second, at(2), None)).await?;
    same("the record", &a.load(1).await?, &Some(third))
}

/// A commit that carries out no command answers what it wrote, without a fingerprint.
pub async fn without_a_command_nothing_is_remembered(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let committed = a.commit(None, vec![a.new_case(1)?]).await?;
    ensure(committed.fresh, "it is fresh")?;
    same("the fingerprint", &committed.outcome.fingerprint, &None)?;
    let written: Vec<_> = committed.outcome.written.iter().map(|w| (w.first, w.last)).collect();
    same("what was written", &written, &vec![(1, 1)])
}

/// Each of many commands of one record keeps an outcome of its own.
pub async fn several_commands_are_remembered(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut record = a.put_as(stamp(1, 100), a.new_case(1)?).await?;
    for n in 2..20_u32 {
        let next = sample::several(&record, at(n.into()), None, 2);
        record = a.put_as(stamp(n, 100 + u64::from(n)), next).await?;
    }
    for n in 2..20_u64 {
        let outcome = a.outcome(u32::try_from(n).unwrap_or_default()).await?;
        let outcome = outcome.ok_or_else(|| Failure::new(format!("command {n} is not known")))?;
        same("a fingerprint", &outcome.fingerprint, &Some(100 + n))?;
        let written: Vec<_> = outcome.written.iter().map(|w| (w.first, w.last)).collect();
        same("what a command wrote", &written, &vec![(2 * n - 2, 2 * n - 1)])?;
    }
    Ok(())
}
