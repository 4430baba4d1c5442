//! The role of a node, which its instance metadata hands to whoever asks: every pod
//! there, unless the answer does not reach it.

use super::{caller::Caller, way::Way};
use crate::model::{
    aws::{AccountSnapshot, eks::Authentication, pattern},
    capability::Condition,
    kubernetes::{ClusterSnapshot, aws_auth::Mapped},
    location::Location,
    path::{Hop, Path, PathTarget},
};

/// The group that nodes are in.
const NODES: &str = "system:nodes";
const IN_REACH: &str = "whether its pods run there, and a network policy keeps them off";
const HOPS: &str = "whether its pods reach the instance metadata of their nodes (the hop limit)";

/// The paths from a pod of `account` to the roles of nodes. On which nodes it runs
/// and what network policies keep it from is not known, so that each is possible.
/// Nodes join as whom an access entry or the ConfigMap says: a role that no group
/// of nodes tells of is that of some node, too.
#[must_use]
pub fn node_paths<'a>(
    cluster: &ClusterSnapshot,
    accounts: impl Iterator<Item = &'a AccountSnapshot>,
    account: &str,
) -> Vec<Path> {
    let eks = cluster.eks_cluster.as_ref();
    let groups = || eks.into_iter().flat_map(|eks| &eks.node_roles);
    let in_group = |arn: &str| {
        let same = |role: &str| Caller::of(role).arn.eq_ignore_ascii_case(&Caller::of(arn).arn);
        groups().any(|group| same(&group.role))
    };
    let mut paths: Vec<Path> = groups()
        .filter(|group| group.metadata_open != Some(false) && !group.role.is_empty())
        .map(|group| {
            let doubt = if group.metadata_open.is_some() { IN_REACH } else { HOPS };
            let step = group.location.object.as_deref().unwrap_or(&group.group);
            path(account, &group.role, step, &group.location, doubt)
        })
        .collect();
    let mode = eks.and_then(|eks| eks.authentication);
    let entries = eks.into_iter().flat_map(|eks| &eks.entries);
    for (arn, entry) in entries.filter(|(_, entry)| entry.for_nodes) {
        if mode != Some(Authentication::ConfigMap) && !in_group(arn) {
            let step = format!("access entry of {arn}");
            paths.push(path(account, arn, &step, &entry.location, HOPS));
        }
    }
    let known: Vec<&str> =
        accounts.flat_map(|account| account.roles.keys()).map(String::as_str).collect();
    let mapped = cluster.aws_auth.iter().flat_map(|auth| &auth.entries);
    for entry in mapped.filter(|_| mode != Some(Authentication::Api)) {
        let (Mapped::Role(arn), true) =
            (&entry.whom, entry.groups.iter().any(|group| &**group == NODES))
        else {
            continue;
        };
        // It is spelt without its path, and may be a glob.
        let wanted = arn.to_ascii_lowercase();
        let is_it =
            |role: &&str| pattern::matches(&wanted, &Caller::of(role).arn.to_ascii_lowercase());
        let mut roles: Vec<&str> = known.iter().copied().filter(is_it).collect();
        if roles.is_empty() {
            roles.push(arn);
        }
        let step = format!("aws-auth, mapRoles {}", entry.number);
        for role in roles.into_iter().filter(|role| !in_group(role)) {
            paths.push(path(account, role, &step, &entry.location, HOPS));
        }
    }
    paths.sort();
    paths.dedup_by(|a, b| a.target == b.target);
    paths
}

/// Nodes that hand out a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nodes {
    /// The cluster, where EKS tells of it.
    pub cluster: Option<String>,
    /// `Nodegroup/blue`, or the entry by which they join.
    pub name: String,
    /// The role.
    pub role: String,
}

/// The nodes that a path of [`node_paths`] begins at, by its first step.
#[must_use]
pub fn nodes_of(cluster: &ClusterSnapshot, step: &Hop) -> Option<Nodes> {
    let place = &step.grants.first()?.location;
    let eks = cluster.eks_cluster.as_ref();
    let groups = eks.into_iter().flat_map(|eks| &eks.node_roles);
    let entries = eks.into_iter().flat_map(|eks| &eks.entries);
    let mapped = cluster.aws_auth.iter().flat_map(|auth| &auth.entries);
    let is_there = groups.map(|own| &own.location).any(|own| own == place)
        || entries.filter(|(_, own)| own.for_nodes).any(|(_, own)| own.location == *place)
        || mapped
            .filter(|own| own.groups.iter().any(|group| &**group == NODES))
            .any(|own| own.location == *place);
    is_there.then(|| Nodes {
        cluster: eks.map(|eks| eks.name.clone()).filter(|name| !name.is_empty()),
        name: step.grants.first().map(|grant| grant.description.clone()).unwrap_or_default(),
        role: step.to.clone(),
    })
}

fn path(account: &str, role: &str, step: &str, location: &Location, doubt: &str) -> Path {
    let way = Way::by(step, location.clone()).when(Condition::Unknown(doubt.to_owned()));
    let how = format!("takes the role of its node, {role}");
    let hop = way.hop(account, role, &how, "K8S-PATH-CLOUD");
    Path { target: PathTarget::AwsRole(role.to_owned()), hops: vec![hop] }
}
