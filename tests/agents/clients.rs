//! Clients whose approvals are state of their user interface.

use gradus::model::{agent_config::Client, effect::Effect, gate::GateKind};

use crate::support::{capability, config_of, layer_of, mcp};

const SERVER: &str = r#""command": "npx", "args": ["kubernetes-mcp-server@0.0.67"]"#;

#[test]
fn what_claude_desktop_asks_is_not_in_its_file() {
    let text = mcp(SERVER);
    let layer = layer_of([("claude_desktop_config.json", text.as_str())]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
}

#[test]
fn cursor_runs_unasked_what_its_list_names() {
    let text = mcp(SERVER);
    let layer = layer_of([
        (".cursor/mcp.json", text.as_str()),
        (
            ".cursor/permissions.json",
            "{\n// ours\n\"mcpAllowlist\": [\"k8s:pods_delete\"], \"terminalAllowlist\": [\"kubectl get\"],}",
        ),
    ]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::Unknown);
    let get = capability(&layer, "cursor: Terminal(kubectl get)");
    assert_eq!((get.effect, get.gate.kind), (Effect::SensitiveRead, GateKind::None));
}

#[test]
fn a_sandboxed_server_of_vs_code_is_not_asked_for() {
    let text = format!(r#"{{"servers": {{"k8s": {{{SERVER}, "sandboxEnabled": true}}}}}}"#);
    let layer = layer_of([(".vscode/mcp.json", text.as_str())]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
}

#[test]
fn auto_approval_in_a_dev_container_counts() {
    let text = r#"{"name": "dev", "customizations": {"vscode": {"settings": {
        "chat.agent.autoApprove": true, "chat.tools.terminal.autoApprove": {"/.*/": true, "rm": false}}}}}"#;
    let layer = layer_of([(".devcontainer/devcontainer.json", text)]);
    assert_eq!(capability(&layer, "vscode: Terminal").gate.kind, GateKind::None);
    assert_eq!(layer.bypasses.len(), 2);
}

#[test]
fn a_boolean_where_a_map_of_commands_belongs_is_said() {
    let layer =
        layer_of([(".vscode/settings.json", r#"{"chat.tools.terminal.autoApprove": true}"#)]);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-VALUE"));
    assert_eq!(capability(&layer, "vscode: Terminal").gate.kind, GateKind::None);
}

#[test]
fn a_list_that_no_client_is_known_to_read_has_no_known_gate() {
    let text = mcp(&format!(r#"{SERVER}, "alwaysAllow": ["pods_exec"]"#));
    assert_eq!(config_of("agents/servers.json", &text).client, Client::Unknown);
    let layer = layer_of([("agents/servers.json", text.as_str())]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
    assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::None);
}

#[test]
fn of_two_clients_the_one_that_asks_less_counts() {
    let text = mcp(SERVER);
    let layer = layer_of([
        (".mcp.json", text.as_str()),
        (".claude/settings.json", r#"{"permissions": {"ask": ["mcp__k8s"]}}"#),
        (".cursor/mcp.json", text.as_str()),
        (".cursor/permissions.json", r#"{"mcpAllowlist": ["*:*"]}"#),
    ]);
    let delete = capability(&layer, "k8s: pods_delete");
    assert_eq!(delete.gate.kind, GateKind::None);
    assert_eq!(delete.grants.len(), 2);
}

#[test]
fn that_no_bypass_is_seen_says_nothing_where_the_mode_is_in_no_file() {
    let text = mcp(SERVER);
    let modes = |path: &str| layer_of([(path, text.as_str())]).unseen_modes.len();
    assert_eq!(modes(".cursor/mcp.json"), 1);
    assert_eq!(modes(".mcp.json"), 1);
    let asked = r#"{"permissions": {"defaultMode": "default"}}"#;
    let layer = layer_of([(".mcp.json", text.as_str()), (".claude/settings.json", asked)]);
    assert!(layer.unseen_modes.is_empty());
}
