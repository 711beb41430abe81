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

#[test]
fn any_message_of_a_person_keeps_the_promise_of_an_answer() {
    for message in [reply, resolve] {
        complaint(standard())
            .staff(promise(Promised::Answer, "11-24 12:00"))
            .at("11-24 10:00")
            .staff(message())
            .counts(DeadlineKind::Promise, 1, 0);
    }
    complaint(standard())
        .staff(resolve())
        .staff(promise(Promised::Answer, "11-24 12:00"))
        .at("11-24 10:00")
        .staff(follow_up())
        .counts(DeadlineKind::Promise, 1, 0);
}

#[test]
fn a_promise_is_not_kept_by_what_was_said_before_it() {
    complaint(standard())
        .at("11-23 12:00")
        .staff(promise(Promised::Answer, "11-24 12:00"))
        .at("11-23 13:00")
        .which_happened("11-23 11:00")
        .staff(reply())
        .due(DeadlineKind::Promise, "11-24 12:00");
}

#[test]
fn who_leaves_without_a_word_is_asked_why_once() {
    let world = complaint(standard())
        .customer(withdraw(talkback::ExitReason::NotSaid))
        .at("11-24 10:00")
        .customer(wrote())
        .stands(Stage::InProgress)
        .staff(Command::NoActionNeeded)
        .stands(Stage::Closed);
    assert_eq!(world.notices(NoticeKind::AskWhy).len(), 1);
    let world = complaint(standard())
        .staff(Command::RecordUnreachable(words("called twice")))
        .staff(withdraw(talkback::ExitReason::NotSaid));
    assert_eq!(world.notices(NoticeKind::AskWhy).len(), 0);
}

fn nobody_to_reach() -> Command {
    Command::RecordUnreachable(words("called twice, the letter came back"))
}

#[test]
fn who_cannot_be_reached_is_owed_no_message_and_counts_as_unanswered() {
    complaint(tight())
        .staff(nobody_to_reach())
        .without(DeadlineKind::Acknowledge)
        .without(DeadlineKind::Respond)
        .without(DeadlineKind::Update)
        .at("11-23 10:00")
        .staff(resolve_in_silence())
        .stands(Stage::Resolved)
        .without(DeadlineKind::FollowUp)
        .staff(close(talkback::CloseReason::Unanswered))
        .closed_as(&talkback::CloseReason::Unanswered)
        .counts(DeadlineKind::Acknowledge, 0, 0);
    // Asked once of twice before it turned out: silence is the answer, and nobody is owed another try.
    complaint(standard())
        .staff(resolve())
        .staff(follow_up())
        .staff(nobody_to_reach())
        .ticked_until("12-02 09:00")
        .closed_as(&talkback::CloseReason::Unanswered);
}

#[test]
fn who_can_be_reached_again_is_followed_up() {
    let world = complaint(standard())
        .staff(nobody_to_reach())
        .staff(resolve_in_silence())
        .at("11-24 09:00")
        .customer(wrote())
        .due(DeadlineKind::Respond, "11-27 00:00")
        .due(DeadlineKind::FollowUp, "11-27 00:00")
        .staff(reply())
        .stands(Stage::Resolved);
    assert_eq!(world.case().cycle.acknowledged_at, None);
}
