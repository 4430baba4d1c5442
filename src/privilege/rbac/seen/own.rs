//! What runs as an identity, and what lies about of its credentials.

use super::{
    super::{
        closure::Closure, identity::Identity, index::Index, matcher::rule_allows, risk::Sighting,
    },
    workload_name,
};
use crate::model::{
    capability::Grant,
    kubernetes::{Scope, objects::Workload},
    location::Location,
    principal::Principal,
};

fn place(description: String, location: &Location) -> Grant {
    Grant { description, location: location.clone(), cut_at: None }
}

/// The ServiceAccount `default`, where something is bound to it: every pod that
/// names no other inherits that.
pub(super) fn default_account(closure: &Closure<'_>, identity: &Identity) -> Vec<Sighting> {
    let Principal::ServiceAccount { namespace, name } = identity.principal() else {
        return Vec::new();
    };
    let own = || closure.held.iter().filter(|held| held.through_group.is_none() && !held.anonymous);
    if name != "default" || own().next().is_none() {
        return Vec::new();
    }
    let mut grants: Vec<Grant> = own().map(|held| held.grant()).collect();
    grants.dedup();
    vec![Sighting {
        scope: Scope::Namespace(namespace.as_str().into()),
        detail: format!("every pod of {namespace} that names no other"),
        grants,
        mild: false,
        unknown: None,
    }]
}

/// Secrets with a token of it that does not expire.
pub(super) fn lasting_tokens(index: &Index<'_>, identity: &Identity) -> Vec<Sighting> {
    let Principal::ServiceAccount { namespace, name } = identity.principal() else {
        return Vec::new();
    };
    index
        .tokens_of(name)
        .iter()
        .filter(|secret| secret.scope.may_be_in(namespace))
        .map(|secret| Sighting {
            scope: secret.scope.clone(),
            detail: format!("Secret {}", secret.name),
            grants: vec![place(format!("Secret {}", secret.name), &secret.location)],
            mild: false,
            unknown: None,
        })
        .collect()
}

/// The workloads that run as it.
fn own<'i, 'a>(
    index: &'i Index<'a>,
    identity: &'i Identity,
) -> impl Iterator<Item = &'a Workload> + use<'i, 'a> {
    let account = match identity.principal() {
        Principal::ServiceAccount { namespace, name } => Some((namespace, name)),
        Principal::KubernetesUser(_) | Principal::KubernetesGroup(_) | Principal::Aws(_) => None,
    };
    account.into_iter().flat_map(|(namespace, name)| {
        index
            .workloads_of(name)
            .iter()
            .copied()
            .filter(move |workload| workload.scope.may_be_in(namespace))
    })
}

/// Workloads of it that it may change itself.
pub(super) fn changeable(
    closure: &Closure<'_>,
    index: &Index<'_>,
    identity: &Identity,
) -> Vec<Sighting> {
    own(index, identity)
        .filter_map(|workload| {
            let (group, resource) = api_of(&workload.kind)?;
            let grants: Vec<Grant> = closure
                .held
                .iter()
                .filter(|held| held.scope().may_reach(&workload.scope))
                .filter(|held| {
                    ["update", "patch", "delete"].into_iter().any(|verb| {
                        rule_allows(held.rule, verb, group, resource, "", &workload.name)
                    })
                })
                .map(|held| held.grant())
                .collect();
            (!grants.is_empty()).then(|| Sighting {
                scope: workload.scope.clone(),
                detail: workload_name(workload),
                grants,
                mild: false,
                unknown: None,
            })
        })
        .collect()
}

/// Group and resource of a kind that runs pods.
fn api_of(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "Pod" => ("", "pods"),
        "ReplicationController" => ("", "replicationcontrollers"),
        "Deployment" => ("apps", "deployments"),
        "StatefulSet" => ("apps", "statefulsets"),
        "DaemonSet" => ("apps", "daemonsets"),
        "ReplicaSet" => ("apps", "replicasets"),
        "Job" => ("batch", "jobs"),
        "CronJob" => ("batch", "cronjobs"),
        _ => return None,
    })
}
