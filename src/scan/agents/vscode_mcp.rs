//! `.vscode/mcp.json` and the user's `mcp.json` of VS Code: servers under
//! `servers`, inputs beside them.

use super::{
    Format, Reading,
    entries::{Entries, all, note_duplicates},
    path,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client},
        location::Location,
    },
    source::{Document, node::Node},
};

pub(super) struct VsCodeMcp;

/// Whether every entry looks like a server; `servers` is a common word.
fn are_servers(node: &Node) -> bool {
    let entries = node.entries();
    let shaped = |entry: &Node| {
        entry.get("command").is_some()
            || (entry.get("url").is_some()
                && (entry.get("type").is_some() || entry.get("headers").is_some()))
    };
    entries.iter().any(|(_, entry)| shaped(entry))
}

impl Format for VsCodeMcp {
    fn id(&self) -> &'static str {
        "vscode-mcp"
    }

    fn title(&self) -> &'static str {
        "MCP servers of VS Code"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let here = |node: &Node| {
            path::is_vscode_mcp(&document.file)
                && node.entries().iter().any(|(_, entry)| entry.get("url").is_some())
        };
        root.get("mcpServers").is_none()
            && all(root, "servers").any(|node| are_servers(node) || here(node))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::VsCode, scope, location);
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        let mut entries = Entries { document, config: &mut config, gaps: &mut gaps };
        for servers in all(&document.root, "servers").filter_map(|node| node.as_mapping()) {
            entries.read(servers);
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}
