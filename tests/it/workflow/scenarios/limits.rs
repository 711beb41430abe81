//! How much a case can hold, and that reaching a limit never keeps a customer from talking or leaving.

use talkback::policy::Terms;
use talkback::testing::Scenario;
use talkback::testing::scenario::{customer, staff};
use talkback::workflow::{Classify, Close, Invite, Limit, MAX_ATTACHMENTS, MAX_LABELS, MAX_REFERENCES, Rule};
use talkback::{
    Attachment, Channel, CloseReason, Code, Command, DeadlineKind, ExitReason, Feedback, FeedbackKind,
    MAX_LIVE_DEADLINES, Outbound, Promised, ReplyPath, Stage, Words,
};

use super::super::policies::{ladder, name, office, policy, standard};
use super::super::story::*;

fn message() -> Outbound {
    Outbound::new("Thank you, we look into it.", ReplyPath::InThread)
}

fn crowded() -> Outbound {
    let file = Attachment {
        name: Words::new("a.png"),
        media_type: Words::new("image/png"),
        bytes: 1,
        locator: Words::new("a"),
    };
    (0..=MAX_ATTACHMENTS).fold(message(), |message, _| message.with_attachment(file.clone()))
}

#[test]
fn every_list_has_a_limit() {
    let too_many_files = Rule::TooMuch(Limit::TooManyAttachments);
    let referred = CloseReason::Referred(name("the carrier"));
    let labels = vec![Code::new("label").unwrap(); MAX_LABELS + 1];
    complaint(standard())
        .not(staff("ann").gives(Command::Acknowledge(crowded())), &too_many_files)
        .not(staff("ann").gives(Command::Reply(crowded())), &too_many_files)
        .not(
            staff("ann").gives(Close { message: Some(crowded()), ..Close::because(referred) }),
            &too_many_files,
        )
        .not(
            staff("ann").gives(Classify { labels: Some(labels), ..Classify::default() }),
            &Rule::TooMuch(Limit::TooManyLabels),
        );
    let reference = |feedback: Feedback, n: usize| {
        feedback.with_reference(Code::new("order").unwrap(), name(&n.to_string()))
    };
    let about = Feedback::new(FeedbackKind::Question, Channel::Chat, "");
    let about = (0..=MAX_REFERENCES).fold(about, reference);
    nothing(standard()).not(
        staff("ann").gives(Invite { about, question: message(), policy: None }),
        &Rule::TooMuch(Limit::TooManyReferences),
    );
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
