//! Settings of Claude Code: user, project, local and managed.

pub(super) mod hooks;
mod misplaced;
mod sandbox;
mod servers;

use std::sync::Arc;

use super::{
    Format, Reading,
    entries::{Entries, all, note_duplicates},
    mcp_servers::reject_comments,
    path, permission_rule, redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Decision, Elsewhere, ModeSetting, PermissionMode, PermissionRule,
            Problem, ProblemKind, RuleTarget, Scope, Source, Switch, SwitchKind, Telemetry,
        },
        coverage::Gap,
        location::Location,
    },
    source::{Document, node::Node},
};

pub(super) struct ClaudeSettings;

/// Keys that only these settings have.
const OWN_KEYS: &[&str] = &[
    "enableAllProjectMcpServers",
    "enabledMcpjsonServers",
    "disabledMcpjsonServers",
    "allowedMcpServers",
    "deniedMcpServers",
    "managedMcpServers",
    "allowManagedPermissionRulesOnly",
    "allowManagedHooksOnly",
    "allowManagedMcpServersOnly",
    "disableAllHooks",
    "cleanupPeriodDays",
    "skipDangerousModePermissionPrompt",
    "disableSideloadFlags",
    "enabledPlugins",
    "strictPluginOnlyCustomization",
    "apiKeyHelper",
    "autoMode",
];

/// Keys of its `permissions`.
const PERMISSION_KEYS: &[&str] = &[
    "defaultMode",
    "disableBypassPermissionsMode",
    "disableAutoMode",
    "additionalDirectories",
    "denyInsteadOfPrompting",
    "blockReadsOutsideWorkingDirectories",
    "blockWritesOutsideWorkingDirectories",
    "ask",
];

impl Format for ClaudeSettings {
    fn id(&self) -> &'static str {
        "claude-code-settings"
    }

    fn title(&self) -> &'static str {
        "Claude Code settings"
    }

    fn version(&self) -> &'static str {
        "2.1.330"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        root.get("apiVersion").is_none()
            && (OWN_KEYS.iter().any(|key| root.get(key).is_some())
                || all(root, "permissions").any(is_permissions)
                || root.get("hooks").is_some_and(hooks::are_hooks)
                || root.at(&["sandbox", "enabled"]).and_then(Node::as_bool).is_some()
                || (root.get("env").is_some_and(has_own_variable)))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::claude_scope(path);
        let location = Location::file(document.file.clone());
        let mut config = AgentConfig::new(self.id(), Client::ClaudeCode, scope, location);
        let mut gaps = Vec::new();
        reject_comments(document, &mut config);
        misplaced::reject(path, &mut config);
        note_duplicates(document, &mut config);
        let root = &document.root;
        for permissions in all(root, "permissions") {
            read_permissions(permissions, &document.file, &mut config, &mut gaps);
        }
        read_switches(root, &document.file, &mut config);
        hooks::read(root, &document.file, &mut config);
        read_telemetry(root, &document.file, &mut config);
        for env in all(root, "env") {
            let mut given = Vec::new();
            let entries = Entries { document, config: &mut config, gaps: &mut gaps };
            entries.settings(env, &mut given);
            config.env.extend(given);
        }
        misplaced::note(root, &document.file, &mut config);
        read_plugins(root, &document.file, &mut config);
        servers::read(document, &mut config, &mut gaps);
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}

/// Whether `permissions` is Claude Code's: other clients share the key.
fn is_permissions(node: &Node) -> bool {
    let own_key = PERMISSION_KEYS.iter().any(|key| node.get(key).is_some());
    let rules: Vec<&str> = ["allow", "deny"]
        .iter()
        .flat_map(|key| all(node, key))
        .flat_map(|list| list.as_sequence().unwrap_or_default())
        .filter_map(Node::as_str)
        .collect();
    // `Shell(…)` is Cursor's word for Bash.
    let foreign = rules.iter().any(|rule| rule.starts_with("Shell("));
    let own_rule = rules.iter().any(|rule| {
        rule.starts_with("mcp__")
            || rule.starts_with(|c: char| c.is_ascii_uppercase())
            || *rule == "*"
    });
    !foreign && (own_key || own_rule)
}

fn has_own_variable(env: &Node) -> bool {
    env.entries().iter().any(|(key, _)| key.name.starts_with("CLAUDE_CODE_"))
}

/// Most rules that are read of one file.
const MOST_RULES: usize = 10_000;

/// What a user allowed in one project, as `.claude.json` keeps it. What is refused there
/// is refused in no other project, so it is left out.
pub(super) fn read_project(
    project: &Node,
    file: &Arc<str>,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    read_rules(project, "allowedTools", Decision::Allow, file, config, gaps);
    for item in items(project, "enabledMcpjsonServers") {
        if let Some(name) = item.as_str() {
            let kind = SwitchKind::TrustServer(redact::name(name));
            config.switches.push(Switch { kind, location: item.location(file) });
        }
    }
}

/// The items of every list of that name.
fn items<'n>(node: &'n Node, key: &'n str) -> impl Iterator<Item = &'n Node> {
    all(node, key).flat_map(|list| list.as_sequence().unwrap_or_default())
}

fn read_rules(
    node: &Node,
    key: &str,
    decision: Decision,
    file: &Arc<str>,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    for item in items(node, key) {
        let location = item.location(file);
        if config.rules.len() >= MOST_RULES {
            let reason = format!("only the first {MOST_RULES} rules of a file are read");
            gaps.push(Gap { location, reason });
            break;
        }
        let target = match item.as_str() {
            Some(text) => permission_rule::parse(text, decision),
            None => RuleTarget::Unreadable("it is no text"),
        };
        if let RuleTarget::Unreadable(why) = &target {
            config.problems.push(Problem {
                kind: ProblemKind::DeadRule,
                subject: format!("{} rule", decision.as_str()),
                reason: (*why).to_owned(),
                location: location.clone(),
            });
        }
        config.rules.push(PermissionRule::new(decision, target, location));
    }
}

fn read_permissions(node: &Node, file: &Arc<str>, config: &mut AgentConfig, gaps: &mut Vec<Gap>) {
    for (key, decision) in
        [("allow", Decision::Allow), ("ask", Decision::Ask), ("deny", Decision::Deny)]
    {
        read_rules(node, key, decision, file, config, gaps);
    }
    for mode in all(node, "defaultMode") {
        read_mode(mode, "defaultMode", file, config);
    }
    for (key, kind) in [
        ("disableBypassPermissionsMode", SwitchKind::BypassDisabled),
        ("disableAutoMode", SwitchKind::ClassifierDisabled),
    ] {
        let mut values = all(node, key).peekable();
        let Some(first) = values.peek().map(|value| value.location(file)) else { continue };
        if values.all(|value| value.as_str() == Some("disable")) {
            config.switches.push(Switch { kind, location: first });
        } else {
            ignored(config, key, "only the text \"disable\" switches it", first);
        }
    }
    for (key, kind) in [
        ("blockReadsOutsideWorkingDirectories", SwitchKind::OutsideReadsBlocked),
        ("denyInsteadOfPrompting", SwitchKind::RefusedInsteadOfAsked),
    ] {
        switch_where_true(node, key, kind, file, config);
    }
}

/// A starting mode, as settings and agents' files spell it.
pub(super) fn read_mode(node: &Node, key: &str, file: &Arc<str>, config: &mut AgentConfig) {
    let location = node.location(file);
    let mode = node.as_str().and_then(permission_mode).unwrap_or_else(|| {
        ignored(config, key, "the client knows no such mode", location.clone());
        PermissionMode::Unrecognised
    });
    config.modes.push(ModeSetting { mode, location });
}

/// The mode that a word of Claude Code stands for.
pub(super) fn permission_mode(word: &str) -> Option<PermissionMode> {
    match word {
        "default" | "manual" => Some(PermissionMode::Ask),
        "acceptEdits" => Some(PermissionMode::AcceptEdits),
        "plan" => Some(PermissionMode::Plan),
        "auto" => Some(PermissionMode::Classifier),
        "dontAsk" => Some(PermissionMode::Refuse),
        "bypassPermissions" => Some(PermissionMode::Bypass),
        _ => None,
    }
}

fn ignored(config: &mut AgentConfig, key: &str, reason: &str, location: Location) {
    config.problems.push(Problem {
        kind: ProblemKind::IgnoredValue,
        subject: key.to_owned(),
        reason: reason.to_owned(),
        location,
    });
}

/// A switch that restricts: of repeated keys each must be true. One that is off lifts
/// what a weaker scope restricts.
fn switch_where_true(
    node: &Node,
    key: &str,
    kind: SwitchKind,
    file: &Arc<str>,
    config: &mut AgentConfig,
) {
    let values: Vec<&Node> = all(node, key).collect();
    let Some(first) = values.first() else { return };
    if values.iter().all(|value| value.as_bool() == Some(true)) {
        config.switches.push(Switch { kind, location: first.location(file) });
        return;
    }
    config.lifted.push(Switch { kind, location: first.location(file) });
    if values.iter().any(|value| value.as_bool().is_none()) {
        ignored(config, key, "it takes true or false", first.location(file));
    }
}

/// Rules that are prose for the model that decides in the mode `auto`.
fn read_classifier(root: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    for (key, value) in all(root, "autoMode").flat_map(Node::entries) {
        if matches!(key.name.as_str(), "soft_deny" | "hard_deny")
            && value.as_sequence().is_some_and(|rules| !rules.is_empty())
        {
            config.problems.push(Problem {
                kind: ProblemKind::PromptOnly,
                subject: format!("autoMode.{}", key.name),
                reason: "its rules are sentences for the classifier; permissions.deny holds \
                         whatever a model thinks"
                    .to_owned(),
                location: value.location(file),
            });
        }
    }
}

fn read_switches(root: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    if config.scope == Scope::Managed {
        for (key, kind) in [
            ("allowManagedPermissionRulesOnly", SwitchKind::ManagedRulesOnly),
            ("allowManagedHooksOnly", SwitchKind::ManagedHooksOnly),
        ] {
            switch_where_true(root, key, kind, file, config);
        }
    }
    sandbox::read(root, file, config);
    read_classifier(root, file, config);
    // Switches that open something: one true is enough.
    for (key, kind) in [
        ("enableAllProjectMcpServers", SwitchKind::TrustProjectServers),
        ("disableAllHooks", SwitchKind::HooksDisabled),
    ] {
        if let Some(value) = all(root, key).find(|value| value.as_bool() == Some(true)) {
            config.switches.push(Switch { kind, location: value.location(file) });
        }
    }
}

/// Plugins that are on: `name@marketplace`.
fn read_plugins(root: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    for (key, value) in all(root, "enabledPlugins").flat_map(Node::entries) {
        if value.as_bool() != Some(false) {
            let name = key.name.split('@').next().unwrap_or_default();
            let source = Source::Plugin(redact::name(name));
            config.elsewhere.push(Elsewhere { source, location: key.place.location(file) });
        }
    }
}

fn read_telemetry(root: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    for (key, value) in all(root, "env").flat_map(Node::entries) {
        let ours = key.name.starts_with("OTEL_") || key.name == "CLAUDE_CODE_ENABLE_TELEMETRY";
        if !ours {
            continue;
        }
        let text = value.text().unwrap_or_default();
        let enabled = match key.name.as_str() {
            "CLAUDE_CODE_ENABLE_TELEMETRY" => {
                matches!(text.to_ascii_lowercase().as_str(), "1" | "true")
            }
            _ => !matches!(text.as_ref(), "" | "none" | "0" | "false"),
        };
        let name = redact::name(&key.name);
        config.telemetry.push(Telemetry { name, enabled, location: value.location(file) });
    }
}
