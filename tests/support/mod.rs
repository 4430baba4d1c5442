//! The binary, run as a user would run it.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::{path::Path, process::Output};

use assert_cmd::Command;

/// 2026-11-22 00:00 UTC: the day of the samples.
pub(crate) const DAY: &str = "1795305600";

/// `gradus` in `folder`, on the day of the samples, with nothing of this
/// machine's environment that changes what is printed.
pub(crate) fn gradus(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("gradus").unwrap();
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("SOURCE_DATE_EPOCH", DAY)
        .timeout(std::time::Duration::from_secs(120));
    command
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What one run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    /// Exit code; none after a signal.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

/// Runs `gradus` with `arguments` in `folder`.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Run {
    let Output { status, stdout, stderr } = gradus(folder).args(arguments).output().unwrap();
    Run {
        code: status.code(),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    }
}

impl Run {
    /// Asserts that the run ended with `code` and did not panic.
    #[track_caller]
    pub(crate) fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        self
    }

    /// Asserts that something was said, on either stream.
    #[track_caller]
    pub(crate) fn says(&self, what: &str) -> &Self {
        let told = self.stdout.contains(what) || self.stderr.contains(what);
        assert!(told, "nothing says `{what}`: {self:#?}");
        self
    }

    /// Asserts that something was not said.
    #[track_caller]
    pub(crate) fn never_says(&self, what: &str) -> &Self {
        let told = self.stdout.contains(what) || self.stderr.contains(what);
        assert!(!told, "something says `{what}`: {self:#?}");
        self
    }
}
