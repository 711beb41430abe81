//! What an operator sees of the inside: events and counters for `tracing`, and nothing at all where that
//! feature is off.
//!
//! Everything that is told is told here, so that it can be seen at a glance that no words of a customer, no
//! address and no name are in it: only ids, kinds, counts and spans of time. Counters have the form in which
//! OpenTelemetry's layer for `tracing` finds them.

#![cfg_attr(not(feature = "tracing"), expect(unused_variables, reason = "nobody listens"))]

use std::fmt::Display;

use crate::desk::Handled;
use crate::error::Error;
use crate::health::ClockStep;
use crate::id::{CaseId, TenantId};
use crate::relay::{DeadLetter, Relayed};
use crate::worker::Ticked;

#[cfg(feature = "tracing")]
macro_rules! count {
    ($($counter:ident = $by:expr),+ $(,)?) => {
        $(tracing::trace!(monotonic_counter.$counter = u64::try_from($by).unwrap_or(u64::MAX));)+
    };
}

/// A command ended so.
pub(crate) fn command(done: &Result<Handled, Error>) {
    #[cfg(feature = "tracing")]
    match done {
        Ok(handled) => {
            let (version, repeated) = (handled.case.version, handled.repeated);
            count!(talkback_commands = 1, talkback_repeats = usize::from(repeated));
            tracing::debug!(version, repeated, "carried out");
        }
        Err(Error::Rejected(rejection)) => {
            count!(talkback_refusals = 1);
            tracing::debug!(rule = rejection.rule.id(), "refused");
        }
        Err(error) => {
            count!(talkback_failures = 1);
            tracing::warn!(%error, "failed");
        }
    }
}

/// A worker looked.
pub(crate) fn ticked(done: &Ticked) {
    #[cfg(feature = "tracing")]
    {
        let Ticked { claimed, events, breached, failed, quarantined, lag, .. } = *done;
        count!(talkback_ticked = claimed, talkback_events_of_time = events, talkback_breaches = breached);
        tracing::debug!(
            claimed,
            events,
            breached,
            failed,
            quarantined,
            lag_seconds = lag.num_seconds(),
            "ticked"
        );
    }
}

/// A case could not be ticked.
pub(crate) fn not_ticked(tenant: &TenantId, case: CaseId, attempts: u32, error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(%tenant, %case, attempts, %error, "a case was not ticked");
}

/// A relay looked.
pub(crate) fn relayed(done: &Relayed) {
    #[cfg(feature = "tracing")]
    {
        let Relayed { claimed, sent, retried, postponed, unrouted, void, failed, .. } = *done;
        let (dead, lag_seconds) = (done.dead.len(), done.lag.num_seconds());
        count!(talkback_sent = sent, talkback_retried = retried, talkback_dead_letters = dead);
        tracing::debug!(
            claimed,
            sent,
            retried,
            postponed,
            unrouted,
            void,
            dead,
            failed,
            lag_seconds,
            "relayed"
        );
    }
}

/// A notice was given up.
pub(crate) fn given_up(letter: &DeadLetter) {
    #[cfg(feature = "tracing")]
    tracing::warn!(tenant = %letter.tenant, notice = %letter.id, why = %letter.why, "given up");
}

/// A letter that went out or not could not be noted down.
pub(crate) fn not_noted_down(tenant: &TenantId, error: &Error) {
    #[cfg(feature = "tracing")]
    tracing::warn!(%tenant, %error, "a delivery was not noted down");
}

/// Work could not be looked for.
pub(crate) fn not_found(what: &'static str, error: &dyn Display) {
    #[cfg(feature = "tracing")]
    tracing::warn!(what, %error, "due work was not found");
}

/// A clock stepped.
pub(crate) fn clock_stepped(step: &ClockStep) {
    #[cfg(feature = "tracing")]
    tracing::warn!(by_seconds = step.by.num_seconds(), followed = step.followed, "the clock stepped");
}
