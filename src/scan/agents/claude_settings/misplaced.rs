//! Keys that stand where Claude Code does not read them.

use std::sync::Arc;

use crate::{
    model::agent_config::{AgentConfig, Problem, ProblemKind, Scope, SwitchKind},
    scan::agents::path,
    source::node::{Key, Node},
};

/// Keys of the top level that some write into `permissions`.
const TOP_LEVEL: &[&str] = &[
    "allowManagedPermissionRulesOnly",
    "allowManagedHooksOnly",
    "allowManagedMcpServersOnly",
    "disableAllHooks",
    "enableAllProjectMcpServers",
    "disabledMcpjsonServers",
    "deniedMcpServers",
    "allowedMcpServers",
    "sandbox",
    "hooks",
];

/// Keys of `permissions` that some write into the top level.
const IN_PERMISSIONS: &[&str] = &[
    "allow",
    "ask",
    "deny",
    "defaultMode",
    "disableBypassPermissionsMode",
    "disableAutoMode",
    "blockReadsOutsideWorkingDirectories",
    "blockWritesOutsideWorkingDirectories",
    "denyInsteadOfPrompting",
];

/// Keys that only managed settings may hold.
const MANAGED_ONLY: &[&str] = &[
    "allowManagedPermissionRulesOnly",
    "allowManagedHooksOnly",
    "allowManagedMcpServersOnly",
    "disableSideloadFlags",
    "strictPluginOnlyCustomization",
];

/// Tools whose path rules are not looked at.
const PATHLESS: &[&str] = &["Write", "Glob", "Grep"];

/// Refuses managed settings that lie where none are read.
pub(super) fn reject(at: &str, config: &mut AgentConfig) {
    if !path::is_misplaced(at) {
        return;
    }
    let reason = "managed settings are read from the system's own folder, not from .claude";
    config.problems.push(Problem {
        kind: ProblemKind::MisplacedKey,
        subject: "the file".to_owned(),
        reason: reason.to_owned(),
        location: config.location.clone(),
    });
    config.rejected = Some(reason.to_owned());
}

pub(super) fn note(root: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    let nested = root.get("permissions").map(Node::entries).unwrap_or_default();
    for (key, _) in nested {
        if TOP_LEVEL.contains(&key.name.as_str()) {
            push(config, key, file, "it is read at the top level, not inside permissions");
        }
    }
    for (key, _) in root.entries() {
        if IN_PERMISSIONS.contains(&key.name.as_str()) {
            push(config, key, file, "it is read inside permissions, not at the top level");
        }
        if config.scope != Scope::Managed && MANAGED_ONLY.contains(&key.name.as_str()) {
            push(config, key, file, "it is read in managed settings only");
        }
        if key.name == "mcpServers" {
            push(config, key, file, "servers are read from .mcp.json and .claude.json");
        }
    }
    note_pathless_rules(config);
    note_idle_telemetry(config);
    note_idle_hooks(config);
}

fn push(config: &mut AgentConfig, key: &Key, file: &Arc<str>, reason: &str) {
    config.problems.push(Problem {
        kind: ProblemKind::MisplacedKey,
        subject: key.name.clone(),
        reason: reason.to_owned(),
        location: key.place.location(file),
    });
}

/// `Write(path)` restricts nothing: paths are judged on Read and Edit alone.
fn note_pathless_rules(config: &mut AgentConfig) {
    use crate::model::agent_config::{Decision, RuleTarget};
    let problems: Vec<Problem> = config
        .rules
        .iter()
        .filter(|rule| rule.decision != Decision::Allow)
        .filter_map(|rule| match &rule.target {
            RuleTarget::BuiltIn { tool, specifier: Some(_) }
                if PATHLESS.contains(&tool.as_str()) =>
            {
                Some(Problem {
                    kind: ProblemKind::DeadRule,
                    subject: format!("{} rule for {tool}", rule.decision.as_str()),
                    reason: "paths are looked at in rules of Read and Edit only".to_owned(),
                    location: rule.location.clone(),
                })
            }
            _ => None,
        })
        .collect();
    config.problems.extend(problems);
}

/// Exporters without the switch that turns telemetry on.
fn note_idle_telemetry(config: &mut AgentConfig) {
    let on = config
        .telemetry
        .iter()
        .any(|setting| setting.name == "CLAUDE_CODE_ENABLE_TELEMETRY" && setting.enabled);
    let exporter = config
        .telemetry
        .iter()
        .find(|setting| setting.name.ends_with("_EXPORTER") && setting.enabled);
    if let (false, Some(exporter)) = (on, exporter) {
        config.problems.push(Problem {
            kind: ProblemKind::IgnoredValue,
            subject: exporter.name.clone(),
            reason: "nothing is exported unless CLAUDE_CODE_ENABLE_TELEMETRY is 1".to_owned(),
            location: exporter.location.clone(),
        });
    }
}

/// Hooks in a file that turns every hook off.
fn note_idle_hooks(config: &mut AgentConfig) {
    let off = config.switches.iter().find(|switch| switch.kind == SwitchKind::HooksDisabled);
    if let (Some(switch), Some(_)) = (off, config.hooks.first()) {
        config.problems.push(Problem {
            kind: ProblemKind::IgnoredValue,
            subject: "hooks".to_owned(),
            reason: "disableAllHooks turns every one of them off".to_owned(),
            location: switch.location.clone(),
        });
    }
}
