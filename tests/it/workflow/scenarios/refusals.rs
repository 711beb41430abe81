//! Refusals: a rule, what is missing, what is possible instead, in one sentence. And the ways around the
//! rules that people have found elsewhere.

use talkback::testing::Scenario;
use talkback::testing::scenario::{customer, machine, staff, staff_without_rights, third_party};
use talkback::workflow::{Close, CommandKind, Missing, Resolve, Rule};
use talkback::{
    CaseId, CloseReason, Code, DeadlineKind, Excuse, Exit, ExitReason, Outbound, Outcome, Party, Promised,
    RemedyKind, ReplyPath, Resolution, Stage, Verdict,
};

use super::super::policies::{name, standard};
use super::super::run::tenant;
use super::super::story::*;

#[test]
fn a_refusal_reads_as_one_sentence() {
    let story = complaint(standard())
        .not(staff("ann").closes(CloseReason::Confirmed), &Rule::NotFinished)
        .missing([
            Missing::Acknowledgement,
            Missing::Answer,
            Missing::Resolution,
            Missing::FollowUp,
            Missing::AnswerToFollowUp,
        ])
        .possible(CommandKind::Resolve)
        .impossible(CommandKind::FollowUp);
    let refused = story.refusal().unwrap();
    assert_eq!(refused.stage, Some(Stage::Received));
    let sentence = refused.to_string();
    let opening = "cannot close while the case is received: a case ends when its customer was answered; \
                   missing: an acknowledgement, a person's answer to the customer, a resolution";
    assert!(sentence.starts_with(opening), "{sentence}");
    assert!(sentence.contains("; possible now: acknowledge, "), "{sentence}");
}

#[test]
fn nobody_resolves_or_refers_in_silence() {
    // A refusal is only one with its reason.
    let bare = Resolution::new(Outcome::Declined);
    let told = || Outbound::new("We cannot do that.", ReplyPath::InThread);
    let declined = |resolution| staff("ann").gives(Resolve::telling(resolution, told()));
    complaint(standard())
        .not(staff("ann").resolves_in_silence(), &Rule::InSilence)
        .missing([Missing::MessageToCustomer])
        .not(staff("ann").closes(CloseReason::Referred(name("the carrier"))), &Rule::InSilence)
        .missing([Missing::MessageToCustomer])
        .not(staff("ann").replies(" \n"), &Rule::NoWords)
        .missing([Missing::MessageToCustomer])
        .not(declined(bare.clone()), &Rule::DeclinedWithoutReason)
        .missing([Missing::Reason])
        .and(declined(bare.with(RemedyKind::Declined, "Out of warranty.")))
        .stage(Stage::Resolved);
}

#[test]
fn customers_and_machines_do_what_is_theirs() {
    complaint(standard())
        .not(customer().resolves("Done."), &Rule::NotForCustomers)
        .not(customer().replies("Thank you."), &Rule::NotForCustomers)
        .not(customer().closes(CloseReason::Confirmed), &Rule::NotForCustomers)
        .not(customer().assigns("ann"), &Rule::NotForCustomers)
        .not(machine().resolves("Done."), &Rule::NotForMachines)
        .not(machine().closes(CloseReason::Confirmed), &Rule::NotForMachines)
        .not(machine().needs_no_action(), &Rule::NotForMachines)
        .not(staff("ann").acknowledges(""), &Rule::NoWords);
}

#[test]
fn nobody_judges_their_own_lateness() {
    let excuse = "the line was down";
    let kind = DeadlineKind::Acknowledge;
    // Whoever gives it up is the actor, whatever the command says.
    let waived = || CloseReason::Waived(Party::System);
    complaint(standard())
        .and(staff("ann").assigns("ann"))
        .jumps_to("14:00")
        .somebody_looks()
        .not(staff("ann").excuses(kind, excuse), &Rule::OwnCase)
        .not(staff("ann").waives(kind, excuse), &Rule::OwnCase)
        .not(staff("ann").closes_saying(waived(), "a test order"), &Rule::OwnCase)
        .not(staff_without_rights("temp").excuses(kind, excuse), &Rule::NotGranted)
        .not(staff_without_rights("temp").waives(kind, excuse), &Rule::NotGranted)
        .not(staff_without_rights("temp").closes_saying(waived(), "a test order"), &Rule::NotGranted)
        .not(staff_without_rights("temp").closes(CloseReason::Spam), &Rule::NotGranted)
        .not(staff("bob").excuses(kind, " "), &Rule::NoWords)
        .missing([Missing::Reason])
        .and(staff("bob").excuses(kind, excuse))
        .and(staff("bob").waives(kind, excuse))
        .counts(kind, 0, 1)
        .excused(kind, 1)
        .breach_excused(kind, Some(Excuse::Stated))
        .breach_never_done(kind)
        .not(staff("bob").excuses(kind, excuse), &Rule::AlreadyExcused);
}

#[test]
fn reasons_that_nobody_gives_by_hand() {
    let elsewhere = CaseId::derive(tenant(), &["x"]);
    complaint(standard())
        .not(staff("ann").closes(CloseReason::Withdrawn), &Rule::WithdrawInstead)
        .not(staff("ann").closes(CloseReason::Left), &Rule::WithdrawInstead)
        .not(staff("ann").closes(CloseReason::InvitationLapsed), &Rule::NotByHand)
        .not(staff("ann").closes(CloseReason::MergedInto(elsewhere)), &Rule::NotByHand)
        .not(staff("ann").closes(CloseReason::ThanksSufficed), &Rule::ThanksDoNotSuffice)
        .and(resolve())
        .not(staff("ann").closes(CloseReason::Unanswered), &Rule::NotAskedEnough)
        .missing([Missing::FollowUp])
        .and(follow_up())
        .not(follow_up(), &Rule::StillTimeToAnswer)
        .and(staff("ann").answers(Verdict::Satisfied))
        .not(staff("ann").answers(Verdict::Satisfied), &Rule::AlreadyAnswered)
        .not(follow_up(), &Rule::AlreadyAnswered);
}

#[test]
fn law_9_customers_can_leave_from_every_stage() {
    let received = || complaint(standard());
    let stages: [(Stage, Scenario); 7] = [
        (Stage::Invited, super::people::invited()),
        (Stage::Received, received()),
        (Stage::Acknowledged, received().and(acknowledge())),
        (Stage::InProgress, received().and(reply())),
        (
            Stage::Waiting,
            received().and(reply()).and(staff("ann").awaits_customer("a photograph of it", "11-25 12:00")),
        ),
        (Stage::Resolved, received().and(resolve())),
        (Stage::FollowedUp, received().and(resolve()).and(follow_up())),
    ];
    for (stage, story) in stages {
        let story = story
            .stage(stage)
            .and(customer().withdraws(ExitReason::Service))
            .closed(&CloseReason::Withdrawn)
            .live([])
            .sleeps();
        assert_eq!(
            story.case().unwrap().closed.as_ref().unwrap().exit,
            Some(Exit::because(ExitReason::Service))
        );
    }
}

#[test]
fn others_are_told_what_is_theirs() {
    complaint(standard())
        .not(third_party("supplier").replies("It arrives on Friday."), &Rule::NotForThirdParties)
        .and(third_party("supplier").notes("The part arrives on Friday."))
        .happened("noted", 1);
}

#[test]
fn a_resolution_is_promised_while_there_is_none() {
    let visit = Promised::Action(Code::new("visit").unwrap());
    complaint(standard())
        .and(staff("ann").promises(Promised::Resolution, "11-25 12:00"))
        .and(resolve())
        .not(staff("ann").promises(Promised::Resolution, "11-26 12:00"), &Rule::WrongStage)
        .and(staff("ann").promises(visit, "11-26 12:00"))
        .due(DeadlineKind::Promise, "11-26 12:00");
}

#[test]
fn taking_on_again_is_offered_with_the_next_reminder() {
    // Refused at any stage but waiting, so that it lists what is possible.
    let refused = || staff("ann").resumes();
    complaint(standard())
        .time_passes_until("11-23 13:30")
        .not(refused(), &Rule::WrongStage)
        .possible(CommandKind::AcceptEscalation)
        .and(staff("ann").takes_on(DeadlineKind::Acknowledge))
        .not(refused(), &Rule::WrongStage)
        .impossible(CommandKind::AcceptEscalation)
        .time_passes_until("11-25 17:00")
        .not(refused(), &Rule::WrongStage)
        .possible(CommandKind::AcceptEscalation);
}

#[test]
fn who_gives_a_case_up_says_why() {
    complaint(standard())
        .not(staff("ann").gives(Close::because(CloseReason::Waived(Party::System))), &Rule::NoWords)
        .missing([Missing::Reason]);
}
