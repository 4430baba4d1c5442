//! Risks of agent configurations, as data: `rubric/risks/agents/*.yaml`.
//!
//! The engine in `privilege/tools` states what it sees as observations: a kind
//! and a few attributes. A rule names a kind and the values that make it a
//! risk; a new risk of a known kind is an entry here and no code.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::embedded::{self, RubricError};
use crate::model::{capability::RiskClass, finding::Severity};

/// One file of `rubric/risks/agents/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AgentRiskFile {
    /// What the family is about; for readers of the file.
    #[serde(rename = "about")]
    _about: String,
    risks: Vec<AgentRisk>,
}

/// One risk.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentRisk {
    /// Its name in findings: `MCP-UNPINNED`.
    pub id: String,
    /// What it is, in a line.
    pub title: String,
    /// What kind of risk.
    pub class: RiskClass,
    /// How bad.
    pub severity: Severity,
    /// The kind of observation that it is about.
    pub observe: String,
    /// Attributes with the values that make it a risk; all must hold.
    #[serde(default, rename = "where")]
    pub conditions: BTreeMap<String, Vec<String>>,
    /// One sentence; `{subject}`, `{detail}` and `{tools}` are filled in.
    pub message: String,
    /// One sentence: the smallest change that ends it.
    pub remedy: String,
    /// Why it matters, for `gradus explain`.
    pub why: String,
    /// Where to read more.
    pub references: Vec<String>,
    /// Configurations that must and must not match.
    pub examples: AgentRiskExamples,
}

/// Configurations that must and must not match: each is a set of files, path
/// to text.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AgentRiskExamples {
    /// Each of these shows the risk.
    pub matches: Vec<BTreeMap<String, String>>,
    /// None of these does.
    pub does_not_match: Vec<BTreeMap<String, String>>,
}

/// All risks of agent configurations.
#[derive(Debug, Clone, Default)]
pub struct AgentRisks(pub Vec<AgentRisk>);

impl AgentRisks {
    /// Reads the risks that are built in.
    ///
    /// # Errors
    /// When a file does not hold what its type says.
    pub fn load() -> Result<Self, RubricError> {
        let files = embedded::read::<AgentRiskFile>("risks/agents/")?;
        Ok(Self(files.into_iter().flat_map(|(_, file)| file.risks).collect()))
    }

    /// The risk of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&AgentRisk> {
        self.0.iter().find(|risk| risk.id == id)
    }
}

impl AgentRisk {
    /// Whether an observation with these attributes is this risk.
    #[must_use]
    pub fn matches(&self, kind: &str, attributes: &BTreeMap<&'static str, String>) -> bool {
        self.observe == kind
            && self.conditions.iter().all(|(name, values)| {
                attributes.get(name.as_str()).is_some_and(|value| values.contains(value))
            })
    }
}
