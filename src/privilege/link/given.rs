//! Which roles every ServiceAccount and node of a cluster is given, so that paths in
//! the cluster end at them.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    nodes::node_roles,
    roles::{Account, Givers, RoleOf, too_many},
    way::Way,
};
use crate::model::{
    capability::Condition,
    coverage::Gap,
    evidence::Evidence,
    kubernetes::{
        ClusterSnapshot, OWN_NAMESPACES,
        cloud::{CloudRole, CloudRoles, Given},
        rbac::Subject,
    },
};
use crate::{privilege::iam::Evaluator, rubric::aws::AwsRules};

/// Stands for a namespace that no manifest tells.
const UNPLACED: &str = "?";
const WHERE: &str = "in which namespace the ServiceAccount lies";
const WHETHER: &str = "whether there is such a ServiceAccount";
/// The ServiceAccount that every namespace has.
const DEFAULT: &str = "default";
/// ServiceAccounts that are held against trust policies which name none.
const ACCOUNTS: usize = 1 << 18;

/// Works out, for each cluster of the evidence, the roles of its ServiceAccounts, of
/// those that could be made there, and of its nodes. Without `rules` no account of the
/// evidence tells of trust policies.
pub fn give(evidence: &mut Evidence, rules: Option<&AwsRules>) {
    let Evidence { clusters, accounts, .. } = &*evidence;
    let accounts: Vec<Account<'_>> = accounts
        .iter()
        .filter_map(|account| Some((account, Evaluator::new(account, rules?))))
        .collect();
    let given: Vec<_> = clusters.iter().map(|cluster| of_cluster(cluster, &accounts)).collect();
    for (cluster, (cloud, gap)) in evidence.clusters.iter_mut().zip(given) {
        cluster.cloud = cloud;
        cluster.open.extend(gap.iter().cloned());
        cluster.gaps.extend(gap);
    }
}

fn of_cluster<'a>(
    cluster: &'a ClusterSnapshot,
    accounts: &[Account<'a>],
) -> (CloudRoles, Option<Gap>) {
    let givers = Givers::new(cluster, accounts);
    let nodes = node_roles(cluster, accounts.iter().map(|(account, _)| *account));
    let mut cloud = CloudRoles {
        nodes: nodes.into_iter().map(|role| role.credential()).collect(),
        ..CloudRoles::default()
    };
    let mut wanted: BTreeSet<(&str, &str)> =
        givers.named().map(|(space, name)| (space.unwrap_or(UNPLACED), name)).collect();
    if wanted.is_empty() && !givers.is_open() {
        return (cloud, None);
    }
    let (namespaces, known) = accounts_of(cluster);
    if givers.is_open() {
        wanted.extend(&known);
    }
    let mut gap = None;
    if wanted.len() > ACCOUNTS {
        gap = Some(too_many(&cluster.source));
    }
    let listed = cluster.lists("ServiceAccount");
    for (namespace, name) in wanted.into_iter().take(ACCOUNTS) {
        let roles = givers.roles_of(accounts, namespace, name).roles;
        if roles.is_empty() {
            continue;
        }
        let key = (namespace.to_owned(), name.to_owned());
        if known.contains(&(namespace, name)) {
            let doubt = (namespace == UNPLACED).then_some(WHERE);
            cloud.accounts.insert(key, given(&roles, doubt));
            continue;
        }
        if !listed {
            cloud.accounts.insert(key, given(&roles, Some(WHETHER)));
        }
        make(&mut cloud.made, namespace, &roles);
    }
    let makeable = givers.makeable(&namespaces);
    if makeable.len() > ACCOUNTS {
        gap = Some(too_many(&cluster.source));
    }
    for (namespace, name) in makeable.iter().take(ACCOUNTS) {
        if !known.contains(&(namespace, name)) {
            make(&mut cloud.made, namespace, &givers.roles_of(accounts, namespace, name).roles);
        }
    }
    (cloud, gap)
}

/// Adds roles that a ServiceAccount yet to be made would have: the surest way to each.
fn make(made: &mut BTreeMap<String, Vec<CloudRole>>, namespace: &str, roles: &[RoleOf]) {
    if roles.is_empty() {
        return;
    }
    let all = made.entry(namespace.to_owned()).or_default();
    for role in given(roles, None) {
        match all.iter_mut().find(|known| known.arn == role.arn) {
            Some(known) if known.made.condition == Condition::Always => {}
            Some(known) => *known = role,
            None => all.push(role),
        }
    }
}

fn given(roles: &[RoleOf], doubt: Option<&str>) -> Vec<CloudRole> {
    let told = |way: &Way| {
        let way = match doubt {
            Some(doubt) => way.clone().when(Condition::Unknown(doubt.to_owned())),
            None => way.clone(),
        };
        Given { grants: way.grants(), condition: way.condition().clone() }
    };
    let role = |role: &RoleOf| CloudRole {
        arn: role.arn.clone(),
        running: told(&role.running),
        made: told(&role.made),
        minted: told(&role.minted),
    };
    roles.iter().map(role).collect()
}

/// The namespaces of a cluster, and the ServiceAccounts that it has or speaks of.
fn accounts_of(cluster: &ClusterSnapshot) -> (BTreeSet<&str>, BTreeSet<(&str, &str)>) {
    let mut namespaces: BTreeSet<&str> = OWN_NAMESPACES.into_iter().collect();
    namespaces.extend(cluster.namespaces.iter().map(|own| &*own.name));
    let mut known: BTreeSet<(Option<&str>, &str)> = BTreeSet::new();
    let there = cluster.service_accounts.iter();
    known.extend(there.map(|own| (own.scope.namespace(), &*own.name)));
    let running = cluster.workloads.iter();
    known.extend(running.map(|own| (own.scope.namespace(), &*own.service_account)));
    known.extend(
        cluster.token_secrets.iter().filter_map(|secret| {
            Some((secret.scope.namespace(), secret.service_account.as_deref()?))
        }),
    );
    for binding in &cluster.bindings {
        namespaces.extend(binding.scope.namespace());
        for bound in &binding.subjects {
            if let Subject::ServiceAccount { namespace, name } = &bound.subject {
                known.insert((namespace.as_deref().or_else(|| binding.scope.namespace()), name));
            }
        }
    }
    namespaces.extend(known.iter().filter_map(|(namespace, _)| *namespace));
    let mut accounts: BTreeSet<(&str, &str)> =
        known.into_iter().map(|(namespace, name)| (namespace.unwrap_or(UNPLACED), name)).collect();
    accounts.extend(namespaces.iter().map(|namespace| (*namespace, DEFAULT)));
    (namespaces, accounts)
}
