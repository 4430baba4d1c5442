//! A rubric in a folder. A file with the path of an embedded one replaces it,
//! any other extends it; so an organisation keeps its own criteria in one file,
//! or a whole rubric of its own, with the same layout.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use serde::de::DeserializeOwned;

use super::{
    embedded,
    load::{JsonFile, Parts, Problem, Rubric, RubricErrors, RubricFile},
};
use crate::{
    model::{coverage::SourceStatus, location::Location},
    source::{
        self, SyntaxHint, files,
        files::FileRef,
        limits::Limits,
        node::{Node, Place, Value},
        read,
        typed::from_node,
    },
};

/// Largest rubric file, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// What came of one file of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileState {
    /// Read, in place of the embedded file of that path.
    Replaces,
    /// Read, beside the embedded files.
    Extends,
    /// Well-formed, but of a kind that only the embedded rubric holds so far:
    /// risks, effects, servers, agents, paths, deputies, access policies.
    NotExtensible,
    /// Not YAML, or not a file of a rubric.
    Skipped,
    /// Could not be read.
    Failed,
}

impl FileState {
    /// What to say of it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replaces => "replaces the built-in file",
            Self::Extends => "extends the built-in rubric",
            Self::NotExtensible => "not used: risks, effects, servers and agents are built in",
            Self::Skipped => "skipped: no file of a rubric",
            Self::Failed => "could not be read",
        }
    }
}

/// What a folder holds.
#[derive(Debug)]
pub struct FolderReport {
    /// Every file found, by its path below the folder.
    pub files: BTreeMap<String, FileState>,
    /// The rubric, or what is wrong with it.
    pub rubric: Result<Rubric, RubricErrors>,
}

impl Rubric {
    /// The embedded rubric, extended or replaced file by file by a folder, and
    /// checked.
    ///
    /// # Errors
    /// When a file cannot be read or anything in the rubric is wrong; every
    /// problem with its place.
    pub fn from_folder(folder: &Path) -> Result<Self, RubricErrors> {
        Self::read_folder(folder).rubric
    }

    /// The same, with what came of each file.
    #[must_use]
    pub fn read_folder(folder: &Path) -> FolderReport {
        let limits = Limits { file_bytes: MAX_FILE, ..Limits::default() };
        let shown = folder.to_string_lossy().replace('\\', "/");
        let found = files::walk(folder, folder, &limits);
        let mut states = BTreeMap::new();
        let mut parts = Parts::default();
        let mut digests = format!("{}\n", embedded::digest());
        for record in found.records {
            if record.status == SourceStatus::Skipped {
                states.insert(record.path, FileState::Skipped);
                continue;
            }
            let location = Location::file(format!("{shown}/{}", record.path));
            let reason = record.reason.unwrap_or_else(|| "cannot be read".to_owned());
            parts.problems.push(Problem::new(&location, reason));
            states.insert(record.path, FileState::Failed);
        }
        if found.files.is_empty() && parts.problems.is_empty() {
            parts.problems.push(Problem::new(&Location::file(shown.as_str()), "holds no file"));
        }
        // The built-in files first, so that of two entries with one id the folder's
        // is the one complained about.
        for &(path, text) in embedded::files() {
            if !found.files.iter().any(|file| &*file.display == path) {
                parts.read(path, &JsonFile { path, text });
            }
        }
        for file in found.files {
            let path = file.display.to_string();
            let file = FileRef { display: Arc::from(format!("{shown}/{path}")), ..file };
            let state = add(&path, &file, &limits, &mut parts, &mut digests);
            states.insert(path, state);
        }
        let rubric = parts.assemble(read::digest(digests.as_bytes())).and_then(|rubric| {
            let problems = rubric.check();
            if problems.is_empty() { Ok(rubric) } else { Err(RubricErrors { problems }) }
        });
        FolderReport { files: states, rubric }
    }
}

/// Reads one file of the folder into `parts`, and its identity into `digests`.
fn add(
    path: &str,
    file: &FileRef,
    limits: &Limits,
    parts: &mut Parts,
    digests: &mut String,
) -> FileState {
    if !path.ends_with(".yaml") {
        return FileState::Skipped;
    }
    let content = match read::read(file, limits) {
        Ok(content) => content,
        Err(error) => {
            parts.problems.push(Problem { message: error.reason(), location: error.location });
            return FileState::Failed;
        }
    };
    let parsed = source::parse(&file.display, &content.bytes, SyntaxHint::Yaml, limits);
    let mut problems: Vec<Problem> = parsed
        .outcome
        .errors
        .into_iter()
        .map(|error| Problem { message: error.reason(), location: error.location })
        .collect();
    let mut documents = parsed.documents.into_iter();
    let root = match (documents.next(), documents.next()) {
        (Some(document), None) if document.lenient.is_none() => Some(document.root),
        _ => {
            if problems.is_empty() {
                let location = Location::file(file.display.clone());
                problems.push(Problem::new(&location, "a rubric file is one YAML document"));
            }
            None
        }
    };
    let failed = !problems.is_empty();
    parts.problems.append(&mut problems);
    let (Some(root), false) = (root, failed) else { return FileState::Failed };
    digests.push_str(&format!("{path}\n{}\n", content.digest));
    let file = NodeFile { file: file.display.clone(), root };
    let embedded = embedded::files().iter().any(|(known, _)| *known == path);
    let before = parts.problems.len();
    if parts.read(path, &file) {
        if parts.problems.len() > before {
            FileState::Failed
        } else if embedded {
            FileState::Replaces
        } else {
            FileState::Extends
        }
    } else if embedded
        || [
            "risks/",
            "effects/",
            "conditions/",
            "servers/",
            "agents/",
            "paths/",
            "deputies/",
            "eks/",
            "logs/",
        ]
        .iter()
        .any(|part| path.starts_with(part))
    {
        FileState::NotExtensible
    } else {
        FileState::Skipped
    }
}

/// A file of a folder.
struct NodeFile {
    file: Arc<str>,
    root: Node,
}

impl NodeFile {
    fn typed<T: DeserializeOwned>(&self, node: &Node) -> Result<T, Problem> {
        from_node(node, &self.file)
            .map_err(|error| Problem { message: error.reason(), location: error.location })
    }

    fn at(&self, place: Place) -> Location {
        place.location(&self.file)
    }
}

impl RubricFile for NodeFile {
    fn whole<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        self.typed(&self.root)
    }

    fn list<T: DeserializeOwned>(&self, key: &str) -> Result<Vec<(Location, T)>, Vec<Problem>> {
        let entries = match &self.root.value {
            Value::Mapping(mapping) => match mapping.entries.as_slice() {
                [(name, node)] if name.name == key => node.as_sequence(),
                _ => None,
            },
            _ => None,
        };
        let Some(entries) = entries else {
            let message = format!("the file holds one list, under `{key}`");
            return Err(vec![Problem::new(&self.at(self.root.place), message)]);
        };
        let mut read = Vec::new();
        let mut problems = Vec::new();
        for node in entries {
            match self.typed(node) {
                Ok(entry) => read.push((self.at(node.place), entry)),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    }

    fn location(&self) -> Location {
        Location::file(self.file.clone())
    }
}
