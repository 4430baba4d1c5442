//! What gradus needs to be granted, as YAML that applies.

use std::{collections::BTreeMap, fmt::Write as _};

use super::resources::ROWS;

/// What the role is called.
const NAME: &str = "gradus-reader";

/// The smallest ClusterRole that leaves no gap, and a binding to a
/// ServiceAccount of the same name in namespace `gradus`.
#[must_use]
pub fn cluster_role() -> String {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in ROWS {
        groups.entry(row.group).or_default().push(row.resource);
    }
    let mut text = format!(
        "# What `gradus collect kubernetes` and `--live kubernetes` need: to list, and\n\
         # nothing else. RBAC cannot grant metadata alone: gradus asks for the metadata\n\
         # of secrets and configmaps (but for Kyverno's own), and whoever holds this\n\
         # role could read them.\n\
         # Take a resource out, and it is a gap that names it.\n\
         apiVersion: {RBAC}/v1\nkind: ClusterRole\nmetadata:\n  name: {NAME}\nrules:\n"
    );
    for (group, mut resources) in groups {
        resources.sort_unstable();
        let resources: Vec<String> =
            resources.into_iter().map(|resource| format!("\"{resource}\"")).collect();
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "  - apiGroups: [\"{group}\"]\n    resources: [{}]\n    verbs: [\"list\"]\n",
            resources.join(", ")
        );
    }
    let _ = write!(
        text,
        "---\n# Bind it to whoever runs gradus; this is a ServiceAccount of that name.\n\
         apiVersion: {RBAC}/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: {NAME}\nroleRef:\n  \
         apiGroup: {RBAC}\n  kind: ClusterRole\n  name: {NAME}\nsubjects:\n  - kind: ServiceAccount\n    \
         name: {NAME}\n    namespace: gradus\n"
    );
    text
}

const RBAC: &str = "rbac.authorization.k8s.io";
