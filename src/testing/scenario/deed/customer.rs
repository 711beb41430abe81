//! What customers do, also through the employee who records it.

use super::{Deed, Somebody, message};
use crate::feedback::{Channel, Consent, Contact, Feedback, FeedbackKind};
use crate::resolution::{Exit, ExitReason, Satisfaction, Verdict};
use crate::words::Words;
use crate::workflow::{ChangeContact, CustomerWrote, Invite, Open, RecordAnswer, RecordExit, Withdraw};

/// What a customer does, or somebody who records it.
impl Somebody {
    /// They open the case with a complaint, in a chat where they can be answered.
    pub fn complains(self, words: impl Into<Words>) -> Deed {
        self.brings(Feedback::complaint(Channel::Chat, words))
    }

    /// They open the case with praise, in a chat.
    pub fn praises(self, words: impl Into<Words>) -> Deed {
        self.brings(Feedback::praise(Channel::Chat, words))
    }

    /// They open the case with a question, in a chat.
    pub fn asks(self, words: impl Into<Words>) -> Deed {
        self.brings(Feedback::question(Channel::Chat, words))
    }

    /// They open the case with any feedback, as it is.
    pub fn brings(self, feedback: Feedback) -> Deed {
        self.gives(Open::new(feedback))
    }

    /// They write, which they may do at any time.
    pub fn writes(self, words: impl Into<Words>) -> Deed {
        self.gives(CustomerWrote::new(words))
    }

    /// They write that they do not accept the resolution.
    pub fn disputes(self, words: impl Into<Words>) -> Deed {
        self.gives(CustomerWrote::disputing(words))
    }

    /// A machine of theirs writes, such as an out-of-office note.
    pub fn writes_by_machine(self, words: impl Into<Words>) -> Deed {
        self.gives(CustomerWrote { automatic: true, ..CustomerWrote::new(words) })
    }

    /// They answer whether it helped.
    pub fn answers(self, verdict: Verdict) -> Deed {
        self.gives(RecordAnswer::of(Satisfaction::of(verdict)))
    }

    /// They take the matter back.
    pub fn withdraws(self, why: ExitReason) -> Deed {
        self.gives(Withdraw::matter(why))
    }

    /// They end the relationship.
    pub fn leaves(self, why: ExitReason) -> Deed {
        self.gives(Withdraw::leaving(why))
    }

    /// They left without saying why, and say it.
    pub fn explains(self, why: ExitReason) -> Deed {
        self.gives(RecordExit::of(Exit::because(why)))
    }

    /// They can be reached in one more way, which is tried last.
    pub fn can_be_reached(self, contact: Contact) -> Deed {
        self.gives(ChangeContact::add(contact))
    }

    /// They are not reached in that way any more: the place of a contact among those of the case's customer,
    /// from 1. A story in which there is none breaks off.
    pub fn is_not_reached(self, place: usize) -> Deed {
        self.does(move |story| {
            let case = story.case().ok_or("there is no case")?;
            let known = place.checked_sub(1).and_then(|place| case.head.contacts.get(place));
            Ok(ChangeContact::remove(*known.ok_or("the customer has no such contact")?).into())
        })
    }

    /// We ask somebody who agreed to be asked for feedback, in a chat: the case begins as an invitation.
    pub fn invites(self, question: impl Into<Words>) -> Deed {
        let consent = Consent { surveys: true, ..Consent::default() };
        let about = Feedback::new(FeedbackKind::Question, Channel::Chat, "").with_consent(consent);
        self.gives(Invite { about, question: message(question), policy: None })
    }
}
