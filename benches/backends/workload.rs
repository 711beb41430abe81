//! Lives lived over a backend. Command k is given to all cases before command k + 1, so that no command finds
//! its case warm.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use talkback::backend::{Backend, Commit, Write};
use talkback::workflow::step;
use talkback::{CaseId, CommandId, Context, Request};
use uuid::Builder;

use super::life::{Life, STEPS};
use super::recorder::Recorder;

impl Life {
    /// Lives these cases, and says what each command took. With `held`, the caller has the case from the
    /// command before.
    pub(crate) async fn live(
        &self,
        backend: Arc<dyn Backend>,
        cases: impl Iterator<Item = u64> + Clone,
        held: bool,
    ) -> Vec<Duration> {
        let (desk, clock) = self.desk(backend);
        let mut states = vec![None; cases.clone().count()];
        let mut times = Vec::with_capacity(states.len() * STEPS);
        for k in 0..STEPS {
            clock.set(self.at(k));
            let (command, actor) = self.command(k);
            for (n, state) in cases.clone().zip(&mut states) {
                let request = Request::new(actor.clone(), command.clone()).with_id(command_id(n, k));
                let before = Instant::now();
                let handled = match state {
                    Some(case) if held => desk.execute_on(case, request).await,
                    _ => desk.execute(case_id(n), request).await,
                };
                times.push(before.elapsed());
                *state = Some(black_box(handled).unwrap().case);
            }
        }
        times
    }

    /// What living these cases stores, commit by commit: what a floor writes without deciding anything.
    pub(crate) fn commits(&self, cases: impl Iterator<Item = u64> + Clone) -> Vec<Commit> {
        let recorder = Arc::new(Recorder::default());
        pollster::block_on(self.live(recorder.clone(), cases, false));
        recorder.take()
    }

    /// A case that was just opened, each a second after the one before: what waits by the thousand.
    pub(crate) fn opened(&self, n: u64) -> Write {
        let (command, actor) = self.command(0);
        let context = Context {
            tenant: &self.tenant,
            case: case_id(n),
            now: self.start + TimeDelta::seconds(n as i64),
            occurred_at: None,
            actor,
            command: command_id(n, 0),
            policies: &self.policies,
        };
        let decision = step(None, &command, &context).unwrap();
        Write::new(decision.case, 0, decision.events)
    }
}

/// The cases of one round, or of one caller.
pub(crate) fn batch(number: usize, size: u64) -> std::ops::Range<u64> {
    number as u64 * size..(number as u64 + 1) * size
}

/// Ids rise with time, as those that the desk mints.
pub(crate) fn case_id(n: u64) -> CaseId {
    CaseId::from_uuid(rising(n, 0))
}

pub(crate) fn command_id(n: u64, k: usize) -> CommandId {
    CommandId::from_uuid(rising(n, 1 + k as u64))
}

fn rising(n: u64, salt: u64) -> uuid::Uuid {
    let mix = |mut word: u64| {
        word = (word ^ (word >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        word ^ (word >> 29)
    };
    let (high, low) = (mix(n * 16 + salt), mix(n * 16 + salt + (1 << 60)));
    let mut rest = [0; 10];
    rest[..8].copy_from_slice(&high.to_be_bytes());
    rest[8..].copy_from_slice(&low.to_be_bytes()[..2]);
    // Some a millisecond.
    Builder::from_unix_timestamp_millis(1_790_000_000_000 + n / 4, &rest).into_uuid()
}
