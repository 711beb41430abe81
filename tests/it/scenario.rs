//! Stories: how they read, and that they break off where they are wrong.

use std::panic::{AssertUnwindSafe, catch_unwind};

use chrono::TimeDelta;
use talkback::policy::PolicyBook;
use talkback::testing::Scenario;
use talkback::testing::scenario::{customer, machine, somebody, staff, staff_without_rights, third_party};
use talkback::workflow::{BreachCause, CommandKind, Missing, NoticeKind, Rule};
use talkback::{
    Actor, CloseReason, Command, CycleCause, DeadlineKind, Excuse, Policy, Promised, Stage, WorkingCalendar,
};

fn policy() -> Policy {
    Policy::house_standard(WorkingCalendar::office("office").build().unwrap()).unwrap()
}

/// A complaint on a Monday at nine.
fn complaint() -> Scenario {
    Scenario::under(policy()).at("2026-11-23 09:00", customer().complains("It leaks."))
}

/// What is shown when a story breaks off.
#[track_caller]
fn breaks(story: impl FnOnce() -> Scenario) -> String {
    let broken = catch_unwind(AssertUnwindSafe(|| drop(story()))).expect_err("it went through");
    broken.downcast_ref::<String>().expect("it says why").clone()
}

#[test]
fn a_story_reads_without_any_rust() {
    let story = Scenario::under(policy())
        .named("A customer who is answered late")
        .given()
        .at("2026-11-23 09:00", customer().complains("It leaks."))
        .and(machine().acknowledges("We have it."))
        .when()
        .time_passes_until("2026-11-26 09:00")
        .at("09:30", staff("ann").replies("We are sorry.").as_of("09:15"))
        .at("10:00", staff("ann").closes(CloseReason::Confirmed).in_vain())
        .then()
        .refused(&Rule::NotFinished)
        .stage(Stage::InProgress)
        .breach(DeadlineKind::Respond, "2026-11-25 24:00")
        .breach_done(DeadlineKind::Respond, "09:15");
    let told = "\
A customer who is answered late
The policy is house-standard. Times are in UTC.

Given
Mon 23 Nov 2026 09:00  the customer brings a complaint by chat: \"It leaks.\"
    acknowledge is due by Mon 23 Nov 2026 13:00
    respond is due by the end of Wed 25 Nov 2026
    resolve is due by the end of Mon 30 Nov 2026
Mon 23 Nov 2026 09:00  a machine of ours acknowledges: \"We have it.\"
    acknowledge was met
    the case is now acknowledged

When
Wed 25 Nov 2026 16:00  time passes
    respond: owner is warned that it comes near (Wed 25 Nov 2026 16:00)
just after Thu 26 Nov 2026 00:05  time passes
    respond was missed at the end of Wed 25 Nov 2026
    respond: owner is told that it was missed (the end of Wed 25 Nov 2026)
Thu 26 Nov 2026 09:30  ann replies: \"We are sorry.\" (which happened Thu 26 Nov 2026 09:15)
    respond was done after all
    the case is now in-progress
Thu 26 Nov 2026 10:00  ann closes it as confirmed
    refused: cannot close while the case is in-progress: a case ends when its customer was answered; \
missing: a resolution, a follow-up, the customer's answer to the follow-up; possible now: …

Then
- it was refused because a case ends when its customer was answered
- the case is in-progress
- respond was missed at the end of Wed 25 Nov 2026
- the missed respond was done Thu 26 Nov 2026 09:15";
    let shown = story.to_string();
    let (before, after) = shown.split_once("possible now: ").unwrap();
    let (possible, after) = after.split_once('\n').unwrap();
    assert!(possible.starts_with("take the customer's message, reply, note"), "{possible}");
    assert_eq!(format!("{before}possible now: …\n{after}"), told);
}

#[test]
fn what_is_not_so_is_shown_with_the_whole_story_and_with_why() {
    let shown = breaks(|| complaint().due(DeadlineKind::Respond, "11-26 24:00"));
    for part in [
        "Mon 23 Nov 2026 09:00  the customer brings a complaint by chat: \"It leaks.\"",
        "- respond is due by the end of Thu 26 Nov 2026\n  NOT SO: respond is due by the end of Wed 25 Nov 2026",
        "Tue 24 Nov 2026: working day 1",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
}

/// Every expectation can fail, and says what is true.
#[test]
fn every_expectation_can_fail() {
    use DeadlineKind::{Acknowledge, Confirm, Resolve, Respond};
    let late = || complaint().time_passes_until("11-23 14:00");
    let refused = || complaint().and(staff("ann").resumes().in_vain());
    let shown = [
        (breaks(|| complaint().stage(Stage::Closed)), "it is received"),
        (breaks(|| complaint().closed(&CloseReason::Spam)), "it is received"),
        (breaks(|| complaint().cycle(2, CycleCause::Decided)), "cycle 1"),
        (breaks(|| complaint().reopened(1)), "never"),
        (breaks(|| complaint().happened("opened", 2)), "once"),
        (breaks(|| complaint().happened_at("opened", "10:00")), "it happened Mon 23 Nov 2026 09:00"),
        (breaks(|| complaint().happened_at("noted", "10:00")), "it was never recorded"),
        (breaks(|| complaint().case_has("an owner", |case| case.owner.is_some())), "the case has not"),
        (breaks(|| complaint().due(Confirm, "10:00")), "no confirm is live; acknowledge is due"),
        (breaks(|| late().due(Acknowledge, "13:00")), "acknowledge was missed"),
        (breaks(|| complaint().due_at_the_latest(Acknowledge, "13:00")), "acknowledge is due by"),
        (breaks(|| complaint().paused(Resolve)), "resolve is due by"),
        (breaks(|| complaint().overdue(Resolve)), "resolve is due by"),
        (breaks(|| complaint().without(Resolve)), "resolve is due by"),
        (breaks(|| complaint().live([Resolve])), "acknowledge is due"),
        (breaks(|| complaint().wakes_up("13:00")), "that is Mon 23 Nov 2026 12:00"),
        (breaks(|| complaint().sleeps()), "it is looked at Mon 23 Nov 2026 12:00"),
        (breaks(|| complaint().met(Respond, 1)), "never (all in all: 1 set)"),
        (breaks(|| complaint().breached(Respond, 1)), "never"),
        (breaks(|| complaint().done_late(Respond, 1)), "never"),
        (breaks(|| complaint().lapsed(Confirm, 1)), "never (none was ever set)"),
        (breaks(|| complaint().waived(Respond, 1)), "never"),
        (breaks(|| complaint().moot(Respond, 1)), "never"),
        (breaks(|| complaint().excused(Respond, 1)), "never"),
        (breaks(|| complaint().breach(Acknowledge, "13:00")), "no acknowledge was missed"),
        (breaks(|| late().breach(Acknowledge, "12:00")), "it was due Mon 23 Nov 2026 13:00"),
        (breaks(|| late().breach_noticed(Acknowledge, "13:00")), "just after Mon 23 Nov 2026 13:05"),
        (breaks(|| late().breach_cause(Acknowledge, BreachCause::DoneLate)), "TimeRanOut"),
        (breaks(|| late().breach_done(Acknowledge, "13:00")), "it was never done"),
        (
            breaks(|| late().and(staff("ann").replies("Sorry.")).breach_never_done(Acknowledge)),
            "it was done Mon 23 Nov 2026 14:00",
        ),
        (breaks(|| late().breach_excused(Acknowledge, Some(Excuse::Stated))), "it is not excused"),
        (breaks(|| complaint().refused(&Rule::WrongStage)), "it was not refused"),
        (breaks(|| refused().refused(&Rule::NotFinished)), "it does not belong to this stage"),
        (breaks(|| refused().missing([Missing::Answer])), "nothing is missing"),
        (breaks(|| refused().possible(CommandKind::FollowUp)), "possible: acknowledge, "),
        (breaks(|| refused().impossible(CommandKind::Acknowledge)), "possible: acknowledge, "),
        (breaks(|| late().ladder(Acknowledge, [("12:00", 0, "owner")])), "owner at step 1"),
        (breaks(|| late().notices_owed(NoticeKind::Warning, 0)), "once of them are"),
        (breaks(|| late().told("team-lead")), "that is owner: a deadline was missed"),
    ];
    for (shown, truth) in shown {
        let said = shown.split("NOT SO: ").nth(1).unwrap_or_else(|| panic!("{shown}"));
        assert!(said.contains(truth), "{said} does not say {truth}");
    }
    for (shown, n) in [
        (breaks(|| Scenario::under(policy()).stage(Stage::Received)), "there is no case yet"),
        (breaks(|| complaint().told("owner")), "nobody was told anything"),
    ] {
        assert!(shown.contains(n), "{shown}");
    }
}

#[test]
fn what_a_story_does_not_announce_breaks_it_off() {
    let shown = breaks(|| complaint().and(staff("ann").resumes()));
    assert!(shown.contains("NOT SO: it was refused, and the story does not say so"), "{shown}");
    let shown = breaks(|| complaint().and(staff("ann").replies("Yes.").in_vain()));
    assert!(shown.contains("NOT SO: it was accepted, and the story says that it is in vain"), "{shown}");
    let shown = breaks(|| complaint().jumps_to("08:59"));
    assert!(shown.contains("no clock runs back to Mon 23 Nov 2026 08:59"), "{shown}");
    let shown = breaks(|| complaint().and(staff("ann").fulfils_the_promise()));
    assert!(shown.contains("the case has no promise that this could be about"), "{shown}");
    for (deed, why) in [
        (staff("").replies("Yes."), "\"\": "),
        (third_party("\u{202e}").notes("Yes."), "\"\\u{202e}\": "),
        (staff("ann").assigns(""), "\"\": "),
        (staff("ann").credits("", "kind"), "\"\": "),
        (staff("ann").promises(Promised::Answer, "soon"), "\"soon\" is no point in time"),
        (staff("ann").replies("Yes.").as_of("Tue 2026-11-23 10:00"), "2026-11-23 is a Mon, no Tue"),
    ] {
        let shown = breaks(|| complaint().and(deed));
        assert!(shown.contains(why), "{shown}");
    }
    let shown = breaks(|| Scenario::under(policy()).in_zone("Mars/Olympus"));
    assert!(shown.contains("Mars/Olympus") || shown.contains("zone"), "{shown}");
}

#[test]
fn a_refused_order_leaves_the_case_as_it_was() {
    let before = complaint();
    let case = before.case().cloned();
    let after = before.at("11-30 09:00", staff("ann").resumes().in_vain());
    // Not even what time would have brought: the next order brings that.
    assert_eq!(after.case().cloned(), case);
    let last = after.steps().last().unwrap();
    assert!(last.events.is_empty() && last.notices.is_empty() && last.before == last.after);
    assert_eq!(after.refusal().unwrap().stage, Some(Stage::Received));
}

#[test]
fn a_lenient_story_goes_on_and_says_where_it_first_was_wrong() {
    let line = line!() + 2;
    let story = complaint().lenient();
    let story = story.stage(Stage::Closed).stage(Stage::Waiting);
    let failure = story.check().unwrap_err().to_string();
    assert!(failure.contains("- the case is closed\n  NOT SO: it is received"), "{failure}");
    assert!(!failure.contains("waiting"), "the first one is told: {failure}");
    assert!(failure.ends_with(&format!("(tests/it/scenario.rs:{line})")), "{failure}");
    assert!(complaint().lenient().stage(Stage::Received).check().is_ok());
    // Nobody forgets to ask it.
    let shown = breaks(|| complaint().lenient().stage(Stage::Closed));
    assert!(shown.contains("a lenient story that nobody checked"), "{shown}");
}

#[test]
fn a_check_at_the_end_sees_the_whole_story() {
    let quiet = |story: &Scenario| match story.events().count() {
        1 => Ok(()),
        n => Err(format!("{n} things happened")),
    };
    drop(complaint().at_the_end(quiet));
    let shown = breaks(|| complaint().at_the_end(quiet).and(staff("ann").notes("called the depot")));
    assert!(shown.ends_with("At the end: 2 things happened\n"), "{shown}");
}

#[test]
fn the_clock_jumps_and_time_passes() {
    let story = Scenario::under(policy());
    assert_eq!(story.now().to_rfc3339(), "2026-01-05T09:00:00+00:00");
    let jumped = complaint().jumps_to("11-24 12:00");
    assert_eq!(jumped.events().count(), 1, "nobody looked");
    let passed = complaint().time_passes_until("11-24 12:00");
    assert_eq!(passed.now(), jumped.now());
    assert!(passed.events().count() > 1);
    complaint()
        .after(TimeDelta::hours(2), staff("ann").notes("at eleven"))
        .happened_at("noted", "11:00")
        .clock_steps_back_to("10:00")
        .and(staff("ann").notes("at ten"))
        .happened_at("noted", "10:00")
        .jumps_to(chrono::DateTime::UNIX_EPOCH + TimeDelta::days(30_000))
        .somebody_looks()
        .overdue(DeadlineKind::Resolve);
}

#[test]
fn everybody_acts_by_their_rights() {
    complaint()
        .and(staff_without_rights("temp").closes(CloseReason::Spam).in_vain())
        .refused(&Rule::NotGranted)
        .and(third_party("supplier").notes("It comes on Friday."))
        .and(somebody(Actor::system()).gives(Command::Tick))
        .and(staff("bob").does(|story| {
            let id = story.id_of(DeadlineKind::Respond).ok_or("nothing to answer")?;
            Ok(Command::Waive(id, "answered on the telephone".into()))
        }))
        .waived(DeadlineKind::Respond, 1)
        .policies_become(PolicyBook::single(policy()))
        .and(staff("ann").closes(CloseReason::Spam))
        .closed(&CloseReason::Spam);
}

#[cfg(feature = "tz")]
#[test]
fn times_are_the_policys_own_or_those_of_a_named_zone() {
    let berlin = WorkingCalendar::office("berlin").zone("Europe/Berlin").build().unwrap();
    let berlin = || Policy::house_standard(berlin.clone()).unwrap();
    let local = Scenario::under(berlin()).at("2026-11-23 09:00", customer().complains("It leaks."));
    assert_eq!(local.now().to_rfc3339(), "2026-11-23T08:00:00+00:00");
    let local = local.due(DeadlineKind::Respond, "2026-11-25 24:00");
    assert!(local.to_string().contains("Times are in Europe/Berlin."), "{local}");
    Scenario::under(berlin())
        .in_zone("UTC")
        .at("2026-11-23 08:00", customer().complains("It leaks."))
        .due(DeadlineKind::Respond, "2026-11-25 23:00");
}
