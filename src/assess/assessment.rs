//! The result: everything a report shows, and nothing that it would have to
//! compute. `-f json` is this type as it stands; its schema is stable: fields
//! are added, never renamed.

mod oversight;

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    agent::{AgentId, Tier},
    capability::Grant,
    coverage::{Gap, SourceRecord},
    declaration::GatePolicy,
    effect::Effect,
    finding::{Finding, Severity},
    location::Location,
    status::{Assurance, Status},
};

pub use oversight::{ChangeView, ExplainedView, OversightView, PutBackView, RecordView, ToldView};

/// The schema's name and version.
pub const SCHEMA: &str = "gradus.assessment/v1";

/// One assessment of a workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// [`SCHEMA`].
    pub schema: String,
    /// Who judged.
    pub tool: Tool,
    /// By which rules.
    pub rubric: RubricIdentity,
    /// Workspace name.
    pub workspace: String,
    /// The day that decided what had expired.
    pub assessed_on: Date,
    /// The headline.
    pub organisation: Organisation,
    /// Ordered as a reader should meet them: worst verdict first.
    pub agents: Vec<AgentAssessment>,
    /// Ordered by severity (worst first), agent, rule, location.
    pub findings: Vec<Finding>,
    /// Waivers with their state, ordered by expiry.
    pub waivers: Vec<WaiverState>,
    /// What was read.
    pub coverage: Coverage,
    /// What `gate` demands and whether it is met.
    pub gate: GateResult,
}

/// Who judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// `gradus`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// By which rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RubricIdentity {
    /// Version of the rubric.
    pub version: String,
    /// `sha256:…` over its files.
    pub digest: String,
}

/// The headline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Organisation {
    /// Lowest earned level over the agents of the most critical tier in
    /// scope; absent when there is no agent to judge.
    pub earned: Option<u8>,
    /// Whether that level rests on waivers.
    pub conditional: bool,
    /// The tier whose minimum it is.
    pub tier: Option<Tier>,
    /// Who holds it down.
    pub limited_by: Vec<AgentId>,
    /// Agents by earned level; a level that rests on waivers is `2*`.
    pub distribution: BTreeMap<String, u32>,
    /// All agents.
    pub agents: u32,
    /// Those that can change something (granted level above 1).
    pub write_capable: u32,
    /// Of these, those that hold more than they have earned.
    pub over_extended: u32,
    /// Agents seen in evidence but not declared.
    pub undeclared: u32,
}

/// One agent, judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AgentAssessment {
    /// `name@environment`, or the identity of an undeclared agent.
    pub id: AgentId,
    /// Name.
    pub name: String,
    /// Environment; none for an undeclared agent.
    pub environment: Option<String>,
    /// Whether someone declared it.
    pub declared: bool,
    /// How much it matters.
    pub tier: Tier,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// The level it is meant to reach.
    pub ceiling: Option<u8>,
    /// The identities it acts as, as spelt in evidence.
    pub principals: Vec<String>,
    /// Where it is declared, or first seen.
    pub location: Location,
    /// How far it can act alone.
    pub granted: Granted,
    /// How far it did.
    pub exercised: Exercised,
    /// How far it has earned to.
    pub earned: Earned,
    /// The headline.
    pub verdict: Verdict,
    /// How bad the verdict is.
    pub severity: Severity,
    /// One sentence: why this verdict, naming the deciding capability or criterion.
    pub headline: String,
    /// What to do.
    pub next: Next,
    /// All criteria, in the order of the rubric.
    pub criteria: Vec<CriterionResult>,
    /// What it may do, ordered by effect (worst first), plane, id.
    pub capabilities: Vec<CapabilityView>,
    /// What it can become, worst end first; of those the certain before the
    /// possible, then the shorter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<PathView>,
    /// Who stood behind what logs show that it changed; none where they show no change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oversight: Option<OversightView>,
}

/// One way by which an agent becomes more than it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PathView {
    /// What it ends at: `cluster-admin`, `node`, `namespace/kube-system`, a
    /// role's ARN, `argo-cd in argocd`.
    pub target: String,
    /// Whether every step is known to be open.
    pub certain: bool,
    /// What is not known, each once, in the order of the steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    /// Its steps, the agent's own first; never empty.
    pub hops: Vec<HopView>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HopView {
    /// Who takes it.
    pub from: String,
    /// Who it becomes.
    pub to: String,
    /// How, as a sentence that follows `from`.
    pub how: String,
    /// The risk that explains it.
    pub rule: String,
    /// What allows it, with places; the first one is shown.
    pub grants: Vec<Grant>,
    /// What is not known of it, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<String>,
}

/// How far an agent can act alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Granted {
    /// 1 to 5; none where evidence does not decide it (unknown).
    pub level: Option<u8>,
    /// Where the level is unknown: what it is at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u8>,
    /// Cluster-admin or its equals, self-escalation, unguarded database write.
    pub beyond_ladder: bool,
    /// The same over the credential alone, were the tool layer walked around.
    pub credential_level: Option<u8>,
    /// Whether the credential alone is beyond the ladder.
    pub credential_beyond_ladder: bool,
    /// Ids of the capabilities that decide the level, or of risks (`K8S-ADMIN`).
    pub because: Vec<String>,
    /// One phrase: `ungated delete persistentvolumeclaims`.
    pub reason: String,
}

impl Granted {
    /// What is known to be granted: the level, or what it is at least.
    #[must_use]
    pub fn floor(&self) -> Option<u8> {
        self.level.or(self.at_least)
    }
}

/// How far an agent did act alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exercised {
    /// 1 to 5; none where no usable log shows it.
    pub level: Option<u8>,
    /// Whether nothing is missing that could raise the level; else it is a floor.
    #[serde(default)]
    pub complete: bool,
    /// Actions that decide the level, or why it is unknown.
    pub because: Vec<String>,
    /// Actions counted, reads included.
    pub actions: u64,
    /// Of these, changes.
    pub writes: u64,
    /// Attempts that were refused.
    pub denied: u64,
    /// First and last day of the log window.
    pub window: Option<(Date, Date)>,
}

impl Exercised {
    /// Whether the level is known, as more than a floor.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.level.is_some() && self.complete
    }
}

/// How far an agent has earned to act alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Earned {
    /// 0 to 5.
    pub level: u8,
    /// The level if every unknown turned out well.
    pub if_proven: u8,
    /// Whether waivers carry it: `2*`.
    pub conditional: bool,
    /// How many unknowns stand between `level` and `if_proven`.
    pub unknowns: u32,
    /// Criteria that stand between this level and the next.
    pub blocked_by: Vec<String>,
}

/// The headline of one agent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds and uses no more than it has earned.
    Within,
    /// Nothing shows that it is within, nor that it is not.
    Unproven,
    /// It holds or uses more than it has earned.
    OverExtended,
    /// It holds what no level justifies.
    BeyondLadder,
}

impl Verdict {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Within => "within",
            Self::Unproven => "unproven",
            Self::OverExtended => "over-extended",
            Self::BeyondLadder => "beyond-ladder",
        }
    }
}

/// What to do, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Next {
    /// Remove or gate what puts granted above earned.
    pub contain: Vec<Step>,
    /// Settle unknowns.
    pub prove: Vec<Step>,
    /// Meet the criteria of the next level.
    pub climb: Vec<Step>,
    /// The level to climb to; none where the ceiling is reached.
    pub level: Option<u8>,
    /// The earliest day that dwell times allow; none while something failed blocks it.
    pub earliest: Option<Date>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Criterion or risk.
    pub id: String,
    /// Imperative, short: `unbind cluster-admin`.
    pub action: String,
    /// Why, in one sentence.
    pub reason: String,
    /// Where.
    pub location: Option<Location>,
    /// How to do it: a change to paste, where there is one.
    pub change: Option<String>,
    /// How bad it is not to.
    pub severity: Severity,
    /// How many capabilities or criteria it settles.
    pub settles: u32,
}

/// One criterion for one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CriterionResult {
    /// `APR-01`.
    pub id: String,
    /// What it asks, in a line.
    pub title: String,
    /// The level it gates, 1 to 5; 0 where it holds for every level.
    pub level: u8,
    /// `approval`.
    pub dimension: String,
    /// Its severity; `info` never gates.
    pub severity: Severity,
    /// Its status.
    pub status: Status,
    /// Why.
    pub reason: String,
    /// What a pass rests on; none for other statuses.
    pub assurance: Option<Assurance>,
    /// Where it was seen: `path:line`, as text.
    pub evidence: Vec<String>,
    /// Facts whose absence makes it unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// When the statement or waiver behind it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Date>,
}

/// One capability as reports show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CapabilityView {
    /// Stable id.
    pub id: String,
    /// `kubernetes`, `aws` or `mcp`.
    pub plane: String,
    /// `delete pods`.
    pub action: String,
    /// `namespace/shop`.
    pub scope: String,
    /// What it does.
    pub effect: Effect,
    /// Whether a catalogue knows the effect.
    pub effect_known: bool,
    /// `none`, `acknowledge`, `unknown`, `approve`, `deny`.
    pub gate: String,
    /// Why that is the gate.
    pub gate_reason: String,
    /// Conditions under which it holds; empty where it always does.
    pub conditions: Vec<String>,
    /// `ClusterRoleBinding/x → ClusterRole/y (cluster/rbac.yaml:12)`.
    pub grants: Vec<String>,
    /// The same with places.
    pub provenance: Vec<Grant>,
    /// Times used in the log window; none where no log tells.
    pub used: Option<u64>,
}

/// A waiver and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaiverState {
    /// The criterion.
    pub criterion: String,
    /// The agent.
    pub agent: AgentId,
    /// `risk-accepted`, `compensating-control`, `false-positive`.
    pub reason: String,
    /// In their words.
    pub justification: String,
    /// Who asked.
    pub owner: String,
    /// Who granted.
    pub approver: String,
    /// Until when.
    pub expires: Date,
    /// `used`, `unused`, `expired`, `invalid: …`.
    pub state: String,
    /// Where it stands.
    pub location: Location,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Coverage {
    /// Every file looked at, in the order of paths.
    pub sources: Vec<SourceRecord>,
    /// Share of evidence files read: read / (read + partial + failed); 0 where there is none.
    pub ratio: f64,
    /// Files in each state.
    pub files: FileCounts,
    /// What could not be read or decided within files that were read.
    pub gaps: Vec<Gap>,
}

/// Files in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileCounts {
    /// All that were looked at.
    pub found: u32,
    /// Read whole.
    pub read: u32,
    /// Read in part.
    pub partial: u32,
    /// Not read.
    pub failed: u32,
    /// No evidence in them.
    pub skipped: u32,
}

/// Whether what `gate` demands is met.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GateResult {
    /// `passed`, `failed`, `incomplete`.
    pub outcome: GateOutcome,
    /// One line each: `over-extension 4 > 0 (restarter@prod)`.
    pub reasons: Vec<String>,
    /// What was demanded.
    #[serde(default)]
    pub policy: GatePolicy,
}

/// How the gate ended.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum GateOutcome {
    /// Exit code 0.
    Passed,
    /// Exit code 3: evidence the gate demands is missing.
    Incomplete,
    /// Exit code 1.
    Failed,
}
