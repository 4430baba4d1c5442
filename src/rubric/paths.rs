//! What is said of paths, as data: one rule for each kind of end.

use serde::Deserialize;

use crate::model::{capability::RiskClass, finding::Severity};

/// One file of `rubric/paths/`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PathFile {
    /// What its rules have in common.
    pub about: String,
    /// Its rules.
    pub paths: Vec<PathRule>,
}

/// A risk that holds where a path ends at a certain kind of target.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PathRule {
    /// `K8S-PATH-ADMIN`: stable, as waivers and `gradus explain` know it.
    pub id: String,
    /// What the holder becomes, in a few words.
    pub title: String,
    /// The kind of end.
    pub ends_at: EndsAt,
    /// Whether it is about paths that are known to be open, or about those of
    /// which some step is not known.
    pub certain: bool,
    /// What kind of risk.
    pub class: RiskClass,
    /// How bad.
    pub severity: Severity,
    /// One sentence; `{principal}`, `{target}`, `{steps}` and `{unknown}` are
    /// filled in.
    pub message: String,
    /// The smallest change that ends it, with the same fields and `{first}`,
    /// the grant behind its first step.
    pub remedy: String,
    /// Why it matters, for `gradus explain`.
    pub why: String,
    /// Where the claim comes from.
    pub references: Vec<String>,
}

/// The kinds of ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndsAt {
    /// Every right in the cluster.
    ClusterAdmin,
    /// A node.
    Node,
    /// Every right in a namespace that matters.
    Namespace,
    /// An IAM role.
    Cloud,
    /// A controller.
    Controller,
    /// A ServiceAccount.
    Account,
    /// Every right in an AWS account.
    AwsAdmin,
    /// Databases of an AWS account.
    AwsDatabase,
    /// An IAM role or user that may change more.
    AwsRole,
}

impl EndsAt {
    /// What it is an end of, as the scope of a risk.
    #[must_use]
    pub fn plane(self) -> &'static str {
        match self {
            Self::ClusterAdmin
            | Self::Node
            | Self::Namespace
            | Self::Cloud
            | Self::Controller
            | Self::Account => "cluster",
            Self::AwsAdmin | Self::AwsDatabase | Self::AwsRole => "account",
        }
    }
}
