//! A whole live system in one document: what `gradus collect` writes.
//!
//! Live systems take the same way as files. A collection is written as such a
//! document, in memory or to a file, and one reader makes evidence of it: so what
//! a system gives and what its snapshot gives cannot differ. The document says
//! what was listed, empty lists included, and what could not be, so that "there is
//! none" is never confused with "nobody looked". This is what the snapshots of all
//! systems have in common.

use std::sync::Arc;

use serde::Serialize;
use serde_json::to_string;

use crate::{
    model::coverage::{Gap, SourceRecord, SourceStatus},
    source::{
        Document, SyntaxHint,
        error::SourceError,
        limits::Limits,
        list::{AWS_SNAPSHOT, MCP_SNAPSHOT, SNAPSHOT},
        node::Node,
        parse_each,
        read::digest_of,
    },
};

/// The `apiVersion` of every snapshot.
pub const API_VERSION: &str = "gradus/v1";

/// A collection, as the command line handles it.
pub trait Collection {
    /// What a person calls the system.
    fn name(&self) -> &str;
    /// Notes when it was collected, in RFC 3339.
    fn set_collected_at(&mut self, time: String);
    /// The document as text.
    ///
    /// # Errors
    /// Never in practice: all that it holds can be written as JSON.
    fn to_json(&self) -> serde_json::Result<Vec<u8>>;
    /// What could not be collected, a sentence each.
    fn missing(&self) -> Vec<String>;
    /// `812 objects of 40 resources`.
    fn extent(&self) -> String;
}

/// Why a system could not be collected at all.
pub trait LiveFailure: std::error::Error {
    /// Whether the request itself is wrong, rather than the system or the way to it.
    fn is_usage(&self) -> bool;
}

/// What stands in the head of every snapshot.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata<'a> {
    pub(super) name: &'a str,
    pub(super) collected_at: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) server_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<&'a str>,
    pub(super) gradus_version: &'a str,
}

/// Writes a snapshot: one item a line, the time of collection in one place.
pub(super) fn write(
    kind: &str,
    metadata: &Metadata<'_>,
    listed: &impl Serialize,
    gaps: &impl Serialize,
    items: &[Box<[u8]>],
) -> serde_json::Result<Vec<u8>> {
    let head = format!(
        "{{\"apiVersion\":\"{API_VERSION}\",\"kind\":\"{kind}\",\n\"metadata\":{},\n\
         \"listed\":{},\n\"gaps\":{},\n\"items\":[",
        to_string(metadata)?,
        to_string(listed)?,
        to_string(gaps)?,
    );
    let size: usize = items.iter().map(|item| item.len() + 2).sum();
    let mut text = Vec::with_capacity(head.len() + size + 64);
    text.extend_from_slice(head.as_bytes());
    for (index, item) in items.iter().enumerate() {
        text.extend_from_slice(if index == 0 { b"\n" } else { b",\n" });
        text.extend_from_slice(item);
    }
    text.extend_from_slice(format!("\n],\n\"end\":{{\"items\":{}}}}}\n", items.len()).as_bytes());
    Ok(text)
}

/// The kind of the snapshot that a text starts as, if it is one.
#[must_use]
pub fn kind_of(head: &[u8]) -> Option<&'static str> {
    const ENOUGH: usize = 512;
    let head = head.get(..head.len().min(ENOUGH)).unwrap_or_default();
    let has = |text: &str| memchr::memmem::find(head, text.as_bytes()).is_some();
    [SNAPSHOT, AWS_SNAPSHOT, MCP_SNAPSHOT].into_iter().find(|kind| has(kind) && has(API_VERSION))
}

/// One part of a snapshot, in the order of the text.
pub(super) enum Part {
    /// What stands beside the items.
    Head(Node),
    /// An item, without lines: it stands in its system and in no file.
    Item(Document),
    /// Something that cannot be read.
    Unread(Gap),
}

/// What a text was, besides its parts.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// The digest of everything but when it was collected.
    pub(super) digest: Option<String>,
    /// Parts that could not be read.
    pub(super) malformed: usize,
}

/// Reads a snapshot of `kind`, part by part. Bytes that could not even be had are a
/// part that cannot be read.
pub(super) fn read(
    kind: &str,
    shown: &Arc<str>,
    bytes: Result<&[u8], SourceError>,
    limits: &Limits,
    each: &mut dyn FnMut(Part),
) -> Read {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(error) => {
            each(Part::Unread(Gap::from(error)));
            return Read { digest: None, malformed: 1 };
        }
    };
    let outcome = parse_each(shown, bytes, SyntaxHint::Json, limits, &mut |mut document| {
        document.root.forget_lines();
        // What it lists whole it says itself.
        document.list = None;
        each(if document.root.str_at("kind") == Some(kind) {
            Part::Head(document.root)
        } else {
            Part::Item(document)
        });
    });
    for error in &outcome.errors {
        each(Part::Unread(Gap::from(error)));
    }
    Read {
        digest: Some(canonical_digest(bytes)),
        malformed: outcome.errors.len() + outcome.more_errors,
    }
}

fn canonical_digest(bytes: &[u8]) -> String {
    const KEY: &[u8] = b"\"collectedAt\":\"";
    const NEAR: usize = 4096;
    let near = bytes.get(..bytes.len().min(NEAR)).unwrap_or_default();
    let time = memchr::memmem::find(near, KEY).and_then(|at| {
        let start = at + KEY.len();
        let length = memchr::memchr(b'"', near.get(start..)?)?;
        Some((bytes.get(..start)?, bytes.get(start + length..)?))
    });
    match time {
        Some((before, after)) => digest_of(&[before, after]),
        None => digest_of(&[bytes]),
    }
}

/// What is wrong with a head itself, whatever it lists.
pub(super) fn defects(head: &Node) -> impl Iterator<Item = &'static str> {
    let has_name = head.at(&["metadata", "name"]).and_then(Node::as_str).is_some();
    let is_ours = head.str_at("apiVersion") == Some(API_VERSION);
    let checks = [
        (has_name, "a snapshot without a name"),
        (is_ours, "a snapshot of another version of gradus: collect it anew"),
        (head.get("items").is_none(), "its `items` are no list"),
    ];
    checks.into_iter().filter(|(holds, _)| !holds).map(|(_, defect)| defect)
}

/// Items in all, as the end of a snapshot counts them; none where the end is missing.
pub(super) fn counted(head: &Node) -> Option<u64> {
    let end = head.at(&["end", "items"]).and_then(Node::as_i64);
    end.and_then(|items| u64::try_from(items).ok())
}

/// How reading a snapshot went.
pub(super) fn record(kind: &str, path: &str, items: u64, gaps: &[Gap], read: Read) -> SourceRecord {
    let reason = gaps.first().map(|gap| match gaps.len() - 1 {
        0 => gap.reason.clone(),
        more => format!("{} (and {more} more)", gap.reason),
    });
    let status = match (&reason, items) {
        (None, _) => SourceStatus::Read,
        (Some(_), 0) => SourceStatus::Failed,
        (Some(_), _) => SourceStatus::Partial,
    };
    SourceRecord {
        path: path.to_owned(),
        kind: kind.to_owned(),
        status,
        items,
        malformed: u64::try_from(read.malformed).unwrap_or(u64::MAX),
        reason,
        digest: read.digest,
    }
}
