//! Located problems.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{agent::AgentId, location::Location};

/// How bad a problem is, mildest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Hygiene.
    Low,
    /// Weakens a control.
    Medium,
    /// Breaks a level.
    High,
    /// Never waivable.
    Critical,
}

impl Severity {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// One located problem with a severity, a reason and a remedy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule, as `gradus explain` knows it.
    pub rule: String,
    /// How bad.
    pub severity: Severity,
    /// Whose; none where it concerns the workspace.
    pub agent: Option<AgentId>,
    /// One sentence.
    pub message: String,
    /// Where.
    pub location: Location,
    /// The smallest change that ends it.
    pub remedy: String,
    /// Identity across runs: no line numbers in it.
    pub fingerprint: String,
}
