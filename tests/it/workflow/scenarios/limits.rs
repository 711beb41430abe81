//! How much a case can hold, and that reaching a limit never keeps a customer from talking or leaving.

use talkback::policy::Terms;
use talkback::testing::Scenario;
use talkback::testing::scenario::{customer, somebody, staff};
use talkback::workflow::{
    Classify, Close, CustomerWrote, Extend, Invite, Limit, MAX_ATTACHMENTS, MAX_LABELS, MAX_REFERENCES,
    MAX_REMEDIES, Merge, Open, RecordDelivery, Resolve, Rule, Split,
};
use talkback::{
    Actor, Attachment, Channel, CloseReason, Code, Command, CommandId, Credit, DeadlineId, DeadlineKind,
    Delivery, ExitReason, Feedback, FeedbackKind, MAX_LIVE_DEADLINES, MessageId, Outbound, Outcome, Promised,
    RemedyKind, ReplyPath, Resolution, StaffId, Stage,
};

use super::super::policies::{ladder, name, office, policy, standard};
use super::super::story::*;

fn message() -> Outbound {
    Outbound::new("Thank you, we look into it.", ReplyPath::InThread)
}

fn files() -> Vec<Attachment> {
    let file = Attachment::new("a.png", "image/png", "a");
    vec![file; MAX_ATTACHMENTS + 1]
}

#[test]
fn every_message_has_a_limit_of_files() {
    let mut crowded = message();
    crowded.attachments = files();
    let (respond, told) = (DeadlineId { kind: DeadlineKind::Respond, cycle: 1, n: 1 }, || crowded.clone());
    let referred = Close::because(CloseReason::Referred(name("the carrier")));
    let other = Scenario::id_of_case("another");
    let mut written = CustomerWrote::new("It leaks.");
    written.attachments = files();
    let mut feedback = Feedback::complaint(Channel::Chat, "It leaks.");
    feedback.attachments = files();
    let about = Feedback::new(FeedbackKind::Question, Channel::Chat, "");
    let ours: [Command; 8] = [
        Command::Acknowledge(told()),
        Command::Reply(told()),
        Command::FollowUp(told()),
        Close { message: Some(told()), ..referred }.into(),
        Extend::telling(respond, "The expert is ill.", told()).into(),
        Resolve::telling(Resolution::new(Outcome::Fixed), told()).into(),
        Merge::into(other, "It is one matter.").telling(told()).into(),
        Invite { about, question: told(), policy: None }.into(),
    ];
    let too_many = Rule::TooMuch(Limit::TooManyAttachments);
    let refused = |story: Scenario, command| story.not(staff("ann").gives(command), &too_many);
    let story = ours.into_iter().fold(nothing(standard()), refused);
    story
        .not(customer().gives(Command::from(written)), &too_many)
        .not(customer().gives(Command::from(Open::new(feedback))), &too_many);
}

#[test]
fn every_list_has_a_limit() {
    let labels = vec![Code::new("label").unwrap(); MAX_LABELS + 1];
    let mut labelled = Feedback::complaint(Channel::Chat, "It leaks.");
    labelled.labels.clone_from(&labels);
    let referred = (0..=MAX_REFERENCES).fold(Feedback::complaint(Channel::Chat, "It leaks."), |it, n| {
        it.with_reference(Code::new("order").unwrap(), name(&n.to_string()))
    });
    let message_of_theirs = MessageId::from(CommandId::from_uuid(uuid::Uuid::from_u128(17)));
    for (about, limit) in [(labelled, Limit::TooManyLabels), (referred, Limit::TooManyReferences)] {
        let limit = Rule::TooMuch(limit);
        nothing(standard())
            .not(customer().gives(Command::from(Open::new(about.clone()))), &limit)
            .not(
                staff("ann").gives(Invite { about: about.clone(), question: message(), policy: None }),
                &limit,
            )
            .and(customer().complains("It leaks."))
            .not(staff("ann").gives(Split::message(message_of_theirs, about, "two matters")), &limit);
    }
    let fixed = || Resolution::new(Outcome::Fixed);
    let crowd = 0..=MAX_REMEDIES;
    let remedies = crowd.clone().fold(fixed(), |it, _| it.with(RemedyKind::Fix, "A new one."));
    let credits =
        crowd.fold(fixed(), |it, n| it.crediting(Credit::staff(StaffId::new(n.to_string()).unwrap())));
    complaint(standard())
        .not(
            staff("ann").gives(Classify { labels: Some(labels), ..Classify::default() }),
            &Rule::TooMuch(Limit::TooManyLabels),
        )
        .not(
            staff("ann").gives(Resolve::telling(remedies, message())),
            &Rule::TooMuch(Limit::TooManyRemedies),
        )
        .not(staff("ann").gives(Resolve::telling(credits, message())), &Rule::TooMuch(Limit::TooManyCredits));
}

#[test]
fn labels_and_references_are_kept_once() {
    let code = |text| Code::new(text).unwrap();
    let feedback = Feedback::complaint(Channel::Email, "The kettle leaks.")
        .with_label(code("kettle"))
        .with_label(code("leak"))
        .with_label(code("kettle"))
        .with_reference(code("order"), name("1017"))
        .with_reference(code("order"), name("1017"));
    let story = opened(standard(), feedback);
    let head = &story.case().unwrap().head;
    assert_eq!(head.labels, [code("kettle"), code("leak")]);
    assert_eq!(head.references.len(), 1);
    let labels = Some(vec![code("lid"), code("lid")]);
    let story = story.and(staff("ann").gives(Classify { labels, ..Classify::default() }));
    assert_eq!(story.case().unwrap().head.labels, [code("lid")]);
}

/// As many promises as a case can hold, each for a minute of its own from noon on.
fn full_of_promises(policy: talkback::Policy) -> Scenario {
    let call = |n| {
        let by = format!("11-23 {:02}:{:02}", 12 + n / 60, n % 60);
        staff("ann").promises(Promised::Action(Code::new("call").unwrap()), by)
    };
    let most = MAX_LIVE_DEADLINES - DeadlineKind::ALL.len();
    assert!(most > MAX_LIVE_DEADLINES / 2);
    (0..most).fold(complaint(policy), |story, n| story.and(call(n))).not(call(most), &Rule::TooManyDeadlines)
}

#[test]
fn a_case_full_of_promises_still_hears_its_customer() {
    let story = full_of_promises(standard())
        .and(reply())
        .and(wrote())
        .due(DeadlineKind::Respond, "11-25 24:00")
        .and(resolve())
        .and(follow_up());
    assert!(story.case().unwrap().deadlines.live().len() <= MAX_LIVE_DEADLINES);
    // A ladder that ends leaves the floor, also under as many breaches as there can be.
    let terms = Terms { ladder: ladder(&[], &[], None), ..Terms::default() };
    let floor = policy("floor", office(), Vec::new(), terms);
    full_of_promises(floor)
        .jumps_to("11-24 09:00")
        .somebody_looks()
        .due(DeadlineKind::Review, "12-01 24:00")
        .and(customer().withdraws(ExitReason::Price))
        .stage(Stage::Closed);
}

#[test]
fn promises_that_a_lost_message_had_kept_find_their_room_again() {
    let answer = |n: usize| {
        let by = format!("11-23 {:02}:{:02}", 12 + n / 60, n % 60);
        staff("ann").promises(Promised::Answer, by)
    };
    let most = MAX_LIVE_DEADLINES - DeadlineKind::ALL.len();
    let story = (0..most).fold(complaint(standard()), |story, n| story.and(answer(n))).and(reply());
    let said = story.events().last().and_then(|event| event.command).unwrap();
    let lost = RecordDelivery::of(said.into(), Delivery::Failed);
    let story = story.not(answer(most), &Rule::TooManyDeadlines).and(somebody(Actor::system()).gives(lost));
    let live = story.case().unwrap().deadlines.live();
    let promises = live.iter().filter(|deadline| deadline.id.kind == DeadlineKind::Promise).count();
    assert!(
        promises == most && live.len() <= MAX_LIVE_DEADLINES,
        "{promises} promises of {} live",
        live.len()
    );
}

#[test]
fn every_verdict_is_found_before_a_command_however_many_ladder_steps_are_due() {
    // Nobody looked for weeks: every promise was missed, and each has a ladder of ten steps behind it.
    let steps: Vec<u32> = (0..10).map(|n| n * 60).collect();
    let terms = Terms { ladder: ladder(&[], &steps, Some(60)), ..Terms::default() };
    let policy = policy("many-steps", office(), Vec::new(), terms);
    let story = full_of_promises(policy).at("12-21 09:00", staff("ann").notes("back from holiday"));
    let tally = story.case().unwrap().deadlines.tally(DeadlineKind::Promise);
    assert_eq!(tally.breached, tally.set);
    let story = story.somebody_looks().somebody_looks();
    assert!(story.case().unwrap().wake_up().unwrap() > at("12-21 09:00"));
}
