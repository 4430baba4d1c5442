//! What a capability does to the world.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The effect of a capability or an action, mildest first.
///
/// The order is the one in which a worst case is taken; an effect nobody knows
/// is not a variant: it counts as [`Effect::Destructive`], and
/// [`Capability::effect_known`](super::capability::Capability::effect_known) says so.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Looks, changes nothing, and shows nothing secret.
    Read,
    /// Looks at secrets or personal data.
    SensitiveRead,
    /// Changes something that can be put back.
    Reversible,
    /// Removes an obstacle or evidence: audit, admission, backups, policies.
    Guardrail,
    /// Destroys, or cannot be put back.
    Destructive,
    /// Gains rights the principal does not hold.
    Escalation,
}

impl Effect {
    /// All effects, mildest first.
    pub const ALL: [Self; 6] = [
        Self::Read,
        Self::SensitiveRead,
        Self::Reversible,
        Self::Guardrail,
        Self::Destructive,
        Self::Escalation,
    ];

    /// Whether it changes anything: only reads do not.
    #[must_use]
    pub fn is_mutating(self) -> bool {
        !matches!(self, Self::Read | Self::SensitiveRead)
    }

    /// Whether an ungated capability of this effect makes an agent fully
    /// autonomous (level 5) on the ladder.
    #[must_use]
    pub fn is_irreversible(self) -> bool {
        matches!(self, Self::Guardrail | Self::Destructive | Self::Escalation)
    }

    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::SensitiveRead => "sensitive-read",
            Self::Reversible => "reversible",
            Self::Guardrail => "guardrail",
            Self::Destructive => "destructive",
            Self::Escalation => "escalation",
        }
    }
}
