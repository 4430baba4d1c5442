//! How to tell that the authorizer has seen all that was written.

use serde_json::{Value, json};

/// A right that nobody else has, written last.
pub(super) struct Sentinel<'a> {
    pub(super) user: &'a str,
    pub(super) resource: &'a str,
    pub(super) namespace: Option<&'a str>,
}

impl Sentinel<'_> {
    /// A role and its binding, each with the path of its collection.
    pub(super) fn objects(&self) -> [(String, Value); 2] {
        let (folder, prefix) = match self.namespace {
            Some(namespace) => (format!("/namespaces/{namespace}"), ""),
            None => (String::new(), "Cluster"),
        };
        let collection = |kind: &str| {
            let kind = format!("{prefix}{kind}s").to_lowercase();
            format!("/apis/rbac.authorization.k8s.io/v1{folder}/{kind}")
        };
        let role = json!({
            "metadata": {"name": self.user},
            "rules": [{"verbs": ["get"], "apiGroups": ["settled"], "resources": [self.resource]}],
        });
        let group = "rbac.authorization.k8s.io";
        let binding = json!({
            "metadata": {"name": self.user},
            "roleRef": {"apiGroup": group, "kind": format!("{prefix}Role"), "name": self.user},
            "subjects": [{"kind": "User", "apiGroup": group, "name": self.user}],
        });
        [(collection("Role"), role), (collection("RoleBinding"), binding)]
    }

    pub(super) fn question(&self) -> Value {
        json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": self.user, "resourceAttributes": {
                "verb": "get", "group": "settled", "resource": self.resource,
                "namespace": self.namespace.unwrap_or_default(),
            }},
        })
    }
}
