//! `plugin.json` of Claude Code plugins: hooks and servers that come with the plugin.

use super::{
    Format, Reading,
    claude_settings::hooks,
    entries::{Entries, all, note_duplicates},
    mcp_servers::reject_comments,
    redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Scope},
        coverage::Gap,
        location::Location,
    },
    source::Document,
};

pub(super) struct ClaudePlugin;

/// Parts that a plugin names by path, or holds.
const PARTS: &[&str] = &["hooks", "commands", "agents", "skills", "lspServers", "outputStyles"];

impl Format for ClaudePlugin {
    fn id(&self) -> &'static str {
        "claude-code-plugin"
    }

    fn title(&self) -> &'static str {
        "Claude Code plugin"
    }

    fn version(&self) -> &'static str {
        "2.1.330"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let named = root.str_at("name").is_some();
        let published =
            ["version", "author", "description"].iter().any(|key| root.get(key).is_some());
        // Settings have no name; extensions of other clients have keys of their own.
        let foreign = ["permissions", "contextFileName", "excludeTools", "tools", "prompt"];
        let holds = PARTS.iter().any(|part| {
            root.get(part).is_some_and(|node| {
                node.as_str().is_some_and(|path| path.starts_with("./"))
                    || node.as_sequence().is_some_and(|paths| {
                        paths
                            .iter()
                            .any(|path| path.as_str().is_some_and(|it| it.starts_with("./")))
                    })
                    || (*part == "hooks" && hooks::are_hooks(node))
            })
        });
        named && published && holds && foreign.iter().all(|key| root.get(key).is_none())
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let mut config = AgentConfig::new(self.id(), Client::ClaudeCode, Scope::Project, location);
        let mut gaps = Vec::new();
        reject_comments(document, &mut config);
        note_duplicates(document, &mut config);
        hooks::read(&document.root, &document.file, &mut config);
        let plugin = redact::name(document.root.str_at("name").unwrap_or_default());
        for servers in all(&document.root, "mcpServers") {
            match servers.as_mapping() {
                Some(servers) => {
                    Entries { document, config: &mut config, gaps: &mut gaps }.read(servers);
                }
                None => gaps.push(Gap {
                    location: servers.location(&document.file),
                    reason: "its servers stand in a file of the plugin, which is read where it is \
                             in the evidence"
                        .to_owned(),
                }),
            }
        }
        // Rules call its servers by the plugin's name as well.
        for server in &mut config.servers {
            server.name = format!("plugin:{plugin}:{}", server.name);
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}
