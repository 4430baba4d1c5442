//! The rubric files as they were when gradus was built.

use serde::de::DeserializeOwned;

/// Path below `rubric/` and text, as JSON, ordered by path.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rubric.rs"));

/// Digest of [`FILES`], computed when gradus was built.
static DIGEST: &str = include!(concat!(env!("OUT_DIR"), "/rubric-digest.rs"));

/// A rubric file that does not hold what its type says.
#[derive(Debug, thiserror::Error)]
#[error("rubric/{file}: {source}")]
pub struct RubricError {
    /// The file, below `rubric/`.
    pub file: String,
    /// What is wrong with it.
    #[source]
    pub source: serde_json::Error,
}

/// Reads every embedded file whose path starts with `prefix`
/// (`risks/kubernetes/`, `levels.yaml`), in the order of their paths.
///
/// # Errors
/// When a file does not hold a `T`.
pub fn read<T: DeserializeOwned>(prefix: &str) -> Result<Vec<(&'static str, T)>, RubricError> {
    FILES
        .iter()
        .filter(|(file, _)| file.starts_with(prefix))
        .map(|&(file, text)| {
            serde_json::from_str(text)
                .map(|value| (file, value))
                .map_err(|source| RubricError { file: file.to_owned(), source })
        })
        .collect()
}

/// All embedded files, path and JSON text, ordered by path.
#[must_use]
pub fn files() -> &'static [(&'static str, &'static str)] {
    FILES
}

/// `sha256:…` over the data of all embedded files; comments and layout of the
/// YAML do not count.
#[must_use]
pub fn digest() -> &'static str {
    DIGEST
}
