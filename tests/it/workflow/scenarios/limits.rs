//! How much a case can hold, and that reaching a limit never keeps a customer from talking or leaving.

use talkback::policy::{PolicyBook, Terms};
use talkback::workflow::{Classify, Invite, Limit, MAX_ATTACHMENTS, MAX_LABELS, MAX_REFERENCES, Rule, legal};
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
