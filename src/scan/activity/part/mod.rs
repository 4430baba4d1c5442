//! Summaries: what was read of some logs, in one small file that can be merged with
//! others before anything is judged.
//!
//! A summary is the state of the builder, not a result: counts, bounded sets, rows,
//! requests without their other half, events that other files may hold as well, and what
//! became of every file. So a merge of summaries is what one run over all the files would
//! have made, to the byte.
//!
//! It is text, one JSON value a line (see [`line`]): the first says what it is, the last
//! holds the SHA-256 of all before it. A file that was cut or changed gives nothing.

mod line;
mod read;
#[cfg(test)]
mod tests;
mod write;

use super::{ActivityBuilder, Caps, Format, Taken, builder::ActivityPart, files::LogFile};
use crate::{
    model::coverage::{SourceRecord, SourceStatus},
    source::{files::FileRef, limits::Limits, read as bytes},
};

/// The entry in the registry.
pub(super) const FORMAT: Format = Format {
    kind: KIND,
    recognise: |head| head.starts_with(START.as_bytes()),
    read: |file, builder, limits| match absorb(file, builder, limits) {
        Absorbed::Whole(records) => {
            let items = records.iter().map(|record| record.items).sum();
            own_record(file, SourceStatus::Read, items, None)
        }
        Absorbed::Again => own_record(file, SourceStatus::Skipped, 0, None),
        Absorbed::Refused(reason) => own_record(file, SourceStatus::Failed, 0, Some(reason)),
    },
};

/// The word for it in a [`SourceRecord`].
pub(in crate::scan) const KIND: &str = "activity-summary";

/// What a log is called that no format reads.
const UNRECOGNISED: &str = "unrecognised";

/// What every version of it begins with.
const START: &str = "{\"schema\":\"gradus.activity-summary/";

/// The version that is written, and the only one that is read.
const SCHEMA: &str = "gradus.activity-summary/v1";

/// Bounds for reading what will be merged: events with ids are kept one by one.
#[must_use]
pub fn caps() -> Caps {
    Caps { held_events: 100_000, ..Caps::default() }
}

/// Everything that a summary holds.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// The logs, by name.
    pub(crate) files: Vec<LogFile>,
    /// What they show.
    pub(crate) part: ActivityPart,
}

/// What was taken from a summary.
enum Absorbed {
    /// All of it: what became of the logs that it was made of.
    Whole(Vec<SourceRecord>),
    /// Nothing, and nothing is missing: all its logs were counted already.
    Again,
    /// Nothing, for this reason.
    Refused(String),
}

/// Whether a record is that of a summary that could not be used.
#[must_use]
pub fn is_refused(record: &SourceRecord) -> bool {
    record.kind == KIND && record.status == SourceStatus::Failed
}

/// The text of what `builder` holds.
///
/// # Errors
/// When something in it cannot be written as JSON.
pub fn text_of(builder: ActivityBuilder) -> serde_json::Result<Vec<u8>> {
    write::text(builder.into_summary())
}

/// Reads a summary, whole or not at all.
pub(super) fn read_once(file: &FileRef, builder: &mut ActivityBuilder, limits: &Limits) -> Taken {
    match absorb(file, builder, limits) {
        Absorbed::Whole(records) if records.is_empty() => {
            let empty = Some("a summary of no log".to_owned());
            let records = vec![own_record(file, SourceStatus::Skipped, 0, empty)];
            Taken { records, unread: 0 }
        }
        Absorbed::Whole(records) => {
            let unread = |record: &&SourceRecord| {
                record.status == SourceStatus::Failed && record.kind == UNRECOGNISED
            };
            let unread = records.iter().filter(unread).count() as u64;
            Taken { records, unread }
        }
        Absorbed::Again => {
            let again = Some("every log in it was counted already".to_owned());
            let records = vec![own_record(file, SourceStatus::Skipped, 0, again)];
            Taken { records, unread: 0 }
        }
        Absorbed::Refused(reason) => {
            let records = vec![own_record(file, SourceStatus::Failed, 0, Some(reason))];
            Taken { records, unread: 1 }
        }
    }
}

fn absorb(file: &FileRef, builder: &mut ActivityBuilder, limits: &Limits) -> Absorbed {
    let content = match bytes::read(file, limits) {
        Ok(content) => content,
        Err(error) => return Absorbed::Refused(error.reason()),
    };
    let summary = match read::summary(&content.bytes) {
        Ok(summary) => summary,
        Err(error) => return Absorbed::Refused(error.to_string()),
    };
    let files = builder.files();
    let telling = summary.files.iter().filter(|log| log.tells()).count();
    let mut known = Vec::new();
    for log in &summary.files {
        if let Some(same) = files.same_as_file(log) {
            known.push((log.record.path.clone(), same.record.path.clone()));
        }
    }
    match known.first() {
        Some(_) if known.len() == telling => Absorbed::Again,
        Some((path, same)) => Absorbed::Refused(format!(
            "{count} of the {telling} logs in it were counted already ({path}, as {same}), and \
             what they count cannot be taken out of it: summarize its other logs by themselves",
            count = known.len(),
        )),
        None => Absorbed::Whole(builder.absorb_summary(summary)),
    }
}

/// The record of a summary.
fn own_record(
    file: &FileRef,
    status: SourceStatus,
    items: u64,
    reason: Option<String>,
) -> SourceRecord {
    SourceRecord {
        path: file.display.to_string(),
        kind: KIND.to_owned(),
        status,
        items,
        malformed: 0,
        reason,
        digest: None,
    }
}
