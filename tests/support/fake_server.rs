//! An API server that misbehaves on purpose: plain HTTP on a port of its own.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot be set up must stop"
)]

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `GET`.
    pub(crate) method: String,
    /// Path without query.
    pub(crate) path: String,
    /// What follows the `?`.
    pub(crate) query: String,
    /// The header `Accept`.
    pub(crate) accept: String,
}

/// What is answered.
pub(crate) enum Reply {
    /// A status with headers and a body.
    Full(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Bytes as they are, then the end.
    Raw(Vec<u8>),
    /// Nothing, for as long as somebody waits.
    Silence,
    /// The start of an answer, then a byte now and then.
    Drip,
    /// What a healthy server answers.
    Healthy,
}

/// JSON with status 200.
pub(crate) fn json_reply(value: &Value) -> Reply {
    status(200, value)
}

/// JSON with a status.
pub(crate) fn status(code: u16, value: &Value) -> Reply {
    let headers = vec![("content-type", "application/json".to_owned())];
    Reply::Full(code, headers, value.to_string().into_bytes())
}

/// A `Status` of the API.
pub(crate) fn refusal(code: u16, message: &str) -> Reply {
    status(code, &json!({"kind": "Status", "apiVersion": "v1", "code": code, "message": message}))
}

type Handler = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A running server; its threads end with the test process.
pub(crate) struct FakeServer {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeServer {
    /// A server that answers as `handler` says.
    pub(crate) fn start(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (log, handler): (_, Arc<Handler>) = (asked.clone(), Arc::new(handler));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, handler) = (log.clone(), handler.clone());
                thread::spawn(move || serve(stream, &log, &*handler));
            }
        });
        Self { port, asked }
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
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

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
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

fn serve(stream: TcpStream, log: &Mutex<Vec<Asked>>, handler: &Handler) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(asked) = request(&mut reader) {
        log.lock().unwrap().push(asked.clone());
        let reply = match handler(&asked) {
            Reply::Healthy => healthy(&asked),
            other => other,
        };
        // A client that has gone is what some tests are about.
        let kept = match reply {
            Reply::Full(code, headers, body) => {
                let mut head = format!("HTTP/1.1 {code} It\r\ncontent-length: {}\r\n", body.len());
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).is_ok()
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(&bytes);
                false
            }
            Reply::Silence => {
                thread::sleep(Duration::from_secs(60));
                false
            }
            Reply::Drip => {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\
                            content-length: 100000\r\n\r\n{";
                let mut alive = stream.write_all(head.as_bytes()).is_ok();
                while alive {
                    thread::sleep(Duration::from_millis(100));
                    alive = stream.write_all(b" ").is_ok();
                }
                false
            }
            Reply::Healthy => false,
        };
        if !kept {
            return;
        }
    }
}

fn request(reader: &mut impl BufRead) -> Option<Asked> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|&read| read > 0)?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let (mut accept, mut length) = (String::new(), 0);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "accept" => value.trim().clone_into(&mut accept),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { method, path: path.to_owned(), query: query.to_owned(), accept })
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
