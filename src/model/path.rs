//! Ways by which an identity becomes more than it is.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::capability::{Condition, Grant};

/// The shortest way found from one identity to one target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Path {
    /// What it ends at.
    pub target: PathTarget,
    /// Its steps, the agent's own first; never empty.
    pub hops: Vec<Hop>,
}

impl Path {
    /// Whether every step is known to be possible.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        self.hops.iter().all(|hop| hop.condition == Condition::Always)
    }

    /// What is not known of its steps, each once, in their order.
    #[must_use]
    pub fn unknowns(&self) -> Vec<&str> {
        let mut unknowns = Vec::new();
        for hop in &self.hops {
            let open = match &hop.condition {
                Condition::Always => &[][..],
                Condition::If(conditions) => conditions,
                Condition::Unknown(why) => std::slice::from_ref(why),
            };
            for why in open {
                if !unknowns.contains(&why.as_str()) {
                    unknowns.push(why);
                }
            }
        }
        unknowns
    }

    /// Its steps as one sentence, after the name of whoever takes the first: at
    /// most `steps` of them, the last one included.
    #[must_use]
    pub fn told(&self, steps: usize) -> String {
        let told: Vec<&str> = self.hops.iter().map(|hop| hop.how.as_str()).collect();
        match (told.get(..steps.saturating_sub(1)), told.last()) {
            (Some(first), Some(last)) if told.len() > steps => {
                let left_out = told.len() - steps;
                format!(
                    "it {}, then takes {left_out} more steps and {last}",
                    first.join(", which ")
                )
            }
            _ => format!("it {}", told.join(", which ")),
        }
    }
}

/// What a path ends at, worst first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PathTarget {
    /// Every right in the cluster.
    ClusterAdmin,
    /// Every right in an AWS account, by its twelve digits.
    AwsAdmin(String),
    /// A node, and with it every pod on it.
    Node,
    /// Every right in one namespace, by its name.
    NamespaceAdmin(String),
    /// Databases that it may write, by their ARNs.
    AwsDatabase(String),
    /// An IAM role or user, by its ARN.
    AwsRole(String),
    /// The rights of a controller that acts for whoever writes its objects.
    Controller(String),
    /// A ServiceAccount that may change what the agent may not, by its user name.
    ServiceAccount(String),
}

/// `cluster-admin`, `aws-admin/111122223333`, `node`, `namespace/shop`,
/// `aws-database/*`, the ARN, `argo-cd`,
/// `system:serviceaccount:ops:op`.
impl fmt::Display for PathTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClusterAdmin => f.write_str("cluster-admin"),
            Self::AwsAdmin(account) => write!(f, "aws-admin/{account}"),
            Self::AwsDatabase(scope) => write!(f, "aws-database/{scope}"),
            Self::Node => f.write_str("node"),
            Self::NamespaceAdmin(name) => write!(f, "namespace/{name}"),
            Self::AwsRole(name) | Self::Controller(name) | Self::ServiceAccount(name) => {
                f.write_str(name)
            }
        }
    }
}

/// One step of a path: an identity becomes another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hop {
    /// Who takes it.
    pub from: String,
    /// Who it becomes.
    pub to: String,
    /// How, as a sentence that follows `from`: `creates a pod that runs as
    /// system:serviceaccount:ops:deployer`.
    pub how: String,
    /// The risk that explains it: `K8S-POD-CREATE`.
    pub rule: String,
    /// What allows it, in a fixed order; empty only where it takes no right
    /// (a pod's own token).
    pub grants: Vec<Grant>,
    /// Whether it is known to be possible.
    pub condition: Condition,
}
