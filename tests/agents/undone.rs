//! Ways back from what an agent changes unasked: those that its servers offer it, and those
//! that only look as if.

use gradus::{
    model::agent_config::Pin,
    privilege::tools::{Noted, ToolLayer},
    rubric::servers::{Journal, Kept, ServerRule, WayBack},
};

use crate::support::{catalogue, layer_of, server_of};

/// A Claude Code that runs these tools of a server unasked, and of the others those.
fn with(server: &str, allow: &[&str], deny: &[&str]) -> ToolLayer {
    let rules = |tools: &[&str]| {
        let rules: Vec<String> =
            tools.iter().map(|tool| format!(r#""mcp__k8s__{tool}""#)).collect();
        rules.join(", ")
    };
    let settings = format!(
        r#"{{"permissions": {{"defaultMode": "dontAsk", "allow": [{}], "deny": ["Bash", "Edit",
            "Write", "NotebookEdit"{}{}]}}}}"#,
        rules(allow),
        if deny.is_empty() { "" } else { ", " },
        rules(deny)
    );
    let servers = format!(r#"{{"mcpServers": {{"k8s": {server}}}}}"#);
    layer_of([(".claude/settings.json", settings.as_str()), (".mcp.json", servers.as_str())])
}

const AIOPS: &str = r#"{"command": "uvx", "args": ["k8s-aiops==0.15.0", "mcp"]}"#;
const KUBECTL: &str = r#"{"command": "npx", "args": ["-y", "mcp-server-kubernetes@4.1.7"]}"#;

fn names(list: &[Noted]) -> Vec<&str> {
    list.iter().map(|noted| noted.name.as_str()).collect()
}

#[test]
fn a_way_back_of_which_no_version_is_known_to_be_sound_decides_nothing() {
    let pinned = |package: &str| format!(r#"{{"command": "uvx", "args": ["{package}", "mcp"]}}"#);
    for (package, why) in [
        ("k8s-aiops", "since version 0.5.0"),
        ("k8s-aiops==0.4.9", "since version 0.5.0"),
        ("k8s-aiops==0.15.0", "which versions"),
    ] {
        let layer = with(&pinned(package), &["scale_deployment", "undo_apply"], &[]);
        assert!(layer.undone.handles.is_empty(), "{package}: {:?}", layer.undone.handles);
        let scaled = layer.undone.undecided.iter().find(|it| it.name == "k8s: scale_deployment");
        assert!(scaled.is_some_and(|it| it.detail.contains(why)), "{package}: {scaled:?}");
    }
}

#[test]
fn a_way_back_counts_from_its_first_version_on() {
    let way = WayBack {
        tools: vec!["change".to_owned()],
        by: "undo".to_owned(),
        from: Kept::Token,
        since: Some("0.5.0".to_owned()),
        doubt: None,
    };
    let exact = |version: &str| way.doubt(Some(&Pin::Exact(version.into()))).is_none();
    assert!(exact("0.5.0") && exact("v0.10.0") && !exact("0.4.9") && !exact("0.5.0rc1"));
    assert!(way.doubt(Some(&Pin::Absent)).is_some() && way.doubt(None).is_some());
}

#[test]
fn what_a_call_hands_back_is_a_way_back() {
    let layer = with(KUBECTL, &["port_forward", "stop_port_forward"], &[]);
    assert!(names(&layer.undone.handles).contains(&"k8s: port_forward"), "{:?}", layer.undone);
}

#[test]
fn a_way_back_that_the_client_denies_is_out_of_reach() {
    for layer in [
        with(AIOPS, &["scale_deployment"], &["undo_apply"]),
        // This mode refuses what no rule allows.
        with(AIOPS, &["scale_deployment"], &[]),
    ] {
        assert!(layer.undone.handles.is_empty(), "{:?}", layer.undone.handles);
        assert_eq!(names(&layer.undone.undecided), ["k8s: scale_deployment"]);
        assert!(layer.undone.undecided[0].detail.contains("undo_apply"));
    }
}

#[test]
fn a_way_back_that_a_switch_of_the_server_hides_is_out_of_reach() {
    let terraform = |env: &str| {
        let server = format!(
            r#"{{"command": "terraform-mcp-server", "args": ["stdio"], "env": {{{env}}}}}"#
        );
        with(&server, &["create_workspace", "delete_workspace_safely"], &[])
    };
    let token = r#""TFE_TOKEN": "${TFE_TOKEN}""#;
    let hidden = terraform(token).undone;
    assert!(hidden.handles.is_empty());
    assert_eq!(names(&hidden.undecided), ["k8s: create_workspace"]);
    let offered = terraform(&format!(r#"{token}, "ENABLE_TF_OPERATIONS": "true""#)).undone;
    assert_eq!(names(&offered.handles), ["k8s: create_workspace"]);
}

#[test]
fn the_same_tool_elsewhere_is_no_way_back() {
    // Two servers of one name: the one that scales unasked does not offer the way back.
    let servers = |args: &str| {
        format!(r#"{{"mcpServers": {{"k8s": {{"command": "uvx", "args": ["{args}", "mcp"]}}}}}}"#)
    };
    let settings = |allow: &str, deny: &str| {
        format!(
            r#"{{"permissions": {{"defaultMode": "dontAsk", "allow": ["mcp__k8s__{allow}"],
                "deny": ["mcp__k8s__{deny}"]}}}}"#
        )
    };
    let allowed = settings("scale_deployment", "undo_apply");
    let own = servers("k8s-aiops==0.15.0");
    let layer = layer_of([
        (".claude/settings.json", allowed.as_str()),
        (".mcp.json", own.as_str()),
        (".cursor/mcp.json", own.as_str()),
    ]);
    let from = |path: &str| layer.undone.handles.iter().any(|it| &*it.location.path == path);
    assert!(!from(".mcp.json"), "{:?}", layer.undone.handles);
}

#[test]
fn a_rollout_goes_back_to_what_the_cluster_keeps() {
    let layer = with(KUBECTL, &["kubectl_rollout"], &[]);
    assert_eq!(names(&layer.undone.handles), ["k8s: kubectl_rollout"]);
    assert_eq!(names(&layer.undone.by_revisions), ["k8s: kubectl_rollout"]);
}

#[test]
fn a_number_that_nobody_kept_is_no_way_back() {
    let layer = with(KUBECTL, &["kubectl_scale", "kubectl_rollout"], &[]);
    assert_eq!(names(&layer.undone.undecided), ["k8s: kubectl_scale"]);
}

#[test]
fn a_preview_is_no_way_back() {
    let preview = r#"{"command": "npx", "args": ["-y", "kubernetes-mcp-server@0.0.67"]}"#;
    let layer = with(preview, &["resources_scale"], &[]);
    assert!(layer.undone.handles.is_empty());
    assert_eq!(names(&layer.undone.undecided), ["k8s: resources_scale"]);
}

#[test]
fn what_is_destroyed_is_lost() {
    let layer = with(AIOPS, &["delete_namespace", "undo_apply"], &[]);
    assert_eq!(names(&layer.undone.lost), ["k8s: delete_namespace", "k8s: undo_apply"]);
    assert!(layer.undone.handles.is_empty());
}

#[test]
fn of_a_server_that_nobody_knows_nothing_is_decided() {
    let unknown = r#"{"command": "npx", "args": ["-y", "acme-undo-everything@1.0.0"]}"#;
    let layer = with(unknown, &["undo", "change"], &[]);
    assert!(layer.undone.handles.is_empty());
    assert_eq!(names(&layer.undone.undecided), ["k8s: change", "k8s: undo"]);
}

#[test]
fn what_is_asked_for_needs_no_way_back() {
    let layer = with(AIOPS, &[], &["scale_deployment"]);
    assert!(layer.undone.handles.is_empty() && layer.undone.lost.is_empty());
}

#[test]
fn a_server_tells_where_it_writes_down_its_calls() {
    let kept = |layer: &ToolLayer| {
        let places = layer.journals.iter().map(|own| (own.place.clone(), own.prior_state));
        places.collect::<Vec<_>>()
    };
    let own = with(AIOPS, &["pod_list"], &[]);
    assert_eq!(
        kept(&own),
        [("~/.k8s-aiops/audit.db".to_owned(), false), ("~/.k8s-aiops/undo.db".to_owned(), true)]
    );
    let elsewhere = r#"{"command": "uvx", "args": ["k8s-aiops==0.15.0", "mcp"],
        "env": {"K8S_AIOPS_HOME": "/tmp/aiops"}}"#;
    assert!(kept(&with(elsewhere, &["pod_list"], &[])).is_empty());
    assert!(with(KUBECTL, &[], &[]).journals.is_empty());
}

#[test]
fn a_journal_counts_only_where_its_switch_certainly_stands() {
    let rules = catalogue();
    let rule: &ServerRule = rules.server("mcp-server-kubernetes").expect("it is there");
    let journal = |needs: Option<&str>, unless: Option<&str>| Journal {
        keeps: "each call".to_owned(),
        place: "a file".to_owned(),
        prior_state: false,
        needs: needs.map(str::to_owned),
        unless: unless.map(str::to_owned),
    };
    let launch = |env: &str| server_of(&format!("{env} npx -y mcp-server-kubernetes@4.1.7"));
    let on = launch("ALLOW_KUBECTL_UNSAFE_FLAGS=true");
    let off = launch("ALLOW_KUBECTL_UNSAFE_FLAGS=false");
    let elsewhere = launch("ALLOW_KUBECTL_UNSAFE_FLAGS=${FLAG}");
    let needed = journal(Some("unsafe-flags"), None);
    let ended = journal(None, Some("unsafe-flags"));
    for (server, starts, stays) in
        [(&on, true, false), (&off, false, true), (&elsewhere, false, false)]
    {
        assert_eq!(needed.is_kept(server, &rule.switches), starts);
        assert_eq!(ended.is_kept(server, &rule.switches), stays);
    }
    assert!(!journal(Some("no such switch"), None).is_kept(&on, &rule.switches));
}
