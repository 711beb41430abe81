//! The thread that writes: it takes what waits, carries it out in one transaction, and answers when that
//! is committed.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, JoinHandle};

use super::conn::Conn;
use super::error::Fault;
use super::store::{Failed, Store, commit};
use crate::backend::BackendError;
use crate::id::CommandId;
use crate::oneshot::{self, oneshot};

/// The most jobs of one transaction: what bounds how long the first of them waits.
const GROUP: usize = 256;

/// The way to the thread. Dropping it waits until everything that was sent is done.
pub(super) struct Writer {
    queue: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(store: Arc<Store>) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("talkback-sqlite".to_owned())
            .spawn(move || work_off(&store, &jobs))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Has the work done inside a transaction that others may share, and answers when that is
    /// committed. The work may be done a second time, if the first was taken back.
    pub(super) async fn run<T, W>(&self, command: Option<CommandId>, work: W) -> Result<T, BackendError>
    where
        T: Send + 'static,
        W: FnMut(&mut Conn) -> Result<T, Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot();
        self.send(Box::new(Task { work, done: None, reply, command }))?;
        // Without an answer the thread is gone, and nobody knows how far it came.
        answer.await.unwrap_or(Err(BackendError::Unknown { command }))
    }

    fn send(&self, job: Box<dyn Job>) -> Result<(), BackendError> {
        let sent = self.queue.as_ref().is_some_and(|queue| queue.send(job).is_ok());
        if sent { Ok(()) } else { Err(BackendError::unavailable("the writer's thread is gone")) }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // It cannot be told to anybody that it panicked; whoever waited was told.
            let _ = thread.join();
        }
    }
}

fn work_off(store: &Store, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(GROUP - 1));
        // Whoever does not wait any more finds out by loading, if at all.
        group.retain(|job| !job.is_abandoned());
        let ended = match group.len() {
            0 | 1 => Ended::Alone,
            _ => store.hold(|conn| together(conn, &mut group)).unwrap_or_else(Ended::Failed),
        };
        for mut job in group {
            match &ended {
                Ended::Alone => {
                    let failed = store.write(|conn| job.run(conn)).err();
                    job.answer(failed);
                }
                Ended::Committed => job.answer(None),
                Ended::Failed(failed) => job.answer(Some(failed.again())),
            }
        }
    }
}

/// How a group ended.
enum Ended {
    Committed,
    Failed(Failed),
    /// As a whole it surely did not happen, for a reason that may be that of one of its jobs: each is
    /// done in a transaction of its own.
    Alone,
}

/// One transaction for all, in which each is taken back by itself if it fails.
fn together(conn: &mut Conn, group: &mut [Box<dyn Job>]) -> Result<Ended, Failed> {
    conn.begin().map_err(Failed::Undone)?;
    for job in group {
        let kept = match conn.savepoint().map_err(Fault::from).and_then(|()| job.run(conn)) {
            Ok(()) => conn.keep_part(),
            // SQLite took everything back.
            Err(_) if conn.is_idle() => {
                conn.roll_back();
                return Ok(Ended::Alone);
            }
            Err(fault) => {
                job.fail(fault.harmless());
                conn.undo_part()
            }
        };
        if kept.is_err() {
            conn.roll_back();
            return Ok(Ended::Alone);
        }
    }
    match commit(conn) {
        Ok(()) => Ok(Ended::Committed),
        Err(failed) if failed.is_full() => Ok(Ended::Alone),
        Err(failed) => Err(failed),
    }
}

/// Something to be written, and who waits for it.
trait Job: Send {
    /// Does it, and keeps the answer.
    fn run(&mut self, conn: &mut Conn) -> Result<(), Fault>;
    /// Keeps the error as the answer.
    fn fail(&mut self, error: BackendError);
    /// Answers, with what was kept or with why the transaction failed.
    fn answer(self: Box<Self>, failed: Option<Failed>);
    fn is_abandoned(&self) -> bool;
}

struct Task<T, W> {
    work: W,
    done: Option<Result<T, BackendError>>,
    reply: oneshot::Sender<Result<T, BackendError>>,
    command: Option<CommandId>,
}

impl<T, W> Job for Task<T, W>
where
    T: Send,
    W: FnMut(&mut Conn) -> Result<T, Fault> + Send,
{
    fn run(&mut self, conn: &mut Conn) -> Result<(), Fault> {
        self.done = Some(Ok((self.work)(conn)?));
        Ok(())
    }

    fn fail(&mut self, error: BackendError) {
        self.done = Some(Err(error));
    }

    fn answer(self: Box<Self>, failed: Option<Failed>) {
        let Self { done, reply, command, .. } = *self;
        let answer = match (failed, done) {
            (Some(failed), _) => Err(failed.answer(command)),
            (None, Some(done)) => done,
            (None, None) => Err(BackendError::Unknown { command }),
        };
        reply.send(answer);
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_abandoned()
    }
}
