//! Which workloads an identity may change, and which it may take down.
//!
//! Only rights over the workload, its scale and its pods: an administrator's
//! ways around are told as risks.

use super::{
    closure::{Closure, Held},
    matcher::rule_allows,
};
use crate::model::kubernetes::Scope;

/// Workloads that an identity may be asked about: one, or all of a kind in a
/// namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Kind of the workload: `Deployment`.
    pub kind: &'a str,
    /// Where they live.
    pub scope: &'a Scope,
    /// The name of one; none for every one, whatever its name.
    pub name: Option<&'a str>,
}

/// An identity's rights over workloads, ready to be asked about many of them.
#[derive(Debug)]
pub struct Touch<'c> {
    /// The rules that reach any workload at all.
    held: Vec<&'c Held<'c>>,
    bypass: bool,
}

/// Kind, API group and resource of whatever runs pods, and whether it can be
/// scaled.
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
            let allows = |verbs: &[&str], group: &str, resource: &str, subresource: &str| {
                verbs
                    .iter()
                    .any(|verb| rule_allows(held.rule, verb, group, resource, subresource, named))
            };
            KINDS.iter().any(|&(_, group, resource, _)| {
                allows(&["update", "patch", "delete", "deletecollection"], group, resource, "")
                    || allows(&["update", "patch"], group, resource, "scale")
            }) || allows(&["create"], "", "pods", "eviction")
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

    /// Whether it reaches some workloads by their names alone.
    #[must_use]
    pub fn names_any(&self) -> bool {
        self.held.iter().any(|held| !held.rule.resource_names.is_empty())
    }

    /// Whether it may change what they run.
    #[must_use]
    pub fn changes(&self, asked: Asked<'_>) -> bool {
        let Some((group, resource, _)) = resource_of(asked.kind) else { return self.bypass };
        self.allows(asked.scope, &["update", "patch"], group, resource, "", asked.name)
    }

    /// Whether it may take pods of them down: by their end, their scale, their
    /// template or their pods.
    #[must_use]
    pub fn disrupts(&self, asked: Asked<'_>) -> bool {
        let Asked { scope, name, .. } = asked;
        let Some((group, resource, scaled)) = resource_of(asked.kind) else { return self.bypass };
        // Names of a controller's pods are made up; a rule that names pods is
        // not about those.
        let pod = name.filter(|_| resource == "pods");
        self.changes(asked)
            || self.allows(scope, &["delete"], group, resource, "", name)
            || self.allows(scope, &["deletecollection"], group, resource, "", None)
            || (scaled && self.allows(scope, &["update", "patch"], group, resource, "scale", name))
            || self.allows(scope, &["delete"], "", "pods", "", pod)
            || self.allows(scope, &["deletecollection"], "", "pods", "", None)
            || self.allows(scope, &["create"], "", "pods", "eviction", pod)
    }

    fn allows(
        &self,
        scope: &Scope,
        verbs: &[&str],
        group: &str,
        resource: &str,
        subresource: &str,
        name: Option<&str>,
    ) -> bool {
        let name = name.unwrap_or_default();
        self.bypass
            || self.held.iter().any(|held| {
                held.scope().may_reach(scope)
                    && verbs.iter().any(|verb| {
                        rule_allows(held.rule, verb, group, resource, subresource, name)
                    })
            })
    }
}

fn resource_of(kind: &str) -> Option<(&'static str, &'static str, bool)> {
    KINDS
        .iter()
        .find(|(known, ..)| *known == kind)
        .map(|&(_, group, resource, scaled)| (group, resource, scaled))
}
