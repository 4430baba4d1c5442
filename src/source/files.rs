//! Which files there are: walking folders and expanding globs, always in the
//! same order, and saying of everything that is passed over why.

use std::{
    fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use globset::GlobBuilder;
use ignore::WalkBuilder;

use super::{error::io_reason, limits::Limits};
use crate::model::coverage::{SourceRecord, SourceStatus};

/// Whether a folder holds only copies and builds: a repository's database,
/// installed packages, cargo's output.
fn is_passed_over(folder: &Path) -> bool {
    match folder.file_name().and_then(|name| name.to_str()) {
        Some(".git" | "node_modules" | "site-packages") => true,
        Some("target") => folder.join("CACHEDIR.TAG").is_file(),
        _ => false,
    }
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileRef {
    /// As shown to a person: relative to the base folder, `/` separated.
    pub display: Arc<str>,
    /// Where it is.
    pub path: PathBuf,
}

impl FileRef {
    /// How standard input is written where a file may be named.
    pub const STANDARD_INPUT: &'static str = "-";

    /// Standard input, which whoever may read it puts a file in the place of.
    #[must_use]
    pub fn standard_input() -> Self {
        Self { display: Self::STANDARD_INPUT.into(), path: Self::STANDARD_INPUT.into() }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// Files to read, ordered by what is shown.
    pub files: Vec<FileRef>,
    /// What was passed over or could not be looked at, and why.
    pub records: Vec<SourceRecord>,
}

/// Why a path of the workspace leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// There is nothing of that name.
    #[error("`{0}` does not exist")]
    Missing(String),
    /// No file has a name like that.
    #[error("`{0}` matches no file")]
    NoMatch(String),
    /// The pattern itself is wrong.
    #[error("`{0}` is not a glob that can be read: {1}")]
    BadGlob(String, String),
    /// The system refuses.
    #[error("`{0}` cannot be looked at: {1}")]
    Refused(String, String),
}

/// All files that `pattern` names: a file, a folder (walked), or a glob, relative
/// to `base`.
///
/// # Errors
/// A path that leads nowhere. A folder without files is none.
pub fn expand(base: &Path, pattern: &str, limits: &Limits) -> Result<Found, PathError> {
    let pattern = normalise(pattern);
    let path = join(base, &pattern);
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => return Ok(walk(&path, base, limits)),
        Ok(metadata) if metadata.is_file() => {
            let file = FileRef { display: display(&path, base), path };
            return Ok(Found { files: vec![file], records: Vec::new() });
        }
        Ok(_) => {
            let record = passed_over(&display(&path, base), SourceStatus::Failed, NOT_A_FILE);
            return Ok(Found { files: Vec::new(), records: vec![record] });
        }
        Err(_) if is_glob(&pattern) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(PathError::Missing(pattern));
        }
        Err(error) => return Err(PathError::Refused(pattern, io_reason(&error))),
    }
    let matcher = GlobBuilder::new(&pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| PathError::BadGlob(pattern.clone(), error.kind().to_string()))?
        .compile_matcher();
    let folder: Vec<_> = pattern.split('/').take_while(|part| !is_glob(part)).collect();
    let folder = join(base, &folder.join("/"));
    if !folder.is_dir() {
        return Err(PathError::Missing(display(&folder, base).to_string()));
    }
    let mut found = walk(&folder, base, limits);
    found.files.retain(|file| matcher.is_match(file.display.as_ref()));
    found
        .records
        .retain(|record| record.status == SourceStatus::Failed || matcher.is_match(&record.path));
    if found.files.is_empty() && found.records.is_empty() {
        return Err(PathError::NoMatch(pattern));
    }
    Ok(found)
}

const NOT_A_FILE: &str = "a pipe, socket or device, not a file";

/// All files under a folder.
///
/// Hidden files are seen and ignore files have no say: evidence is often both.
/// Only `.git`, `node_modules`, Python's `site-packages` and cargo's `target` are passed
/// over.
/// Links are not followed, except to a file of `base` that the walk does not
/// meet itself; so there are no loops, and nothing is read twice.
#[must_use]
pub fn walk(folder: &Path, base: &Path, limits: &Limits) -> Found {
    let mut found = Found::default();
    let walker = WalkBuilder::new(folder)
        .standard_filters(false)
        .follow_links(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(|entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            entry.depth() == 0 || !is_folder || !is_passed_over(entry.path())
        })
        .build();
    let mut looked_at = 0;
    for entry in walker {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.records.push(unreadable(&error, folder, base));
                continue;
            }
        };
        let Some(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            continue;
        }
        let shown = display(entry.path(), base);
        looked_at += 1;
        if looked_at > limits.files {
            let reason = format!(
                "more than {} files; this one and what follows were not looked at",
                limits.files
            );
            found.records.push(passed_over(&shown, SourceStatus::Failed, &reason));
            break;
        }
        if kind.is_file() {
            found.files.push(FileRef { display: shown, path: entry.into_path() });
        } else if kind.is_symlink() {
            link(entry.path(), &shown, folder, base, &mut found);
        } else {
            found.records.push(passed_over(&shown, SourceStatus::Skipped, NOT_A_FILE));
        }
    }
    found.files.sort();
    found.records.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn link(path: &Path, shown: &Arc<str>, folder: &Path, base: &Path, found: &mut Found) {
    let within =
        |target: &Path, root: &Path| root.canonicalize().is_ok_and(|root| target.starts_with(root));
    let (status, reason) = match path.canonicalize() {
        Err(error) => {
            (SourceStatus::Failed, format!("a link that leads nowhere ({})", io_reason(&error)))
        }
        Ok(target) if within(&target, folder) => {
            (SourceStatus::Skipped, "a link to what is read where it stands".to_owned())
        }
        Ok(target) if target.is_file() && within(&target, base) => {
            found.files.push(FileRef { display: shown.clone(), path: target });
            return;
        }
        Ok(_) => {
            let reason = "a link out of the folder, not followed; name its target as a source";
            (SourceStatus::Failed, reason.to_owned())
        }
    };
    found.records.push(passed_over(shown, status, &reason));
}

fn unreadable(error: &ignore::Error, folder: &Path, base: &Path) -> SourceRecord {
    let mut error = error;
    let mut at = folder;
    loop {
        match error {
            ignore::Error::WithPath { path, err } => {
                at = path;
                error = err;
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                error = err;
            }
            _ => break,
        }
    }
    let reason = match error {
        ignore::Error::Io(error) => io_reason(error),
        error => error.to_string(),
    };
    let reason = format!("cannot be looked at: {reason}");
    passed_over(&display(at, base), SourceStatus::Failed, &reason)
}

/// The record of something that was not read.
fn passed_over(shown: &str, status: SourceStatus, reason: &str) -> SourceRecord {
    SourceRecord::without_items(shown, "unrecognised", status, Some(reason.to_owned()))
}

/// Relative to `base` where it lies under it, `/` separated.
fn display(path: &Path, base: &Path) -> Arc<str> {
    let relative = path.strip_prefix(base).unwrap_or(path);
    let text = normalise(&relative.to_string_lossy());
    Arc::from(text)
}

fn join(base: &Path, relative: &str) -> PathBuf {
    if relative.is_empty() || relative == "." { base.to_path_buf() } else { base.join(relative) }
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?', '[', '{'])
}

/// A path without `.` and needless `..`, `/` separated, no `/` at its end; the
/// base folder itself is `.`.
#[must_use]
pub fn normalise(path: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut root = String::new();
    for component in Path::new(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if parts.last().is_some_and(|last| last != "..") => {
                parts.pop();
            }
            Component::ParentDir => parts.push("..".to_owned()),
            Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            Component::RootDir => root.push('/'),
            Component::Prefix(prefix) => root.push_str(&prefix.as_os_str().to_string_lossy()),
        }
    }
    let joined = format!("{root}{}", parts.join("/"));
    if joined.is_empty() { ".".to_owned() } else { joined }
}
