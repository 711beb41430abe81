//! Several calls at once: who comes first is open, that one comes first is not.
//!
//! The calls of a race run in one task, side by side. A call may be turned away as
//! [`Unavailable`](crate::backend::BackendError::Unavailable) (a database that breaks a deadlock does
//! so); none may give a wrong answer.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use crate::backend::{Backend, BackendError, Claim, Committed, Lane, Position, RecordId};
use crate::testing::failure::{Failure, ensure, same};
use crate::testing::probe::{LEASE, Probe, at, record_ids, stamp};
use crate::testing::sample;

/// Of eight commits decided on one version, one is written and the others are told of it.
pub async fn of_concurrent_commits_on_one_version_one_wins(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case(1)?).await?;
    let writes = (1..9).map(|minute| sample::next(&first, at(minute), None));
    let records: Vec<_> = writes.clone().map(|write| write.record).collect();
    let answers = together(writes.map(|write| a.commit(None, vec![write])).collect()).await;
    let stored = a.load(1).await?;
    let mut winners = 0;
    for (answer, record) in answers.into_iter().zip(records) {
        match answer {
            Ok(_) => {
                winners += 1;
                same("the record", &stored, &Some(record))?;
            }
            Err(BackendError::Conflict { expected, actual, .. }) => {
                same("the versions that a loser is told", &(expected, actual), &(1, 2))?;
            }
            Err(error) => turned_away(error)?,
        }
    }
    same("how many won", &winners, &1)?;
    same("the events", &a.history(1, 0).await?.len(), &2)
}

/// Of eight commits that begin the same record, one does.
pub async fn of_concurrent_new_records_one_wins(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut commits = Vec::new();
    for n in 0..8 {
        commits.push(a.commit(Some(stamp(n, 7)), vec![a.new_case(1)?]));
    }
    let mut winners = 0;
    for answer in together(commits).await {
        match answer {
            Ok(_) => winners += 1,
            Err(BackendError::Conflict { .. }) => {}
            Err(error) => turned_away(error)?,
        }
    }
    same("how many won", &winners, &1)?;
    same("the feed", &a.feed(None).await?.len(), &1)
}

/// One command, sent eight times at once, is carried out once, and every sender gets that outcome.
pub async fn concurrent_repeats_take_effect_once(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let first = a.put(a.new_case(1)?).await?;
    let write = sample::next(&first, at(1), None);
    let commits = (0..8).map(|_| a.commit(Some(stamp(1, 7)), vec![write.clone()])).collect();
    let mut answers: Vec<Committed> = Vec::new();
    for answer in together(commits).await {
        match answer {
            Ok(committed) => answers.push(committed),
            Err(error) => turned_away(error)?,
        }
    }
    same("how many are fresh", &answers.iter().filter(|answer| answer.fresh).count(), &1)?;
    let outcome = a.outcome(1).await?;
    ensure(answers.iter().all(|answer| Some(&answer.outcome) == outcome.as_ref()), "one outcome for all")?;
    same("the events", &a.history(1, 0).await?.len(), &2)
}

/// Commits to different records do not conflict.
pub async fn concurrent_commits_to_other_records_all_appear(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut commits = Vec::new();
    for n in 1..9 {
        commits.push(a.commit(Some(stamp(n, 7)), vec![a.new_case(n)?]));
    }
    let mut written = 0;
    for answer in together(commits).await {
        match answer {
            Ok(_) => written += 1,
            Err(error) => turned_away(error)?,
        }
    }
    ensure(written > 0, "not every one is turned away")?;
    same("the list", &a.list(a.query()).await?.len(), &written)?;
    same("the feed", &a.feed(None).await?.len(), &written)
}

/// Claims that run at the same time get different items, and together they leave none out.
pub async fn concurrent_claims_share_nothing(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    for n in 1..21 {
        a.put(a.new_case_due(n, 10)?).await?;
    }
    let mut taken: Vec<RecordId> = Vec::new();
    let claim = || backend.claim(Claim::work(a.tenant.clone(), Lane::Wakes, at(10), LEASE, 7));
    for answer in together((0..5).map(|_| claim()).collect()).await {
        match answer {
            Ok(claimed) => taken.extend(claimed.into_wakes().iter().map(|wake| wake.key.id)),
            Err(error) => turned_away(error)?,
        }
    }
    taken.extend(a.woken(at(10)).await?);
    taken.sort_unstable();
    same("what was taken", &taken, &record_ids(&(1..21).collect::<Vec<_>>()))
}

/// Who reads on from the last position while others commit sees every event in the end.
pub async fn a_reader_of_the_feed_misses_nothing(backend: &dyn Backend) -> Result<(), Failure> {
    let a = Probe::new(backend)?;
    let mut calls: Vec<Call<'_>> = Vec::new();
    for n in 1..9 {
        let write = a.new_case(n)?;
        let a = &a;
        calls.push(Box::pin(async move {
            match a.commit(None, vec![write]).await {
                Ok(_) => Ok(Vec::new()),
                Err(error) => turned_away(error).map(|()| Vec::new()),
            }
        }));
    }
    calls.push(Box::pin(async {
        let mut seen: Vec<Position> = Vec::new();
        for _ in 0..12 {
            seen.extend(a.feed(seen.last().copied()).await?.iter().map(|item| item.position));
            pause().await;
        }
        Ok(seen)
    }));
    let mut seen = Vec::new();
    for answer in together(calls).await {
        seen.extend(answer?);
    }
    seen.extend(a.feed(seen.last().copied()).await?.iter().map(|item| item.position));
    let whole: Vec<_> = a.feed(None).await?.iter().map(|item| item.position).collect();
    same("what the reader saw", &seen, &whole)
}

type Call<'a> = Pin<Box<dyn Future<Output = Result<Vec<Position>, Failure>> + Send + 'a>>;

/// Lets the other calls of the race go on.
async fn pause() {
    let mut paused = false;
    poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Runs the futures side by side in this task, and gives what they answered, in their order.
async fn together<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, answer) in running.iter_mut().filter(|(_, answer)| answer.is_none()) {
            if let Poll::Ready(ready) = future.as_mut().poll(context) {
                *answer = Some(ready);
            }
        }
        let done = running.iter().all(|(_, answer)| answer.is_some());
        if done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    running.into_iter().filter_map(|(_, answer)| answer).collect()
}

#[track_caller]
fn turned_away(error: BackendError) -> Result<(), Failure> {
    match error {
        BackendError::Unavailable { .. } => Ok(()),
        error => Err(error.into()),
    }
}
