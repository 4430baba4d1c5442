//! Bytes to values with places.
//!
//! The only room that knows parser crates, and where every limit on size, depth
//! and count stands. Everything read here is hostile: whatever the bytes are,
//! the answer is documents, and errors that each say where and why.

pub mod blocks;
mod build;
pub mod checked;
pub mod error;
pub mod files;
mod frontmatter;
mod json;
pub mod limits;
pub mod lines;
pub mod list;
pub mod node;
pub mod python;
pub mod read;
mod scalar;
mod shell;
mod sink;
pub mod sniff;
mod starlark;
pub mod stream;
pub mod text;
mod toml;
pub mod typed;
mod utf16;
pub mod window;
mod within;
pub mod write;
mod yaml;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use error::SourceError;
use limits::Limits;
use node::Node;
use sink::Sink;
pub use within::{from_base64, parse_bytes_within, parse_within};

/// How a document was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Syntax {
    /// YAML 1.2.
    Yaml,
    /// Strict JSON.
    Json,
    /// JSON with comments or trailing commas.
    Jsonc,
    /// TOML 1.0.
    Toml,
    /// The YAML between `---` fences at the head of a Markdown file.
    Frontmatter,
    /// A literal in code written in Python 3.
    Python,
    /// The lines of a program for a shell, or of a Dockerfile.
    Shell,
    /// Calls of Starlark, as a list of mappings with `call` and `arguments`.
    Starlark,
}

/// What the name of a file promises about its syntax; the content decides
/// between YAML, JSON and JSONC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SyntaxHint {
    /// Nothing: YAML, JSON, JSONC or TOML by content.
    Unknown,
    /// `.yaml`, `.yml`. Text that is JSON is read as such.
    Yaml,
    /// `.json`, `.jsonc`, `.code-workspace` and the like.
    Json,
    /// `.toml`.
    Toml,
    /// `.md`, `.mdc`, `.markdown`: frontmatter only.
    Markdown,
    /// `.sh` and the like, `Dockerfile`: line by line.
    Shell,
}

impl SyntaxHint {
    /// The hint that a file's name gives; `.gz` and `.zst` are looked through.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        let path = path.strip_suffix(".gz").or(path.strip_suffix(".zst")).unwrap_or(path);
        if shell::is_named_so(path) {
            return Self::Shell;
        }
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        match extension.to_ascii_lowercase().as_str() {
            "yaml" | "yml" => Self::Yaml,
            "json" | "jsonc" | "json5" | "code-workspace" => Self::Json,
            "toml" => Self::Toml,
            "md" | "mdc" | "markdown" => Self::Markdown,
            _ => Self::Unknown,
        }
    }
}

/// One document of a file. The items of a Kubernetes `List` are documents of
/// their own, so that a dump of any size is handled item by item.
#[derive(Debug, Clone)]
pub struct Document {
    /// The file, as shown to a person.
    pub file: Arc<str>,
    /// Which document of the file, from 0.
    pub index: usize,
    /// How it is written.
    pub syntax: Syntax,
    /// The value.
    pub root: Node,
    /// Which Kubernetes list of the file it is an item of, from 0.
    pub list: Option<usize>,
    /// Set where the text breaks its own syntax and was read all the same; says how.
    pub lenient: Option<String>,
}

/// All that one file holds.
#[derive(Debug)]
pub struct Parsed {
    /// The documents that could be read.
    pub documents: Vec<Document>,
    /// How it went.
    pub outcome: Outcome,
}

/// How reading one file went.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Documents handed over.
    pub documents: usize,
    /// Kubernetes lists that were opened; one may have had no item.
    pub lists: usize,
    /// What could not be read, in the order of the file.
    pub errors: Vec<SourceError>,
    /// Further errors, beyond the number that is kept.
    pub more_errors: usize,
}

/// Reads every document of a file into memory.
///
/// Empty text has no documents and no errors.
#[must_use]
pub fn parse(file: &Arc<str>, bytes: &[u8], hint: SyntaxHint, limits: &Limits) -> Parsed {
    let mut documents = Vec::new();
    let outcome = parse_each(file, bytes, hint, limits, &mut |document| documents.push(document));
    Parsed { documents, outcome }
}

/// Hands over every document of a file, one at a time, in the order of the file.
pub fn parse_each(
    file: &Arc<str>,
    bytes: &[u8],
    hint: SyntaxHint,
    limits: &Limits,
    each: &mut dyn FnMut(Document),
) -> Outcome {
    let mut sink = Sink::new(file, limits, each);
    match text::decode(file, bytes) {
        Ok(text) => dispatch(text, hint, &mut sink),
        Err(error) => sink.error(error),
    }
    sink.outcome()
}

fn dispatch(text: &str, hint: SyntaxHint, sink: &mut Sink<'_>) {
    let first = text.trim_start().bytes().next();
    let result = match (hint, first) {
        (_, None) => Ok(()),
        (SyntaxHint::Markdown, _) => {
            frontmatter::parse(text, sink);
            Ok(())
        }
        (SyntaxHint::Toml, _) => toml::parse(text, sink),
        (SyntaxHint::Shell, _) => shell::parse(text, sink),
        (SyntaxHint::Json, _) => json::parse(text, sink),
        (SyntaxHint::Yaml | SyntaxHint::Unknown, Some(b'{' | b'[')) => {
            braces(text, hint, sink);
            Ok(())
        }
        (SyntaxHint::Unknown, _) if starlark::is_meant(text) => starlark::parse(text, sink),
        (SyntaxHint::Unknown, _) if looks_like_toml(text) => toml::parse(text, sink),
        (SyntaxHint::Yaml | SyntaxHint::Unknown, _) => {
            yaml::parse(text, 0, Syntax::Yaml, sink);
            Ok(())
        }
    };
    if let Err(error) = result {
        sink.error(error);
    }
}

/// Text that starts with a brace or a bracket: JSON, else TOML where that may be,
/// else YAML's flow style. Only a parser that succeeds may say what it is.
fn braces(text: &str, hint: SyntaxHint, sink: &mut Sink<'_>) {
    if hint == SyntaxHint::Unknown && looks_like_toml(text) {
        if let Err(error) = toml::parse(text, sink) {
            sink.error(error);
        }
        return;
    }
    let before = sink.documents();
    let Err(error) = json::parse(text, sink) else { return };
    if hint == SyntaxHint::Yaml && sink.documents() == before {
        yaml::parse(text, 0, Syntax::Yaml, sink);
    } else {
        sink.error(error);
    }
}

/// The first line that is no comment is a table header or `key = value`.
fn looks_like_toml(text: &str) -> bool {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    line.is_some_and(|line| {
        let is_key = |key: &str| {
            !key.is_empty()
                && key
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | ' '))
        };
        let header = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let header = header.is_some_and(|(name, after)| {
            let after = after.trim_start_matches(']').trim_start();
            is_key(name.trim_start_matches('[').trim())
                && !name.trim_start_matches('[').trim().starts_with('"')
                && (after.is_empty() || after.starts_with('#'))
        });
        header || line.split_once('=').is_some_and(|(key, _)| is_key(key.trim()))
    })
}
