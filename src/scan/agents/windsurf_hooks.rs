//! `hooks.json` of Windsurf: a hook blocks by one exit code, and lets pass by any other.

use super::{Format, Reading, entries::all, errand, path, reader::Reader, redact};
use crate::{
    model::agent_config::{Client, Hook, Scope},
    source::{Document, node::Node},
};

pub(super) struct WindsurfHooks;

/// Its events, as far as they tell what the agent does.
const EVENTS: &[&str] = &[
    "pre_read_code",
    "post_read_code",
    "pre_write_code",
    "post_write_code",
    "pre_run_command",
    "post_run_command",
    "pre_mcp_tool_use",
    "post_mcp_tool_use",
    "pre_user_prompt",
    "post_cascade_response",
];

impl Format for WindsurfHooks {
    fn id(&self) -> &'static str {
        "windsurf-hooks"
    }

    fn title(&self) -> &'static str {
        "Windsurf hooks"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        let own = |hooks: &Node| {
            hooks.entries().iter().any(|(key, _)| EVENTS.contains(&key.name.as_str()))
        };
        document.root.get("hooks").is_some_and(own)
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let text = path::folded(path);
        let system = ["/etc/windsurf/", "/application support/windsurf/", "/programdata/windsurf/"];
        let scope = if system.iter().any(|folder| text.contains(folder)) {
            Scope::Managed
        } else {
            path::home_or_project(path)
        };
        let mut reader = Reader::new(self, Client::Windsurf, scope, document);
        for (event, list) in all(&document.root, "hooks").flat_map(Node::entries) {
            for hook in list.as_sequence().unwrap_or_default() {
                let location = reader.at(hook);
                reader.config.hooks.push(Hook {
                    event: redact::name(&event.name),
                    matcher: None,
                    kind: "command".to_owned(),
                    fails_closed: false,
                    waits: true,
                    errand: errand::of(hook, &document.root),
                    location,
                });
            }
        }
        reader.finish()
    }
}
