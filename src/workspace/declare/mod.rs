//! From what is written to what it means: ids, places, files; and every
//! complaint about what contradicts itself or names what does not exist.

mod agents;
mod sources;
mod statements;

use std::{collections::BTreeSet, path::Path, sync::Arc};

use super::{
    Workspace, WorkspaceError, schema,
    schema::{Words, WorkspaceFile},
    sources::{LiveSource, once_each},
};
use crate::{
    model::{agent::AgentId, coverage::SourceRecord, declaration::GatePolicy, location::Location},
    source::{
        error::{ErrorKind, SourceError},
        files::{FileRef, Found, PathError, expand},
        limits::Limits,
        node::Place,
        typed::Located,
    },
};

/// One workspace file on its way to a [`Workspace`].
pub(super) struct Declaration<'a> {
    root: &'a Path,
    path: &'a Path,
    /// The path as it was given, for problems.
    given: Arc<str>,
    /// The path relative to the root, for everything that is kept.
    shown: Arc<str>,
    limits: &'a Limits,
    problems: Vec<SourceError>,
    records: Vec<SourceRecord>,
}

impl<'a> Declaration<'a> {
    pub(super) fn new(root: &'a Path, path: &'a Path, limits: &'a Limits) -> Self {
        let shown = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        Self {
            root,
            path,
            given: Arc::from(path.to_string_lossy()),
            shown: Arc::from(shown),
            limits,
            problems: Vec::new(),
            records: Vec::new(),
        }
    }

    pub(super) fn workspace(mut self, file: WorkspaceFile) -> Result<Workspace, WorkspaceError> {
        let freezes = self.freezes(file.freezes.as_deref());
        let (agents, configs) = self.agents(&file.agents, freezes.as_deref());
        let ids: BTreeSet<AgentId> = agents.iter().map(|agent| agent.id.clone()).collect();
        let (mut sources, live) = self.sources(file.sources);
        self.cover(configs, &mut sources);
        let attestations =
            file.attestations.into_iter().map(|a| self.attestation(a, &ids)).collect();
        let waivers = file.waivers.into_iter().map(|waiver| self.waiver(waiver, &ids)).collect();
        let gate = self.gate(file.gate);
        let break_glass = self.principals(&file.break_glass);
        if !self.problems.is_empty() {
            self.problems.sort_by(|one, other| one.location.cmp(&other.location));
            self.problems.dedup();
            return Err(WorkspaceError { problems: self.problems });
        }
        once_each(&mut sources);
        self.records.extend(live.iter().map(LiveSource::record));
        self.records.sort_by(|one, other| one.path.cmp(&other.path));
        self.records.dedup();
        Ok(Workspace {
            name: file.metadata.name.0,
            root: self.root.to_path_buf(),
            file: Some(FileRef { display: self.shown.clone(), path: self.path.to_path_buf() }),
            agents,
            sources,
            live,
            attestations,
            waivers,
            gate,
            break_glass,
            location: Location::file(self.shown),
            records: self.records,
        })
    }

    fn problem(&mut self, place: Place, message: impl Into<String>, way_out: &str) {
        let error = SourceError::new(ErrorKind::Shape, place.location(&self.given), message);
        self.problems.push(error.with_way_out(way_out));
    }

    /// The files that a path names; nothing and a problem where it leads nowhere.
    fn expand(&mut self, path: &Located<Words>) -> Found {
        match expand(self.root, &path.value.0, self.limits) {
            Ok(mut found) => {
                found.files.retain(|file| file.path != self.path);
                found
            }
            Err(error) => {
                let way_out = match error {
                    PathError::Missing(_) | PathError::NoMatch(_) => {
                        "paths are relative to this file; create it or remove the entry"
                    }
                    PathError::BadGlob(..) => "`*`, `?`, `**`, `[ab]` and `{a,b}` are known",
                    PathError::Refused(..) => "make it readable or remove the entry",
                };
                self.problem(path.place, error.to_string(), way_out);
                Found::default()
            }
        }
    }

    /// What is not written keeps its default, so that a gate never demands less
    /// by leaving something out.
    fn gate(&mut self, written: Option<schema::Gate>) -> GatePolicy {
        let default = GatePolicy::default();
        let Some(written) = written else { return default };
        if let Some(coverage) = &written.min_coverage
            && !(0.0..=1.0).contains(&coverage.value)
        {
            let message = format!("{} is no share of the evidence", coverage.value);
            self.problem(coverage.place, message, "write a number from 0 to 1");
        }
        GatePolicy {
            min_level: written.min_level.or(default.min_level),
            max_over_extension: written.max_over_extension.or(default.max_over_extension),
            fail_on: written.fail_on.or(default.fail_on),
            fail_on_unknown: written.fail_on_unknown.or(default.fail_on_unknown),
            min_coverage: written
                .min_coverage
                .map(|coverage| coverage.value)
                .or(default.min_coverage),
        }
    }
}
