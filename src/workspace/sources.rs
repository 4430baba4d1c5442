//! Evidence as files: every entry expanded, in one order, each file once for
//! each kind.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::Workspace;
use crate::{
    model::{
        coverage::{SourceRecord, SourceStatus},
        declaration::GatePolicy,
        location::Location,
    },
    source::{
        files::{FileRef, walk},
        limits::Limits,
    },
};

/// What a source is said to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SourceKind {
    /// Manifests and dumps of a cluster.
    Kubernetes,
    /// IAM of an account.
    Aws,
    /// Configuration of agents and their clients.
    Agents,
    /// Logs.
    Activity,
    /// Whatever its content says.
    Any,
}

impl SourceKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Kubernetes, Self::Aws, Self::Agents, Self::Activity, Self::Any];

    /// The key in `gradus.yaml`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Aws => "aws",
            Self::Agents => "agents",
            Self::Activity => "activity",
            Self::Any => "any",
        }
    }
}

/// One entry of `sources`, as files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceEntry {
    /// What it is said to hold.
    pub kind: SourceKind,
    /// Its files that no entry of the same kind before it has, in the order of
    /// their names.
    pub files: Vec<FileRef>,
    /// The format, where it is not left to the content.
    pub format: Option<String>,
    /// The file that says how the lines of its logs become records.
    pub mapping: Option<FileRef>,
    /// Which cluster of EKS it is, where a person says it.
    pub eks: Option<EksName>,
    /// Where it is named.
    pub location: Location,
}

/// A cluster of EKS, as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EksName {
    /// Its name or its ARN.
    pub name: String,
    /// Where it is named.
    pub location: Location,
}

/// A live system, named but not collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSource {
    /// Which.
    pub system: LiveSystem,
    /// Where it is named.
    pub location: Location,
}

/// A live system, as far as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveSystem {
    /// A cluster.
    Cluster {
        /// The context of the kubeconfig.
        context: String,
        /// Which cluster of EKS it is, where a person says it.
        eks: Option<EksName>,
    },
    /// An AWS account.
    Account(LiveAccount),
}

/// An AWS account, as far as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveAccount {
    /// The profile of the AWS CLI's configuration.
    pub profile: String,
    /// The twelve digits that it must have.
    pub account: Option<String>,
    /// A region of the part of AWS to ask; none for the configured one.
    pub region: Option<String>,
}

impl LiveSource {
    /// The record that says that it was not read.
    pub(super) fn record(&self) -> SourceRecord {
        let (path, kind) = match &self.system {
            LiveSystem::Cluster { context, .. } => {
                (format!("kubernetes context {context}"), SourceKind::Kubernetes)
            }
            LiveSystem::Account(LiveAccount { profile, .. }) => {
                (format!("aws profile {profile}"), SourceKind::Aws)
            }
        };
        let plane = kind.as_str();
        let reason = format!(
            "a live source, not collected: `--live {plane}` collects it, or give it as files"
        );
        failed(&path, kind, &reason)
    }
}

impl Workspace {
    /// Forgets that an undeclared folder is empty: the evidence is live.
    pub fn needs_no_file(&mut self) {
        if self.file.is_none() {
            self.records.retain(|record| record.reason.as_deref() != Some(EMPTY));
        }
    }

    /// Takes out the live sources that are going to be collected: they no longer
    /// count as not collected.
    pub fn take_live(&mut self, chosen: impl Fn(&LiveSource) -> bool) -> Vec<LiveSource> {
        let (taken, left) = std::mem::take(&mut self.live).into_iter().partition(|s| chosen(s));
        self.live = left;
        let taken: Vec<LiveSource> = taken;
        for source in &taken {
            let record = source.record();
            self.records.retain(|other| *other != record);
        }
        taken
    }

    /// Notes a live source that could not be collected.
    pub fn failed_live(&mut self, kind: SourceKind, name: &str, reason: &str) {
        let record = failed(&format!("{}/{name}", kind.as_str()), kind, reason);
        if !self.records.contains(&record) {
            self.records.push(record);
        }
    }
}

/// The record of a source that gave nothing.
pub(super) fn failed(path: &str, kind: SourceKind, reason: &str) -> SourceRecord {
    let reason = Some(reason.to_owned());
    SourceRecord::without_items(path, kind.as_str(), SourceStatus::Failed, reason)
}

/// Leaves each file to one entry of its kind: one that names a format or a mapping
/// before one that does not, then the first.
pub(super) fn once_each(entries: &mut [SourceEntry]) {
    let mut taken: BTreeSet<(SourceKind, PathBuf)> = BTreeSet::new();
    let says_what = |entry: &SourceEntry| entry.format.is_some() || entry.mapping.is_some();
    for told in [true, false] {
        for entry in entries.iter_mut().filter(|entry| says_what(entry) == told) {
            let kind = entry.kind;
            entry.files.retain(|file| taken.insert((kind, file.path.clone())));
        }
    }
}

/// Why a folder gave nothing.
pub(super) const EMPTY: &str = "the folder holds no file";

/// A folder in which nothing is declared.
pub(super) fn discover(folder: &Path, limits: &Limits) -> Workspace {
    let name = folder.canonicalize().ok();
    let name = name.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy());
    let name = name.map_or_else(|| "workspace".to_owned(), std::borrow::Cow::into_owned);
    let location = Location::file(".");
    let (entry, records) = everything(folder, None, location.clone(), limits);
    Workspace {
        name,
        root: folder.to_path_buf(),
        file: None,
        agents: Vec::new(),
        sources: vec![entry],
        live: Vec::new(),
        attestations: Vec::new(),
        waivers: Vec::new(),
        gate: GatePolicy::default(),
        break_glass: Vec::new(),
        location,
        records,
    }
}

/// Every file of a folder, but not the workspace file itself.
pub(super) fn everything(
    folder: &Path,
    workspace_file: Option<&Path>,
    location: Location,
    limits: &Limits,
) -> (SourceEntry, Vec<SourceRecord>) {
    let mut found = walk(folder, folder, limits);
    found.files.retain(|file| Some(file.path.as_path()) != workspace_file);
    if found.files.is_empty() && found.records.is_empty() {
        found.records.push(failed(".", SourceKind::Any, EMPTY));
    }
    let entry = SourceEntry {
        kind: SourceKind::Any,
        files: found.files,
        format: None,
        mapping: None,
        eks: None,
        location,
    };
    (entry, found.records)
}
