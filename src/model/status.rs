//! The one status algebra that every roll-up and every format uses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Status of one criterion for one agent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The requirement holds.
    Pass,
    /// It does not hold.
    Fail,
    /// It could not be evaluated. Never a pass, and it blocks its level.
    Unknown,
    /// A machine-checked precondition says that it does not apply.
    NotApplicable,
    /// A `fail` or `unknown` under a valid waiver.
    Waived,
}

impl Status {
    /// Whether the level it gates can be reached.
    #[must_use]
    pub fn clears(self) -> bool {
        matches!(self, Self::Pass | Self::NotApplicable | Self::Waived)
    }

    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::NotApplicable => "not-applicable",
            Self::Waived => "waived",
        }
    }
}

/// What a status rests on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// gradus saw it in evidence.
    Automatic,
    /// A human said so.
    Attested,
    /// A human said so, and the linked evidence has the digest that they gave.
    Verified,
}
