//! The ladder.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A rung that can be stood on, 1 to 5.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(extend("minimum" = 1, "maximum" = 5))]
pub enum Level {
    /// Observability assistant.
    L1,
    /// Human-in-the-loop.
    L2,
    /// Human-on-the-loop.
    L3,
    /// Supervised autonomy.
    L4,
    /// Full autonomy.
    L5,
}

impl Level {
    /// All rungs, lowest first.
    pub const ALL: [Self; 5] = [Self::L1, Self::L2, Self::L3, Self::L4, Self::L5];

    /// 1 to 5.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::L1 => 1,
            Self::L2 => 2,
            Self::L3 => 3,
            Self::L4 => 4,
            Self::L5 => 5,
        }
    }
}

impl From<Level> for u8 {
    fn from(level: Level) -> Self {
        level.number()
    }
}

impl TryFrom<u8> for Level {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, Self::Error> {
        Self::ALL
            .into_iter()
            .find(|level| level.number() == number)
            .ok_or_else(|| format!("level {number} is not on the ladder of 1 to 5"))
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.number())
    }
}

/// How far an agent can, or did, act alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Autonomy {
    /// A rung of the ladder.
    On(Level),
    /// Cluster-admin or its equals, self-escalation, unguarded database write:
    /// no level justifies it.
    BeyondLadder,
}

impl Autonomy {
    /// The figure used for distances and in JSON: beyond the ladder counts as 5.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::On(level) => level.number(),
            Self::BeyondLadder => 5,
        }
    }
}
