//! The way from a path to an assessment: workspace, scan, rules, judge.

use std::sync::Arc;

use anyhow::Context as _;

use super::{arguments::EvidenceOptions, clock, exit::UsageError, live, mcp, stdin};
use crate::{
    assess::{self, Input, assessment::Assessment, holdings::EngineRules},
    model::{
        capability::Plane,
        coverage::{Gap, SourceRecord, SourceStatus},
        declaration::GatePolicy,
        evidence::Evidence,
        location::Location,
    },
    privilege::link::{self, ClusterName},
    rubric::{
        Rubric, agents::AgentRisks, aws::AwsRules, eks::AccessPolicies, embedded::RubricError,
        findings::FindingRules, known::KnownAgents, kubernetes::KubernetesRules,
        oversight::OversightRules, servers::ServerRules,
    },
    scan::{
        self, Expected, Source,
        activity::{self, LogFormat, Mapping},
        kubernetes::snapshot,
        unread,
    },
    source::{error::SourceError, limits::Limits},
    workspace::{EksName, LiveSystem, SourceEntry, SourceKind, Workspace},
};

/// A workspace with its evidence, and the rules for the planes that it is of.
#[derive(Debug)]
pub struct Gathered {
    /// What was declared.
    pub workspace: Workspace,
    /// What was found.
    pub evidence: Evidence,
    /// What the engines go by.
    pub rules: EngineRules,
}

/// Reads everything that `options` and the workspace name.
///
/// # Errors
/// When the workspace or the rules cannot be used.
pub fn gather(options: &EvidenceOptions, quiet: bool) -> anyhow::Result<Gathered> {
    let limits = Limits::default();
    let mut workspace = Workspace::load(&options.path, &limits)?;
    let sources: Vec<Source> = workspace
        .sources
        .iter()
        .map(|entry| {
            Ok(Source {
                name: entry.location.to_string(),
                format: format_of(entry)?,
                mapping: mapping_of(entry, &limits)?,
                expected: expected(entry.kind),
                files: entry.files.clone(),
            })
        })
        .collect::<anyhow::Result<_>>()?;
    let said = cluster_names(&workspace);
    let mut sources: Vec<Source> = sources;
    sources.extend(mcp::kept(&workspace.root, &limits));
    let collected = live::collect(&mut workspace, options, quiet)?;
    if !collected.is_empty() {
        workspace.needs_no_file();
    }
    let kept = stdin::keep(&mut sources, &limits)?;
    let mut evidence = scan::scan(&sources, &collected, &limits);
    drop(kept);
    note_unwalked(&workspace.records, &mut evidence);
    mcp::list(&workspace, options, quiet, &mut evidence)?;
    scan::mcp::attach(&mut evidence);
    if !evidence.eks.is_empty() || !said.is_empty() {
        let policies = AccessPolicies::load().context("the embedded rules are broken")?;
        link::join(&mut evidence, &policies, &said);
    }
    link::set_apart(&mut evidence);
    let rules = rules(&evidence)?;
    assess::ahead::leave_out(&mut evidence, clock::now()?, &rules.oversight);
    link::give(&mut evidence, rules.aws.as_ref());
    Ok(Gathered { workspace, evidence, rules })
}

/// Assesses the workspace that `options` name; `adjust` changes what its gate
/// demands.
///
/// # Errors
/// When the workspace or the rubric cannot be used. Evidence that cannot be
/// read is no error: it is told in the assessment.
pub fn assess(
    options: &EvidenceOptions,
    quiet: bool,
    adjust: Option<&dyn Fn(GatePolicy) -> GatePolicy>,
) -> anyhow::Result<Assessment> {
    let today = clock::today()?;
    let rubric = Rubric::embedded().context("the embedded rubric is broken")?;
    let Gathered { workspace, evidence, rules } = gather(options, quiet)?;
    let gate = workspace.gate.clone();
    Ok(assess::assess(Input {
        workspace: &workspace.name,
        agents: &workspace.agents,
        attestations: &workspace.attestations,
        waivers: &workspace.waivers,
        gate: adjust.map_or_else(|| gate.clone(), |adjust| adjust(gate.clone())),
        evidence: &evidence,
        rubric: &rubric,
        rules: &rules,
        break_glass: &workspace.break_glass,
        today,
    }))
}

/// Which clusters of EKS the workspace says that its sources are, by what the evidence
/// calls them.
fn cluster_names(workspace: &Workspace) -> Vec<ClusterName> {
    let files = workspace.sources.iter().map(|entry| (entry.location.to_string(), &entry.eks));
    let live = workspace.live.iter().filter_map(|source| match &source.system {
        LiveSystem::Cluster { context, eks } => Some((snapshot::origin(context), eks)),
        LiveSystem::Account(_) => None,
    });
    files
        .chain(live)
        .filter_map(|(source, eks)| {
            let EksName { name, location } = eks.clone()?;
            Some(ClusterName { source, eks: name, location })
        })
        .collect()
}

/// The kind of log that an entry says its files are, if it says so.
///
/// # Errors
/// There is no such kind, or the entry is of no logs.
pub(super) fn format_of(entry: &SourceEntry) -> anyhow::Result<Option<LogFormat>> {
    entry.format.as_deref().map(|name| log_format(entry, name)).transpose()
}

/// How the lines of an entry's logs become records, if it says so.
///
/// # Errors
/// The mapping cannot be used.
pub(super) fn mapping_of(
    entry: &SourceEntry,
    limits: &Limits,
) -> Result<Option<Arc<Mapping>>, SourceError> {
    entry.mapping.as_ref().map(|file| Mapping::load(file, limits).map(Arc::new)).transpose()
}

/// The kind of log that `format:` names.
fn log_format(entry: &SourceEntry, name: &str) -> anyhow::Result<LogFormat> {
    let known: Vec<&str> = activity::FORMATS.iter().map(|format| format.kind).collect();
    match (entry.kind, activity::format(name)) {
        (SourceKind::Activity, Some(format)) => Ok(format),
        (SourceKind::Activity, None) => Err(UsageError(format!(
            "{}: `{name}` is no log format that gradus reads; it reads {}",
            entry.location,
            known.join(", ")
        ))
        .into()),
        (_, _) => Err(UsageError(format!(
            "{}: `format` goes with `activity`; elsewhere the content says what a file is",
            entry.location
        ))
        .into()),
    }
}

/// What a source of that kind should hold.
fn expected(kind: SourceKind) -> Expected {
    match kind {
        SourceKind::Kubernetes => Expected::Kubernetes,
        SourceKind::Aws => Expected::Aws,
        SourceKind::Agents => Expected::Agents,
        SourceKind::Activity => Expected::Activity,
        SourceKind::Any => Expected::Anything,
    }
}

/// Adds what was named and could not be walked to. One of no known kind may have
/// held anything.
fn note_unwalked(records: &[SourceRecord], evidence: &mut Evidence) {
    for record in records.iter().filter(|record| record.status == SourceStatus::Failed) {
        let gap = Gap {
            location: Location::file(record.path.as_str()),
            reason: record.reason.clone().unwrap_or_else(|| "it was not read".to_owned()),
        };
        let kind = SourceKind::ALL.into_iter().find(|kind| kind.as_str() == record.kind);
        unread::note(evidence, expected(kind.unwrap_or(SourceKind::Any)), &gap);
    }
    evidence.sources.extend(records.iter().cloned());
}

/// Rules of the planes that there is evidence of.
fn rules(evidence: &Evidence) -> anyhow::Result<EngineRules> {
    const BROKEN: &str = "the embedded rules are broken";
    let kubernetes = !evidence.clusters.is_empty() || !evidence.activity.is_empty();
    Ok(EngineRules {
        findings: FindingRules::load().context(BROKEN)?,
        kubernetes: kubernetes.then(KubernetesRules::embedded).transpose().context(BROKEN)?,
        known: if evidence.clusters.is_empty() {
            KnownAgents::default()
        } else {
            KnownAgents::load().context(BROKEN)?
        },
        aws: (!evidence.accounts.is_empty() || evidence.activity.logs.contains_key(&Plane::Aws))
            .then(AwsRules::embedded)
            .transpose()
            .context(BROKEN)?,
        oversight: if evidence.activity.is_empty() {
            OversightRules::default()
        } else {
            OversightRules::load().context(BROKEN)?
        },
        agents: (!evidence.configs.is_empty())
            .then(|| Ok::<_, RubricError>((ServerRules::load()?, AgentRisks::load()?)))
            .transpose()
            .context(BROKEN)?,
    })
}
