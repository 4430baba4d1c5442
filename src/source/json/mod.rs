//! JSON and JSONC, token by token and without recursion.
//!
//! A strict file is first cut into its top-level values, and a Kubernetes list
//! into its items, by serde_json's raw values; so a dump of any size is held as
//! its text plus one item. Comments and trailing commas are read, and said.

mod reader;

use reader::{Reader, comment_length};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Sink, Syntax,
    error::SourceError,
    list::{ListHead, is_list_kind, is_snapshot, truncation},
    node::{Key, Mapping, Node, Value},
    text::PlaceCursor,
};

/// Parses every top-level value of `text`.
///
/// # Errors
/// The first thing that is neither JSON nor JSONC; what stands before it has
/// been handed over, what follows has not been read.
pub(super) fn parse(text: &str, sink: &mut Sink<'_>) -> Result<(), SourceError> {
    let mut cursor = PlaceCursor::new(text);
    let mut at = 0;
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    while let Some(Ok(raw)) = values.next() {
        let raw = raw.get();
        at = values.byte_offset();
        let start = at.saturating_sub(raw.len());
        if !stream_list(text, raw, start, &mut cursor, sink)? {
            let node = Reader::new(text, start, at, &mut cursor, sink).run()?.0;
            sink.document_or_list(node, Syntax::Json, None);
        }
    }
    // What serde_json would not take: JSONC, too deep, or broken.
    while has_value(text.get(at..).unwrap_or_default()) {
        let (node, end, lenient) = Reader::new(text, at, text.len(), &mut cursor, sink).run()?;
        at = end;
        let syntax = if lenient.is_some() { Syntax::Jsonc } else { Syntax::Json };
        sink.document_or_list(node, syntax, lenient);
    }
    Ok(())
}

fn has_value(rest: &str) -> bool {
    let mut rest = rest.trim_ascii_start();
    while let Some(length) = comment_length(rest.as_bytes()) {
        rest = rest.get(length..).unwrap_or_default().trim_ascii_start();
    }
    !rest.is_empty()
}

/// The keys of a list that matter before its items are read.
#[derive(Deserialize)]
struct Probe<'a> {
    #[serde(borrow, default)]
    kind: Option<&'a RawValue>,
    #[serde(borrow, default)]
    items: Option<&'a RawValue>,
    #[serde(borrow, default, rename = "apiVersion")]
    api_version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    metadata: Option<&'a RawValue>,
    // What else a snapshot has beside its items.
    #[serde(borrow, default)]
    listed: Option<&'a RawValue>,
    #[serde(borrow, default)]
    gaps: Option<&'a RawValue>,
    #[serde(borrow, default)]
    end: Option<&'a RawValue>,
}

/// Hands over the items of a list one by one; false where it is none.
fn stream_list<'t>(
    text: &'t str,
    raw: &str,
    start: usize,
    cursor: &mut PlaceCursor<'t>,
    sink: &mut Sink<'_>,
) -> Result<bool, SourceError> {
    // Lists are never shorter, and most values are no lists.
    let named = |ending: &[u8]| memchr::memmem::find(raw.as_bytes(), ending).is_some();
    let names_kind = named(b"\"kind\"") && (named(b"List\"") || named(b"Snapshot\""));
    if !raw.starts_with('{') || !names_kind {
        return Ok(false);
    }
    let Ok(probe) = serde_json::from_str::<Probe<'_>>(raw) else { return Ok(false) };
    let (Some(kind), Some(items)) = (probe.kind, probe.items) else { return Ok(false) };
    let is_list = serde_json::from_str::<&str>(kind.get()).is_ok_and(is_list_kind);
    let Ok(items) = serde_json::from_str::<Option<Vec<&RawValue>>>(items.get()) else {
        return Ok(false);
    };
    if !is_list {
        return Ok(false);
    }
    let offset = |part: &RawValue| {
        let within = (part.get().as_ptr() as usize).saturating_sub(raw.as_ptr() as usize);
        start + within
    };
    let read = |part: &RawValue, cursor: &mut PlaceCursor<'t>, sink: &Sink<'_>| {
        let start = offset(part);
        Ok::<_, SourceError>(
            Reader::new(text, start, start + part.get().len(), cursor, sink).run()?.0,
        )
    };
    let pair = |name: &str, node: Node| (Key { name: name.to_owned(), place: node.place }, node);
    // A cursor goes forward only, so what stands beside the items has its own.
    let head_of_list = cursor.clone();
    let aside = || head_of_list.clone();
    let kind = pair("kind", read(kind, &mut aside(), sink)?);
    let api_version = match probe.api_version {
        Some(part) => Some(pair("apiVersion", read(part, &mut aside(), sink)?)),
        None => None,
    };
    let head = ListHead::new(&kind, api_version.as_ref());
    if kind.1.as_str().is_some_and(is_snapshot) {
        let mut entries = vec![kind];
        entries.extend(api_version);
        let parts = [
            ("metadata", probe.metadata),
            ("listed", probe.listed),
            ("gaps", probe.gaps),
            ("end", probe.end),
        ];
        for (name, part) in parts {
            if let Some(part) = part {
                entries.push(pair(name, read(part, &mut aside(), sink)?));
            }
        }
        let place = head_of_list.clone().place(start);
        let beside = Node::new(place, Value::Mapping(Mapping { entries }));
        sink.document(beside, Syntax::Json, None);
    }
    for item in items.unwrap_or_default() {
        match read(item, cursor, sink) {
            Ok(item) => sink.item(head.complete(item), Syntax::Json, None),
            Err(error) => sink.error(error),
        }
    }
    sink.list();
    if let Some(metadata) = probe.metadata {
        let metadata = read(metadata, &mut aside(), sink)?;
        if let Some(error) = truncation(sink.file(), &metadata) {
            sink.error(error);
        }
    }
    Ok(true)
}
