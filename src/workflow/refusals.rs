//! The names of rules, limits and of what is missing, and the form in which an interface hands a refusal on.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::rejection::{Limit, Missing, Rejection, Rule};

/// Gives each variant a name, and the list of all names.
macro_rules! named {
    ($type:ident { $($variant:ident $(($payload:tt))? => $id:literal,)* }) => {
        impl $type {
            /// Every name, in order of declaration.
            pub const IDS: &'static [&'static str] = &[$($id,)*];

            /// Its name, which stays what it is: for programs, statistics and translations.
            #[must_use]
            pub const fn id(&self) -> &'static str {
                match self {
                    $(Self::$variant $(($payload))? => $id,)*
                }
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.id())
            }
        }
    };
}

named! {
    Rule {
        NoSuchCase => "no-such-case",
        AlreadyOpen => "already-open",
        WrongStage => "wrong-stage",
        AlreadyAcknowledged => "already-acknowledged",
        NotByMachine => "not-by-machine",
        MachinesDoNotTalk => "machines-do-not-talk",
        InSilence => "in-silence",
        NobodyToReach => "nobody-to-reach",
        DeclinedWithoutReason => "declined-without-reason",
        NotFinished => "not-finished",
        NotAskedEnough => "not-asked-enough",
        ThanksDoNotSuffice => "thanks-do-not-suffice",
        WithdrawInstead => "withdraw-instead",
        NotByHand => "not-by-hand",
        CustomerWaits => "customer-waits",
        WaitInPast => "wait-in-past",
        WaitTooLong(_) => "wait-too-long",
        TooManyWaits => "too-many-waits",
        PromiseTooLong(_) => "promise-too-long",
        PromiseInPast => "promise-in-past",
        NothingToAnswer => "nothing-to-answer",
        AlreadyAnswered => "already-answered",
        StillTimeToAnswer => "still-time-to-answer",
        ReopenWindowOver => "reopen-window-over",
        MergedElsewhere => "merged-elsewhere",
        NoSuchDeadline => "no-such-deadline",
        NotExtendable => "not-extendable",
        ExtensionsUsedUp => "extensions-used-up",
        TooLateToExtend => "too-late-to-extend",
        NotRunning => "not-running",
        OtherLength => "other-length",
        ExtendedInSilence => "extended-in-silence",
        NotBreached => "not-breached",
        NoLongerListed => "no-longer-listed",
        AlreadyAccepted => "already-accepted",
        AlreadyExcused => "already-excused",
        MachineSpokeAlready => "machine-spoke-already",
        TooManyUnsent => "too-many-unsent",
        NothingChanges => "nothing-changes",
        IntoItself => "into-itself",
        TargetNotOpen => "target-not-open",
        TakesTwoCases => "takes-two-cases",
        NoSuchMessage => "no-such-message",
        SplitOffAlready(_) => "split-off-already",
        NoSuchContact => "no-such-contact",
        NothingToExplain => "nothing-to-explain",
        NoConsent => "no-consent",
        NotGranted => "not-granted",
        OwnCase => "own-case",
        NobodyNamed => "nobody-named",
        NotForCustomers => "not-for-customers",
        NotForThirdParties => "not-for-third-parties",
        NotConcerned => "not-concerned",
        NotTheirPart => "not-their-part",
        Backdated => "backdated",
        NotForMachines => "not-for-machines",
        ImpossibleTime => "impossible-time",
        TimeOutOfRange => "time-out-of-range",
        NoWords => "no-words",
        FileWithoutPlace => "file-without-place",
        TooMuch(_) => "too-much",
        TooManyDeadlines => "too-many-deadlines",
        NoPolicy => "no-policy",
        Calendar(_) => "calendar",
    }
}

named! {
    Limit {
        BodyTooLong => "body-too-long",
        WordsTooLong => "words-too-long",
        TooManyLabels => "too-many-labels",
        TooManyReferences => "too-many-references",
        TooManyAttachments => "too-many-attachments",
        TooManyRemedies => "too-many-remedies",
        TooManyCredits => "too-many-credits",
        TooManyInvolved => "too-many-involved",
        TooManyContacts => "too-many-contacts",
    }
}

named! {
    Missing {
        Acknowledgement => "acknowledgement",
        MessageToCustomer => "message-to-customer",
        Answer => "answer",
        Resolution => "resolution",
        FollowUp => "follow-up",
        AnswerToFollowUp => "answer-to-follow-up",
        Thanks => "thanks",
        Promise => "promise",
        WayToReach => "way-to-reach",
        Reason => "reason",
        Date => "date",
    }
}

/// For an application's own interface: the names, and the sentence.
///
/// ```
/// # use talkback::workflow::{CommandKind, Missing, Rejection, Rule};
/// let refused = Rejection::new(Rule::NotFinished, CommandKind::Close, None).missing([Missing::Resolution]);
/// assert_eq!(serde_json::to_value(&refused)?, serde_json::json!({
///     "rule": "not-finished",
///     "class": "conflict",
///     "command": "close",
///     "stage": null,
///     "missing": ["resolution"],
///     "legal": [],
///     "sentence": "cannot close: a case ends when its customer was answered; missing: a resolution",
/// }));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl Serialize for Rejection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let limit = match &self.rule {
            Rule::TooMuch(limit) => Some(limit),
            _ => None,
        };
        let mut fields = serializer.serialize_struct("Rejection", 7 + usize::from(limit.is_some()))?;
        fields.serialize_field("rule", &self.rule)?;
        if let Some(limit) = limit {
            fields.serialize_field("limit", limit)?;
        }
        fields.serialize_field("class", &self.class())?;
        fields.serialize_field("command", &self.command)?;
        fields.serialize_field("stage", &self.stage)?;
        fields.serialize_field("missing", &self.missing)?;
        fields.serialize_field("legal", &self.legal)?;
        fields.serialize_field("sentence", &format_args!("{self}"))?;
        fields.end()
    }
}
