//! `.aider.conf.yml`. Aider edits files unasked and commits what it edited; it asks before
//! each shell command, and `yes-always`, which answers every other question, refuses those.

use super::{Format, Reading, entries::all, path, reader::Reader, redact};
use crate::{
    model::agent_config::{Client, SwitchKind},
    source::{Document, Syntax, node::Node},
};

pub(super) struct AiderConfig;

/// Keys that no other file has.
const OWN_KEYS: &[&str] = &[
    "yes-always",
    "auto-commits",
    "dirty-commits",
    "suggest-shell-commands",
    "weak-model",
    "edit-format",
    "editor-model",
    "map-tokens",
    "auto-test",
    "auto-lint",
    "attribute-author",
    "chat-history-file",
];

/// Commands that it runs by itself after each edit: their key, the switch, and whether
/// that is on where nothing is said.
const AFTER_EDITS: [(&str, &str, bool); 2] =
    [("test-cmd", "auto-test", false), ("lint-cmd", "auto-lint", true)];

impl Format for AiderConfig {
    fn id(&self) -> &'static str {
        "aider-config"
    }

    fn title(&self) -> &'static str {
        "Aider configuration"
    }

    fn version(&self) -> &'static str {
        "0.86"
    }

    fn recognise(&self, document: &Document) -> bool {
        document.syntax == Syntax::Yaml
            && (OWN_KEYS.iter().any(|key| document.root.get(key).is_some())
                || path::has_name(&document.file, ".aider.conf.yml"))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Aider, scope, document);
        let root = &document.root;
        for (command, switch, unset) in AFTER_EDITS {
            let on = all(root, switch).next().map_or(unset, |node| node.as_bool() != Some(false));
            for node in all(root, command).filter(|_| on) {
                let items = node.as_sequence().unwrap_or_default().iter();
                for text in std::iter::once(node).chain(items).filter_map(Node::as_str) {
                    // A linter may stand behind the language it is for.
                    let text = text.split_once(": ").map_or(text, |(_, command)| command);
                    let kind = SwitchKind::AutoApproveCommand(redact::words(text));
                    reader.switch(kind, node);
                }
            }
        }
        reader.finish()
    }
}
