//! YAML 1.2 by the events of granit-parser (the parser beneath serde-saphyr):
//! every key and value with its place, duplicate keys kept, aliases and merge
//! keys within a budget, each document on its own.
//!
//! Text is cut at `---` lines before it is parsed: the specification forbids
//! such a line inside any scalar, so that a document that cannot be parsed does
//! not take its neighbours with it.

mod anchor;
mod chunk;
mod reader;

use chunk::chunks;
use reader::Reader;

use super::{
    Document, Sink, Syntax,
    error::{ErrorKind, SourceError},
    limits::Limits,
    node::{Node, Place},
};

/// Parses every document of `text`, whose first line is line `1 + skipped` of its file.
pub(super) fn parse(text: &str, skipped: u32, syntax: Syntax, sink: &mut Sink<'_>) {
    let mut line = skipped;
    for chunk in chunks(text) {
        if chunk.trim_ascii() != "---"
            && let Err(error) = Reader::new(chunk, line, syntax, sink).run()
        {
            sink.error(explain(error, chunk));
        }
        let lines = memchr::memchr_iter(b'\n', chunk.as_bytes()).count();
        line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
    }
}

/// One value from a line or a few of a file that is read line by line.
pub(super) fn parse_fragment(text: &str, place: Place, sink: &Sink<'_>) -> Option<Node> {
    let limits = Limits { nodes: 10_000, alias_nodes: 1_000, ..sink.limits().clone() };
    let mut found = None;
    let mut keep = |document: Document| found = Some(document.root);
    let mut inner = Sink::new(sink.file(), &limits, &mut keep);
    let skipped = place.line.saturating_sub(1);
    Reader::new(text, skipped, Syntax::Yaml, &mut inner).keeping_null().run().ok()?;
    let mut node = found?;
    node.place = place;
    Some(node)
}

/// A text that cannot be parsed and holds `{{` is a template.
fn explain(error: SourceError, chunk: &str) -> SourceError {
    if error.kind == ErrorKind::Syntax && chunk.contains("{{") {
        return SourceError::new(
            ErrorKind::Template,
            error.location,
            format!("a template, not YAML ({})", error.message),
        )
        .with_way_out("render it first (`helm template`, `kustomize build`)");
    }
    error
}
