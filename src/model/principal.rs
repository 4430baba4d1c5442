//! Identities that agents act as.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An identity of one plane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Principal {
    /// A Kubernetes user that is not a ServiceAccount.
    KubernetesUser(String),
    /// A Kubernetes group.
    KubernetesGroup(String),
    /// A Kubernetes ServiceAccount.
    ServiceAccount {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// An IAM user or role, by ARN.
    Aws(String),
}

/// The prefix of the user name of every ServiceAccount
/// (`k8s.io/apiserver/pkg/authentication/serviceaccount`).
const SERVICE_ACCOUNT_PREFIX: &str = "system:serviceaccount:";

impl Principal {
    /// Reads a Kubernetes user name as `kubectl auth whoami` prints it;
    /// `group:NAME` names a group.
    #[must_use]
    pub fn kubernetes(name: &str) -> Self {
        if let Some(group) = name.strip_prefix("group:") {
            return Self::KubernetesGroup(group.to_owned());
        }
        if let Some(rest) = name.strip_prefix(SERVICE_ACCOUNT_PREFIX)
            && let Some((namespace, name)) = rest.split_once(':')
            && !namespace.is_empty()
            && !name.is_empty()
            && !name.contains(':')
        {
            return Self::ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() };
        }
        Self::KubernetesUser(name.to_owned())
    }
}

/// The spelling used in `gradus.yaml` and in logs.
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KubernetesUser(name) => f.write_str(name),
            Self::KubernetesGroup(name) => write!(f, "group:{name}"),
            Self::ServiceAccount { namespace, name } => {
                write!(f, "{SERVICE_ACCOUNT_PREFIX}{namespace}:{name}")
            }
            Self::Aws(arn) => f.write_str(arn),
        }
    }
}
