//! Where reports go: stdout, or files that are replaced whole.

use std::{
    fs,
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    str::FromStr,
};

use super::{
    arguments::{Arguments, AssessOptions, Color},
    exit::UsageError,
};
use crate::{
    assess::assessment::Assessment,
    report::{self, Format, RenderOptions, UnknownFormat},
};

/// A format, and the file it goes to; stdout where there is none.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The format.
    pub format: Format,
    /// The file.
    pub file: Option<PathBuf>,
}

impl FromStr for Destination {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err(format!("`{text}` names no file after `=`")),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self { format: format.parse().map_err(|error: UnknownFormat| error.to_string())?, file })
    }
}

/// Works out who gets what.
///
/// # Errors
/// When two formats would share stdout or one file.
pub fn destinations(options: &AssessOptions) -> anyhow::Result<Vec<Destination>> {
    let mut all = options.formats.clone();
    if all.is_empty() {
        all.push(Destination { format: Format::Table, file: None });
    }
    if let Some(output) = &options.output {
        let mut open: Vec<_> = all.iter_mut().filter(|d| d.file.is_none()).collect();
        match open.as_mut_slice() {
            [only] => only.file = Some(output.clone()),
            [] => {
                return Err(UsageError(
                    "-o has nothing to write: each format already names its file".to_owned(),
                )
                .into());
            }
            _ => {
                return Err(UsageError(
                    "-o takes one format: write `-f FORMAT=FILE` for each".to_owned(),
                )
                .into());
            }
        }
    }
    let mut files: Vec<Option<&Path>> = all.iter().map(|d| d.file.as_deref()).collect();
    files.sort();
    if files.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(UsageError(
            "two formats go to one place: write `-f FORMAT=FILE` for all but one".to_owned(),
        )
        .into());
    }
    Ok(all)
}

/// Writes an assessment to every destination, files first, so that a closed
/// pipe on stdout loses none of them.
///
/// # Errors
/// When something cannot be rendered or written.
pub fn write(
    assessment: &Assessment,
    destinations: &[Destination],
    arguments: &Arguments,
) -> anyhow::Result<()> {
    let (files, stdout): (Vec<_>, Vec<_>) = destinations.iter().partition(|d| d.file.is_some());
    for destination in files.into_iter().chain(stdout) {
        match &destination.file {
            Some(file) => {
                let options =
                    RenderOptions { width: None, color: false, verbose: arguments.verbose };
                let text = report::render(assessment, destination.format, &options)?;
                replace(file, &text)?;
            }
            None => {
                let options = RenderOptions {
                    width: terminal_width(),
                    color: wants_color(arguments.color),
                    verbose: arguments.verbose,
                };
                let text = report::render(assessment, destination.format, &options)?;
                let mut out = anstream::stdout().lock();
                let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
                // A reader that stopped reading (`| head`) changes nothing about
                // the outcome, and so nothing about the exit code.
                match written {
                    Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
                    other => other?,
                }
            }
        }
    }
    Ok(())
}

/// Writes text to a file, replaced whole, or to stdout.
///
/// # Errors
/// When it cannot be written.
pub fn write_text(text: &str, file: Option<&Path>) -> anyhow::Result<()> {
    if let Some(file) = file {
        return Ok(replace(file, text)?);
    }
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Writes bytes to stdout as they are.
///
/// # Errors
/// When they cannot be written; a reader that stopped reading is none.
pub fn write_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Columns of the terminal; none in a pipe.
fn terminal_width() -> Option<usize> {
    if !std::io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
}

/// Whether stdout gets colour.
fn wants_color(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
        }
    }
}

/// Replaces a file whole: a reader never sees half a report.
///
/// # Errors
/// When the place that was named cannot be written.
fn replace(file: &Path, text: &str) -> Result<(), UsageError> {
    whole(file, text)
        .map_err(|error| UsageError(format!("cannot write {}: {error}", file.display())))
}

fn whole(file: &Path, text: &str) -> std::io::Result<()> {
    let mut part = file.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(part);
    // `create_new` follows no link that somebody put there.
    fs::OpenOptions::new().write(true).create_new(true).open(&part)?.write_all(text.as_bytes())?;
    fs::rename(&part, file).inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })
}
