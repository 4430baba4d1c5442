//! Requests as admission sees them.
//!
//! RBAC speaks of verbs, admission of operations. Reads never reach admission,
//! nor does what an authorizer is only asked about (`impersonate`, `bind`,
//! `escalate`, `approve`, `sign`), nor what goes to a kubelet instead of the API
//! server (`nodes/proxy`); policies and their bindings are let past themselves
//! (`pkg/kubeapiserver/admission/exclusion` and
//! `apiserver/pkg/admission/plugin/policy` of kubernetes/kubernetes).

use std::sync::Arc;

use crate::{
    model::kubernetes::{ClusterSnapshot, Scope},
    rubric::kubernetes::effects::Effects,
};

/// The word that stands for everything.
pub(super) const ALL: &str = "*";

/// What a request does, in the words of admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Create,
    Update,
    Delete,
    Connect,
}

impl Operation {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

/// All requests that one verb of a capability allows in one scope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call<'c> {
    pub(super) operation: Operation,
    /// Never the wildcard.
    pub(super) group: &'c str,
    /// `*` where it is any of the group, subresources included.
    pub(super) resource: &'c str,
    pub(super) subresource: &'c str,
    pub(super) scope: &'c Scope,
    /// Names that the requests carry; empty where they carry any or none.
    pub(super) names: &'c [Arc<str>],
    /// Whether the resource lives in namespaces, where that is known.
    pub(super) namespaced: Option<bool>,
}

impl Call<'_> {
    /// The namespace that the requests are in, where it is one that is known.
    pub(super) fn namespace(&self) -> Option<&str> {
        self.scope.namespace().filter(|_| self.namespaced != Some(false))
    }

    /// Whether whoever makes the requests writes the objects.
    pub(super) fn is_write(&self) -> bool {
        matches!(self.operation, Operation::Create | Operation::Update)
    }

    /// `pods`, `deployments.apps/scale`.
    pub(super) fn label(&self) -> String {
        let mut label = self.resource.to_owned();
        if !self.group.is_empty() {
            label.push('.');
            label.push_str(self.group);
        }
        if !self.subresource.is_empty() {
            label.push('/');
            label.push_str(self.subresource);
        }
        label
    }
}

/// Groups that another server answers for wherever they are served.
const ELSEWHERE: [&str; 3] = ["metrics.k8s.io", "custom.metrics.k8s.io", "external.metrics.k8s.io"];
/// Groups that admission leaves out, in whole or in part.
const EXEMPT: [&str; 3] =
    ["admissionregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io"];

/// What is known of the cluster's resources.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resources<'a> {
    pub(super) effects: &'a Effects,
    pub(super) snapshot: &'a ClusterSnapshot,
}

impl Resources<'_> {
    /// The operation that a verb on a resource is to admission; none where a
    /// request of it may never get there.
    pub(super) fn operation(
        self,
        verb: &str,
        group: &str,
        resource: &str,
        subresource: &str,
    ) -> Option<Operation> {
        if group == ALL || EXEMPT.contains(&group) || !self.is_served_here(group, resource) {
            return None;
        }
        if group.is_empty() {
            match (resource, subresource) {
                // Both may mean a node's kubelet.
                (ALL, _) => return None,
                ("nodes", sub) if !sub.is_empty() && sub != "status" => return None,
                ("pods", "exec" | "attach" | "portforward" | "proxy") | ("services", "proxy") => {
                    return matches!(verb, "get" | "create" | "update" | "patch" | "delete")
                        .then_some(Operation::Connect);
                }
                _ => {}
            }
        }
        match verb {
            "create" => Some(Operation::Create),
            // A patch that creates needs the right to create as well.
            "update" | "patch" => Some(Operation::Update),
            "delete" | "deletecollection" => Some(Operation::Delete),
            _ => None,
        }
    }

    /// Whether the API server itself answers for a resource. Of another server's
    /// admission nothing is known.
    fn is_served_here(self, group: &str, resource: &str) -> bool {
        let admission = &self.snapshot.admission;
        if ELSEWHERE.contains(&group) || admission.delegated_groups.iter().any(|g| **g == *group) {
            return false;
        }
        let built_in = || self.effects.group(group).is_some_and(|known| known.complete);
        let defined = || {
            admission
                .definitions
                .iter()
                .any(|own| *own.group == *group && *own.resource == *resource)
        };
        built_in() || defined()
    }

    /// Whether a resource lives in namespaces; none where that is not known.
    pub(super) fn is_namespaced(self, group: &str, resource: &str) -> Option<bool> {
        let mut defined = self
            .snapshot
            .admission
            .definitions
            .iter()
            .filter(|own| *own.group == *group && *own.resource == *resource);
        if let Some(own) = defined.next() {
            return defined
                .all(|other| other.namespaced == own.namespaced)
                .then_some(own.namespaced);
        }
        let known = self.effects.group(group)?;
        let lists =
            |list: &[String]| list.iter().any(|entry| entry.split('/').next() == Some(resource));
        match (lists(&known.namespaced), lists(&known.cluster)) {
            (true, false) => Some(true),
            (false, true) => Some(false),
            _ => None,
        }
    }

    /// Whether a resource is known not to exist: nobody defines it, and whoever
    /// serves its group is known in full.
    pub(super) fn is_missing(self, group: &str, resource: &str, subresource: &str) -> bool {
        let Some(known) = self.effects.group(group).filter(|known| known.complete) else {
            return false;
        };
        !known.resources().any(|entry| {
            let (first, rest) = entry.split_once('/').unwrap_or((entry, ""));
            (resource == ALL || first == resource)
                && (subresource == ALL || subresource.is_empty() || rest == subresource)
        })
    }

    /// Whether a version of a group is one that is served, as far as is known.
    pub(super) fn serves(self, group: &str, resource: &str, version: &str) -> bool {
        let definitions = &self.snapshot.admission.definitions;
        if let Some(own) =
            definitions.iter().find(|own| *own.group == *group && *own.resource == *resource)
        {
            return own.versions.iter().any(|served| **served == *version);
        }
        /// Groups of which every cluster serves a v1.
        const STABLE: [&str; 16] = [
            "",
            "apps",
            "batch",
            "autoscaling",
            "policy",
            "rbac.authorization.k8s.io",
            "networking.k8s.io",
            "storage.k8s.io",
            "scheduling.k8s.io",
            "coordination.k8s.io",
            "discovery.k8s.io",
            "events.k8s.io",
            "node.k8s.io",
            "apiextensions.k8s.io",
            "apiregistration.k8s.io",
            "certificates.k8s.io",
        ];
        version == "v1" && STABLE.contains(&group)
    }
}
