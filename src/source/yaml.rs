//! YAML 1.2 by the events of granit-parser (the parser beneath serde-saphyr):
//! every key and value with its place, duplicate keys kept, aliases and merge
//! keys within a budget, each document on its own.
//!
//! Text is cut at `---` lines before it is parsed: the specification forbids
//! such a line inside any scalar, so that a document that cannot be parsed does
//! not take its neighbours with it.

use std::collections::{BTreeMap, BTreeSet};

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::{
    Sink, Syntax,
    build::{Builder, Refusal},
    error::{ErrorKind, SourceError},
    list::{ITEMS, ListHead, is_list_kind},
    node::{Key, Node, Place, Value},
    scalar,
};

/// Parses every document of `text`, whose first line is line `1 + skipped` of its file.
pub(super) fn parse(text: &str, skipped: u32, syntax: Syntax, sink: &mut Sink<'_>) {
    let mut line = skipped;
    for chunk in chunks(text) {
        if chunk.trim_ascii() != "---" {
            let mut reader = Reader::new(chunk, line, syntax, sink);
            if let Err(error) = reader.run() {
                sink.error(explain(error, chunk));
            }
        }
        let lines = memchr::memchr_iter(b'\n', chunk.as_bytes()).count();
        line = line.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
    }
}

/// One value from a piece of text that is not a file of its own.
pub(super) fn parse_fragment(text: &str, place: Place, sink: &Sink<'_>) -> Option<Node> {
    let mut found = None;
    let mut keep = |document: super::Document| found = Some(document.root);
    let mut inner = Sink::new(sink.file(), sink.limits(), &mut keep);
    let mut reader = Reader::new(text, place.line.saturating_sub(1), Syntax::Yaml, &mut inner);
    reader.keep_null = true;
    reader.run().ok()?;
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

/// Cuts before each `---` line. Directives (`%YAML`) stay with the document
/// that they stand before.
fn chunks(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    let mut before_content = true;
    let mut directives = false;
    let mut start = 0;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
        let line = rest.get(..length).unwrap_or_default();
        if is_marker(line, b"---") {
            if start != 0 && !(before_content && directives) {
                starts.push(start);
            }
            before_content = false;
        } else if is_marker(line, b"...") {
            before_content = true;
            directives = false;
        } else if before_content {
            let content = line.trim_ascii();
            directives |= line.starts_with(b"%");
            before_content = content.is_empty() || content.starts_with(b"#") || directives;
        }
        start += length;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| text.get(*start..end)).collect()
}

fn is_marker(line: &[u8], marker: &[u8]) -> bool {
    line.strip_prefix(marker)
        .is_some_and(|after| matches!(after.first(), None | Some(b' ' | b'\t' | b'\r' | b'\n')))
}

/// What an anchor stands for.
struct Anchored {
    node: Node,
    nodes: usize,
    bytes: usize,
    depth: usize,
}

struct Reader<'s, 't, 'k> {
    text: &'t str,
    skipped: u32,
    syntax: Syntax,
    sink: &'s mut Sink<'k>,
    keep_null: bool,
    anchors: BTreeMap<usize, Anchored>,
    open_anchors: Vec<usize>,
    streamed: Option<ListHead>,
}

impl<'s, 't, 'k> Reader<'s, 't, 'k> {
    fn new(text: &'t str, skipped: u32, syntax: Syntax, sink: &'s mut Sink<'k>) -> Self {
        let streamed = list_head(text, skipped);
        Self {
            text,
            skipped,
            syntax,
            sink,
            keep_null: false,
            anchors: BTreeMap::new(),
            open_anchors: Vec::new(),
            streamed,
        }
    }

    fn run(&mut self) -> Result<(), SourceError> {
        let limits = self.sink.limits();
        let options = granit_parser::options! {
            emit_comments: false,
            flow_nesting_limit: limits.depth,
            block_nesting_limit: limits.depth,
        };
        let mut builder = Builder::new(limits);
        for next in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) = next.map_err(|error| self.scan_error(&error))?;
            let place = self.place(&span);
            self.step(event, place, &mut builder)?;
        }
        Ok(())
    }

    fn step(
        &mut self,
        event: Event<'_>,
        place: Place,
        builder: &mut Builder<'_>,
    ) -> Result<(), SourceError> {
        let refused = |this: &Self, refusal: Refusal| this.error(ErrorKind::Limit, place, refusal);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let mut node = scalar_node(place, &text, style, tag.as_deref());
                if builder.wants_key() {
                    let merge = text == "<<" && style == ScalarStyle::Plain;
                    let name = if merge { MERGE.to_owned() } else { text.into_owned() };
                    builder.key(Key { name, place });
                    node.place = place;
                    self.remember(anchor, &node)?;
                    return Ok(());
                }
                self.remember(anchor, &node)?;
                self.begin_item(builder);
                builder.count(1).map_err(|refusal| refused(self, refusal))?;
                self.finish(node, builder);
            }
            Event::SequenceStart(_, anchor, _) => {
                self.refuse_complex_key(place, builder)?;
                self.begin_item(builder);
                self.open_anchors.push(anchor);
                builder.open_sequence(place).map_err(|refusal| refused(self, refusal))?;
            }
            Event::MappingStart(_, anchor, _) => {
                self.refuse_complex_key(place, builder)?;
                self.begin_item(builder);
                self.open_anchors.push(anchor);
                builder.open_mapping(place).map_err(|refusal| refused(self, refusal))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(mut node) = builder.close() {
                    merge_into(&mut node);
                    if let Some(anchor) = self.open_anchors.pop() {
                        self.remember(anchor, &node)?;
                    }
                    self.finish(node, builder);
                }
            }
            Event::Alias(id) => self.alias(id, place, builder)?,
            Event::DocumentEnd => {
                self.anchors.clear();
                if let Some(root) = builder.take() {
                    self.document(root);
                }
            }
            Event::UnresolvedAlias(name) => {
                let message = format!("the alias `*{name}` has no anchor");
                return Err(self.error(ErrorKind::Syntax, place, message));
            }
            // Presentation, not data; comments exist where another crate asks for them.
            _ => {}
        }
        Ok(())
    }

    /// Each item of a list that is streamed has a budget of its own.
    fn begin_item(&self, builder: &mut Builder<'_>) {
        if self.streamed.is_some() && builder.at_item_of(ITEMS) {
            builder.restart_count();
        }
    }

    /// Puts a finished value, or hands it over where it is the item of a list.
    fn finish(&mut self, node: Node, builder: &mut Builder<'_>) {
        match &self.streamed {
            Some(head) if builder.at_item_of(ITEMS) => {
                let item = head.complete(node);
                self.sink.document(item, self.syntax, None);
            }
            _ => builder.put(node),
        }
    }

    fn document(&mut self, root: Node) {
        if root.is_null() && !self.keep_null {
            return;
        }
        self.sink.document_or_list(root, self.syntax, None);
    }

    fn alias(
        &mut self,
        id: usize,
        place: Place,
        builder: &mut Builder<'_>,
    ) -> Result<(), SourceError> {
        let limits = self.sink.limits();
        let Some(anchored) = self.anchors.get(&id) else {
            let message = "an alias that stands inside what it stands for";
            return Err(self.error(ErrorKind::Limit, place, message));
        };
        if builder.wants_key() {
            let Some(name) = anchored.node.text().map(std::borrow::Cow::into_owned) else {
                return Err(self.complex_key(place));
            };
            builder.key(Key { name, place });
            return Ok(());
        }
        let refusal = if anchored.depth + builder.depth() > limits.depth {
            Some(format!("aliases nest deeper than {} levels", limits.depth))
        } else {
            let copied = self.sink.copy(anchored.nodes, anchored.bytes);
            copied.and_then(|()| builder.count(anchored.nodes)).err()
        };
        if let Some(refusal) = refusal {
            return Err(self.error(ErrorKind::Limit, place, refusal));
        }
        let mut node = anchored.node.clone();
        node.place = place;
        self.finish(node, builder);
        Ok(())
    }

    /// Keeps a copy of an anchored value. Anchors within anchors copy again and
    /// again, so this is counted, too.
    fn remember(&mut self, anchor: usize, node: &Node) -> Result<(), SourceError> {
        if anchor == 0 {
            return Ok(());
        }
        let (nodes, bytes, depth) = measure(node);
        self.sink
            .copy(nodes, bytes)
            .map_err(|refusal| self.error(ErrorKind::Limit, node.place, refusal))?;
        let anchored = Anchored { node: node.clone(), nodes, bytes, depth };
        self.anchors.insert(anchor, anchored);
        Ok(())
    }

    fn refuse_complex_key(&self, place: Place, builder: &Builder<'_>) -> Result<(), SourceError> {
        if builder.wants_key() { Err(self.complex_key(place)) } else { Ok(()) }
    }

    fn complex_key(&self, place: Place) -> SourceError {
        self.error(ErrorKind::Syntax, place, "a key that is a list or a mapping")
    }

    fn place(&self, span: &Span) -> Place {
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
        let column = u32::try_from(span.start.col()).unwrap_or(u32::MAX);
        Place { line: line.saturating_add(self.skipped), column: column.saturating_add(1) }
    }

    fn scan_error(&self, error: &ScanError) -> SourceError {
        let marker = *error.marker();
        let place = self.place(&Span::empty(marker));
        let message = error.info();
        let kind = match error.kind() {
            granit_parser::ErrorKind::RecursionLimitExceeded => ErrorKind::Limit,
            _ => ErrorKind::Syntax,
        };
        self.error(kind, place, message)
    }

    fn error(&self, kind: ErrorKind, place: Place, message: impl Into<String>) -> SourceError {
        SourceError::new(kind, place.location(self.sink.file()), message)
    }
}

/// The name that a merge key has until it is resolved; a quoted `"<<"` is an
/// ordinary key.
const MERGE: &str = "\u{0}<<";

/// Resolves merge keys: what they bring stands after the mapping's own keys and
/// never overrides one.
fn merge_into(node: &mut Node) {
    let Value::Mapping(mapping) = &mut node.value else { return };
    if mapping.entries.iter().all(|(key, _)| key.name != MERGE) {
        return;
    }
    let (merged, mut own): (Vec<_>, Vec<_>) =
        std::mem::take(&mut mapping.entries).into_iter().partition(|(key, _)| key.name == MERGE);
    let mut names: BTreeSet<String> = own.iter().map(|(key, _)| key.name.clone()).collect();
    for (key, node) in merged {
        let sources = match node.value {
            Value::Sequence(items) => items,
            Value::Mapping(_) => vec![node],
            _ => {
                own.push((Key { name: "<<".to_owned(), place: key.place }, node));
                continue;
            }
        };
        for source in sources {
            let Value::Mapping(source) = source.value else { continue };
            for (key, node) in source.entries {
                if names.insert(key.name.clone()) {
                    own.push((key, node));
                }
            }
        }
    }
    mapping.entries = own;
}

fn measure(node: &Node) -> (usize, usize, usize) {
    let children: &mut dyn Iterator<Item = (usize, &Node)> = match &node.value {
        Value::Sequence(items) => &mut items.iter().map(|item| (0, item)),
        Value::Mapping(mapping) => {
            &mut mapping.entries.iter().map(|(key, node)| (key.name.len(), node))
        }
        Value::String(text) => return (1, text.len(), 0),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => return (1, 0, 0),
    };
    children.fold((1, 0, 1), |(nodes, bytes, depth), (key, child)| {
        let (more, text, below) = measure(child);
        (nodes + more, bytes + key + text, depth.max(below + 1))
    })
}

fn scalar_node(place: Place, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Node {
    let own_tag = tag.is_some_and(|tag| tag.core_suffix().is_none_or(|suffix| suffix == "str"));
    if style == ScalarStyle::Plain && !own_tag {
        scalar::plain(place, text)
    } else {
        Node::new(place, Value::String(text.to_owned()))
    }
}

/// The head of a list, seen before its items are parsed: `kind: …List` at the
/// first column is a key of the root. kubectl writes it after the items.
fn list_head(text: &str, skipped: u32) -> Option<ListHead> {
    let kind = root_line(text, "kind", skipped)?;
    kind.1.as_str().filter(|kind| is_list_kind(kind))?;
    root_line(text, ITEMS, skipped)?;
    Some(ListHead::new(&kind, root_line(text, "apiVersion", skipped).as_ref()))
}

fn root_line(text: &str, name: &str, skipped: u32) -> Option<(Key, Node)> {
    let bytes = text.as_bytes();
    let needle = format!("{name}:");
    let at = memchr::memmem::find_iter(bytes, needle.as_bytes())
        .find(|at| *at == 0 || bytes.get(at - 1) == Some(&b'\n'))?;
    let before = bytes.get(..at).unwrap_or_default();
    let lines = u32::try_from(memchr::memchr_iter(b'\n', before).count()).unwrap_or(u32::MAX);
    let line = skipped.saturating_add(lines).saturating_add(1);
    let rest = text.get(at + needle.len()..)?.lines().next().unwrap_or_default();
    let value = rest.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    let column = |offset: usize| u32::try_from(offset + 1).unwrap_or(u32::MAX);
    let value_at = needle.len() + rest.len() - rest.trim_start().len();
    let key = Key { name: name.to_owned(), place: Place { line, column: 1 } };
    let place = Place { line, column: column(value_at) };
    Some((key, Node::new(place, Value::String(value.to_owned()))))
}
