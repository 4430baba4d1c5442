//! Agents that clusters show: workloads and resources that `rubric/agents/`
//! recognises, with the account that each runs as.
//!
//! A workload of several replicas, and whatever a controller made of it, is one
//! agent. Two workloads that share an account are two agents that share it.

use std::collections::BTreeMap;

use crate::{
    model::{
        evidence::Evidence,
        kubernetes::{ClusterSnapshot, Scope, custom::CustomObject, objects::Workload},
        location::Location,
        principal::Principal,
    },
    rubric::known::{KnownAgent, KnownAgents},
};

/// How an agent was recognised.
#[derive(Debug, Clone)]
pub struct Sighting<'e> {
    /// What it is.
    pub known: &'e KnownAgent,
    /// By what: `image robustadev/holmes`.
    pub by: String,
    /// The workload or resource.
    pub location: Location,
}

/// An agent in a cluster.
#[derive(Debug, Clone)]
pub struct Found<'e> {
    /// `NAMESPACE/NAME` of its workload or resource; `?` for a namespace that
    /// the evidence does not tell.
    pub name: String,
    /// The cluster, as its source is called.
    pub cluster: &'e str,
    /// The ServiceAccount it runs as; none where the evidence does not tell.
    pub principal: Option<Principal>,
    /// The IAM role that this account may act as.
    pub role: Option<Principal>,
    /// How it was recognised.
    pub sighting: Sighting<'e>,
    /// Its workload, where that is in the evidence.
    pub workload: Option<&'e Workload>,
    /// Whether a controller made it, which may be in the evidence itself.
    pub owned: bool,
}

/// Every agent that the clusters show, those that stand for themselves first.
#[must_use]
pub fn in_clusters<'e>(evidence: &'e Evidence, known: &'e KnownAgents) -> Vec<Found<'e>> {
    let mut found: Vec<Found<'e>> = Vec::new();
    for cluster in &evidence.clusters {
        // A resource that holds a pod template is a workload, too: one agent.
        let (own, built_in): (Vec<_>, Vec<_>) =
            cluster.workloads.iter().partition(|workload| workload.is_custom());
        let mut own: BTreeMap<_, &Workload> =
            own.into_iter().map(|own| ((&own.kind, &own.scope, &own.name), own)).collect();
        found.extend(cluster.custom.iter().filter_map(|custom| {
            let runs = own.remove(&(&custom.kind, &custom.scope, &custom.name));
            resource(cluster, custom, runs, known)
        }));
        let left = own.into_values().chain(built_in);
        found.extend(left.filter_map(|own| workload(cluster, own, known)));
    }
    // Of what controllers made, the outermost comes first: its name is no
    // random one.
    found.sort_by_key(|found| {
        let inner = found.workload.map(|workload| match &*workload.kind {
            "Pod" => 2,
            "ReplicaSet" => 1,
            _ => 0,
        });
        (found.owned, if found.owned { inner.unwrap_or(0) } else { 0 })
    });
    found
}

fn workload<'e>(
    cluster: &'e ClusterSnapshot,
    workload: &'e Workload,
    known: &'e KnownAgents,
) -> Option<Found<'e>> {
    let (known, by) = known.workload(&workload.images, &workload.labels)?;
    let (principal, role) = account(cluster, &workload.scope, &workload.service_account);
    Some(Found {
        name: named(&workload.scope, &workload.name),
        cluster: &cluster.source,
        principal,
        role,
        sighting: Sighting { known, by, location: workload.location.clone() },
        workload: Some(workload),
        owned: workload.owned,
    })
}

fn resource<'e>(
    cluster: &'e ClusterSnapshot,
    own: &'e CustomObject,
    runs: Option<&'e Workload>,
    known: &'e KnownAgents,
) -> Option<Found<'e>> {
    let described = known.resource(&own.group, &own.kind);
    let (known, by) = match described {
        Some(known) => (known, format!("resource {}/{}", own.group, own.kind)),
        // It runs a pod of its own, as a Rollout does.
        None => match runs {
            Some(runs) => known.workload(&runs.images, &runs.labels)?,
            None => known.workload(&own.images, &BTreeMap::new())?,
        },
    };
    let spelt = |account: &String| {
        account
            .replace("{name}", &own.name)
            .replace("{namespace}", own.scope.namespace().unwrap_or("?"))
    };
    let candidates: Vec<String> = match &own.service_account {
        Some(account) => vec![account.to_string()],
        None if described.is_none() => vec!["default".to_owned()],
        None => known.accounts.iter().map(spelt).collect(),
    };
    let is_there = |name: &&String| {
        cluster
            .service_accounts
            .iter()
            .any(|account| account.scope == own.scope && *account.name == ***name)
    };
    let name = candidates.iter().find(is_there).or_else(|| candidates.first());
    let (principal, role) = name.map_or((None, None), |name| account(cluster, &own.scope, name));
    Some(Found {
        name: named(&own.scope, &own.name),
        cluster: &cluster.source,
        principal,
        role,
        sighting: Sighting { known, by, location: own.location.clone() },
        workload: runs,
        owned: false,
    })
}

/// A ServiceAccount, and the IAM role that its annotation lets it act as.
fn account(
    cluster: &ClusterSnapshot,
    scope: &Scope,
    name: &str,
) -> (Option<Principal>, Option<Principal>) {
    let Some(namespace) = scope.namespace() else { return (None, None) };
    let role = cluster
        .service_accounts
        .iter()
        .filter(|account| account.scope == *scope && *account.name == *name)
        .find_map(|account| account.aws_role.as_deref())
        .map(|arn| Principal::Aws(arn.to_owned()));
    let principal =
        Principal::ServiceAccount { namespace: namespace.to_owned(), name: name.to_owned() };
    (Some(principal), role)
}

fn named(scope: &Scope, name: &str) -> String {
    format!("{}/{name}", scope.namespace().unwrap_or("?"))
}
