//! Standard input as a log: `sources: {activity: [{path: "-"}]}`.
//!
//! A log is looked at before it is read, and what is piped can be read only once; so it is
//! kept in a temporary file that only this user can read, and that is gone with the run.

use std::io::{self, IsTerminal as _, Read as _};

use anyhow::Context as _;
use tempfile::NamedTempFile;

use super::exit::UsageError;
use crate::{
    scan::Source,
    source::{files::FileRef, limits::Limits},
};

/// Puts a file in the place of standard input, where a source names that; the file lives as
/// long as what is returned.
///
/// # Errors
/// Nothing is piped in, or it cannot be kept.
pub(super) fn keep(
    sources: &mut [Source],
    limits: &Limits,
) -> anyhow::Result<Option<NamedTempFile>> {
    const FAILED: &str = "standard input cannot be kept in a temporary file";
    let input = FileRef::standard_input();
    if !sources.iter().any(|source| source.files.contains(&input)) {
        return Ok(None);
    }
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let reason = "a source is `-`, and standard input is a terminal: pipe a log into it";
        return Err(UsageError(reason.to_owned()).into());
    }
    let mut file = NamedTempFile::new().context(FAILED)?;
    let limit = limits.decompressed_bytes;
    let read =
        io::copy(&mut stdin.lock().take(limit.saturating_add(1)), &mut file).context(FAILED)?;
    if read > limit {
        return Err(UsageError(format!("standard input is longer than {limit} bytes")).into());
    }
    let files = sources.iter_mut().flat_map(|source| &mut source.files);
    for one in files.filter(|one| **one == input) {
        file.path().clone_into(&mut one.path);
    }
    Ok(Some(file))
}
