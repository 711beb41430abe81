//! What happens in a story, and when.

use chrono::{DateTime, TimeDelta, Utc};

use super::story::Line;
use super::{Deed, Moment, Scenario, deed, machine, moment};
use crate::policy::PolicyBook;
use crate::workflow::Command;

/// What happens, and when. A story breaks off where a time is none or lies before what happened last,
/// where a deed is refused that is not [`in_vain`](Deed::in_vain), and where one is not refused that is.
impl Scenario {
    /// The clock jumps to a time, and somebody does something. Nobody looked at the case meanwhile.
    #[track_caller]
    pub fn at(self, moment: impl Into<Moment>, deed: Deed) -> Self {
        self.jumps_to(moment).and(deed)
    }

    /// The clock jumps by a span, and somebody does something. Nobody looked at the case meanwhile.
    #[track_caller]
    pub fn after(self, span: TimeDelta, deed: Deed) -> Self {
        let then = self.now.checked_add_signed(span).unwrap_or(DateTime::<Utc>::MAX_UTC);
        self.at(then, deed)
    }

    /// At the same time somebody does something.
    #[track_caller]
    pub fn and(mut self, deed: Deed) -> Self {
        let Deed { actor, command, occurred, may, to_be_sent } = deed;
        let ready = || {
            let occurred = occurred.map(|moment| self.instant_of(&moment)).transpose()?;
            let mut command = command(&self)?;
            if to_be_sent {
                deed::send(&mut command)?;
            }
            Ok((actor?, command, occurred))
        };
        match ready() {
            Ok((actor, command, occurred)) => self.order(&actor, command, occurred, may),
            Err(why) => {
                let why: String = why;
                self.broken(&why);
                self
            }
        }
    }

    /// The clock jumps to a time, and nobody looks at the case meanwhile.
    #[track_caller]
    pub fn jumps_to(mut self, moment: impl Into<Moment>) -> Self {
        match self.instant(moment) {
            Some(at) if at < self.now && !self.steps.is_empty() => {
                let (now, at) = (moment::told(&self.zone, self.now), moment::told(&self.zone, at));
                self.broken(&format!("it is {now} already, and no clock runs back to {at}"));
            }
            Some(at) => self.now = at,
            None => {}
        }
        self
    }

    /// The application's clock is set back, as clocks sometimes are.
    #[track_caller]
    pub fn clock_steps_back_to(mut self, moment: impl Into<Moment>) -> Self {
        if let Some(at) = self.instant(moment) {
            self.now = at;
        }
        self
    }

    /// Time passes until then, included: at every wake-up of the case somebody looks at it, as the
    /// [`DeadlineWorker`](crate::DeadlineWorker) does, and does what is due.
    #[track_caller]
    pub fn time_passes_until(mut self, moment: impl Into<Moment>) -> Self {
        let Some(until) = self.instant(moment) else { return self };
        let present = self.present;
        while let Some((next, place)) = self.next_wake_up().filter(|(next, _)| *next <= until) {
            self.now = self.now.max(next);
            self.present = place;
            let before = self.case().cloned();
            self = self.somebody_looks();
            if self.failure.is_some() {
                return self;
            }
            if before.as_ref() == self.case() {
                self.broken("the case wants to be looked at, and looking changes nothing");
                return self;
            }
        }
        self.present = present;
        self.jumps_to(until)
    }

    /// Somebody looks at the case now and does what is due: what the
    /// [`DeadlineWorker`](crate::DeadlineWorker) does at every wake-up.
    #[track_caller]
    pub fn somebody_looks(self) -> Self {
        self.and(machine().gives(Command::Tick))
    }

    /// Which case has to be looked at first, and when.
    fn next_wake_up(&self) -> Option<(DateTime<Utc>, usize)> {
        let cases = self.cases.iter().zip(0..);
        cases.filter_map(|(told, place)| Some((told.case.as_ref()?.wake_up()?, place))).min()
    }

    /// The application has other policies from here on.
    pub fn policies_become(mut self, book: PolicyBook) -> Self {
        self.lines.push(Line::Remark("The application has other policies now.".to_owned()));
        self.book = book;
        self
    }
}
