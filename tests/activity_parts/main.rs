//! Summaries of logs, by the binary: they merge to what one run over all logs gives, and
//! are assessed as the logs are. `docs/beyond-one-machine.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot be set up must stop"
)]

mod assessed;
mod exported;
mod refused;
mod summaries;
#[path = "../support/mod.rs"]
mod support;

use std::{
    fs,
    path::{Path, PathBuf},
};

use support::run;

/// A copy of the samples, in a folder of their own.
fn samples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    support::copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), folder.path());
    folder
}

/// All logs of the samples, as the workspace names them.
fn logs(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.join("logs"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".log") || name.contains(".json"))
        .map(|name| format!("logs/{name}"))
        .collect();
    names.sort();
    names
}

/// Summarizes `inputs` into `output`, which must succeed.
fn summarize(folder: &Path, inputs: &[&str], output: &str) -> PathBuf {
    let arguments = [&["activity", "summarize", "-o", output][..], inputs].concat();
    let run = run(folder, &arguments);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    folder.join(output)
}
