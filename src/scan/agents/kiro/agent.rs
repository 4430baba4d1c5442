//! Agents of Amazon Q and Kiro, in JSON or as frontmatter.
//!
//! `tools` are what the agent has, `allowedTools` what it uses unasked. An agent is
//! one of several that its user may start: what it opens counts, what it keeps from
//! itself holds for its own servers only.

use super::{RENAMED, VERSION, capability, client, present_name};
use crate::{
    model::agent_config::{Decision, Hook, ProblemKind, RuleTarget},
    scan::agents::{
        Format, Reading,
        entries::all,
        errand, path,
        reader::{Reader, of_server, own_tool, texts},
        redact, regexes,
    },
    source::{Document, node::Node},
};

pub(in crate::scan::agents) struct KiroAgent;

impl Format for KiroAgent {
    fn id(&self) -> &'static str {
        "kiro-agent"
    }

    fn title(&self) -> &'static str {
        "Agent of Amazon Q or Kiro"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let list = |key: &str| root.get(key).is_some_and(|node| node.as_sequence().is_some());
        let schema = root.str_at("$schema").is_some_and(|schema| schema.contains("agent-v1.json"));
        schema
            || list("allowedTools") && (list("tools") || root.get("mcpServers").is_some())
            || list("tools") && root.get("toolsSettings").is_some()
            || permissions(root).is_some_and(capability::are_rules)
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, client(path), scope, document);
        let root = &document.root;
        for servers in all(root, "mcpServers") {
            reader.servers(servers);
        }
        select(&mut reader, root);
        for (text, node) in texts(root, "allowedTools") {
            for target in targets(text) {
                reader.rule(Decision::Allow, target, node);
            }
        }
        // What another name stands for is allowed by it.
        for (tool, alias) in all(root, "toolAliases").flat_map(Node::entries) {
            let Some(name) = alias.as_str() else { continue };
            let allowed = texts(root, "allowedTools");
            if let Some((_, node)) =
                allowed.iter().find(|(text, _)| text.trim_start_matches('@') == name)
            {
                reader.rule(Decision::Allow, target(&tool.name), node);
            }
        }
        for (tool, settings) in all(root, "toolsSettings").flat_map(Node::entries) {
            of_settings(&mut reader, present_name(&tool.name), settings);
        }
        if let Some(rules) = permissions(root) {
            capability::read(&mut reader, rules, true);
        }
        read_hooks(&mut reader, root);
        reader.finish()
    }
}

/// `permissions`, as a list or with `rules` in it.
fn permissions(root: &Node) -> Option<&[Node]> {
    let node = root.get("permissions")?;
    node.as_sequence().or_else(|| node.get("rules")?.as_sequence())
}

/// What a name or pattern of a tool speaks of, by its older names too.
pub(in crate::scan::agents) fn targets(text: &str) -> impl Iterator<Item = RuleTarget> {
    std::iter::once(target(text)).chain(renamed(text).map(own_tool))
}

/// `@server`, `@server/tool`, or a tool of its own.
fn target(text: &str) -> RuleTarget {
    match text.strip_prefix('@') {
        Some("builtin") => RuleTarget::BuiltIn { tool: "*".to_owned(), specifier: None },
        Some(rest) => match rest.split_once('/') {
            Some((server, tool)) => of_server(server, Some(tool)),
            None => of_server(rest, None),
        },
        None => own_tool(present_name(text)),
    }
}

/// Present names of the tools that a pattern covers by their older ones: `fs_*`.
fn renamed(pattern: &str) -> impl Iterator<Item = &'static str> {
    let start = pattern.split_once('*').map(|(start, _)| start).filter(|start| !start.is_empty());
    let covered = move |old: &str| start.is_some_and(|start| old.starts_with(start));
    RENAMED.iter().filter(move |(old, _)| covered(old)).map(|(_, new)| *new)
}

/// Of the servers that the agent brings, it has what `tools` names.
fn select(reader: &mut Reader<'_>, root: &Node) {
    let Some(list) = root.get("tools") else { return };
    let named = texts(root, "tools");
    if named.iter().any(|(text, _)| matches!(*text, "*" | "@*")) {
        return;
    }
    let place = reader.at(list);
    for server in &mut reader.config.servers {
        let own = |text: &str| {
            let rest = text.strip_prefix('@')?;
            let (named, tool) = rest.split_once('/').unwrap_or((rest, "*"));
            (named == server.name).then(|| redact::name(tool))
        };
        let tools = named.iter().filter_map(|(text, _)| own(text));
        let selected = tools.map(|tool| (tool, place.clone())).collect();
        server.selected = Some(selected);
        if named.is_empty() {
            server.hidden.push(("*".to_owned(), place.clone()));
        }
    }
}

/// What the settings of a tool let run unasked.
fn of_settings(reader: &mut Reader<'_>, tool: &str, settings: &Node) {
    let part = |specifier: &str| RuleTarget::BuiltIn {
        tool: redact::name(tool),
        specifier: Some(redact::words(specifier)),
    };
    for (expression, node) in texts(settings, "allowedCommands") {
        let command = regexes::as_command(expression, true);
        reader.rule(Decision::Allow, part(&command), node);
    }
    for key in ["allowedServices", "allowedPaths"] {
        for (name, node) in texts(settings, key) {
            reader.rule(Decision::Allow, part(name), node);
        }
    }
    for item in all(settings, "alwaysAllow").flat_map(|list| list.as_sequence().unwrap_or_default())
    {
        if item.str_at("preset") != Some("readOnly") {
            let reason = "the client knows no such preset";
            reader.problem(ProblemKind::IgnoredValue, "alwaysAllow", reason, item);
        }
    }
}

/// A hook blocks by one exit code, and lets pass by any other.
fn read_hooks(reader: &mut Reader<'_>, root: &Node) {
    for (event, list) in all(root, "hooks").flat_map(Node::entries) {
        for hook in list.as_sequence().unwrap_or_default() {
            let location = reader.at(hook);
            reader.config.hooks.push(Hook {
                event: redact::name(&event.name),
                matcher: hook.str_at("matcher").and_then(errand::matcher),
                kind: "command".to_owned(),
                fails_closed: false,
                waits: true,
                errand: errand::of(hook, root),
                location,
            });
        }
    }
}
