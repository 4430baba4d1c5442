//! From what is written to what it means: ids, places, files; and every
//! complaint about what contradicts itself or names what does not exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Workspace, WorkspaceError, schema,
    schema::{Words, WorkspaceFile},
    sources::{LiveSource, SourceEntry, SourceKind, everything, failed, once_each},
};
use crate::{
    model::{
        agent::AgentId,
        coverage::SourceRecord,
        declaration::{
            Attestation, AttestedEvidence, DeclaredAgent, EvidenceCheck, GatePolicy, Waiver,
        },
        location::Location,
        principal::Principal,
    },
    source::{
        error::{ErrorKind, SourceError},
        files::{FileRef, Found, PathError, expand, normalise},
        limits::Limits,
        node::Place,
        read,
        typed::{Located, nearest},
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
        let (agents, configs) = self.agents(&file.agents);
        let ids: BTreeSet<AgentId> = agents.iter().map(|agent| agent.id.clone()).collect();
        let (mut sources, live) = self.sources(file.sources);
        self.cover(configs, &mut sources);
        let attestations =
            file.attestations.into_iter().map(|a| self.attestation(a, &ids)).collect();
        let waivers = file.waivers.into_iter().map(|waiver| self.waiver(waiver, &ids)).collect();
        let gate = self.gate(file.gate);
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
            location: Location::file(self.shown),
            records: self.records,
        })
    }

    fn problem(&mut self, place: Place, message: impl Into<String>, way_out: &str) {
        let error = SourceError::new(ErrorKind::Shape, place.location(&self.given), message);
        self.problems.push(error.with_way_out(way_out));
    }

    /// The agents, and the files of their configuration.
    fn agents<'w>(
        &mut self,
        written: &'w [Located<schema::Agent>],
    ) -> (Vec<DeclaredAgent>, Vec<(&'w Located<Words>, Found)>) {
        let mut seen: BTreeMap<AgentId, Place> = BTreeMap::new();
        let mut agents = Vec::new();
        let mut named = Vec::new();
        for agent in written {
            let id = self.agent_id(&agent.value);
            if let Some(first) = seen.insert(id.clone(), agent.place) {
                let message =
                    format!("the agent `{id}` is declared twice, first in line {}", first.line);
                self.problem(agent.place, message, "give one of them another name or environment");
            }
            let mut configs = Vec::new();
            for config in &agent.value.configs {
                let found = self.expand(config);
                configs.extend(self.config_paths(config, &found));
                named.push((config, found));
            }
            agents.push(DeclaredAgent {
                id,
                name: agent.value.name.value.0.clone(),
                environment: agent.value.environment.value.0.clone(),
                tier: agent.value.tier,
                owner: agent.value.owner.clone().map(|words| words.0),
                purpose: agent.value.purpose.clone().map(|words| words.0),
                ceiling: agent.value.ceiling,
                principals: self.principals(&agent.value.principals),
                configs,
                location: agent.place.location(&self.shown),
            });
        }
        (agents, named)
    }

    fn agent_id(&mut self, agent: &schema::Agent) -> AgentId {
        for part in [&agent.name, &agent.environment] {
            let text = &part.value.0;
            if text.contains(|c: char| c == '@' || c.is_whitespace() || c.is_control()) {
                let message = format!("`{text}` cannot be part of an agent's id");
                self.problem(
                    part.place,
                    message,
                    "use letters, digits and `-`; the id is `name@environment`",
                );
            }
        }
        AgentId::new(&agent.name.value.0, &agent.environment.value.0)
    }

    fn principals(&mut self, written: &schema::Principals) -> Vec<Principal> {
        let mut principals = Vec::new();
        for name in &written.kubernetes {
            let principal = Principal::kubernetes(&name.value.0);
            let half = name.value.0.starts_with("system:serviceaccount:");
            if half && !matches!(principal, Principal::ServiceAccount { .. }) {
                let message = format!("`{}` names no ServiceAccount", name.value.0);
                self.problem(name.place, message, "write `system:serviceaccount:NAMESPACE:NAME`");
            }
            principals.push(principal);
        }
        for arn in &written.aws {
            if !is_iam_arn(&arn.value.0) {
                let message = format!("`{}` is not the ARN of an IAM role or user", arn.value.0);
                self.problem(arn.place, message, "write `arn:aws:iam::ACCOUNT:role/NAME`");
            }
            principals.push(Principal::Aws(arn.value.0.clone()));
        }
        principals
    }

    /// The paths of one `configs` entry: a folder ends in `/`, a glob becomes the
    /// files it matches.
    fn config_paths(&self, config: &Located<Words>, found: &Found) -> Vec<String> {
        let path = normalise(&config.value.0);
        if self.root.join(&path).is_dir() {
            vec![format!("{path}/")]
        } else {
            found.files.iter().map(|file| file.display.to_string()).collect()
        }
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

    fn sources(&mut self, written: Option<schema::Sources>) -> (Vec<SourceEntry>, Vec<LiveSource>) {
        let Some(written) = written else {
            let location = Location::file(self.shown.clone());
            let (entry, records) = everything(self.root, Some(self.path), location, self.limits);
            self.records.extend(records);
            return (vec![entry], Vec::new());
        };
        let mut entries = Vec::new();
        let mut live = Vec::new();
        let kinds = [
            (SourceKind::Kubernetes, written.kubernetes),
            (SourceKind::Aws, written.aws),
            (SourceKind::Agents, written.agents),
            (SourceKind::Activity, written.activity),
        ];
        for (kind, sources) in kinds {
            for source in sources {
                self.source(kind, source, &mut entries, &mut live);
            }
        }
        (entries, live)
    }

    fn source(
        &mut self,
        kind: SourceKind,
        source: Located<schema::Source>,
        entries: &mut Vec<SourceEntry>,
        live: &mut Vec<LiveSource>,
    ) {
        let place = source.place;
        let schema::Source { path, format, context, profile } = source.value;
        let live_name = match kind {
            SourceKind::Kubernetes => context.as_ref().filter(|_| profile.is_none()),
            SourceKind::Aws => profile.as_ref().filter(|_| context.is_none()),
            SourceKind::Agents | SourceKind::Activity | SourceKind::Any => None,
        };
        match (path, live_name) {
            (Some(path), None) if context.is_none() && profile.is_none() => {
                let found = self.expand(&path);
                self.keep(kind, &path, found, format.map(|words| words.0), entries);
            }
            (None, Some(name)) if format.is_none() => live.push(LiveSource {
                kind,
                name: name.value.0.clone(),
                location: place.location(&self.shown),
            }),
            _ => {
                let way_out = match kind {
                    SourceKind::Kubernetes => {
                        "give one of `path` and `context`; `format` goes with `path`"
                    }
                    SourceKind::Aws => {
                        "give one of `path` and `profile`; `format` goes with `path`"
                    }
                    _ => "give `path`",
                };
                self.problem(place, format!("not a source of `{}`", kind.as_str()), way_out);
            }
        }
    }

    fn keep(
        &mut self,
        kind: SourceKind,
        path: &Located<Words>,
        found: Found,
        format: Option<String>,
        entries: &mut Vec<SourceEntry>,
    ) {
        if found.files.is_empty() && found.records.is_empty() {
            let reason = "the folder holds no file";
            self.records.push(failed(&normalise(&path.value.0), kind, reason));
        }
        self.records.extend(found.records);
        let location = path.place.location(&self.shown);
        entries.push(SourceEntry { kind, files: found.files, format, location });
    }

    /// What agents call their configuration is read, whether `sources` names it or not.
    fn cover(&mut self, configs: Vec<(&Located<Words>, Found)>, entries: &mut Vec<SourceEntry>) {
        let mut covered: BTreeSet<PathBuf> = entries
            .iter()
            .filter(|entry| matches!(entry.kind, SourceKind::Agents | SourceKind::Any))
            .flat_map(|entry| entry.files.iter().map(|file| file.path.clone()))
            .collect();
        for (config, mut found) in configs {
            let any = !found.files.is_empty();
            found.files.retain(|file| covered.insert(file.path.clone()));
            if !any || !found.files.is_empty() {
                self.keep(SourceKind::Agents, config, found, None, entries);
            }
        }
    }

    fn declared(&mut self, agent: &Located<Words>, ids: &BTreeSet<AgentId>) -> AgentId {
        let id = AgentId::undeclared(&agent.value.0);
        if !ids.contains(&id) {
            let known: Vec<_> = ids.iter().map(AgentId::as_str).collect();
            let way_out = nearest(id.as_str(), &known).unwrap_or_else(|| {
                "declare it under `agents`; the id is `name@environment`".to_owned()
            });
            self.problem(agent.place, format!("no agent `{id}` is declared"), &way_out);
        }
        id
    }

    fn attestation(
        &mut self,
        attestation: Located<schema::Attestation>,
        ids: &BTreeSet<AgentId>,
    ) -> Attestation {
        let location = attestation.place.location(&self.shown);
        let written = attestation.value;
        let agent = written.agent.as_ref().map(|agent| self.declared(agent, ids));
        if written.expires.value < written.on {
            let way_out = "`expires` is the last day on which the statement counts";
            self.problem(written.expires.place, "expires before the day it was made `on`", way_out);
        }
        Attestation {
            criterion: written.criterion.0,
            agent,
            statement: written.statement.0,
            by: written.by.0,
            on: written.on.0,
            expires: written.expires.value.0,
            evidence: written.evidence.map(|evidence| self.evidence(evidence)),
            location,
        }
    }

    fn evidence(&mut self, written: schema::Evidence) -> AttestedEvidence {
        let uri = written.uri.0;
        let Some(given) = written.sha256 else {
            return AttestedEvidence { uri, sha256: None, check: EvidenceCheck::NotChecked };
        };
        let digest = given.value.0.trim_start_matches("sha256:").to_ascii_lowercase();
        if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let way_out = "`sha256sum FILE` prints it: 64 hexadecimal digits";
            self.problem(given.place, "not a SHA-256", way_out);
        }
        let check = if uri.contains("://") {
            EvidenceCheck::NotChecked
        } else {
            let path = normalise(&uri);
            let file = FileRef { path: self.root.join(&path), display: Arc::from(path) };
            match read::sha256_of(&file, self.limits) {
                Ok(found) if found == digest => EvidenceCheck::Matches,
                Ok(_) => EvidenceCheck::Differs,
                Err(error) => EvidenceCheck::Unreadable(error.message),
            }
        };
        AttestedEvidence { uri, sha256: Some(digest), check }
    }

    fn waiver(&mut self, waiver: Located<schema::Waiver>, ids: &BTreeSet<AgentId>) -> Waiver {
        let written = waiver.value;
        Waiver {
            criterion: written.criterion.0,
            agent: self.declared(&written.agent, ids),
            reason: written.reason,
            justification: written.justification.0,
            owner: written.owner.0,
            approver: written.approver.0,
            expires: written.expires.0,
            location: waiver.place.location(&self.shown),
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

/// `arn:PARTITION:iam::ACCOUNT:role/…` or `…:user/…`.
fn is_iam_arn(text: &str) -> bool {
    let parts: Vec<_> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, "iam", "", account, resource] => {
            partition.starts_with("aws")
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
                && (resource.starts_with("role/") || resource.starts_with("user/"))
        }
        _ => false,
    }
}
