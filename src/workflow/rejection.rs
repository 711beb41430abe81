//! Refusals: typed, explained, and not failures.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::calendar::CalendarError;
use crate::case::{MAX_CONTACTS, MAX_INVOLVED, MAX_PAUSES, MAX_UNSENT, Stage};
use crate::deadline::{MAX_LISTED_BREACHES, MAX_LIVE_DEADLINES};
use crate::id::CaseId;
use crate::workflow::{
    CommandKind, MAX_ATTACHMENTS, MAX_BODY_BYTES, MAX_LABELS, MAX_REFERENCES, MAX_REMEDIES, MAX_WORDS_BYTES,
};

/// Why a command was refused. Nothing was changed. It reads as one sentence that an application can
/// show as it stands.
///
/// ```
/// # use talkback::workflow::{CommandKind, Missing, Rejection, Rule};
/// let refused = Rejection::new(Rule::NotFinished, CommandKind::Close, None).missing([Missing::Resolution]);
/// assert_eq!(refused.to_string(), "cannot close: a case ends when its customer was answered; missing: a resolution");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejection {
    /// The rule that forbids it.
    pub rule: Rule,
    /// The command.
    pub command: CommandKind,
    /// Where the case stands; `None` when there is no such case.
    pub stage: Option<Stage>,
    /// What would have to happen first.
    pub missing: Vec<Missing>,
    /// What the same actor may do now.
    pub legal: Vec<CommandKind>,
}

impl Rejection {
    /// A refusal by a rule.
    #[must_use]
    pub const fn new(rule: Rule, command: CommandKind, stage: Option<Stage>) -> Self {
        Self { rule, command, stage, missing: Vec::new(), legal: Vec::new() }
    }

    /// Adds what would have to happen first.
    #[must_use]
    pub fn missing(mut self, missing: impl IntoIterator<Item = Missing>) -> Self {
        self.missing.extend(missing);
        self
    }
}

impl std::error::Error for Rejection {}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}", self.command.label())?;
        if let Some(stage) = self.stage {
            write!(f, " while the case is {stage}")?;
        }
        write!(f, ": {}", self.rule)?;
        list(f, "; missing: ", self.missing.iter())?;
        list(f, "; possible now: ", self.legal.iter().map(|kind| kind.label()))
    }
}

fn list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    lead: &str,
    items: impl Iterator<Item = T>,
) -> fmt::Result {
    for (n, item) in items.enumerate() {
        f.write_str(if n == 0 { lead } else { ", " })?;
        write!(f, "{item}")?;
    }
    Ok(())
}

/// The rule that forbids a command.
///
#[doc = include_str!("refusals.md")]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// There is no such case.
    #[error("there is no such case")]
    NoSuchCase,
    /// There is a case of that id.
    #[error("there is a case of that id already")]
    AlreadyOpen,
    /// The stage does not allow it.
    #[error("it does not belong to this stage")]
    WrongStage,
    /// The customer was told already that they were heard.
    #[error("the customer was told already that they were heard")]
    AlreadyAcknowledged,
    /// The policy wants a person's word.
    #[error("the policy does not let an automatic message acknowledge")]
    NotByMachine,
    /// A machine wrote, and machines that answer machines never stop.
    #[error("a machine wrote this, and it gets no automatic answer")]
    MachinesDoNotTalk,
    /// Nobody resolves, closes or ends a case in silence.
    #[error("a resolution that the customer is not told of is none")]
    InSilence,
    /// The customer cannot be addressed.
    #[error(
        "there is no way to reach the customer: post the message where they may look, or record what was tried"
    )]
    NobodyToReach,
    /// The remedies do not say what they have to.
    #[error("who declines says why")]
    DeclinedWithoutReason,
    /// A case is closed for a reason, and this one does not hold.
    #[error("a case ends when its customer was answered")]
    NotFinished,
    /// The customer has been asked less often than the policy says.
    #[error("the customer was not asked often enough to close it as unanswered")]
    NotAskedEnough,
    /// Thanks alone do not suffice for this kind.
    #[error("the policy does not let thanks suffice for this kind of feedback")]
    ThanksDoNotSuffice,
    /// The customer withdraws, nobody does it for them by closing.
    #[error("only withdrawing ends a case in the customer's name")]
    WithdrawInstead,
    /// Only time closes an invitation, and only merging closes into another case.
    #[error("that reason is never given by hand")]
    NotByHand,
    /// Waiting for a customer who waits for us.
    #[error("the customer waits for an answer")]
    CustomerWaits,
    /// The wait ends before it begins.
    #[error("a wait ends in the future")]
    WaitInPast,
    /// The wait is longer than the policy allows.
    #[error("the policy allows waits up to {latest}", latest = shown(.0))]
    WaitTooLong(DateTime<Utc>),
    /// The case has waited as often as it can in one cycle.
    #[error("a case waits at most {} times before it is resolved, and this one did", MAX_PAUSES)]
    TooManyWaits,
    /// The promise is further ahead than the policy allows.
    #[error("the policy allows promises up to {latest}", latest = shown(.0))]
    PromiseTooLong(DateTime<Utc>),
    /// The date lies before the promise.
    #[error("a promise is about the future")]
    PromiseInPast,
    /// Nothing waits for an answer.
    #[error("no message of the customer waits for an answer")]
    NothingToAnswer,
    /// The follow-up was answered already.
    #[error("the follow-up was answered already")]
    AlreadyAnswered,
    /// The customer was asked and has time to answer.
    #[error("the customer was asked and still has time to answer")]
    StillTimeToAnswer,
    /// It was closed too long ago: the message opens a new case.
    #[error(
        "it was closed too long ago to be reopened; the message belongs into a new case that continues it"
    )]
    ReopenWindowOver,
    /// Closed for good: it goes on elsewhere.
    #[error("it goes on in another case")]
    MergedElsewhere,
    /// The case has no such live deadline.
    #[error("there is no such deadline, or it is over")]
    NoSuchDeadline,
    /// The policy has no extension for it.
    #[error("the policy does not let it be extended")]
    NotExtendable,
    /// It was extended as often as the policy lets it be.
    #[error("it was extended as often as the policy lets it be")]
    ExtensionsUsedUp,
    /// Its due time has passed: an extension, and the notice of it, come before that.
    #[error("its due time has passed, and an extension comes before that")]
    TooLateToExtend,
    /// What it runs from has not happened, or it stands still: there is no due time to move.
    #[error("it does not run yet, or stands still")]
    NotRunning,
    /// The policy says by how much, or leaves it to what was agreed, and the command says otherwise.
    #[error("it is extended by what the policy says, or to a later date that was agreed where it says that")]
    OtherLength,
    /// Nobody extends a deadline behind the customer's back.
    #[error("an extension that the customer is not told of is none")]
    ExtendedInSilence,
    /// Nothing was missed.
    #[error("that deadline was not missed")]
    NotBreached,
    /// The case lists its newest breaches, and that one is older.
    #[error("a case lists its newest {} breaches, and that one is no longer among them", MAX_LISTED_BREACHES)]
    NoLongerListed,
    /// Taking it on again and again would silence its ladder.
    #[error("somebody took it on already, and their time for it is not over")]
    AlreadyAccepted,
    /// It was excused already.
    #[error("it was excused already")]
    AlreadyExcused,
    /// A machine acknowledges once in a cycle, also when that did not arrive.
    #[error("a machine says that the customer was heard once, then a person does")]
    MachineSpokeAlready,
    /// So many messages wait to be sent that one more could not be followed.
    #[error("at most {} messages to the customer wait to be sent at once, and as many do", MAX_UNSENT)]
    TooManyUnsent,
    /// Nothing would be another than it is.
    #[error("that changes nothing")]
    NothingChanges,
    /// A case does not go on in itself.
    #[error("a case does not go on in itself")]
    IntoItself,
    /// It has to be known whose turn it is in the case where it goes on.
    #[error("the case in which it goes on has to be open and unresolved")]
    TargetNotOpen,
    /// The command is about two cases, and only one was given.
    #[error("it is about two cases, and only one was given")]
    TakesTwoCases,
    /// Only what the customer wrote in this case becomes a case of its own.
    #[error("only a message that the customer wrote in this case becomes a case of its own")]
    NoSuchMessage,
    /// A message becomes a case of its own once.
    #[error("the message is a case of its own already: {0}")]
    SplitOffAlready(CaseId),
    /// The customer has no such contact.
    #[error("the customer has no such contact")]
    NoSuchContact,
    /// The customer did not leave, or said why already.
    #[error("the customer did not leave, or said why already")]
    NothingToExplain,
    /// The customer did not agree to be asked.
    #[error("the customer did not agree to be asked")]
    NoConsent,
    /// The actor has no right to it.
    #[error("it takes a right that this person does not have")]
    NotGranted,
    /// Nobody judges their own lateness.
    #[error("nobody waives or excuses what they are in charge of")]
    OwnCase,
    /// Nobody was named to be put in charge.
    #[error("somebody has to be named to be put in charge")]
    NobodyNamed,
    /// Customers speak, answer and leave; the rest is ours.
    #[error("that is not for the customer to do")]
    NotForCustomers,
    /// Others may open a case and be noted down; the rest is ours and the customer's.
    #[error("what others tell us is written down by whoever hears it")]
    NotForThirdParties,
    /// The case is another customer's.
    #[error("a customer acts only on cases that concern them, and for somebody else only on their behalf")]
    NotConcerned,
    /// Others who take part in a case may write in it; the rest is for the customer whose case it is.
    #[error("in somebody else's case a customer may write, but neither end it nor answer for them")]
    NotTheirPart,
    /// What a customer hands in themselves counts from now.
    #[error(
        "what a customer hands in themselves happened just now; an earlier time takes an employee or the application"
    )]
    Backdated,
    /// People decide, machines carry.
    #[error("that takes a person")]
    NotForMachines,
    /// It happened before the customer spoke, or in the future.
    #[error("it cannot have happened before the customer spoke, nor in the future")]
    ImpossibleTime,
    /// An instant outside 1970 to 2262.
    #[error("times lie between 1970 and 2262")]
    TimeOutOfRange,
    /// There is nothing to read.
    #[error("it needs words, and there is nothing to read")]
    NoWords,
    /// A file is kept somewhere.
    #[error("a file needs the place where the application keeps it, and this one has none")]
    FileWithoutPlace,
    /// Longer or more than is allowed.
    #[error(transparent)]
    TooMuch(#[from] Limit),
    /// The case has as many live deadlines as it can hold.
    #[error(
        "a case holds at most {} deadlines at once, some of them kept free for what must not fail",
        MAX_LIVE_DEADLINES
    )]
    TooManyDeadlines,
    /// The policy book has no policy of the name that was asked for.
    #[error("there is no policy for it")]
    NoPolicy,
    /// A due time cannot be computed.
    #[error("its due time cannot be computed: {0}")]
    Calendar(#[from] CalendarError),
}

/// `2026-12-24 16:00:00 UTC`.
fn shown(at: &DateTime<Utc>) -> impl fmt::Display {
    at.format("%Y-%m-%d %H:%M:%S UTC")
}

/// A limit of size or number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// See [`MAX_BODY_BYTES`](crate::workflow::MAX_BODY_BYTES).
    #[error("a message has at most {} bytes, and this one is longer", MAX_BODY_BYTES)]
    BodyTooLong,
    /// See [`MAX_WORDS_BYTES`](crate::workflow::MAX_WORDS_BYTES).
    #[error("a reason, a remedy or an address has at most {} bytes, and this one is longer", MAX_WORDS_BYTES)]
    WordsTooLong,
    /// See [`MAX_LABELS`](crate::workflow::MAX_LABELS).
    #[error("a case has at most {} labels, and these are more", MAX_LABELS)]
    TooManyLabels,
    /// See [`MAX_REFERENCES`](crate::workflow::MAX_REFERENCES).
    #[error("a case has at most {} references, and these are more", MAX_REFERENCES)]
    TooManyReferences,
    /// See [`MAX_ATTACHMENTS`](crate::workflow::MAX_ATTACHMENTS).
    #[error("a message has at most {} files, and these are more", MAX_ATTACHMENTS)]
    TooManyAttachments,
    /// See [`MAX_REMEDIES`](crate::workflow::MAX_REMEDIES).
    #[error("a resolution has at most {} remedies, and these are more", MAX_REMEDIES)]
    TooManyRemedies,
    /// See [`MAX_REMEDIES`](crate::workflow::MAX_REMEDIES).
    #[error("a resolution has at most {} credits, and these are more", MAX_REMEDIES)]
    TooManyCredits,
    /// See [`MAX_INVOLVED`](crate::MAX_INVOLVED).
    #[error("a case has at most {} customers besides its own, and these would be more", MAX_INVOLVED)]
    TooManyInvolved,
    /// See [`MAX_CONTACTS`](crate::MAX_CONTACTS).
    #[error("a customer has at most {} contacts in a case, and this would be one more", MAX_CONTACTS)]
    TooManyContacts,
}

/// What would have to happen before a command is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Missing {
    /// The customer is told that they were heard.
    Acknowledgement,
    /// A message that tells the customer.
    MessageToCustomer,
    /// A person answers the customer's message.
    Answer,
    /// A typed resolution.
    Resolution,
    /// The customer is asked whether it helped.
    FollowUp,
    /// The customer's answer to it, or the end of their time.
    AnswerToFollowUp,
    /// Credited people are told.
    Thanks,
    /// What was promised is done, or given up by somebody with the right to do so.
    Promise,
    /// A way to reach the customer, or what was tried.
    WayToReach,
    /// Why, in words.
    Reason,
    /// A date within what the policy allows.
    Date,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Acknowledgement => "an acknowledgement",
            Self::MessageToCustomer => "a message that tells the customer",
            Self::Answer => "a person's answer to the customer",
            Self::Resolution => "a resolution",
            Self::FollowUp => "a follow-up",
            Self::AnswerToFollowUp => "the customer's answer to the follow-up",
            Self::Thanks => "the thanks to those who earned them",
            Self::Promise => "what was promised",
            Self::WayToReach => "a way to reach the customer",
            Self::Reason => "a reason in words",
            Self::Date => "a date that the policy allows",
        })
    }
}
