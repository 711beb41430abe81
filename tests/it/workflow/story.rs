//! Stories for our own tests: they begin on a Monday at nine, and when they end, every law is checked
//! over them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use talkback::policy::PolicyBook;
use talkback::testing::Scenario;
use talkback::testing::scenario::{Deed, Moment, Somebody, customer, machine, somebody, staff};
use talkback::workflow::Rule;
use talkback::{Actor, Channel, Contact, CustomerId, Feedback, Policy};

use super::generate::start;
use super::laws::check;
use super::random::ticked_by;
use super::run::{Real, Run};

/// Monday, 23 November 2026, nine o'clock, without a case yet.
pub(crate) fn nothing(policy: Policy) -> Scenario {
    under_book(PolicyBook::single(policy))
}

pub(crate) fn under_book(book: PolicyBook) -> Scenario {
    Scenario::over(book).at_the_end(lawful).jumps_to(start())
}

/// The same Monday: a case has just been opened with a complaint.
pub(crate) fn complaint(policy: Policy) -> Scenario {
    opened(policy, Feedback::complaint(Channel::Email, "The kettle leaks."))
}

/// The same with any feedback, which has an address if it has not said otherwise.
pub(crate) fn opened(policy: Policy, feedback: Feedback) -> Scenario {
    nothing(policy).and(brings(feedback))
}

pub(crate) fn brings(feedback: Feedback) -> Deed {
    let contact = match feedback.contact {
        Contact::Nowhere => Contact::email("customer@example.org").unwrap(),
        ref other => other.clone(),
    };
    // What a customer hands in is from now; the application takes in what is older.
    let by = if feedback.received_at.is_some() { machine() } else { customer() };
    by.brings(feedback.with_contact(contact))
}

/// The laws, over each case of a story. A story of one case is lived again besides, looked at never but by
/// its orders, at every wake-up, and every seven hours.
fn lawful(story: &Scenario) -> Result<(), String> {
    let cases: BTreeSet<_> = story.steps().iter().map(|step| step.case).collect();
    for case in &cases {
        let mut run = Run::of(story, *case);
        if cases.len() == 1 {
            ticked_by(&mut Real, &mut run, &[TimeDelta::hours(7)]);
        }
        check(&run)?;
    }
    Ok(())
}

/// What these tests say in one word.
pub(crate) trait Short: Sized {
    /// Somebody cannot do that, by this rule, and the story goes on.
    fn not(self, deed: Deed, rule: &Rule) -> Self;
    /// So many of that kind were met in time, so many missed.
    fn counts(self, kind: talkback::DeadlineKind, met: u32, breached: u32) -> Self;
}

impl Short for Scenario {
    #[track_caller]
    fn not(self, deed: Deed, rule: &Rule) -> Self {
        self.and(deed.in_vain()).refused(rule)
    }

    #[track_caller]
    fn counts(self, kind: talkback::DeadlineKind, met: u32, breached: u32) -> Self {
        self.met(kind, met).breached(kind, breached)
    }
}

pub(crate) fn reply() -> Deed {
    staff("ann").replies("Thank you, we look into it.").to_be_sent()
}

pub(crate) fn acknowledge() -> Deed {
    staff("ann").acknowledges("Thank you, we look into it.").to_be_sent()
}

pub(crate) fn resolve() -> Deed {
    staff("ann").resolves("A new kettle is on its way.").to_be_sent()
}

pub(crate) fn follow_up() -> Deed {
    staff("ann").follows_up("Is everything well now?").to_be_sent()
}

/// What the application fetched: it bears the time at which the customer sent it.
pub(crate) fn by_mail() -> Somebody {
    somebody(Actor::system().on_behalf_of(CustomerId::of_case(Scenario::case_id())))
}

pub(crate) fn mailed() -> Deed {
    by_mail().writes("And another thing.")
}

pub(crate) fn wrote() -> Deed {
    customer().writes("And another thing.")
}

pub(crate) fn disputes() -> Deed {
    customer().disputes("It still leaks.")
}

pub(crate) fn out_of_office() -> Deed {
    customer().writes_by_machine("I am away until Monday.")
}

pub(crate) fn wait(until: &str) -> Deed {
    staff("ann").awaits_third_party("a photograph of it", until)
}

/// `"11-24 10:00"` of 2026, UTC.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    Scenario::under(super::policies::standard()).jumps_to(start()).instant_of(&Moment::from(text)).unwrap()
}
