//! A cluster as its API would list it.
//!
//! Only what decides rights, links identities to workloads, or tells a reader
//! where to look. Contents of Secrets have no place here, and of ConfigMaps only
//! those that decide who somebody is or whom a guardrail leaves alone.

pub mod admission;
pub mod aws_auth;
pub mod cloud;
pub mod custom;
pub mod limits;
pub mod objects;
pub mod pod_security;
pub mod rbac;
pub mod selector;
pub mod version;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use super::{aws::eks::EksCluster, coverage::Gap, location::Location};
use admission::Admission;
use aws_auth::AwsAuth;
use cloud::CloudRoles;
use custom::CustomObject;
use limits::{DisruptionBudget, ResourceQuota};
use objects::{Namespace, ServiceAccount, TokenSecret, Workload};
use rbac::{Binding, Role};
use version::ServerVersion;

/// Namespaces that every cluster has, whatever the evidence lists.
pub const OWN_NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Where an object lives, and where a grant holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// In no namespace; as a grant, everywhere.
    Cluster,
    /// In this namespace.
    Namespace(Arc<str>),
    /// In a namespace that the evidence does not tell: a manifest without
    /// `metadata.namespace`, placed by whoever applies it. It may be any.
    UnknownNamespace,
}

impl Scope {
    /// The namespace, where there is one and it is known.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        match self {
            Self::Namespace(name) => Some(name),
            Self::Cluster | Self::UnknownNamespace => None,
        }
    }

    /// Whether a grant here holds in `namespace`, or outside of all of them
    /// where there is none.
    #[must_use]
    pub fn holds_in(&self, namespace: Option<&str>) -> bool {
        match (self, namespace) {
            (Self::Cluster, _) => true,
            (_, None) => false,
            (scope, Some(namespace)) => scope.may_be_in(namespace),
        }
    }

    /// Whether a grant here may reach what lies in `place`.
    #[must_use]
    pub fn may_reach(&self, place: &Scope) -> bool {
        match place {
            Self::Cluster => self.holds_in(None),
            Self::Namespace(name) => self.holds_in(Some(name)),
            Self::UnknownNamespace => true,
        }
    }

    /// Whether an object here may lie in `namespace`.
    #[must_use]
    pub fn may_be_in(&self, namespace: &str) -> bool {
        match self {
            Self::Cluster => false,
            Self::Namespace(name) => &**name == namespace,
            Self::UnknownNamespace => true,
        }
    }
}

/// `cluster`, `namespace/shop`, `namespace/?`: as capabilities spell it.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => f.write_str("cluster"),
            Self::Namespace(name) => write!(f, "namespace/{name}"),
            Self::UnknownNamespace => f.write_str("namespace/?"),
        }
    }
}

/// One cluster's objects, each list in the order of scope and name.
#[derive(Debug, Clone, Default)]
pub struct ClusterSnapshot {
    /// The source as `gradus.yaml` or the command line names it.
    pub source: Arc<str>,
    /// Roles and ClusterRoles; aggregation is already resolved.
    pub roles: Vec<Role>,
    /// RoleBindings and ClusterRoleBindings.
    pub bindings: Vec<Binding>,
    /// ServiceAccounts.
    pub service_accounts: Vec<ServiceAccount>,
    /// Whatever runs pods.
    pub workloads: Vec<Workload>,
    /// Namespaces.
    pub namespaces: Vec<Namespace>,
    /// Secrets that hold a ServiceAccount's token; their metadata only.
    pub token_secrets: Vec<TokenSecret>,
    /// ResourceQuotas.
    pub quotas: Vec<ResourceQuota>,
    /// PodDisruptionBudgets.
    pub budgets: Vec<DisruptionBudget>,
    /// Objects of kinds that are not Kubernetes' own.
    pub custom: Vec<CustomObject>,
    /// What stands at its door.
    pub admission: Admission,
    /// How many objects of each kind the evidence holds, by `Kind` or
    /// `group/Kind`.
    pub kinds: BTreeMap<String, u64>,
    /// Those kinds of which it is known that every object is in the evidence:
    /// tells "there is no other" from "nobody collected the others".
    pub listed: BTreeSet<String>,
    /// Built-in ClusterRoles that bindings refer to and the evidence lacks:
    /// they are taken as Kubernetes ships them.
    pub supplied_roles: Vec<Arc<str>>,
    /// Which Kubernetes the API server is, where the evidence tells.
    pub version: Option<ServerVersion>,
    /// What shows that the cluster runs on EKS, if anything does.
    pub eks: Option<Location>,
    /// Whom it takes AWS principals for, where the evidence holds that.
    pub aws_auth: Option<AwsAuth>,
    /// What EKS tells of it, where it is known which of its clusters it is.
    pub eks_cluster: Option<EksCluster>,
    /// The IAM roles that its ServiceAccounts and nodes are given.
    pub cloud: CloudRoles,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Those of the gaps that may give rights to anybody: a binding whose
    /// subjects or role could not be read.
    pub open: Vec<Gap>,
}

impl ClusterSnapshot {
    /// Whether a kind (`Secret`, `audit.k8s.io/Policy`) was looked for: an object
    /// of it was seen, or it is known that there is none. That an object is
    /// missing from such a kind proves nothing; see [`Self::lists`].
    #[must_use]
    pub fn has_kind(&self, kind: &str) -> bool {
        self.kinds.contains_key(kind)
    }

    /// Whether an object of a kind was seen.
    #[must_use]
    pub fn shows(&self, kind: &str) -> bool {
        self.kinds.get(kind).is_some_and(|objects| *objects > 0)
    }

    /// Whether the evidence is known to hold every object of a kind, so that one
    /// it lacks does not exist.
    #[must_use]
    pub fn lists(&self, kind: &str) -> bool {
        self.listed.contains(kind)
    }
}
