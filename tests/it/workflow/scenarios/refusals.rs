//! Refusals: a rule, what is missing, what is possible instead, in one sentence. And the ways around the
//! rules that people have found elsewhere.

use talkback::workflow::{CommandKind, Missing, Rule};
use talkback::{
    Actor, CloseReason, Command, CommandId, DeadlineKind, Exit, ExitReason, Grants, Outcome, Party, Promised,
    RemedyKind, Resolution, Stage, WaitingFor,
};

use super::super::generate::staff_id;
use super::super::policies::{name, standard};
use super::super::world::*;

#[test]
fn a_refusal_reads_as_one_sentence() {
    let mut world = complaint(standard());
    let refused = world.refused(close(CloseReason::Confirmed));
    assert_eq!(refused.rule, Rule::NotFinished);
    assert_eq!(refused.stage, Some(Stage::Received));
    let missing = [
        Missing::Acknowledgement,
        Missing::Answer,
        Missing::Resolution,
        Missing::FollowUp,
        Missing::AnswerToFollowUp,
    ];
    assert_eq!(refused.missing, missing);
    assert!(refused.legal.contains(&CommandKind::Resolve) && !refused.legal.contains(&CommandKind::FollowUp));
    let sentence = refused.to_string();
    let opening = "cannot close while the case is received: a case ends when its customer was answered; \
                   missing: an acknowledgement, a person's answer to the customer, a resolution";
    assert!(sentence.starts_with(opening), "{sentence}");
    assert!(sentence.contains("; possible now: acknowledge, "), "{sentence}");
}

#[test]
fn nobody_resolves_or_refers_in_silence() {
    let mut world = complaint(standard());
    for command in [resolve_in_silence(), close(CloseReason::Referred(name("the carrier")))] {
        let refused = world.refused(command);
        assert_eq!((refused.rule, refused.missing), (Rule::InSilence, vec![Missing::MessageToCustomer]));
    }
    let blank = talkback::Outbound::new(" \n", super::super::generate::reply_path());
    let refused = world.refused(Command::Reply(blank));
    assert_eq!((refused.rule, refused.missing), (Rule::NoWords, vec![Missing::MessageToCustomer]));
    // A refusal is only one with its reason.
    let declined =
        |resolution| Command::Resolve(Box::new(talkback::workflow::Resolve::telling(resolution, message())));
    let bare = Resolution::new(Outcome::Declined);
    let refused = world.refused(declined(bare.clone()));
    assert_eq!((refused.rule, refused.missing), (Rule::DeclinedWithoutReason, vec![Missing::Reason]));
    world.staff(declined(bare.with(RemedyKind::Declined, "Out of warranty."))).stands(Stage::Resolved);
}

#[test]
fn customers_and_machines_do_what_is_theirs() {
    let mut world = complaint(standard());
    for command in [resolve(), reply(), close(CloseReason::Confirmed), assign("ann")] {
        assert_eq!(world.refused_to(customer(), command).rule, Rule::NotForCustomers);
    }
    for command in [resolve(), close(CloseReason::Confirmed), Command::NoActionNeeded] {
        assert_eq!(world.refused_to(Actor::system(), command).rule, Rule::NotForMachines);
    }
    assert_eq!(world.refused(acknowledge_twice()).rule, Rule::NoWords);
}

fn acknowledge_twice() -> Command {
    Command::Acknowledge(talkback::Outbound::new("", super::super::generate::reply_path()))
}

#[test]
fn nobody_judges_their_own_lateness() {
    let temp = Actor { party: Party::Staff(staff_id("temp")), grants: Grants::NONE };
    let mut world = complaint(standard()).staff(assign("ann")).at("11-23 14:00").tick();
    let id = world.id(DeadlineKind::Acknowledge);
    let excuse = || Command::Excuse(id, words("the line was down"));
    let waive = || Command::Waive(id, words("the line was down"));
    let waived = || close_with(CloseReason::Waived(Party::System), None, "a test order");
    for command in [excuse(), waive(), waived()] {
        assert_eq!(world.refused(command.clone()).rule, Rule::OwnCase);
        assert_eq!(world.refused_to(temp.clone(), command).rule, Rule::NotGranted);
    }
    assert_eq!(world.refused_to(temp, close(CloseReason::Spam)).rule, Rule::NotGranted);
    let refused = world.refused_to(bob(), Command::Excuse(id, words(" ")));
    assert_eq!((refused.rule, refused.missing), (Rule::NoWords, vec![Missing::Reason]));
    let world = world.by(bob(), excuse()).by(bob(), waive()).counts(DeadlineKind::Acknowledge, 0, 1);
    let breach = world.breach(DeadlineKind::Acknowledge);
    assert_eq!((breach.excused, breach.met), (Some(talkback::Excuse::Stated), None));
    assert_eq!(world.case().deadlines.tally(DeadlineKind::Acknowledge).excused, 1);
    let mut world = world;
    assert_eq!(world.refused_to(bob(), excuse()).rule, Rule::AlreadyExcused);
}

#[test]
fn reasons_that_nobody_gives_by_hand() {
    let elsewhere =
        talkback::CaseId::from_uuid(CommandId::derive(super::super::run::tenant(), &["x"]).uuid());
    let world = complaint(standard())
        .not(close(CloseReason::Withdrawn), &Rule::WithdrawInstead)
        .not(close(CloseReason::Left), &Rule::WithdrawInstead)
        .not(close(CloseReason::InvitationLapsed), &Rule::NotByHand)
        .not(close(CloseReason::MergedInto(elsewhere)), &Rule::NotByHand)
        .not(close(CloseReason::ThanksSufficed), &Rule::ThanksDoNotSuffice);
    let mut world = world.staff(resolve());
    let refused = world.refused(close(CloseReason::Unanswered));
    assert_eq!((refused.rule, refused.missing), (Rule::NotAskedEnough, vec![Missing::FollowUp]));
    world
        .staff(follow_up())
        .not(follow_up(), &Rule::StillTimeToAnswer)
        .staff(answer_satisfied())
        .not(answer_satisfied(), &Rule::AlreadyAnswered)
        .not(follow_up(), &Rule::AlreadyAnswered);
}

fn answer_satisfied() -> Command {
    answer(talkback::Verdict::Satisfied)
}

#[test]
fn law_9_customers_can_leave_from_every_stage() {
    let received = || complaint(standard());
    let stages: [(Stage, World); 7] = [
        (Stage::Invited, super::people::invited()),
        (Stage::Received, received()),
        (Stage::Acknowledged, received().staff(acknowledge())),
        (Stage::InProgress, received().staff(reply())),
        (Stage::Waiting, received().staff(reply()).staff(wait(WaitingFor::Customer, "11-25 12:00"))),
        (Stage::Resolved, received().staff(resolve())),
        (Stage::FollowedUp, received().staff(resolve()).staff(follow_up())),
    ];
    for (stage, world) in stages {
        let world = world.stands(stage).customer(withdraw(ExitReason::Service));
        let world = world.closed_as(&CloseReason::Withdrawn);
        assert_eq!(world.case().closed.as_ref().unwrap().exit, Some(Exit::because(ExitReason::Service)));
        assert!(world.case().deadlines.live().is_empty());
    }
}

#[test]
fn others_are_told_what_is_theirs() {
    let mut world = complaint(standard());
    let supplier = Actor { party: Party::ThirdParty(name("supplier")), grants: Grants::NONE };
    assert_eq!(world.refused_to(supplier.clone(), reply()).rule, Rule::NotForThirdParties);
    world.by(supplier, Command::Note(words("The part arrives on Friday.")));
}

#[test]
fn a_resolution_is_promised_while_there_is_none() {
    complaint(standard())
        .staff(promise(Promised::Resolution, "11-25 12:00"))
        .staff(resolve())
        .not(promise(Promised::Resolution, "11-26 12:00"), &Rule::WrongStage)
        .staff(promise(Promised::Action(talkback::Code::new("visit").unwrap()), "11-26 12:00"));
}

#[test]
fn taking_on_again_is_offered_with_the_next_reminder() {
    let mut world = complaint(standard()).ticked_until("11-23 13:30");
    let acknowledge = world.id(DeadlineKind::Acknowledge);
    let offered = |world: &mut World| {
        // Refused at any stage but waiting, so that it lists what is possible.
        world.refused(Command::Resume).legal.contains(&CommandKind::AcceptEscalation)
    };
    assert!(offered(&mut world));
    let mut world = world.staff(Command::AcceptEscalation(acknowledge));
    assert!(!offered(&mut world));
    let mut world = world.ticked_until("11-25 17:00");
    assert!(offered(&mut world));
}
