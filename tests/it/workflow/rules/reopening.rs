//! Rules 11 and 12: what is taken up again, and what a message after the resolution does.

use talkback::policy::{ReopenResolve, Rule as PolicyRule};
use talkback::testing::Scenario;
use talkback::testing::scenario::{customer, staff};
use talkback::workflow::{Continued, Open, Rule};
use talkback::{
    CaseId, Channel, CloseReason, ContactKind, CycleCause, DeadlineKind, Feedback, Policy, Priority, Span,
    Stage, Target, Verdict,
};

use super::super::policies::{standard, standard_with};
use super::super::run::tenant;
use super::super::scenarios::confirmed;
use super::super::story::*;

/// Resolved on Tuesday at noon, with four of five working days left, and disputed on Thursday.
fn disputed(policy: Policy) -> Scenario {
    complaint(policy)
        .at("11-24 12:00", resolve())
        .at("11-26 12:00", disputes())
        .stage(Stage::InProgress)
        .without(DeadlineKind::FollowUp)
}

#[test]
fn rule_11_a_reopened_case_begins_a_new_cycle() {
    disputed(standard()).cycle(2, CycleCause::Disputed).reopened(1);
    complaint(standard())
        .and(resolve())
        .at("11-25 12:00", staff("ann").reopens("the courier lost it"))
        .stage(Stage::InProgress)
        .cycle(2, CycleCause::Decided)
        .reopened(1);
}

#[test]
fn rule_11_old_verdicts_are_frozen() {
    complaint(standard())
        .jumps_to("11-24 12:00")
        .somebody_looks()
        .breach(DeadlineKind::Acknowledge, "11-23 13:00")
        .and(resolve())
        .breach_done(DeadlineKind::Acknowledge, "11-24 12:00")
        .counts(DeadlineKind::Respond, 1, 0)
        .counts(DeadlineKind::Resolve, 1, 0)
        .at("11-25 12:00", staff("ann").reopens("the courier lost it"))
        .and(reply())
        .and(resolve())
        .counts(DeadlineKind::Acknowledge, 0, 1)
        .breach(DeadlineKind::Acknowledge, "11-23 13:00")
        .breach_done(DeadlineKind::Acknowledge, "11-24 12:00")
        .breach_excused(DeadlineKind::Acknowledge, None)
        .counts(DeadlineKind::Respond, 1, 0)
        .counts(DeadlineKind::Resolve, 2, 0);
}

#[test]
fn rule_11_respond_gets_its_full_target_from_the_reopening_message() {
    disputed(standard()).due(DeadlineKind::Respond, "11-30 24:00");
    // Also when it is recorded late.
    complaint(standard())
        .at("11-24 12:00", resolve())
        .at("11-27 12:00", by_mail().disputes("It still leaks.").as_of("11-26 12:00"))
        .due(DeadlineKind::Respond, "11-30 24:00");
}

#[test]
fn rule_11_resolve_gets_what_the_policy_says() {
    let reopening = |reopen| standard_with(|spec| spec.terms.reopen_resolve = reopen);
    // By default what was left: four working days, from Thursday.
    disputed(standard()).due(DeadlineKind::Resolve, "12-02 24:00");
    // But no less than the floor.
    let floor = Span::working_days(7);
    disputed(reopening(ReopenResolve::Remaining { floor })).due(DeadlineKind::Resolve, "12-07 24:00");
    disputed(reopening(ReopenResolve::Fresh)).due(DeadlineKind::Resolve, "12-03 24:00");
    disputed(reopening(ReopenResolve::FromStart)).due(DeadlineKind::Resolve, "11-30 24:00");
}

/// Six working hours from Monday at nine, of which one is over when it waits from ten to Thursday at ten.
fn waited_and_disputed() -> Scenario {
    let policy = standard_with(|spec| {
        spec.terms.reopen_resolve = ReopenResolve::FromStart;
        let target = Target::within(Span::working_hours(6)).pausable();
        spec.rules.insert(0, PolicyRule::always().target(DeadlineKind::Resolve, target));
    });
    complaint(policy)
        .and(reply())
        .at("11-23 10:00", wait("11-26 10:00"))
        .time_passes_until("11-26 11:00")
        .and(resolve())
        .at("11-26 12:00", disputes())
}

#[test]
fn rule_11_from_start_gives_waits_back_and_the_time_after_the_resolution_not() {
    waited_and_disputed()
        .due(DeadlineKind::Resolve, "11-26 15:00")
        .counts(DeadlineKind::Resolve, 1, 0)
        .and(staff("ann").retargets_to(Priority::High, "it is urgent"))
        .due(DeadlineKind::Resolve, "11-26 15:00")
        // In the next cycle as well, with another wait.
        .at("11-26 13:00", staff("ann").replies("Soon."))
        .at("11-26 14:00", wait("11-27 10:00"))
        .time_passes_until("11-27 10:06")
        .due(DeadlineKind::Resolve, "11-27 11:00")
        .at("11-27 10:30", resolve())
        .at("11-27 10:45", disputes())
        .due(DeadlineKind::Resolve, "11-27 11:00")
        .and(staff("ann").retargets_to(Priority::Normal, "it is not"))
        .due(DeadlineKind::Resolve, "11-27 11:00");
}

#[test]
fn rule_11_from_start_may_be_over_already_and_says_so_at_once() {
    let from_start = standard_with(|spec| spec.terms.reopen_resolve = ReopenResolve::FromStart);
    complaint(from_start)
        .at("11-24 12:00", resolve())
        .at("12-08 12:00", disputes())
        .counts(DeadlineKind::Resolve, 1, 1)
        .breach(DeadlineKind::Resolve, "11-30 24:00")
        .breach_excused(DeadlineKind::Resolve, None);
}

/// Resolved, or followed up, and then the customer writes: on Tuesday at ten.
fn wrote_after(asked: bool) -> Scenario {
    let story = complaint(standard()).and(resolve());
    let (story, stage) =
        if asked { (story.and(follow_up()), Stage::FollowedUp) } else { (story, Stage::Resolved) };
    story.at("11-24 10:00", wrote()).stage(stage).due(DeadlineKind::Respond, "11-26 24:00")
}

#[test]
fn rule_12_after_the_resolution_a_message_waits_for_an_answer_and_the_stage_stays() {
    for (asked, stage) in [(false, Stage::Resolved), (true, Stage::FollowedUp)] {
        wrote_after(asked)
            .and(staff("ann").needs_no_action())
            .without(DeadlineKind::Respond)
            .moot(DeadlineKind::Respond, 1)
            .stage(stage);
        wrote_after(asked).and(reply()).counts(DeadlineKind::Respond, 2, 0).stage(stage);
        wrote_after(asked).time_passes_until("11-27 12:00").counts(DeadlineKind::Respond, 1, 1).stage(stage);
    }
}

#[test]
fn rule_12_a_dispute_of_the_customer_or_as_an_agent_reads_it_reopens() {
    for asked in [false, true] {
        for disputes in [disputes(), staff("ann").disputes("They say it still leaks.")] {
            wrote_after(asked)
                .and(disputes)
                .stage(Stage::InProgress)
                .cycle(2, CycleCause::Disputed)
                .due(DeadlineKind::Respond, "11-26 24:00");
        }
    }
    complaint(standard())
        .and(resolve())
        .and(follow_up())
        .and(customer().answers(Verdict::Disputed))
        .cycle(2, CycleCause::Disputed);
}

#[test]
fn rule_12_a_message_within_the_window_takes_a_closed_case_up_again() {
    // Thirty calendar days after Tuesday, 24 November.
    let window = confirmed().case_has("a window until Christmas Eve", |case| {
        case.closed.as_ref().unwrap().reopen_until == at("12-24 24:00")
    });
    window
        .at("12-24 24:00", wrote())
        .stage(Stage::InProgress)
        .cycle(2, CycleCause::WroteAgain)
        .reopened(1)
        .due(DeadlineKind::Respond, "12-29 24:00");
}

#[test]
fn rule_12_a_thank_you_closes_it_again_with_the_old_reason_and_is_not_counted() {
    confirmed()
        .at("11-25 09:00", wrote())
        .at("10:00", staff("ann").needs_no_action())
        .closed(&CloseReason::Confirmed)
        .reopened(0);
    // As the first step only.
    confirmed()
        .at("11-25 09:00", wrote())
        .and(staff("ann").replies("You are welcome."))
        .not(staff("ann").needs_no_action(), &Rule::WrongStage)
        .reopened(1);
}

#[test]
fn rule_12_after_the_window_it_belongs_into_a_new_case_that_is_linked() {
    let late = confirmed().jumps_to("12-25 09:00").not(wrote(), &Rule::ReopenWindowOver);
    let old = late.case().unwrap();
    let contacts = old.head.contacts.clone();
    assert_eq!(contacts[0].kind, ContactKind::Email);
    // What the desk opens for it: the same customer, reached where they were before.
    let elsewhere = CaseId::derive(tenant(), &["the old case"]);
    let continued = Continued { case: elsewhere, contacts };
    let message = Feedback::complaint(Channel::Email, "And another thing.");
    let open = Open { continues: Some(continued), ..Open::new(message) };
    nothing(standard())
        .at("12-25 09:00", customer().gives(open))
        .stage(Stage::Received)
        .due(DeadlineKind::Respond, "12-29 24:00")
        .case_has("a link to the old one", |case| case.head.continues == Some(elsewhere))
        .case_has("the address of the old one", |case| {
            case.head
                .contacts
                .iter()
                .any(|contact| contact.kind == ContactKind::Email && contact.text.is_some())
        })
        .and(reply());
}

#[test]
fn rule_12_a_message_is_never_dropped() {
    // In every stage but beyond the window it is taken, and counted.
    for story in [
        complaint(standard()),
        complaint(standard()).and(reply()).and(wait("11-25 12:00")),
        complaint(standard()).and(resolve()),
        complaint(standard()).and(resolve()).and(follow_up()),
        confirmed(),
    ] {
        let before = story.case().unwrap().conversation.from_customer;
        let story = story.and(wrote()).happened("customer-wrote", 1);
        assert_eq!(story.case().unwrap().conversation.from_customer, before + 1);
        assert!(story.id_of(DeadlineKind::Respond).is_some());
    }
}
