//! Settings of Amp, whose keys all start with `amp.`: in files of their own, and among
//! those of an editor.
//!
//! Of its permissions the first that fits a call decides; what none fits, rules built into
//! Amp decide.

use super::{
    Format, Reading, path, permission_rule,
    reader::{Reader, own_tool, texts},
    redact, vscode_settings,
};
use crate::{
    model::agent_config::{
        Client, Decision, PermissionRule, ProblemKind, RuleTarget, Scope, SwitchKind,
    },
    source::{Document, node::Node},
};

pub(super) struct AmpSettings;

impl Format for AmpSettings {
    fn id(&self) -> &'static str {
        "amp-settings"
    }

    fn title(&self) -> &'static str {
        "Amp settings"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        has_own_key(&document.root) && !vscode_settings::decides_in(&document.root)
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let mut reader = Reader::new(self, Client::Amp, scope(path), document);
        settings(&mut reader, &document.root);
        reader.finish()
    }
}

/// Whether settings hold some of Amp's.
pub(super) fn has_own_key(root: &Node) -> bool {
    root.entries().iter().any(|(key, _)| key.name.starts_with("amp."))
}

/// What the settings of an editor say of Amp.
pub(super) fn beside(document: &Document, path: &str) -> Option<Reading> {
    has_own_key(&document.root).then(|| AmpSettings.read(document, path))
}

fn scope(path: &str) -> Scope {
    if path::folded(path).contains("/ampcode/") {
        Scope::Managed
    } else {
        path::home_or_project(path)
    }
}

fn settings(reader: &mut Reader<'_>, root: &Node) {
    for (key, value) in root.entries() {
        match key.name.as_str() {
            "amp.mcpServers" => reader.servers(value),
            "amp.dangerouslyAllowAll" if value.as_bool() != Some(false) => {
                reader.switch(SwitchKind::AutoApproveAll, value);
            }
            "amp.permissions" => permissions(reader, value),
            "amp.commands.allowlist" => {
                for (command, node) in texts(root, "amp.commands.allowlist") {
                    reader.switch(SwitchKind::AutoApproveCommand(redact::words(command)), node);
                }
            }
            "amp.tools.disable" => {
                for (tool, node) in texts(root, "amp.tools.disable") {
                    let tool = tool.strip_prefix("builtin:").unwrap_or(tool);
                    reader.switch(SwitchKind::WithholdTool(redact::name(tool)), node);
                }
            }
            _ => {}
        }
    }
}

/// Highest rank of a rule; the first of a list goes before those after it.
const FIRST: u16 = 10_000;

fn permissions(reader: &mut Reader<'_>, list: &Node) {
    let above: u16 = match reader.config.scope {
        Scope::Managed => 2 * FIRST,
        Scope::Project | Scope::Local => FIRST,
        _ => 0,
    };
    for (at, entry) in list.as_sequence().unwrap_or_default().iter().enumerate() {
        let rank = above + FIRST.saturating_sub(u16::try_from(at).unwrap_or(FIRST));
        permission(reader, entry, rank);
    }
}

fn permission(reader: &mut Reader<'_>, entry: &Node, priority: u16) {
    let decision = match entry.str_at("action") {
        // What a program decides in its place may let everything pass.
        Some("allow" | "delegate") => Decision::Allow,
        Some("ask") => Decision::Ask,
        Some("reject") => Decision::Deny,
        _ => {
            let reason = "the client knows no such action";
            return reader.problem(ProblemKind::IgnoredValue, "amp.permissions", reason, entry);
        }
    };
    // One that holds for a part of the threads restrains the others not at all.
    let partly = entry.get("context").is_some() || entry.get("matches").is_some();
    let command = entry.at(&["matches", "cmd"]).and_then(Node::as_str);
    let Some(tool) = entry.str_at("tool") else { return };
    let restricts = decision >= Decision::Ask;
    if restricts && entry.get("context").is_some() {
        return;
    }
    let targets = match (tool, command) {
        ("*", _) => vec![
            RuleTarget::BuiltIn { tool: "*".to_owned(), specifier: None },
            RuleTarget::Mcp { server: "*".to_owned(), tool: None },
        ],
        (tool, _) if tool.starts_with("mcp__") => vec![permission_rule::parse(tool, decision)],
        (tool, Some(command)) => vec![own_tool(&format!("{tool}({})", redact::words(command)))],
        (tool, None) => vec![own_tool(tool)],
    };
    for target in targets {
        let is_part = matches!(&target, RuleTarget::BuiltIn { specifier: Some(_), .. });
        // A restriction of some calls leaves the others as they are.
        if restricts && partly && !is_part {
            continue;
        }
        let location = reader.at(entry);
        let rule = PermissionRule::new(decision, target, location);
        reader.ranked(PermissionRule { priority, ..rule });
    }
}
