//! `gradus activity`: logs by themselves, without a workspace and without judgement.

mod export;
mod inputs;
mod joins;
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
        ActivityCommand::Export(options) => export::run(options, arguments),
        ActivityCommand::Summarize(options) => summarize::run(options, arguments),
    }
}
