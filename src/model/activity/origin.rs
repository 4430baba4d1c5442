//! Which cluster a log is of, where what it is wrapped in says so.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A cluster, as the platform that runs it names it in its logs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogOrigin {
    /// Amazon EKS, from the name of a log group.
    Eks {
        /// The account, where the log says it.
        account: Option<String>,
        /// The cluster.
        cluster: String,
    },
    /// Google GKE, from the labels of an entry.
    Gke {
        /// The project.
        project: String,
        /// The region or zone.
        location: String,
        /// The cluster.
        cluster: String,
    },
    /// Azure AKS: the resource's id, in lower case since Azure writes it in either.
    Aks(String),
}

impl fmt::Display for LogOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eks { account: Some(account), cluster } => {
                write!(f, "EKS cluster {cluster} of account {account}")
            }
            Self::Eks { account: None, cluster } => write!(f, "EKS cluster {cluster}"),
            Self::Gke { project, location, cluster } => {
                write!(f, "GKE cluster {cluster} in {location} of project {project}")
            }
            Self::Aks(resource) => write!(f, "AKS cluster {resource}"),
        }
    }
}
