//! `gradus activity`: logs by themselves, without a workspace and without judgement.

mod inputs;
mod summarize;

use super::{
    arguments::{ActivityCommand, Arguments},
    exit::Exit,
};

/// Runs one of its commands.
///
/// # Errors
/// When a path leads nowhere, or the result cannot be written.
pub fn run(command: &ActivityCommand, arguments: &Arguments) -> anyhow::Result<Exit> {
    match command {
        ActivityCommand::Summarize(options) => summarize::run(options, arguments),
    }
}
