//! Evidence in. Each scanner returns facts and gaps ("could not read X because
//! Y"), never an early exit.
//!
//! [`scan`] looks at every file once. What a file is follows from its content;
//! the kind of source that names it only says what it is expected to hold, and
//! something else under an expected name is told, not ignored.

pub mod activity;
pub mod agents;
pub mod aws;
pub mod kubernetes;
#[cfg(any(feature = "aws", feature = "kubernetes", feature = "mcp"))]
pub mod live;
pub mod logs;
pub mod mcp;
pub mod snapshot;
pub mod unread;

mod file;
mod project;
mod stray;
mod twice;

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    model::evidence::Evidence,
    source::{files::FileRef, limits::Limits},
};
use activity::LogFormat;
use file::Sorter;

/// What a source is expected to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expected {
    /// Objects of one cluster.
    Kubernetes,
    /// Authorization details of AWS accounts.
    Aws,
    /// Configurations of agents and their clients.
    Agents,
    /// Logs.
    Activity,
    /// Anything: what a folder without a workspace file holds.
    Anything,
}

/// Files that belong together: those of one cluster, say.
#[derive(Debug, Clone)]
pub struct Source {
    /// What it is called.
    pub name: String,
    /// What it should hold.
    pub expected: Expected,
    /// What its logs are, where that is not left to their content.
    pub format: Option<LogFormat>,
    /// How the lines of its logs become records, where somebody says so.
    pub mapping: Option<Arc<activity::Mapping>>,
    /// Its files.
    pub files: Vec<FileRef>,
}

/// A live system that was collected just now, as the text of its snapshot.
#[derive(Debug, Clone)]
pub struct Collected {
    /// What it is called, should the text not tell.
    pub name: Arc<str>,
    /// The text.
    pub text: Vec<u8>,
}

/// Reads all sources, and what was collected from live systems.
#[must_use]
pub fn scan(sources: &[Source], collected: &[Collected], limits: &Limits) -> Evidence {
    let mut wanted: BTreeMap<&FileRef, Vec<usize>> = BTreeMap::new();
    for (index, source) in sources.iter().enumerate() {
        for file in &source.files {
            wanted.entry(file).or_default().push(index);
        }
    }
    let mut sorter = Sorter::new(sources, limits);
    for (file, sources) in wanted {
        sorter.read(file, &sources);
    }
    for system in collected {
        sorter.collected(&system.name, &system.text);
    }
    sorter.finish()
}
