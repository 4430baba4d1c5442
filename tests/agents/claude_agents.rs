//! Subagents of Claude Code: their files narrow or widen what the session gives them.

use gradus::{
    model::{agent_config::Client, gate::GateKind},
    privilege::tools::SolePath,
};

use crate::support::{capability, config_of, layer_of, readings};

const SESSION: (&str, &str) = (
    ".mcp.json",
    r#"{"mcpServers": {"k8s": {"command": "npx", "args": ["kubernetes-mcp-server@0.0.67"]}}}"#,
);
const ASKS: (&str, &str) =
    (".claude/settings.json", r#"{"permissions": {"defaultMode": "default"}}"#);

/// A subagent's file with this frontmatter, called `reviewer`.
fn reviewer(frontmatter: &str) -> String {
    format!("---\nname: reviewer\ndescription: Reviews changes\n{frontmatter}\n---\n\nBe kind.\n")
}

const FILE: &str = ".claude/agents/reviewer.md";

/// With a server of its own.
const INLINE: &str =
    "mcpServers:\n  - own:\n      command: npx\n      args: [\"kubernetes-mcp-server@0.0.67\"]";

#[test]
fn a_file_is_recognised_by_its_keys_or_its_folder() {
    for frontmatter in ["tools: Read, Bash", "permissionMode: plan", "model: inherit"] {
        let text = reviewer(frontmatter);
        assert_eq!(config_of("x.md", &text).client, Client::ClaudeCode, "{frontmatter}");
    }
    assert_eq!(config_of(FILE, &reviewer("")).client, Client::ClaudeCode);
    assert!(readings("posts/x.md", &reviewer("")).is_empty());
    assert!(readings("posts/x.md", "---\ntitle: A page\n---\ntext").is_empty());
}

#[test]
fn without_a_session_it_has_the_tools_of_its_list_alone() {
    let text = reviewer("tools: Read, mcp__own__pods_list\n")
        .replace("tools:", &format!("{INLINE}\ntools:"));
    let layer = layer_of([(FILE, text.as_str())]);
    assert_eq!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "own: pods_delete").gate.kind, GateKind::Deny);
    assert_ne!(capability(&layer, "own: pods_list").gate.kind, GateKind::Deny);
    assert_ne!(capability(&layer, "claude-code: Read").gate.kind, GateKind::Deny);
    assert!(matches!(layer.sole_path, SolePath::Unknown { .. }), "its session is in no file");
}

#[test]
fn beside_its_session_it_narrows_nothing_that_the_session_has() {
    let text = reviewer("tools: Read");
    let layer = layer_of([SESSION, ASKS, (FILE, text.as_str())]);
    assert_eq!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Approve);
}

#[test]
fn without_a_list_it_has_every_tool() {
    let layer = layer_of([(FILE, reviewer(INLINE).as_str())]);
    assert_ne!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::Deny);
    assert_ne!(capability(&layer, "own: pods_delete").gate.kind, GateKind::Deny);
    let empty = layer_of([(FILE, reviewer("tools: []").as_str())]);
    assert_ne!(capability(&empty, "claude-code: Bash").gate.kind, GateKind::Deny);
}

#[test]
fn what_it_is_denied_is_denied_to_it_and_to_nobody_else() {
    let text = reviewer(&format!("{INLINE}\ndisallowedTools: Bash, mcp__own__pods_delete"));
    let alone = layer_of([(FILE, text.as_str())]);
    assert_eq!(capability(&alone, "claude-code: Bash").gate.kind, GateKind::Deny);
    assert_eq!(capability(&alone, "own: pods_delete").gate.kind, GateKind::Deny);
    let beside = layer_of([ASKS, (FILE, text.as_str())]);
    assert_eq!(capability(&beside, "claude-code: Bash").gate.kind, GateKind::Approve);
    assert_eq!(capability(&beside, "own: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&beside, "own: pods_exec").gate.kind, GateKind::Approve);
}

#[test]
fn a_mode_of_its_own_that_asks_nothing_opens_the_sessions_servers() {
    let text = reviewer("permissionMode: bypassPermissions");
    let layer = layer_of([SESSION, ASKS, (FILE, text.as_str())]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
    assert_eq!(layer.bypasses.len(), 1);
}

#[test]
fn a_mode_of_its_own_that_asks_does_not_close_what_the_session_opens() {
    let bypass =
        (".claude/settings.local.json", r#"{"permissions": {"defaultMode": "bypassPermissions"}}"#);
    let text = reviewer(&format!("{INLINE}\npermissionMode: default"));
    let layer = layer_of([bypass, (FILE, text.as_str())]);
    assert_eq!(capability(&layer, "own: pods_delete").gate.kind, GateKind::None);
}

#[test]
fn bypass_that_managed_settings_forbid_is_forbidden_to_it_too() {
    let managed = (
        "managed-settings.json",
        r#"{"permissions": {"disableBypassPermissionsMode": "disable", "defaultMode": "default"}}"#,
    );
    let text = reviewer("permissionMode: bypassPermissions");
    let layer = layer_of([SESSION, managed, (FILE, text.as_str())]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Approve);
    assert!(layer.bypasses.is_empty());
}

#[test]
fn its_hooks_are_no_evidence_that_the_session_is_watched() {
    let text = reviewer(
        "hooks:\n  PreToolUse:\n    - matcher: Bash\n      hooks:\n        - {type: command, command: guard}",
    );
    assert_eq!(layer_of([(FILE, text.as_str())]).hooks.len(), 1);
    assert!(layer_of([ASKS, (FILE, text.as_str())]).hooks.is_empty());
}

#[test]
fn a_server_that_it_only_names_must_be_declared_somewhere() {
    let text = reviewer("mcpServers: [k8s]");
    assert!(!layer_of([(FILE, text.as_str())]).gaps.is_empty());
    assert!(layer_of([SESSION, (FILE, text.as_str())]).gaps.is_empty());
}

#[test]
fn frontmatter_that_is_no_yaml_is_read_and_said() {
    let text = "---\nname: creator\ndescription: Use when: asked\ntools: Read, Bash\n---\n";
    let read = readings(FILE, text);
    assert_eq!(read[0].gaps.len(), 1);
    let tools = read[0].configs[0].subagent.as_ref().and_then(|own| own.tools.as_ref());
    assert_eq!(tools.map(Vec::len), Some(2));
}

#[test]
fn a_tool_whose_name_is_withheld_could_be_any() {
    let text = reviewer("tools: mcp__9f86d081-884c-4d65-9a2f-eaa0c55ad015__x");
    let layer = layer_of([(FILE, text.as_str())]);
    assert_ne!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::Deny);
}

#[test]
fn a_command_or_skill_brings_allow_rules_in_either_spelling() {
    for tools in [
        "Bash(kubectl delete:*), mcp__k8s__pods_exec",
        "Bash(kubectl delete:*) mcp__k8s__pods_exec",
    ] {
        let text = format!("---\ndescription: Cleans up\nallowed-tools: {tools}\n---\nClean.\n");
        let layer = layer_of([SESSION, ASKS, (".claude/commands/clean.md", text.as_str())]);
        assert_eq!(capability(&layer, "k8s: pods_exec").gate.kind, GateKind::None, "{tools}");
        let bash = capability(&layer, "claude-code: Bash(kubectl delete:*)");
        assert_eq!(bash.gate.kind, GateKind::None, "{tools}");
    }
}

#[test]
fn a_plugin_brings_servers_and_hooks() {
    let text = r#"{"name": "helper", "version": "1.0.0", "commands": "./commands",
        "hooks": {"PermissionRequest": [{"hooks": [{"type": "command", "command": "yes"}]}]},
        "mcpServers": {"own": {"command": "npx", "args": ["kubernetes-mcp-server@0.0.67"]}}}"#;
    let file = ("helper/.claude-plugin/plugin.json", text);
    assert_eq!(config_of(file.0, text).format, "claude-code-plugin");
    let layer = layer_of([SESSION, ASKS, file]);
    assert_eq!(capability(&layer, "plugin:helper:own: pods_delete").gate.kind, GateKind::Unknown);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
    let path = r#"{"name": "helper", "version": "1.0.0", "commands": "./c", "mcpServers": "./servers.json"}"#;
    assert_eq!(layer_of([("plugin.json", path)]).gaps.len(), 1);
}

#[test]
fn a_rule_that_leaves_out_the_plugin_speaks_of_none_of_its_servers() {
    let plugin = (
        "helper/.claude-plugin/plugin.json",
        r#"{"name": "helper", "version": "1.0.0", "hooks": "./hooks.json", "mcpServers": {"own": {"command": "kubernetes-mcp-server"}}}"#,
    );
    let gate = |rule: &str| {
        let settings = format!(r#"{{"permissions": {{"deny": ["{rule}"]}}}}"#);
        let layer = layer_of([plugin, (".claude/settings.json", settings.as_str())]);
        capability(&layer, "plugin:helper:own: pods_delete").gate.kind
    };
    assert_ne!(gate("mcp__own"), GateKind::Deny);
    assert_eq!(gate("mcp__plugin_helper_own"), GateKind::Deny);
}

#[test]
fn the_servers_of_a_plugins_own_list_bear_its_name() {
    let files = [
        ("helper/.claude-plugin/plugin.json", r#"{"name": "helper"}"#),
        ("helper/.mcp.json", r#"{"mcpServers": {"own": {"command": "kubernetes-mcp-server"}}}"#),
        (
            ".claude/settings.json",
            r#"{"permissions": {"defaultMode": "default", "deny": ["mcp__own"]},
                "enabledPlugins": {"gone@acme": false}}"#,
        ),
    ];
    let layer = layer_of(files);
    assert_eq!(capability(&layer, "plugin:helper:own: pods_delete").gate.kind, GateKind::Approve);
    assert!(layer.gaps.is_empty(), "{:?}", layer.gaps);
}

#[test]
fn a_plugin_that_is_on_and_not_in_the_evidence_leaves_the_tools_unknown() {
    let settings = r#"{"enabledPlugins": {"helper@acme": true}}"#;
    let layer = layer_of([(".claude/settings.json", settings)]);
    let gap = layer.gaps.iter().find(|gap| gap.reason.starts_with("plugin helper"));
    assert_eq!(gap.and_then(|gap| gap.location.line), Some(1));
    let off = settings.replace("true", "false");
    assert!(layer_of([(".claude/settings.json", off.as_str())]).gaps.is_empty());
}

#[test]
fn a_plugin_of_that_name_in_the_evidence_is_not_that_of_another_marketplace() {
    let layer = layer_of([
        (".claude/settings.json", r#"{"enabledPlugins": {"ops@evil-market": true}}"#),
        ("ours/.claude-plugin/plugin.json", r#"{"name": "ops"}"#),
    ]);
    assert!(layer.gaps.iter().any(|gap| gap.reason.starts_with("plugin ops")), "{:?}", layer.gaps);
}
