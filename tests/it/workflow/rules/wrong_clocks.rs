//! Rule 20, where a clock is wrong: the customer's, or ours.

use chrono::{DateTime, TimeDelta, Utc};
use talkback::testing::scenario::{customer, staff};
use talkback::workflow::{CustomerWrote, Promise, Rule};
use talkback::{
    DeadlineKind, DeadlineState, Event, Exit, ExitReason, Outbound, Promised, ReplyPath, Stage, Verdict,
};

use super::super::policies::{standard, standard_with};
use super::super::story::*;
use crate::calendar::utc;
use crate::play::{Play, say};

/// When the last event of the customer counts, and which time it bears where that is another.
fn last(story: &talkback::testing::Scenario) -> (DateTime<Utc>, Option<DateTime<Utc>>) {
    let by_command = |event: &&Event| event.command.is_some();
    let event = story.events().filter(by_command).last().unwrap();
    (event.occurred_at, event.dated)
}

#[test]
fn rule_20_a_message_older_than_the_case_keeps_its_own_time_and_counts_from_the_beginning() {
    let story = complaint(standard())
        .at("10:00", reply())
        .at("11:00", mailed().as_of("08:59:58"))
        .due(DeadlineKind::Respond, "11-25 24:00");
    assert_eq!(last(&story), (at("11-23 09:00"), Some(at("11-23 08:59:58"))));
    assert_eq!(story.events().last().unwrap().shown_at(), at("11-23 08:59:58"));
    // What is dated within the case counts when it was said, and bears no other time.
    let story = story.at("12:00", mailed().as_of("11:30"));
    assert_eq!(last(&story), (at("11-23 11:30"), None));
    // Not even a date that no calendar reaches loses a message.
    for (own, shown) in
        [("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"), ("1969-12-31T23:59:59Z", "1970-01-01T00:00:00Z")]
    {
        let story = complaint(standard()).and(mailed().as_of(utc(own)));
        assert_eq!(last(&story), (at("11-23 09:00"), Some(utc(shown))));
    }
}

#[test]
fn rule_20_what_customers_hand_in_themselves_is_not_late_when_it_arrives() {
    let story = complaint(standard())
        .at("11:00", reply())
        .at("11-30 12:00", wrote().as_of("11-23 12:00"))
        .due(DeadlineKind::Respond, "12-02 24:00")
        .breached(DeadlineKind::Respond, 0);
    assert_eq!(last(&story), (at("11-30 11:55"), Some(at("11-23 12:00"))));
    // Within the skew it counts as dated.
    let story = story.at("11-30 12:10", wrote().as_of("11-30 12:05"));
    assert_eq!(last(&story), (at("11-30 12:05"), None));
    // So does an answer that asks for more; any other stands as dated.
    let asked = || complaint(standard()).at("11-24 10:00", resolve()).at("11-24 11:00", follow_up());
    let story = asked().at("11-27 12:00", customer().answers(Verdict::Disputed).as_of("11-24 12:00"));
    assert_eq!(last(&story).0, at("11-27 11:55"));
    let story = asked().at("11-27 12:00", customer().answers(Verdict::Satisfied).as_of("11-24 12:00"));
    assert_eq!(last(&story), (at("11-24 12:00"), None));
}

#[test]
fn rule_20_a_message_from_the_future_counts_as_now() {
    let story = complaint(standard()).and(reply()).at("12:00", wrote().as_of("12:05:01"));
    assert_eq!(last(&story), (at("11-23 12:00"), Some(at("11-23 12:05:01"))));
    let story = story.due(DeadlineKind::Respond, "11-25 24:00");
    let story = story.and(wrote().as_of(utc("2400-01-01T00:00:00Z")));
    assert_eq!(last(&story).1, Some(utc("2261-12-31T23:59:59Z")));
}

#[test]
fn rule_20_a_first_message_from_the_future_counts_as_now() {
    for (own, shown) in
        [("2026-11-23T09:05:01Z", "2026-11-23T09:05:01Z"), ("2400-01-01T00:00:00Z", "2261-12-31T23:59:59Z")]
    {
        let story = nothing(standard()).and(customer().complains("It leaks.").as_of(utc(own)));
        assert_eq!(last(&story), (at("11-23 09:00"), Some(utc(shown))), "{own}");
        story.due(DeadlineKind::Acknowledge, "13:00");
    }
}

#[test]
fn rule_20_an_answer_a_withdrawal_and_a_reason_to_leave_are_taken_whatever_their_date() {
    let asked = || complaint(standard()).at("10:00", resolve()).at("11:00", follow_up());
    let story = asked().at("12:00", customer().answers(Verdict::Satisfied).as_of("09:30"));
    assert_eq!(last(&story), (at("11-23 10:00"), Some(at("11-23 09:30"))));
    let story = asked().at("12:00", customer().answers(Verdict::Satisfied).as_of("12:06"));
    assert_eq!(last(&story), (at("11-23 12:00"), Some(at("11-23 12:06"))));

    let story = complaint(standard()).at("12:00", customer().withdraws(ExitReason::NotSaid).as_of("08:00"));
    assert_eq!(last(&story), (at("11-23 09:00"), Some(at("11-23 08:00"))));
    let why = talkback::workflow::RecordExit::of(Exit::because(ExitReason::Price));
    let story = story.at("13:00", customer().gives(why).as_of("07:00"));
    assert_eq!(last(&story), (at("11-23 09:00"), Some(at("11-23 07:00"))));
}

#[test]
fn rule_20_an_invitation_may_be_answered_before_it_was_sent() {
    let story = nothing(standard())
        .and(staff("ann").invites("How was it?"))
        .at("10:00", mailed().as_of("08:00"))
        .stage(Stage::Received);
    assert_eq!(last(&story), (at("11-23 09:00"), Some(at("11-23 08:00"))));
}

#[test]
fn rule_20_an_employees_deed_is_still_refused_for_an_impossible_date() {
    complaint(standard())
        .at("12:00", acknowledge())
        .not(staff("ann").notes("first thing").as_of("08:59:58"), &Rule::ImpossibleTime)
        .not(staff("ann").closes(talkback::CloseReason::Spam).as_of("13:00"), &Rule::ImpossibleTime);
}

/// A complaint of Monday at nine whose worker looked once in 2036, and after that the clock is right.
fn ran_ahead() -> Play {
    let mut play =
        Play::opened(standard_with(|spec| spec.terms.dispatch_seconds = 3_600), "2026-11-23T09:00:00Z");
    play.tick("2036-11-24T09:00:00Z");
    play
}

fn sent(words: &str) -> Outbound {
    Outbound::new(words, ReplyPath::email("care@shop.example").unwrap())
}

#[track_caller]
fn wakes_within(play: &Play, now: &str, hours: i64) {
    let wake_up = play.case().wake_up().unwrap();
    let latest = utc(now) + TimeDelta::hours(hours);
    assert!(wake_up <= latest, "at {now} it sleeps until {wake_up}");
}

#[test]
fn rule_20_after_a_clock_that_ran_ahead_nobody_sleeps_for_years() {
    let mut play = ran_ahead();
    let breaches = play.case().deadlines.breaches().to_vec();
    assert!(breaches.len() >= 3 && play.case().wake_up().unwrap() > utc("2036-01-01T00:00:00Z"));
    play.tick("2026-11-23T10:00:00Z");
    // What was recorded stands, and the ladder goes on from now.
    assert_eq!(play.case().deadlines.breaches(), breaches);
    wakes_within(&play, "2026-11-23T10:00:00Z", 24);
    // Looking again changes nothing, and the next reminder comes.
    let events = play.events.len();
    play.tick("2026-11-23T10:01:00Z");
    assert_eq!(play.events.len(), events);
    play.tick("2026-11-24T12:00:00Z");
    assert!(play.events.iter().skip(events).any(|event| event.fact.as_str() == "escalated"));
    wakes_within(&play, "2026-11-24T12:00:00Z", 24);
}

#[test]
fn rule_20_after_a_clock_that_ran_ahead_nothing_new_is_late() {
    let mut play = ran_ahead();
    let missed = play.case().deadlines.breaches().len();
    play.staff("2026-11-23T10:00:00Z", talkback::Command::Reply(sent("We look into it."))).unwrap();
    let message = play.case().cycle.outgoing.last().unwrap();
    assert_eq!(message.at, utc("2026-11-23T10:00:00Z"));
    assert!(message.fails_at.unwrap() < utc("2026-11-23T12:00:00Z"));
    play.staff("2026-11-23T10:01:00Z", Promise::of(Promised::Answer, utc("2026-11-25T12:00:00Z"))).unwrap();
    play.customer("2026-11-23T11:00:00Z", CustomerWrote::new("And another thing.")).unwrap();
    assert_eq!(play.deadline(DeadlineKind::Respond).due, utc("2026-11-26T00:00:00Z"));
    assert_eq!(play.deadline(DeadlineKind::Respond).state, DeadlineState::Running);
    assert_eq!(play.deadline(DeadlineKind::Promise).state, DeadlineState::Running);
    play.staff("2026-11-23T12:00:00Z", talkback::Command::Reply(say("Here it is."))).unwrap();
    assert_eq!(play.case().conversation.unanswered_since(), None);
    // The one message that nobody reported as sent is owed again, and nothing else is late.
    assert_eq!(play.case().deadlines.breaches().len(), missed);
    let recorded: Vec<_> = play.events.iter().map(|event| event.recorded_at).collect();
    assert!(recorded.is_sorted(), "{recorded:?}");
}

#[test]
fn rule_20_what_was_said_under_a_clock_that_ran_ahead_counts_from_now() {
    let mut play = Play::opened(standard(), "2026-11-23T09:00:00Z");
    play.staff("2026-11-23T09:30:00Z", talkback::Command::Reply(say("We look into it."))).unwrap();
    play.customer("2036-11-24T09:00:00Z", CustomerWrote::new("And another thing.")).unwrap();
    play.tick("2026-11-24T09:00:00Z");
    let latest = utc("2026-11-24T09:05:00Z");
    assert_eq!(play.case().conversation.unanswered_since(), Some(latest));
    assert_eq!(play.deadline(DeadlineKind::Respond).due, utc("2026-11-27T00:00:00Z"));
    wakes_within(&play, "2026-11-24T09:00:00Z", 24);
    play.staff("2026-11-24T10:00:00Z", talkback::Command::Reply(say("Here it is."))).unwrap();
    assert_eq!(play.case().conversation.unanswered_since(), None);
    assert_eq!(play.case().conversation.last_at, Some(utc("2026-11-24T10:00:00Z")));
}

#[test]
fn rule_20_an_escalation_that_somebody_took_on_stays_with_them_after_the_clock_was_corrected() {
    let mut play = ran_ahead();
    let id = play.case().deadlines.of_kind(DeadlineKind::Acknowledge).next().unwrap().id;
    play.staff("2026-11-23T10:00:00Z", talkback::Command::AcceptEscalation(id)).unwrap();
    let until = play.deadline(DeadlineKind::Acknowledge).accepted_until;
    play.tick("2026-11-23T10:30:00Z");
    assert_eq!(play.deadline(DeadlineKind::Acknowledge).accepted_until, until);
    assert!(play.deadline(DeadlineKind::Acknowledge).next_instant() >= until);
}

#[test]
fn a_promise_has_a_longest_date_and_the_refusal_says_it() {
    let latest = at("12-21 24:00");
    let story = complaint(standard())
        .and(reply())
        .not(staff("ann").promises(Promised::Answer, "12-22 00:01"), &Rule::PromiseTooLong(latest));
    let said = story.refusal().unwrap().to_string();
    assert!(said.contains("the policy allows promises up to 2026-12-22 00:00:00 UTC"), "{said}");
    story.and(staff("ann").promises(Promised::Answer, "12-21 24:00")).stage(Stage::InProgress);
    let short = standard_with(|spec| spec.terms.longest_promise = talkback::Span::hours(2));
    complaint(short)
        .and(reply())
        .not(staff("ann").promises(Promised::Answer, "11:00:01"), &Rule::PromiseTooLong(at("11-23 11:00")))
        .and(staff("ann").promises(Promised::Answer, "11:00"));
}
