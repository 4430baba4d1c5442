//! What `gradus gate` demands, held against an assessment. Filters of a view
//! never reach this place.

use crate::{
    assess::{
        assessment::{Assessment, GateOutcome, GateResult, Verdict},
        earned::gates,
        verdict::over_extension,
    },
    model::{
        agent::Tier,
        capability::Plane,
        coverage::{SourceRecord, SourceStatus},
        declaration::GatePolicy,
        finding::Severity,
        status::Status,
    },
};

/// What stands before the name of a tool server that was asked.
const TOOL_SERVER: &str = "mcp/";

/// Judges an assessment by a gate. Failures outrank missing evidence; nothing
/// to judge is missing evidence, never a pass.
#[must_use]
pub fn judge(assessment: &Assessment, policy: &GatePolicy) -> GateResult {
    let failures = failures(assessment, policy);
    let missing = missing(assessment, policy);
    let outcome = if !failures.is_empty() {
        GateOutcome::Failed
    } else if !missing.is_empty() {
        GateOutcome::Incomplete
    } else {
        GateOutcome::Passed
    };
    GateResult {
        outcome,
        reasons: failures.into_iter().chain(missing).collect(),
        policy: policy.clone(),
    }
}

/// What fails the gate.
fn failures(assessment: &Assessment, policy: &GatePolicy) -> Vec<String> {
    let mut reasons = Vec::new();
    for agent in &assessment.agents {
        if let Some(limit) = policy.max_over_extension {
            let by = over_extension(&agent.granted, &agent.exercised, &agent.earned);
            if agent.verdict == Verdict::BeyondLadder {
                reasons.push(format!("beyond the ladder ({})", agent.id));
            } else if by > limit {
                reasons.push(format!("over-extension {by} > {limit} ({})", agent.id));
            }
        }
        if let Some(level) = policy.min_level
            && (agent.tier > Tier::Sandbox || !agent.declared)
            && agent.earned.level < level.number()
        {
            reasons.push(format!("earned {} < {level} ({})", agent.earned.level, agent.id));
        }
    }
    if let Some(threshold) = policy.fail_on {
        let count = assessment.findings.iter().filter(|f| f.severity >= threshold).count();
        if count > 0 {
            let plural = if count == 1 { "finding" } else { "findings" };
            reasons.push(format!("{count} {plural} of severity {}", at_least(threshold)));
        }
    }
    reasons
}

/// `critical`, `high or worse`.
fn at_least(threshold: Severity) -> String {
    let worse = if threshold == Severity::Critical { "" } else { " or worse" };
    format!("{}{worse}", threshold.as_str())
}

/// Why a source may hide agents or their rights: a system that was asked for
/// everything and refused some of it, or all.
fn hides(source: &SourceRecord) -> Option<String> {
    let failed = source.status == SourceStatus::Failed;
    let what = match source.kind.as_str() {
        "kubernetes-snapshot" => "agents",
        "kubernetes" if failed => "agents",
        "aws-snapshot" => "rights",
        "aws" if failed => "rights",
        _ => return None,
    };
    (source.status != SourceStatus::Read).then(|| {
        let why = source.reason.as_deref().unwrap_or("it was not read whole");
        format!("{what} of {} may be unseen: {why}", source.path)
    })
}

/// The criterion under which somebody may accept that the tools of a server are not known
/// to be those that were approved.
const APPROVED_TOOLS: &str = "SUP-03";

/// Why a tool server that somebody asked for hides what agents may do: it did not list its
/// tools. Accepted where every agent that has it holds a valid waiver of
/// [`APPROVED_TOOLS`].
fn unlisted(assessment: &Assessment, source: &SourceRecord) -> Option<String> {
    let failed = source.kind == "mcp" && source.status == SourceStatus::Failed;
    let server = source.path.strip_prefix(TOOL_SERVER).filter(|_| failed)?;
    let mut users = assessment
        .agents
        .iter()
        .filter(|agent| {
            let mut held = agent.capabilities.iter();
            held.any(|held| held.plane == Plane::Mcp.as_str() && held.scope == server)
        })
        .peekable();
    let accepted = users.peek().is_some()
        && users.all(|agent| {
            let mut criteria = agent.criteria.iter();
            criteria.any(|own| own.id == APPROVED_TOOLS && own.status == Status::Waived)
        });
    (!accepted).then(|| {
        let why = source.reason.as_deref().unwrap_or("it did not answer");
        format!("tools of server {server} may be unseen: {why}")
    })
}

/// What the gate wants to see and could not.
fn missing(assessment: &Assessment, policy: &GatePolicy) -> Vec<String> {
    let mut reasons = Vec::new();
    if assessment.agents.is_empty() {
        reasons.push("no agent was found to judge".to_owned());
    }
    if let Some(least) = policy.min_coverage
        && assessment.coverage.ratio < least
    {
        reasons.push(format!(
            "evidence {:.1} % < {:.1} %",
            assessment.coverage.ratio * 100.0,
            least * 100.0
        ));
    }
    let sources = &assessment.coverage.sources;
    reasons.extend(sources.iter().filter_map(hides));
    reasons.extend(sources.iter().filter_map(|source| unlisted(assessment, source)));
    for agent in &assessment.agents {
        if let Some(limit) = policy.max_over_extension {
            let within_limit =
                over_extension(&agent.granted, &agent.exercised, &agent.earned) <= limit;
            let known = agent.granted.level.is_some()
                && agent.exercised.level.is_some()
                && agent.exercised.complete;
            if within_limit && !known && agent.verdict != Verdict::BeyondLadder {
                reasons.push(format!("over-extension unknown ({}): {}", agent.id, agent.headline));
            }
        }
        if let Some(threshold) = policy.fail_on_unknown {
            let reached = agent.earned.level + 1;
            let count = agent
                .criteria
                .iter()
                .filter(|c| {
                    c.status == Status::Unknown
                        && gates(c)
                        && c.severity >= threshold
                        && c.level <= reached
                })
                .count();
            if count > 0 {
                let plural = if count == 1 { "criterion" } else { "criteria" };
                reasons.push(format!(
                    "{count} unknown {plural} of severity {} up to level {reached} ({})",
                    at_least(threshold),
                    agent.id
                ));
            }
        }
    }
    reasons
}
