//! `gemini-extension.json`: servers that an extension brings, and tools it takes away.

use super::{Tier, VERSION, rule, target};
use crate::{
    model::agent_config::{Client, Decision, ProblemKind, Scope},
    scan::agents::{
        Format, Reading,
        entries::all,
        reader::{Reader, texts},
    },
    source::{Document, node::Node},
};

pub(in crate::scan::agents) struct GeminiExtension;

impl Format for GeminiExtension {
    fn id(&self) -> &'static str {
        "gemini-extension"
    }

    fn title(&self) -> &'static str {
        "Gemini CLI extension"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let has_env = |item: &Node| item.get("envVar").is_some();
        let own_settings = || root.items_at("settings").iter().any(has_env);
        let from_its_folder = || {
            all(root, "mcpServers").flat_map(Node::entries).any(|(_, entry)| {
                let command = entry.str_at("command").into_iter();
                let mut words =
                    command.chain(texts(entry, "args").into_iter().map(|(word, _)| word));
                words.any(|word| word.contains("${extensionPath}"))
            })
        };
        root.str_at("name").is_some()
            && root.str_at("version").is_some()
            && (root.get("excludeTools").is_some()
                || root.get("contextFileName").is_some()
                || own_settings()
                || from_its_folder())
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let mut reader = Reader::new(self, Client::Gemini, Scope::Defaults, document);
        let root = &document.root;
        for servers in all(root, "mcpServers") {
            reader.servers(servers);
            for (_, entry) in servers.entries() {
                if let Some(node) = all(entry, "trust").find(|node| node.as_bool() == Some(true)) {
                    let reason = "an extension cannot trust its own servers";
                    reader.problem(ProblemKind::IgnoredValue, "trust", reason, node);
                }
            }
        }
        for (text, node) in texts(root, "excludeTools") {
            let target = target(text, Decision::Deny);
            rule(&mut reader, Decision::Deny, target, Tier::Extension.rank(0), node);
        }
        reader.finish()
    }
}
