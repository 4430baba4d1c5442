//! What the targets share: an input is the path of a file in its first line, and the file.

use std::sync::Arc;

use gradus::source::{Document, SyntaxHint, limits::Limits, list, parse};

/// The path that an input begins with, and the bytes behind it.
#[must_use]
pub fn file(input: &[u8]) -> (Arc<str>, &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (path, rest) = input.split_at(end);
    let bytes = rest.get(1..).unwrap_or_default();
    (String::from_utf8_lossy(path).into(), bytes)
}

/// The documents of a file, lists opened, as the scanners are handed them.
#[must_use]
pub fn documents(path: &Arc<str>, bytes: &[u8]) -> Vec<Document> {
    let parsed = parse(path, bytes, SyntaxHint::of_path(path), &Limits::default());
    parsed.documents.into_iter().flat_map(|document| list::open(document).documents).collect()
}
