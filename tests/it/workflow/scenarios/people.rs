//! Invitations, promises, thanks, and those who cannot be reached.

use talkback::workflow::{Assign, NoticeKind, Rule};
use talkback::{Channel, Command, DeadlineKind, Fact, Feedback, Promised, Stage};

use super::super::policies::{standard, tight};
use super::super::world::*;

pub(super) fn invited() -> World {
    let mut world = nothing(standard());
    let about = Feedback::new(talkback::FeedbackKind::Question, Channel::Survey, "")
        .with_contact(talkback::Contact::InThread)
        .with_customer(super::super::generate::customer_id());
    let invite = talkback::workflow::Invite { about, question: message(), policy: None };
    world.order(ann(), Command::Invite(Box::new(invite))).unwrap();
    world
}

#[test]
fn an_out_of_office_note_is_no_answer_to_an_invitation() {
    invited()
        .customer(out_of_office())
        .stands(Stage::Invited)
        .without(DeadlineKind::Respond)
        .due(DeadlineKind::Expire, "12-08 00:00")
        .at("11-24 09:00")
        .customer(wrote())
        .stands(Stage::Received)
        .due(DeadlineKind::Acknowledge, "11-24 13:00")
        .without(DeadlineKind::Expire);
}
