//! What stands between an agent and a capability.

use serde::{Deserialize, Serialize};

use super::location::Location;

/// The kind of gate. Prompt text is never a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GateKind {
    /// Nothing: the agent acts alone.
    None,
    /// Nothing before the action; each one must be acknowledged afterwards.
    Acknowledge,
    /// It could not be decided what stands there: counts as [`GateKind::None`].
    Unknown,
    /// A human decides on each action.
    Approve,
    /// It never happens.
    Deny,
}

impl GateKind {
    /// Whether a mutating capability behind it needs a human, or cannot happen.
    #[must_use]
    pub fn holds(self) -> bool {
        matches!(self, Self::Approve | Self::Deny)
    }

    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Acknowledge => "acknowledge",
            Self::Unknown => "unknown",
            Self::Approve => "approve",
            Self::Deny => "deny",
        }
    }
}

/// Who enforces a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enforcer {
    /// The program the model runs in (Claude Code, Cursor, kagent's runtime).
    Client,
    /// The MCP server itself.
    Server,
    /// The platform: admission, an IAM Deny, a gateway.
    Platform,
}

/// What a gate does when it cannot ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailMode {
    /// It denies.
    Closed,
    /// It lets the action pass: such a gate does not count.
    Open,
    /// Nobody said.
    Unknown,
}

/// A gate as found in the evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gate {
    /// What it does.
    pub kind: GateKind,
    /// Who enforces it; absent where there is no gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforced_by: Option<Enforcer>,
    /// What happens when it cannot ask.
    pub fail_mode: FailMode,
    /// The setting that makes it so, or whose absence does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// One sentence for a person: why this is the gate.
    pub reason: String,
}

impl Gate {
    /// No gate at all, with the reason to show.
    pub fn none(reason: impl Into<String>) -> Self {
        Self {
            kind: GateKind::None,
            enforced_by: None,
            fail_mode: FailMode::Unknown,
            location: None,
            reason: reason.into(),
        }
    }

    /// Whether it really holds: it asks or denies, and does not fail open.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.kind.holds() && self.fail_mode != FailMode::Open
    }
}
