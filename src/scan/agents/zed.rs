//! `settings.json` of Zed, as far as its agent reads it.
//!
//! Of what speaks of a tool, a pattern that denies wins over one that confirms, that
//! over one that allows, that over the tool's default and that over everyone's: rules
//! are written down in the reverse of this order, and the last one counts.

use super::{
    Format, Reading,
    entries::all,
    path,
    reader::{self, Reader},
    redact, regexes,
};
use crate::{
    model::agent_config::{Client, Decision, ProblemKind, RuleTarget, Scope, SwitchKind},
    source::{Document, node::Node},
};

pub(super) struct ZedSettings;

/// Lists of patterns, the weakest first.
const LISTS: [(&str, Decision); 3] = [
    ("always_allow", Decision::Allow),
    ("always_confirm", Decision::Ask),
    ("always_deny", Decision::Deny),
];

impl Format for ZedSettings {
    fn id(&self) -> &'static str {
        "zed-settings"
    }

    fn title(&self) -> &'static str {
        "Zed settings"
    }

    fn version(&self) -> &'static str {
        "0.224"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let of_agent = |agent: &Node| {
            agent.get("tool_permissions").is_some()
                || agent.get("always_allow_tool_actions").is_some()
        };
        root.get("context_servers").is_some_and(|node| node.as_mapping().is_some())
            || root.get("agent").is_some_and(of_agent)
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Zed, scope, document);
        let root = &document.root;
        for servers in all(root, "context_servers") {
            reader.servers(servers);
        }
        for agent in all(root, "agent") {
            reader.open_where_true(agent, "always_allow_tool_actions", &SwitchKind::AutoApproveAll);
            for permissions in all(agent, "tool_permissions") {
                if scope == Scope::Project {
                    let reason = "Zed reads it from the user's settings, not from a project's";
                    let subject = "agent.tool_permissions";
                    reader.problem(ProblemKind::MisplacedKey, subject, reason, permissions);
                }
                read_permissions(&mut reader, permissions);
            }
        }
        if scope == Scope::Project {
            // Versions may differ in that: what it would open still counts.
            reader.config.rules.retain(|rule| rule.decision < Decision::Ask);
        }
        reader.finish()
    }
}

fn read_permissions(reader: &mut Reader<'_>, permissions: &Node) {
    for node in all(permissions, "default") {
        let everything = RuleTarget::BuiltIn { tool: "*".to_owned(), specifier: None };
        default(reader, everything, node);
    }
    for (key, tool) in all(permissions, "tools").flat_map(Node::entries) {
        let target = target(&key.name);
        // A name is a name here: with a star in it, it is that of no tool.
        let no_tool = key.name.contains('*');
        if no_tool {
            let reason = "a tool is named in full; a star is none of a name";
            reader.problem(ProblemKind::DeadRule, &key.name, reason, tool);
        }
        for node in all(tool, "default").filter(|node| !no_tool || node.as_str() == Some("allow")) {
            default(reader, target.clone(), node);
        }
        for (list, decision) in LISTS {
            for item in all(tool, list).flat_map(|list| list.as_sequence().unwrap_or_default()) {
                let Some(pattern) = item.str_at("pattern").or_else(|| item.as_str()) else {
                    let reason = "an entry is a mapping with a pattern";
                    reader.problem(ProblemKind::IgnoredValue, list, reason, item);
                    continue;
                };
                let target = part(&target, pattern, decision);
                if let Some(target) = target.filter(|_| !no_tool || decision == Decision::Allow) {
                    reader.rule(decision, target, item);
                }
            }
        }
    }
}

fn default(reader: &mut Reader<'_>, target: RuleTarget, node: &Node) {
    let decision = match node.as_str() {
        Some("allow") => Decision::Allow,
        Some("confirm") => Decision::Ask,
        Some("deny") => Decision::Deny,
        _ => {
            let reason = "a default is allow, confirm or deny";
            reader.problem(ProblemKind::IgnoredValue, "default", reason, node);
            return;
        }
    };
    reader.rule(decision, target, node);
}

/// `terminal`, or `mcp:server:tool`.
fn target(name: &str) -> RuleTarget {
    match name.strip_prefix("mcp:").and_then(|rest| rest.split_once(':')) {
        Some((server, tool)) => reader::of_server(server, Some(tool)),
        None => reader::own_tool(name),
    }
}

/// The part of a tool that a pattern speaks of. A server's tool has no parts, only a
/// default: what would open some opens it, and what would restrict some restricts nothing.
fn part(target: &RuleTarget, pattern: &str, decision: Decision) -> Option<RuleTarget> {
    let command = regexes::as_command(pattern, false);
    match target {
        RuleTarget::BuiltIn { tool, .. } => {
            let specifier = Some(redact::words(&command));
            Some(RuleTarget::BuiltIn { tool: tool.clone(), specifier })
        }
        RuleTarget::Mcp { .. } if decision == Decision::Allow => Some(target.clone()),
        RuleTarget::Mcp { .. } | RuleTarget::Unreadable(_) => None,
    }
}
