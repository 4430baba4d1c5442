//! GitHub Copilot: custom agents, the cloud agent's servers, the CLI, hooks.

use gradus::{
    model::{agent_config::Client, gate::GateKind},
    privilege::tools::{SolePath, ToolLayer},
};

use crate::support::{capability, config_of, layer_of, readings};

const FILE: &str = ".github/agents/ops.agent.md";

/// A custom agent with a server of its own.
fn ops(more: &str) -> String {
    format!(
        "---\nname: ops\ndescription: Looks after clusters\n{more}mcp-servers:\n  k8s:\n    type: local\n    command: npx\n    args: [\"kubernetes-mcp-server@0.0.67\"]\n    env: {{TOKEN: \"${{{{ secrets.KUBE }}}}\"}}\n---\nAsk before you delete.\n"
    )
}

fn layer(more: &str) -> ToolLayer {
    layer_of([(FILE, ops(more).as_str())])
}

#[test]
fn the_cloud_agent_asks_for_nothing_whatever_its_prompt_says() {
    let layer = layer("");
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "copilot: execute").gate.kind, GateKind::None);
    assert!(layer.literal_secrets.is_empty());
}

#[test]
fn a_list_of_tools_is_the_only_limit() {
    let layer = layer("tools: ['read', 'k8s/pods_list']\n");
    assert_eq!(capability(&layer, "copilot: execute").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "copilot: read").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "k8s: pods_list").gate.kind, GateKind::None);
}

#[test]
fn a_star_is_everything_and_an_empty_list_is_nothing() {
    let all = layer("tools: [\"*\"]\n");
    assert_eq!(capability(&all, "k8s: pods_delete").gate.kind, GateKind::None);
    let server = layer("tools: shell, k8s/*\n");
    assert_eq!(capability(&server, "k8s: pods_delete").gate.kind, GateKind::None);
    assert_eq!(capability(&server, "copilot: execute").gate.kind, GateKind::None);
    assert_eq!(capability(&server, "copilot: edit").gate.kind, GateKind::Deny);
    let none = layer("tools: []\n");
    assert!(none.capabilities.iter().all(|held| held.gate.kind == GateKind::Deny));
}

#[test]
fn an_entry_selects_tools_of_its_server() {
    let text = ops("").replace("    type: local\n", "    type: local\n    tools: [pods_list]\n");
    let layer = layer_of([(FILE, text.as_str())]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "k8s: pods_list").gate.kind, GateKind::None);
}

#[test]
fn what_one_agent_is_not_given_another_may_have() {
    let narrow = ops("tools: [read]\n");
    let wide = ops("");
    let layer = layer_of([(FILE, narrow.as_str()), (".github/agents/all.md", wide.as_str())]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
}

#[test]
fn an_agent_for_the_editor_is_asked_as_the_editor_asks() {
    let text = ops("target: vscode\n");
    assert_eq!(config_of("x.md", &text).client, Client::VsCode);
    let layer = layer_of([("x.md", text.as_str())]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
}

#[test]
fn older_chat_modes_are_agents_of_the_editor_and_other_pages_are_none() {
    let text = "---\ndescription: Plans\ntools: ['codebase']\n---\nPlan.\n";
    assert_eq!(config_of(".github/chatmodes/plan.chatmode.md", text).client, Client::VsCode);
    assert_eq!(config_of(".github/agents/plan.agent.md", text).client, Client::Copilot);
    assert!(readings("docs/plan.md", text).is_empty());
}

#[test]
fn servers_of_the_repositorys_settings_are_in_no_file() {
    let layer = layer("");
    assert!(!matches!(layer.sole_path, SolePath::Yes));
}

#[test]
fn an_exported_list_of_the_repositorys_servers_is_known_by_its_tools() {
    let text = r#"{"mcpServers": {"k8s": {"type": "local", "command": "npx", "args": ["kubernetes-mcp-server@0.0.67"], "tools": ["pods_list"]}}}"#;
    assert_eq!(config_of("exported.json", text).client, Client::Copilot);
    let layer = layer_of([("exported.json", text)]);
    assert_eq!(capability(&layer, "k8s: pods_list").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Deny);
}

#[test]
fn what_the_cli_asks_depends_on_how_it_is_started() {
    let text = r#"{"mcpServers": {"k8s": {"command": "npx", "args": ["kubernetes-mcp-server@0.0.67"], "tools": ["*"]}}}"#;
    let path = "/home/ada/.copilot/mcp-config.json";
    assert_eq!(config_of(path, text).client, Client::CopilotCli);
    let layer = layer_of([(path, text)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
}

#[test]
fn hooks_before_a_tool_are_evidence_and_fail_open() {
    let text = r#"{"version": 1, "hooks": {"preToolUse": [{"type": "command", "bash": "guard.sh", "timeoutSec": 5}],
        "sessionStart": [{"type": "command", "bash": "hello.sh"}]}}"#;
    assert_eq!(config_of(".github/hooks/guard.json", text).format, "copilot-hooks");
    let layer = layer_of([(".github/hooks/guard.json", text)]);
    assert_eq!(layer.hooks.len(), 1);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-HOOK-FAILS-OPEN"));
}
