//! Invitations, promises, thanks, and those who cannot be reached.

use talkback::testing::Scenario;
use talkback::testing::scenario::{Deed, customer, customer_named, staff};
use talkback::workflow::{Classify, Limit, Missing, NoticeKind, Open, Rule, texts};
use talkback::{
    Attachment, Channel, CloseReason, Code, Contact, DeadlineKind, ExitReason, Fact, Feedback, FeedbackKind,
    Promised, Stage, TextKind, Verdict,
};

use super::super::policies::{standard, tight};
use super::super::run::command_id;
use super::super::story::*;

pub(crate) fn invited() -> Scenario {
    nothing(standard()).and(staff("ann").invites("How was it?"))
}

fn call(by: &str) -> Deed {
    staff("ann").promises(Promised::Action(Code::new("call").unwrap()), by)
}

fn nobody_to_reach() -> Deed {
    staff("ann").reaches_nobody("called twice, the letter came back")
}

#[test]
fn an_out_of_office_note_is_no_answer_to_an_invitation() {
    invited()
        .and(out_of_office())
        .stage(Stage::Invited)
        .without(DeadlineKind::Respond)
        .due(DeadlineKind::Expire, "12-07 24:00")
        .at("11-24 09:00", wrote())
        .stage(Stage::Received)
        .due(DeadlineKind::Acknowledge, "13:00")
        .without(DeadlineKind::Expire);
}

#[test]
fn any_message_of_a_person_keeps_the_promise_of_an_answer() {
    for message in [reply(), resolve()] {
        complaint(standard())
            .and(staff("ann").promises(Promised::Answer, "11-24 12:00"))
            .at("11-24 10:00", message)
            .counts(DeadlineKind::Promise, 1, 0);
    }
    complaint(standard())
        .and(resolve())
        .and(staff("ann").promises(Promised::Answer, "11-24 12:00"))
        .at("11-24 10:00", follow_up())
        .counts(DeadlineKind::Promise, 1, 0);
}

#[test]
fn a_promise_is_not_kept_by_what_was_said_before_it() {
    complaint(standard())
        .at("12:00", staff("ann").promises(Promised::Answer, "11-24 12:00"))
        .at("13:00", reply().as_of("11:00"))
        .due(DeadlineKind::Promise, "11-24 12:00");
}

#[test]
fn who_leaves_without_a_word_is_asked_why_once() {
    complaint(standard())
        .and(customer().withdraws(ExitReason::NotSaid))
        .at("11-24 10:00", wrote())
        .stage(Stage::InProgress)
        .and(staff("ann").needs_no_action())
        .stage(Stage::Closed)
        .notices_owed(NoticeKind::AskWhy, 1);
    complaint(standard())
        .and(staff("ann").reaches_nobody("called twice"))
        .and(staff("ann").withdraws(ExitReason::NotSaid))
        .notices_owed(NoticeKind::AskWhy, 0);
}

#[test]
fn who_cannot_be_reached_is_owed_no_message_and_counts_as_unanswered() {
    complaint(tight())
        .and(nobody_to_reach())
        .without(DeadlineKind::Acknowledge)
        .without(DeadlineKind::Respond)
        .without(DeadlineKind::Update)
        .at("10:00", staff("ann").resolves_in_silence())
        .stage(Stage::Resolved)
        .without(DeadlineKind::FollowUp)
        .and(staff("ann").closes(CloseReason::Unanswered))
        .closed(&CloseReason::Unanswered)
        .counts(DeadlineKind::Acknowledge, 0, 0);
    // Asked once of twice before it turned out: silence is the answer, and nobody is owed another try.
    complaint(standard())
        .and(resolve())
        .and(follow_up())
        .and(nobody_to_reach())
        .time_passes_until("12-02 09:00")
        .closed(&CloseReason::Unanswered);
}

#[test]
fn who_can_be_reached_again_is_followed_up() {
    complaint(standard())
        .and(nobody_to_reach())
        .and(staff("ann").resolves_in_silence())
        .at("11-24 09:00", wrote())
        .due(DeadlineKind::Respond, "11-26 24:00")
        .due(DeadlineKind::FollowUp, "11-26 24:00")
        .and(reply())
        .stage(Stage::Resolved)
        .case_has("no acknowledgement in this cycle", |case| case.cycle.acknowledged_at.is_none());
}

#[test]
fn an_invitation_lapses_or_becomes_a_case() {
    invited().time_passes_until("12-08 09:00").closed(&CloseReason::InvitationLapsed);
    let story = invited()
        .at("11-25 10:00", wrote())
        .stage(Stage::Received)
        .counts(DeadlineKind::Expire, 1, 0)
        .due(DeadlineKind::Acknowledge, "14:00")
        .due(DeadlineKind::Respond, "11-27 24:00");
    assert_eq!(story.case().unwrap().received_at, at("11-25 10:00"));
}

#[test]
fn a_promise_is_met_by_what_it_names_or_missed() {
    let story = complaint(standard()).and(call("11-25 12:00")).and(reply());
    let id = story.id_of(DeadlineKind::Promise).unwrap();
    story
        .at("11-25 11:00", staff("ann").fulfils_the_promise())
        .counts(DeadlineKind::Promise, 1, 0)
        .not(staff("ann").gives(talkback::Command::Fulfil(id)), &Rule::NoSuchDeadline)
        .not(staff("ann").promises(Promised::Answer, "11:00"), &Rule::PromiseInPast);
    complaint(standard())
        .and(call("11-25 12:00"))
        .time_passes_until("11-25 13:00")
        .breach(DeadlineKind::Promise, "11-25 12:00");
    // Resolving keeps every promise that was not missed.
    complaint(standard()).and(call("11-25 12:00")).and(resolve()).counts(DeadlineKind::Promise, 1, 0);
}

#[test]
fn praise_ends_when_its_author_and_those_who_earned_it_were_thanked() {
    let praise = Feedback::praise(Channel::Email, "Carl was kind.");
    let story = opened(standard(), praise).and(staff("ann").credits("carl", "Carl was kind."));
    let told: Vec<_> = story.notices().filter(|notice| notice.kind == NoticeKind::Thanks).collect();
    assert_eq!((told.len(), told[0].deadline), (1, story.id_of(DeadlineKind::Thank)));
    story
        .told("carl")
        .not(staff("ann").closes(CloseReason::ThanksSufficed), &Rule::NotFinished)
        .missing([Missing::Answer, Missing::Thanks])
        .due(DeadlineKind::Thank, "11-25 24:00")
        .and(reply())
        .not(staff("ann").closes(CloseReason::ThanksSufficed), &Rule::NotFinished)
        .and(staff("ann").passes_the_thanks_on())
        .counts(DeadlineKind::Thank, 1, 0)
        .and(staff("ann").closes(CloseReason::ThanksSufficed))
        .closed(&CloseReason::ThanksSufficed);
}

#[test]
fn a_complaint_does_not_become_praise_by_being_called_so() {
    let praise = Classify { kind: Some(FeedbackKind::Praise), ..Classify::default() };
    complaint(standard())
        .and(staff("ann").gives(praise))
        .and(reply())
        .not(staff("ann").closes(CloseReason::ThanksSufficed), &Rule::ThanksDoNotSuffice);
}

#[test]
fn what_was_promised_is_done_before_the_case_is_closed_by_hand() {
    complaint(standard())
        .and(resolve())
        .and(call("12-04 12:00"))
        .and(follow_up())
        .and(customer().answers(Verdict::Satisfied))
        .not(staff("ann").closes(CloseReason::Confirmed), &Rule::NotFinished)
        .missing([Missing::Promise])
        .and(staff("ann").fulfils_the_promise())
        .and(staff("ann").closes(CloseReason::Confirmed))
        .closed(&CloseReason::Confirmed);
}

#[test]
fn files_come_with_the_first_word_and_have_their_limit() {
    let photo = || Attachment::new("leak.png", "image/png", "files/17");
    let feedback = |count| {
        let feedback = Feedback::complaint(Channel::Email, "It leaks.");
        (0..count).fold(feedback, |feedback, _| feedback.with_attachment(photo()))
    };
    let story = opened(standard(), feedback(2));
    let Fact::Opened(first) = &story.events().next().unwrap().fact else { panic!("it is opened first") };
    assert_eq!(first.attachments, 2);
    let about = &story.case().unwrap().head.customer;
    let brought = texts(&Open::new(feedback(2)).into(), command_id("files", 1), about, about);
    let files = brought.iter().filter(|text| text.kind == TextKind::Attachment);
    assert_eq!(files.count(), 6, "a name, a place and a type each");
    nothing(standard()).not(brings(feedback(51)), &Rule::TooMuch(Limit::TooManyAttachments));
}

#[test]
fn somebody_who_called_is_answered_once_they_gave_an_address() {
    let called = Feedback::complaint(Channel::Phone, "The kettle leaks.");
    let by_mail = Contact::email("customer@example.org").unwrap();
    nothing(standard())
        .and(customer().brings(called))
        .not(reply(), &Rule::NobodyToReach)
        .and(customer().can_be_reached(by_mail))
        .and(reply())
        .and(staff("ann").is_not_reached(1))
        .not(reply(), &Rule::NobodyToReach);
}

#[test]
fn nobody_takes_back_what_is_anothers_unless_they_act_for_them() {
    let story = complaint(standard())
        .not(customer_named("eve").withdraws(ExitReason::Mistake), &Rule::NotConcerned)
        .not(customer_named("eve").writes("Hello?"), &Rule::NotConcerned);
    let customer = story.case().unwrap().head.customer.clone();
    story
        .and(customer_named("eve").on_behalf_of(customer.as_str()).withdraws(ExitReason::Mistake))
        .closed(&CloseReason::Withdrawn);
}
