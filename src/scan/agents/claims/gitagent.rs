//! GitAgent's `agent.yaml`: tools, and a chapter on supervision.

use super::Manifest;
use crate::{
    scan::agents::{Format, Reading},
    source::{Document, node::Node},
};

pub(in crate::scan::agents) struct GitAgent;

impl Format for GitAgent {
    fn id(&self) -> &'static str {
        "gitagent"
    }

    fn title(&self) -> &'static str {
        "GitAgent manifests"
    }

    fn version(&self) -> &'static str {
        "spec 0.1.0"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let own = ["model", "compliance", "tools", "skills", "runtime"];
        root.str_at("spec_version").is_some()
            && root.str_at("name").is_some()
            && root.get("apiVersion").is_none()
            && own.iter().any(|key| root.get(key).is_some())
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let root = &document.root;
        let mut manifest = Manifest::of(document, self.id(), "GitAgent", path);
        for tool in root.items_at("tools") {
            let name = tool.as_str().or(tool.str_at("name")).unwrap_or("?");
            manifest.tool(name, tool);
        }
        let supervision = root.at(&["compliance", "supervision"]);
        for key in ["human_in_the_loop", "kill_switch", "override_capability"] {
            let Some(node) = supervision.and_then(|node| node.get(key)) else { continue };
            let claims = match node.as_str() {
                Some(word) => !matches!(word, "none" | "advisory" | ""),
                None => node.as_bool() != Some(false),
            };
            if claims {
                manifest.claim(&format!("supervision.{key}"), node);
            }
        }
        let audited = root.at(&["compliance", "recordkeeping", "audit_logging"]);
        if let Some(node) = audited.filter(|node: &&Node| node.as_bool() == Some(true)) {
            manifest.claim("recordkeeping.audit_logging", node);
        }
        manifest.reading()
    }
}
