//! Which workloads an identity may change, and which it may take down.
//!
//! Only rights over the workload, its scale and its pods: an administrator's
//! ways around are told as risks.

use super::{
    closure::{Closure, Held},
    matcher::rule_allows,
};
use crate::model::kubernetes::{Scope, objects::Workload};

/// An identity's rights over workloads, ready to be asked about each of them.
#[derive(Debug)]
pub struct Touch<'c> {
    /// The rules that reach any workload at all.
    held: Vec<&'c Held<'c>>,
    bypass: bool,
}

/// The API group and resource of each kind that runs pods, and whether it can
/// be scaled.
const KINDS: [(&str, &str, &str, bool); 8] = [
    ("Pod", "", "pods", false),
    ("ReplicationController", "", "replicationcontrollers", true),
    ("Deployment", "apps", "deployments", true),
    ("StatefulSet", "apps", "statefulsets", true),
    ("ReplicaSet", "apps", "replicasets", true),
    ("DaemonSet", "apps", "daemonsets", false),
    ("Job", "batch", "jobs", false),
    ("CronJob", "batch", "cronjobs", false),
];

impl<'c> Touch<'c> {
    /// What a closure reaches.
    #[must_use]
    pub fn of(closure: &'c Closure<'c>) -> Self {
        let reaches = |held: &&Held<'_>| {
            let named = held.rule.resource_names.first().map_or("", |name| &**name);
            KINDS.iter().any(|&(_, group, resource, _)| {
                ["update", "patch", "delete", "deletecollection"]
                    .iter()
                    .any(|verb| rule_allows(held.rule, verb, group, resource, "", named))
                    || ["update", "patch"]
                        .iter()
                        .any(|verb| rule_allows(held.rule, verb, group, resource, "scale", named))
            }) || rule_allows(held.rule, "create", "", "pods", "eviction", named)
        };
        Self {
            held: closure.held.iter().filter(reaches).collect(),
            bypass: closure.bypass.is_some(),
        }
    }

    /// Whether it reaches nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && !self.bypass
    }

    /// Whether it may change what the workload runs.
    #[must_use]
    pub fn changes(&self, workload: &Workload) -> bool {
        let Some((group, resource, _)) = resource_of(workload) else { return self.bypass };
        self.allows(workload, &["update", "patch"], group, resource, "", &workload.name)
    }

    /// Whether it may take pods of the workload down: by its end, its scale, its
    /// template or its pods.
    #[must_use]
    pub fn disrupts(&self, workload: &Workload) -> bool {
        let Some((group, resource, scaled)) = resource_of(workload) else { return self.bypass };
        let name = &workload.name;
        // Names of a controller's pods are made up; a rule that names pods is
        // not about those.
        let pod = if resource == "pods" { &**name } else { "" };
        self.changes(workload)
            || self.allows(workload, &["delete"], group, resource, "", name)
            || self.allows(workload, &["deletecollection"], group, resource, "", "")
            || (scaled
                && self.allows(workload, &["update", "patch"], group, resource, "scale", name))
            || self.allows(workload, &["delete"], "", "pods", "", pod)
            || self.allows(workload, &["deletecollection"], "", "pods", "", "")
            || self.allows(workload, &["create"], "", "pods", "eviction", pod)
    }

    fn allows(
        &self,
        workload: &Workload,
        verbs: &[&str],
        group: &str,
        resource: &str,
        subresource: &str,
        name: &str,
    ) -> bool {
        self.bypass
            || self.held.iter().any(|held| {
                within(held.scope(), &workload.scope)
                    && verbs.iter().any(|verb| {
                        rule_allows(held.rule, verb, group, resource, subresource, name)
                    })
            })
    }
}

/// Whether a grant that holds in `grant` may hold where the workload lives.
fn within(grant: &Scope, place: &Scope) -> bool {
    match (grant, place) {
        (Scope::Cluster | Scope::UnknownNamespace, _) | (_, Scope::UnknownNamespace) => true,
        (Scope::Namespace(grant), Scope::Namespace(place)) => grant == place,
        (Scope::Namespace(_), Scope::Cluster) => false,
    }
}

fn resource_of(workload: &Workload) -> Option<(&'static str, &'static str, bool)> {
    KINDS
        .iter()
        .find(|(kind, ..)| *kind == &*workload.kind)
        .map(|&(_, group, resource, scaled)| (group, resource, scaled))
}
