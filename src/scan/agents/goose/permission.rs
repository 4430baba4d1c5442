//! `permission.yaml` of Goose: what is decided of single tools.

use super::VERSION;
use crate::{
    model::agent_config::{Client, Decision},
    scan::agents::{
        Format, Reading,
        entries::all,
        path,
        reader::{Reader, own_tool, texts},
    },
    source::{Document, node::Node},
};

pub(in crate::scan::agents) struct GoosePermission;

/// Who decided: the user, or a model in the mode that has one approve.
const DECIDERS: [&str; 2] = ["user", "smart_approve"];

/// Levels, the weakest first: a tool in two lists has the level of the one that Goose
/// looks into first.
const LEVELS: [(&str, Decision); 3] = [
    ("never_allow", Decision::Deny),
    ("ask_before", Decision::Ask),
    ("always_allow", Decision::Allow),
];

impl Format for GoosePermission {
    fn id(&self) -> &'static str {
        "goose-permission"
    }

    fn title(&self) -> &'static str {
        "Goose permissions of tools"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let has_level = |node: &Node| LEVELS.iter().any(|(level, _)| node.get(level).is_some());
        DECIDERS.iter().any(|decider| document.root.get(decider).is_some_and(has_level))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Goose, scope, document);
        for decider in DECIDERS {
            for (level, decision) in LEVELS {
                // What a model held for harmless once, it may hold for harmless again;
                // what it had asked is no rule.
                if decider != "user" && decision >= Decision::Ask {
                    continue;
                }
                for node in all(&document.root, decider) {
                    for (tool, place) in texts(node, level) {
                        reader.rule(decision, own_tool(tool), place);
                    }
                }
            }
        }
        reader.finish()
    }
}
