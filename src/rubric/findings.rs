//! Findings that gradus makes itself, as data: `rubric/findings.yaml`.

use serde::Deserialize;

use super::embedded::{self, RubricError};
use crate::model::finding::Severity;

/// All of them, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct FindingRules(Vec<FindingRule>);

/// One kind of finding.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FindingRule {
    /// `OVER-EXTENDED`.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// How bad it is at worst.
    pub severity: Severity,
    /// Why it is one.
    pub why: String,
    /// What is said of it.
    pub message: String,
    /// The smallest change that ends it.
    pub remedy: String,
}

/// The file.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File {
    findings: Vec<FindingRule>,
}

impl FindingRules {
    /// Reads the embedded file.
    ///
    /// # Errors
    /// When it does not hold what it should.
    pub fn load() -> Result<Self, RubricError> {
        let files = embedded::read::<File>("findings.yaml")?;
        Ok(Self(files.into_iter().flat_map(|(_, file)| file.findings).collect()))
    }

    /// The rule of that id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&FindingRule> {
        self.0.iter().find(|rule| rule.id == id)
    }

    /// All rules.
    pub fn iter(&self) -> impl Iterator<Item = &FindingRule> {
        self.0.iter()
    }

    /// The remedy of a rule; empty where there is no such rule, which a test of
    /// the judge rules out.
    #[must_use]
    pub fn remedy(&self, id: &str) -> &str {
        self.get(id).map_or("", |rule| &rule.remedy)
    }
}
