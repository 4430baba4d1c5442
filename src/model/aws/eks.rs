//! A cluster of EKS as its own API tells of it: who comes in, and which roles its
//! ServiceAccounts and nodes are given.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{coverage::Gap, location::Location};

/// One cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EksCluster {
    /// Its name.
    pub name: String,
    /// `arn:aws:eks:eu-central-1:111122223333:cluster/prod`, where it was described.
    pub arn: Option<String>,
    /// The issuer of its tokens, without `https://`.
    pub issuer: Option<String>,
    /// What decides who comes in; none where nobody tells.
    pub authentication: Option<Authentication>,
    /// Whether whoever created it is administrator of it; whom that is no API tells.
    pub creator_is_admin: Option<bool>,
    /// Whether its endpoint is open to the internet.
    pub public_endpoint: Option<bool>,
    /// Logs of the control plane that are written; none where nobody tells.
    pub logs: Option<BTreeSet<String>>,
    /// Access entries by the ARN of their principal.
    pub entries: BTreeMap<String, AccessEntry>,
    /// Whether these are all.
    pub entries_listed: bool,
    /// Which roles ServiceAccounts are given by Pod Identity.
    pub pod_identities: Vec<PodIdentity>,
    /// Whether these are all.
    pub pod_identities_listed: bool,
    /// The roles of its nodes.
    pub node_roles: Vec<NodeRole>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Where it is told of first.
    pub location: Option<Location>,
}

/// What decides who comes in (`accessConfig.authenticationMode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authentication {
    /// Access entries alone.
    Api,
    /// Both.
    ApiAndConfigMap,
    /// The ConfigMap `aws-auth` alone.
    ConfigMap,
}

/// An access entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessEntry {
    /// Its user name, in which `{{SessionName}}` is filled in; none where the
    /// entry was listed and not described.
    pub user: Option<String>,
    /// Its groups.
    pub groups: Vec<String>,
    /// Its access policies; none where nobody listed them.
    pub policies: Option<Vec<AssociatedPolicy>>,
    /// Whether it is for nodes that join as its principal.
    pub for_nodes: bool,
    /// Where it stands.
    pub location: Location,
}

/// An access policy of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssociatedPolicy {
    /// `arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy`.
    pub arn: String,
    /// Namespaces that it holds in; none where it holds in the whole cluster.
    pub namespaces: Option<Vec<String>>,
    /// Where it stands.
    pub location: Location,
}

/// A Pod Identity association.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodIdentity {
    /// Its id.
    pub id: String,
    /// The namespace of the ServiceAccount.
    pub namespace: String,
    /// The ServiceAccount.
    pub service_account: String,
    /// The role; none where the association was listed and not described.
    pub role: Option<String>,
    /// The role that it goes on to, if it does.
    pub target_role: Option<String>,
    /// Whether sessions carry the tags of the pod.
    pub tags_sessions: bool,
    /// Where it stands.
    pub location: Location,
}

/// The role of a group of nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRole {
    /// The group, or the instance profile of nodes that are in none.
    pub group: String,
    /// What its nodes act as.
    pub identity: NodeIdentity,
    /// Whether pods on its nodes reach the instance metadata, which hands out the
    /// role; none where no instance of the group tells.
    pub metadata_open: Option<bool>,
    /// Where it stands.
    pub location: Location,
}

/// What a node acts as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeIdentity {
    /// A role, by its ARN.
    Role(String),
    /// The role that an instance profile holds, by the profile's ARN.
    Profile(String),
}
