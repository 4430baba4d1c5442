//! `gradus.yaml`, strictly read; without it, discovery.
//!
//! What a person declares decides what is judged, so nothing in it is guessed:
//! whatever does not fit, or names what does not exist, is an error with its
//! line, and all such errors are told at once.

mod declare;
mod schema;
mod sources;
#[cfg(test)]
mod tests;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use schemars::Schema;

use schema::{API_VERSION, KIND, WorkspaceFile};
pub use sources::{EksName, LiveAccount, LiveSource, LiveSystem, SourceEntry, SourceKind};

use crate::{
    model::{
        coverage::SourceRecord,
        declaration::{Attestation, DeclaredAgent, GatePolicy, Waiver},
        location::Location,
        principal::Principal,
    },
    source::{
        SyntaxHint,
        error::{ErrorKind, SourceError, io_reason},
        files::FileRef,
        limits::Limits,
        node::Node,
        parse, read,
        typed::from_node,
    },
};

/// The names of a workspace file.
const FILE_NAMES: [&str; 2] = ["gradus.yaml", "gradus.yml"];

/// What is to be judged, and from what.
#[derive(Debug, Clone, PartialEq)]
pub struct Workspace {
    /// Its name; that of the folder where nothing was declared.
    pub name: String,
    /// The folder that every path is relative to.
    pub root: PathBuf,
    /// The file it was declared in; none where it was discovered.
    pub file: Option<FileRef>,
    /// Declared agents, in the order of the file.
    pub agents: Vec<DeclaredAgent>,
    /// Evidence to read, expanded to files.
    pub sources: Vec<SourceEntry>,
    /// Evidence to collect from live systems.
    pub live: Vec<LiveSource>,
    /// What people state.
    pub attestations: Vec<Attestation>,
    /// What people accept.
    pub waivers: Vec<Waiver>,
    /// What `gradus gate` demands.
    pub gate: GatePolicy,
    /// Identities that stand outside of what binds others, for emergencies.
    pub break_glass: Vec<Principal>,
    /// The workspace file, or the folder.
    pub location: Location,
    /// What was named but not read: live sources, unreadable folders, links that
    /// were not followed. To be reported with the scanners' records.
    pub records: Vec<SourceRecord>,
}

/// Everything that is wrong with a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceError {
    /// In the order of the file; at least one.
    pub problems: Vec<SourceError>,
}

impl std::error::Error for WorkspaceError {}

/// One problem a line.
impl fmt::Display for WorkspaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}: {}", problem.location, problem.reason())?;
        }
        Ok(())
    }
}

impl From<SourceError> for WorkspaceError {
    fn from(problem: SourceError) -> Self {
        Self { problems: vec![problem] }
    }
}

impl Workspace {
    /// The JSON Schema of the file.
    #[must_use]
    pub fn json_schema() -> Schema {
        schema::json_schema()
    }

    /// Loads a workspace file, or a folder. A folder without a workspace file is
    /// discovered: nobody is declared, and every file under it may be evidence.
    ///
    /// # Errors
    /// `path` does not exist or cannot be read, or the file does not fit: all
    /// problems at once, with the path as it was given.
    pub fn load(path: &Path, limits: &Limits) -> Result<Self, WorkspaceError> {
        let at = Location::file(path.to_string_lossy().into_owned());
        let refused = |message: String| {
            let error = SourceError::new(ErrorKind::Io, at.clone(), message);
            error.with_way_out("give a workspace file or a folder")
        };
        let metadata = fs::metadata(path)
            .map_err(|error| refused(format!("cannot be looked at: {}", io_reason(&error))))?;
        if metadata.is_file() {
            return Self::read(path, limits);
        }
        if !metadata.is_dir() {
            return Err(refused("neither a file nor a folder".to_owned()).into());
        }
        // A link that leads nowhere must not turn a declared workspace into a discovered one.
        let named = |name: &&str| fs::symlink_metadata(path.join(name)).is_ok();
        match FILE_NAMES.iter().filter(|name| named(name)).collect::<Vec<_>>().as_slice() {
            [] => Ok(sources::discover(path, limits)),
            [name] => Self::read(&path.join(name), limits),
            _ => {
                let error = SourceError::new(ErrorKind::Shape, at, "two workspace files");
                let error = error.with_way_out("keep `gradus.yaml` and remove `gradus.yml`");
                Err(error.into())
            }
        }
    }

    fn read(path: &Path, limits: &Limits) -> Result<Self, WorkspaceError> {
        let given: Arc<str> = Arc::from(path.to_string_lossy());
        let file = FileRef { display: given.clone(), path: path.to_path_buf() };
        let content = read::read(&file, limits)?;
        let hint = match SyntaxHint::of_path(&given) {
            SyntaxHint::Unknown | SyntaxHint::Markdown => SyntaxHint::Yaml,
            hint => hint,
        };
        let parsed = parse(&given, &content.bytes, hint, limits);
        if !parsed.outcome.errors.is_empty() {
            return Err(WorkspaceError { problems: parsed.outcome.errors });
        }
        let whole = |message: &str| {
            let error = SourceError::new(ErrorKind::Shape, Location::file(given.clone()), message);
            WorkspaceError::from(
                error.with_way_out("samples/gradus.yaml in the repository shows one"),
            )
        };
        let root = match parsed.documents.as_slice() {
            [] => return Err(whole("an empty file, not a workspace")),
            [document] => &document.root,
            _ => return Err(whole("several documents; a workspace is one")),
        };
        check_kind(root, &given)?;
        let declared: WorkspaceFile = from_node(root, &given)?;
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        declare::Declaration::new(folder, path, limits).workspace(declared)
    }
}

/// What another kind of file, or a later version of this one, is told before
/// its keys are looked at.
fn check_kind(root: &Node, file: &Arc<str>) -> Result<(), SourceError> {
    for (key, expected) in [("apiVersion", API_VERSION), ("kind", KIND)] {
        let found = root.get(key);
        let text = found.and_then(Node::text);
        if text.as_deref() == Some(expected) {
            continue;
        }
        let message = match &text {
            Some(text) => format!("not a workspace: `{key}` is `{text}`, not `{expected}`"),
            None => format!("not a workspace: `{key}: {expected}` is missing"),
        };
        let location = found.unwrap_or(root).location(file);
        return Err(SourceError::new(ErrorKind::Shape, location, message)
            .with_way_out("samples/gradus.yaml in the repository shows one"));
    }
    Ok(())
}
