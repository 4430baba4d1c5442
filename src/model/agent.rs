//! Agents: the unit of assessment.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `name@environment`: one automated actor in one environment.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct AgentId(String);

impl AgentId {
    /// The id of a declared agent.
    #[must_use]
    pub fn new(name: &str, environment: &str) -> Self {
        Self(format!("{name}@{environment}"))
    }

    /// The id of an agent that was seen but not declared: its identity as the
    /// evidence spells it.
    #[must_use]
    pub fn undeclared(identity: &str) -> Self {
        Self(identity.to_owned())
    }

    /// The spelling used in every format.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much an agent matters; the organisation's level is that of its most
/// critical tier.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Reported, never in the headline.
    Sandbox,
    /// The usual.
    #[default]
    Standard,
    /// Production that people depend on.
    Critical,
}

impl Tier {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Standard => "standard",
            Self::Critical => "critical",
        }
    }
}
