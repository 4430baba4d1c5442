//! The YAML between `---` fences at the head of a Markdown file.
//!
//! Real agent files hold frontmatter that is not YAML (`description: Use when: …`);
//! the tools that load them read it line by line. So do we then, and say so.

use super::{
    Sink, Syntax,
    error::{ErrorKind, SourceError},
    node::{Key, Mapping, Node, Place, Value},
    yaml,
};

/// Hands over the frontmatter of `text`; a file without any has no document.
pub(super) fn parse(text: &str, sink: &mut Sink<'_>) {
    let Some(inner) = between_fences(text) else {
        if opens_without_end(text) {
            let place = Place { line: 1, column: 1 };
            let message = "frontmatter that is never closed by `---`";
            sink.error(SourceError::new(ErrorKind::Syntax, place.location(sink.file()), message));
        }
        return;
    };
    if let Err(error) = sink.check_size(inner) {
        sink.error(error);
        return;
    }
    let mut found = Vec::new();
    let mut keep = |document: super::Document| found.push(document.root);
    let mut strict = Sink::new(sink.file(), sink.limits(), &mut keep);
    yaml::parse(inner, 1, Syntax::Frontmatter, &mut strict);
    match strict.outcome().errors.into_iter().next() {
        None => {
            for root in found {
                sink.document(root, Syntax::Frontmatter, None);
            }
        }
        Some(error) if error.kind == ErrorKind::Syntax => {
            let root = line_by_line(inner, sink);
            let line = error.location.line.unwrap_or(1);
            let why = format!(
                "frontmatter read line by line: not YAML in line {line} ({})",
                error.message
            );
            sink.document(root, Syntax::Frontmatter, Some(why));
        }
        Some(error) => sink.error(error),
    }
}

fn between_fences(text: &str) -> Option<&str> {
    let inner = after_opening(text)?;
    let mut end = 0;
    for line in inner.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return inner.get(..end);
        }
        end += line.len();
    }
    None
}

fn after_opening(text: &str) -> Option<&str> {
    let (first, inner) = text.split_once('\n')?;
    (first.trim_end() == "---").then_some(inner)
}

/// A rule (`---`) at the head of a page is no frontmatter; a key after it is.
fn opens_without_end(text: &str) -> bool {
    after_opening(text)
        .and_then(|inner| inner.lines().next())
        .is_some_and(|line| split_key(line).is_some())
}

fn split_key(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(':')?;
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!name.is_empty() && name.chars().all(is_key)).then_some((name, rest))
}

/// `key: rest of line`; lines that are indented, or start with `- `, belong to
/// the key above. What is YAML on its own is taken as YAML, the rest as text.
fn line_by_line(inner: &str, sink: &Sink<'_>) -> Node {
    let mut entries: Vec<(Key, Place, String)> = Vec::new();
    for (number, line) in (2..).zip(inner.lines()) {
        if let Some((name, rest)) = split_key(line) {
            let column = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
            let value_at = line.len() - rest.trim_start().len();
            let key = Key { name: name.to_owned(), place: Place { line: number, column: 1 } };
            let place = Place { line: number, column: column(value_at) };
            entries.push((key, place, rest.trim().to_owned()));
        } else if let Some((_, _, text)) = entries.last_mut() {
            text.push('\n');
            text.push_str(line);
        }
    }
    let entries = entries
        .into_iter()
        .map(|(key, place, text)| {
            // `Use when: asked` alone would be a mapping, which nobody meant.
            let whole_line = !text.starts_with(['{', '\n']);
            let node = yaml::parse_fragment(&text, place, sink)
                .filter(|node| !(whole_line && node.as_mapping().is_some()))
                .unwrap_or_else(|| Node::new(place, Value::String(text.trim().to_owned())));
            (key, node)
        })
        .collect();
    Node::new(Place { line: 2, column: 1 }, Value::Mapping(Mapping { entries }))
}
