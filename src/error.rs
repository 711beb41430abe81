//! What the front door returns when it cannot do as it was asked.

use crate::backend::BackendError;
use crate::id::CommandId;
use crate::workflow::Rejection;

/// Why the desk did not do as it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The workflow refuses it. That is no failure: the text tells whoever asked what to do instead.
    #[error(transparent)]
    Rejected(#[from] Box<Rejection>),
    /// The command's id was used before, for another command.
    #[error("command {command} was already used with another body")]
    CommandReused {
        /// The id.
        command: CommandId,
    },
    /// Others changed the case each time this command was about to. Nothing was written; try again.
    #[error("the case changed {tries} times while the command was being carried out")]
    Contended {
        /// How often it was tried.
        tries: u32,
    },
    /// The backend failed. After [`BackendError::Unknown`], send the same command with the same id: it
    /// is carried out once.
    #[error(transparent)]
    Backend(BackendError),
}

impl Error {
    /// The refusal, if it is one.
    #[must_use]
    pub fn rejection(&self) -> Option<&Rejection> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// The status that an interface over HTTP answers: that of the [class](crate::workflow::RefusalClass) of
    /// a refusal, 422 for a command id that was used for another command, 400 for a request that makes no sense, 503 for
    /// what may succeed later, 500 for the rest.
    ///
    /// ```
    /// use talkback::Error;
    /// use talkback::workflow::{CommandKind, Rejection, Rule};
    ///
    /// let error = Error::from(Rejection::new(Rule::NotGranted, CommandKind::Waive, None));
    /// assert_eq!(error.http_status(), 403);
    /// ```
    #[must_use]
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::Rejected(rejection) => rejection.class().http_status(),
            Self::CommandReused { .. } => 422,
            Self::Contended { .. } => 503,
            Self::Backend(error) => match error {
                BackendError::BadCursor | BackendError::Invalid(_) => 400,
                BackendError::CommandReused { .. } => 422,
                BackendError::Conflict { .. } | BackendError::LeaseLost => 409,
                BackendError::Full | BackendError::Unavailable { .. } | BackendError::Unknown { .. } => 503,
                BackendError::Corrupt { .. } | BackendError::Other { .. } => 500,
            },
        }
    }

    /// True if the same request, with the same command id, may well succeed a little later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Contended { .. } => true,
            Self::Backend(error) => error.is_retryable(),
            Self::Rejected(_) | Self::CommandReused { .. } => false,
        }
    }
}

impl From<BackendError> for Error {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::CommandReused { command } => Self::CommandReused { command },
            other => Self::Backend(other),
        }
    }
}

impl From<Rejection> for Error {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(Box::new(rejection))
    }
}
