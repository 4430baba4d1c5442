//! `config.yaml` of Goose.

use super::{DEVELOPER, DEVELOPER_TOOLS, VERSION, is_built_in, read_mode};
use crate::{
    model::agent_config::{Client, SwitchKind},
    scan::agents::{Format, Reading, entries::all, path, reader::Reader},
    source::{Document, node::Node},
};

pub(in crate::scan::agents) struct GooseConfig;

impl Format for GooseConfig {
    fn id(&self) -> &'static str {
        "goose-config"
    }

    fn title(&self) -> &'static str {
        "Goose configuration"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let own = root.entries().iter().any(|(key, _)| key.name.starts_with("GOOSE_"));
        let extensions = |node: &Node| {
            node.entries()
                .iter()
                .any(|(_, entry)| entry.get("enabled").is_some() && entry.str_at("type").is_some())
        };
        own || root.get("extensions").is_some_and(extensions)
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Goose, scope, document);
        let root = &document.root;
        for node in all(root, "GOOSE_MODE") {
            read_mode(&mut reader, "GOOSE_MODE", node);
        }
        for (key, entry) in all(root, "extensions").flat_map(Node::entries) {
            if !is_built_in(entry) {
                reader.server(key, entry);
                continue;
            }
            if key.name == DEVELOPER {
                let off = SwitchKind::WithholdTool(DEVELOPER_TOOLS.to_owned());
                reader.restrict_where(entry, "enabled", false, &off);
            }
        }
        for (key, node) in root.entries() {
            if key.name.eq_ignore_ascii_case("otel_exporter_otlp_endpoint") {
                let on = node.as_str().is_some_and(|endpoint| !endpoint.is_empty());
                reader.telemetry(&key.name, on, node);
            }
        }
        reader.finish()
    }
}
