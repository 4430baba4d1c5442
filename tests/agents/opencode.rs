//! OpenCode: of the rules that match, the last one counts.

use gradus::model::{
    agent_config::{Client, ProblemKind, Scope, ServerState},
    gate::GateKind,
};

use crate::support::{capability, config_of, layer_of, problems, readings};

const CAREFUL: &str = include_str!("../fixtures/agents/opencode/careful.jsonc");
const CARELESS: &str = include_str!("../fixtures/agents/opencode/careless.json");
const CONFIG: &str = "opencode.jsonc";

fn gate_of(permission: &str, action: &str) -> GateKind {
    let text = format!(
        r#"{{"mcp": {{"k8s": {{"type": "local", "command": ["kubernetes-mcp-server"]}}}}, "permission": {permission}}}"#
    );
    capability(&layer_of([("opencode.json", text.as_str())]), action).gate.kind
}

#[test]
fn it_is_told_by_its_servers_or_its_permissions() {
    let config = config_of(CONFIG, CAREFUL);
    assert_eq!((config.client, config.scope), (Client::OpenCode, Scope::Project));
    assert_eq!(config.servers[1].state, ServerState::Disabled);
    assert_eq!(config_of("/etc/opencode/opencode.json", CARELESS).scope, Scope::Managed);
    assert_eq!(config_of("kilo.jsonc", CAREFUL).client, Client::Kilo);
    assert!(readings("x.json", r#"{"permission": {"read": "yes"}, "mcp": {"a": 1}}"#).is_empty());
}

#[test]
fn a_careful_order_asks_first_and_opens_after() {
    let layer = layer_of([(CONFIG, CAREFUL)]);
    assert_eq!(capability(&layer, "opencode: bash").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "opencode: bash(kubectl get *)").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "shop-cluster: pods_exec").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::Deny);
    assert!(layer.bypasses.is_empty());
}

#[test]
fn a_rule_for_everything_at_the_end_undoes_those_before() {
    let layer = layer_of([("opencode.json", CARELESS)]);
    assert_eq!(capability(&layer, "opencode: bash").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "shop-cluster: pods_delete").gate.kind, GateKind::None);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-ALLOW-SHELL"));
}

#[test]
fn what_nothing_speaks_of_is_allowed() {
    let text = r#"{"mcp": {"k8s": {"type": "local", "command": ["kubernetes-mcp-server"]}}}"#;
    let layer = layer_of([("opencode.json", text)]);
    let gate = &capability(&layer, "k8s: pods_delete").gate;
    assert_eq!(gate.kind, GateKind::None);
    assert!(gate.reason.contains("1.2"), "the version is said: {}", gate.reason);
}

#[test]
fn one_word_for_everything() {
    assert_eq!(gate_of(r#""ask""#, "k8s: pods_delete"), GateKind::Approve);
    assert_eq!(gate_of(r#""deny""#, "opencode: bash"), GateKind::Deny);
    let text = r#"{"permission": "allow", "$schema": "https://opencode.ai/config.json"}"#;
    let layer = layer_of([("opencode.json", text)]);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-BYPASS"));
}

#[test]
fn a_word_that_it_does_not_know_decides_nothing() {
    assert_eq!(gate_of(r#"{"bash": "ask", "*": "prompt"}"#, "k8s: pods_delete"), GateKind::None);
    let text = r#"{"permission": {"bash": "ask", "edit": "prompt"}}"#;
    assert_eq!(problems("opencode.json", text), [ProblemKind::IgnoredValue]);
}

#[test]
fn an_agent_may_open_what_all_are_asked_for_and_closes_nothing_for_the_others() {
    let text = r#"{"permission": {"*": "ask", "edit": "allow"},
        "agent": {"fast": {"permission": {"bash": "allow"}}, "review": {"permission": {"edit": "deny"}}}}"#;
    let layer = layer_of([("opencode.json", text)]);
    assert_eq!(capability(&layer, "opencode: bash").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "opencode: edit").gate.kind, GateKind::None);
}

#[test]
fn an_agent_in_markdown_opens_too() {
    let agent = "---\ndescription: Fixes: quickly\nmode: subagent\npermission:\n  bash: allow\n  edit: deny\n---\nBe quick.\n";
    let agent = agent.replace("Fixes: quickly", "Fixes quickly");
    let layer = layer_of([
        (CONFIG, r#"{"permission": {"*": "ask"}}"#),
        (".opencode/agents/fast.md", agent.as_str()),
    ]);
    assert_eq!(capability(&layer, "opencode: bash").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "opencode: edit").gate.kind, GateKind::Approve);
}

#[test]
fn tools_that_are_switched_off_are_denied() {
    let text = r#"{"$schema": "https://opencode.ai/config.json", "tools": {"bash": false, "k8s_*": false},
        "mcp": {"k8s": {"type": "local", "command": ["kubernetes-mcp-server"]}}}"#;
    let layer = layer_of([("opencode.json", text)]);
    assert_eq!(capability(&layer, "opencode: bash").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Deny);
}

#[test]
fn a_rule_for_a_tool_that_its_server_lacks_is_dead() {
    let text = r#"{"permission": {"*": "ask", "k8s_delete_pod": "deny", "k8s_pods_exec": "deny"},
        "mcp": {"k8s": {"type": "local", "command": ["kubernetes-mcp-server"]}}}"#;
    let layer = layer_of([("opencode.json", text)]);
    let dead: Vec<_> =
        layer.risks.iter().filter(|hit| hit.rule == "AGT-INEFFECTIVE-RULE").collect();
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert!(dead[0].message.contains("delete_pod"));
}

#[test]
fn a_repeated_key_is_said_and_the_later_one_counts() {
    let text = r#"{"permission": {"bash": "deny", "bash": "allow"}}"#;
    assert_eq!(problems("opencode.json", text), [ProblemKind::DuplicateKey]);
    let layer = layer_of([("opencode.json", text)]);
    assert_eq!(capability(&layer, "opencode: bash").gate.kind, GateKind::None);
}

#[test]
fn a_rule_that_a_stronger_file_repeats_keeps_its_place() {
    let weaker = r#"{"permission": {"*": "allow", "bash": "allow"}}"#;
    let stronger = r#"{"permission": {"*": "deny"}}"#;
    let home = "/home/ada/.config/opencode/opencode.json";
    let layer = layer_of([(home, weaker), ("opencode.json", stronger)]);
    assert_eq!(capability(&layer, "opencode: bash").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "opencode: edit").gate.kind, GateKind::Deny);
}

#[test]
fn what_one_agent_may_comes_after_the_rules_of_all() {
    let text = r#"{"agent": {"deploy": {"permission": {"bash": "allow"}}}, "permission": {"bash": "ask"}}"#;
    let user = r#"{"permission": {"bash": "deny", "*": "deny"}}"#;
    let home = "/home/ada/.config/opencode/opencode.json";
    let layer = layer_of([(home, user), ("opencode.json", text)]);
    assert_eq!(capability(&layer, "opencode: bash").gate.kind, GateKind::None);
}
