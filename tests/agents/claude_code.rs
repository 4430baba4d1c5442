//! Claude Code: precedence of scopes and rules.

use gradus::model::{
    effect::Effect,
    gate::{FailMode, GateKind},
};

use crate::support::{capability, layer_of};

const SERVER: (&str, &str) = (
    ".mcp.json",
    r#"{"mcpServers": {"k8s": {"command": "npx", "args": ["kubernetes-mcp-server@0.0.67"]}}}"#,
);

fn gate(settings: &[(&str, &str)], action: &str) -> GateKind {
    let files = settings.iter().copied().chain([SERVER]);
    capability(&layer_of(files), action).gate.kind
}

fn project(settings: &str) -> Vec<(&str, &str)> {
    vec![(".claude/settings.json", settings)]
}

#[test]
fn deny_wins_over_ask_and_ask_over_allow_whatever_is_more_specific() {
    let rules = r#"{"permissions": {"allow": ["mcp__k8s__pods_delete"], "ask": ["mcp__k8s"], "deny": ["mcp__k8s__pods_exec"]}}"#;
    assert_eq!(gate(&project(rules), "k8s: pods_delete"), GateKind::Approve);
    assert_eq!(gate(&project(rules), "k8s: pods_exec"), GateKind::Deny);
}

#[test]
fn rules_of_all_scopes_are_joined() {
    let files = [
        (".claude/settings.local.json", r#"{"permissions": {"allow": ["mcp__k8s"]}}"#),
        ("managed-settings.json", r#"{"permissions": {"deny": ["mcp__k8s__pods_delete"]}}"#),
    ];
    assert_eq!(gate(&files, "k8s: pods_delete"), GateKind::Deny);
    assert_eq!(gate(&files, "k8s: pods_exec"), GateKind::None);
}

#[test]
fn managed_rules_only_drops_what_a_project_denies() {
    let files = [
        (
            "managed-settings.json",
            r#"{"allowManagedPermissionRulesOnly": true, "permissions": {"defaultMode": "default"}}"#,
        ),
        (
            ".claude/settings.json",
            r#"{"permissions": {"allow": ["mcp__k8s"], "deny": ["mcp__k8s__pods_exec"]}}"#,
        ),
    ];
    assert_eq!(gate(&files, "k8s: pods_delete"), GateKind::Approve);
    assert_eq!(gate(&files, "k8s: pods_exec"), GateKind::Approve);
}

#[test]
fn the_same_key_inside_permissions_drops_nothing_and_is_said() {
    let files = [
        (
            "managed-settings.json",
            r#"{"permissions": {"allowManagedPermissionRulesOnly": true, "defaultMode": "default"}}"#,
        ),
        (".claude/settings.json", r#"{"permissions": {"allow": ["mcp__k8s"]}}"#),
    ];
    assert_eq!(gate(&files, "k8s: pods_delete"), GateKind::None);
    let layer = layer_of(files);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-KEY"));
}

#[test]
fn without_a_mode_it_is_unknown_what_is_asked() {
    let layer =
        layer_of([SERVER, (".claude/settings.json", r#"{"permissions": {"deny": ["Bash"]}}"#)]);
    let delete = capability(&layer, "k8s: pods_delete");
    assert_eq!(delete.gate.kind, GateKind::Unknown);
    assert!(delete.gate.reason.contains("2.1.330"), "{}", delete.gate.reason);
    assert!(!delete.gate.holds());
}

#[test]
fn a_classifier_is_no_human() {
    let auto = r#"{"permissions": {"defaultMode": "auto"}}"#;
    assert_eq!(gate(&[(".claude/settings.local.json", auto)], "k8s: pods_delete"), GateKind::None);
}

#[test]
fn the_highest_scope_that_sets_a_mode_decides() {
    let files = [
        ("managed-settings.json", r#"{"permissions": {"defaultMode": "default"}}"#),
        (".claude/settings.local.json", r#"{"permissions": {"defaultMode": "bypassPermissions"}}"#),
    ];
    assert_eq!(gate(&files, "k8s: pods_delete"), GateKind::Approve);
    assert!(layer_of(files).bypasses.is_empty());
}

#[test]
fn bypass_counts_from_a_repository_too_because_versions_differ() {
    let bypass = r#"{"permissions": {"defaultMode": "bypassPermissions"}}"#;
    assert_eq!(gate(&project(bypass), "k8s: pods_delete"), GateKind::None);
    assert_eq!(layer_of(project(bypass)).bypasses.len(), 1);
}

#[test]
fn bypass_that_managed_settings_disable_is_not_in_force() {
    let files = [
        (
            "managed-settings.json",
            r#"{"permissions": {"disableBypassPermissionsMode": "disable"}}"#,
        ),
        (".claude/settings.local.json", r#"{"permissions": {"defaultMode": "bypassPermissions"}}"#),
    ];
    assert_eq!(gate(&files, "k8s: pods_delete"), GateKind::Unknown);
}

#[test]
fn asking_does_not_surely_hold_in_bypass_mode() {
    let files = [
        (".claude/settings.json", r#"{"permissions": {"ask": ["mcp__k8s"]}}"#),
        (".claude/settings.local.json", r#"{"permissions": {"defaultMode": "bypassPermissions"}}"#),
    ];
    assert_eq!(gate(&files, "k8s: pods_delete"), GateKind::Unknown);
}

#[test]
fn what_a_rule_asks_for_is_refused_in_the_mode_that_refuses() {
    let asking = |mode: &str| {
        let settings =
            format!(r#"{{"permissions": {{"defaultMode": "{mode}", "ask": ["mcp__k8s"]}}}}"#);
        gate(&[(".claude/settings.json", settings.as_str())], "k8s: pods_delete")
    };
    assert_eq!(asking("dontAsk"), GateKind::Deny);
    assert_eq!(asking("default"), GateKind::Approve);
}

#[test]
fn of_a_repeated_mode_the_one_that_asks_less_counts() {
    for modes in [
        r#"{"permissions": {"defaultMode": "bypassPermissions", "defaultMode": "default"}}"#,
        r#"{"permissions": {"defaultMode": "default", "defaultMode": "bypassPermissions"}}"#,
    ] {
        assert_eq!(gate(&project(modes), "k8s: pods_delete"), GateKind::None, "{modes}");
    }
}

#[test]
fn a_comment_makes_the_whole_file_count_for_nothing() {
    let text = "{\n  // ask before anything\n  \"permissions\": {\"defaultMode\": \"default\", \"ask\": [\"mcp__k8s\"], \"deny\": [\"Bash\"]}\n}";
    let layer = layer_of([SERVER, (".claude/settings.json", text)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Unknown);
    assert_ne!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::Deny);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-FILE"));
}

#[test]
fn an_allow_rule_for_every_server_is_skipped_and_a_deny_rule_is_not() {
    let allow = r#"{"permissions": {"defaultMode": "default", "allow": ["mcp__*"]}}"#;
    assert_eq!(gate(&project(allow), "k8s: pods_delete"), GateKind::Approve);
    let deny = r#"{"permissions": {"deny": ["mcp__*"]}}"#;
    assert_eq!(gate(&project(deny), "k8s: pods_delete"), GateKind::Deny);
}

#[test]
fn every_spelling_of_a_whole_server_is_one() {
    for rule in ["mcp__k8s", "mcp__k8s__*"] {
        let text = format!(r#"{{"permissions": {{"ask": ["{rule}"]}}}}"#);
        assert_eq!(gate(&project(&text), "k8s: pods_delete"), GateKind::Approve, "{rule}");
    }
    let one = r#"{"permissions": {"defaultMode": "auto", "ask": ["mcp__k8s__pods_delete"]}}"#;
    assert_eq!(gate(&project(one), "k8s: pods_delete"), GateKind::Approve);
    assert_eq!(gate(&project(one), "k8s: pods_exec"), GateKind::None);
}

#[test]
fn a_rule_with_brackets_behind_an_mcp_tool_denies_nothing() {
    let text =
        r#"{"permissions": {"defaultMode": "default", "deny": ["mcp__k8s__pods_delete(shop)"]}}"#;
    assert_eq!(gate(&project(text), "k8s: pods_delete"), GateKind::Approve);
}

#[test]
fn a_hook_that_may_answer_for_a_human_makes_the_gate_unknown() {
    let text = r#"{"permissions": {"ask": ["mcp__k8s"]},
        "hooks": {"PermissionRequest": [{"hooks": [{"type": "command", "command": "answer"}]}]}}"#;
    assert_eq!(gate(&project(text), "k8s: pods_delete"), GateKind::Unknown);
}

#[test]
fn a_deny_of_part_of_the_shell_is_no_deny_of_the_shell() {
    let text =
        r#"{"permissions": {"defaultMode": "bypassPermissions", "deny": ["Bash(rm -rf /*)"]}}"#;
    let layer = layer_of(project(text));
    let bash = capability(&layer, "claude-code: Bash");
    assert_eq!((bash.gate.kind, bash.effect), (GateKind::None, Effect::Escalation));
}

#[test]
fn an_allowed_command_is_judged_by_what_it_does() {
    let text = r#"{"permissions": {"defaultMode": "default",
        "allow": ["Bash(kubectl get:*)", "Bash(kubectl delete:*)", "Bash(python3:*)"]}}"#;
    let layer = layer_of(project(text));
    let get = capability(&layer, "claude-code: Bash(kubectl get:*)");
    assert_eq!((get.effect, get.effect_known), (Effect::SensitiveRead, true));
    let delete = capability(&layer, "claude-code: Bash(kubectl delete:*)");
    assert_eq!(delete.effect, Effect::Destructive);
    let python = capability(&layer, "claude-code: Bash(python3:*)");
    assert_eq!((python.effect, python.effect_known), (Effect::Escalation, false));
    assert_eq!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::Approve);
    assert_eq!(layer.auto_allowed.len(), 2);
}

#[test]
fn asking_for_the_whole_shell_wins_over_allowed_commands() {
    let text = r#"{"permissions": {"ask": ["Bash"], "allow": ["Bash(kubectl delete:*)"]}}"#;
    let layer = layer_of(project(text));
    assert!(layer.auto_allowed.is_empty());
    assert_eq!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::Approve);
}

#[test]
fn a_sandbox_that_lets_commands_run_unasked_is_no_approval() {
    let text = r#"{"permissions": {"defaultMode": "default"}, "sandbox": {"enabled": true, "autoAllowBashIfSandboxed": true}}"#;
    let layer = layer_of(project(text));
    assert_eq!(capability(&layer, "claude-code: Bash").gate.kind, GateKind::None);
}

#[test]
fn a_refused_server_offers_nothing_that_runs() {
    let text = r#"{"disabledMcpjsonServers": ["k8s"], "enableAllProjectMcpServers": true}"#;
    assert_eq!(gate(&project(text), "k8s: pods_delete"), GateKind::Deny);
}

#[test]
fn an_approval_of_the_client_fails_closed() {
    let layer =
        layer_of([SERVER, (".claude/settings.json", r#"{"permissions": {"ask": ["mcp__k8s"]}}"#)]);
    let delete = capability(&layer, "k8s: pods_delete");
    assert_eq!(delete.gate.fail_mode, FailMode::Closed);
    assert_eq!(delete.gate.location.as_ref().and_then(|place| place.line), Some(1));
    assert!(delete.gate.holds());
}

#[test]
fn a_tool_that_an_allow_rule_names_counts_even_where_no_catalogue_knows_it() {
    let text =
        r#"{"permissions": {"defaultMode": "default", "allow": ["mcp__k8s__nodes_reboot"]}}"#;
    let layer = layer_of([SERVER, (".claude/settings.json", text)]);
    let reboot = capability(&layer, "k8s: nodes_reboot");
    assert_eq!((reboot.effect, reboot.effect_known), (Effect::Destructive, false));
    assert_eq!(reboot.gate.kind, GateKind::None);
}

#[test]
fn telemetry_counts_only_where_it_is_switched_on() {
    let off = r#"{"permissions": {"ask": ["Bash"]}, "env": {"OTEL_LOGS_EXPORTER": "otlp"}}"#;
    assert!(layer_of(project(off)).telemetry.is_empty());
    let on = r#"{"env": {"CLAUDE_CODE_ENABLE_TELEMETRY": 1, "OTEL_LOGS_EXPORTER": "otlp"}}"#;
    let names: Vec<String> =
        layer_of(project(on)).telemetry.into_iter().map(|noted| noted.name).collect();
    assert_eq!(names, ["CLAUDE_CODE_ENABLE_TELEMETRY", "OTEL_LOGS_EXPORTER"]);
}

#[test]
fn a_hook_is_evidence_with_its_fail_mode() {
    let text = r#"{"hooks": {"PreToolUse": [{"matcher": "mcp__.*", "hooks": [
        {"type": "command", "command": "guard", "onFailure": "block"},
        {"type": "command", "command": "log", "async": true}]}]}}"#;
    let layer = layer_of(project(text));
    assert_eq!(layer.hooks.len(), 2);
    assert!(layer.hooks.iter().any(|hook| hook.detail.contains("blocks when it fails")));
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-HOOK-FAILS-OPEN"));
}

#[test]
fn a_star_behind_the_name_of_a_program_allows_every_program_that_starts_so() {
    let effect = |rule: &str| {
        let text = format!(r#"{{"permissions": {{"allow": ["Bash({rule})"]}}}}"#);
        let layer = layer_of([(".claude/settings.json", text.as_str())]);
        capability(&layer, &format!("claude-code: Bash({rule})")).effect
    };
    assert_eq!(effect("ps*"), Effect::Escalation);
    for rule in ["ps:*", "ps *", "ps"] {
        assert_eq!(effect(rule), Effect::SensitiveRead, "{rule}");
    }
    assert_eq!(effect("kubectl get*"), Effect::SensitiveRead);
}
