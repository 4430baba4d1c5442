//! Commands: arguments in, calls, output. No decision of the domain stands here.

pub mod activity;
pub mod arguments;
pub mod assess;
pub mod clock;
pub mod collect;
pub mod exit;
pub mod explain;
pub mod gate;
pub mod live;
pub mod mcp;
pub mod output;
pub mod pipeline;
#[cfg(any(feature = "aws", feature = "kubernetes", feature = "mcp"))]
pub mod progress;
pub mod rightsize;
pub mod rubric;
pub mod rules;
pub mod schema;
mod stdin;

use std::{io::Write as _, process::ExitCode};

use clap::Parser as _;

use arguments::{Arguments, Command};
use exit::Exit;

/// Runs the command line; every error is told on stderr with its causes.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let wanted = !error.use_stderr();
            return match error.print() {
                Ok(()) if wanted => Exit::Fine.into(),
                Ok(()) => Exit::Usage.into(),
                Err(_) => Exit::Internal.into(),
            };
        }
    };
    arguments.color.write_global();
    match run(&arguments) {
        Ok(exit) => exit.into(),
        Err(error) => {
            // A reader that stopped reading (`| head`) is no failure of ours.
            if exit::is_broken_pipe(&error) {
                return Exit::Fine.into();
            }
            let _ = writeln!(anstream::stderr(), "gradus: {error:#}");
            exit::of_error(&error).into()
        }
    }
}

/// Dispatches to the command.
fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    match &arguments.command {
        Command::Assess(options) => assess::run(options, arguments),
        Command::Gate(options) => gate::run(options, arguments),
        Command::Collect { command } => collect::run(command, arguments),
        Command::Activity { command } => activity::run(command, arguments),
        Command::Rightsize(options) => rightsize::run(options, arguments),
        Command::Explain { id } => rules::explain(id),
        Command::Schema { name } => schema::run(*name),
        Command::Rubric { command } => rules::rubric(command),
    }
}
