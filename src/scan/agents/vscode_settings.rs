//! `settings.json` of VS Code, as far as its agent mode reads it, wherever it
//! stands: in a workspace file or a dev container too.

mod setting;

use super::{
    Format, Reading, amp,
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

pub(super) use setting::read as read_setting;

pub(super) struct VsCodeSettings;

/// The settings, and the places where other files hold them.
fn settings(root: &Node) -> Vec<&Node> {
    let mut found = vec![root];
    found.extend(root.at(&["customizations", "vscode", "settings"]));
    // A dev container has servers beside its settings.
    found.extend(root.at(&["customizations", "vscode"]));
    found.extend(root.get("settings"));
    found
}

/// Whether settings decide anything of agent mode.
pub(super) fn decides_in(root: &Node) -> bool {
    settings(root).iter().any(|node| {
        node.entries().iter().any(|(key, _)| setting::decides(&key.name))
            || server_lists(node).next().is_some()
    })
}

/// Lists of servers in settings: older versions read them there.
fn server_lists(settings: &Node) -> impl Iterator<Item = &Node> {
    all(settings, "mcp").flat_map(|mcp| all(mcp, "servers")).chain(all(settings, "mcp.servers"))
}

impl Format for VsCodeSettings {
    fn id(&self) -> &'static str {
        "vscode-settings"
    }

    fn title(&self) -> &'static str {
        "VS Code settings of agent mode"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        decides_in(&document.root)
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::VsCode, scope, location);
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        for node in settings(&document.root) {
            for (key, value) in node.entries() {
                read_setting(&key.name, value, document, &mut config, &mut gaps);
            }
            for servers in server_lists(node).filter_map(Node::as_mapping) {
                Entries { document, config: &mut config, gaps: &mut gaps }.read(servers);
            }
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        let mut reading = Reading::new(config, gaps);
        if let Some(beside) = amp::beside(document, path) {
            reading.gaps.extend(beside.gaps);
            beside.configs.into_iter().for_each(|config| reading.add(config));
        }
        reading
    }
}
