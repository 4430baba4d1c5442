//! One file among logs: recognised by its content, read, and recorded. And many of them,
//! as one summary.

use std::sync::Arc;

use super::{
    activity::{self, ActivityBuilder, Caps, LogFormat, Mapping, Taken, Unread},
    stray,
};
use crate::{
    model::coverage::{SourceRecord, SourceStatus},
    source::{error::SourceError, files::FileRef, limits::Limits, read as bytes},
};

/// Reads a file as a log: one of the kind `named`, or of what it holds. None where it is
/// no log, unless it stands among nothing but logs.
///
/// # Errors
/// It cannot be opened, or is damaged from its start.
pub(super) fn read(
    file: &FileRef,
    named: Option<LogFormat>,
    only_logs: bool,
    builder: &mut ActivityBuilder,
    limits: &Limits,
) -> Result<Option<Taken>, SourceError> {
    let head = bytes::head(file)?;
    // Whatever it is said to be.
    if let Some(Unread { reason, is_log }) = activity::unread_container(&head)
        && (is_log || only_logs || named.is_some())
    {
        let failed = unrecognised(file, SourceStatus::Failed, Some(reason));
        builder.note_other(failed.clone());
        return Ok(Some(Taken { records: vec![failed], unread: 1 }));
    }
    if let Some(format) = named.or_else(|| activity::recognise(&head)) {
        return Ok(Some(activity::read_once(file, format, builder, limits)));
    }
    if let Some(reason) = activity::set_aside(&head) {
        let aside = SourceRecord::without_items(
            &file.display,
            "cloudtrail",
            SourceStatus::Skipped,
            Some(reason.to_owned()),
        );
        builder.note_other(aside.clone());
        return Ok(Some(Taken { records: vec![aside], unread: 0 }));
    }
    let seems = activity::unread_log(&head);
    if !only_logs && seems.is_none() {
        return Ok(None);
    }
    let record = unread_log(file, &head, seems, limits);
    let unread = u64::from(record.status == SourceStatus::Failed);
    builder.note_other(record.clone());
    Ok(Some(Taken { records: vec![record], unread }))
}

/// Whether a file is a summary of logs, and none itself.
#[must_use]
pub fn is_summary(file: &FileRef) -> bool {
    let format = bytes::head(file).ok().and_then(|head| activity::recognise(&head));
    format.is_some_and(|format| format.kind == activity::part::KIND)
}

/// Whether a file is a log or a summary of a kind that is known by its content.
#[must_use]
pub fn is_known(file: &FileRef) -> bool {
    bytes::head(file).is_ok_and(|head| {
        activity::recognise(&head).is_some() || activity::set_aside(&head).is_some()
    })
}

/// A log, and what is said of how to read it.
#[derive(Debug, Clone)]
pub struct Log {
    /// The file.
    pub file: FileRef,
    /// Its kind, where that is not left to its content.
    pub format: Option<LogFormat>,
    /// How its lines become records, where it is of nobody's kind.
    pub mapping: Option<Arc<Mapping>>,
}

impl Log {
    /// A log that is what it holds.
    #[must_use]
    pub fn of(file: FileRef) -> Self {
        Self { file, format: None, mapping: None }
    }
}

/// Reads logs and summaries of logs, all into one builder that keeps as much as `caps`
/// says; with [`activity::part::caps`] it can be written by [`activity::part::text_of`].
/// Tells what became of each. `passed_over` was found and cannot be read.
#[must_use]
pub fn gather_all(
    logs: &[Log],
    passed_over: &[SourceRecord],
    caps: Caps,
    limits: &Limits,
) -> (ActivityBuilder, Vec<SourceRecord>) {
    let mut builder = ActivityBuilder::new(caps);
    let mut records = passed_over.to_vec();
    passed_over.iter().for_each(|record| builder.note_other(record.clone()));
    for Log { file, format, mapping } in logs {
        if let Some(mapping) = mapping {
            records.push(activity::read_by(mapping, file, &mut builder, limits));
            continue;
        }
        match read(file, *format, true, &mut builder, limits) {
            Ok(taken) => records.extend(taken.into_iter().flat_map(|taken| taken.records)),
            Err(error) => {
                let reason = Some(error.reason());
                let failed = unrecognised(file, SourceStatus::Failed, reason);
                builder.note_other(failed.clone());
                records.push(failed);
            }
        }
    }
    (builder, records)
}

/// The same of logs that are what they hold.
#[must_use]
pub fn gather(
    files: &[FileRef],
    passed_over: &[SourceRecord],
    caps: Caps,
    limits: &Limits,
) -> (ActivityBuilder, Vec<SourceRecord>) {
    let logs: Vec<Log> = files.iter().cloned().map(Log::of).collect();
    gather_all(&logs, passed_over, caps, limits)
}

/// The record of a log that no format reads; an empty one is none, and a program
/// among logs is no log.
fn unread_log(file: &FileRef, head: &[u8], seems: Option<&str>, limits: &Limits) -> SourceRecord {
    let skipped = |reason: &str| unrecognised(file, SourceStatus::Skipped, Some(reason.to_owned()));
    if head.iter().all(u8::is_ascii_whitespace) {
        return skipped("empty");
    }
    let whole = || bytes::read(file, limits).ok();
    if seems.is_none() && whole().is_some_and(|all| stray::is_program(&file.display, &all.bytes)) {
        return skipped("a program or a note among logs, and no log");
    }
    let what = seems.unwrap_or("no log that gradus knows");
    let reason = format!("{what}, which gradus does not read yet");
    unrecognised(file, SourceStatus::Failed, Some(reason))
}

fn unrecognised(file: &FileRef, status: SourceStatus, reason: Option<String>) -> SourceRecord {
    SourceRecord::without_items(&file.display, "unrecognised", status, reason)
}
