//! The built-in ClusterRoles that a dump may lack.
//!
//! What Kubernetes ships as cluster-admin, admin, edit and view
//! (`plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go` of
//! kubernetes/kubernetes). They are supplied only where a binding refers to one
//! and the evidence does not hold it.

use std::sync::Arc;

use super::merge::{PendingRole, Roles};
use crate::model::{
    coverage::Gap,
    kubernetes::{
        Scope,
        rbac::{Binding, Origin, PolicyRule, Role, RoleKind},
        selector::LabelSelector,
    },
    location::Location,
};

/// Verbs, group, resources; all separated by spaces.
type Rule = (&'static str, &'static str, &'static str);

const READ: &str = "get list watch";
const WRITE: &str = "create delete deletecollection patch update";
const ALL_VERBS: &str = "create delete deletecollection get list patch update watch";

const VIEW: &[Rule] = &[
    (
        READ,
        "",
        "configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods \
         replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status",
    ),
    (
        READ,
        "",
        "bindings events limitranges namespaces/status pods/log pods/status \
         replicationcontrollers/status resourcequotas resourcequotas/status",
    ),
    (READ, "", "namespaces"),
    (READ, "discovery.k8s.io", "endpointslices"),
    (
        READ,
        "apps",
        "controllerrevisions daemonsets daemonsets/status deployments deployments/scale \
         deployments/status replicasets replicasets/scale replicasets/status statefulsets \
         statefulsets/scale statefulsets/status",
    ),
    (READ, "autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status"),
    (READ, "batch", "cronjobs cronjobs/status jobs jobs/status"),
    (READ, "policy", "poddisruptionbudgets poddisruptionbudgets/status"),
    (READ, "networking.k8s.io", "ingresses ingresses/status networkpolicies"),
];

const EDIT: &[Rule] = &[
    (READ, "", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy"),
    ("impersonate", "", "serviceaccounts"),
    (WRITE, "", "pods pods/attach pods/exec pods/portforward pods/proxy"),
    ("create", "", "pods/eviction"),
    (
        WRITE,
        "",
        "configmaps events persistentvolumeclaims replicationcontrollers \
         replicationcontrollers/scale secrets serviceaccounts services services/proxy",
    ),
    ("create", "", "serviceaccounts/token"),
    (
        WRITE,
        "apps",
        "daemonsets deployments deployments/rollback deployments/scale replicasets \
         replicasets/scale statefulsets statefulsets/scale",
    ),
    (WRITE, "autoscaling", "horizontalpodautoscalers"),
    (WRITE, "batch", "cronjobs jobs"),
    (WRITE, "policy", "poddisruptionbudgets"),
    (WRITE, "networking.k8s.io", "ingresses networkpolicies"),
    (ALL_VERBS, "coordination.k8s.io", "leases"),
];

const ADMIN: &[Rule] = &[
    ("create", "authorization.k8s.io", "localsubjectaccessreviews"),
    (ALL_VERBS, "rbac.authorization.k8s.io", "rolebindings roles"),
];

/// A built-in role: the rules that it consists of, and its aggregation label.
struct BuiltIn {
    name: &'static str,
    parts: &'static [&'static [Rule]],
    aggregates: Option<&'static str>,
}

const BUILT_IN: [BuiltIn; 4] = [
    BuiltIn { name: "cluster-admin", parts: &[&[("*", "*", "*")]], aggregates: None },
    BuiltIn { name: "admin", parts: &[ADMIN, EDIT, VIEW], aggregates: Some("admin") },
    BuiltIn { name: "edit", parts: &[EDIT, VIEW], aggregates: Some("edit") },
    BuiltIn { name: "view", parts: &[VIEW], aggregates: Some("view") },
];

/// Adds the built-in roles that bindings refer to and the evidence lacks;
/// returns their names.
pub(super) fn supply(roles: &mut Roles, bindings: &[Binding]) -> Vec<Arc<str>> {
    let mut supplied = Vec::new();
    for built_in in &BUILT_IN {
        let reference = bindings
            .iter()
            .map(|binding| &binding.role)
            .find(|role| role.kind == RoleKind::ClusterRole && &*role.name == built_in.name);
        let Some(reference) = reference else { continue };
        if roles.has_cluster_role(built_in.name) {
            continue;
        }
        supplied.push(Arc::from(built_in.name));
        // Nothing is the role's own, so no gap of `add` can concern it.
        roles.add(built_in.role(&reference.location), &mut Vec::new());
    }
    supplied
}

impl BuiltIn {
    fn role(&self, location: &Location) -> PendingRole {
        let words = |text: &str| text.split_whitespace().map(Arc::from).collect();
        let mut rules: Vec<PolicyRule> = (1..)
            .zip(self.parts.iter().copied().flatten())
            .map(|(number, (verbs, group, resources))| PolicyRule {
                verbs: words(verbs),
                api_groups: vec![Arc::from(*group)],
                resources: words(resources),
                resource_names: Vec::new(),
                non_resource_urls: Vec::new(),
                number,
                aggregated_from: None,
                location: location.clone(),
            })
            .collect();
        if self.name == "cluster-admin" {
            let everything = Arc::from("*");
            rules.push(PolicyRule {
                verbs: vec![Arc::clone(&everything)],
                api_groups: Vec::new(),
                resources: Vec::new(),
                resource_names: Vec::new(),
                non_resource_urls: vec![everything],
                number: 2,
                aggregated_from: None,
                location: location.clone(),
            });
        }
        let selectors = self.aggregates.map(|name| {
            LabelSelector::label(&format!("rbac.authorization.k8s.io/aggregate-to-{name}"), "true")
        });
        // Nothing can be added to a role that holds everything.
        let gaps = self.aggregates.map(|name| Gap {
            location: location.clone(),
            reason: format!(
                "ClusterRole/{name} is not in the evidence: it is taken as Kubernetes ships it, and what was aggregated into it is unknown"
            ),
        });
        PendingRole {
            role: Role {
                scope: Scope::Cluster,
                name: self.name.into(),
                rules,
                origin: Origin::BuiltIn,
                gaps: gaps.into_iter().collect(),
                location: location.clone(),
            },
            labels: Vec::new(),
            selectors: selectors.into_iter().collect(),
            generated: false,
        }
    }
}
