//! VS Code: settings, workspaces, dev containers, policies.

use gradus::{
    model::{
        agent_config::{Client, Scope},
        gate::GateKind,
    },
    privilege::tools::ToolLayer,
};

use crate::support::{capability, config_of, layer_of, readings};

const SERVERS: (&str, &str) = (
    ".vscode/mcp.json",
    r#"{"servers": {"k8s": {"type": "stdio", "command": "npx", "args": ["kubernetes-mcp-server@0.0.67"]}}}"#,
);

fn with(settings: &str) -> ToolLayer {
    layer_of([SERVERS, (".vscode/settings.json", settings)])
}

fn terminal(settings: &str) -> GateKind {
    capability(&with(settings), "vscode: Terminal").gate.kind
}

fn delete(settings: &str) -> GateKind {
    capability(&with(settings), "k8s: pods_delete").gate.kind
}

#[test]
fn every_name_of_the_setting_opens_everything() {
    for key in ["chat.tools.global.autoApprove", "chat.tools.autoApprove", "chat.agent.autoApprove"]
    {
        assert_eq!(delete(&format!(r#"{{"{key}": true}}"#)), GateKind::None, "{key}");
        assert_eq!(delete(&format!(r#"{{"{key}": false}}"#)), GateKind::Unknown, "{key}");
    }
}

#[test]
fn a_starting_mode_says_who_decides() {
    assert_eq!(delete(r#"{"chat.permissions.default": "Allow all"}"#), GateKind::None);
    assert_eq!(delete(r#"{"chat.permissions.default": "Assisted"}"#), GateKind::None);
    assert_eq!(delete(r#"{"chat.permissions.default": "Manual"}"#), GateKind::Unknown);
}

#[test]
fn false_for_a_command_asks_and_blocks_nothing() {
    let layer = with(
        r#"{"chat.tools.terminal.autoApprove": {"kubectl delete": false, "kubectl scale": true}}"#,
    );
    assert_eq!(capability(&layer, "vscode: Terminal").gate.kind, GateKind::Unknown);
    assert_eq!(capability(&layer, "vscode: Terminal(kubectl scale)").gate.kind, GateKind::None);
    assert!(layer.capabilities.iter().all(|held| !held.action.contains("delete)")));
}

#[test]
fn an_expression_that_fits_every_command_opens_the_terminal() {
    for pattern in ["/.*/", "/^.*$/", "/.+/i", "/^/", "/./", "/[\\\\s\\\\S]*/"] {
        let settings = format!(
            r#"{{"chat.tools.terminal.autoApprove": {{"{pattern}": {{"approve": true, "matchCommandLine": true}}}}}}"#
        );
        assert_eq!(terminal(&settings), GateKind::None, "{pattern}");
    }
}

#[test]
fn a_list_of_commands_that_is_switched_off_opens_nothing() {
    let list = r#""chat.tools.terminal.autoApprove": {"/.*/": true}"#;
    let off = format!(r#"{{{list}, "chat.tools.terminal.enableAutoApprove": false}}"#);
    assert_eq!(terminal(&off), GateKind::Unknown);
    let on = format!(r#"{{{list}, "chat.tools.terminal.enableAutoApprove": true}}"#);
    assert_eq!(terminal(&on), GateKind::None);
}

#[test]
fn a_tool_that_is_never_eligible_is_asked_for_unless_everything_is_opened() {
    let never = r#""chat.tools.eligibleForAutoApproval": {"runInTerminal": false}"#;
    assert_eq!(terminal(&format!("{{{never}}}")), GateKind::Approve);
    let open = format!(r#"{{{never}, "chat.tools.global.autoApprove": true}}"#);
    assert_eq!(terminal(&open), GateKind::None);
}

#[test]
fn a_workspace_lifts_what_its_user_restricts() {
    let user = (
        "/home/ada/.config/Code/User/settings.json",
        r#"{"chat.tools.eligibleForAutoApproval": {"runInTerminal": false}}"#,
    );
    assert_eq!(config_of(user.0, user.1).scope, Scope::User);
    let here = (
        ".vscode/settings.json",
        r#"{"chat.tools.eligibleForAutoApproval": {"runInTerminal": true}}"#,
    );
    let gate = |files: &[(&str, &str)]| {
        capability(&layer_of(files.iter().copied()), "vscode: Terminal").gate.kind
    };
    assert_eq!(gate(&[user]), GateKind::Approve);
    assert_eq!(gate(&[user, here]), GateKind::Unknown);
}

#[test]
fn a_sandbox_takes_the_question_away_and_fails_open() {
    let layer = with(r#"{"chat.agent.sandbox.enabled": true}"#);
    assert_eq!(capability(&layer, "vscode: Terminal").gate.kind, GateKind::None);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-OPEN"));
    let closed = with(
        r#"{"chat.agent.sandbox.enabled": "on", "chat.agent.sandbox.allowUnsandboxedCommands": false}"#,
    );
    assert!(closed.risks.iter().all(|hit| hit.rule != "AGT-INEFFECTIVE-OPEN"));
    assert_eq!(terminal(r#"{"chat.agent.sandbox.enabled": "off"}"#), GateKind::Unknown);
}

#[test]
fn edits_are_not_asked_for() {
    assert_eq!(
        capability(&with("{\"chat.mcp.access\": \"all\"}"), "vscode: Edit").gate.kind,
        GateKind::None
    );
}

#[test]
fn without_access_to_servers_none_is_used() {
    assert_eq!(delete(r#"{"chat.mcp.access": "none"}"#), GateKind::Deny);
    assert_eq!(delete(r#"{"chat.mcp.access": "registry"}"#), GateKind::Unknown);
}

#[test]
fn servers_that_other_clients_declare_are_a_gap() {
    let read = readings(
        ".vscode/settings.json",
        r#"{"chat.mcp.discovery.enabled": {"claude-desktop": true}}"#,
    );
    assert_eq!(read[0].gaps.len(), 1);
}

#[test]
fn a_policy_of_the_machine_wins_over_every_setting() {
    let policy = (
        "/etc/vscode/policy.json",
        r#"{"ChatToolsAutoApprove": false, "ChatToolsTerminalEnableAutoApprove": false}"#,
    );
    let settings = (
        ".vscode/settings.json",
        r#"{"chat.tools.global.autoApprove": true, "chat.tools.terminal.autoApprove": {"/.*/": true}, "chat.tools.terminal.enableAutoApprove": true}"#,
    );
    let layer = layer_of([SERVERS, settings, policy]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
    assert_eq!(capability(&layer, "vscode: Terminal").gate.kind, GateKind::Unknown);
    assert!(layer.bypasses.is_empty());
    let without = layer_of([SERVERS, settings]);
    assert_eq!(capability(&without, "k8s: pods_delete").gate.kind, GateKind::None);
}

#[test]
fn settings_and_servers_hide_in_workspaces_and_dev_containers() {
    let workspace = r#"{"folders": [{"path": "."}], // ours
        "settings": {"chat.tools.global.autoApprove": true,}}"#;
    assert_eq!(layer_of([("shop.code-workspace", workspace)]).bypasses.len(), 1);
    let container = r#"{"image": "x", "customizations": {"vscode": {
        "mcp": {"servers": {"k8s": {"command": "kubernetes-mcp-server"}}}}}}"#;
    let config = config_of(".devcontainer/devcontainer.json", container);
    assert_eq!((config.client, config.servers.len()), (Client::VsCode, 1));
    for legacy in [
        r#"{"mcp": {"servers": {"a": {"command": "x"}}}}"#,
        r#"{"mcp.servers": {"a": {"command": "x"}}}"#,
    ] {
        assert_eq!(config_of("settings.json", legacy).servers.len(), 1, "{legacy}");
    }
}

#[test]
fn a_list_with_urls_alone_is_known_by_its_place() {
    let text = r#"{"servers": {"a": {"url": "https://a.example.com/mcp"}}}"#;
    for path in
        [".vscode/mcp.json", "/Users/ada/Library/Application Support/Code/User/profiles/x/mcp.json"]
    {
        assert_eq!(config_of(path, text).servers.len(), 1, "{path}");
    }
    assert!(readings("mcp.json", text).is_empty());
}

#[test]
fn settings_that_decide_nothing_of_agent_mode_make_no_agent() {
    for text in [
        r#"{"editor.tabSize": 2, "files.exclude": {"**/.git": true}}"#,
        r#"{"chat.agent.thinkingStyle": "compact", "chat.mcp.gallery.enabled": true}"#,
        r#"{"chat.tools.todos.showWidget": true}"#,
        "{}",
    ] {
        assert_eq!(readings(".vscode/settings.json", text), [], "{text}");
    }
    for text in [
        r#"{"chat.agent.maxRequests": 50}"#,
        r#"{"chat.tools.somethingNew.autoApprove": true}"#,
        r#"{"chat.permissions.later": "Manual"}"#,
    ] {
        assert_eq!(readings(".vscode/settings.json", text).len(), 1, "{text}");
    }
}

#[test]
fn settings_of_agent_mode_that_nobody_knows_make_an_agent_and_are_told() {
    for key in ["chat.tools.terminal.autoReplyToPrompts", "chat.agent.later", "chat.mcp.later"] {
        let text = format!(r#"{{"{key}": true}}"#);
        let found = readings(".vscode/settings.json", &text);
        assert_eq!((found.len(), found[0].gaps.len()), (1, 1), "{key}");
        assert!(found[0].gaps[0].reason.contains(key), "{:?}", found[0].gaps);
    }
    let old = r#"{"chat.agent.terminal.allowList": {"/.*/": true}}"#;
    assert_eq!(terminal(old), GateKind::None);
}
