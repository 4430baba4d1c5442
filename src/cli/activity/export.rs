//! `gradus activity export`: every action as one JSON object a line.

use std::{
    fs::{self, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::Context as _;

use super::{inputs, joins::Joins, summarize::tell};
use crate::{
    cli::{
        arguments::{Arguments, ExportOptions},
        exit::{Exit, UsageError},
    },
    model::{
        activity::{Activity, LogSummary, ObservedAction},
        coverage::SourceRecord,
    },
    report::activity::{of_call, of_request},
    scan::{
        activity::{Caps, Observer},
        logs,
    },
    source::limits::Limits,
};

/// Reads the logs twice: once for what joins them, and once to write every request as it
/// is met, in memory that does not grow with them. Calls of tools follow.
///
/// # Errors
/// When a path leads nowhere, or the result cannot be written.
pub(super) fn run(options: &ExportOptions, arguments: &Arguments) -> anyhow::Result<Exit> {
    let limits = Limits::default();
    let inputs = inputs::find(&options.logs, &limits)?;
    if let Some(summary) =
        inputs.logs.iter().map(|log| &log.file).find(|file| logs::is_summary(file))
    {
        let message = "is a summary: it counts requests and holds none of them; export its logs";
        return Err(UsageError(format!("{} {message}", summary.display)).into());
    }
    let read = |caps| logs::gather_all(&inputs.logs, &inputs.passed_over, caps, &limits);
    let (builder, before) = read(Caps::default());
    let activity = builder.finish();
    let joins = Joins::of(&activity, inputs.workspace.as_ref())?;
    let left_out = LeftOut::of(&activity);
    let calls: Vec<_> = activity.records.tool_calls.iter().map(of_call).collect();
    drop(activity);

    let out = Out::open(&options.output)?;
    *running() = Some(Running { joins, out });
    let caps = Caps { observer: Some(Observer(&see)), ..Caps::default() };
    // One thread, so that lines come in the order of the logs.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let (_, records) = pool.install(|| {
        let (builder, records) = read(caps);
        // What was open to the end is shown now.
        (builder.finish(), records)
    });
    let Some(Running { mut out, .. }) = running().take() else {
        anyhow::bail!("the export ended before its logs did");
    };
    if let Some(log) = changed(&before, &records) {
        out.abandon();
        anyhow::bail!(
            "{log} was written to or replaced while it was exported, so what joins its requests is \
             not known of all of them: export a copy, or what is no longer written to"
        );
    }
    for call in &calls {
        out.line(call);
    }
    out.close().context("the actions cannot be written")?;
    if !arguments.quiet {
        tell(&records, arguments.verbose)?;
        for line in left_out.lines() {
            writeln!(anstream::stderr(), "gradus: {line}")?;
        }
    }
    Ok(Exit::Fine)
}

/// The first log of which not the same was read twice.
fn changed<'r>(before: &'r [SourceRecord], after: &'r [SourceRecord]) -> Option<&'r str> {
    let differs = before.iter().zip(after).find(|(one, other)| one != other);
    differs
        .map(|(one, _)| one)
        .or_else(|| before.get(after.len()))
        .or_else(|| after.get(before.len()))
        .map(|record| record.path.as_str())
}

/// Requests and calls that are no line.
struct LeftOut {
    calls: u64,
    /// The log ascribes them to nobody.
    nobodys: u64,
    /// Only that they arrived is in the log.
    unanswered: u64,
}

impl LeftOut {
    fn of(activity: &Activity) -> Self {
        let sum = |of: fn(&LogSummary) -> u64| activity.logs.values().map(of).sum();
        Self {
            calls: activity.records.tool_calls.beyond(),
            nobodys: sum(|log| log.unauthenticated + log.unattributed),
            unanswered: sum(|log| log.unanswered),
        }
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        [
            (self.calls, "tool calls are left out: the latest are kept"),
            (self.nobodys, "requests are left out: the logs ascribe them to nobody"),
            (
                self.unanswered,
                "or more requests are left out: what came of them is not in the logs",
            ),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
    }
}

/// The export that runs. Readers may hold whom they show requests to for as long as the
/// process lives, so it is no value of theirs; it goes when it has ended.
static RUNNING: Mutex<Option<Running>> = Mutex::new(None);

struct Running {
    joins: Joins,
    out: Out,
}

fn running() -> MutexGuard<'static, Option<Running>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a request.
fn see(action: ObservedAction) {
    if let Some(Running { joins, out }) = running().as_mut() {
        let oversight = action.changes.then(|| joins.of_action(&action));
        out.line(&of_request(&action, oversight));
    }
}

/// Where lines go; the first thing that went wrong with it.
struct Out {
    writer: Option<Box<dyn Write + Send>>,
    /// The file, beside which is written until it is whole.
    file: Option<(PathBuf, PathBuf)>,
    trouble: Option<io::Error>,
}

impl Out {
    fn open(file: &Option<PathBuf>) -> Result<Self, UsageError> {
        let Some(file) = file else {
            let writer: Box<dyn Write + Send> = Box::new(BufWriter::new(io::stdout()));
            return Ok(Self { writer: Some(writer), file: None, trouble: None });
        };
        let mut part = file.as_os_str().to_owned();
        part.push(format!(".{}.part", std::process::id()));
        let part = PathBuf::from(part);
        let refused =
            |error: io::Error| UsageError(format!("cannot write {}: {error}", file.display()));
        // `create_new` follows no link that somebody put there.
        let opened = OpenOptions::new().write(true).create_new(true).open(&part);
        let writer: Box<dyn Write + Send> = Box::new(BufWriter::new(opened.map_err(refused)?));
        Ok(Self { writer: Some(writer), file: Some((part, file.clone())), trouble: None })
    }

    fn line(&mut self, value: &impl serde::Serialize) {
        let Some(writer) = self.writer.as_mut().filter(|_| self.trouble.is_none()) else { return };
        let written = serde_json::to_writer(&mut *writer, value)
            .map_err(io::Error::from)
            .and_then(|()| writer.write_all(b"\n"));
        self.trouble = written.err();
    }

    /// Leaves nothing where a file was to be.
    fn abandon(&mut self) {
        self.writer = None;
        if let Some((part, _)) = &self.file {
            let _ = fs::remove_file(part);
        }
    }

    fn close(&mut self) -> io::Result<()> {
        let flushed = match self.writer.take() {
            Some(mut writer) => writer.flush(),
            None => Ok(()),
        };
        let written = self.trouble.take().map_or(flushed, Err);
        match &self.file {
            Some((part, file)) => finish(written, part, file),
            None => match written {
                // A reader that stopped reading is no failure.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
                other => other,
            },
        }
    }
}

fn finish(written: io::Result<()>, part: &Path, file: &Path) -> io::Result<()> {
    written.and_then(|()| fs::rename(part, file)).inspect_err(|_| {
        // What is half is worth nothing.
        let _ = fs::remove_file(part);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::coverage::SourceStatus;

    fn record(path: &str, items: u64) -> SourceRecord {
        SourceRecord {
            path: path.to_owned(),
            kind: "kubernetes-audit".to_owned(),
            status: SourceStatus::Read,
            items,
            malformed: 0,
            reason: None,
            digest: None,
        }
    }

    #[test]
    fn a_log_that_is_not_the_same_twice_is_named() {
        let before = [record("a.log", 3), record("b.log", 200_000)];
        assert_eq!(changed(&before, &before), None);
        for after in [
            vec![record("a.log", 3), record("b.log", 1)],
            vec![record("a.log", 3), record("b.log", 200_001)],
            vec![record("a.log", 3)],
        ] {
            assert_eq!(changed(&before, &after), Some("b.log"));
            assert_eq!(changed(&after, &before), Some("b.log"));
        }
    }
}
