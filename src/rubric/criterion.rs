//! One requirement at one level in one dimension.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{expression::Expression, vocabulary::FactEntry};
use crate::model::{fact::Facts, finding::Severity, level::Level, location::Location};

/// Which levels a criterion gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// Every level: it must hold wherever an agent stands.
    Every,
    /// This level and, as levels are cumulative, all above it.
    From(Level),
}

impl Rung {
    /// 1 to 5; 0 for every level.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Every => 0,
            Self::From(level) => level.number(),
        }
    }

    /// Whether a criterion of this rung must clear for `level` to be earned.
    #[must_use]
    pub fn gates(self, level: Level) -> bool {
        self.number() <= level.number()
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Every => f.write_str("every level"),
            Self::From(level) => write!(f, "level {level}"),
        }
    }
}

/// Whose word a criterion takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Evidence alone.
    Automatic,
    /// A person's statement alone.
    Attested,
    /// Evidence where there is some, a person's statement where there is none.
    Both,
}

impl Mode {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Attested => "attested",
            Self::Both => "both",
        }
    }
}

/// What meeting a criterion costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// Hours.
    Low,
    /// Days.
    Medium,
    /// Weeks.
    High,
}

impl Effort {
    /// The word used in every format.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// How to meet a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Remediation {
    /// What to do, in the imperative.
    pub text: String,
    /// Something to paste, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snippet: Option<String>,
}

/// A control of a framework that a criterion's status informs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Informs {
    /// Id of a file under `rubric/frameworks/`.
    pub framework: String,
    /// The control, as the framework writes it.
    pub control: String,
}

/// Facts for which a criterion's status is known beforehand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Examples {
    /// It passes.
    pub pass: Facts,
    /// It fails.
    pub fail: Facts,
    /// It does not apply; present exactly where there is an `appliesWhen`.
    pub not_applicable: Option<Facts>,
}

/// When a criterion applies.
#[derive(Debug)]
pub struct Precondition {
    /// True where it applies.
    pub expression: Expression,
    /// The reason shown where it does not.
    pub message: String,
}

/// One requirement of the rubric.
#[derive(Debug)]
pub struct Criterion {
    /// `APR-01`.
    pub id: String,
    /// What it asks, in a line.
    pub title: String,
    /// Which levels it gates.
    pub rung: Rung,
    /// Id of its dimension.
    pub dimension: String,
    /// Its severity.
    pub severity: Severity,
    /// Whose word it takes.
    pub mode: Mode,
    /// What meeting it costs.
    pub effort: Effort,
    /// When it applies; none where it always does.
    pub applies_when: Option<Precondition>,
    /// The facts it is decided on, with what the vocabulary says of them.
    pub needs: Vec<FactEntry>,
    /// When it holds.
    pub expression: Expression,
    /// The reason shown where it fails.
    pub message: Expression,
    /// The reason shown where it passes.
    pub pass_message: String,
    /// Why it is asked.
    pub why: String,
    /// What is looked at.
    pub how_measured: String,
    /// How to meet it.
    pub remediation: Remediation,
    /// Criteria to meet first.
    pub depends_on: Vec<String>,
    /// The highest level an agent can have earned while this fails.
    pub cap: Option<u8>,
    /// Controls that its status informs.
    pub informs: Vec<Informs>,
    /// Where its thresholds come from.
    pub source: String,
    /// Facts for which it passes and fails.
    pub examples: Examples,
    /// Where it is written.
    pub location: Location,
}
