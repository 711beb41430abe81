//! How it ended: what came out of it, what was done, why it happened, who earned thanks.

use serde::{Deserialize, Serialize};

use crate::feedback::Rating;
use crate::id::{Code, StaffId, TeamId, TextId};
use crate::open_enum::open_enum;
use crate::words::Words;

open_enum! {
    /// What came out of it, in the customer's terms.
    Outcome {
        /// It was put right.
        Fixed = "fixed",
        /// They were given money, goods or a service for what went wrong.
        Compensated = "compensated",
        /// They were told how and why, or what they wanted to know.
        Explained = "explained",
        /// The idea is taken up.
        Accepted = "accepted",
        /// They were thanked.
        Thanked = "thanked",
        /// We do not do what they asked, and said why.
        Declined = "declined",
        /// Somebody else answers for it, and they were told who.
        Referred = "referred",
        /// The source says that it ended, not how.
        Unspecified = "unspecified",
    }
}

open_enum! {
    /// What kind of remedy it is.
    RemedyKind {
        /// The thing itself was put right.
        Fix = "fix",
        /// We said sorry, and what we can do.
        ApologyWithOffer = "apology-with-offer",
        /// Money, goods or a service for what went wrong.
        Compensation = "compensation",
        /// How it came about, or the answer to a question.
        Explanation = "explanation",
        /// Where the customer can turn if they do not agree: an ombudsman, a court, a regulator.
        Recourse = "recourse",
        /// Something worth reading.
        SuggestedReading = "suggested-reading",
        /// Thanks.
        Thanks = "thanks",
        /// What was asked for is refused, with the reason.
        Declined = "declined",
    }
}

/// One thing we did, with its words. A declined request needs its reason in words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Remedy {
    /// What kind it is.
    pub kind: RemedyKind,
    /// The offer, the amount, the explanation, the address, the reason.
    pub words: Option<Words>,
}

impl Remedy {
    /// A remedy with its words.
    pub fn new(kind: RemedyKind, words: impl Into<Words>) -> Self {
        Self { kind, words: Some(words.into()) }
    }

    /// A remedy of which nothing more is known than its kind.
    #[must_use]
    pub const fn bare(kind: RemedyKind) -> Self {
        Self { kind, words: None }
    }
}

/// A typed resolution: what came out, what was done, why it happened, who earned thanks.
///
/// ```
/// use talkback::{Outcome, RemedyKind, Resolution};
///
/// let resolution = Resolution::new(Outcome::Fixed)
///     .with(RemedyKind::Fix, "A new kettle is on its way.")
///     .with(RemedyKind::ApologyWithOffer, "We are sorry; the next delivery is free.");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resolution {
    /// What came out of it.
    pub outcome: Outcome,
    /// What was done.
    pub remedies: Vec<Remedy>,
    /// Why it happened, as the application classifies causes.
    pub root_cause: Option<Code>,
    /// Who earned thanks.
    pub credits: Vec<Credit>,
}

impl Resolution {
    /// A resolution with an outcome and nothing else yet.
    #[must_use]
    pub const fn new(outcome: Outcome) -> Self {
        Self { outcome, remedies: Vec::new(), root_cause: None, credits: Vec::new() }
    }

    /// Adds a remedy with its words.
    #[must_use]
    pub fn with(self, kind: RemedyKind, words: impl Into<Words>) -> Self {
        self.with_remedy(Remedy::new(kind, words))
    }

    /// Adds a remedy.
    #[must_use]
    pub fn with_remedy(mut self, remedy: Remedy) -> Self {
        self.remedies.push(remedy);
        self
    }

    /// Sets why it happened.
    #[must_use]
    pub fn caused_by(mut self, root_cause: Code) -> Self {
        self.root_cause = Some(root_cause);
        self
    }

    /// Adds somebody who earned thanks.
    #[must_use]
    pub fn crediting(mut self, credit: Credit) -> Self {
        self.credits.push(credit);
        self
    }
}

/// Who earned thanks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Credited {
    /// An employee.
    Staff(StaffId),
    /// A team.
    Team(TeamId),
}

/// Somebody who earned thanks, and what for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Credit {
    /// Who.
    pub to: Credited,
    /// What for, to be passed on.
    pub words: Option<Words>,
}

impl Credit {
    /// Thanks to an employee.
    #[must_use]
    pub const fn staff(staff: StaffId) -> Self {
        Self { to: Credited::Staff(staff), words: None }
    }

    /// Thanks to a team.
    #[must_use]
    pub const fn team(team: TeamId) -> Self {
        Self { to: Credited::Team(team), words: None }
    }

    /// Adds what for.
    #[must_use]
    pub fn saying(mut self, words: impl Into<Words>) -> Self {
        self.words = Some(words.into());
        self
    }
}

/// A resolution as the ledger holds it: codes and ids, the words apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resolved {
    /// What came out of it.
    pub outcome: Outcome,
    /// What was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<RecordedRemedy>,
    /// Why it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_cause: Option<Code>,
}

/// A [`Remedy`] as the ledger holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RecordedRemedy {
    /// What kind it is.
    pub kind: RemedyKind,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<TextId>,
}

open_enum! {
    /// Why a customer leaves or takes the matter back.
    ExitReason {
        /// They were asked and did not say, or could not be asked.
        NotSaid = "not-said",
        /// It costs too much.
        Price = "price",
        /// It does not do what it should.
        Quality = "quality",
        /// How they were treated.
        Service = "service",
        /// Something they need is missing.
        MissingFeature = "missing-feature",
        /// Somebody else offers more.
        Competitor = "competitor",
        /// They do not need it any more.
        NoLongerNeeded = "no-longer-needed",
        /// They do not trust us with it.
        Trust = "trust",
        /// It solved itself, or they solved it.
        SolvedItself = "solved-itself",
        /// It was a mistake of theirs.
        Mistake = "mistake",
    }
}

/// What a customer who leaves or takes the matter back says about it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Exit {
    /// Why. [`ExitReason::NotSaid`] has them asked, once.
    pub why: ExitReason,
    /// What was behind it, as the application classifies causes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root_cause: Option<Code>,
    /// Whether they wish to hear from us again; `None`: they did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hear_from_us: Option<bool>,
}

impl Exit {
    /// This is why, and nothing more is known.
    #[must_use]
    pub const fn because(why: ExitReason) -> Self {
        Self { why, root_cause: None, hear_from_us: None }
    }

    /// Says what was behind it.
    #[must_use]
    pub fn caused_by(mut self, root_cause: Code) -> Self {
        self.root_cause = Some(root_cause);
        self
    }

    /// Says whether they wish to hear from us again.
    #[must_use]
    pub const fn hearing_from_us(mut self, wish: bool) -> Self {
        self.hear_from_us = Some(wish);
        self
    }
}

/// What the customer answered to a follow-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Satisfaction {
    /// Their verdict.
    pub verdict: Verdict,
    /// A number they gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
}

/// A customer's verdict on the resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// They are content.
    Satisfied,
    /// Neither nor.
    Neutral,
    /// They are not content, and leave it at that.
    Unsatisfied,
    /// They do not accept it: the case is reopened.
    Disputed,
}

impl Satisfaction {
    /// A verdict without a number.
    #[must_use]
    pub const fn of(verdict: Verdict) -> Self {
        Self { verdict, rating: None }
    }

    /// Adds the number they gave.
    #[must_use]
    pub const fn rated(mut self, rating: Rating) -> Self {
        self.rating = Some(rating);
        self
    }
}
