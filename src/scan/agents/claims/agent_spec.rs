//! Open Agent Spec: an agent with its tools, some of which are to be confirmed.
//!
//! Whether a runtime asks is up to the runtime, which the manifest does not name.

use super::Manifest;
use crate::{
    scan::agents::{Format, Reading},
    source::Document,
};

pub(in crate::scan::agents) struct AgentSpec;

impl Format for AgentSpec {
    fn id(&self) -> &'static str {
        "open-agent-spec"
    }

    fn title(&self) -> &'static str {
        "Open Agent Spec agents"
    }

    fn version(&self) -> &'static str {
        "26.3"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        matches!(root.str_at("component_type"), Some("Agent" | "SpecializedAgent" | "Swarm"))
            && root.str_at("name").is_some()
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let root = &document.root;
        let mut manifest = Manifest::of(document, self.id(), "Agent Spec agent", path);
        let boxes = root.items_at("toolboxes").iter();
        for tool in root.items_at("tools").iter().chain(boxes) {
            // A tool that is defined elsewhere stands as a reference.
            let name = tool.str_at("name").or(tool.str_at("$component_ref")).unwrap_or("?");
            manifest.tool(name, tool);
            let asks = tool.get("requires_confirmation");
            if let Some(asks) = asks.filter(|node| node.as_bool() == Some(true)) {
                manifest.claim("requires_confirmation", asks);
            }
        }
        // The agent may ask its user things; that is no approval of what it does.
        let talks = root.get("human_in_the_loop").filter(|node| node.as_bool() == Some(true));
        if let Some(node) = talks {
            manifest.claim("human_in_the_loop", node);
        }
        manifest.reading()
    }
}
