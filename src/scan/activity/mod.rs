//! Logs: what agents really did.
//!
//! A log is recognised by what it holds, never by its name, and read block by
//! block in memory that does not grow with it. Each format is one entry of
//! [`FORMATS`] with a file or folder of its own; all of them turn events into
//! the same requests, which [`ActivityBuilder`] counts.
//!
//! Contract: every line of a file is accounted for, as an event, as something
//! that belongs to another program, or as a defect with its place. Nothing stops
//! at a bad line.

mod builder;
mod calls;
mod clients;
mod cloud_audit;
mod cloudtrail;
mod containers;
mod envelope;
pub(crate) mod files;
mod framing;
mod kubernetes_audit;
pub mod part;
mod request;
mod row_texts;
mod seeded;
mod slots;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod trouble;
mod unique;

pub use builder::{ActivityBuilder, Caps, Observer};
pub use calls::{mapping::Mapping, own::json_schema as record_schema};
pub use containers::Unread;

use crate::{
    model::coverage::{SourceRecord, SourceStatus},
    source::{files::FileRef, limits::Limits, read as bytes},
};

/// A kind of log that can be read.
#[derive(Debug)]
pub struct Format {
    /// The word for it in a [`SourceRecord`].
    pub kind: &'static str,
    /// Whether the first bytes of a file (decompressed) are of this kind.
    recognise: fn(&[u8]) -> bool,
    /// Reads a file to its end.
    read: fn(&FileRef, &mut ActivityBuilder, &Limits) -> SourceRecord,
}

/// One of [`FORMATS`].
pub type LogFormat = &'static Format;

/// Every kind of log that can be read. A new one is a line here and a file
/// beside this one.
///
/// The order counts: logs that say what they are stand before envelopes, and those
/// before what holds an event somewhere.
pub static FORMATS: &[Format] = &[
    kubernetes_audit::FORMAT,
    part::FORMAT,
    calls::own::FORMAT,
    calls::otlp::FORMAT,
    calls::gemini_outfile::FORMAT,
    calls::claude_transcript::FORMAT,
    calls::codex_rollout::FORMAT,
    calls::openai_traces::FORMAT,
    calls::langsmith::FORMAT,
    calls::langfuse::FORMAT,
    calls::holmes::FORMAT,
    calls::kagent::FORMAT,
    calls::cagent::FORMAT,
    calls::contextforge::FORMAT,
    calls::agent_audit_trail::FORMAT,
    envelope::TRAIL_ROWS,
    cloudtrail::FORMAT,
    envelope::BIGQUERY,
    envelope::CLOUD_AUDIT,
    envelope::CLOUDWATCH,
    envelope::AZURE,
    envelope::LOKI,
    envelope::ELASTIC,
    envelope::SPLUNK,
    envelope::MESSAGES,
    envelope::CARRIED,
    envelope::WRAPPED,
    envelope::PREFIXED,
];

/// What kind of log the first bytes of a file are; they must be decompressed,
/// and some ten thousand suffice.
#[must_use]
pub fn recognise(first_bytes: &[u8]) -> Option<LogFormat> {
    FORMATS.iter().find(|format| (format.recognise)(first_bytes))
}

/// The kind of log that has this name, as `format:` of a source gives it.
#[must_use]
pub fn format(name: &str) -> Option<LogFormat> {
    FORMATS.iter().find(|format| format.kind == name)
}

/// Reads a whole log into `builder` and tells how that went. It never fails:
/// what could not be read is in the record, and counted in the summary.
pub fn read(
    file: &FileRef,
    format: LogFormat,
    builder: &mut ActivityBuilder,
    limits: &Limits,
) -> SourceRecord {
    (format.read)(file, builder, limits)
}

/// The same of a log whose lines are records by a mapping, unless what it holds was read
/// before.
pub fn read_by(
    mapping: &Mapping,
    file: &FileRef,
    builder: &mut ActivityBuilder,
    limits: &Limits,
) -> SourceRecord {
    let unread = bytes::head(file).ok().and_then(|head| unread_container(&head));
    if let Some(Unread { reason, .. }) = unread {
        let (path, kind) = (&file.display, calls::mapping::KIND);
        let failed = SourceRecord::without_items(path, kind, SourceStatus::Failed, Some(reason));
        builder.note_other(failed.clone());
        return failed;
    }
    once(file, calls::mapping::KIND, builder, |builder| {
        calls::mapping::read_by(mapping, file, builder, limits)
    })
}

/// Why the first bytes are those of a file that lies beside logs and holds no event, where
/// they are.
#[must_use]
pub fn set_aside(first_bytes: &[u8]) -> Option<&'static str> {
    /// Members that others do not have together.
    const MARKS: [(&[&str], &str); 2] = [
        (
            &["\"digestStartTime\"", "\"digestS3Object\"", "\"logFiles\""],
            "a digest: it says which files a trail has delivered, and holds no event",
        ),
        (
            &["\"insightDetails\"", "\"AwsCloudTrailInsight\""],
            "CloudTrail Insights: it counts events that are in the trail's own files",
        ),
    ];
    let text = framing::text_of(first_bytes);
    let marked = |(marks, _): &&(&[&str], _)| marks.iter().all(|mark| text.contains(mark));
    text.trim_start()
        .starts_with('{')
        .then(|| MARKS.iter().find(marked))?
        .map(|(_, reason)| *reason)
}

/// What was taken from a file.
#[derive(Debug)]
pub(super) struct Taken {
    /// What became of it; of a summary, what became of the logs that it was made of.
    pub(super) records: Vec<SourceRecord>,
    /// Logs that no format could read: what they hold is unknown.
    pub(super) unread: u64,
}

/// Reads a log or a summary of logs, unless what it holds was read before.
pub(super) fn read_once(
    file: &FileRef,
    format: LogFormat,
    builder: &mut ActivityBuilder,
    limits: &Limits,
) -> Taken {
    if format.kind == part::KIND {
        return part::read_once(file, builder, limits);
    }
    let record = once(file, format.kind, builder, |builder| read(file, format, builder, limits));
    Taken { records: vec![record], unread: 0 }
}

/// Reads a file unless one was read that holds the same.
fn once(
    file: &FileRef,
    kind: &str,
    builder: &mut ActivityBuilder,
    read: impl FnOnce(&mut ActivityBuilder) -> SourceRecord,
) -> SourceRecord {
    let identity = builder.identify(file);
    let record = match builder.files().same_as(&identity) {
        Some(same) => {
            let same = &same.record.path;
            let reason = format!("holds the same as {same}, byte for byte: it counts once");
            let path = &file.display;
            SourceRecord::without_items(path, kind, SourceStatus::Skipped, Some(reason))
        }
        None => read(builder),
    };
    builder.files().note(file, identity, record.clone());
    record
}

/// What a file with these first bytes is, where logs are kept in such files and gradus does
/// not read them, and the way to what it reads.
#[must_use]
pub fn unread_container(first_bytes: &[u8]) -> Option<Unread> {
    containers::told(first_bytes)
}

/// What kind of log the first bytes seem to be, where [`recognise`] knows none:
/// for a person who wonders why it was not read.
#[must_use]
pub fn unread_log(first_bytes: &[u8]) -> Option<&'static str> {
    /// Marks of logs by members that others do not have.
    const MARKS: [(&[&str], &str); 1] = [(
        &["audit.k8s.io/", "\\\"kind\\\":\\\"Event"],
        "a Kubernetes audit log in another program's envelope",
    )];
    let text = framing::text_of(first_bytes);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    if !first.starts_with(['{', '[']) {
        return None;
    }
    if let Some((_, name)) =
        MARKS.iter().find(|(marks, _)| marks.iter().all(|mark| text.contains(mark)))
    {
        return Some(name);
    }
    let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_object = |line: &str| line.starts_with('{') && line.ends_with('}');
    (is_object(first) && lines().nth(1).is_some_and(|line| line.starts_with('{')))
        .then_some("a log of JSON lines")
}
