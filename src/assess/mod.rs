//! The judge: facts, criteria, levels, verdict, advice, roll-up.
//!
//! [`assess`] is a pure function of declarations, evidence, rules and a day. It
//! never looks at the clock, the disk or the network, and every figure that a
//! view shows comes out of it.

mod acting;
pub mod advice;
mod agent;
pub mod ahead;
pub mod assessment;
mod carriers;
pub mod coverage;
pub mod criteria;
mod crossing;
pub mod declared;
pub mod earned;
pub mod exercised;
pub mod exposed;
pub mod facts;
pub mod findings;
pub mod found;
pub mod gate;
pub mod granted;
pub mod holdings;
mod managed_mcp;
pub mod manifest;
pub mod organisation;
pub mod overseen;
mod own_pods;
mod paths;
pub mod rightsize;
pub mod roster;
pub mod stop;
mod unexplained;
mod used;
pub mod verdict;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::{
    model::{
        declaration::{Attestation, DeclaredAgent, GatePolicy, Waiver},
        evidence::Evidence,
        finding::{Finding, Severity},
        principal::Principal,
        status::Status,
    },
    rubric::{Rubric, findings::FindingRules},
};
use agent::Bench;
use assessment::{
    AgentAssessment, Assessment, GateOutcome, GateResult, RubricIdentity, SCHEMA, Tool, WaiverState,
};
use holdings::EngineRules;

/// Everything that an assessment is made of.
#[derive(Debug)]
pub struct Input<'a> {
    /// Name of the workspace.
    pub workspace: &'a str,
    /// Declared agents.
    pub agents: &'a [DeclaredAgent],
    /// Statements of people.
    pub attestations: &'a [Attestation],
    /// Accepted failures and unknowns.
    pub waivers: &'a [Waiver],
    /// What `gate` demands.
    pub gate: GatePolicy,
    /// What the scanners found.
    pub evidence: &'a Evidence,
    /// The criteria.
    pub rubric: &'a Rubric,
    /// What the engines go by.
    pub rules: &'a EngineRules,
    /// Identities that stand outside of what binds others, for emergencies.
    pub break_glass: &'a [Principal],
    /// The day that decides what has expired.
    pub today: Date,
}

/// Judges every agent, and all of them together.
#[must_use]
pub fn assess(input: Input<'_>) -> Assessment {
    let bench = Bench::new(&input);
    let mut judged = bench.judge_all();
    let unblocks = waiting(&judged.agents);
    for agent in &mut judged.agents {
        agent.next.climb = bench.climb(agent, &unblocks);
    }
    judged.agents.sort_by(|a, b| {
        b.verdict
            .cmp(&a.verdict)
            .then_with(|| extension(b).cmp(&extension(a)))
            .then_with(|| a.id.cmp(&b.id))
    });

    let mut findings = judged.findings;
    let budgets = |cluster| findings::of_budgets(cluster, &input.rules.findings);
    findings.extend(input.evidence.clusters.iter().flat_map(budgets));
    findings.extend(nameless(input.attestations, input.rubric, &input.rules.findings));
    findings.extend(
        judged.agents.iter().filter_map(|a| findings::of_verdict(a, &input.rules.findings)),
    );
    findings::order(&mut findings);

    let mut waivers: Vec<WaiverState> = judged.waivers;
    waivers.extend(strangers(input.waivers, &judged.agents));
    waivers.sort_by(|a, b| {
        (a.expires, &a.agent, &a.criterion).cmp(&(b.expires, &b.agent, &b.criterion))
    });

    let mut gaps = input.evidence.gaps.clone();
    gaps.extend(input.evidence.clusters.iter().flat_map(|cluster| cluster.gaps.clone()));
    gaps.extend(input.evidence.accounts.iter().filter_map(coverage::resource_policies));
    if let Some((servers, _)) = &input.rules.agents {
        gaps.extend(coverage::unseen_of_clients(&input.evidence.configs, servers));
    }
    let mut assessment = Assessment {
        schema: SCHEMA.to_owned(),
        tool: Tool {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        },
        rubric: RubricIdentity {
            version: input.rubric.version().to_owned(),
            digest: input.rubric.digest().to_owned(),
        },
        workspace: input.workspace.to_owned(),
        assessed_on: input.today,
        organisation: organisation::roll_up(&judged.agents),
        agents: judged.agents,
        findings,
        waivers,
        coverage: coverage::coverage(input.evidence.sources.clone(), gaps),
        gate: GateResult {
            outcome: GateOutcome::Incomplete,
            reasons: Vec::new(),
            policy: GatePolicy::default(),
        },
    };
    assessment.gate = gate::judge(&assessment, &input.gate);
    assessment
}

/// How far above what it has earned an agent stands.
fn extension(agent: &AgentAssessment) -> u8 {
    verdict::over_extension(&agent.granted, &agent.exercised, &agent.earned)
}

/// How many agents wait for each criterion.
fn waiting(agents: &[AgentAssessment]) -> BTreeMap<String, u32> {
    let mut waiting = BTreeMap::new();
    for agent in agents {
        let next = agent.earned.level + 1;
        for criterion in &agent.criteria {
            if criterion.status == Status::Fail && criterion.level <= next {
                *waiting.entry(criterion.id.clone()).or_insert(0) += 1;
            }
        }
    }
    waiting
}

/// Attestations of criteria that the rubric does not have: they count for
/// nothing, and whoever wrote them believes otherwise.
fn nameless(attestations: &[Attestation], rubric: &Rubric, rules: &FindingRules) -> Vec<Finding> {
    attestations
        .iter()
        .filter(|attestation| rubric.criterion(&attestation.criterion).is_none())
        .map(|attestation| {
            findings::finding(
                findings::ATTESTATION_REFUSED,
                Severity::Medium,
                attestation.agent.as_ref(),
                format!("the rubric has no criterion {}", attestation.criterion),
                attestation.location.clone(),
                rules.remedy(findings::ATTESTATION_REFUSED),
                &attestation.criterion,
            )
        })
        .collect()
}

/// Waivers for agents that are not judged: they count for nothing, and say so.
fn strangers(waivers: &[Waiver], agents: &[AgentAssessment]) -> impl Iterator<Item = WaiverState> {
    waivers
        .iter()
        .filter(|waiver| !agents.iter().any(|agent| agent.id == waiver.agent))
        .map(|waiver| criteria::state(waiver, "invalid: no such agent".to_owned()))
}
