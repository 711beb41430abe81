//! Rules 9 and 10: how a case is resolved, and for which reasons it may be closed.

use talkback::testing::Scenario;
use talkback::testing::scenario::{Deed, customer, staff};
use talkback::workflow::{CommandKind, Missing, Resolve, Rule};
use talkback::{
    Actor, Channel, CloseReason, Command, Contact, DeadlineChange, DeadlineKind, ExitReason, Feedback,
    MootReason, Outbound, Outcome, Party, Promised, RemedyKind, ReplyPath, Resolution, Stage, Verdict,
};

use super::super::policies::{name, standard, tight};
use super::super::story::*;

fn closes(reason: CloseReason) -> Deed {
    staff("ann").closes(reason)
}

#[test]
fn rule_09_a_resolution_is_typed_and_told() {
    complaint(standard())
        .not(staff("ann").resolves_in_silence(), &Rule::InSilence)
        .missing([Missing::MessageToCustomer])
        .not(staff("ann").resolves(" "), &Rule::NoWords)
        .missing([Missing::MessageToCustomer])
        .stage(Stage::Received)
        .counts(DeadlineKind::Resolve, 0, 0);
}

#[test]
fn rule_09_it_ends_resolve_answers_what_is_open_and_starts_the_follow_up() {
    complaint(standard())
        .at("11-24 10:00", resolve())
        .stage(Stage::Resolved)
        .counts(DeadlineKind::Acknowledge, 0, 1)
        .counts(DeadlineKind::Respond, 1, 0)
        .counts(DeadlineKind::Resolve, 1, 0)
        .live([DeadlineKind::FollowUp])
        .due(DeadlineKind::FollowUp, "11-26 24:00")
        .at("11-25 10:00", follow_up())
        .counts(DeadlineKind::FollowUp, 1, 0)
        .due(DeadlineKind::Confirm, "12-02 24:00")
        .and(customer().answers(Verdict::Satisfied))
        .counts(DeadlineKind::Confirm, 1, 0)
        .stage(Stage::FollowedUp);
}

/// A complaint of somebody who left no address.
fn nowhere() -> Scenario {
    nothing(standard()).and(customer().brings(Feedback::complaint(Channel::InPerson, "It leaks.")))
}

#[test]
fn rule_09_where_nobody_can_be_reached_a_posted_message_tells() {
    let posted = || Outbound::new("A new kettle waits for you.", ReplyPath::InThread).posted();
    let resolution = Resolution::new(Outcome::Fixed).with(RemedyKind::Fix, "A new kettle.");
    nowhere()
        .not(reply(), &Rule::NobodyToReach)
        .missing([Missing::WayToReach])
        .not(resolve(), &Rule::NobodyToReach)
        .and(staff("ann").gives(Command::Reply(posted())))
        .counts(DeadlineKind::Acknowledge, 1, 0)
        .counts(DeadlineKind::Respond, 1, 0)
        .and(staff("ann").gives(Resolve::telling(resolution, posted())))
        .stage(Stage::Resolved)
        .counts(DeadlineKind::Resolve, 1, 0)
        .due(DeadlineKind::FollowUp, "11-25 24:00");
}

#[test]
fn rule_09_where_there_is_no_place_to_post_what_was_tried_is_recorded() {
    let story = nowhere()
        .not(staff("ann").reaches_nobody(" "), &Rule::NoWords)
        .missing([Missing::Reason])
        .and(staff("ann").reaches_nobody("called twice, the letter came back"))
        .moot(DeadlineKind::Acknowledge, 1)
        .moot(DeadlineKind::Respond, 1)
        .live([DeadlineKind::Resolve]);
    let unreachable = |change: &&DeadlineChange| {
        matches!(change, DeadlineChange::Moot { reason: MootReason::Unreachable, .. })
    };
    assert_eq!(story.events().flat_map(|event| &event.changes).filter(unreachable).count(), 2);
    // Resolving is legal without a word, and so is closing as unanswered.
    story
        .and(staff("ann").resolves_in_silence())
        .stage(Stage::Resolved)
        .counts(DeadlineKind::Resolve, 1, 0)
        .without(DeadlineKind::FollowUp)
        .and(closes(CloseReason::Unanswered))
        .closed(&CloseReason::Unanswered);
    // A follow-up that was to be asked is moot as well.
    nowhere()
        .and(staff("ann").reaches_nobody("called twice"))
        .and(staff("ann").resolves_in_silence())
        .at("10:00", wrote())
        .due(DeadlineKind::FollowUp, "11-25 24:00")
        .at("11:00", staff("ann").reaches_nobody("called again"))
        .moot(DeadlineKind::FollowUp, 1);
}

#[test]
fn rule_10_confirmed_takes_an_answered_follow_up() {
    let all = [
        Missing::Acknowledgement,
        Missing::Answer,
        Missing::Resolution,
        Missing::FollowUp,
        Missing::AnswerToFollowUp,
    ];
    complaint(standard())
        .not(closes(CloseReason::Confirmed), &Rule::NotFinished)
        .missing(all)
        .possible(CommandKind::Resolve)
        .and(resolve())
        .not(closes(CloseReason::Confirmed), &Rule::NotFinished)
        .missing([Missing::FollowUp, Missing::AnswerToFollowUp])
        .and(follow_up())
        .not(closes(CloseReason::Confirmed), &Rule::NotFinished)
        .missing([Missing::AnswerToFollowUp])
        .and(customer().answers(Verdict::Satisfied))
        .and(closes(CloseReason::Confirmed))
        .closed(&CloseReason::Confirmed)
        .live([])
        .sleeps();
}

#[test]
fn rule_10_unanswered_takes_as_many_attempts_as_the_policy_says() {
    let story = complaint(standard())
        .and(resolve())
        .and(follow_up())
        .not(closes(CloseReason::Unanswered), &Rule::NotAskedEnough)
        .missing([Missing::FollowUp, Missing::AnswerToFollowUp])
        .time_passes_until("12-01 09:00")
        .stage(Stage::FollowedUp)
        .not(closes(CloseReason::Unanswered), &Rule::NotAskedEnough)
        .missing([Missing::FollowUp])
        // Due on the first of December, asked again on the second.
        .due(DeadlineKind::FollowUp, "12-03 24:00")
        .at("12-02 10:00", follow_up())
        .not(closes(CloseReason::Unanswered), &Rule::NotAskedEnough)
        .missing([Missing::AnswerToFollowUp])
        .time_passes_until("12-09 23:00")
        .stage(Stage::FollowedUp)
        // A timer closes it.
        .time_passes_until("12-10 09:00")
        .closed(&CloseReason::Unanswered)
        .happened_at("closed", "12-09 24:00")
        .sleeps();
    assert_eq!(story.events().last().unwrap().by, Party::System);
}

#[test]
fn rule_10_thanks_suffice_where_the_policy_says_so() {
    complaint(standard()).and(reply()).not(closes(CloseReason::ThanksSufficed), &Rule::ThanksDoNotSuffice);
    opened(standard(), Feedback::praise(Channel::Email, "Carl was kind."))
        .not(closes(CloseReason::ThanksSufficed), &Rule::NotFinished)
        .missing([Missing::Answer])
        .and(reply())
        .and(closes(CloseReason::ThanksSufficed))
        .closed(&CloseReason::ThanksSufficed);
}

#[test]
fn rule_10_only_the_customer_withdraws_or_leaves() {
    complaint(standard())
        .not(closes(CloseReason::Withdrawn), &Rule::WithdrawInstead)
        .not(closes(CloseReason::Left), &Rule::WithdrawInstead)
        .and(customer().withdraws(ExitReason::NoLongerNeeded))
        .closed(&CloseReason::Withdrawn);
    complaint(standard()).and(customer().leaves(ExitReason::Competitor)).closed(&CloseReason::Left);
}

#[test]
fn rule_10_an_invitation_lapses_by_itself_and_nobody_closes_into_another_case_by_hand() {
    let elsewhere = talkback::CaseId::derive(super::super::run::tenant(), &["elsewhere"]);
    complaint(standard())
        .not(closes(CloseReason::InvitationLapsed), &Rule::NotByHand)
        .not(closes(CloseReason::MergedInto(elsewhere)), &Rule::NotByHand);
    nothing(standard())
        .and(staff("ann").invites("How was it?"))
        .due(DeadlineKind::Expire, "12-07 24:00")
        .time_passes_until("12-08 09:00")
        .lapsed(DeadlineKind::Expire, 1)
        .closed(&CloseReason::InvitationLapsed);
}

#[test]
fn rule_10_referred_takes_that_the_customer_was_told() {
    let carrier = || CloseReason::Referred(name("the carrier"));
    complaint(standard())
        .not(closes(carrier()), &Rule::InSilence)
        .missing([Missing::MessageToCustomer])
        .and(staff("ann").closes_saying(carrier(), "The carrier answers for that."))
        .closed(&carrier())
        .counts(DeadlineKind::Respond, 1, 0);
}

#[test]
fn rule_10_waived_names_its_actor_and_a_reason() {
    let anybody = || CloseReason::Waived(Party::System);
    let story = complaint(standard())
        .jumps_to("14:00")
        .not(closes(anybody()), &Rule::NoWords)
        .missing([Missing::Reason])
        .and(staff("bob").closes_saying(anybody(), "a test order"))
        .counts(DeadlineKind::Acknowledge, 0, 1)
        .waived(DeadlineKind::Respond, 1);
    let bob = Actor::staff(super::super::generate::staff_id("bob")).party;
    story.closed(&CloseReason::Waived(bob));
}

#[test]
fn rule_10_a_message_of_the_customer_reopens_what_was_taken_for_spam() {
    complaint(standard())
        .and(closes(CloseReason::Spam))
        .closed(&CloseReason::Spam)
        // Whenever that is.
        .at("2027-11-23 09:00", wrote())
        .stage(Stage::InProgress)
        .due(DeadlineKind::Respond, "2027-11-25 24:00");
}

#[test]
fn rule_10_a_timer_alone_closes_nothing_else() {
    let reaches = |story: Scenario, stage| story.stage(stage).time_passes_until("2027-03-01 12:00");
    let received = || complaint(tight());
    reaches(received(), Stage::Received).stage(Stage::Received);
    reaches(received().and(acknowledge()), Stage::Acknowledged).stage(Stage::Acknowledged);
    reaches(received().and(reply()), Stage::InProgress).stage(Stage::InProgress);
    reaches(received().and(reply()).and(wait("11-24 08:00")), Stage::Waiting).stage(Stage::InProgress);
    reaches(received().and(resolve()), Stage::Resolved).stage(Stage::Resolved);
    let asked = || received().and(resolve()).and(follow_up());
    // What we still owe keeps a case open that was asked as often as the policy says.
    let visit = Promised::Action("visit".parse().unwrap());
    reaches(asked().and(staff("ann").promises(visit, "11-24 08:00")), Stage::FollowedUp)
        .stage(Stage::FollowedUp);
    reaches(asked(), Stage::FollowedUp).closed(&CloseReason::Unanswered);
}

#[test]
fn rule_10_who_has_an_address_is_not_unreachable_by_silence() {
    let reachable = Feedback::complaint(Channel::InPerson, "It leaks.")
        .with_contact(Contact::email("ann@example.org").unwrap());
    opened(standard(), reachable)
        .not(staff("ann").resolves_in_silence(), &Rule::InSilence)
        .and(resolve())
        .not(closes(CloseReason::Unanswered), &Rule::NotAskedEnough);
}

#[test]
fn rule_09_an_answer_may_be_as_long_as_a_letter_with_its_enclosures() {
    use talkback::workflow::MAX_BODY_BYTES;
    complaint(standard())
        .and(staff("ann").replies("x".repeat(MAX_BODY_BYTES)))
        .counts(DeadlineKind::Respond, 1, 0)
        .and(staff("ann").replies("x".repeat(MAX_BODY_BYTES + 1)).in_vain())
        .refused(&Rule::TooMuch(talkback::workflow::Limit::BodyTooLong));
}
