//! Exit codes. They are part of the interface; `docs/exit-codes.md` tells them
//! to users. Reports are always written before exiting.

use std::process::ExitCode;

use crate::{model::finding::Severity, source::error::SourceError, workspace::WorkspaceError};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Fine.
    Fine,
    /// The gate failed.
    GateFailed,
    /// The command line, the workspace file or a rubric is wrong.
    Usage,
    /// Evidence that the result needs is missing.
    Incomplete,
    /// gradus itself failed.
    Internal,
}

impl Exit {
    /// The code, 0 to 4.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::GateFailed => 1,
            Self::Usage => 2,
            Self::Incomplete => 3,
            Self::Internal => 4,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A request that cannot be carried out as it was made.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct UsageError(pub String);

/// The exit code of an error: what the user wrote is theirs, the rest is ours.
#[must_use]
pub fn of_error(error: &anyhow::Error) -> Exit {
    let theirs = error.chain().any(|cause| {
        cause.is::<UsageError>() || cause.is::<WorkspaceError>() || cause.is::<SourceError>()
    });
    if theirs { Exit::Usage } else { Exit::Internal }
}

/// Whether whoever read our output has stopped.
#[must_use]
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// Reads a severity as users write it.
///
/// # Errors
/// Names the known ones.
pub fn severity(text: &str) -> Result<Severity, String> {
    [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical]
        .into_iter()
        .find(|severity| severity.as_str() == text)
        .ok_or_else(|| format!("`{text}` is none of critical, high, medium, low, info"))
}
