//! What we do.

use super::{Deed, Somebody, message};
use crate::case::{CloseReason, WaitingFor};
use crate::conversation::Delivery;
use crate::deadline::{DeadlineKind, Promised};
use crate::feedback::{Channel, Feedback, FeedbackKind, Priority};
use crate::id::{CustomerId, Name, StaffId};
use crate::resolution::{Credit, Outcome, RemedyKind, Resolution};
use crate::testing::scenario::{Moment, Scenario};
use crate::words::Words;
use crate::workflow::{
    Assign, Await, Close, Command, Extend, Merge, Promise, RecordDelivery, Resolve, Retarget, Split,
};

/// What an employee does, or a machine of ours. A deadline is named by its kind: see
/// [`Scenario::id_of`](crate::testing::Scenario::id_of). A text that is no id or no time breaks the story
/// off.
impl Somebody {
    /// They tell the customer that they were heard.
    pub fn acknowledges(self, words: impl Into<Words>) -> Deed {
        self.gives(Command::Acknowledge(message(words)))
    }

    /// They write to the customer.
    pub fn replies(self, words: impl Into<Words>) -> Deed {
        self.gives(Command::Reply(message(words)))
    }

    /// They write something down that the customer does not see.
    pub fn notes(self, words: impl Into<Words>) -> Deed {
        self.gives(Command::Note(words.into()))
    }

    /// They resolve the case as fixed, and tell the customer.
    pub fn resolves(self, words: impl Into<Words>) -> Deed {
        let words = words.into();
        let resolution = Resolution::new(Outcome::Fixed).with(RemedyKind::Fix, words.clone());
        self.gives(Resolve::telling(resolution, message(words)))
    }

    /// They resolve the case as fixed and tell nobody, which takes that nobody can be reached.
    pub fn resolves_in_silence(self) -> Deed {
        let resolution = Resolution::new(Outcome::Fixed).with(RemedyKind::Fix, "it was put right");
        self.gives(Resolve::untold(resolution))
    }

    /// They ask the customer whether it helped.
    pub fn follows_up(self, words: impl Into<Words>) -> Deed {
        self.gives(Command::FollowUp(message(words)))
    }

    /// They close the case for a reason that needs no words.
    pub fn closes(self, reason: CloseReason) -> Deed {
        self.gives(Close::because(reason))
    }

    /// They close the case for a reason, telling the customer and saying why, where that is called for.
    pub fn closes_saying(self, reason: CloseReason, words: impl Into<Words>) -> Deed {
        let words = words.into();
        let told = matches!(reason, CloseReason::Referred(_)).then(|| message(words.clone()));
        self.gives(Close { message: told, words: Some(words), ..Close::because(reason) })
    }

    /// They take a resolved or closed case up again.
    pub fn reopens(self, why: impl Into<Words>) -> Deed {
        self.gives(Command::Reopen(why.into()))
    }

    /// They say that the customer's last message needs no answer.
    pub fn needs_no_action(self) -> Deed {
        self.gives(Command::NoActionNeeded)
    }

    /// They put an employee in charge.
    pub fn assigns(self, owner: &str) -> Deed {
        let owner = StaffId::new(owner).map_err(|error| format!("{owner:?}: {error}"));
        self.does(|_| Ok(Assign::to(owner?).into()))
    }

    /// They wait until then, included, for the customer.
    pub fn awaits_customer(self, reason: impl Into<Words>, until: impl Into<Moment>) -> Deed {
        self.awaits(WaitingFor::Customer, reason.into(), until.into())
    }

    /// They wait until then, included, for somebody else.
    pub fn awaits_third_party(self, reason: impl Into<Words>, until: impl Into<Moment>) -> Deed {
        self.awaits(WaitingFor::ThirdParty, reason.into(), until.into())
    }

    fn awaits(self, who: WaitingFor, reason: Words, until: Moment) -> Deed {
        self.does(move |story| Ok(Await { who, reason, until: story.instant_of(&until)? }.into()))
    }

    /// They go on after a wait.
    pub fn resumes(self) -> Deed {
        self.gives(Command::Resume)
    }

    /// They give the customer a date: the last instant at which the promise is kept.
    pub fn promises(self, what: Promised, by: impl Into<Moment>) -> Deed {
        let by = by.into();
        self.does(move |story| Ok(Promise::of(what, story.instant_of(&by)?).into()))
    }

    /// What was promised is done.
    pub fn fulfils_the_promise(self) -> Deed {
        self.about(DeadlineKind::Promise, Command::Fulfil)
    }

    /// They say which employee earned thanks, and what for.
    pub fn credits(self, staff: &str, words: impl Into<Words>) -> Deed {
        let (staff, words) =
            (StaffId::new(staff).map_err(|error| format!("{staff:?}: {error}")), words.into());
        self.does(|_| Ok(Command::Credit(Credit::staff(staff?).saying(words))))
    }

    /// Whoever earned thanks was told.
    pub fn passes_the_thanks_on(self) -> Deed {
        self.about(DeadlineKind::Thank, Command::RecordThanked)
    }

    /// They reach nobody, and say what they tried.
    pub fn reaches_nobody(self, tried: impl Into<Words>) -> Deed {
        self.gives(Command::RecordUnreachable(tried.into()))
    }

    /// They take a missed deadline on.
    pub fn takes_on(self, kind: DeadlineKind) -> Deed {
        self.about(kind, Command::AcceptEscalation)
    }

    /// They excuse a missed deadline.
    pub fn excuses(self, kind: DeadlineKind, why: impl Into<Words>) -> Deed {
        let why = why.into();
        self.about(kind, |id| Command::Excuse(id, why))
    }

    /// They give a deadline up.
    pub fn waives(self, kind: DeadlineKind, why: impl Into<Words>) -> Deed {
        let why = why.into();
        self.about(kind, |id| Command::Waive(id, why))
    }

    /// They move a deadline back as the policy lets them, and tell the customer why.
    pub fn extends(self, kind: DeadlineKind, why: impl Into<Words>) -> Deed {
        let why = why.into();
        self.about(kind, |id| Extend::telling(id, why.clone(), message(why)).into())
    }

    /// They report what became of the n-th message of ours in the whole story, counted from 1.
    pub fn reports(self, n: usize, result: Delivery) -> Deed {
        self.does(move |story| {
            let message = story.message(n).ok_or(format!("there is no message no. {n} of ours"))?;
            Ok(RecordDelivery::of(message, result).into())
        })
    }

    /// The same of the copy that was on its way to that customer.
    pub fn reports_for(self, n: usize, customer: CustomerId, result: Delivery) -> Deed {
        self.does(move |story| {
            let message = story.message(n).ok_or(format!("there is no message no. {n} of ours"))?;
            Ok(RecordDelivery::of(message, result).to(customer).into())
        })
    }

    /// They give the case another priority, and what runs the targets of that.
    pub fn retargets_to(self, priority: Priority, why: impl Into<Words>) -> Deed {
        self.gives(Retarget::priority(priority, why))
    }

    /// They give the case another policy, by its id, and what runs the targets of that.
    pub fn retargets_under(self, policy: &str, why: impl Into<Words>) -> Deed {
        let (id, why) = (Name::new(policy).map_err(|error| format!("{policy:?}: {error}")), why.into());
        self.does(|_| Ok(Retarget::policy(id?, why).into()))
    }

    /// They have what runs computed anew with the calendar that the policy has now.
    pub fn recalculates(self, why: impl Into<Words>) -> Deed {
        self.gives(Command::Recalculate(why.into()))
    }

    /// They go on in the case of that name, of the same customer.
    pub fn merges_into(self, name: &str, why: impl Into<Words>) -> Deed {
        self.gives(Merge::into(Scenario::id_of_case(name), why))
    }

    /// They go on in the case of that name, and tell the customer.
    pub fn merges_into_telling(self, name: &str, words: impl Into<Words>) -> Deed {
        let words = words.into();
        self.gives(Merge::into(Scenario::id_of_case(name), words.clone()).telling(message(words)))
    }

    /// They make the customer's last message a case of its own, of that kind.
    pub fn splits_off(self, kind: FeedbackKind, why: impl Into<Words>) -> Deed {
        let why = why.into();
        self.does(move |story| {
            let message = story.last_message_of_customer().ok_or("the customer wrote nothing more")?;
            let mut about = Feedback::new(kind, Channel::Chat, "");
            about.body = None;
            Ok(Split::message(message, about, why).into())
        })
    }
}
