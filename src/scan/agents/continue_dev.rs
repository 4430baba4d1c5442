//! Continue: `config.yaml` with its list of servers, and the permissions of its CLI.

use super::{
    Format, Reading,
    entries::all,
    path,
    reader::{Reader, own_tool, texts},
};
use crate::{
    model::agent_config::{Client, Decision, ProblemKind, RuleTarget},
    source::{Document, node::Node},
};

/// The version that was read.
const VERSION: &str = "2026-09";

pub(super) struct ContinueConfig;

impl Format for ContinueConfig {
    fn id(&self) -> &'static str {
        "continue-config"
    }

    fn title(&self) -> &'static str {
        "Continue configuration"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let shaped = |entry: &Node| {
            entry.str_at("name").is_some()
                && (entry.get("command").is_some() || entry.get("url").is_some())
        };
        document.root.items_at("mcpServers").iter().any(shaped)
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Continue, scope, document);
        for servers in all(&document.root, "mcpServers") {
            reader.servers(servers);
        }
        reader.finish()
    }
}

pub(super) struct ContinuePermissions;

const LISTS: [(&str, Decision); 3] =
    [("allow", Decision::Allow), ("ask", Decision::Ask), ("exclude", Decision::Deny)];

impl Format for ContinuePermissions {
    fn id(&self) -> &'static str {
        "continue-permissions"
    }

    fn title(&self) -> &'static str {
        "Permissions of Continue's CLI"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let entries = document.root.entries();
        let known = |name: &str| LISTS.iter().any(|(list, _)| *list == name);
        let is_tool =
            |text: &str| text == "*" || text.starts_with(|c: char| c.is_ascii_uppercase());
        let named = || LISTS.iter().flat_map(|(list, _)| texts(&document.root, list));
        !entries.is_empty()
            && entries.iter().all(|(key, _)| known(&key.name))
            && (document.root.get("exclude").is_some() || named().any(|(text, _)| is_tool(text)))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Continue, scope, document);
        for (list, decision) in LISTS {
            for (text, node) in texts(&document.root, list) {
                let target = own_tool(text);
                if let RuleTarget::Unreadable(why) = target {
                    reader.problem(ProblemKind::DeadRule, list, why, node);
                }
                reader.rule(decision, target, node);
            }
        }
        reader.finish()
    }
}
