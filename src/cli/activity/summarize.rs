//! `gradus activity summarize`: one small file that stands for logs.

use std::io::Write as _;

use anyhow::Context as _;

use super::inputs;
use crate::{
    cli::{
        arguments::{Arguments, SummarizeOptions},
        exit::{Exit, UsageError},
        output,
    },
    model::{
        coverage::{SourceRecord, SourceStatus},
        text::count,
    },
    report::escape::one_line,
    scan::{activity::part, logs},
    source::{limits::Limits, write},
};

/// Lines about files that could not be read whole, unless all are asked for.
const TOLD: usize = 20;

/// Reads the logs and writes the summary. Logs that could not be read are in it, as such.
///
/// # Errors
/// When a path leads nowhere, a summary cannot be used, or nothing can be written.
pub(super) fn run(options: &SummarizeOptions, arguments: &Arguments) -> anyhow::Result<Exit> {
    let limits = Limits::default();
    let inputs = inputs::find(&options.logs, &limits)?;
    let (builder, records) =
        logs::gather_all(&inputs.logs, &inputs.passed_over, part::caps(), &limits);
    if let Some(refused) = records.iter().find(|record| part::is_refused(record)) {
        let reason = refused.reason.as_deref().unwrap_or_default();
        return Err(UsageError(format!("{}: {reason}", refused.path)).into());
    }
    let text = part::text_of(builder).context("the summary cannot be written")?;
    match &options.output {
        Some(file) => write::whole(file, &text, true)
            .map_err(|error| UsageError(format!("cannot write {}: {error}", file.display())))?,
        None => output::write_bytes(&text)?,
    }
    if !arguments.quiet {
        tell(&records, arguments.verbose)?;
    }
    Ok(Exit::Fine)
}

/// Says what was read, and of what could not be read why.
pub(super) fn tell(records: &[SourceRecord], all: bool) -> std::io::Result<()> {
    let mut out = anstream::stderr();
    let lost: Vec<&SourceRecord> =
        records.iter().filter(|record| record.status != SourceStatus::Read).collect();
    let shown = if all { lost.len() } else { TOLD.min(lost.len()) };
    for record in lost.iter().take(shown) {
        let reason = one_line(record.reason.as_deref().unwrap_or_default());
        let what = match record.status {
            SourceStatus::Read => "read",
            SourceStatus::Partial => "read in part",
            SourceStatus::Failed => "not read",
            SourceStatus::Skipped => "passed over",
        };
        writeln!(out, "gradus: {}: {what}: {reason}", one_line(&record.path))?;
    }
    if shown < lost.len() {
        let more = count((lost.len() - shown) as u64, "more file", "more files");
        writeln!(out, "gradus: and {more}")?;
    }
    let events: u64 = records.iter().map(|record| record.items).sum();
    let malformed: u64 = records.iter().map(|record| record.malformed).sum();
    let files = count(records.len() as u64, "file", "files");
    let events = count(events, "event", "events");
    let malformed = count(malformed, "line", "lines");
    writeln!(out, "{files}: {events}, {malformed} not read")
}
