//! Rules 13, 14 and 20: when something is late, that it stays so, and whose time counts.

use std::sync::Arc;

use pollster::block_on;
use talkback::policy::PolicyBook;
use talkback::testing::scenario::{customer, staff};
use talkback::workflow::{BreachCause, Classify, Rule};
use talkback::{
    Actor, Channel, CustomerId, DeadlineKind, Desk, Excuse, ExitReason, Feedback, FeedbackKind, ManualClock,
    MemoryBackend, Priority, Request, Stage, TeamId, TenantId,
};

use super::super::policies::{lax_book, name, staged, standard, standard_with};
use super::super::story::*;

const ACKNOWLEDGE: DeadlineKind = DeadlineKind::Acknowledge;

#[test]
fn rule_13_what_was_done_by_then_and_recorded_within_the_grace_is_met() {
    // Due at 13:00, with five minutes of grace: the allowed skew of clocks.
    assert_eq!(standard().terms().grace_seconds, standard().terms().skew_seconds);
    let acknowledged =
        |occurred: &str, recorded: &str| complaint(standard()).at(recorded, acknowledge().as_of(occurred));
    acknowledged("13:00", "13:00").counts(ACKNOWLEDGE, 1, 0);
    acknowledged("13:00", "13:05").counts(ACKNOWLEDGE, 1, 0);
    acknowledged("13:00", "13:05:01").counts(ACKNOWLEDGE, 0, 1);
    // Done after it was due, if only by a minute, it is late all the same.
    acknowledged("13:01", "13:04")
        .counts(ACKNOWLEDGE, 0, 1)
        .breach(ACKNOWLEDGE, "13:00")
        .breach_cause(ACKNOWLEDGE, BreachCause::DoneLate)
        .breach_done(ACKNOWLEDGE, "13:01")
        .breach_excused(ACKNOWLEDGE, None)
        // It is a fact of the ledger like any other breach.
        .happened("breached", 1)
        .happened_at("breached", "13:00");
}

#[test]
fn rule_13_every_command_first_does_what_a_tick_would_do() {
    // Nobody looked for a day; the note finds every verdict made, and one that looks finds nothing new.
    let noted = || complaint(standard()).at("11-26 10:00", staff("ann").notes("back again"));
    noted()
        .counts(ACKNOWLEDGE, 0, 1)
        .counts(DeadlineKind::Respond, 0, 1)
        .breach(DeadlineKind::Respond, "11-25 24:00");
    let looked = complaint(standard()).time_passes_until("11-26 10:00").and(staff("ann").notes("back again"));
    let due = |story: &talkback::testing::Scenario| {
        let breaches = story.case().unwrap().deadlines.breaches();
        breaches.iter().map(|breach| (breach.id, breach.due)).collect::<Vec<_>>()
    };
    assert_eq!(due(&noted()), due(&looked));
}

#[test]
fn rule_13_the_breach_is_at_the_due_time_and_its_detection_is_kept_apart() {
    complaint(standard())
        .jumps_to("11-23 15:30")
        .somebody_looks()
        .breach(ACKNOWLEDGE, "13:00")
        .breach_noticed(ACKNOWLEDGE, "15:30")
        .happened_at("breached", "13:00");
}

#[test]
fn rule_14_excused_yes_gone_no() {
    complaint(standard())
        .jumps_to("14:00")
        .somebody_looks()
        .and(staff("bob").excuses(ACKNOWLEDGE, "the line was down"))
        .counts(ACKNOWLEDGE, 0, 1)
        .excused(ACKNOWLEDGE, 1)
        .breach_excused(ACKNOWLEDGE, Some(Excuse::Stated))
        .overdue(ACKNOWLEDGE);
}

#[test]
fn rule_14_not_by_edit_reopen_team_or_policy_change() {
    let praise =
        Classify { kind: Some(FeedbackKind::Praise), priority: Some(Priority::Low), ..Classify::default() };
    let stays = |story: talkback::testing::Scenario| {
        story
            .breached(ACKNOWLEDGE, 1)
            .breach(ACKNOWLEDGE, "11-23 13:00")
            .breach_noticed(ACKNOWLEDGE, "11-23 14:00")
    };
    let team = talkback::workflow::Assign::to_team(TeamId::new("the laxer team").unwrap());
    let story = complaint(standard()).jumps_to("14:00").somebody_looks();
    let story = stays(stays(story).and(staff("ann").gives(praise)));
    let story = stays(story.and(staff("ann").gives(team)).and(staff("ann").assigns("bob")));
    let story = stays(story.policies_become(lax_book()).somebody_looks());
    let story = stays(story.and(reply()).and(resolve()).and(staff("ann").reopens("once more")));
    let story = stays(story.and(resolve()).and(customer().withdraws(ExitReason::Trust)));
    stays(story.and(staff("ann").excuses(ACKNOWLEDGE, "the line was down")));
}

#[test]
fn rule_14_not_by_retarget_or_merge() {
    let late = || complaint(standard()).jumps_to("14:00").somebody_looks();
    let book = PolicyBook::new(name("house-standard"), [standard(), staged()]).unwrap();
    late()
        .policies_become(book)
        .and(staff("bob").retargets_under("staged", "they have time"))
        .counts(ACKNOWLEDGE, 0, 1)
        .breach(ACKNOWLEDGE, "13:00")
        .overdue(ACKNOWLEDGE);
    let merged = late()
        .in_case("the second")
        .and(customer().complains("It still leaks."))
        .in_case("the case")
        .and(staff("ann").merges_into("the second", "one matter"))
        .stage(Stage::Closed)
        .counts(ACKNOWLEDGE, 0, 1)
        .breach(ACKNOWLEDGE, "13:00");
    // What runs in the other case is not late for it.
    merged.in_case("the second").counts(ACKNOWLEDGE, 0, 0);
}

#[test]
fn rule_14_not_by_erasing_the_person() {
    let clock = Arc::new(ManualClock::at(at("11-23 09:00")));
    let book = PolicyBook::single(standard());
    let desk = Desk::new(Arc::new(MemoryBackend::new()), book, clock.clone(), TenantId::single());
    let ann = CustomerId::new("customer-17").unwrap();
    block_on(async {
        let complaint = Feedback::complaint(Channel::Chat, "It leaks.");
        let id = desk.open(Actor::customer(ann.clone()), complaint).await.unwrap().case.id;
        clock.advance(chrono::TimeDelta::hours(5));
        desk.execute(id, Request::new(Actor::system(), talkback::Command::Tick)).await.unwrap();
        let before = desk.load(id).await.unwrap().unwrap();
        assert_eq!(before.deadlines.tally(ACKNOWLEDGE).breached, 1);
        let erased = desk.erase_person(ann).await.unwrap();
        assert!(erased.texts > 0, "{erased:?}");
        assert_eq!(desk.load(id).await.unwrap().unwrap().deadlines, before.deadlines);
    });
}

#[test]
fn rule_14_not_by_giving_it_up() {
    complaint(standard())
        .jumps_to("14:00")
        .somebody_looks()
        .and(staff("bob").waives(ACKNOWLEDGE, "it does not matter any more"))
        .without(ACKNOWLEDGE)
        .counts(ACKNOWLEDGE, 0, 1)
        .waived(ACKNOWLEDGE, 0)
        .breach_never_done(ACKNOWLEDGE);
}

#[test]
fn rule_20_what_happened_decides_and_when_it_was_recorded_is_kept() {
    let story = complaint(standard())
        .at("13:04", acknowledge().as_of("12:59"))
        .counts(ACKNOWLEDGE, 1, 0)
        .happened_at("acknowledged", "12:59");
    assert_eq!(story.events().last().unwrap().recorded_at, at("11-23 13:04"));
}

#[test]
fn rule_20_nothing_happened_before_the_customer_spoke_or_in_the_future() {
    // Five minutes of skew.
    complaint(standard())
        .jumps_to("12:00")
        .not(reply().as_of("08:59"), &Rule::ImpossibleTime)
        .not(reply().as_of("12:05:01"), &Rule::ImpossibleTime)
        .and(staff("ann").notes("first thing").as_of("09:00"))
        .and(reply().as_of("12:05"))
        .counts(DeadlineKind::Respond, 1, 0);
    nothing(standard()).and(customer().complains("It leaks.").as_of("09:05")).stage(Stage::Received);
}

#[test]
fn rule_20_what_was_said_before_a_message_does_not_answer_it() {
    complaint(standard())
        .at("10:00", reply())
        .at("11:00", wrote())
        // Sent at 10:30, before the customer wrote.
        .at("12:00", reply().as_of("10:30"))
        .due(DeadlineKind::Respond, "11-25 24:00")
        .not(staff("ann").resolves("Done.").as_of("09:30"), &Rule::ImpossibleTime)
        .at("12:30", reply())
        .without(DeadlineKind::Respond);
}

#[test]
fn rule_20_recording_never_goes_back() {
    let story = complaint(standard())
        .at("11:00", staff("ann").notes("called the depot"))
        .clock_steps_back_to("10:00")
        .and(staff("ann").notes("called again"));
    let recorded: Vec<_> = story.events().map(|event| event.recorded_at).collect();
    assert_eq!(recorded, [at("11-23 09:00"), at("11-23 11:00"), at("11-23 11:00")]);
}

#[test]
fn rule_20_sent_in_time_and_recorded_after_the_grace_excuses_and_deletes_nothing() {
    complaint(standard())
        .jumps_to("13:06")
        .somebody_looks()
        .counts(ACKNOWLEDGE, 0, 1)
        .at("15:00", acknowledge().as_of("12:00"))
        .counts(ACKNOWLEDGE, 0, 1)
        .excused(ACKNOWLEDGE, 1)
        .breach_done(ACKNOWLEDGE, "12:00")
        .breach_excused(ACKNOWLEDGE, Some(Excuse::DoneInTime));
    // The grace is the policy's: within an hour of it nothing is late.
    let patient = standard_with(|spec| spec.terms.grace_seconds = 3 * 3600);
    complaint(patient).at("15:00", acknowledge().as_of("12:00")).counts(ACKNOWLEDGE, 1, 0);
}
