//! The role of a node, which its instance metadata hands to whoever asks: every pod
//! there, unless the answer does not reach it.

use super::way::Way;
use crate::model::{
    capability::Condition,
    kubernetes::ClusterSnapshot,
    path::{Path, PathTarget},
};

/// The paths from a pod of `account` to the roles of nodes. On which nodes it runs
/// and what network policies keep it from is not known, so that each is possible.
#[must_use]
pub fn node_paths(cluster: &ClusterSnapshot, account: &str) -> Vec<Path> {
    let groups = cluster.eks_cluster.iter().flat_map(|eks| &eks.node_roles);
    groups
        .filter(|group| group.metadata_open != Some(false) && !group.role.is_empty())
        .map(|group| {
            let doubt = match group.metadata_open {
                Some(_) => "whether its pods run there, and a network policy keeps them off",
                None => {
                    "whether its pods reach the instance metadata of their nodes (the hop limit)"
                }
            };
            let way = Way::by(format!("Nodegroup/{}", group.group), group.location.clone())
                .when(Condition::Unknown(doubt.to_owned()));
            let how = format!("takes the role of its node, {}", group.role);
            let hop = way.hop(account, &group.role, &how, "K8S-PATH-CLOUD");
            Path { target: PathTarget::AwsRole(group.role.clone()), hops: vec![hop] }
        })
        .collect()
}
