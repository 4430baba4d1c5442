//! The role of a node, which its instance metadata hands to whoever asks: every pod
//! there, unless the answer does not reach it, and whoever is the node.

use super::{
    allowed::allowed,
    caller::Caller,
    roles::Account,
    way::{Way, both},
};
use crate::model::{
    aws::{
        AccountSnapshot, account_of,
        eks::{Authentication, NodeIdentity},
        pattern,
    },
    capability::{Condition, Grant},
    kubernetes::{ClusterSnapshot, aws_auth::Mapped, cloud::NodeCredential},
    location::Location,
    path::{Hop, Path, PathTarget},
};

/// The group that nodes are in.
const NODES: &str = "system:nodes";
const IN_REACH: &str = "whether its pods run there, and a network policy keeps them off";
/// What opens a shell on an instance.
const SHELLS: [&str; 3] =
    ["ssm:StartSession", "ssm:SendCommand", "ec2-instance-connect:SendSSHPublicKey"];
/// Stands for an instance that no policy names.
const SOME_INSTANCE: &str = "i-00000000000000000";
/// What the role of an instance allows where Systems Manager manages it.
const IS_MANAGED: &str = "ssm:UpdateInstanceInformation";
const AGENT: &str = "whether its nodes take sessions and commands";
const HOPS: &str = "whether its pods reach the instance metadata of their nodes (the hop limit)";

/// A role that nodes of a cluster act as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RoleOfNodes {
    arn: String,
    /// What says so, and where it stands.
    step: String,
    location: Location,
    /// Whether pods reach the metadata; none where nothing tells.
    open: Option<bool>,
    /// What is not known of it.
    doubt: Option<String>,
}

impl RoleOfNodes {
    /// As whoever is such a node holds it.
    pub(super) fn credential(self) -> NodeCredential {
        NodeCredential {
            arn: self.arn,
            grant: Grant { description: self.step, location: self.location, cut_at: None },
            condition: self.doubt.map_or(Condition::Always, Condition::Unknown),
        }
    }
}

/// The roles that nodes act as. Nodes join as whom an access entry or the ConfigMap
/// says: a role that no group of nodes tells of is that of some node, too.
pub(super) fn node_roles<'a>(
    cluster: &ClusterSnapshot,
    accounts: impl Iterator<Item = &'a AccountSnapshot>,
) -> Vec<RoleOfNodes> {
    let accounts: Vec<&AccountSnapshot> = accounts.collect();
    let eks = cluster.eks_cluster.as_ref();
    let mut roles: Vec<RoleOfNodes> = Vec::new();
    for group in eks.into_iter().flat_map(|eks| &eks.node_roles) {
        let step = group.location.object.as_deref().unwrap_or(&group.group);
        let (arns, doubt) = match &group.identity {
            NodeIdentity::Role(arn) => (vec![arn.clone()], None),
            NodeIdentity::Profile(profile) => of_profile(&accounts, profile),
        };
        roles.extend(arns.into_iter().filter(|arn| !arn.is_empty()).map(|arn| RoleOfNodes {
            arn,
            step: step.to_owned(),
            location: group.location.clone(),
            open: group.metadata_open,
            doubt: doubt.clone(),
        }));
    }
    let told: Vec<String> = roles.iter().map(|role| name(&role.arn)).collect();
    let in_group = |arn: &str| told.contains(&name(arn));
    let mut add = |arn: &str, step: String, location: &Location| {
        if !in_group(arn) {
            let (arn, location) = (arn.to_owned(), location.clone());
            roles.push(RoleOfNodes { arn, step, location, open: None, doubt: None });
        }
    };
    let mode = eks.and_then(|eks| eks.authentication);
    let entries = eks.into_iter().flat_map(|eks| &eks.entries);
    for (arn, entry) in entries.filter(|(_, entry)| entry.for_nodes) {
        if mode != Some(Authentication::ConfigMap) {
            add(arn, format!("access entry of {arn}"), &entry.location);
        }
    }
    let mapped = cluster.aws_auth.iter().flat_map(|auth| &auth.entries);
    for entry in mapped.filter(|_| mode != Some(Authentication::Api)) {
        let (Mapped::Role(arn), true) =
            (&entry.whom, entry.groups.iter().any(|group| &**group == NODES))
        else {
            continue;
        };
        // It is spelt without its path, and may be a glob.
        let wanted = arn.to_ascii_lowercase();
        let known = accounts.iter().flat_map(|account| account.roles.keys());
        let mut its: Vec<&str> = known
            .map(String::as_str)
            .filter(|role| pattern::matches(&wanted, &name(role)))
            .collect();
        if its.is_empty() {
            its.push(arn);
        }
        for role in its {
            add(role, format!("aws-auth, mapRoles {}", entry.number), &entry.location);
        }
    }
    roles.sort();
    roles.dedup_by(|a, b| a.arn == b.arn);
    roles
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

/// A role without its path, in one case.
fn name(arn: &str) -> String {
    Caller::of(arn).arn.to_ascii_lowercase()
}

/// The role that an instance profile holds, and what is not known of that.
fn of_profile(accounts: &[&AccountSnapshot], profile: &str) -> (Vec<String>, Option<String>) {
    let roles = accounts.iter().flat_map(|account| account.roles.values());
    let its: Vec<String> = roles
        .filter(|role| role.instance_profiles.contains(profile))
        .map(|role| role.identity.arn.clone())
        .collect();
    if its.is_empty() {
        let guess = profile.replacen(":instance-profile/", ":role/", 1);
        let doubt = format!("which role {profile} holds: the authorization details tell");
        return (vec![guess], Some(doubt));
    }
    (its, None)
}

/// The paths from a pod of `account` to the roles of nodes. On which nodes it runs
/// and what network policies keep it from is not known, so that each is possible. What
/// shares its node's network is as far from the metadata as the node: the hop limit
/// does not keep it off.
#[must_use]
pub fn node_paths(
    cluster: &ClusterSnapshot,
    accounts: &[Account<'_>],
    account: (&str, &str),
) -> Vec<Path> {
    let (namespace, service_account) = account;
    let on_host = cluster.workloads.iter().any(|workload| {
        *workload.service_account == *service_account
            && workload.scope.may_be_in(namespace)
            && (workload.node_access.host_namespaces || workload.node_access.privileged)
    });
    let from = format!("{}{namespace}:{service_account}", super::roles::SUBJECT);
    let roles = node_roles(cluster, accounts.iter().map(|(account, _)| *account));
    roles
        .into_iter()
        .filter(|role| role.open != Some(false) || on_host)
        .map(|role| {
            let doubt = if role.open.is_some() || on_host { IN_REACH } else { HOPS };
            path(&from, &role, doubt)
        })
        .collect()
}

/// The paths of an AWS principal that may open a shell on the nodes of a cluster, to
/// the roles of these nodes.
#[must_use]
pub fn shells_on_nodes(
    cluster: &ClusterSnapshot,
    accounts: &[Account<'_>],
    arn: &str,
) -> Vec<Path> {
    let Some(eks) = &cluster.eks_cluster else { return Vec::new() };
    let of_cluster = eks.arn.as_deref().unwrap_or_default();
    let part = |number, otherwise| {
        of_cluster.split(':').nth(number).filter(|part| !part.is_empty()).unwrap_or(otherwise)
    };
    let mut paths = Vec::new();
    for role in &cluster.cloud.nodes {
        let account = account_of(&role.arn).unwrap_or_default();
        let (partition, region) = (part(1, "aws"), part(3, "us-east-1"));
        let instance = format!("arn:{partition}:ec2:{region}:{account}:instance/{SOME_INSTANCE}");
        let shell = SHELLS.iter().find_map(|action| {
            allowed(accounts, arn, action, &instance).map(|(by, condition)| (action, by, condition))
        });
        let Some((action, by, condition)) = shell else { continue };
        let managed = allowed(accounts, &role.arn, IS_MANAGED, "*").is_some();
        let doubt = match managed {
            true => Condition::Always,
            false => Condition::Unknown(AGENT.to_owned()),
        };
        paths.push(Path {
            target: PathTarget::AwsRole(role.arn.clone()),
            hops: vec![Hop {
                from: arn.to_owned(),
                to: role.arn.clone(),
                how: format!(
                    "opens a shell on a node of cluster {} by {action} and takes its role, {}",
                    eks.name, role.arn
                ),
                rule: "AWS-RUN-CODE".to_owned(),
                grants: vec![by, role.grant.clone()],
                condition: both(&condition, &both(&doubt, &role.condition)),
            }],
        });
    }
    paths
}

fn path(account: &str, role: &RoleOfNodes, doubt: &str) -> Path {
    let mut way = Way::by(role.step.clone(), role.location.clone())
        .when(Condition::Unknown(doubt.to_owned()));
    if let Some(doubt) = &role.doubt {
        way = way.when(Condition::Unknown(doubt.clone()));
    }
    let how = format!("takes the role of its node, {}", role.arn);
    let hop = way.hop(account, &role.arn, &how, "K8S-PATH-CLOUD");
    Path { target: PathTarget::AwsRole(role.arn.clone()), hops: vec![hop] }
}
