//! OpenCode: its configuration and its agents in Markdown. Of several rules that
//! match, the last one counts; so the order of the text is kept.

use super::{
    Format, Reading,
    entries::all,
    path::{self, folded},
    reader::{self, Reader},
    redact,
};
use crate::{
    model::agent_config::{Client, Decision, PermissionRule, ProblemKind, RuleTarget, Scope},
    source::{
        Document, Syntax,
        node::{Node, Value},
    },
};

/// The version that was read.
const VERSION: &str = "1.2";

/// Permissions that only it has a word for.
const OWN_PERMISSIONS: &[&str] = &[
    "bash",
    "edit",
    "webfetch",
    "websearch",
    "external_directory",
    "doom_loop",
    "todowrite",
    "task",
];

/// Files of an administrator, on three systems.
const SYSTEM_FOLDERS: [&str; 3] =
    ["/etc/opencode/", "/application support/opencode/", "/programdata/opencode/"];

pub(super) struct OpenCode;

impl Format for OpenCode {
    fn id(&self) -> &'static str {
        "opencode"
    }

    fn title(&self) -> &'static str {
        "OpenCode configuration (Kilo's newer one has its form)"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        document.syntax != Syntax::Frontmatter
            && (root.str_at("$schema").is_some_and(|schema| schema.contains("opencode.ai/config"))
                || all(root, "mcp").any(are_servers)
                || all(root, "permission").any(is_permission)
                || agents(root).any(|agent| all(agent, "permission").any(is_permission)))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let mut reader = Reader::new(self, client(path), scope(path), document);
        let root = &document.root;
        for servers in all(root, "mcp") {
            reader.servers(servers);
        }
        legacy_tools(&mut reader, root, Whose::Everyone);
        for permission in all(root, "permission") {
            read_permission(&mut reader, permission, Whose::Everyone);
        }
        for agent in agents(root) {
            legacy_tools(&mut reader, agent, Whose::OneAgent);
            for permission in all(agent, "permission") {
                read_permission(&mut reader, permission, Whose::OneAgent);
            }
        }
        for experimental in all(root, "experimental") {
            if let Some(node) = experimental.get("openTelemetry") {
                let on = node.as_bool() == Some(true);
                reader.telemetry("experimental.openTelemetry", on, node);
            }
        }
        reader.finish()
    }
}

pub(super) struct OpenCodeAgent;

impl Format for OpenCodeAgent {
    fn id(&self) -> &'static str {
        "opencode-agent"
    }

    fn title(&self) -> &'static str {
        "OpenCode agent in Markdown"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let switches = |tools: &Node| {
            let entries = tools.entries();
            !entries.is_empty() && entries.iter().all(|(_, value)| value.as_bool().is_some())
        };
        document.syntax == Syntax::Frontmatter
            && (matches!(root.str_at("mode"), Some("primary" | "subagent" | "all"))
                || all(root, "permission").any(is_permission)
                || root.get("tools").is_some_and(switches))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let mut reader = Reader::new(self, client(path), scope(path), document);
        legacy_tools(&mut reader, &document.root, Whose::OneAgent);
        for permission in all(&document.root, "permission") {
            read_permission(&mut reader, permission, Whose::OneAgent);
        }
        reader.finish()
    }
}

/// Whom a permission binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// Every agent.
    Everyone,
    /// One agent: what it is refused the others still have, so only what it opens counts.
    OneAgent,
}

fn client(path: &str) -> Client {
    let path = folded(path);
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.starts_with("kilo.json") || path.contains("/.kilo") {
        Client::Kilo
    } else {
        Client::OpenCode
    }
}

fn scope(path: &str) -> Scope {
    let text = folded(path);
    if SYSTEM_FOLDERS.iter().any(|folder| text.contains(folder)) {
        Scope::Managed
    } else {
        path::home_or_project(path)
    }
}

/// Whether entries look like its servers: others use the key for other things.
fn are_servers(node: &Node) -> bool {
    node.entries().iter().any(|(_, entry)| {
        matches!(entry.str_at("type"), Some("local" | "remote"))
            && (entry.get("command").is_some() || entry.get("url").is_some())
    })
}

fn agents(root: &Node) -> impl Iterator<Item = &Node> {
    ["agent", "mode"]
        .into_iter()
        .flat_map(move |key| all(root, key))
        .flat_map(Node::entries)
        .map(|(_, agent)| agent)
}

fn is_permission(node: &Node) -> bool {
    let decides = |node: &Node| {
        decision(node).is_some() || node.entries().iter().any(|(_, one)| decision(one).is_some())
    };
    node.entries().iter().any(|(key, value)| {
        (OWN_PERMISSIONS.contains(&key.name.as_str()) || key.name.contains('*')) && decides(value)
    })
}

fn decision(node: &Node) -> Option<Decision> {
    match node.as_str()? {
        "allow" => Some(Decision::Allow),
        "ask" => Some(Decision::Ask),
        "deny" => Some(Decision::Deny),
        _ => None,
    }
}

/// `permission`: one word for everything, or tools with a word or with patterns.
fn read_permission(reader: &mut Reader<'_>, node: &Node, whose: Whose) {
    let Value::Mapping(tools) = &node.value else {
        rule(reader, "*", None, node, whose);
        return;
    };
    for (key, value) in &tools.entries {
        match &value.value {
            Value::Mapping(patterns) => {
                for (pattern, value) in &patterns.entries {
                    rule(reader, &key.name, Some(&pattern.name), value, whose);
                }
            }
            _ => rule(reader, &key.name, None, value, whose),
        }
    }
}

fn rule(reader: &mut Reader<'_>, tool: &str, pattern: Option<&str>, value: &Node, whose: Whose) {
    let Some(decision) = decision(value) else {
        let reason = "a permission is allow, ask or deny";
        reader.problem(ProblemKind::IgnoredValue, tool, reason, value);
        return;
    };
    if whose == Whose::OneAgent && decision >= Decision::Ask {
        return;
    }
    // `?` is one character; where it opens something, any number of them counts.
    let tool = if decision == Decision::Allow { tool.replace('?', "*") } else { tool.to_owned() };
    let target = if redact::is_name(&tool) {
        let specifier = pattern.map(redact::words);
        RuleTarget::BuiltIn { tool, specifier }
    } else {
        RuleTarget::Unreadable("its tool is no name")
    };
    ranked(reader, decision, target, value, whose);
}

/// Adds a rule. Those of one agent come after all others, whatever file they stand in.
fn ranked(
    reader: &mut Reader<'_>,
    decision: Decision,
    target: RuleTarget,
    value: &Node,
    whose: Whose,
) {
    let location = reader.at(value);
    let priority = u16::from(whose == Whose::OneAgent);
    let rule = PermissionRule { priority, ..PermissionRule::new(decision, target, location) };
    reader.ranked(rule);
}

/// `tools`, which older versions had in place of permissions.
fn legacy_tools(reader: &mut Reader<'_>, holder: &Node, whose: Whose) {
    for (key, value) in all(holder, "tools").flat_map(Node::entries) {
        let decision = match value.as_bool() {
            Some(true) => Decision::Allow,
            Some(false) => Decision::Deny,
            None => continue,
        };
        if whose == Whose::Everyone || decision == Decision::Allow {
            ranked(reader, decision, reader::own_tool(&key.name), value, whose);
        }
    }
}
