//! Subagents of Claude Code: Markdown with frontmatter, under `agents/`. Without a list of
//! tools one has every tool of the session; its mode and servers are its own.

use super::{
    Format, Reading, agent_file,
    claude_settings::{hooks, read_mode},
    entries::{Entries, all, note_duplicates},
    path, permission_rule, redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Decision, PermissionRule, Subagent, Switch, SwitchKind,
        },
        coverage::Gap,
        location::Location,
    },
    source::{Document, node::Node},
};

pub(super) struct ClaudeAgent;

/// Keys that only such a file has.
const OWN_KEYS: &[&str] = &["disallowedTools", "permissionMode", "maxTurns", "isolation", "color"];

/// Models by the names that only Claude Code gives them.
const MODELS: &[&str] = &["inherit", "sonnet", "opus", "haiku"];

impl Format for ClaudeAgent {
    fn id(&self) -> &'static str {
        "claude-code-agent"
    }

    fn title(&self) -> &'static str {
        "Claude Code subagent"
    }

    fn version(&self) -> &'static str {
        "2.1.330"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let foreign = ["mcp-servers", "target", "kind", "mode", "temperature"];
        if !agent_file::is_described(document) || agent_file::has_any(root, &foreign) {
            return false;
        }
        agent_file::has_any(root, OWN_KEYS)
            || root.str_at("model").is_some_and(|model| MODELS.contains(&model))
            || agent_file::tools(document, "tools").is_some_and(|tools| {
                tools.iter().any(|(tool, _)| {
                    tool.starts_with("mcp__") || tool.starts_with(|c: char| c.is_ascii_uppercase())
                })
            })
            || path::is_claude_agent(&document.file)
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::claude_scope(path);
        let location = Location::file(document.file.clone());
        let mut config = AgentConfig::new(self.id(), Client::ClaudeCode, scope, location);
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        agent_file::note_lenient(document, &mut gaps);
        // An empty list is read as none: what a version makes of it is not known.
        let tools = agent_file::tools(document, "tools").filter(|tools| !tools.is_empty());
        config.subagent = Some(Subagent { name: agent_file::name(document), tools });
        for (tool, location) in agent_file::tools(document, "disallowedTools").unwrap_or_default() {
            let target = permission_rule::parse(&tool, Decision::Deny);
            config.rules.push(PermissionRule::new(Decision::Deny, target, location));
        }
        for mode in all(&document.root, "permissionMode") {
            read_mode(mode, "permissionMode", &document.file, &mut config);
        }
        hooks::read(&document.root, &document.file, &mut config);
        read_servers(document, &mut config, &mut gaps);
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}

/// `mcpServers`: names of servers that are declared elsewhere, or servers, as a mapping or
/// a list of mappings.
fn read_servers(document: &Document, config: &mut AgentConfig, gaps: &mut Vec<Gap>) {
    for node in all(&document.root, "mcpServers") {
        let listed = node.as_sequence().unwrap_or_default();
        for name in listed.iter().chain([node]).filter_map(Node::as_str).flat_map(agent_file::split)
        {
            let kind = SwitchKind::TrustServer(redact::name(name));
            config.switches.push(Switch { kind, location: node.location(&document.file) });
        }
        for servers in listed.iter().chain([node]).filter_map(Node::as_mapping) {
            Entries { document, config, gaps }.read(servers);
        }
    }
}
