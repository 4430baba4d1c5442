//! `plugin.json` of Claude Code plugins: hooks and servers that come with the plugin.

use super::{
    Format, Reading,
    claude_settings::hooks,
    entries::{Entries, all, note_duplicates},
    mcp_servers::reject_comments,
    path, redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Elsewhere, PLUGIN, Scope, Source},
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
        let placed = path::folded(&document.file).ends_with("/.claude-plugin/plugin.json");
        named && (placed || published && holds) && foreign.iter().all(|key| root.get(key).is_none())
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let mut config = AgentConfig::new(self.id(), Client::ClaudeCode, Scope::Project, location);
        let mut gaps = Vec::new();
        reject_comments(document, &mut config);
        note_duplicates(document, &mut config);
        hooks::read(&document.root, &document.file, &mut config);
        let plugin = redact::name(document.root.str_at("name").unwrap_or_default());
        config.location.object = Some(format!("{PLUGIN}{plugin}").into());
        for servers in all(&document.root, "mcpServers") {
            match servers.as_mapping() {
                Some(servers) => {
                    Entries { document, config: &mut config, gaps: &mut gaps }.read(servers);
                }
                None => {
                    let location = servers.location(&document.file);
                    let source = match servers.as_str().filter(|path| redact::is_name(path)) {
                        Some(path) => Source::File(path.to_owned()),
                        None => Source::Computed,
                    };
                    config.elsewhere.push(Elsewhere { source, location });
                }
            }
        }
        name_servers(&plugin, &mut config);
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}

/// Rules call the servers of a plugin by its name as well.
fn name_servers(plugin: &str, config: &mut AgentConfig) {
    for server in &mut config.servers {
        server.name = format!("plugin:{plugin}:{}", server.name);
    }
}

/// Gives the lists of servers that lie in folders of plugins the names that rules use.
pub(super) fn join(configs: &mut [AgentConfig]) {
    let plugins: Vec<(String, String)> = configs
        .iter()
        .filter(|config| config.format == ClaudePlugin.id())
        .filter_map(|config| {
            let name = config.location.object.as_deref()?.strip_prefix(PLUGIN)?;
            let folder = config.location.path.strip_suffix(".claude-plugin/plugin.json")?;
            Some((folder.to_owned(), name.to_owned()))
        })
        .collect();
    let lists = configs
        .iter_mut()
        .filter(|config| config.client == Client::ClaudeCode && config.format != ClaudePlugin.id());
    for config in lists {
        let list = config.location.path.strip_suffix(".mcp.json");
        if let Some((_, plugin)) = plugins.iter().find(|(folder, _)| list == Some(folder)) {
            name_servers(plugin, config);
        }
    }
}
