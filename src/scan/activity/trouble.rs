//! What went wrong with a log, in the words that all formats share: lines that
//! are no evidence, and where they stand.

use serde::de::IgnoredAny;
use serde_json::{error::Category, value::RawValue};

use super::builder::PlaneBuilder;
use crate::{
    model::{
        activity::{Defect, LogSummary},
        coverage::{SourceRecord, SourceStatus},
    },
    source::{error::SourceError, files::FileRef},
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
    if let Some((location, defect)) = summary.defects.places().first() {
        let line = location.line.map_or_else(String::new, |line| format!(" at line {line}"));
        reasons.push(format!(
            "{malformed} of {lines} lines could not be read, the first{line}: {defect}",
            lines = summary.lines
        ));
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

/// Finds lines of values that come in their order.
pub(super) struct LineCounter<'t> {
    text: &'t str,
    offset: usize,
    line: u64,
}

impl<'t> LineCounter<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, offset: 0, line: 1 }
    }

    pub(super) fn of(&mut self, value: &RawValue) -> u64 {
        let at = (value.get().as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        let passed = self.text.as_bytes().get(self.offset..at).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.offset = self.offset.max(at);
        self.line
    }
}
