//! Events of the parser to values.

use std::{borrow::Cow, collections::BTreeMap};

use serde_saphyr::granit_parser::{self, Event, Parser, ScalarStyle, ScanError, Span, Tag};

use super::{
    anchor::{Anchored, MERGE, merge_into},
    chunk::list_head,
};
use crate::source::{
    Syntax,
    build::{Builder, Refusal},
    error::{ErrorKind, SourceError},
    list::{ITEMS, ListHead},
    node::{Key, Node, Place, Value, Written},
    scalar,
    sink::Sink,
};

/// Reads the documents of one chunk.
pub(super) struct Reader<'s, 't, 'k> {
    text: &'t str,
    skipped: u32,
    syntax: Syntax,
    sink: &'s mut Sink<'k>,
    keep_null: bool,
    anchors: BTreeMap<usize, Anchored>,
    /// The anchors and tags of what is not closed yet.
    open: Vec<(usize, Option<Box<Written>>)>,
    streamed: Option<ListHead>,
}

impl<'s, 't, 'k> Reader<'s, 't, 'k> {
    pub(super) fn new(text: &'t str, skipped: u32, syntax: Syntax, sink: &'s mut Sink<'k>) -> Self {
        let streamed = list_head(text, skipped);
        Self {
            text,
            skipped,
            syntax,
            sink,
            keep_null: false,
            anchors: BTreeMap::new(),
            open: Vec::new(),
            streamed,
        }
    }

    /// The same reader, which hands over a document that is null, too.
    pub(super) fn keeping_null(mut self) -> Self {
        self.keep_null = true;
        self
    }

    /// Reads to the end, or to what cannot be read.
    pub(super) fn run(mut self) -> Result<(), SourceError> {
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
            self.step(event, (place, span.indent), &mut builder)?;
        }
        Ok(())
    }

    fn step(
        &mut self,
        event: Event<'_>,
        (place, indent): (Place, Option<usize>),
        builder: &mut Builder<'_>,
    ) -> Result<(), SourceError> {
        let refused = |this: &Self, refusal: Refusal| this.error(ErrorKind::Limit, place, refusal);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let mut node = scalar_node(place, &text, style, tag.as_deref());
                node.written =
                    own_tag(tag.as_deref()).or(node.written).or_else(|| lines(style, indent));
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
            Event::SequenceStart(_, anchor, tag) => {
                self.refuse_complex_key(place, builder)?;
                self.begin_item(builder);
                self.open.push((anchor, own_tag(tag.as_deref())));
                builder.open_sequence(place).map_err(|refusal| refused(self, refusal))?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.refuse_complex_key(place, builder)?;
                self.begin_item(builder);
                self.open.push((anchor, own_tag(tag.as_deref())));
                builder.open_mapping(place).map_err(|refusal| refused(self, refusal))?;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(mut node) = builder.close() {
                    merge_into(&mut node);
                    if let Some((anchor, tag)) = self.open.pop() {
                        node.written = tag;
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
                self.sink.item(item, self.syntax, None);
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
            let Some(name) = anchored.node.text().map(Cow::into_owned) else {
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
        let anchored = Anchored::new(node);
        self.sink
            .copy(anchored.nodes, anchored.bytes)
            .map_err(|refusal| self.error(ErrorKind::Limit, node.place, refusal))?;
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

/// That text stands line by line below its place.
fn lines(style: ScalarStyle, indent: Option<usize>) -> Option<Box<Written>> {
    let indent = indent.filter(|_| style == ScalarStyle::Literal)?;
    Some(Box::new(Written::Lines { indent: u32::try_from(indent).unwrap_or(u32::MAX) }))
}

/// A tag that is not one of YAML's own.
fn own_tag(tag: Option<&Tag>) -> Option<Box<Written>> {
    let tag = tag.filter(|tag| tag.core_suffix().is_none())?;
    Some(Box::new(Written::Tag(tag.to_string().into())))
}

fn scalar_node(place: Place, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Node {
    let own_tag = tag.is_some_and(|tag| tag.core_suffix().is_none_or(|suffix| suffix == "str"));
    if style == ScalarStyle::Plain && !own_tag {
        scalar::plain(place, text)
    } else {
        Node::new(place, Value::String(text.to_owned()))
    }
}
