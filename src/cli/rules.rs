//! `gradus explain` and `gradus rubric`, from arguments to exit codes.

use std::io::Write as _;

use super::{
    arguments::{ListFormat, RubricCommand},
    exit::{Exit, UsageError},
    explain,
    rubric::{self, Checked, Format},
};

/// Columns where nothing tells how wide the terminal is.
const WIDTH: u16 = 80;

/// Writes the page of one id.
///
/// # Errors
/// When nothing has the id.
pub fn explain(id: &str) -> anyhow::Result<Exit> {
    let page = explain::explain(id).map_err(|error| UsageError(format!("{error:#}")))?;
    anstream::stdout().lock().write_all(page.as_bytes())?;
    Ok(Exit::Fine)
}

/// Lists, shows or checks rules.
///
/// # Errors
/// When there is no such rule, or output cannot be written.
pub fn rubric(command: &RubricCommand) -> anyhow::Result<Exit> {
    let mut out = anstream::stdout().lock();
    match command {
        RubricCommand::List { format } => rubric::list(&mut out, of(*format))?,
        RubricCommand::Show { id, format } => rubric::show(&mut out, id, of(*format))
            .map_err(|error| UsageError(format!("{error:#}")))?,
        RubricCommand::Check { folder } => {
            let mut err = anstream::stderr().lock();
            return Ok(match rubric::check(&mut out, &mut err, folder.as_deref())? {
                Checked::Sound => Exit::Fine,
                Checked::Faulty => Exit::Usage,
            });
        }
    }
    Ok(Exit::Fine)
}

/// The format with the width of the terminal.
fn of(format: ListFormat) -> Format {
    match format {
        ListFormat::Json => Format::Json,
        ListFormat::Table => Format::Table {
            width: terminal_size::terminal_size().map_or(WIDTH, |(width, _)| width.0),
        },
    }
}
