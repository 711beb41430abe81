//! The words of a command: which texts it brings, under which ids, within which limits.
//!
//! `decide` refers to a text by the same slot, so that both agree without either knowing the other's
//! result.

use std::borrow::Cow;

use super::command::{Classify, Command, ContactChange};
use super::rejection::{Limit, Rule};
use crate::case::ContactRef;
use crate::conversation::{Attachment, Outbound};
use crate::id::{CommandId, CustomerId, TextId};
use crate::line::line;
use crate::resolution::Credit;
use crate::text::{Text, TextKind};
use crate::words::{Words, is_blank};

/// The most labels a case may have.
pub const MAX_LABELS: usize = 64;
/// The most references a case may have.
pub const MAX_REFERENCES: usize = 64;
/// The most files that go with one message.
pub const MAX_ATTACHMENTS: usize = 50;
/// The most remedies, and the most credits, of one resolution.
pub const MAX_REMEDIES: usize = 16;
/// The longest subject, file name or media type, in characters (RFC 5322 allows a line of 998). Nobody is
/// refused for it: what is longer is cut between characters, with `…` in its place, a file name before its
/// ending.
pub const MAX_LINE_CHARS: usize = 998;
/// The longest body of a message, in bytes.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// The longest reason, note of thanks, remedy or address, in bytes.
pub const MAX_WORDS_BYTES: usize = 64 << 10;

/// The most addresses that go along when a case is merged into another. What carries addresses on has neither
/// remedies nor credits, so that they may stand where those would.
pub(super) const MAX_CARRIED: usize = 59;

/// Where in a command some words stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    Subject,
    Body,
    Contact,
    ReplyPath,
    Reason,
    /// An address that came from another case.
    Carried(usize),
    Remedy(usize),
    Credit(usize),
    AttachmentName(usize),
    AttachmentLocator(usize),
    AttachmentType(usize),
}

impl Slot {
    /// The slot's number. The places of each list stay below the limits above, so no two meet.
    fn number(self) -> u8 {
        let (base, n) = match self {
            Self::Subject => (0, 0),
            Self::Body => (1, 0),
            Self::Contact => (2, 0),
            Self::ReplyPath => (3, 0),
            Self::Reason => (4, 0),
            Self::Carried(n) => (5, n),
            Self::Remedy(n) => (16, n),
            Self::Credit(n) => (32, n),
            Self::AttachmentName(n) => (64, n),
            Self::AttachmentLocator(n) => (128, n),
            Self::AttachmentType(n) => (192, n),
        };
        u8::try_from(n).map_or(u8::MAX, |n| n.saturating_add(base))
    }

    pub(super) fn of(self, command: CommandId) -> TextId {
        TextId { command, slot: self.number() }
    }
}

/// Some words of a command, and how they are to be kept.
type Found<'a> = (Slot, TextKind, &'a str);

/// The texts that a command brings, as they are stored. Empty for one that brings no words.
///
/// `speaker` is whose words they are, `customer` whose addresses: for what a customer does, the customer who speaks
/// and the one for whom they do; for everything else, and where nobody was named, the case's customer both.
///
/// Bodies, addresses, reasons and locators stay byte for byte as they were given. A subject, a file name and
/// a media type are made safe to show on one line, and nobody is refused for them: joiners and direction
/// marks stay; a tab or a line break, with the white space around it, becomes one space; another control
/// character and an override of the direction become `U+FFFD`; an embedding or isolate that is not closed, or
/// an end without a beginning, goes; what is longer than [`MAX_LINE_CHARS`] is cut, with `…` in its place.
#[must_use]
pub fn texts(command: &Command, id: CommandId, speaker: &CustomerId, customer: &CustomerId) -> Vec<Text> {
    let mut texts = Vec::new();
    visit(command, &mut |(slot, kind, words): Found<'_>| {
        let about = if kind == TextKind::Contact { customer } else { speaker }.clone();
        texts.push(Text { id: slot.of(id), about, kind, body: kept(slot, words).into_owned() });
    });
    texts
}

/// Contacts of another case, with the places where the command keeps their addresses: the first such place is the
/// one of that number.
pub(super) fn carried(contacts: &[ContactRef], command: CommandId, first: usize) -> Vec<ContactRef> {
    let mut places = (first..).map(|n| Slot::Carried(n).of(command));
    let moved =
        |contact: &ContactRef| ContactRef { text: contact.text.and_then(|_| places.next()), ..*contact };
    contacts.iter().map(moved).collect()
}

/// Where a command keeps the address of the n-th contact with an address, from 0, that it takes along.
pub(crate) fn carried_text(command: CommandId, n: usize) -> TextId {
    Slot::Carried(n).of(command)
}

/// The texts of a message, with the places where the command keeps them by which it is split off: the words, and
/// name, locator and media type of each file.
pub(crate) fn split_texts(message: CommandId, files: u8, split: CommandId) -> Vec<(TextId, TextId)> {
    let body = (Slot::Body.of(message), Slot::Body.of(split));
    let files = enclosed_texts(message, files).into_iter().zip(enclosed_texts(split, files));
    let files = files.flat_map(|(theirs, ours)| theirs.into_iter().zip(ours));
    std::iter::once(body).chain(files).collect()
}

/// Of a file name that is cut, the last characters stay: the ending says what it is.
const ENDING_CHARS: usize = 32;

/// The words as they are stored. Bodies, addresses, reasons and locators stay byte for byte; what is shown
/// on one line is made safe to show.
fn kept(slot: Slot, words: &str) -> Cow<'_, str> {
    match slot {
        Slot::Subject | Slot::AttachmentType(_) => line(words, MAX_LINE_CHARS, 0),
        Slot::AttachmentName(_) => line(words, MAX_LINE_CHARS, ENDING_CHARS),
        _ => Cow::Borrowed(words),
    }
}

/// Where the text stands that says how the customer can answer the message of a command.
pub(crate) fn reply_path_text(command: CommandId) -> TextId {
    Slot::ReplyPath.of(command)
}

/// Where name, locator and media type of the files stand that go with the message of a command.
pub(crate) fn enclosed_texts(command: CommandId, files: u8) -> Vec<[TextId; 3]> {
    let slots = |n| [Slot::AttachmentName(n), Slot::AttachmentLocator(n), Slot::AttachmentType(n)];
    (0..usize::from(files)).map(|n| slots(n).map(|slot| slot.of(command))).collect()
}

/// Checks every list and every text of a command against its limit, before anything is decided.
pub(super) fn check(command: &Command) -> Result<(), Rule> {
    counts(command)?;
    let mut worst = None;
    visit(command, &mut |(slot, _, words): Found<'_>| {
        let rule = match slot {
            Slot::Subject | Slot::AttachmentName(_) | Slot::AttachmentType(_) => return,
            Slot::Body if words.len() > MAX_BODY_BYTES => Limit::BodyTooLong.into(),
            Slot::Body => return,
            _ if words.len() > MAX_WORDS_BYTES => Limit::WordsTooLong.into(),
            Slot::AttachmentLocator(_) if is_blank(words) => Rule::FileWithoutPlace,
            _ => return,
        };
        worst.get_or_insert(rule);
    });
    worst.map_or(Ok(()), Err)
}

fn counts(command: &Command) -> Result<(), Limit> {
    let within = |count: usize, max: usize, limit: Limit| if count > max { Err(limit) } else { Ok(()) };
    let mut files = 0;
    visit(command, &mut |(slot, ..)| files += usize::from(matches!(slot, Slot::AttachmentName(_))));
    within(files, MAX_ATTACHMENTS, Limit::TooManyAttachments)?;
    let about = match command {
        Command::Open(open) => Some(&open.feedback),
        Command::Invite(invite) => Some(&invite.about),
        Command::Split(split) => Some(&split.about),
        _ => None,
    };
    if let Some(about) = about {
        within(about.labels.len(), MAX_LABELS, Limit::TooManyLabels)?;
        within(about.references.len(), MAX_REFERENCES, Limit::TooManyReferences)?;
    }
    match command {
        Command::Classify(Classify { labels: Some(labels), .. }) => {
            within(labels.len(), MAX_LABELS, Limit::TooManyLabels)
        }
        Command::Resolve(resolve) => {
            within(resolve.resolution.remedies.len(), MAX_REMEDIES, Limit::TooManyRemedies)?;
            within(resolve.resolution.credits.len(), MAX_REMEDIES, Limit::TooManyCredits)
        }
        _ => Ok(()),
    }
}

fn visit<'a>(command: &'a Command, found: &mut dyn FnMut(Found<'a>)) {
    match command {
        Command::Open(open) => feedback(&open.feedback, found),
        Command::Invite(invite) => {
            // The invitation's own words stand where the customer's would.
            optional(Slot::Subject, TextKind::Subject, invite.about.subject.as_ref(), found);
            contact(&invite.about.contact, found);
            outbound(&invite.question, found);
        }
        Command::Acknowledge(message) | Command::Reply(message) | Command::FollowUp(message) => {
            outbound(message, found);
        }
        Command::CustomerWrote(message) => {
            found((Slot::Body, TextKind::Body, message.body.as_str()));
            attachments(&message.attachments, found);
        }
        Command::Note(words) => found((Slot::Body, TextKind::Note, words.as_str())),
        Command::Await(wait) => found((Slot::Reason, TextKind::Reason, wait.reason.as_str())),
        Command::Resolve(resolve) => {
            if let Some(message) = &resolve.message {
                outbound(message, found);
            }
            for (n, remedy) in resolve.resolution.remedies.iter().enumerate() {
                optional(Slot::Remedy(n), TextKind::Offer, remedy.words.as_ref(), found);
            }
            for (n, credit) in resolve.resolution.credits.iter().enumerate() {
                thanks(n, credit, found);
            }
        }
        Command::RecordAnswer(answer) => optional(Slot::Body, TextKind::Body, answer.words.as_ref(), found),
        Command::Promise(promise) => {
            if let Some(message) = &promise.message {
                outbound(message, found);
            }
        }
        Command::Close(close) => {
            if let Some(message) = &close.message {
                outbound(message, found);
            }
            optional(Slot::Reason, TextKind::Reason, close.words.as_ref(), found);
        }
        Command::Extend(extend) => {
            if let Some(message) = &extend.message {
                outbound(message, found);
            }
            if !extend.reason.is_blank() {
                found((Slot::Reason, TextKind::Reason, extend.reason.as_str()));
            }
        }
        Command::Merge(merge) => {
            if let Some(message) = &merge.message {
                outbound(message, found);
            }
            found((Slot::Reason, TextKind::Reason, merge.reason.as_str()));
        }
        Command::Split(split) => {
            optional(Slot::Subject, TextKind::Subject, split.about.subject.as_ref(), found);
            optional(Slot::Body, TextKind::Body, split.about.body.as_ref(), found);
            found((Slot::Reason, TextKind::Reason, split.reason.as_str()));
        }
        Command::Retarget(retarget) => found((Slot::Reason, TextKind::Reason, retarget.reason.as_str())),
        Command::RecordExit(exit) => optional(Slot::Body, TextKind::Body, exit.words.as_ref(), found),
        Command::Withdraw(withdraw) => optional(Slot::Reason, TextKind::Body, withdraw.words.as_ref(), found),
        Command::Credit(credit) => thanks(0, credit, found),
        Command::ChangeContact(command) => match &command.change {
            ContactChange::Add(new) | ContactChange::Correct(_, new) => contact(new, found),
            ContactChange::Remove(_) => {}
        },
        Command::Reopen(words)
        | Command::RecordUnreachable(words)
        | Command::Recalculate(words)
        | Command::Excuse(_, words)
        | Command::Waive(_, words) => found((Slot::Reason, TextKind::Reason, words.as_str())),
        Command::Assign(_)
        | Command::Classify(_)
        | Command::Resume
        | Command::NoActionNeeded
        | Command::Fulfil(_)
        | Command::RecordThanked(_)
        | Command::AcceptEscalation(_)
        | Command::RecordDelivery(_)
        | Command::RecordHold(_)
        | Command::RecordErasure(_)
        | Command::Tick => {}
    }
}

fn feedback<'a>(feedback: &'a crate::feedback::Feedback, found: &mut dyn FnMut(Found<'a>)) {
    optional(Slot::Subject, TextKind::Subject, feedback.subject.as_ref(), found);
    optional(Slot::Body, TextKind::Body, feedback.body.as_ref(), found);
    contact(&feedback.contact, found);
    attachments(&feedback.attachments, found);
}

fn contact<'a>(contact: &'a crate::feedback::Contact, found: &mut dyn FnMut(Found<'a>)) {
    if let Some(words) = contact.words() {
        found((Slot::Contact, TextKind::Contact, words));
    }
}

fn outbound<'a>(message: &'a Outbound, found: &mut dyn FnMut(Found<'a>)) {
    found((Slot::Body, TextKind::Body, message.body.as_str()));
    if let Some(words) = message.reply_path.words() {
        found((Slot::ReplyPath, TextKind::ReplyPath, words));
    }
    attachments(&message.attachments, found);
}

fn attachments<'a>(attachments: &'a [Attachment], found: &mut dyn FnMut(Found<'a>)) {
    for (n, attachment) in attachments.iter().enumerate() {
        found((Slot::AttachmentName(n), TextKind::Attachment, attachment.name.as_str()));
        found((Slot::AttachmentLocator(n), TextKind::Attachment, attachment.locator.as_str()));
        found((Slot::AttachmentType(n), TextKind::Attachment, attachment.media_type.as_str()));
    }
}

fn optional<'a>(slot: Slot, kind: TextKind, words: Option<&'a Words>, found: &mut dyn FnMut(Found<'a>)) {
    if let Some(words) = words {
        found((slot, kind, words.as_str()));
    }
}

fn thanks<'a>(n: usize, credit: &'a Credit, found: &mut dyn FnMut(Found<'a>)) {
    optional(Slot::Credit(n), TextKind::Thanks, credit.words.as_ref(), found);
}
