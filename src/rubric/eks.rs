//! Access policies of EKS, as data: `rubric/eks/access-policies.yaml`.

use serde::Deserialize;

use super::embedded::{self, RubricError};
use crate::model::aws::arn::name_of;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccessPolicyFile {
    /// How to read it; for readers of the file.
    #[serde(rename = "about")]
    _about: String,
    /// Where the rules come from; likewise.
    #[serde(rename = "references")]
    _references: Vec<String>,
    policies: Vec<AccessPolicy>,
}

/// What one access policy gives.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessPolicy {
    /// The last part of its ARN.
    pub name: String,
    /// Its rules.
    pub rules: Vec<AccessRule>,
    /// Whether it gives every URL, too.
    #[serde(default)]
    pub urls: bool,
    /// What it does and does not allow.
    pub examples: AccessExamples,
}

/// One rule, its lists separated by spaces.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessRule {
    /// API group.
    pub group: String,
    /// Resources.
    pub resources: String,
    /// Verbs.
    pub verbs: String,
}

/// `create pods/exec`, `get deployments.apps`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessExamples {
    /// Each of these is allowed.
    pub allows: Vec<String>,
    /// None of these is.
    pub does_not_allow: Vec<String>,
}

/// All access policies that are known.
#[derive(Debug, Clone, Default)]
pub struct AccessPolicies(pub Vec<AccessPolicy>);

impl AccessPolicies {
    /// Those that gradus ships.
    ///
    /// # Errors
    /// When the file is broken.
    pub fn load() -> Result<Self, RubricError> {
        let files = embedded::read::<AccessPolicyFile>("eks/access-policies.yaml")?;
        Ok(Self(files.into_iter().flat_map(|(_, file)| file.policies).collect()))
    }

    /// The policy of an ARN, if it is known.
    #[must_use]
    pub fn get(&self, arn: &str) -> Option<&AccessPolicy> {
        let name = name_of(arn);
        self.0.iter().find(|policy| policy.name == name)
    }
}
