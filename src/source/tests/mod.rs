mod files;
mod hostile;
mod lines;
mod properties;
mod sniff;
mod syntaxes;
mod typed;

use std::sync::Arc;

use super::{Document, Parsed, SyntaxHint, limits::Limits, parse};

fn file() -> Arc<str> {
    Arc::from("some/file")
}

fn read(text: &str, hint: SyntaxHint) -> Parsed {
    parse(&file(), text.as_bytes(), hint, &Limits::default())
}

/// Every document of text that must be free of errors.
fn clean(text: &str, hint: SyntaxHint) -> Vec<Document> {
    let parsed = read(text, hint);
    assert_eq!(parsed.outcome.errors, [], "in {text}");
    parsed.documents
}

/// The one document of text that must be free of errors.
fn one(text: &str, hint: SyntaxHint) -> Document {
    let mut documents = clean(text, hint);
    assert_eq!(documents.len(), 1, "in {text}");
    documents.remove(0)
}

/// The errors of a text, as a person sees them.
fn complaints(text: &str, hint: SyntaxHint) -> Vec<String> {
    read(text, hint).outcome.errors.iter().map(ToString::to_string).collect()
}
