//! Numbers that customers give, and the rules of a policy that go by them.

use talkback::policy::{Rule as PolicyRule, When};
use talkback::testing::scenario::{customer, staff};
use talkback::workflow::{CustomerWrote, RecordAnswer};
use talkback::{
    DeadlineKind, Fact, FeedbackKind, Policy, Rating, RatingRange, Satisfaction, Scale, Span, Stage, Target,
    Verdict,
};

use super::super::policies::standard_with;
use super::super::story::*;

fn nps(value: u8) -> Rating {
    Rating::new(Scale::Nps, value).unwrap()
}

/// Whoever gives up to six of ten is answered within four working hours, others within two days.
fn quick_for_the_unhappy() -> Policy {
    let unhappy = When { ratings: vec![RatingRange::at_most(nps(6))], ..When::default() };
    let quick = Target::within(Span::working_hours(4));
    standard_with(|spec| {
        spec.rules.insert(0, PolicyRule::when(unhappy).target(DeadlineKind::Respond, quick));
    })
}

#[test]
fn an_invitation_answered_with_a_low_number_gets_the_stricter_target() {
    for (value, due) in [(0, "14:00"), (6, "14:00"), (7, "11-25 24:00")] {
        let story = nothing(quick_for_the_unhappy())
            .and(staff("ann").invites("How likely are you to recommend us?"))
            .at("10:00", customer().gives(CustomerWrote::rated(nps(value))))
            .stage(Stage::Received)
            .due(DeadlineKind::Respond, due);
        assert_eq!(story.case().unwrap().head.rating, Some(nps(value)));
    }
}

#[test]
fn the_number_of_an_answer_that_reopens_a_case_counts_in_the_next_cycle() {
    let answer = |value| RecordAnswer::of(Satisfaction::of(Verdict::Disputed).rated(nps(value)));
    for (value, due) in [(0, "16:00"), (9, "11-25 24:00")] {
        complaint(quick_for_the_unhappy())
            .at("10:00", resolve())
            .at("11:00", follow_up())
            .at("12:00", customer().gives(answer(value)))
            .stage(Stage::InProgress)
            .due(DeadlineKind::Respond, due);
    }
}

#[test]
fn a_later_number_takes_the_place_of_the_first_and_moves_no_deadline() {
    let story = complaint(quick_for_the_unhappy())
        .and(customer().gives(CustomerWrote::new("Two stars fewer.").with_rating(nps(1))))
        .due(DeadlineKind::Respond, "11-25 24:00")
        .and(wrote());
    assert_eq!(story.case().unwrap().head.rating, Some(nps(1)));
    story.at("10:00", reply()).at("11:00", wrote()).due(DeadlineKind::Respond, "15:00");
}

#[test]
fn a_message_that_becomes_a_case_of_its_own_takes_its_number_along() {
    let story = complaint(quick_for_the_unhappy())
        .at("10:00", customer().gives(CustomerWrote::new("Your shop is worse.").with_rating(nps(2))))
        .at("11:00", staff("ann").splits_off(FeedbackKind::Complaint, "another matter"));
    let opened = story.steps().iter().flat_map(|step| &step.events).find_map(|event| match &event.fact {
        Fact::Opened(opened) if opened.head.split_from.is_some() => Some(opened.head.rating),
        _ => None,
    });
    assert_eq!(opened, Some(Some(nps(2))));
}
