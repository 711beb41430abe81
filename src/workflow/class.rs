//! What kind of refusal it is, and what an interface over HTTP answers.

use serde::{Deserialize, Serialize};

use super::rejection::{Limit, Rejection, Rule};
use crate::codes::codes;

/// The class of a refusal: what went wrong, coarsely enough for an interface to answer by it.
///
/// ```
/// use talkback::workflow::{CommandKind, RefusalClass, Rejection, Rule};
///
/// let refused = Rejection::new(Rule::NoSuchCase, CommandKind::Reply, None);
/// assert_eq!(refused.class(), RefusalClass::NotFound);
/// assert_eq!(refused.class().http_status(), 404);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RefusalClass {
    /// The command itself is wrong or incomplete, such as a message without words: HTTP 422.
    Invalid,
    /// Something is longer, or more, than is allowed: HTTP 413.
    TooLarge,
    /// What the command names is not there: HTTP 404.
    NotFound,
    /// This party may not do it: HTTP 403.
    Forbidden,
    /// The case does not allow it as it stands; in another state it may: HTTP 409.
    Conflict,
}

codes! {
    RefusalClass {
        Invalid = "invalid",
        TooLarge = "too-large",
        NotFound = "not-found",
        Forbidden = "forbidden",
        Conflict = "conflict",
    }
}

impl RefusalClass {
    /// The status that an interface over HTTP answers.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        match self {
            Self::Invalid => 422,
            Self::TooLarge => 413,
            Self::NotFound => 404,
            Self::Forbidden => 403,
            Self::Conflict => 409,
        }
    }
}

impl Rejection {
    /// The class of its rule.
    #[must_use]
    pub const fn class(&self) -> RefusalClass {
        self.rule.class()
    }
}

impl Rule {
    /// Its class.
    #[must_use]
    pub const fn class(&self) -> RefusalClass {
        match self {
            Self::InSilence
            | Self::NobodyToReach
            | Self::DeclinedWithoutReason
            | Self::WithdrawInstead
            | Self::NotByHand
            | Self::WaitInPast
            | Self::WaitTooLong(_)
            | Self::PromiseTooLong(_)
            | Self::PromiseInPast
            | Self::OtherLength
            | Self::ExtendedInSilence
            | Self::IntoItself
            | Self::TakesTwoCases
            | Self::NobodyNamed
            | Self::ImpossibleTime
            | Self::TimeOutOfRange
            | Self::NoWords
            | Self::FileWithoutPlace
            | Self::NoPolicy
            | Self::Calendar(_) => RefusalClass::Invalid,
            Self::TooMuch(limit) => limit.class(),
            Self::NoSuchCase | Self::NoSuchDeadline | Self::NoSuchMessage | Self::NoSuchContact => {
                RefusalClass::NotFound
            }
            Self::NotByMachine
            | Self::NoConsent
            | Self::NotGranted
            | Self::OwnCase
            | Self::NotConcerned
            | Self::NotTheirPart
            | Self::Backdated
            | Self::NotForCustomers
            | Self::NotForThirdParties
            | Self::NotForMachines => RefusalClass::Forbidden,
            Self::AlreadyOpen
            | Self::WrongStage
            | Self::AlreadyAcknowledged
            | Self::MachinesDoNotTalk
            | Self::NotFinished
            | Self::NotAskedEnough
            | Self::ThanksDoNotSuffice
            | Self::CustomerWaits
            | Self::NothingToAnswer
            | Self::AlreadyAnswered
            | Self::StillTimeToAnswer
            | Self::ReopenWindowOver
            | Self::MergedElsewhere
            | Self::NotExtendable
            | Self::ExtensionsUsedUp
            | Self::TooLateToExtend
            | Self::NotRunning
            | Self::TooManyWaits
            | Self::NotBreached
            | Self::NoLongerListed
            | Self::AlreadyAccepted
            | Self::AlreadyExcused
            | Self::MachineSpokeAlready
            | Self::TooManyUnsent
            | Self::NothingChanges
            | Self::TargetNotOpen
            | Self::SplitOffAlready(_)
            | Self::NothingToExplain
            | Self::TooManyDeadlines => RefusalClass::Conflict,
        }
    }
}

impl Limit {
    /// Its class: a command that is too large, or a case that is full.
    #[must_use]
    pub const fn class(&self) -> RefusalClass {
        match self {
            Self::TooManyInvolved | Self::TooManyContacts => RefusalClass::Conflict,
            _ => RefusalClass::TooLarge,
        }
    }
}
