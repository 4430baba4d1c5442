//! A small cluster, played by a server that misbehaves on purpose.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up must stop"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use crate::fake_server::{Asked, FakeServer, Reply, json_reply, status};

impl FakeServer {
    /// A cluster that answers as `handler` says.
    pub(crate) fn start(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::of(healthy, handler)
    }

    /// A kubeconfig in `folder` whose contexts `prod` (current) and `staging` are
    /// this server.
    pub(crate) fn kubeconfig(&self, folder: &Path) -> PathBuf {
        self.kubeconfig_with(folder, &json!({"token": "a-token-of-a-test"}))
    }

    /// The same with other credentials.
    pub(crate) fn kubeconfig_with(&self, folder: &Path, user: &Value) -> PathBuf {
        kubeconfig(folder, &self.url(), user)
    }
}

/// A `Status` of the API.
pub(crate) fn refusal(code: u16, message: &str) -> Reply {
    status(code, &json!({"kind": "Status", "apiVersion": "v1", "code": code, "message": message}))
}

/// A kubeconfig in `folder` for a server.
pub(crate) fn kubeconfig(folder: &Path, url: &str, user: &Value) -> PathBuf {
    let context = json!({"cluster": "it", "user": "it"});
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "prod",
        "clusters": [{"name": "it", "cluster": {"server": url}}],
        "users": [{"name": "it", "user": user}],
        "contexts": [
            {"name": "prod", "context": context}, {"name": "staging", "context": context},
        ],
    });
    let file = folder.join("kubeconfig");
    fs::write(&file, config.to_string()).unwrap();
    file
}

/// Resources of a small cluster: group, version, resource, kind.
const SERVED: &[(&str, &str, &str, &str)] = &[
    ("", "v1", "configmaps", "ConfigMap"),
    ("", "v1", "limitranges", "LimitRange"),
    ("", "v1", "namespaces", "Namespace"),
    ("", "v1", "nodes", "Node"),
    ("", "v1", "persistentvolumes", "PersistentVolume"),
    ("", "v1", "pods", "Pod"),
    ("", "v1", "replicationcontrollers", "ReplicationController"),
    ("", "v1", "resourcequotas", "ResourceQuota"),
    ("", "v1", "secrets", "Secret"),
    ("", "v1", "serviceaccounts", "ServiceAccount"),
    ("", "v1", "services", "Service"),
    (
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
    ),
    ("apiregistration.k8s.io", "v1", "apiservices", "APIService"),
    ("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition"),
    ("apps", "v1", "daemonsets", "DaemonSet"),
    ("apps", "v1", "deployments", "Deployment"),
    ("apps", "v1", "replicasets", "ReplicaSet"),
    ("apps", "v1", "statefulsets", "StatefulSet"),
    ("batch", "v1", "cronjobs", "CronJob"),
    ("batch", "v1", "jobs", "Job"),
    ("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
    ("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole"),
    ("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    ("rbac.authorization.k8s.io", "v1", "roles", "Role"),
];

/// What a healthy server answers: ServiceAccount `ops/bot` may look at pods.
pub(crate) fn healthy(asked: &Asked) -> Reply {
    let parts: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["version"] => json_reply(&json!({"major": "1", "minor": "33", "gitVersion": "v1.33.4"})),
        ["apis"] => {
            let mut groups: Vec<&str> = SERVED.iter().map(|row| row.0).collect();
            groups.dedup();
            let groups = groups.into_iter().filter(|group| !group.is_empty()).map(|group| {
                let version = json!({"groupVersion": format!("{group}/v1"), "version": "v1"});
                json!({"name": group, "versions": [version], "preferredVersion": version})
            });
            json_reply(&json!({"kind": "APIGroupList", "groups": groups.collect::<Vec<_>>()}))
        }
        ["api", "v1"] => resources(""),
        ["apis", group, "v1"] => resources(group),
        ["api", "v1", resource] => listed(asked, "", resource),
        ["apis", group, "v1", resource] => listed(asked, group, resource),
        _ => refusal(404, "the server could not find the requested resource"),
    }
}

fn resources(group: &str) -> Reply {
    let resources: Vec<Value> = SERVED
        .iter()
        .filter(|row| row.0 == group)
        .map(|(_, _, name, kind)| json!({"name": name, "kind": kind, "verbs": ["get", "list"]}))
        .collect();
    json_reply(&json!({"kind": "APIResourceList", "resources": resources}))
}

/// A list as the server sends it: metadata alone where that was asked for.
pub(crate) fn list_of(asked: &Asked, kind: &str, items: &[Value]) -> Reply {
    let metadata_only = asked.accept.contains("PartialObjectMetadataList");
    let kind = if metadata_only { "PartialObjectMetadata" } else { kind };
    let items: Vec<Value> = items
        .iter()
        .map(
            |item| if metadata_only { json!({"metadata": item["metadata"]}) } else { item.clone() },
        )
        .collect();
    json_reply(&json!({
        "kind": format!("{kind}List"), "apiVersion": "v1",
        "metadata": {"resourceVersion": "7"}, "items": items,
    }))
}

fn listed(asked: &Asked, group: &str, resource: &str) -> Reply {
    let Some(row) = SERVED.iter().find(|row| row.0 == group && row.2 == resource) else {
        return refusal(404, "the server could not find the requested resource");
    };
    let items = match resource {
        "clusterroles" => vec![json!({
            "metadata": {"name": "look", "managedFields": [{"manager": "a-manager"}]},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}],
        })],
        "clusterrolebindings" => vec![json!({
            "metadata": {"name": "look"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "look"},
            "subjects": [{"kind": "ServiceAccount", "namespace": "ops", "name": "bot"}],
        })],
        "namespaces" => vec![json!({"metadata": {"name": "ops"}})],
        "serviceaccounts" => vec![json!({"metadata": {"name": "bot", "namespace": "ops"}})],
        "secrets" => {
            let token = json!({"metadata": {"name": "bot-token", "namespace": "ops", "annotations": {
                "kubernetes.io/service-account.name": "bot",
                "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":\"cGxhbnRlZA==\"}",
            }}});
            match asked.query.contains("fieldSelector") {
                true => vec![token],
                false => vec![token, json!({"metadata": {"name": "database", "namespace": "ops"}})],
            }
        }
        "pods" => vec![json!({
            "metadata": {"name": "bot-0", "namespace": "ops"},
            "spec": {"serviceAccountName": "bot", "containers": [{
                "name": "bot", "image": "registry.example/bot:1",
                "env": [{"name": "API_KEY", "value": "planted-in-an-environment"}],
                "args": ["--token=planted-in-arguments"],
            }]},
        })],
        _ => Vec::new(),
    };
    list_of(asked, row.3, &items)
}
