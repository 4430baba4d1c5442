//! Whether what an agent changes unasked can be put back, as the criteria see it.

use super::{Assessment, Cluster};

/// A deployment that keeps this many revisions, as a list of the whole cluster.
fn list(kind: &str, history: Option<u32>) -> String {
    let history = history.map(|number| format!(r#""revisionHistoryLimit": {number}, "#));
    let template = r#""selector": {"matchLabels": {"app": "web"}}, "template": {"metadata":
        {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "web:1"}]}}"#;
    let item = |name: &str, namespace: &str| {
        format!(
            r#"{{"apiVersion": "apps/v1", "kind": "{kind}", "metadata": {{"name": "{name}",
                "namespace": "{namespace}", "uid": "{kind}-{name}"}},
                "spec": {{{}{template}}}}}"#,
            history.clone().unwrap_or_default()
        )
    };
    format!(
        r#"{{"apiVersion": "v1", "kind": "List", "items": [{}, {}]}}"#,
        item("web", "shop"),
        item("dns", "kube-system")
    )
}

/// A bot whose only way to the cluster runs `tools` of mcp-server-kubernetes unasked.
fn assess(tools: &[&str], lists: &[String]) -> Assessment {
    let cluster = Cluster::of(&[]);
    for (number, list) in lists.iter().enumerate() {
        cluster.add(&format!("list-{number}.json"), list);
    }
    let allow: Vec<String> = tools.iter().map(|tool| format!(r#""mcp__k8s__{tool}""#)).collect();
    let settings = format!(
        r#"{{"permissions": {{"defaultMode": "dontAsk", "allow": [{}], "deny": ["Bash", "Edit",
            "Write", "NotebookEdit", "Read(~/.kube/**)", "Read(~/.aws/**)"]}}}}"#,
        allow.join(", ")
    );
    let servers = r#"{"mcpServers": {"k8s": {"command": "npx",
        "args": ["-y", "mcp-server-kubernetes@4.1.7"]}}}"#;
    cluster.configure(&[(".claude/settings.json", &settings), (".mcp.json", servers)]).assess()
}

fn undone(assessment: &Assessment) -> (String, String) {
    let criterion = assessment.criterion("bot@prod", "REV-02");
    let text = |key: &str| criterion[key].as_str().unwrap().to_owned();
    (text("status"), text("reason"))
}

fn whole(history: Option<u32>) -> Vec<String> {
    ["Deployment", "StatefulSet", "DaemonSet"].map(|kind| list(kind, history)).into()
}

#[test]
fn a_rollout_in_a_cluster_that_keeps_revisions_can_be_put_back() {
    let (status, reason) = undone(&assess(&["kubectl_rollout"], &whole(None)));
    assert_eq!(status, "pass", "{reason}");
}

#[test]
fn without_a_list_of_workloads_nobody_knows_what_a_rollout_goes_back_to() {
    let (status, reason) = undone(&assess(&["kubectl_rollout"], &[]));
    assert_eq!(status, "unknown", "{reason}");
    assert!(reason.contains("revisions"), "{reason}");
}

#[test]
fn what_no_tool_is_known_to_put_back_is_unknown_and_says_so() {
    let (status, reason) = undone(&assess(&["kubectl_rollout", "kubectl_scale"], &whole(None)));
    assert_eq!(status, "unknown", "{reason}");
    assert!(reason.contains("kubectl_scale"), "{reason}");
    assert!(reason.contains("a way back is known from k8s: kubectl_rollout"), "{reason}");
}

#[test]
fn a_deletion_that_nothing_stands_before_fails_it() {
    let (status, reason) = undone(&assess(&["kubectl_delete"], &whole(None)));
    assert_eq!(status, "fail", "{reason}");
}
