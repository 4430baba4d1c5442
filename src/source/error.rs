//! Why something could not be read: always with a place and, where there is
//! one, a way out.

use std::io;

use crate::model::{coverage::Gap, location::Location};

/// What kind of trouble it is, for those who decide on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The text breaks the rules of its syntax.
    Syntax,
    /// A Helm or Go template that was not rendered.
    Template,
    /// Not text at all.
    Binary,
    /// Text, but not UTF-8.
    Encoding,
    /// Larger, deeper or more than [`super::limits::Limits`] allow.
    Limit,
    /// Well-formed, but not of the shape that was asked for.
    Shape,
    /// One page of a list that has more.
    Truncated,
    /// The file system refused.
    Io,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {message}")]
pub struct SourceError {
    /// What kind of trouble it is.
    pub kind: ErrorKind,
    /// Where.
    pub location: Location,
    /// What is wrong, as a sentence fragment.
    pub message: String,
    /// What to do about it.
    pub way_out: Option<String>,
}

impl SourceError {
    /// An error without a way out.
    pub fn new(kind: ErrorKind, location: Location, message: impl Into<String>) -> Self {
        Self { kind, location, message: message.into(), way_out: None }
    }

    /// The same error, with what to do about it.
    #[must_use]
    pub fn with_way_out(mut self, way_out: impl Into<String>) -> Self {
        self.way_out = Some(way_out.into());
        self
    }

    /// The message followed by the way out.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.way_out {
            Some(way_out) => format!("{}; {way_out}", self.message),
            None => self.message.clone(),
        }
    }
}

/// What the file system says, in words.
#[must_use]
pub fn io_reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

impl From<SourceError> for Gap {
    fn from(error: SourceError) -> Self {
        let reason = error.reason();
        Self { location: error.location, reason }
    }
}

impl From<&SourceError> for Gap {
    fn from(error: &SourceError) -> Self {
        Self { location: error.location.clone(), reason: error.reason() }
    }
}
