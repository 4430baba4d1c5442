//! What went wrong with a log, in the words that all formats share: lines that
//! are no evidence, and where they stand.

use std::str::Utf8Error;

use serde::de::IgnoredAny;
use serde_json::{error::Category, value::RawValue};

use super::builder::PlaneBuilder;
use crate::{
    model::{
        activity::{Defect, DefectPlace, LogSummary},
        coverage::{SourceRecord, SourceStatus},
        location::TextStart,
    },
    source::{error::SourceError, files::FileRef, read},
};

/// What was read of a file, and what stopped it, if anything did.
pub(super) type Found = (PlaneBuilder, Option<SourceError>);

/// What was read before the trouble counts; that something is missing is said.
pub(super) fn stopped(mut plane: PlaneBuilder, error: SourceError) -> Found {
    plane.summary_mut().files = 1;
    plane.summary_mut().files_cut_short = 1;
    (plane, Some(error))
}

/// What is wrong with text that could not be read as an event.
pub(super) fn defect_of(text: &str, error: &serde_json::Error) -> Defect {
    match error.classify() {
        Category::Eof => Defect::CutOff,
        Category::Syntax | Category::Io => Defect::NotJson,
        // Reading stopped at the first member of a wrong type; the rest is unread.
        Category::Data => match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => Defect::NotAnEvent,
            Err(error) if error.is_eof() => Defect::CutOff,
            Err(_) => Defect::NotJson,
        },
    }
}

/// Where the line begins whose bytes are no text; `bytes` end the file `all`.
pub(super) fn not_text(all: &[u8], bytes: &[u8], error: &Utf8Error) -> TextStart {
    let passed = bytes.get(..error.valid_up_to()).unwrap_or_default();
    let start = memchr::memrchr(b'\n', passed).map_or(0, |end| end + 1);
    TextStart {
        line: memchr::memchr_iter(b'\n', passed).count() as u64 + 1,
        byte: Some((all.len().saturating_sub(bytes.len()) + start) as u64),
    }
}

/// What is told of the file.
pub(super) fn record(
    kind: &str,
    file: &FileRef,
    plane: &PlaneBuilder,
    trouble: Option<&SourceError>,
) -> SourceRecord {
    let summary = plane.summary().clone();
    let events = summary.events + plane.held_events();
    let summary = LogSummary { events, ..summary };
    record_of(kind, file, &summary, trouble)
}

/// The same of a file that may hold events of several planes.
pub(super) fn record_of(
    kind: &str,
    file: &FileRef,
    summary: &LogSummary,
    trouble: Option<&SourceError>,
) -> SourceRecord {
    let malformed = summary.defects.total();
    let mut reasons = Vec::new();
    if let Some(error) = trouble {
        reasons.push(error.reason());
    }
    if malformed > 0 {
        reasons.push(unread(file, summary, malformed));
    }
    let status = match (trouble.is_some() || malformed > 0, summary.events) {
        (false, _) => SourceStatus::Read,
        (true, 0) => SourceStatus::Failed,
        (true, _) => SourceStatus::Partial,
    };
    SourceRecord {
        path: file.display.to_string(),
        kind: kind.to_owned(),
        status,
        items: summary.events,
        malformed,
        reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
        digest: None,
    }
}

/// How much of a file could not be read, and where the first of it stands.
fn unread(file: &FileRef, summary: &LogSummary, malformed: u64) -> String {
    let text = read::text_within(file).map_or_else(String::new, |text| format!(" of {text}"));
    let told = |place: &DefectPlace| {
        let line = place.location.line.map(|line| format!("line {line}"));
        let byte = place.byte.map(|byte| format!("byte {byte}{text}"));
        let at: Vec<_> = line.into_iter().chain(byte).collect();
        format!("{} ({})", at.join(", "), place.defect)
    };
    let places = summary.defects.places();
    let mut told: Vec<String> = places.iter().map(told).collect();
    let more = malformed.saturating_sub(places.len() as u64);
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    // A line may hold several values.
    let all = match summary.lines {
        lines if lines >= malformed => format!("{malformed} of {lines} lines"),
        _ => format!("{malformed} values"),
    };
    format!("{all} could not be read: {}", told.join("; "))
}

/// Finds lines of values that come in their order.
pub(super) struct LineCounter<'t> {
    text: &'t str,
    /// Bytes of the file before the text.
    before: u64,
    offset: usize,
    line: u64,
}

impl<'t> LineCounter<'t> {
    /// Of the text that follows so many bytes of its file.
    pub(super) fn new(text: &'t str, before: usize) -> Self {
        Self { text, before: before as u64, offset: 0, line: 1 }
    }

    pub(super) fn of(&mut self, value: &RawValue) -> TextStart {
        self.of_text(value.get())
    }

    /// Where a part of the text begins.
    pub(super) fn of_text(&mut self, part: &str) -> TextStart {
        let at = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let passed = self.text.as_bytes().get(self.offset..at).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.offset = self.offset.max(at);
        TextStart { line: self.line, byte: Some(self.before + at as u64) }
    }

    /// Where the line begins in which a parser that began at `part` gave up.
    pub(super) fn of_error(&mut self, part: &str, error: &serde_json::Error) -> TextStart {
        let at = (part.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let before = self.text.as_bytes().get(..at).unwrap_or_default();
        let begin = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        let rest = self.text.get(begin..).unwrap_or_default();
        let passed = error.line().checked_sub(2);
        let mut ends = memchr::memchr_iter(b'\n', rest.as_bytes());
        let start = passed.and_then(|lines| ends.nth(lines)).map_or(0, |end| end + 1);
        self.of_text(rest.get(start..).unwrap_or_default())
    }
}
