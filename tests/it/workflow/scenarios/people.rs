//! Invitations, promises, thanks, and those who cannot be reached.

use talkback::workflow::{NoticeKind, Rule};
use talkback::{Channel, Command, Consent, DeadlineKind, Fact, Feedback, Promised, Stage};

use super::super::policies::{standard, tight};
use super::super::world::*;

pub(super) fn invited() -> World {
    let mut world = nothing(standard());
    let about = Feedback::new(talkback::FeedbackKind::Question, Channel::Survey, "")
        .with_contact(talkback::Contact::InThread)
        .with_customer(super::super::generate::customer_id());
    let about = about.with_consent(Consent { surveys: true, ..Consent::default() });
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

#[test]
fn an_invitation_lapses_or_becomes_a_case() {
    invited().ticked_until("12-08 09:00").closed_as(&talkback::CloseReason::InvitationLapsed);
    let world = invited()
        .at("11-25 10:00")
        .customer(wrote())
        .stands(Stage::Received)
        .counts(DeadlineKind::Expire, 1, 0)
        .due(DeadlineKind::Acknowledge, "11-25 14:00")
        .due(DeadlineKind::Respond, "11-28 00:00");
    assert_eq!(world.case().received_at, at("11-25 10:00"));
}

#[test]
fn a_promise_is_met_by_what_it_names_or_missed() {
    let call = || promise(Promised::Action("call".parse().unwrap()), "11-25 12:00");
    let world = complaint(standard()).staff(call()).staff(reply());
    let id = world.id(DeadlineKind::Promise);
    world
        .at("11-25 11:00")
        .staff(Command::Fulfil(id))
        .counts(DeadlineKind::Promise, 1, 0)
        .not(Command::Fulfil(id), &Rule::NoSuchDeadline)
        .not(promise(Promised::Answer, "11-25 11:00"), &Rule::PromiseInPast);
    let world = complaint(standard()).staff(call()).ticked_until("11-25 13:00");
    assert_eq!(world.breach(DeadlineKind::Promise).due, at("11-25 12:00"));
    // Resolving keeps every promise that was not missed.
    complaint(standard()).staff(call()).staff(resolve()).counts(DeadlineKind::Promise, 1, 0);
}

#[test]
fn praise_ends_when_its_author_and_those_who_earned_it_were_thanked() {
    let praise = Feedback::praise(Channel::Email, "Carl was kind.");
    let credit = talkback::Credit::staff(super::super::generate::staff_id("carl")).saying("Carl was kind.");
    let mut world = opened(standard(), praise).staff(Command::Credit(credit));
    let told = world.notices(NoticeKind::Thanks);
    assert_eq!((told.len(), told[0].deadline), (1, Some(world.id(DeadlineKind::Thank))));
    let refused = world.refused(close(talkback::CloseReason::ThanksSufficed));
    let missing = [talkback::workflow::Missing::Answer, talkback::workflow::Missing::Thanks];
    assert_eq!((refused.rule, refused.missing), (Rule::NotFinished, missing.to_vec()));
    let thank = world.id(DeadlineKind::Thank);
    world
        .due(DeadlineKind::Thank, "11-26 00:00")
        .staff(reply())
        .not(close(talkback::CloseReason::ThanksSufficed), &Rule::NotFinished)
        .staff(Command::RecordThanked(thank))
        .counts(DeadlineKind::Thank, 1, 0)
        .staff(close(talkback::CloseReason::ThanksSufficed))
        .closed_as(&talkback::CloseReason::ThanksSufficed);
}

#[test]
fn a_complaint_does_not_become_praise_by_being_called_so() {
    let praise =
        talkback::workflow::Classify { kind: Some(talkback::FeedbackKind::Praise), ..Default::default() };
    complaint(standard())
        .staff(Command::Classify(praise))
        .staff(reply())
        .not(close(talkback::CloseReason::ThanksSufficed), &Rule::ThanksDoNotSuffice);
}

#[test]
fn what_was_promised_is_done_before_the_case_is_closed_by_hand() {
    let call = promise(Promised::Action("call".parse().unwrap()), "12-04 12:00");
    let mut world = complaint(standard()).staff(resolve()).staff(call).staff(follow_up());
    world = world.customer(answer(talkback::Verdict::Satisfied));
    let refused = world.refused(close(talkback::CloseReason::Confirmed));
    assert_eq!(refused.missing, [talkback::workflow::Missing::Promise]);
    let id = world.id(DeadlineKind::Promise);
    world
        .staff(Command::Fulfil(id))
        .staff(close(talkback::CloseReason::Confirmed))
        .closed_as(&talkback::CloseReason::Confirmed);
}

#[test]
fn files_come_with_the_first_word_and_have_their_limit() {
    let photo = || talkback::Attachment {
        name: "leak.png".into(),
        media_type: "image/png".into(),
        bytes: 48_000,
        locator: "files/17".into(),
    };
    let feedback = |count| {
        let feedback = Feedback::complaint(Channel::Email, "It leaks.");
        (0..count).fold(feedback, |feedback, _| feedback.with_attachment(photo()))
    };
    let world = opened(standard(), feedback(2));
    let Fact::Opened(first) = &world.events()[0].fact else { panic!("it is opened first") };
    assert_eq!(first.attachments, 2);
    let command = talkback::workflow::Open::new(feedback(2)).into();
    let brought =
        talkback::workflow::texts(&command, super::super::run::command_id("files", 1), &customer_of(&world));
    let files = brought.iter().filter(|text| text.kind == talkback::TextKind::Attachment);
    assert_eq!(files.count(), 6, "a name, a place and a type each");
    let refused = nothing(standard()).refused(talkback::workflow::Open::new(feedback(51)).into());
    assert_eq!(refused.rule, Rule::TooMuch(talkback::workflow::Limit::TooManyAttachments));
}

fn customer_of(world: &World) -> talkback::CustomerId {
    world.case().head.customer.clone()
}

#[test]
fn where_there_is_no_address_a_message_is_posted_or_nobody_is_reached() {
    let nowhere = Feedback::complaint(Channel::InPerson, "It leaks.");
    let open = talkback::workflow::Open::new(nowhere);
    let mut world = nothing(standard());
    world.order(ann(), Command::Open(Box::new(open))).unwrap();
    let refused = world.refused(reply());
    assert_eq!(
        (refused.rule, refused.missing),
        (Rule::NobodyToReach, vec![talkback::workflow::Missing::WayToReach])
    );
    world.staff(Command::Reply(message().posted())).counts(DeadlineKind::Respond, 1, 0);
}
