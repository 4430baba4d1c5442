//! Views: one file a format, each a pure function of an [`Assessment`].
//!
//! Names, messages and log text come from evidence, so an attacker may have
//! chosen them. Each view neutralises them at its own edge: the terminal by
//! [`escape::one_line`], HTML and Markdown by the escapers that `askama.toml`
//! binds to the templates, JSON by its encoding.

pub mod activity;
pub mod escape;

mod html;
mod json;
mod markdown;
mod phrase;
pub mod rightsize;
mod story;
mod table;

use std::{fmt, str::FromStr};

use crate::assess::assessment::Assessment;

/// How an assessment is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For a person at a terminal, or a log.
    Table,
    /// The assessment as it stands.
    Json,
    /// For a pull request comment or a step summary.
    Markdown,
    /// One self-contained page.
    Html,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Table, Self::Json, Self::Markdown, Self::Html];

    /// The word that names it on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A format nobody offers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown format `{0}`; there are table, json, markdown and html")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == word)
            .ok_or_else(|| UnknownFormat(word.to_owned()))
    }
}

/// What the terminal view may use; the other formats are the same everywhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RenderOptions {
    /// Columns of the terminal; none in a pipe or file, where nothing is
    /// shortened and only prose is wrapped. Below [`RenderOptions::MIN_WIDTH`]
    /// that width is used.
    pub width: Option<usize>,
    /// Whether to colour. Meaning never rests on it.
    pub color: bool,
    /// Whether long lists are shown whole.
    pub verbose: bool,
}

impl RenderOptions {
    /// The narrowest terminal that is laid out for.
    pub const MIN_WIDTH: usize = 40;
}

/// A view that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The assessment has no JSON form.
    #[error("the assessment cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A template failed.
    #[error("the report cannot be written: {0}")]
    Template(#[from] askama::Error),
}

/// Writes `assessment` as `format`, ending in a newline.
///
/// # Errors
/// When the format cannot hold the assessment; see [`RenderError`].
pub fn render(
    assessment: &Assessment,
    format: Format,
    options: &RenderOptions,
) -> Result<String, RenderError> {
    match format {
        Format::Table => Ok(table::render(assessment, options)),
        Format::Json => json::render(assessment),
        Format::Markdown => markdown::render(assessment),
        Format::Html => html::render(assessment),
    }
}
