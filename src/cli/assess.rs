//! `gradus assess`: evidence to report.

use super::{
    arguments::{Arguments, AssessOptions},
    exit::Exit,
    output, pipeline,
};

/// Assesses and reports. Nothing to judge is not a pass: exit 3.
///
/// # Errors
/// When the workspace is wrong, or a report cannot be written.
pub fn run(options: &AssessOptions, arguments: &Arguments) -> anyhow::Result<Exit> {
    let destinations = output::destinations(options)?;
    let assessment = pipeline::assess(&options.evidence, arguments.quiet, None)?;
    output::write(&assessment, &destinations, arguments)?;
    Ok(if assessment.agents.is_empty() { Exit::Incomplete } else { Exit::Fine })
}
