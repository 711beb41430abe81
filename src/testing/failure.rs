//! A promise that was not kept.

use std::error::Error;
use std::fmt;
use std::panic::Location;

use crate::backend::BackendError;
use crate::id::IdError;
use crate::text::TextError;

/// What a backend did instead of what it promised, and the line that noticed.
#[derive(Debug)]
pub struct Failure {
    message: String,
    place: &'static Location<'static>,
}

impl Failure {
    /// A failure noticed by the caller.
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: Location::caller() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}:{})", self.message, self.place.file(), self.place.line())
    }
}

impl Error for Failure {}

impl From<BackendError> for Failure {
    #[track_caller]
    fn from(error: BackendError) -> Self {
        let mut message = format!("unexpected error: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        Self::new(message)
    }
}

impl From<IdError> for Failure {
    #[track_caller]
    fn from(error: IdError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<TextError> for Failure {
    #[track_caller]
    fn from(error: TextError) -> Self {
        Self::new(error.to_string())
    }
}

#[track_caller]
pub(super) fn ensure(kept: bool, promise: &str) -> Result<(), Failure> {
    if kept { Ok(()) } else { Err(Failure::new(format!("not so: {promise}"))) }
}

#[track_caller]
pub(super) fn same<T: PartialEq + fmt::Debug>(what: &str, actual: &T, expected: &T) -> Result<(), Failure> {
    if actual == expected {
        return Ok(());
    }
    Err(Failure::new(format!("{what}: expected {expected:?}, got {actual:?}")))
}

/// The error that a call has to answer with.
#[track_caller]
pub(super) fn refused<T: fmt::Debug>(answer: Result<T, BackendError>) -> Result<BackendError, Failure> {
    match answer {
        Err(error) => Ok(error),
        Ok(answer) => Err(Failure::new(format!("expected an error, got {answer:?}"))),
    }
}
