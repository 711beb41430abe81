//! Rules 15 and 16: what a change of priority, policy or calendar does to what runs, and to what is over.

use talkback::policy::{Policy, PolicyBook, Rule as Targets, Span, Target, Terms, When, WorkingHours};
use talkback::testing::scenario::{Deed, customer, machine, staff, staff_without_rights};
use talkback::workflow::{Actor, Classify, CommandKind, Fact, Invite, Missing, Open, Rule};
use talkback::{
    Case, Channel, Consent, DeadlineChange, DeadlineKind, Feedback, FeedbackKind, Outbound, Priority,
    Promised, ReplyPath, Stage, WorkingCalendar,
};

use super::super::generate::staff_id;
use super::super::policies::{
    hourly, lax_book, name, office, policy, staged, standard, standard_with, tight,
};
use super::super::story::*;

fn makes_it(priority: Priority) -> Deed {
    staff("ann").gives(Classify { priority: Some(priority), ..Classify::default() })
}

#[test]
fn rule_15_nothing_is_picked_again_silently() {
    let urgent = Feedback::complaint(Channel::Email, "It burns.").with_priority(Priority::Urgent);
    opened(staged(), urgent)
        .due(DeadlineKind::Respond, "10:00")
        .and(makes_it(Priority::Low))
        .due(DeadlineKind::Respond, "10:00")
        .jumps_to("11:00")
        .somebody_looks()
        .counts(DeadlineKind::Respond, 0, 1)
        .and(staff("ann").gives(Classify { kind: Some(FeedbackKind::Praise), ..Classify::default() }))
        .counts(DeadlineKind::Respond, 0, 1)
        .breach(DeadlineKind::Respond, "10:00");
    // Nor is anything tightened by being called urgent.
    complaint(staged())
        .due(DeadlineKind::Respond, "11-26 24:00")
        .and(makes_it(Priority::Urgent))
        .due(DeadlineKind::Respond, "11-26 24:00");
}

#[test]
fn rule_15_a_retarget_keeps_the_start_and_leaves_the_policys_notice() {
    // Urgent is within an hour of the customer's word, which is over: four working hours from now.
    let story = complaint(staged())
        .due(DeadlineKind::Respond, "11-26 24:00")
        .at("11-24 10:00", staff("bob").retargets_to(Priority::Urgent, "it burns"))
        .due(DeadlineKind::Respond, "14:00")
        .counts(DeadlineKind::Respond, 0, 0);
    let respond = story.case().unwrap().deadlines.of_kind(DeadlineKind::Respond).next().unwrap();
    assert_eq!(respond.anchor, at("11-23 09:00"));
    assert_eq!(staged().terms().minimum_notice.delta(), chrono::TimeDelta::hours(4));
    // Three working days are counted from where one hour was.
    let urgent = Feedback::complaint(Channel::Email, "It burns.").with_priority(Priority::Urgent);
    opened(staged(), urgent)
        .due(DeadlineKind::Respond, "10:00")
        .at("09:30", staff("bob").retargets_to(Priority::Normal, "it was a candle"))
        .due(DeadlineKind::Respond, "11-26 24:00");
}

#[test]
fn rule_15_a_recorded_breach_stays() {
    let urgent = Feedback::complaint(Channel::Email, "It burns.").with_priority(Priority::Urgent);
    opened(staged(), urgent)
        .at("11:00", staff("bob").retargets_to(Priority::Normal, "it was a candle"))
        .counts(DeadlineKind::Respond, 0, 1)
        .breach(DeadlineKind::Respond, "10:00")
        .overdue(DeadlineKind::Respond);
}

#[test]
fn rule_15_the_event_says_who_why_and_both_due_times() {
    let story = complaint(staged())
        .not(staff("bob").retargets_to(Priority::Urgent, " "), &Rule::NoWords)
        .missing([Missing::Reason])
        .not(staff("bob").retargets_to(Priority::Normal, "it is"), &Rule::NothingChanges)
        .not(staff_without_rights("temp").retargets_to(Priority::Urgent, "it burns"), &Rule::NotGranted)
        .not(machine().retargets_to(Priority::Urgent, "it burns"), &Rule::NotForMachines)
        .at("11-24 10:00", staff("bob").retargets_to(Priority::Urgent, "it burns"));
    let event = story.events().find(|event| event.fact.as_str() == "retargeted").unwrap();
    assert_eq!(event.by, talkback::Actor::staff(super::super::generate::staff_id("bob")).party);
    let Fact::Retargeted { priority, reason, .. } = &event.fact else { panic!("{event:?}") };
    assert_eq!((*priority, Some(reason.command)), (Priority::Urgent, event.command));
    let dues = event.changes.iter().filter_map(|change| match change {
        DeadlineChange::Retargeted { deadline, old_due } if deadline.id.kind == DeadlineKind::Respond => {
            Some((*old_due, deadline.due))
        }
        _ => None,
    });
    assert_eq!(dues.collect::<Vec<_>>(), [(at("11-27 00:00"), at("11-24 14:00"))]);
}

#[test]
fn rule_15_another_policy_is_taken_by_its_name() {
    let book = PolicyBook::new(name("house-standard"), [standard(), tight()]).unwrap();
    under_book(book)
        .and(customer().complains("It leaks."))
        .due(DeadlineKind::Resolve, "11-30 24:00")
        .not(staff("bob").retargets_under("unheard-of", "a test"), &Rule::NoPolicy)
        .at("09:15", staff("bob").retargets_under("tight", "they have a contract"))
        // Eight hours from nine o'clock, and what the other policy did not have from now on.
        .due(DeadlineKind::Resolve, "17:00")
        .due(DeadlineKind::Update, "12:15");
}

#[test]
fn a_case_begins_under_a_policy_that_is_there() {
    let book = PolicyBook::new(name("house-standard"), [standard(), tight()]).unwrap();
    let question = || Feedback::question(Channel::Chat, "How do I clean it?");
    let asks = |policy| customer().gives(Open::new(question()).under(name(policy)));
    let consent = Consent { surveys: true, ..Consent::default() };
    let ask = Outbound::new("How is it?", ReplyPath::email("care@shop.example").unwrap());
    let invite =
        Invite { about: question().with_consent(consent), question: ask, policy: Some(name("tihgt")) };
    under_book(book)
        .not(asks("tihgt"), &Rule::NoPolicy)
        .not(machine().gives(invite), &Rule::NoPolicy)
        .and(asks("tight"))
        .due(DeadlineKind::Respond, "10:00");
}

#[test]
fn rule_07_retarget_and_recalculate_give_the_pauses_back_in_the_new_unit() {
    let hours = Target::within(Span::working_hours(20)).pausable();
    let by_hours = standard_with(|spec| {
        spec.id = name("by-hours");
        spec.rules[0].targets.insert(DeadlineKind::Resolve, Some(hours));
    });
    let book = PolicyBook::new(name("house-standard"), [standard(), by_hours]).unwrap();
    let waited = || {
        under_book(book.clone())
            .and(customer().complains("It leaks."))
            .and(reply())
            .at("11-24 16:00", wait("12-04 12:00"))
            .at("11-26 10:00", staff("ann").resumes())
            .due(DeadlineKind::Resolve, "12-02 24:00")
    };
    // Fifteen of twenty working hours had been used when the wait began: five from Thursday at ten.
    waited()
        .and(staff("bob").retargets_under("by-hours", "counted in hours from now on"))
        .due(DeadlineKind::Resolve, "11-26 15:00");
    // Paused with four days left, and Friday is a holiday now: the fourth day after Thursday is one later.
    let friday = WorkingCalendar::office("office")
        .version(2)
        .holiday("2026-11-27".parse().unwrap(), "Inventory")
        .build()
        .unwrap();
    let newer = standard_with(|spec| spec.calendar = friday);
    waited()
        .policies_become(PolicyBook::single(newer))
        .and(staff("bob").recalculates("the holiday was forgotten"))
        .due(DeadlineKind::Resolve, "12-03 24:00");
}

/// The same policy in a calendar of a newer version, in which Tuesday and Wednesday are holidays.
fn with_holidays() -> Policy {
    let calendar = WorkingCalendar::office("office")
        .version(2)
        .holiday("2026-11-24".parse().unwrap(), "Inventory")
        .holiday("2026-11-25".parse().unwrap(), "Inventory")
        .build()
        .unwrap();
    standard_with(|spec| spec.calendar = calendar)
}

#[test]
fn rule_16_what_runs_keeps_the_calendar_that_it_was_set_with() {
    let story = complaint(standard())
        .policies_become(PolicyBook::single(with_holidays()))
        .somebody_looks()
        .due(DeadlineKind::Respond, "11-25 24:00")
        .due(DeadlineKind::Resolve, "11-30 24:00")
        .and(reply())
        // What is set from then on is counted in the new one, and says so.
        .at("10:00", wrote())
        .due(DeadlineKind::Respond, "11-27 24:00")
        .due(DeadlineKind::Resolve, "11-30 24:00");
    let calendar = |kind| {
        let case = story.case().unwrap();
        case.deadlines.of_kind(kind).next().unwrap().basis.calendar_version
    };
    assert_eq!((calendar(DeadlineKind::Resolve), calendar(DeadlineKind::Respond)), (1, 2));
}

#[test]
fn rule_16_until_somebody_has_it_computed_anew() {
    let story = complaint(standard())
        .not(staff("bob").recalculates("nothing new"), &Rule::NothingChanges)
        .policies_become(PolicyBook::single(with_holidays()))
        .due(DeadlineKind::Respond, "11-25 24:00")
        .not(staff_without_rights("temp").recalculates("two holidays"), &Rule::NotGranted)
        .and(staff("bob").recalculates("two holidays"))
        .due(DeadlineKind::Respond, "11-27 24:00")
        .due(DeadlineKind::Resolve, "12-02 24:00")
        .not(staff("bob").recalculates("once more"), &Rule::NothingChanges);
    let versions = story.case().unwrap().deadlines.live().iter().map(|d| d.basis.calendar_version);
    assert_eq!(versions.collect::<Vec<_>>(), [2, 2, 2]);
    // A breach is not computed away.
    complaint(standard())
        .time_passes_until("11-26 09:00")
        .breach(DeadlineKind::Respond, "11-25 24:00")
        .policies_become(PolicyBook::single(with_holidays()))
        .and(staff("bob").recalculates("two holidays"))
        .breach(DeadlineKind::Respond, "11-25 24:00")
        .overdue(DeadlineKind::Respond);
}

#[test]
fn rule_16_what_is_over_never_changes() {
    complaint(standard())
        .at("12:00", acknowledge())
        .time_passes_until("11-26 09:00")
        .counts(DeadlineKind::Acknowledge, 1, 0)
        .breach(DeadlineKind::Respond, "11-25 24:00")
        .policies_become(PolicyBook::single(with_holidays()))
        .somebody_looks()
        .and(reply())
        .counts(DeadlineKind::Acknowledge, 1, 0)
        .breach(DeadlineKind::Respond, "11-25 24:00");
}

#[test]
fn rule_16_a_version_that_is_gone_blocks_nothing_and_the_newest_of_its_id_goes_on() {
    let newer = standard_with(|spec| spec.version = 2);
    let story = complaint(standard())
        .policies_become(PolicyBook::single(newer))
        .due(DeadlineKind::Acknowledge, "13:00")
        .and(resolve())
        .stage(Stage::Resolved);
    let case = story.case().unwrap();
    let follow_up = case.deadlines.of_kind(DeadlineKind::FollowUp).next().unwrap();
    // Both are named: the one that it was opened under, and the one that set this.
    assert_eq!((case.head.policy_version, follow_up.basis.policy_version), (1, 2));
    assert_eq!(case.head.policy, follow_up.basis.policy);
}

#[test]
fn rule_16_a_policy_that_is_gone_blocks_nothing_and_excuses_nothing() {
    let story = complaint(standard())
        .policies_become(lax_book())
        .due(DeadlineKind::Acknowledge, "13:00")
        .jumps_to("14:00")
        .somebody_looks()
        .counts(DeadlineKind::Acknowledge, 0, 1)
        .due(DeadlineKind::Respond, "11-25 24:00")
        .and(resolve())
        .stage(Stage::Resolved);
    // What is set from now on is by the policy that there is, and says so.
    let case = story.case().unwrap();
    let follow_up = case.deadlines.of_kind(DeadlineKind::FollowUp).next().unwrap();
    assert_eq!(follow_up.basis.policy.as_str(), "lax");
}

#[test]
fn rule_16_there_is_nothing_to_recalculate_in_what_was_missed_or_has_no_span() {
    let may = |case: &Case| {
        case.legal_commands(&Actor::staff(staff_id("ann")), case.updated_at)
            .contains(&CommandKind::Recalculate)
    };
    let rule = Targets::always().target(DeadlineKind::Resolve, Target::within(Span::hours(1)));
    complaint(policy("only-resolve", office(), vec![rule], Terms::default()))
        .at("09:30", reply())
        .case_has("something to recalculate", may)
        .time_passes_until("11-24 09:00")
        .overdue(DeadlineKind::Resolve)
        .case_has("nothing to recalculate", |case| !may(case))
        .and(staff("ann").promises(Promised::Answer, "11-25 12:00"))
        .case_has("nothing to recalculate", |case| !may(case));
    // All that is left is the floor, which whoever looks sets anew.
    let rule = Targets::always().target(DeadlineKind::Acknowledge, Target::within(Span::hours(1)));
    complaint(policy("only-acknowledge", office(), vec![rule], Terms::default()))
        .at("09:30", reply())
        .live([DeadlineKind::Review])
        .case_has("nothing to recalculate", |case| !may(case));
}

fn presses() -> Deed {
    staff("ann").retargets_to(Priority::High, "It presses.")
}

#[test]
fn rule_15_what_waits_for_something_waits_for_it_still() {
    complaint(staged())
        .due_at_the_latest(DeadlineKind::Resolve, "12-14 24:00")
        .and(presses())
        .due_at_the_latest(DeadlineKind::Resolve, "12-14 24:00")
        .at("11-24 10:00", acknowledge())
        .due(DeadlineKind::Resolve, "12-08 24:00");
}

#[test]
fn rule_15_what_was_extended_stays_so_and_is_not_extended_again() {
    complaint(staged())
        .and(acknowledge())
        .due(DeadlineKind::Resolve, "12-07 24:00")
        .and(staff("ann").extends(DeadlineKind::Resolve, "The part is late."))
        .due(DeadlineKind::Resolve, "12-10 24:00")
        .and(presses())
        .due(DeadlineKind::Resolve, "12-10 24:00")
        .not(staff("ann").extends(DeadlineKind::Resolve, "It is later."), &Rule::ExtensionsUsedUp);
}

#[test]
fn rule_15_nobody_is_warned_twice_by_the_same_step() {
    let book = PolicyBook::new(name("hourly"), [hourly(), standard()]).unwrap();
    under_book(book)
        .and(customer().complains("It leaks."))
        .due(DeadlineKind::Respond, "13:00")
        .time_passes_until("12:10")
        .and(staff("ann").retargets_under("house-standard", "The wrong team had it."))
        .due(DeadlineKind::Respond, "11-25 24:00")
        .time_passes_until("11-25 23:00")
        .ladder(DeadlineKind::Respond, [("11-23 12:00", 0, "owner")]);
}

#[test]
fn rule_15_the_least_time_after_a_reopening_is_none_before_it() {
    let mut spec = hourly().spec().clone();
    let urgent = When { priorities: vec![Priority::Urgent], ..When::default() };
    let target = Target::within(Span::working_hours(1));
    spec.rules.insert(0, Targets::when(urgent).target(DeadlineKind::Resolve, target));
    spec.terms.minimum_notice = WorkingHours::minutes(10);
    complaint(Policy::new(spec).unwrap())
        .at("09:30", staff("ann").retargets_to(Priority::Urgent, "It burns."))
        .due(DeadlineKind::Resolve, "10:00");
}

#[test]
fn rule_15_where_nobody_reads_us_nothing_new_is_owed_to_them() {
    let updates = || {
        let urgent = When { priorities: vec![Priority::Urgent], ..When::default() };
        let target = Target::within(Span::working_days(3));
        standard_with(|spec| {
            spec.rules.insert(0, Targets::when(urgent).target(DeadlineKind::Update, target));
        })
    };
    let burns = || staff("bob").retargets_to(Priority::Urgent, "it burns");
    complaint(updates()).without(DeadlineKind::Update).and(burns()).due(DeadlineKind::Update, "11-26 24:00");
    // A machine wrote it.
    let bounce = Feedback::complaint(Channel::Email, "Mailbox full.").automatic();
    opened(updates(), bounce).and(burns()).without(DeadlineKind::Update);
    // There is no way to the customer.
    let unsigned = Feedback::complaint(Channel::Review, "The kettle leaks.");
    nothing(updates())
        .and(customer().brings(unsigned))
        .and(staff("ann").reaches_nobody("there is no name under it"))
        .and(burns())
        .without(DeadlineKind::Update);
}
