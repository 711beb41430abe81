//! The kinds of commands: what a refusal names, and what is listed as possible instead.

use serde::{Deserialize, Serialize};

use crate::codes::codes;

use super::Command;

/// The kind of a [`Command`]. Its written form ([`as_str`](Self::as_str), `Display`, serde) is a code, for
/// URLs, forms and statistics; [`label`](Self::label) is for people.
///
/// ```
/// use talkback::workflow::CommandKind;
///
/// assert_eq!("customer-wrote".parse(), Ok(CommandKind::CustomerWrote));
/// assert_eq!(CommandKind::CustomerWrote.as_str(), "customer-wrote");
/// assert_eq!(CommandKind::CustomerWrote.label(), "take the customer's message");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
#[expect(missing_docs, reason = "each is documented at the command of the same name")]
pub enum CommandKind {
    Open,
    Invite,
    Acknowledge,
    CustomerWrote,
    Reply,
    Note,
    Assign,
    Classify,
    Await,
    Resume,
    Resolve,
    FollowUp,
    RecordAnswer,
    NoActionNeeded,
    Promise,
    Fulfil,
    Close,
    Reopen,
    Withdraw,
    Credit,
    RecordThanked,
    RecordUnreachable,
    AcceptEscalation,
    Excuse,
    Waive,
    Extend,
    RecordDelivery,
    RecordHold,
    RecordErasure,
    Retarget,
    Recalculate,
    Merge,
    Split,
    RecordExit,
    ChangeContact,
    Tick,
}

codes! {
    CommandKind {
        Open = "open",
        Invite = "invite",
        Acknowledge = "acknowledge",
        CustomerWrote = "customer-wrote",
        Reply = "reply",
        Note = "note",
        Assign = "assign",
        Classify = "classify",
        Await = "await",
        Resume = "resume",
        Resolve = "resolve",
        FollowUp = "follow-up",
        RecordAnswer = "record-answer",
        NoActionNeeded = "no-action-needed",
        Promise = "promise",
        Fulfil = "fulfil",
        Close = "close",
        Reopen = "reopen",
        Withdraw = "withdraw",
        Credit = "credit",
        RecordThanked = "record-thanked",
        RecordUnreachable = "record-unreachable",
        AcceptEscalation = "accept-escalation",
        Excuse = "excuse",
        Waive = "waive",
        Extend = "extend",
        RecordDelivery = "record-delivery",
        RecordHold = "record-hold",
        RecordErasure = "record-erasure",
        Retarget = "retarget",
        Recalculate = "recalculate",
        Merge = "merge",
        Split = "split",
        RecordExit = "record-exit",
        ChangeContact = "change-contact",
        Tick = "tick",
    }
}

impl CommandKind {
    /// In words for people, to go into a sentence: `cannot take the customer's message`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invite => "invite",
            Self::Acknowledge => "acknowledge",
            Self::CustomerWrote => "take the customer's message",
            Self::Reply => "reply",
            Self::Note => "note",
            Self::Assign => "assign",
            Self::Classify => "classify",
            Self::Await => "wait",
            Self::Resume => "resume",
            Self::Resolve => "resolve",
            Self::FollowUp => "follow up",
            Self::RecordAnswer => "record the answer",
            Self::NoActionNeeded => "say that no action is needed",
            Self::Promise => "promise",
            Self::Fulfil => "fulfil a promise",
            Self::Close => "close",
            Self::Reopen => "reopen",
            Self::Withdraw => "withdraw",
            Self::Credit => "credit",
            Self::RecordThanked => "record the thanks",
            Self::RecordUnreachable => "record as unreachable",
            Self::AcceptEscalation => "accept an escalation",
            Self::Excuse => "excuse",
            Self::Waive => "waive",
            Self::Extend => "extend",
            Self::RecordDelivery => "record a delivery",
            Self::RecordHold => "record that a message is held back",
            Self::RecordErasure => "record an erasure",
            Self::Retarget => "retarget",
            Self::Recalculate => "recalculate",
            Self::Merge => "merge",
            Self::Split => "split",
            Self::RecordExit => "record why the customer left",
            Self::ChangeContact => "change a contact",
            Self::Tick => "tick",
        }
    }
}

impl Command {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        match self {
            Self::Open(_) => CommandKind::Open,
            Self::Invite(_) => CommandKind::Invite,
            Self::Acknowledge(_) => CommandKind::Acknowledge,
            Self::CustomerWrote(_) => CommandKind::CustomerWrote,
            Self::Reply(_) => CommandKind::Reply,
            Self::Note(_) => CommandKind::Note,
            Self::Assign(_) => CommandKind::Assign,
            Self::Classify(_) => CommandKind::Classify,
            Self::Await(_) => CommandKind::Await,
            Self::Resume => CommandKind::Resume,
            Self::Resolve(_) => CommandKind::Resolve,
            Self::FollowUp(_) => CommandKind::FollowUp,
            Self::RecordAnswer(_) => CommandKind::RecordAnswer,
            Self::NoActionNeeded => CommandKind::NoActionNeeded,
            Self::Promise(_) => CommandKind::Promise,
            Self::Fulfil(_) => CommandKind::Fulfil,
            Self::Close(_) => CommandKind::Close,
            Self::Reopen(_) => CommandKind::Reopen,
            Self::Withdraw(_) => CommandKind::Withdraw,
            Self::Credit(_) => CommandKind::Credit,
            Self::RecordThanked(_) => CommandKind::RecordThanked,
            Self::RecordUnreachable(_) => CommandKind::RecordUnreachable,
            Self::AcceptEscalation(_) => CommandKind::AcceptEscalation,
            Self::Excuse(..) => CommandKind::Excuse,
            Self::Waive(..) => CommandKind::Waive,
            Self::Extend(_) => CommandKind::Extend,
            Self::RecordDelivery(_) => CommandKind::RecordDelivery,
            Self::RecordHold(_) => CommandKind::RecordHold,
            Self::RecordErasure(_) => CommandKind::RecordErasure,
            Self::Retarget(_) => CommandKind::Retarget,
            Self::Recalculate(_) => CommandKind::Recalculate,
            Self::Merge(_) => CommandKind::Merge,
            Self::Split(_) => CommandKind::Split,
            Self::RecordExit(_) => CommandKind::RecordExit,
            Self::ChangeContact(_) => CommandKind::ChangeContact,
            Self::Tick => CommandKind::Tick,
        }
    }
}
