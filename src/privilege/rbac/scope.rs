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
    if *scope == Scope::Cluster || !is_cluster_scoped(effects, group, resource) {
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

/// Whether the data lists a resource as living outside of namespaces, and no
/// group of that name lists it as living within. A subresource lives where its
/// resource does.
fn is_cluster_scoped(effects: &Effects, group: &str, resource: &str) -> bool {
    let lists = |list: &[String]| {
        list.iter()
            .any(|entry| entry.split_once('/').map_or(&**entry, |(first, _)| first) == resource)
    };
    let mut groups = effects.api_groups.iter().filter(|known| group == "*" || known.group == group);
    let mut found = false;
    groups.all(|known| {
        found |= lists(&known.cluster);
        !lists(&known.namespaced)
    }) && found
}
