//! What a case and its events tell about one person.

use super::{
    Direction, ExportedAnswer, ExportedCase, ExportedContact, ExportedExit, ExportedFeedback, ExportedFile,
    ExportedMessage, ExportedRemedy, ExportedResolution, ExportedWords,
};
use crate::case::{Case, CloseReason};
use crate::desk::conversation::{Eyes, MessageKind, heard};
use crate::id::{CaseId, CustomerId, TextId};
use crate::resolution::Satisfaction;
use crate::workflow::{Event, Fact, enclosed_texts};

/// Gives the words of a text, as far as the person may read them.
pub(super) type Words<'a> = dyn FnMut(TextId) -> Option<ExportedWords> + 'a;

/// A case through the eyes of one person.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) case: &'a Case,
    pub(super) person: &'a CustomerId,
}

impl Seen<'_> {
    /// The case without its history.
    pub(super) fn head(&self, words: &mut Words<'_>) -> ExportedCase {
        ExportedCase {
            feedback: self.is_own().then(|| self.feedback(words)),
            contacts: self.contacts(words),
            ..self.nothing()
        }
    }

    /// What these events tell about them, and nothing else.
    pub(super) fn history(&self, events: &[Event], words: &mut Words<'_>) -> ExportedCase {
        let mut exported = self.nothing();
        for event in events {
            exported.messages.extend(self.message(event, words));
            exported.resolutions.extend(self.resolution(event, words));
            exported.answers.extend(self.answer(event));
            exported.exits.extend(self.exit(event));
        }
        exported
    }

    /// True when the case has something to tell about them at all.
    pub(super) fn concerns(&self, exported: &ExportedCase) -> bool {
        exported.feedback.is_some() || self.case.concerns(self.person) || !exported.messages.is_empty()
    }

    /// The case in which this one goes on.
    pub(super) fn merged_into(&self) -> Option<CaseId> {
        match self.case.closed.as_deref()?.reason {
            CloseReason::MergedInto(into) => Some(into),
            _ => None,
        }
    }

    fn feedback(&self, words: &mut Words<'_>) -> ExportedFeedback {
        let Case { head, stage, received_at, closed, .. } = self.case;
        ExportedFeedback {
            received_at: *received_at,
            kind: head.kind.clone(),
            channel: head.channel.clone(),
            priority: head.priority,
            stage: *stage,
            closed: closed.as_ref().map(|closed| closed.reason.as_str()),
            subject: head.subject.and_then(words),
            rating: head.rating,
            touchpoint: head.touchpoint.clone(),
            labels: head.labels.clone(),
            references: head.references.clone(),
            consent: head.consent,
        }
    }

    fn contacts(&self, words: &mut Words<'_>) -> Vec<ExportedContact> {
        let known = self.case.contacts(self.person).unwrap_or_default().iter();
        known
            .map(|known| ExportedContact { kind: known.kind, address: known.text.and_then(&mut *words) })
            .collect()
    }

    fn message(&self, event: &Event, words: &mut Words<'_>) -> Option<ExportedMessage> {
        let (message, text) = heard(event, Eyes::of(self.case, self.person)?)?;
        let spoken = text.and_then(&mut *words);
        let files = self.files(event, text, words);
        // Nobody can tell any more whom erased words were about: then it counts who said them.
        let shown = match (&spoken, text) {
            (Some(ExportedWords::Text(_)), _) => true,
            (Some(ExportedWords::Erased), _) | (None, None) => self.is_theirs(event),
            (None, Some(_)) => false,
        };
        shown.then_some(ExportedMessage {
            id: message.id,
            at: message.at,
            direction: match message.kind {
                MessageKind::FromCustomer => Direction::FromPerson,
                MessageKind::ToCustomer | MessageKind::Note => Direction::ToPerson,
            },
            words: spoken,
            reply_path: message.reply_path,
            files,
        })
    }

    fn resolution(&self, event: &Event, words: &mut Words<'_>) -> Option<ExportedResolution> {
        let Fact::Resolved { resolution, .. } = &event.fact else { return None };
        let remedies = resolution.remedies.iter().map(|remedy| ExportedRemedy {
            kind: remedy.kind.clone(),
            words: remedy.text.and_then(&mut *words),
        });
        self.is_own().then(|| ExportedResolution {
            at: event.occurred_at,
            outcome: resolution.outcome.clone(),
            remedies: remedies.collect(),
            root_cause: resolution.root_cause.clone(),
        })
    }

    fn answer(&self, event: &Event) -> Option<ExportedAnswer> {
        let Fact::Answered { satisfaction: Satisfaction { verdict, rating }, .. } = event.fact else {
            return None;
        };
        self.is_theirs(event).then_some(ExportedAnswer { at: event.occurred_at, verdict, rating })
    }

    fn exit(&self, event: &Event) -> Option<ExportedExit> {
        let exit = match &event.fact {
            Fact::Closed { closed, .. } => closed.exit.as_ref()?,
            Fact::ExitExplained { exit, .. } => exit,
            Fact::SteppedOut { exit, .. } => exit,
            _ => return None,
        };
        self.is_theirs(event).then(|| ExportedExit {
            at: event.occurred_at,
            why: exit.why.clone(),
            root_cause: exit.root_cause.clone(),
            hear_from_us: exit.hear_from_us,
        })
    }

    fn files(&self, event: &Event, text: Option<TextId>, words: &mut Words<'_>) -> Vec<ExportedFile> {
        let count = match &event.fact {
            Fact::Opened(opened) => opened.attachments,
            Fact::CustomerWrote { attachments, .. } => *attachments,
            fact => fact.said().map_or(0, |said| said.attachments),
        };
        let Some(command) = text.map(|text| text.command).or(event.command) else { return Vec::new() };
        let file = |texts: [TextId; 3]| {
            let [name, locator, media_type] = texts.map(&mut *words);
            ExportedFile { name, media_type, locator }
        };
        enclosed_texts(command, count).into_iter().map(file).collect()
    }

    fn nothing(&self) -> ExportedCase {
        ExportedCase {
            case: self.case.id,
            feedback: None,
            contacts: Vec::new(),
            messages: Vec::new(),
            resolutions: Vec::new(),
            answers: Vec::new(),
            exits: Vec::new(),
        }
    }

    fn is_own(&self) -> bool {
        self.case.head.customer == *self.person
    }

    /// True for what they said or did, or what was said in their own case by nobody else.
    fn is_theirs(&self, event: &Event) -> bool {
        event.speaker().unwrap_or(&self.case.head.customer) == self.person
    }
}

impl ExportedCase {
    /// Adds a later part of the history.
    pub(super) fn append(&mut self, mut later: Self) {
        self.messages.append(&mut later.messages);
        self.resolutions.append(&mut later.resolutions);
        self.answers.append(&mut later.answers);
        self.exits.append(&mut later.exits);
    }
}
