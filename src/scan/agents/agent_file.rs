//! Markdown files that are agents: what the formats of Claude Code and GitHub Copilot
//! have in common. The prose below the frontmatter is a prompt, and no gate.

use super::{entries::all, redact};
use crate::{
    model::{coverage::Gap, location::Location},
    source::{Document, Syntax, node::Node},
};

/// Whether a document is the frontmatter of an agent: someone described it.
pub(super) fn is_described(document: &Document) -> bool {
    let root = &document.root;
    document.syntax == Syntax::Frontmatter
        && (root.str_at("description").is_some() || root.str_at("name").is_some())
}

/// The name that an agent goes by: its own, else that of its file.
pub(super) fn name(document: &Document) -> String {
    let file = document.file.rsplit('/').next().unwrap_or(&document.file);
    let stem = file.split('.').next().unwrap_or(file);
    redact::name(document.root.str_at("name").unwrap_or(stem))
}

/// The entries of a list of tools, written as a list or as text with commas; none where
/// the key is absent.
pub(super) fn tools(document: &Document, key: &str) -> Option<Vec<(String, Location)>> {
    let mut found = None;
    for node in all(&document.root, key) {
        let listed = found.get_or_insert_with(Vec::new);
        let location = node.location(&document.file);
        if let Some(text) = node.as_str() {
            let named = split(text);
            // Text that names nothing is no list of nothing.
            let named = if named.is_empty() { vec!["*"] } else { named };
            listed.extend(named.into_iter().map(|tool| (redact::opened(tool), location.clone())));
        }
        for item in node.as_sequence().unwrap_or_default() {
            let location = item.location(&document.file);
            // What is no text could be anything.
            let tool = item.as_str().map_or_else(|| "*".to_owned(), redact::opened);
            listed.push((tool, location));
        }
    }
    found
}

/// Splits at commas and blanks, but not inside brackets: `Read, Agent(worker, tester)`.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let parts = text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (c == ',' || c.is_whitespace())
    });
    parts
        .map(|part| part.trim().trim_matches(['"', '\'', '[', ']']))
        .filter(|part| !part.is_empty())
        .collect()
}

/// That the frontmatter is not what its own syntax wants, where it is not.
pub(super) fn note_lenient(document: &Document, gaps: &mut Vec<Gap>) {
    if let Some(how) = &document.lenient {
        gaps.push(Gap { location: Location::file(document.file.clone()), reason: how.clone() });
    }
}

/// Whether one of these keys is there.
pub(super) fn has_any(root: &Node, keys: &[&str]) -> bool {
    keys.iter().any(|key| root.get(key).is_some())
}
