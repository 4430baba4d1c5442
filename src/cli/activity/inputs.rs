//! Which logs were asked for, and what they are called.

use std::{
    collections::BTreeSet,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;

use crate::{
    cli::{arguments::LogOptions, exit::UsageError, pipeline},
    model::coverage::SourceRecord,
    scan::{
        activity::Mapping,
        logs::{self, Log},
    },
    source::{
        files::{self, FileRef},
        limits::Limits,
    },
    workspace::{SourceKind, Workspace},
};

/// What standard input is called.
const STDIN: &str = "stdin";

/// Logs to read.
pub(super) struct Inputs {
    /// In the order of their names, each once.
    pub(super) logs: Vec<Log>,
    /// What was found and cannot be read.
    pub(super) passed_over: Vec<SourceRecord>,
    /// Who is declared, where a workspace was named.
    pub(super) workspace: Option<Workspace>,
    /// Holds standard input for as long as it is read.
    _spool: Option<Spool>,
}

/// Finds everything that `options` name.
///
/// # Errors
/// A path that leads nowhere, standard input that cannot be read, a workspace or a mapping
/// that cannot be used.
pub(super) fn find(options: &LogOptions, limits: &Limits) -> anyhow::Result<Inputs> {
    let workspace =
        options.workspace.as_deref().map(|path| Workspace::load(path, limits)).transpose()?;
    let mut inputs = named(options, limits)?;
    let is_named = !options.paths.is_empty() || options.files_from.is_some();
    if let Some(workspace) = workspace.as_ref().filter(|_| !is_named) {
        if options.mapping.is_some() {
            let message = "--mapping is for logs that are named: a workspace says which of its \
                           own have one";
            return Err(UsageError(message.to_owned()).into());
        }
        inputs.logs = of_workspace(workspace, limits)?;
        let kind = SourceKind::Activity.as_str();
        let of_logs = workspace.records.iter().filter(|record| record.kind == kind);
        inputs.passed_over.extend(of_logs.cloned());
    }
    inputs.workspace = workspace;
    Ok(inputs)
}

/// The logs of a workspace.
fn of_workspace(workspace: &Workspace, limits: &Limits) -> anyhow::Result<Vec<Log>> {
    let mut logs = Vec::new();
    for entry in workspace.sources.iter().filter(|entry| entry.kind == SourceKind::Activity) {
        let format = pipeline::format_of(entry)?;
        let mapping = pipeline::mapping_of(entry, limits)?;
        logs.extend(entry.files.iter().map(|file| Log {
            file: file.clone(),
            format,
            mapping: mapping.clone(),
        }));
    }
    if logs.is_empty() {
        let message = "has no logs in `sources.activity`: name some";
        return Err(UsageError(format!("{} {message}", workspace.location)).into());
    }
    logs.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(logs)
}

/// The logs that are named one by one.
fn named(options: &LogOptions, limits: &Limits) -> anyhow::Result<Inputs> {
    let mapping = options.mapping.as_deref().map(|path| mapping(path, limits)).transpose()?;
    let root = options.root.as_deref().map(std::path::absolute).transpose()?;
    if let Some(root) = root.as_deref().filter(|root| !root.is_dir()) {
        return Err(UsageError(format!("--root {} is no folder", root.display())).into());
    }
    let base = root.as_deref().unwrap_or(Path::new("."));
    let mut found = BTreeSet::new();
    let mut passed_over = Vec::new();
    let mut spool = None;
    let listed = match &options.files_from {
        Some(list) => fs::read_to_string(list)
            .map_err(|error| UsageError(format!("cannot read {}: {error}", list.display())))?,
        None => String::new(),
    };
    let listed = listed.lines().filter(|line| !line.is_empty());
    for path in options.paths.iter().map(String::as_str).chain(listed) {
        if path == "-" {
            if spool.is_none() {
                let held = Spool::of_stdin().context("standard input cannot be held")?;
                found.insert(FileRef { display: STDIN.into(), path: held.0.clone() });
                spool = Some(held);
            }
            continue;
        }
        let pattern = within(path, root.as_deref())?;
        let expanded =
            files::expand(base, &pattern, limits).map_err(|error| UsageError(error.to_string()))?;
        found.extend(expanded.files);
        passed_over.extend(expanded.records);
    }
    passed_over.sort_by(|one, other| one.path.cmp(&other.path));
    passed_over.dedup();
    let logs = found.into_iter().filter_map(|file| match &mapping {
        // A mapping may lie among the logs that it is for.
        Some((own, _)) if is_same(&file.path, own) => None,
        Some((_, mapping)) if !logs::is_known(&file) => {
            Some(Log { file, format: None, mapping: Some(mapping.clone()) })
        }
        Some(_) | None => Some(Log::of(file)),
    });
    Ok(Inputs { logs: logs.collect(), passed_over, workspace: None, _spool: spool })
}

/// A mapping, and where it lies.
fn mapping<'a>(path: &'a Path, limits: &Limits) -> anyhow::Result<(&'a Path, Arc<Mapping>)> {
    let file = FileRef { display: path.to_string_lossy().into(), path: path.to_path_buf() };
    Ok((path, Arc::new(Mapping::load(&file, limits)?)))
}

/// Whether both lead to one file.
fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one)
        .ok()
        .is_some_and(|one| fs::canonicalize(other).is_ok_and(|own| own == one))
}

/// A path as it is named below `root`; as it was typed where there is none.
fn within(path: &str, root: Option<&Path>) -> anyhow::Result<String> {
    let Some(root) = root else { return Ok(path.to_owned()) };
    let path = std::path::absolute(path)?;
    let path = PathBuf::from(files::normalise(&path.to_string_lossy()));
    let root = PathBuf::from(files::normalise(&root.to_string_lossy()));
    let inside = path.strip_prefix(root).map(Path::to_path_buf).unwrap_or(path);
    Ok(files::normalise(&inside.to_string_lossy()))
}

/// Standard input as a file, since logs are looked at before they are read. It goes with
/// this value.
struct Spool(PathBuf);

impl Spool {
    fn of_stdin() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("gradus-{}.stdin", std::process::id()));
        let mut options = OpenOptions::new();
        // `create_new` follows no link that somebody put there.
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&path)?;
        let spool = Self(path);
        io::copy(&mut io::stdin().lock(), &mut file)?;
        Ok(spool)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // Whatever is left of it lies where such files are cleared away.
        let _ = fs::remove_file(&self.0);
    }
}
