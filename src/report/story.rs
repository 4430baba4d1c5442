//! What is worth telling first, chosen the same way in every view. Choosing
//! changes what is shown, never a verdict.

use std::cmp::Reverse;

use crate::{
    assess::assessment::{AgentAssessment, Assessment, OversightView, PathView, Step},
    model::{
        coverage::{Gap, SourceRecord, SourceStatus},
        finding::{Finding, Severity},
    },
};

/// A step with the agent that takes it.
pub(super) type AgentStep<'a> = (&'a AgentAssessment, &'a Step);

/// All containing steps: by severity, then worst agent first, then those that
/// settle most.
pub(super) fn contain(assessment: &Assessment) -> Vec<AgentStep<'_>> {
    steps(assessment, |agent| &agent.next.contain)
}

/// All proving steps: what a verdict waits for before what a criterion does, then
/// those that settle most first.
pub(super) fn prove(assessment: &Assessment) -> Vec<AgentStep<'_>> {
    let mut steps = steps(assessment, |agent| &agent.next.prove);
    steps.sort_by_key(|(agent, step)| {
        let of_criterion = agent.criteria.iter().any(|criterion| criterion.id == step.id);
        (of_criterion, Reverse(step.settles))
    });
    steps
}

/// Agents that may climb, in the order of the assessment.
pub(super) fn climbers(assessment: &Assessment) -> Vec<&AgentAssessment> {
    assessment
        .agents
        .iter()
        .filter(|agent| agent.next.level.is_some() && !agent.next.climb.is_empty())
        .collect()
}

fn steps<'a>(
    assessment: &'a Assessment,
    of: impl Fn(&'a AgentAssessment) -> &'a Vec<Step>,
) -> Vec<AgentStep<'a>> {
    let mut steps: Vec<AgentStep<'a>> = assessment
        .agents
        .iter()
        .flat_map(|agent| of(agent).iter().map(move |step| (agent, step)))
        .collect();
    steps.sort_by_key(|(agent, step)| Reverse((step.severity, agent.verdict, step.settles)));
    steps
}

/// A path with the agent that may take it.
pub(super) type AgentPath<'a> = (&'a AgentAssessment, &'a PathView);

/// All paths: the certain first, then by their end, worst first as each agent
/// has them, then the shorter.
pub(super) fn paths(assessment: &Assessment) -> Vec<AgentPath<'_>> {
    let mut paths: Vec<AgentPath<'_>> = assessment
        .agents
        .iter()
        .flat_map(|agent| agent.paths.iter().map(move |path| (agent, path)))
        .collect();
    let end = |target: &str| match target {
        "cluster-admin" => 0,
        _ if target.starts_with("aws-admin/") => 0,
        "node" => 1,
        _ => 2,
    };
    paths.sort_by_key(|(_, path)| (!path.certain, end(&path.target), path.hops.len()));
    paths
}

/// An agent with who stood behind its changes.
pub(super) type OverseenAgent<'a> = (&'a AgentAssessment, &'a OversightView);

/// Agents that logs show to have changed something: those that did what nothing allows
/// first, then those with most changes that nobody approved, or that nobody knows to be.
pub(super) fn overseen(assessment: &Assessment) -> Vec<OverseenAgent<'_>> {
    let mut all: Vec<OverseenAgent<'_>> = assessment
        .agents
        .iter()
        .filter_map(|agent| Some((agent, agent.oversight.as_ref()?)))
        .collect();
    all.sort_by_key(|(_, view)| {
        let outside = view.boundary.get("outside").copied().unwrap_or(0);
        let beyond = view.explained.unexplained + outside + view.break_glass;
        Reverse((beyond > 0, view.unapproved, view.changes - view.approved.min(view.changes)))
    });
    all
}

/// Findings that a reader must see and that no containing step already tells.
pub(super) fn findings_that_matter(assessment: &Assessment) -> Vec<&Finding> {
    assessment
        .findings
        .iter()
        .filter(|finding| finding.severity >= Severity::High && !is_contained(assessment, finding))
        .collect()
}

fn is_contained(assessment: &Assessment, finding: &Finding) -> bool {
    assessment
        .agents
        .iter()
        .filter(|agent| finding.agent.as_ref() == Some(&agent.id))
        .flat_map(|agent| &agent.next.contain)
        .any(|step| step.id == finding.rule)
}

/// `2 critical`, `3 high`, worst first, without those that do not occur.
pub(super) fn severities(findings: &[Finding]) -> Vec<(Severity, usize)> {
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info]
        .into_iter()
        .map(|severity| {
            (severity, findings.iter().filter(|finding| finding.severity == severity).count())
        })
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Sources that were not read whole: those not read at all first.
pub(super) fn unread(assessment: &Assessment) -> Vec<&SourceRecord> {
    let with = |status: SourceStatus| {
        assessment.coverage.sources.iter().filter(move |source| source.status == status)
    };
    with(SourceStatus::Failed).chain(with(SourceStatus::Partial)).collect()
}

/// What else was not seen: gaps that the record of no such source tells already.
pub(super) fn gaps(assessment: &Assessment) -> Vec<&Gap> {
    let unread = unread(assessment);
    let is_told = |gap: &&Gap| {
        unread.iter().any(|source| {
            let reason = source.reason.as_deref().unwrap_or_default();
            // A source tells its first reason, and how many more there are.
            let rest = reason.strip_prefix(gap.reason.as_str());
            *source.path == *gap.location.path
                && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(" (and "))
        })
    };
    assessment.coverage.gaps.iter().filter(|gap| !is_told(gap)).collect()
}
