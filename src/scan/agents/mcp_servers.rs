//! Server lists under `mcpServers`: `.mcp.json` and `.claude.json` of Claude
//! Code, Claude Desktop, Cursor, and others that share the form.

use super::{
    Format, Reading, claude_settings, copilot_agent,
    entries::{Entries, all, note_duplicates},
    path,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Problem, ProblemKind, Switch, SwitchKind},
        location::Location,
    },
    source::{Document, node::Node},
};

pub(super) struct McpServers;

impl Format for McpServers {
    fn id(&self) -> &'static str {
        "mcp-servers"
    }

    fn title(&self) -> &'static str {
        "MCP server list (Claude Code, Claude Desktop, Cursor and others)"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let lists = |node| all(node, "mcpServers").any(|servers| servers.as_mapping().is_some());
        lists(root)
            || root.get("projects").is_some_and(|projects| {
                let own = ["allowedTools", "hasTrustDialogAccepted"];
                projects.entries().iter().any(|(_, project)| {
                    lists(project) || own.iter().any(|key| project.get(key).is_some())
                })
            })
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let (client, scope) = path::mcp_client(path);
        let location = Location::file(document.file.clone());
        let mut config = AgentConfig::new(self.id(), client, scope, location);
        let mut gaps = Vec::new();
        reject_comments(document, &mut config);
        note_duplicates(document, &mut config);
        if config.client == Client::Unknown && all_select(&document.root) {
            config.client = Client::Copilot;
        }
        let selects = matches!(config.client, Client::Copilot | Client::CopilotCli);
        let projects = document.root.get("projects");
        let projects = projects.iter().flat_map(|node| node.entries()).map(|(_, node)| node);
        for node in std::iter::once(&document.root).chain(projects.clone()) {
            for servers in all(node, "mcpServers").filter_map(Node::as_mapping) {
                let mut entries = Entries { document, config: &mut config, gaps: &mut gaps };
                if selects {
                    copilot_agent::read_servers(servers, entries);
                } else {
                    entries.read(servers);
                }
            }
        }
        for project in projects {
            claude_settings::read_project(project, &document.file, &mut config, &mut gaps);
        }
        if path::is_exclusive(path) {
            let kind = SwitchKind::OnlyTheseServers;
            config.switches.push(Switch { kind, location: config.location.clone() });
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}

/// Whether every entry has a list of its tools, as GitHub Copilot wants it.
fn all_select(root: &Node) -> bool {
    let mut entries = all(root, "mcpServers").flat_map(Node::entries).peekable();
    entries.peek().is_some()
        && entries.all(|(_, entry)| entry.get("tools").is_some_and(|it| it.as_sequence().is_some()))
}

/// Claude's clients read strict JSON: one comment, and nothing of the file counts.
pub(super) fn reject_comments(document: &Document, config: &mut AgentConfig) {
    let strict = matches!(config.client, Client::ClaudeCode | Client::ClaudeDesktop);
    let Some(how) = document.lenient.as_ref().filter(|_| strict) else { return };
    let reason = format!("the client reads strict JSON and does not load the file ({how})");
    config.problems.push(Problem {
        kind: ProblemKind::FileRejected,
        subject: "the file".to_owned(),
        reason: reason.clone(),
        location: config.location.clone(),
    });
    config.rejected = Some(reason);
}
