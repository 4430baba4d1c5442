//! Objects that tell who runs as whom.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::Scope;
use crate::model::location::Location;

/// A ServiceAccount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Where it lives.
    pub scope: Scope,
    /// Its name.
    pub name: Arc<str>,
    /// The IAM role it may act as: annotation `eks.amazonaws.com/role-arn`.
    pub aws_role: Option<Arc<str>>,
    /// The audience of the token that its pods show AWS, where it is not the usual one:
    /// annotation `eks.amazonaws.com/audience`.
    pub aws_audience: Option<Arc<str>>,
    /// `automountServiceAccountToken`, if set.
    pub automount: Option<bool>,
    /// Where it stands.
    pub location: Location,
}

/// Something that runs pods: one of [`Workload::BUILT_IN`], or a resource that
/// somebody added and that holds a pod template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workload {
    /// `Deployment`.
    pub kind: Arc<str>,
    /// Where it lives.
    pub scope: Scope,
    /// Its name; one that the API server is to make up ends with `*`.
    pub name: Arc<str>,
    /// The ServiceAccount of its pods; `default` where none is named.
    pub service_account: Arc<str>,
    /// `automountServiceAccountToken` of its pods, if set.
    pub automount: Option<bool>,
    /// Its own labels, then those of its pods.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// The labels of its pods alone: what budgets and policies select by.
    pub pod_labels: BTreeMap<Arc<str>, Arc<str>>,
    /// How many pods it keeps; none where it does not say, or keeps no number.
    pub replicas: Option<u64>,
    /// How many earlier revisions are kept to go back to, if set.
    pub revision_history: Option<u64>,
    /// Whether a GitOps controller says that it keeps it as a repository has it.
    pub from_git: bool,
    /// Images of its containers, init containers included, in their order.
    pub images: Vec<Arc<str>>,
    /// What of the node it can touch.
    pub node_access: NodeAccess,
    /// What its pods are given to read.
    pub given: Given,
    /// Whether a controller made it, which is then listed itself.
    pub owned: bool,
    /// Where it stands.
    pub location: Location,
}

impl Workload {
    /// Kinds that Kubernetes runs itself.
    pub const BUILT_IN: [&str; 8] = [
        "Pod",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "CronJob",
    ];

    /// Whether its pods hold their account's token, where the account itself
    /// gives it to those that do not say: mounted, or asked for in a volume.
    #[must_use]
    pub fn holds_token(&self, account_gives: bool) -> bool {
        self.given.token || self.automount.unwrap_or(account_gives)
    }

    /// Whether a resource that somebody added describes it, such as a Rollout.
    #[must_use]
    pub fn is_custom(&self) -> bool {
        !Self::BUILT_IN.contains(&&*self.kind)
    }
}

/// What the pods of a workload can read beside their own files: names only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// A volume holds a token of its account that the API server may take,
    /// whatever `automount` says.
    pub token: bool,
    /// Secrets that are mounted, or stand in the environment of a container.
    pub secrets: BTreeSet<Arc<str>>,
    /// ConfigMaps that are mounted, or stand in the environment of a container.
    pub config_maps: BTreeSet<Arc<str>>,
    /// Claims that are mounted; those that a StatefulSet makes end with `*`.
    pub claims: BTreeSet<Arc<str>>,
}

impl Given {
    /// Whether a claim of that name is mounted.
    #[must_use]
    pub fn mounts(&self, claim: &str) -> bool {
        self.claims.iter().any(|own| match own.strip_suffix('*') {
            Some(prefix) => claim.starts_with(prefix),
            None => **own == *claim,
        })
    }
}

/// What of its node a pod can touch. Each means the node, and with it the
/// token of every pod there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NodeAccess {
    /// A container is privileged, or a process of the host on Windows, which is
    /// as much.
    pub privileged: bool,
    /// A container has a capability that leads out of it.
    pub capabilities: bool,
    /// A volume is a path of the node, itself or by its claim.
    pub host_path: bool,
    /// It shares the node's network, processes or IPC.
    pub host_namespaces: bool,
}

impl NodeAccess {
    /// Whether it touches the node at all.
    #[must_use]
    pub fn any(self) -> bool {
        self.privileged || self.capabilities || self.host_path || self.host_namespaces
    }
}

/// A Namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: Arc<str>,
    /// Its labels: pod security, policies, mesh.
    pub labels: BTreeMap<Arc<str>, Arc<str>>,
    /// Where it stands.
    pub location: Location,
}

/// A Secret of type `kubernetes.io/service-account-token`: a credential that
/// does not expire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSecret {
    /// Where it lives.
    pub scope: Scope,
    /// Its name.
    pub name: Arc<str>,
    /// Whose token: annotation `kubernetes.io/service-account.name`.
    pub service_account: Option<Arc<str>>,
    /// Where it stands.
    pub location: Location,
}
