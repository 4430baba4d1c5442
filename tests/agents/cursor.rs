//! Cursor: its lists, its CLI, its hooks.

use gradus::model::{
    agent_config::{Client, Scope},
    gate::GateKind,
};

use crate::support::{capability, config_of, layer_of, mcp};

const ENTRY: &str = r#""command": "npx", "args": ["kubernetes-mcp-server@0.0.67"]"#;

fn with(files: &[(&str, &str)]) -> gradus::privilege::tools::ToolLayer {
    let servers = mcp(ENTRY);
    layer_of(files.iter().copied().chain([(".cursor/mcp.json", servers.as_str())]))
}

fn has_risk(layer: &gradus::privilege::tools::ToolLayer, rule: &str) -> bool {
    layer.risks.iter().any(|hit| hit.rule == rule)
}

#[test]
fn lists_of_user_and_workspace_count_together() {
    let layer = with(&[
        ("/home/ada/.cursor/permissions.json", r#"{"mcpAllowlist": ["k8s:pods_delete"]}"#),
        (".cursor/permissions.json", r#"{"mcpAllowlist": ["k8s:pods_exec"]}"#),
    ]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::None);
}

#[test]
fn sentences_that_block_are_no_gate_and_the_misspelt_key_is_nothing() {
    let layer = with(&[(
        ".cursor/permissions.json",
        r#"{"autoRun": {"block_instructions": ["Never delete"], "instructions": ["Be careful"]}}"#,
    )]);
    assert!(has_risk(&layer, "AGT-INEFFECTIVE-PROMPT"));
    assert!(has_risk(&layer, "AGT-INEFFECTIVE-KEY"));
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
}

#[test]
fn sentences_that_allow_leave_it_to_a_classifier() {
    let layer = with(&[(
        ".cursor/permissions.json",
        r#"{"autoRun": {"allow_instructions": ["Anything in the test cluster"]}}"#,
    )]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
    let none = with(&[(".cursor/permissions.json", r#"{"autoRun": {"allow_instructions": []}}"#)]);
    assert_eq!(capability(&none, "k8s: pods_delete").gate.kind, GateKind::Unknown);
}

#[test]
fn an_entry_that_names_no_server_is_dead() {
    let layer = with(&[(".cursor/permissions.json", r#"{"mcpAllowlist": ["mcp__k8s", 7]}"#)]);
    assert!(has_risk(&layer, "AGT-INEFFECTIVE-RULE"));
    assert!(has_risk(&layer, "AGT-INEFFECTIVE-VALUE"));
}

#[test]
fn rules_of_the_cli_deny_over_allow() {
    let text = r#"{"version": 1, "permissions": {"allow": ["Shell(kubectl)", "Write(**)"], "deny": ["Shell(*)", "Read(.env*)"]}}"#;
    let config = config_of("/home/ada/.cursor/cli-config.json", text);
    assert_eq!((config.client, config.scope), (Client::CursorCli, Scope::User));
    let layer = layer_of([(".cursor/cli.json", text)]);
    assert_eq!(capability(&layer, "cursor-cli: Shell").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "cursor-cli: Write").gate.kind, GateKind::None);
    assert!(layer.capabilities.iter().all(|held| !held.action.contains("kubectl")));
}

#[test]
fn the_cli_opens_servers_of_the_editor_and_closes_none_of_them() {
    let allow =
        r#"{"permissions": {"allow": ["Mcp(k8s:pods_delete)"], "deny": ["Mcp(k8s:pods_exec)"]}}"#;
    let layer = with(&[(".cursor/cli.json", allow)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::Unknown);
}

#[test]
fn a_cli_that_is_unrestricted_asks_nothing() {
    let text = r#"{"approvalMode": "unrestricted", "permissions": {"allow": [], "deny": []}}"#;
    let layer = layer_of([(".cursor/cli-config.json", text)]);
    assert_eq!(capability(&layer, "cursor-cli: Shell").gate.kind, GateKind::None);
    assert_eq!(layer.bypasses.len(), 1);
}

#[test]
fn rules_of_the_cli_in_permissions_json_restrict_nothing() {
    let text = r#"{"permissions": {"allow": ["Shell(ls)"], "deny": ["Shell(*)"]}}"#;
    let layer = layer_of([(".cursor/permissions.json", text)]);
    assert_ne!(capability(&layer, "cursor-cli: Shell").gate.kind, GateKind::Deny);
    assert!(has_risk(&layer, "AGT-INEFFECTIVE-KEY"));
}

#[test]
fn a_rule_of_another_client_is_dead() {
    let text = r#"{"permissions": {"deny": ["Shell(rm)", "Bash(rm:*)", "Mcp(k8s)"]}}"#;
    let layer = layer_of([(".cursor/cli.json", text)]);
    let dead = layer.risks.iter().filter(|hit| hit.rule == "AGT-INEFFECTIVE-RULE").count();
    assert_eq!(dead, 2);
}

#[test]
fn a_hook_fails_open_unless_it_says_otherwise() {
    let hooks = |closed: &str| {
        format!(
            r#"{{"version": 1, "hooks": {{"beforeMCPExecution": [{{"command": "guard"{closed}}}]}}}}"#
        )
    };
    let open = hooks("");
    let layer = layer_of([(".cursor/hooks.json", open.as_str())]);
    assert_eq!(layer.hooks.len(), 1);
    assert!(has_risk(&layer, "AGT-HOOK-FAILS-OPEN"));
    let closed = hooks(r#", "failClosed": true"#);
    assert!(!has_risk(&layer_of([(".cursor/hooks.json", closed.as_str())]), "AGT-HOOK-FAILS-OPEN"));
    let twice = hooks(r#", "failClosed": true, "failClosed": false"#);
    assert!(has_risk(&layer_of([(".cursor/hooks.json", twice.as_str())]), "AGT-HOOK-FAILS-OPEN"));
}
