//! Ann's cluster, the agent that works in it, and what each of them did.
//!
//! The agent's requests pass a gateway that makes the id of its tool call the request's
//! `Audit-ID`. What it called and what people decided is written down as gradus' own
//! records; what happened, the API server writes into its audit log. Nobody tells gradus
//! which belongs to which.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    api_server::{ApiServer, Call, say},
    gateway::Gateway,
    tool_server::{self, ToolServer},
};

const RBAC: &str = "/apis/rbac.authorization.k8s.io/v1";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/shop/deployments";

/// What was done, and where the logs of it lie.
pub(crate) struct Scenario {
    folder: TempDir,
}

/// One run for all tests.
pub(crate) fn scenario() -> Option<&'static Scenario> {
    static SCENARIO: OnceLock<Option<Scenario>> = OnceLock::new();
    SCENARIO.get_or_init(play).as_ref()
}

impl Scenario {
    /// The workspace.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The records that the agent's side and the people's side write.
struct Records {
    lines: Vec<String>,
}

impl Records {
    fn add(&mut self, kind: &str, mut record: Value) {
        record["schema"] = "gradus.activity/v1".into();
        record["kind"] = kind.into();
        record["time"] = record.get("time").cloned().unwrap_or_else(|| now().into());
        self.lines.push(record.to_string());
    }

    fn asked(&mut self, id: &str, tool: &str, arguments: &Value) {
        self.add(
            "toolCall",
            json!({
                "id": id, "agent": "bot", "session": "s1", "server": "kubernetes", "tool": tool,
                "arguments": arguments, "outcome": "done", "reasoning": true,
            }),
        );
    }

    fn approved(&mut self, id: &str, by: &str, decider: &str) {
        self.add(
            "approval",
            json!({
                "about": {"call": id}, "verdict": "approved", "decider": decider, "by": by,
                "asked": now(), "complete": true,
            }),
        );
        // The API server's clock is this one, and its time has microseconds.
        thread::sleep(Duration::from_millis(20));
    }
}

fn now() -> String {
    Timestamp::now().to_string()
}

fn kubectl(kubeconfig: &Path, home: &Path, arguments: &[&str]) {
    let output = Command::new("kubectl")
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("KUBECONFIG", kubeconfig)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "kubectl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

fn has_kubectl() -> bool {
    let there = Command::new("kubectl").args(["version", "--client"]).output().is_ok();
    let required = std::env::var_os("GRADUS_REQUIRE_LIVE").is_some_and(|it| it == "1");
    assert!(there || !required, "GRADUS_REQUIRE_LIVE=1, and there is no kubectl");
    if !there {
        say("\n!! NOT RUN: there is no kubectl (Debian: kubernetes-client)\n");
    }
    there
}

fn template(image: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": image}]},
    })
}

/// The Deployment at its second revision. Nothing but the API server runs, so that what
/// its controller would write is written here.
fn deployment(server: &ApiServer) {
    let selector = json!({"matchLabels": {"app": "web"}});
    let web = server.create(
        DEPLOYMENTS,
        json!({
            "metadata": {"name": "web", "annotations": {"deployment.kubernetes.io/revision": "2"}},
            "spec": {"replicas": 2, "selector": selector, "template": template("web:2")},
        }),
    );
    for revision in ["1", "2"] {
        let mut pods = template(&format!("web:{revision}"));
        pods["metadata"]["labels"]["pod-template-hash"] = revision.into();
        server.create(
            "/apis/apps/v1/namespaces/shop/replicasets",
            json!({
                "metadata": {
                    "name": format!("web-{revision}"),
                    "labels": {"app": "web", "pod-template-hash": revision},
                    "annotations": {"deployment.kubernetes.io/revision": revision},
                    "ownerReferences": [{
                        "apiVersion": "apps/v1", "kind": "Deployment", "name": "web",
                        "uid": web["metadata"]["uid"], "controller": true,
                    }],
                },
                "spec": {
                    "replicas": 0,
                    "selector": {"matchLabels": {"app": "web", "pod-template-hash": revision}},
                    "template": pods,
                },
            }),
        );
    }
}

fn rights(server: &ApiServer) {
    let rules = json!([
        {"apiGroups": ["apps"], "resources": ["deployments", "replicasets"],
         "verbs": ["get", "list", "patch", "update", "create"]},
        {"apiGroups": ["apps"], "resources": ["deployments/scale"], "verbs": ["get", "patch", "update"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "delete"]},
    ]);
    server.create(
        &format!("{RBAC}/namespaces/shop/roles"),
        json!({"metadata": {"name": "operate"}, "rules": rules}),
    );
    let subjects = [
        ("bot", json!({"kind": "ServiceAccount", "name": "bot", "namespace": "ops"})),
        ("ann", json!({"kind": "User", "name": "ann", "apiGroup": "rbac.authorization.k8s.io"})),
    ];
    for (name, subject) in subjects {
        server.create(
            &format!("{RBAC}/namespaces/shop/rolebindings"),
            json!({
                "metadata": {"name": name},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "operate"},
                "subjects": [subject],
            }),
        );
    }
}

fn token_in(kubeconfig: &Path) -> String {
    let text: Value = serde_json::from_str(&fs::read_to_string(kubeconfig).unwrap()).unwrap();
    text["users"][0]["user"]["token"].as_str().unwrap().to_owned()
}

/// The agent scales, patches and deletes; Ann approves some of it and puts one thing back.
fn play() -> Option<Scenario> {
    let installed = tool_server::installed()?;
    if !has_kubectl() {
        return None;
    }
    static SERVER: OnceLock<Option<ApiServer>> = OnceLock::new();
    let server = SERVER
        .get_or_init(|| ApiServer::builder().audit_log(true).user("ann", &["people"]).start())
        .as_ref()?;
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    fs::create_dir_all(&home).unwrap();

    server.namespace("shop");
    deployment(server);
    for name in ["web-a", "web-b"] {
        server.create(
            "/api/v1/namespaces/shop/pods",
            json!({"metadata": {"name": name, "labels": {"app": "web"}},
                   "spec": {"containers": [{"name": "web", "image": "web:2"}]}}),
        );
    }
    let bot = server.kubeconfig_of_account("ops", "bot");
    rights(server);
    server.settle();
    let gateway = Gateway::start(server, &token_in(&bot));
    let through = gateway.kubeconfig(&home);
    let mut tools = ToolServer::start(&installed, &through);
    let mut records = Records { lines: Vec::new() };

    // Approved by Ann, then done with kubectl.
    let arguments = json!({"namespace": "shop", "name": "web", "replicas": 3});
    records.approved("toolu_scale", "ann", "person");
    records.asked("toolu_scale", "scale", &arguments);
    gateway.call(Some("toolu_scale"));
    kubectl(&through, &home, &["-n", "shop", "scale", "deployment/web", "--replicas=3"]);

    // Nobody was asked.
    let arguments = json!({"namespace": "shop", "name": "web-a"});
    records.asked("toolu_delete", "pods_delete", &arguments);
    gateway.call(Some("toolu_delete"));
    let (done, told) = tools.call("pods_delete", arguments);
    assert!(done, "{told}");

    // The agent approved itself.
    let arguments = json!({"namespace": "shop", "name": "web-b"});
    records.approved("toolu_itself", "bot", "person");
    records.asked("toolu_itself", "pods_delete", &arguments);
    gateway.call(Some("toolu_itself"));
    let (done, told) = tools.call("pods_delete", arguments);
    assert!(done, "{told}");

    // Approved by Ann, done by the tool server, and put back by her.
    let image = json!({"spec": {"template": {"spec": {"containers": [
        {"name": "web", "image": "web:3"},
    ]}}}});
    records.approved("toolu_image", "ann", "person");
    records.asked("toolu_image", "patch", &json!({"namespace": "shop", "name": "web"}));
    gateway.call(Some("toolu_image"));
    let patch = image.to_string();
    kubectl(&through, &home, &["-n", "shop", "patch", "deployment", "web", "-p", &patch]);
    records.add(
        "notification",
        json!({"about": {"call": "toolu_image"}, "sink": "#ops", "delivered": now()}),
    );
    let ann = server.kubeconfig_of("ann");
    kubectl(&ann, &home, &["-n", "shop", "rollout", "undo", "deployment/web", "--to-revision=1"]);

    // A standing permission is no approval.
    records.approved("toolu_standing", "ann", "standing");
    records.asked("toolu_standing", "scale", &json!({"namespace": "shop", "name": "web"}));
    gateway.call(Some("toolu_standing"));
    kubectl(&through, &home, &["-n", "shop", "scale", "deployment/web", "--replicas=2"]);

    // Of this one no tool call is on record.
    gateway.call(None);
    kubectl(&through, &home, &["-n", "shop", "annotate", "deployment/web", "note=none"]);

    // Approved only afterwards.
    let arguments = json!({"namespace": "shop", "name": "web"});
    records.asked("toolu_late", "scale", &arguments);
    gateway.call(Some("toolu_late"));
    kubectl(&through, &home, &["-n", "shop", "scale", "deployment/web", "--replicas=1"]);
    thread::sleep(Duration::from_millis(20));
    records.approved("toolu_late", "ann", "person");

    write_workspace(&folder, server, &records);
    Some(Scenario { folder })
}

fn write_workspace(folder: &TempDir, server: &ApiServer, records: &Records) {
    let at = |name: &str| -> PathBuf { folder.path().join(name) };
    let log = whole_log(server);
    fs::write(at("audit.log"), log).unwrap();
    fs::write(at("records.jsonl"), records.lines.join("\n") + "\n").unwrap();
    let rbac: Vec<Value> = ["roles", "rolebindings"]
        .iter()
        .flat_map(|kind| {
            let list = server.must(Call::get(format!("{RBAC}/namespaces/shop/{kind}")));
            let kind = list["kind"].as_str().unwrap().trim_end_matches("List").to_owned();
            let version = list["apiVersion"].clone();
            let items = list["items"].as_array().unwrap().clone();
            items.into_iter().map(move |mut item| {
                item["apiVersion"] = version.clone();
                item["kind"] = kind.clone().into();
                item
            })
        })
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": rbac});
    fs::write(at("rbac.json"), list.to_string()).unwrap();
    fs::write(
        at("gradus.yaml"),
        "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: live}\nagents:\n\
         - name: bot\n  environment: test\n  owner: ann\n  purpose: scale the shop\n\
         \x20 principals: {kubernetes: ['system:serviceaccount:ops:bot']}\n\
         sources:\n  kubernetes: [{path: rbac.json}]\n\
         \x20 activity: [{path: audit.log}, {path: records.jsonl}]\n",
    )
    .unwrap();
}

/// The log once the last change stands in it: it is written a moment behind.
fn whole_log(server: &ApiServer) -> String {
    let began = Instant::now();
    loop {
        let log = fs::read_to_string(server.audit_log()).unwrap();
        let last = log.lines().any(|line| {
            line.contains("\"auditID\":\"toolu_late\"") && line.contains("\"verb\":\"patch\"")
        });
        if last && log.ends_with('\n') {
            return log;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "the log lacks the last change");
        thread::sleep(Duration::from_millis(50));
    }
}
