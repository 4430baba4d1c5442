//! Recipes of Goose: a task with the extensions and the mode that it is run with.

use super::{DEVELOPER, DEVELOPER_TOOLS, VERSION, is_built_in, mode, read_mode};
use crate::{
    model::agent_config::{Client, PermissionMode, SwitchKind},
    scan::agents::{Format, Reading, entries::all, path, reader::Reader},
    source::{
        Document,
        node::{Key, Node},
    },
};

pub(in crate::scan::agents) struct GooseRecipe;

impl Format for GooseRecipe {
    fn id(&self) -> &'static str {
        "goose-recipe"
    }

    fn title(&self) -> &'static str {
        "Goose recipe"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let tells = root.get("instructions").is_some() || root.get("prompt").is_some();
        let extensions = root.items_at("extensions").iter();
        let mut extensions =
            extensions.filter(|entry| entry.str_at("type").is_some() && name(entry).is_some());
        root.str_at("title").is_some()
            && tells
            && (extensions.next().is_some() || root.at(&["settings", "goose_mode"]).is_some())
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Goose, scope, document);
        let root = &document.root;
        for entry in root.items_at("extensions") {
            let name = name(entry).unwrap_or("unnamed").to_owned();
            if is_built_in(entry) {
                if name == DEVELOPER {
                    reader.switch(SwitchKind::HandOutTool(DEVELOPER_TOOLS.to_owned()), entry);
                }
                continue;
            }
            reader.server(&Key { name, place: entry.place }, entry);
        }
        for settings in all(root, "settings") {
            for node in all(settings, "goose_mode") {
                // It holds while the recipe runs: what it opens counts, and what it
                // restricts says nothing of other runs.
                if !matches!(mode(node), Some(PermissionMode::Ask | PermissionMode::Refuse)) {
                    read_mode(&mut reader, "settings.goose_mode", node);
                }
            }
        }
        reader.finish()
    }
}

fn name(entry: &Node) -> Option<&str> {
    entry.str_at("name")
}
