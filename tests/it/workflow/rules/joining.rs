//! Rule 17: two cases become one, and one becomes two.

use std::sync::Arc;

use chrono::TimeDelta;
use pollster::block_on;
use talkback::policy::{PolicyBook, Rule as Targets, Span, Target, When};
use talkback::testing::Scenario;
use talkback::testing::scenario::{customer, customer_named, machine, staff, staff_without_rights};
use talkback::workflow::{
    BreachCause, CustomerWrote, Merge, Missing, NoticeKind, Open, Recipient, RecordDelivery, Rule,
};
use talkback::{
    Channel, CloseReason, Contact, CustomerId, DeadlineKind, DeadlineState, Delivery, Desk, Feedback,
    FeedbackKind, ManualClock, MemoryBackend, Priority, Request, Stage, TenantId,
};

use super::super::policies::{ladder, standard, standard_with};
use super::super::story::*;

/// A complaint of nine o'clock, and one of another customer at eleven, called `the second`, of which the
/// story speaks.
fn two() -> Scenario {
    complaint(standard())
        .in_case("the second")
        .at("11:00", customer_named("ben").complains("Mine leaks, too."))
        .due(DeadlineKind::Acknowledge, "15:00")
}

fn merged_into(name: &str) -> CloseReason {
    CloseReason::MergedInto(Scenario::id_of_case(name))
}

#[test]
fn rule_17_the_target_takes_the_earliest_start_and_due_of_what_runs() {
    let story = two()
        .in_case("the case")
        .at("12:00", staff("ann").merges_into_telling("the second", "It is one matter."))
        .closed(&merged_into("the second"))
        .live([])
        .sleeps()
        .in_case("the second")
        .stage(Stage::Received)
        .due(DeadlineKind::Acknowledge, "13:00")
        .due(DeadlineKind::Respond, "11-25 24:00")
        .due(DeadlineKind::Resolve, "11-30 24:00");
    let case = story.case().unwrap();
    let anchors: Vec<_> = case.deadlines.live().iter().map(|deadline| deadline.anchor).collect();
    assert_eq!(anchors, [at("11-23 09:00"); 3]);
    // The other way round nothing becomes later.
    two()
        .at("12:00", staff("ann").merges_into_telling("the case", "It is one matter."))
        .closed(&merged_into("the case"))
        .in_case("the case")
        .due(DeadlineKind::Acknowledge, "13:00")
        .due(DeadlineKind::Respond, "11-25 24:00");
}

#[test]
fn rule_17_whoever_waits_for_an_answer_in_the_source_waits_for_it_in_the_target() {
    two()
        .at("12:00", reply())
        .without(DeadlineKind::Respond)
        .in_case("the case")
        .at("12:30", staff("ann").merges_into_telling("the second", "It is one matter."))
        .in_case("the second")
        .due(DeadlineKind::Respond, "11-25 24:00")
        .at("13:00", reply())
        .without(DeadlineKind::Respond);
}

#[test]
fn rule_17_what_was_late_in_the_source_is_late_where_it_goes_on() {
    two()
        .at("12:00", reply())
        .in_case("the case")
        .at("11-26 09:00", staff("ann").merges_into_telling("the second", "It is one matter."))
        .breach(DeadlineKind::Respond, "11-25 24:00")
        .breach_cause(DeadlineKind::Respond, BreachCause::TimeRanOut)
        .in_case("the second")
        .breach(DeadlineKind::Respond, "11-25 24:00")
        .breach_cause(DeadlineKind::Respond, BreachCause::CameMerged)
        .overdue(DeadlineKind::Respond);
}

#[test]
fn rule_17_what_goes_on_by_the_others_time_is_still_our_own() {
    // Theirs is due at 09:40 tomorrow and was warned of; ours, the second of its kind, at eleven.
    let soon = || {
        let target = Target::within(Span::working_hours(8));
        standard_with(|spec| spec.rules = vec![Targets::always().target(DeadlineKind::Respond, target)])
    };
    let story = complaint(soon())
        .at("09:30", reply())
        .in_case("the second")
        .at("09:40", customer_named("ben").complains("Mine leaks, too."))
        .in_case("the case")
        .at("11:00", wrote())
        .in_case("the second")
        .time_passes_until("16:45")
        .case_has("a warning behind it", |case| case.deadlines.live()[0].steps_fired == 1)
        .and(staff("ann").merges_into_telling("the case", "It is one matter.").to_be_sent())
        .in_case("the case")
        .due(DeadlineKind::Respond, "11-24 09:40");
    let ours = story.case().unwrap().deadlines.of_kind(DeadlineKind::Respond).collect::<Vec<_>>();
    assert_eq!((ours.len(), ours[0].id.n, ours[0].steps_fired), (1, 2, 0));
}

#[test]
fn rule_17_what_stood_still_goes_on_from_the_merge() {
    // Theirs stood still for a day, and is due before ours all the same.
    complaint(standard())
        .and(reply())
        .at("11-24 10:00", wait("12-10 12:00"))
        .in_case("the second")
        .at("11-25 11:00", customer_named("ben").complains("Mine leaks, too."))
        .due(DeadlineKind::Resolve, "12-02 24:00")
        .in_case("the case")
        .at("11-25 12:00", staff("ann").merges_into_telling("the second", "It is one matter."))
        .in_case("the second")
        .due(DeadlineKind::Resolve, "12-01 24:00")
        .case_has("a running deadline", |case| {
            let resolve = case.deadlines.of_kind(DeadlineKind::Resolve).next().unwrap();
            resolve.state == DeadlineState::Running && resolve.late_from > resolve.due
        });
    // Where ours has none of that kind, theirs comes along with the time that was given back.
    let urgent = |feedback: Feedback| feedback.with_priority(Priority::Urgent);
    let policy = standard_with(|spec| {
        let update = Target::within(Span::working_days(3)).pausable();
        let rule = Targets::when(When { priorities: vec![Priority::Urgent], ..When::default() })
            .target(DeadlineKind::Update, update);
        spec.rules.insert(0, rule);
    });
    let story = opened(policy, urgent(Feedback::complaint(Channel::Email, "It burns.")))
        .and(reply())
        .due(DeadlineKind::Update, "11-26 24:00")
        .at("11-24 10:00", wait("12-10 12:00"))
        .in_case("the second")
        .at("11-25 11:00", customer_named("ben").complains("Mine leaks, too."))
        .and(reply())
        .without(DeadlineKind::Update)
        .in_case("the case")
        .at("11-25 12:00", staff("ann").merges_into_telling("the second", "It is one matter."))
        .in_case("the second")
        .due(DeadlineKind::Update, "11-27 24:00");
    let update = story.case().unwrap().deadlines.of_kind(DeadlineKind::Update).next().unwrap().clone();
    assert_eq!(update.state, DeadlineState::Running);
    assert!(update.late_from > update.due && update.late_from < update.due + TimeDelta::hours(1));
}

#[test]
fn rule_17_every_customer_who_is_involved_is_told() {
    let told = |story: &Scenario| {
        let messages = story.notices().filter(|notice| notice.kind == NoticeKind::Message);
        messages.map(|notice| notice.to.clone()).collect::<Vec<_>>()
    };
    let silent = two()
        .jumps_to("12:00")
        .not(staff("ann").merges_into("the case", "one matter"), &Rule::InSilence)
        .missing([Missing::MessageToCustomer]);
    let story = silent
        .and(staff("ann").merges_into_telling("the case", "It is one matter.").to_be_sent())
        .in_case("the case")
        .at("12:30", reply());
    let (first, ben) = (&story.case().unwrap().head.customer, CustomerId::new("ben").unwrap());
    // Ben of the merge, then both of the reply.
    let expected = [ben.clone(), first.clone(), ben].map(Recipient::Customer);
    assert_eq!(told(&story), expected);
    // A customer whose two cases become one has been told already.
    complaint(standard())
        .in_case("the second")
        .at("11:00", customer().complains("It still leaks."))
        .and(staff("ann").merges_into("the case", "the same matter twice"))
        .closed(&merged_into("the case"));
}

#[test]
fn rule_17_a_message_has_arrived_with_those_with_whom_it_has() {
    let result = |to: &'static str, result| {
        machine().does(move |story: &Scenario| {
            let message = story.message(2).ok_or("no message")?;
            Ok(RecordDelivery::of(message, result).to(CustomerId::new(to).unwrap()).into())
        })
    };
    // Ben has it; the other one never got it.
    two()
        .and(staff("ann").merges_into_telling("the case", "It is one matter."))
        .in_case("the case")
        .at("12:30", reply())
        .without(DeadlineKind::Respond)
        .and(result("ben", Delivery::Delivered))
        .case_has("a message under way", |case| case.cycle.outgoing.iter().any(|one| !one.has_arrived()))
        .and(machine().reports(2, Delivery::Failed))
        .due(DeadlineKind::Respond, "11-25 24:00");
    // Both have it: it cannot fail any more.
    two()
        .and(staff("ann").merges_into_telling("the case", "It is one matter."))
        .in_case("the case")
        .at("12:30", reply())
        .and(result("ben", Delivery::Delivered))
        .and(machine().reports(2, Delivery::Delivered))
        .and(machine().reports(2, Delivery::Failed))
        .without(DeadlineKind::Respond);
}

#[test]
fn rule_17_no_circles() {
    two()
        .not(staff("ann").merges_into("the second", "itself"), &Rule::IntoItself)
        .not(staff("ann").merges_into("nowhere", "there is none"), &Rule::NoSuchCase)
        .and(staff("ann").merges_into_telling("the case", "It is one matter."))
        .in_case("the case")
        .not(staff("ann").merges_into_telling("the second", "And back."), &Rule::MergedElsewhere)
        // Nor into one that is over.
        .in_case("the third")
        .and(customer().complains("Once more."))
        .in_case("the case")
        .and(resolve())
        .in_case("the third")
        .not(staff("ann").merges_into("the case", "one matter"), &Rule::TargetNotOpen)
        .not(staff_without_rights("temp").merges_into("the case", "one matter"), &Rule::NotGranted);
}

#[test]
fn rule_17_later_messages_go_to_the_target() {
    // The workflow says that it goes on elsewhere,
    two()
        .and(staff("ann").merges_into_telling("the case", "It is one matter."))
        .not(customer_named("ben").writes("Hello?"), &Rule::MergedElsewhere);
    // and the desk brings the message there.
    let clock = Arc::new(ManualClock::at(at("11-23 09:00")));
    let book = PolicyBook::single(standard());
    let desk = Desk::new(Arc::new(MemoryBackend::new()), book, clock, TenantId::single());
    let ann = talkback::Actor::staff(super::super::generate::staff_id("ann"));
    let one = || {
        let contact = Contact::email("customer@example.org").unwrap();
        Feedback::complaint(Channel::Email, "It leaks.").with_contact(contact)
    };
    let speaker = talkback::Actor::customer(super::super::generate::customer_id());
    block_on(async {
        let open = |feedback| desk.open(speaker.clone(), feedback);
        let (source, target) = (open(one()).await.unwrap().case.id, open(one()).await.unwrap().case.id);
        let merge = Merge::into(target, "the same matter twice");
        desk.execute(source, Request::new(ann, merge)).await.unwrap();
        let wrote = Request::new(speaker.clone(), CustomerWrote::new("Hello?"));
        let handled = desk.execute(source, wrote).await.unwrap();
        assert_eq!(handled.case.id, target);
        assert_eq!(handled.case.conversation.from_customer, 2);
    });
}

#[test]
fn rule_17_a_split_has_deadlines_of_its_own_from_the_messages_own_time() {
    let split = complaint(standard())
        .at("10:00", reply())
        .at("11-24 10:00", wrote())
        .at("12:00", staff("ann").splits_off(FeedbackKind::Question, "another matter"));
    let source = split.case().unwrap().id;
    let split = split
        // What the first one owes stays as it is.
        .due(DeadlineKind::Respond, "11-26 24:00")
        .due(DeadlineKind::Resolve, "11-30 24:00")
        .in_the_split_off_case("the question")
        .stage(Stage::Received)
        .due(DeadlineKind::Acknowledge, "14:00")
        .due(DeadlineKind::Respond, "11-26 24:00")
        .due(DeadlineKind::Resolve, "12-01 24:00")
        .case_has("a link to the one that it comes from", |case| case.head.split_from == Some(source));
    assert_eq!(split.case().unwrap().received_at, at("11-24 10:00"));
    assert_eq!(*split.case().unwrap().kind(), FeedbackKind::Question);
}

#[test]
fn rule_17_a_split_is_the_case_of_whoever_said_it() {
    let ben = CustomerId::new("ben").unwrap();
    two()
        .and(staff("ann").merges_into_telling("the case", "It is one matter."))
        .in_case("the case")
        .at("12:30", customer_named("ben").writes("And where is my invoice?"))
        .and(staff("ann").splits_off(FeedbackKind::Question, "another matter"))
        .in_the_split_off_case("the question")
        .case_has("Ben as its customer", move |case| case.head.customer == ben)
        .case_has("an address", |case| !case.head.contacts.is_empty());
}

#[test]
fn rule_17_a_split_reaches_whom_the_case_reaches_and_a_machine_stays_one() {
    let elsewhere = staff("ann").does(|story| {
        let message = story.last_message_of_customer().ok_or("no message")?;
        let about = Feedback::question(Channel::Chat, "Where is it?")
            .with_contact(Contact::email("somebody-else@example.org").unwrap());
        Ok(talkback::workflow::Split::message(message, about, "another matter").into())
    });
    let story = complaint(standard()).at("10:00", wrote()).and(elsewhere);
    let address = story.case().unwrap().head.contacts[0];
    story
        .in_the_split_off_case("the question")
        .case_has("an address of its own", |case| {
            let [contact] = case.head.contacts[..] else { return false };
            contact.kind == address.kind && contact.text.is_some() && contact.text != address.text
        })
        .case_has("a person who wrote", |case| !case.head.automatic);
    complaint(standard())
        .at("10:00", out_of_office())
        .and(staff("ann").splits_off(FeedbackKind::Question, "another matter"))
        .in_the_split_off_case("the question")
        .case_has("a machine that wrote", |case| case.head.automatic)
        .without(DeadlineKind::Respond);
}

#[test]
fn rule_17_only_a_message_of_the_customer_is_split_off() {
    let open = Open::new(Feedback::complaint(Channel::Chat, "It leaks."));
    nothing(standard())
        .and(customer().gives(open))
        .not(
            staff("ann").does(|story| {
                let first = story.events().next().and_then(|event| event.command).ok_or("no event")?;
                let about = Feedback::complaint(Channel::Chat, "It leaks.");
                Ok(talkback::workflow::Split::message(first.into(), about, "another matter").into())
            }),
            &Rule::NoSuchMessage,
        )
        .at("10:00", wrote())
        .not(staff("ann").splits_off(FeedbackKind::Question, " "), &Rule::NoWords)
        .not(staff_without_rights("temp").splits_off(FeedbackKind::Question, "another"), &Rule::NotGranted);
}

#[test]
fn rule_17_whoever_took_it_on_in_the_source_has_not_taken_it_on_in_the_target() {
    two()
        .at("12:00", reply())
        .in_case("the case")
        .time_passes_until("11-26 08:59")
        .at("11-26 09:00", staff("ann").takes_on(DeadlineKind::Respond))
        .at("11-26 10:00", staff("ann").merges_into_telling("the second", "It is one matter."))
        .in_case("the second")
        .overdue(DeadlineKind::Respond)
        .at("11-26 10:30", staff("bob").takes_on(DeadlineKind::Respond))
        .not(staff("ann").takes_on(DeadlineKind::Respond), &Rule::AlreadyAccepted);
}

#[test]
fn rule_17_the_targets_own_ladder_begins_at_its_first_step() {
    // Theirs had two warnings behind it; the target's policy has one, and it is still to come.
    let warned = |version, warn: &[u32]| {
        let ladder = ladder(warn, &[0], None);
        standard_with(|spec| (spec.version, spec.terms.ladder) = (version, ladder))
    };
    let first = warned(1, &[16 * 60, 12 * 60]);
    let both = PolicyBook::new(first.id().clone(), [first.clone(), warned(2, &[60])]).unwrap();
    complaint(first)
        .at("09:10", acknowledge())
        .policies_become(both)
        .in_case("the second")
        .at("09:30", customer_named("ben").complains("Mine leaks, too."))
        .and(reply())
        .in_case("the case")
        .time_passes_until("11-25 12:00")
        .case_has("two warnings behind it", |case| {
            case.deadlines.of_kind(DeadlineKind::Respond).next().unwrap().steps_fired == 2
        })
        .and(staff("ann").merges_into_telling("the second", "It is one matter."))
        .in_case("the second")
        .at("11-25 12:30", reply().to_be_sent())
        .without(DeadlineKind::Respond)
        // The answer does not arrive: it is owed again, and so is the warning.
        .at(
            "11-25 13:00",
            machine().reports_for(4, CustomerId::of_case(Scenario::case_id()), Delivery::Failed),
        )
        .due(DeadlineKind::Respond, "11-25 24:00")
        .time_passes_until("11-25 16:30")
        .ladder(
            DeadlineKind::Respond,
            [("11-24 09:00", 0, "owner"), ("11-24 13:00", 1, "owner"), ("11-25 16:00", 0, "owner")],
        );
}
