//! What people declare in `gradus.yaml`: agents, attestations, waivers, the gate.

use jiff::{Timestamp, civil::Date};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    agent::{AgentId, Tier},
    finding::Severity,
    level::Level,
    location::Location,
    principal::Principal,
};

/// An agent as its owner declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredAgent {
    /// `name@environment`.
    pub id: AgentId,
    /// Name without environment.
    pub name: String,
    /// Environment, such as `prod`.
    pub environment: String,
    /// How much it matters.
    pub tier: Tier,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// The level it is meant to reach.
    pub ceiling: Option<Level>,
    /// The identities it acts as.
    pub principals: Vec<Principal>,
    /// Its configuration files, and its configuration folders with `/` at their
    /// end, relative to the workspace file, `/` separated.
    pub configs: Vec<String>,
    /// Names by which logs of agents, gateways and people speak of it, beside its own.
    pub log_names: Vec<String>,
    /// Who may approve its changes: names, or patterns with `*`. Empty where nobody said.
    pub approvers: Vec<String>,
    /// What it is for, as far as logs can show whether it stayed within; none where
    /// nobody said.
    pub boundary: Option<Boundary>,
    /// When it may change nothing, or not everything: its own freezes and those of the whole
    /// workspace. None where nobody said whether there are any.
    pub freezes: Option<Vec<Freeze>>,
    /// Where it is declared.
    pub location: Location,
}

/// What an agent is for. Patterns, in which `*` stands for any text; an empty list says
/// nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Boundary {
    /// Namespaces of clusters.
    pub namespaces: Vec<String>,
    /// Regions of AWS.
    pub regions: Vec<String>,
    /// Actions: `patch deployments.apps`, `ec2:StartInstances`.
    pub actions: Vec<String>,
}

/// A time in which some changes are not to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// Its first moment.
    pub from: Timestamp,
    /// Its last.
    pub until: Timestamp,
    /// Which changes; all, where it says nothing.
    pub of: Boundary,
    /// Where it is declared.
    pub location: Location,
}

impl DeclaredAgent {
    /// Whether a file of the evidence is one of its configuration files.
    #[must_use]
    pub fn owns_config(&self, file: &str) -> bool {
        self.configs.iter().any(|config| {
            config == file || config == "./" || (config.ends_with('/') && file.starts_with(config))
        })
    }
}

/// A human's statement about what no scanner can see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The criterion it speaks of.
    pub criterion: String,
    /// The agent it speaks of; none for every declared agent (organisation-wide controls).
    pub agent: Option<AgentId>,
    /// What is stated.
    pub statement: String,
    /// Who states it.
    pub by: String,
    /// When.
    pub on: Date,
    /// Until when it counts (that day included).
    pub expires: Date,
    /// Linked evidence.
    pub evidence: Option<AttestedEvidence>,
    /// Where it stands.
    pub location: Location,
}

/// Evidence that an attestation links to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestedEvidence {
    /// URL, or a path relative to the workspace file.
    pub uri: String,
    /// Hex SHA-256, as given.
    pub sha256: Option<String>,
    /// What came of checking it.
    pub check: EvidenceCheck,
}

/// What came of checking linked evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EvidenceCheck {
    /// A URL, or no digest was given: not checked (gradus is offline).
    NotChecked,
    /// The file has the stated digest.
    Matches,
    /// The file has another digest.
    Differs,
    /// The file could not be read.
    Unreadable(String),
}

/// Why something is waived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverReason {
    /// The owner accepts the risk.
    RiskAccepted,
    /// Something else does the job.
    CompensatingControl,
    /// gradus is wrong.
    FalsePositive,
}

impl WaiverReason {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RiskAccepted => "risk-accepted",
            Self::CompensatingControl => "compensating-control",
            Self::FalsePositive => "false-positive",
        }
    }
}

/// An accepted `fail` or `unknown`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// The criterion.
    pub criterion: String,
    /// The agent.
    pub agent: AgentId,
    /// Why.
    pub reason: WaiverReason,
    /// Why, in their words.
    pub justification: String,
    /// Who asks.
    pub owner: String,
    /// Who grants; must be someone else.
    pub approver: String,
    /// Until when it counts (that day included).
    pub expires: Date,
    /// Where it stands.
    pub location: Location,
}

/// What `gradus gate` demands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatePolicy {
    /// Every agent must have earned at least this.
    pub min_level: Option<Level>,
    /// No agent may be over-extended by more than this.
    pub max_over_extension: Option<u8>,
    /// Findings of this severity or worse fail.
    pub fail_on: Option<Severity>,
    /// Unknown criteria of this severity or worse make the result incomplete.
    pub fail_on_unknown: Option<Severity>,
    /// Share of evidence that must have been read, 0 to 1.
    pub min_coverage: Option<f64>,
}

/// No over-extension, nothing critical.
impl Default for GatePolicy {
    fn default() -> Self {
        Self {
            min_level: None,
            max_over_extension: Some(0),
            fail_on: Some(Severity::Critical),
            fail_on_unknown: None,
            min_coverage: None,
        }
    }
}
