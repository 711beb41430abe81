//! What went wrong between here and the server, and what it means.

use std::fmt;

use tokio_postgres::error::{DbError, Severity};

use crate::backend::{BackendError, Cause};
use crate::id::CommandId;

/// An error that the server answered, by its code.
///
/// It has nothing that may repeat what is stored: PostgreSQL puts whole rows into the details of some
/// errors, and values into the messages of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerError {
    code: String,
    message: Option<String>,
    fatal: bool,
}

impl ServerError {
    fn of(error: &DbError) -> Self {
        let code = error.code().code();
        // The classes of data and of constraints name values.
        let quiet = code.starts_with("22") || code.starts_with("23");
        // Taken for fatal if it does not say so: then nobody believes that nothing happened.
        let fatal = error.parsed_severity() != Some(Severity::Error);
        Self { code: code.to_owned(), message: (!quiet).then(|| error.message().to_owned()), fatal }
    }

    /// The five characters of its `SQLSTATE`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// True if the same statement may well succeed a little later, here or on another connection.
    fn may_pass(&self) -> bool {
        let classes = ["08", "40", "53", "57"];
        // Read-only after a failover; a lock that took too long; a statement that the session forgot.
        let codes = ["25006", "55P03", "26000"];
        classes.iter().any(|class| self.code.starts_with(class)) || codes.contains(&self.code.as_str())
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL error {}", self.code)?;
        self.message.iter().try_for_each(|message| write!(f, ": {message}"))
    }
}

impl std::error::Error for ServerError {}

/// How a call failed.
#[derive(Debug)]
pub(super) enum Failed {
    /// Nothing was sent.
    Unsent(Cause),
    /// The server refused the statement.
    Refused(ServerError),
    /// It was sent, and there was no answer, or none that can be read.
    Lost(Cause),
}

impl Failed {
    pub(super) fn unsent(error: tokio_postgres::Error) -> Self {
        match Self::from(error) {
            Self::Lost(cause) => Self::Unsent(cause),
            other => other,
        }
    }

    /// True if the session does not know its prepared statements any more.
    pub(super) fn has_forgotten(&self) -> bool {
        matches!(self, Self::Refused(error) if error.code == "26000")
    }

    /// True if somebody else was quicker with something that only shows when it is tried again.
    pub(super) fn lost_a_race(&self) -> bool {
        matches!(self, Self::Refused(error) if error.code == "40001" && !error.fatal)
    }

    /// For a commit: what was sent and not answered may have happened. So it may when the server ended
    /// the session, or somebody on the way to it did.
    pub(super) fn committing(self, command: Option<CommandId>) -> BackendError {
        match self {
            Self::Refused(error) if error.fatal || error.code.starts_with("08") => {
                BackendError::Unknown { command }
            }
            Self::Lost(_) => BackendError::Unknown { command },
            other => other.into(),
        }
    }
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(answer) => Self::Refused(ServerError::of(answer)),
            None => Self::Lost(error.into()),
        }
    }
}

/// For every call but a commit: sending it again does no harm.
impl From<Failed> for BackendError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(error) if error.code == "53100" => Self::Full,
            Failed::Refused(error) if error.may_pass() => Self::unavailable(error),
            Failed::Refused(error) => Self::other(error),
            Failed::Unsent(cause) | Failed::Lost(cause) => Self::unavailable(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, fatal: bool) -> Failed {
        Failed::Refused(ServerError { code: code.to_owned(), message: None, fatal })
    }

    #[test]
    fn what_passes_is_retryable() {
        for code in ["40001", "40P01", "25006", "55P03", "57P01", "57P02", "57P03", "57014", "08006", "53300"]
        {
            assert!(matches!(refused(code, false).into(), BackendError::Unavailable { .. }), "{code}");
        }
        for code in ["42P01", "42501", "23505", "XX000"] {
            assert!(matches!(refused(code, false).into(), BackendError::Other { .. }), "{code}");
        }
        assert!(matches!(refused("53100", false).committing(None), BackendError::Full));
    }

    #[test]
    fn a_commit_that_may_have_happened_is_unknown() {
        let unknown = |failed: Failed| matches!(failed.committing(None), BackendError::Unknown { .. });
        assert!(unknown(Failed::Lost("cut off".into())));
        assert!(unknown(refused("57P01", true)));
        assert!(unknown(refused("08P01", false)));
        assert!(!unknown(refused("57P01", false)));
        assert!(!unknown(refused("40P01", false)));
        assert!(!unknown(Failed::Unsent("no connection".into())));
    }
}
