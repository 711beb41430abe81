//! How far a follower came.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use talkback::backend::Position;

/// Keeps how far a follower came. Keeping less than was published costs repeats, keeping more loses events.
pub trait Positions {
    /// The position that was kept last; `None` if none was.
    ///
    /// # Errors
    /// When it cannot be read. That is not the same as none.
    fn load(&mut self) -> impl Future<Output = io::Result<Option<Position>>> + Send;

    /// Keeps a position in the place of the last one.
    ///
    /// # Errors
    /// When it cannot be written.
    fn keep(&mut self, position: Position) -> impl Future<Output = io::Result<()>> + Send;
}

/// Keeps it in a file. The file is replaced as a whole, so that it always has one position or the next.
#[derive(Debug, Clone)]
pub struct PositionsFile(PathBuf);

impl PositionsFile {
    /// In the file of this name, which need not be there yet; its folder has to.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }
}

impl Positions for PositionsFile {
    async fn load(&mut self) -> io::Result<Option<Position>> {
        match fs::read_to_string(&self.0) {
            Ok(text) => text.parse().map(Some).map_err(|error| io::Error::new(ErrorKind::InvalidData, error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn keep(&mut self, position: Position) -> io::Result<()> {
        let next = self.0.with_extension("next");
        fs::write(&next, position.to_string())?;
        fs::rename(next, &self.0)
    }
}
