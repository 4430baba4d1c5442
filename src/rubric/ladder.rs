//! Levels, dimensions and the frameworks that criteria inform.

use serde::{Deserialize, Serialize};

use crate::model::level::Level;

/// One rung of the ladder as `rubric/levels.yaml` describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LevelEntry {
    /// 1 to 5.
    pub level: Level,
    /// `Human in the loop`.
    pub name: String,
    /// One sentence: who attends to what.
    pub summary: String,
    /// What must newly be true at this level, a line each.
    pub requirements: Vec<String>,
    /// Days to stand here before the next level can be earned; none at the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dwell_days: Option<u32>,
}

/// One dimension of the rubric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dimension {
    /// `least-privilege`.
    pub id: String,
    /// The prefix of its criteria: `LP`.
    pub prefix: String,
    /// `Least privilege`.
    pub name: String,
    /// The question it asks, in one sentence.
    pub question: String,
    /// Why it matters for agents.
    pub why: String,
}

/// A framework whose controls a criterion informs; gradus never says that it
/// satisfies one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Framework {
    /// `nist-800-53`.
    pub id: String,
    /// `NIST SP 800-53`.
    pub name: String,
    /// The edition whose control ids are used.
    pub version: String,
    /// Who publishes it.
    pub publisher: String,
    /// How its control ids are written here.
    pub controls: String,
}
