//! How much a case can hold, and that reaching a limit never keeps a customer from talking or leaving.

use talkback::policy::Terms;
use talkback::workflow::{Classify, Invite, Limit, MAX_ATTACHMENTS, MAX_LABELS, MAX_REFERENCES, Rule};
use talkback::{
    Attachment, Channel, CloseReason, Code, Command, DeadlineKind, Feedback, FeedbackKind,
    MAX_LIVE_DEADLINES, Outbound, Promised, Stage, Words,
};

use super::super::policies::{ladder, name, office, policy, standard};
use super::super::world::*;

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
        .not(Command::Acknowledge(crowded()), &too_many_files)
        .not(Command::Reply(crowded()), &too_many_files)
        .not(close_with(referred, Some(crowded()), "theirs"), &too_many_files)
        .not(
            Command::Classify(Classify { labels: Some(labels), ..Classify::default() }),
            &Rule::TooMuch(Limit::TooManyLabels),
        );
    let reference = |feedback: Feedback, n: usize| {
        feedback.with_reference(Code::new("order").unwrap(), name(&n.to_string()))
    };
    let about = Feedback::new(FeedbackKind::Question, Channel::Chat, "");
    let about = (0..=MAX_REFERENCES).fold(about, reference);
    nothing(standard()).not(
        Command::Invite(Box::new(Invite { about, question: message(), policy: None })),
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
    let world = opened(standard(), feedback);
    assert_eq!(world.case().head.labels, [code("kettle"), code("leak")]);
    assert_eq!(world.case().head.references.len(), 1);
    let labels = Some(vec![code("lid"), code("lid")]);
    let world = world.staff(Command::Classify(Classify { labels, ..Classify::default() }));
    assert_eq!(world.case().head.labels, [code("lid")]);
}

/// As many promises as a case can hold, each for a minute of its own from noon on.
fn full_of_promises(policy: talkback::Policy) -> World {
    let mut world = complaint(policy);
    for n in 0.. {
        let by = format!("11-23 {:02}:{:02}", 12 + n / 60, n % 60);
        if let Err(refused) = world.order(ann(), promise(Promised::Action(Code::new("call").unwrap()), &by)) {
            assert_eq!(refused.rule, Rule::TooManyDeadlines);
            break;
        }
    }
    assert!(world.case().deadlines.live().len() > MAX_LIVE_DEADLINES / 2);
    world
}

#[test]
fn a_case_full_of_promises_still_hears_its_customer() {
    let world = full_of_promises(standard())
        .staff(reply())
        .customer(wrote())
        .due(DeadlineKind::Respond, "11-26 00:00")
        .staff(resolve())
        .staff(follow_up());
    assert!(world.case().deadlines.live().len() <= MAX_LIVE_DEADLINES);
    // A ladder that ends leaves the floor, also under as many breaches as there can be.
    let terms = Terms { ladder: ladder(&[], &[], None), ..Terms::default() };
    let floor = policy("floor", office(), Vec::new(), terms);
    full_of_promises(floor)
        .at("11-24 09:00")
        .tick()
        .due(DeadlineKind::Review, "12-02 00:00")
        .customer(withdraw(talkback::ExitReason::Price))
        .stands(Stage::Closed);
}

#[test]
fn every_verdict_is_found_before_a_command_however_many_ladder_steps_are_due() {
    // Nobody looked for weeks: every promise was missed, and each has a ladder of ten steps behind it.
    let steps: Vec<u32> = (0..10).map(|n| n * 60).collect();
    let terms = Terms { ladder: ladder(&[], &steps, Some(60)), ..Terms::default() };
    let policy = policy("many-steps", office(), Vec::new(), terms);
    let world = full_of_promises(policy).at("12-21 09:00").staff(Command::Note(words("back from holiday")));
    let tally = world.case().deadlines.tally(DeadlineKind::Promise);
    assert_eq!(tally.breached, tally.set);
    let world = world.tick().tick();
    assert!(world.case().wake_up().unwrap() > at("12-21 09:00"));
}
