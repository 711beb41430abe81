//! The story as it is told, and how it breaks off.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{Moment, Scenario};
use crate::testing::failure::Failure;

/// One part of what is told.
pub(super) enum Line {
    /// Where a part begins.
    Heading(&'static str),
    /// What somebody did, and what came of it, a sentence each.
    Done { what: String, consequences: Vec<String> },
    /// Something aside.
    Remark(String),
    /// What is expected.
    Expected(String),
    /// What is true instead.
    NotSo(String),
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Heading(heading) => write!(f, "\n{heading}"),
            Self::Done { what, consequences } => {
                f.write_str(what)?;
                consequences.iter().try_for_each(|consequence| write!(f, "\n    {consequence}"))
            }
            Self::Remark(remark) => f.write_str(remark),
            Self::Expected(expected) => write!(f, "- {expected}"),
            Self::NotSo(truth) => write!(f, "  NOT SO: {}", truth.replace('\n', "\n  ")),
        }
    }
}

impl Scenario {
    pub(super) fn heading(mut self, heading: &'static str) -> Self {
        self.lines.push(Line::Heading(heading));
        self
    }

    /// The instant that is meant, or the end of the story.
    #[track_caller]
    pub(super) fn instant(&mut self, moment: impl Into<Moment>) -> Option<DateTime<Utc>> {
        match self.instant_of(&moment.into()) {
            Ok(at) => Some(at),
            Err(why) => {
                self.broken(&why);
                None
            }
        }
    }

    /// Something that is expected, and what is true instead if it is not so.
    #[track_caller]
    pub(super) fn expect(mut self, expected: impl Into<String>, truth: Result<(), String>) -> Self {
        self.lines.push(Line::Expected(expected.into()));
        if let Err(truth) = truth {
            self.broken(&truth);
        }
        self
    }

    /// The story does not go on as it was told.
    #[track_caller]
    #[expect(clippy::panic, reason = "this is how a test fails; `lenient` stories do not")]
    pub(super) fn broken(&mut self, truth: &str) {
        self.lines.push(Line::NotSo(truth.to_owned()));
        let story = self.to_string();
        if !self.lenient {
            panic!("\n{story}\n");
        }
        self.failure.get_or_insert(Failure::new(story));
    }

    /// What did not hold in a [`lenient`](Self::lenient) story.
    ///
    /// # Errors
    /// The whole story up to the first thing that did not hold, with what is true instead and the line
    /// of the test that expected it.
    pub fn check(mut self) -> Result<Self, Failure> {
        match self.failure.take() {
            Some(failure) => {
                // It is told: the end of the story has nothing to add.
                self.endings.clear();
                Err(failure)
            }
            None => Ok(self),
        }
    }
}

impl Drop for Scenario {
    /// # Panics
    /// When a check at the end finds something, or nobody asked a lenient story what did not hold.
    #[expect(clippy::panic, reason = "this is how a test fails")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        if let Some(failure) = &self.failure {
            panic!("a lenient story that nobody checked:\n{failure}\n");
        }
        for check in &self.endings {
            if let Err(wrong) = check(self) {
                panic!("\n{self}\n\nAt the end: {wrong}\n");
            }
        }
    }
}
