//! The `gradus` binary: parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    gradus::cli::main()
}
