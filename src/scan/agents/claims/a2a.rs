//! Cards of the A2A protocol: skills of an agent, and nothing about what it may do.

use super::Manifest;
use crate::{
    scan::agents::{Format, Reading},
    source::{Document, node::Node},
};

pub(in crate::scan::agents) struct A2aCard;

impl Format for A2aCard {
    fn id(&self) -> &'static str {
        "a2a-agent-card"
    }

    fn title(&self) -> &'static str {
        "A2A agent cards"
    }

    fn version(&self) -> &'static str {
        "0.3"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let is_skill = |item: &Node| item.str_at("id").is_some() && item.str_at("name").is_some();
        let skills = root.items_at("skills");
        root.str_at("name").is_some()
            && !skills.is_empty()
            && skills.iter().all(is_skill)
            && root.get("capabilities").is_some_and(|node| node.as_mapping().is_some())
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let mut manifest = Manifest::of(document, self.id(), "A2A card", path);
        for skill in document.root.items_at("skills") {
            manifest.tool(skill.str_at("id").unwrap_or("?"), skill);
        }
        manifest.reading()
    }
}
