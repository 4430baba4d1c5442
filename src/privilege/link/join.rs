//! Which cluster of the evidence is which of EKS, and what access policies give in
//! it: rules of RBAC for a group that only an entry's principal is in.

use std::{collections::BTreeSet, sync::Arc};

use super::entries::is_of;
use crate::{
    model::{
        aws::{
            arn::name_of,
            eks::{AssociatedPolicy, EksCluster, PodIdentity},
        },
        coverage::Gap,
        evidence::Evidence,
        kubernetes::{
            ClusterSnapshot, Scope,
            rbac::{Binding, BoundSubject, Origin, PolicyRule, Role, RoleKind, RoleRef, Subject},
        },
        location::Location,
    },
    rubric::eks::{AccessPolicies, AccessPolicy},
};

/// The group that stands for the principal of an access entry in the bindings of
/// its access policies.
pub(super) fn entry_group(principal: &str) -> String {
    format!("eks:access-entry:{principal}")
}

/// Which cluster of EKS a source is, as a person says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterName {
    /// The source, as the evidence calls it.
    pub source: String,
    /// The name or the ARN of the cluster.
    pub eks: String,
    /// Where that is said.
    pub location: Location,
}

impl ClusterName {
    fn is_of(&self, eks: &EksCluster) -> bool {
        self.eks == eks.name || eks.arn.as_deref() == Some(self.eks.as_str())
    }
}

/// Joins what EKS tells of its clusters with the clusters' own objects.
///
/// A cluster is told by `said`, or by its ARN or name in the name of its source, as
/// contexts of a kubeconfig hold them. One cluster and one of EKS belong together. Where that
/// leaves several, it is not known who comes in, and each says so; what any of them
/// gives to pods counts as possible.
pub fn join(evidence: &mut Evidence, policies: &AccessPolicies, said: &[ClusterName]) {
    let Evidence { clusters, eks, gaps, .. } = evidence;
    let only = clusters.len() == 1 && eks.len() == 1;
    // A snapshot is called as what it was collected from, and not as its source.
    let alone = clusters.len() == 1 && said.len() == 1;
    let said_of = |source: &str| said.iter().find(|own| alone || own.source == source);
    let sources: BTreeSet<&str> = clusters.iter().map(|cluster| &*cluster.source).collect();
    gaps.extend(said.iter().filter(|own| !alone && !sources.contains(own.source.as_str())).map(
        |own| Gap {
            location: own.location.clone(),
            reason: format!("no cluster of the evidence is called as the source that is said to be {}: whose objects are that cluster's is unknown", own.eks),
        },
    ));
    // Those that a source names are no other cluster.
    let mut told: BTreeSet<&str> = clusters
        .iter()
        .filter(|cluster| said_of(&cluster.source).is_none())
        .filter_map(|cluster| match named(&cluster.source, eks).as_slice() {
            [one] => Some(one.name.as_str()),
            _ => None,
        })
        .collect();
    told.extend(
        eks.iter().filter(|eks| said.iter().any(|own| own.is_of(eks))).map(|eks| &*eks.name),
    );
    for cluster in clusters {
        if let Some(name) = said_of(&cluster.source) {
            match eks.iter().find(|eks| name.is_of(eks)) {
                Some(eks) => {
                    complete(cluster, eks, policies);
                    cluster.eks_cluster = Some(eks.clone());
                }
                None => unmatched(cluster, name),
            }
            continue;
        }
        if eks.is_empty() {
            continue;
        }
        // A source that names an ARN is that cluster and no other.
        let by_arn = cluster.source.contains(":eks:");
        let mut may_be = named(&cluster.source, eks);
        if may_be.is_empty() && !by_arn {
            may_be = eks.iter().filter(|eks| !told.contains(eks.name.as_str())).collect();
        }
        let is_it = only || told_by(&cluster.source, eks);
        match may_be.as_slice() {
            [one] if is_it => {
                complete(cluster, one, policies);
                cluster.eks_cluster = Some((*one).clone());
            }
            [] if cluster.eks.is_none() => {}
            _ => {
                let unknown = one_of(&cluster.source, &may_be);
                cluster.gaps.extend(unknown.gaps.iter().cloned());
                cluster.eks_cluster = Some(unknown);
            }
        }
    }
}

/// Notes that nothing tells of the cluster of EKS that a source is said to be.
fn unmatched(cluster: &mut ClusterSnapshot, name: &ClusterName) {
    let gap = Gap {
        location: name.location.clone(),
        reason: format!(
            "no answer of EKS tells of cluster {}, which this source is said to be: who comes in by access entries, and which roles its pods are given, is unknown",
            name.eks
        ),
    };
    cluster.gaps.push(gap.clone());
    cluster.eks.get_or_insert_with(|| name.location.clone());
    cluster.eks_cluster = Some(EksCluster { gaps: vec![gap], ..EksCluster::default() });
}

/// The clusters of EKS that a source is called as.
fn named<'e>(source: &str, eks: &'e [EksCluster]) -> Vec<&'e EksCluster> {
    eks.iter().filter(|eks| is_named(source, eks)).collect()
}

/// Whether a source tells which cluster of EKS it is.
fn told_by(source: &str, eks: &[EksCluster]) -> bool {
    named(source, eks).len() == 1
}

/// A cluster that may be any of these: without a name, as nobody knows it.
fn one_of(source: &str, may_be: &[&EksCluster]) -> EksCluster {
    let names: Vec<&str> = may_be.iter().map(|eks| eks.name.as_str()).collect();
    let reason = format!(
        "which cluster of EKS it is ({}) is not known: who comes in by access entries, and which roles its pods are given, is unknown",
        names.join(", ")
    );
    EksCluster {
        pod_identities: may_be.iter().flat_map(|eks| &eks.pod_identities).cloned().collect(),
        node_roles: may_be.iter().flat_map(|eks| &eks.node_roles).cloned().collect(),
        gaps: vec![Gap { location: Location::file(source), reason }],
        ..EksCluster::default()
    }
}

/// What a cluster of EKS gives the principal of `arn`, where no cluster of the
/// evidence is known to be that one: its objects are not there to tell.
#[must_use]
pub fn entered_elsewhere(eks: &EksCluster, arn: &str) -> Option<Gap> {
    let (principal, entry) = eks.entries.iter().find(|(own, _)| is_of(own, arn))?;
    Some(Gap {
        location: entry.location.clone(),
        reason: format!(
            "{principal} has an access entry in cluster {}, and which objects are that cluster's is not known",
            eks.name
        ),
    })
}

/// The same of a role that it may give to pods of a ServiceAccount.
#[must_use]
pub fn given_elsewhere(eks: &EksCluster, namespace: &str, name: &str) -> Option<Gap> {
    let own = |own: &&PodIdentity| own.namespace == namespace && own.service_account == name;
    let association = eks.pod_identities.iter().find(own)?;
    Some(Gap {
        location: association.location.clone(),
        reason: format!(
            "cluster {} gives {namespace}/{name} a role, and which objects are that cluster's is not known",
            eks.name
        ),
    })
}

/// Whether a source is called as the cluster is.
fn is_named(source: &str, eks: &EksCluster) -> bool {
    let by_name = |part: &str| part == eks.name;
    eks.arn.as_deref().is_some_and(|arn| source.contains(arn))
        || (!source.contains("arn:") && source.split(['/', '@', '.', ':']).any(by_name))
}

fn complete(cluster: &mut ClusterSnapshot, eks: &EksCluster, policies: &AccessPolicies) {
    let mut added = BTreeSet::new();
    for (principal, entry) in &eks.entries {
        for policy in entry.policies.iter().flatten() {
            let role = role(policy, policies);
            cluster.gaps.extend(role.gaps.iter().cloned());
            for scope in scopes(policy) {
                cluster.bindings.push(Binding {
                    scope,
                    name: format!("eks:{principal}").into(),
                    role: RoleRef {
                        kind: RoleKind::ClusterRole,
                        name: role.name.clone(),
                        location: policy.location.clone(),
                    },
                    subjects: vec![BoundSubject {
                        subject: Subject::Group(entry_group(principal).into()),
                        location: policy.location.clone(),
                    }],
                    location: policy.location.clone(),
                });
            }
            // An object may be called the same: it says nothing of the policy.
            if added.insert(role.name.clone()) {
                cluster.roles.push(role);
            }
        }
    }
    cluster.roles.sort_by(|a, b| (&a.scope, &a.name).cmp(&(&b.scope, &b.name)));
    cluster.bindings.sort_by(|a, b| (&a.scope, &a.name).cmp(&(&b.scope, &b.name)));
}

/// Where a policy holds. A pattern of namespaces may be any of them.
fn scopes(policy: &AssociatedPolicy) -> Vec<Scope> {
    match &policy.namespaces {
        None => vec![Scope::Cluster],
        Some(names) => names
            .iter()
            .map(|name| {
                if name.contains('*') {
                    Scope::UnknownNamespace
                } else {
                    Scope::Namespace(name.as_str().into())
                }
            })
            .collect(),
    }
}

/// An access policy as a role. One that is not known is taken for administrator.
fn role(policy: &AssociatedPolicy, policies: &AccessPolicies) -> Role {
    let name = name_of(&policy.arn);
    let known = policies.get(&policy.arn);
    let gap = Gap {
        location: policy.location.clone(),
        reason: format!("access policy {name} is not known: it is taken for administrator"),
    };
    Role {
        scope: Scope::Cluster,
        name: format!("eks:{name}").into(),
        rules: known.map_or_else(|| everything(&policy.location), |known| rules(known, policy)),
        origin: Origin::BuiltIn,
        gaps: if known.is_some() { Vec::new() } else { vec![gap] },
        location: policy.location.clone(),
    }
}

fn rules(known: &AccessPolicy, policy: &AssociatedPolicy) -> Vec<PolicyRule> {
    let words = |text: &str| text.split_whitespace().map(Arc::from).collect::<Vec<Arc<str>>>();
    let mut rules: Vec<PolicyRule> = (1..)
        .zip(&known.rules)
        .map(|(number, rule)| PolicyRule {
            verbs: words(&rule.verbs),
            api_groups: vec![rule.group.as_str().into()],
            resources: words(&rule.resources),
            resource_names: Vec::new(),
            non_resource_urls: Vec::new(),
            number,
            aggregated_from: None,
            location: policy.location.clone(),
        })
        .collect();
    if known.urls {
        rules.push(urls(&policy.location));
    }
    rules
}

fn urls(location: &Location) -> PolicyRule {
    PolicyRule {
        verbs: vec!["*".into()],
        api_groups: Vec::new(),
        resources: Vec::new(),
        resource_names: Vec::new(),
        non_resource_urls: vec!["*".into()],
        number: 2,
        aggregated_from: None,
        location: location.clone(),
    }
}

fn everything(location: &Location) -> Vec<PolicyRule> {
    let all = PolicyRule {
        api_groups: vec!["*".into()],
        resources: vec!["*".into()],
        non_resource_urls: Vec::new(),
        number: 1,
        ..urls(location)
    };
    vec![all, urls(location)]
}
