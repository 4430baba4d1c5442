//! What an administrator of Claude Code decides: servers, hooks, prompts, the sandbox.

use gradus::model::gate::GateKind;

use crate::support::{capability, layer_of};

const SERVER: (&str, &str) = (
    ".mcp.json",
    r#"{"mcpServers": {"k8s": {"command": "npx", "args": ["kubernetes-mcp-server@0.0.67"]}}}"#,
);

/// The gate of a tool of the project's server under these settings.
fn delete(files: &[(&str, &str)]) -> GateKind {
    let files = files.iter().copied().chain([SERVER]);
    capability(&layer_of(files), "k8s: pods_delete").gate.kind
}

fn managed(settings: &str) -> GateKind {
    delete(&[("managed-settings.json", settings)])
}

#[test]
fn beside_a_managed_list_no_other_server_counts() {
    let list =
        r#"{"mcpServers": {"logs": {"command": "npx", "args": ["kubernetes-mcp-server@0.0.67"]}}}"#;
    let layer = layer_of([SERVER, ("/etc/claude-code/managed-mcp.json", list)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Deny);
    assert_ne!(capability(&layer, "logs: pods_delete").gate.kind, GateKind::Deny);
}

#[test]
fn a_managed_list_that_is_not_loaded_excludes_nothing() {
    let list = "{\n// ours\n\"mcpServers\": {}}";
    assert_ne!(delete(&[("managed-mcp.json", list)]), GateKind::Deny);
}

#[test]
fn a_server_that_no_entry_of_the_allowed_ones_fits_is_not_used() {
    assert_eq!(managed(r#"{"allowedMcpServers": [{"serverName": "logs"}]}"#), GateKind::Deny);
    assert_eq!(managed(r#"{"allowedMcpServers": []}"#), GateKind::Deny);
    for entry in [
        r#"{"serverName": "k8s"}"#,
        r#"{"serverCommand": ["npx", "kubernetes-mcp-server@0.0.67"]}"#,
        r#"{"serverKommand": "?"}"#,
    ] {
        let settings = format!(r#"{{"allowedMcpServers": [{entry}]}}"#);
        assert_ne!(managed(&settings), GateKind::Deny, "{entry}");
    }
}

#[test]
fn others_may_add_to_the_allowed_servers_unless_only_managed_ones_count() {
    let user =
        ("/home/ada/.claude/settings.json", r#"{"allowedMcpServers": [{"serverName": "k8s"}]}"#);
    let list = r#"{"allowedMcpServers": [{"serverName": "logs"}]}"#;
    assert_ne!(delete(&[user, ("managed-settings.json", list)]), GateKind::Deny);
    let only =
        r#"{"allowManagedMcpServersOnly": true, "allowedMcpServers": [{"serverName": "logs"}]}"#;
    assert_eq!(delete(&[user, ("managed-settings.json", only)]), GateKind::Deny);
    let project = r#"{"allowManagedMcpServersOnly": true}"#;
    assert_ne!(delete(&[user, (".claude/settings.json", project)]), GateKind::Deny);
}

#[test]
fn a_server_is_refused_by_name_and_not_surely_by_a_command_like_it() {
    assert_eq!(managed(r#"{"deniedMcpServers": [{"serverName": "k8s"}]}"#), GateKind::Deny);
    let command = r#"{"permissions": {"ask": ["mcp__k8s"]}, "deniedMcpServers": [{"serverCommand": ["npx", "kubernetes-mcp-server@0.0.67"]}]}"#;
    assert_eq!(managed(command), GateKind::Unknown);
    let other = r#"{"permissions": {"ask": ["mcp__k8s"]}, "deniedMcpServers": [{"serverCommand": ["npx", "other"]}]}"#;
    assert_eq!(managed(other), GateKind::Approve);
}

#[test]
fn a_server_is_refused_by_its_url() {
    let remote = (
        ".mcp.json",
        r#"{"mcpServers": {"gke": {"type": "http", "url": "https://container.googleapis.com/mcp"}}}"#,
    );
    let of = |pattern: &str| {
        let settings = format!(r#"{{"deniedMcpServers": [{{"serverUrl": "{pattern}"}}]}}"#);
        let layer = layer_of([remote, ("managed-settings.json", settings.as_str())]);
        layer
            .capabilities
            .iter()
            .filter(|held| held.scope == "gke")
            .all(|held| held.gate.kind == GateKind::Deny)
    };
    assert!(of("https://*.googleapis.com/*"));
    assert!(!of("https://*.example.com/*"));
}

#[test]
fn refusing_a_server_of_the_repository_leaves_one_of_the_user() {
    let settings = (".claude/settings.json", r#"{"disabledMcpjsonServers": ["k8s"]}"#);
    let of_user = ("/home/ada/.claude.json", SERVER.1);
    let layer = layer_of([settings, of_user]);
    assert_ne!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(delete(&[settings]), GateKind::Deny);
}

#[test]
fn what_would_be_asked_for_may_be_refused_instead() {
    let refusing = r#"{"permissions": {"defaultMode": "default", "denyInsteadOfPrompting": true}}"#;
    assert_eq!(managed(refusing), GateKind::Deny);
    let asked = r#"{"permissions": {"ask": ["mcp__k8s"], "denyInsteadOfPrompting": true}}"#;
    assert_eq!(managed(asked), GateKind::Deny);
}

#[test]
fn a_restriction_that_a_stronger_scope_lifts_does_not_hold() {
    let project = (
        ".claude/settings.json",
        r#"{"permissions": {"defaultMode": "default", "denyInsteadOfPrompting": true}}"#,
    );
    let local =
        (".claude/settings.local.json", r#"{"permissions": {"denyInsteadOfPrompting": false}}"#);
    assert_eq!(delete(&[project]), GateKind::Deny);
    assert_eq!(delete(&[project, local]), GateKind::Approve);
}

const HOOK: &str =
    r#"{"hooks": {"PostToolUse": [{"hooks": [{"type": "command", "command": "log"}]}]}}"#;

#[test]
fn hooks_that_managed_settings_keep_from_running_are_no_evidence() {
    let only = ("managed-settings.json", r#"{"allowManagedHooksOnly": true}"#);
    assert_eq!(layer_of([(".claude/settings.json", HOOK)]).hooks.len(), 1);
    assert!(layer_of([(".claude/settings.json", HOOK), only]).hooks.is_empty());
    assert_eq!(layer_of([("managed-settings.d/10-hooks.json", HOOK), only]).hooks.len(), 1);
}

#[test]
fn one_file_turns_off_the_hooks_of_all_but_managed_settings() {
    let off = (".claude/settings.local.json", r#"{"disableAllHooks": true}"#);
    assert!(layer_of([(".claude/settings.json", HOOK), off]).hooks.is_empty());
    assert_eq!(layer_of([("managed-settings.json", HOOK), off]).hooks.len(), 1);
}

fn bash(settings: &str) -> GateKind {
    capability(&layer_of([(".claude/settings.json", settings)]), "claude-code: Bash").gate.kind
}

#[test]
fn a_sandbox_is_no_approval_and_its_default_is_not_known() {
    let with = |sandbox: &str| {
        format!(r#"{{"permissions": {{"defaultMode": "default"}}, "sandbox": {{{sandbox}}}}}"#)
    };
    assert_eq!(bash(&with(r#""enabled": true, "autoAllowBashIfSandboxed": true"#)), GateKind::None);
    assert_eq!(bash(&with(r#""enabled": true"#)), GateKind::Unknown);
    assert_eq!(
        bash(&with(r#""enabled": true, "autoAllowBashIfSandboxed": false"#)),
        GateKind::Approve
    );
    assert_eq!(bash(&with(r#""enabled": false"#)), GateKind::Approve);
}

#[test]
fn a_sandbox_holds_no_server() {
    let settings =
        r#"{"permissions": {"defaultMode": "bypassPermissions"}, "sandbox": {"enabled": true}}"#;
    assert_eq!(managed(settings), GateKind::None);
}

#[test]
fn rules_for_the_classifier_are_no_gate() {
    let settings = r#"{"permissions": {"defaultMode": "auto"}, "autoMode": {"hard_deny": ["Never delete pods"]}}"#;
    assert_eq!(managed(settings), GateKind::None);
    let layer = layer_of([SERVER, ("managed-settings.json", settings)]);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-PROMPT"));
}

#[test]
fn managed_settings_in_a_folder_of_the_repository_hold_nothing() {
    let settings = r#"{"permissions": {"defaultMode": "default", "deny": ["mcp__k8s"]}}"#;
    let layer = layer_of([SERVER, (".claude/managed-settings.json", settings)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-KEY"));
    assert_ne!(delete(&[(".claude/managed-mcp.json", r#"{"mcpServers": {}}"#)]), GateKind::Deny);
}

#[test]
fn what_a_user_allowed_in_one_project_counts() {
    let text = r#"{"projects": {"/src/shop": {"allowedTools": ["mcp__k8s__pods_delete"], "hasTrustDialogAccepted": true}}}"#;
    let file = ("/home/ada/.claude.json", text);
    assert_eq!(delete(&[file]), GateKind::None);
}

#[test]
fn a_command_line_goes_before_the_mode_that_managed_settings_start_in() {
    let run = ("ci/run.sh", "claude -p fix --dangerously-skip-permissions\n");
    let asks = r#"{"permissions": {"defaultMode": "default"}}"#;
    assert_eq!(delete(&[("managed-settings.json", asks), run]), GateKind::None);
    let forbids =
        r#"{"permissions": {"defaultMode": "default", "disableBypassPermissionsMode": "disable"}}"#;
    assert_eq!(delete(&[("managed-settings.json", forbids), run]), GateKind::Approve);
}

#[test]
fn any_hook_that_the_client_waits_for_may_answer() {
    let hooks = r#"{"permissions": {"defaultMode": "default"}, "hooks": {"PreToolUse": [{"hooks": [
        {"type": "command", "command": "log", "async": true},
        {"type": "command", "command": "decide"}]}]}}"#;
    assert_eq!(delete(&[(".claude/settings.json", hooks)]), GateKind::Unknown);
}

#[test]
fn a_folder_that_is_called_as_the_product_is_no_administrators() {
    let own =
        r#"{"allowManagedPermissionRulesOnly": true, "permissions": {"defaultMode": "default"}}"#;
    let allows = r#"{"permissions": {"allow": ["mcp__k8s"]}}"#;
    for path in ["src/claude-code/.claude/settings.json", "claudecode/.claude/settings.json"] {
        let files = [(path, own), ("/home/ada/.claude/settings.json", allows)];
        assert_eq!(delete(&files), GateKind::None, "{path}");
    }
}

#[test]
fn what_opens_a_server_may_stand_in_the_environment_of_the_session() {
    let ecs =
        r#"{"mcpServers": {"ecs": {"command": "uvx", "args": ["awslabs.ecs-mcp-server@1.0.0"]}}}"#;
    let gate = |settings: &str| {
        let layer = layer_of([(".mcp.json", ecs), (".claude/settings.json", settings)]);
        capability(&layer, "ecs: delete_app").gate.kind
    };
    let open =
        r#"{"env": {"ALLOW_WRITE": "true"}, "permissions": {"defaultMode": "bypassPermissions"}}"#;
    assert_eq!(gate(open), GateKind::None);
    let closed =
        r#"{"env": {"ALLOW_WRITE": "false"}, "permissions": {"defaultMode": "bypassPermissions"}}"#;
    assert_ne!(gate(closed), gate(open));
    // What restricts is to stand with the server.
    let flux =
        r#"{"mcpServers": {"k8s": {"command": "npx", "args": ["mcp-server-kubernetes@4.1.7"]}}}"#;
    let settings = r#"{"env": {"ALLOW_ONLY_READONLY_TOOLS": "true"}, "permissions": {"defaultMode": "bypassPermissions"}}"#;
    let layer = layer_of([(".mcp.json", flux), (".claude/settings.json", settings)]);
    assert_eq!(capability(&layer, "k8s: kubectl_delete").gate.kind, GateKind::None);
}

#[test]
fn accepting_edits_accepts_commands_that_change_files_too() {
    let files = |settings: &str| {
        let layer = layer_of([(".claude/settings.json", settings)]);
        layer.capabilities.iter().any(|held| held.action.contains("rm, rmdir"))
    };
    assert!(files(r#"{"permissions": {"defaultMode": "acceptEdits"}}"#));
    assert!(!files(r#"{"permissions": {"defaultMode": "acceptEdits", "ask": ["Bash"]}}"#));
    assert!(!files(r#"{"permissions": {"defaultMode": "default"}}"#));
}
