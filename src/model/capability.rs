//! Effective permissions, with the grants that give them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    effect::Effect, finding::Severity, gate::Gate, location::Location, principal::Principal,
};

/// Where a capability acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plane {
    /// The Kubernetes API.
    Kubernetes,
    /// The AWS API.
    Aws,
    /// Tools of MCP servers and of the agent's own client (shell, files).
    Mcp,
}

impl Plane {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Aws => "aws",
            Self::Mcp => "mcp",
        }
    }
}

/// Whether a capability always holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Condition {
    /// It holds whenever the principal calls.
    Always,
    /// It holds when these hold, as written in the evidence (`key operator value`).
    If(Vec<String>),
    /// It may hold; this input was missing.
    Unknown(String),
}

/// A statement that gives a principal something.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// For a person: `ClusterRoleBinding/sre-bot → ClusterRole/edit, rule 3`.
    pub description: String,
    /// The line that grants: the rule, the policy statement, the server entry.
    pub location: Location,
    /// Where to cut it: the binding or attachment, when that is another place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_at: Option<Location>,
}

/// One effective permission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Capability {
    /// Stable across runs, without line numbers:
    /// `kubernetes/delete/pods/namespace/shop`.
    pub id: String,
    /// Where it acts.
    pub plane: Plane,
    /// What it does, in the words of the plane: `delete pods`,
    /// `rds:DeleteDBInstance`, `kubernetes-mcp-server: pods_delete`.
    pub action: String,
    /// On what: `namespace/shop`, `cluster`, an ARN pattern, a server name.
    pub scope: String,
    /// What it does to the world; the worst of all that it covers.
    pub effect: Effect,
    /// False where no catalogue knows the action: `effect` is then
    /// `destructive` by default.
    pub effect_known: bool,
    /// Whether it always holds.
    pub condition: Condition,
    /// What stands before it.
    pub gate: Gate,
    /// What gives it, in a fixed order, never empty.
    pub grants: Vec<Grant>,
    /// The identity that holds it; none for a tool of an agent's client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
}

impl Capability {
    /// Whether it changes anything, or may: an effect nobody knows counts.
    #[must_use]
    pub fn is_mutating(&self) -> bool {
        self.effect.is_mutating() || !self.effect_known
    }

    /// Whether it cannot be put back, or may be so.
    #[must_use]
    pub fn is_irreversible(&self) -> bool {
        self.effect.is_irreversible() || !self.effect_known
    }
}

/// How far a risk puts an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskClass {
    /// Worth knowing, decides nothing by itself.
    Hygiene,
    /// Reads secrets or data.
    SensitiveRead,
    /// Destroys or cannot be put back.
    Destructive,
    /// Removes guardrails or evidence.
    Guardrail,
    /// Runs code or takes over identities within some bounds.
    Escalation,
    /// Database write. Beyond the ladder unless guarded.
    DatabaseWrite,
    /// Raises its own rights. Beyond the ladder.
    SelfEscalation,
    /// Administrator or its equal. Beyond the ladder.
    AdminEquivalent,
}

impl RiskClass {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hygiene => "hygiene",
            Self::SensitiveRead => "sensitive-read",
            Self::Destructive => "destructive",
            Self::Guardrail => "guardrail",
            Self::Escalation => "escalation",
            Self::DatabaseWrite => "database-write",
            Self::SelfEscalation => "self-escalation",
            Self::AdminEquivalent => "admin-equivalent",
        }
    }

    /// Whether no level of the ladder justifies it while nothing gates it.
    #[must_use]
    pub fn is_beyond_ladder(self) -> bool {
        matches!(self, Self::DatabaseWrite | Self::SelfEscalation | Self::AdminEquivalent)
    }
}

/// A catalogued risk that one principal's or agent's rights make real.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RiskHit {
    /// The rule: `K8S-ADMIN`, `AWS-PASSROLE`, `MCP-UNPINNED`.
    pub rule: String,
    /// What the rule is called: `Administrator of the cluster`.
    pub title: String,
    /// What kind of risk.
    pub class: RiskClass,
    /// How bad.
    pub severity: Severity,
    /// One sentence naming principal, capability and target.
    pub message: String,
    /// One sentence: the smallest change that ends it.
    pub remedy: String,
    /// What gives it; the first one is shown.
    pub grants: Vec<Grant>,
    /// Whether it always holds.
    pub condition: Condition,
    /// Where: `cluster`, `namespace/shop`, an ARN pattern, a server.
    pub scope: String,
}

/// What one principal may do in one plane, as an engine found it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reach {
    /// Effective permissions, ordered by id.
    pub capabilities: Vec<Capability>,
    /// Catalogued risks, ordered by severity, rule, scope.
    pub risks: Vec<RiskHit>,
    /// Shortest ways to become more, ordered by target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<super::path::Path>,
    /// Controls that stand before it, ordered by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guardrails: Vec<super::guardrail::Guardrail>,
    /// What could not be decided; each one makes facts that need it unknown.
    pub gaps: Vec<super::coverage::Gap>,
}
