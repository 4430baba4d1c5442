//! Which permissions can be used where.

use crate::{model::kubernetes::Scope, rubric::kubernetes::effects::Effects};

/// Whether a permission given within `scope` can ever be used.
///
/// A RoleBinding's reach ends at its namespace: requests for cluster-scoped
/// resources carry none and are never met by it. Three exceptions carry one all
/// the same: requests for the namespace's own Namespace object, the check
/// whether a RoleBinding in it may refer to a ClusterRole (`bind`), and the one
/// whether a pod in it may be admitted under a PodSecurityPolicy (`use`).
pub(super) fn is_effective(
    effects: &Effects,
    scope: &Scope,
    verb: &str,
    group: &str,
    resource: &str,
) -> bool {
    if *scope == Scope::Cluster || !effects.is_cluster_scoped(group, resource) {
        return true;
    }
    match (group, resource) {
        ("", "namespaces") => {
            matches!(verb, "*" | "get" | "watch" | "update" | "patch" | "delete")
        }
        ("rbac.authorization.k8s.io" | "*", "clusterroles") => matches!(verb, "*" | "bind"),
        // A pod is checked for the policies that may be used in its namespace.
        ("policy" | "extensions" | "*", "podsecuritypolicies") => matches!(verb, "*" | "use"),
        // `*` may mean the core group.
        ("*", "namespaces") => true,
        _ => false,
    }
}
