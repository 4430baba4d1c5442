//! `hooks.json` of Codex, which has the form that Claude Code gave it.

use super::{VERSION, is_system};
use crate::{
    model::agent_config::{Client, Scope},
    scan::agents::{Format, Reading, claude_settings::hooks, path, reader::Reader},
    source::Document,
};

pub(in crate::scan::agents) struct CodexHooks;

impl Format for CodexHooks {
    fn id(&self) -> &'static str {
        "codex-hooks"
    }

    fn title(&self) -> &'static str {
        "Codex hooks"
    }

    fn version(&self) -> &'static str {
        VERSION
    }

    fn recognise(&self, document: &Document) -> bool {
        let path = path::folded(&document.file);
        path.ends_with("/hooks.json")
            && (path.contains("/.codex/") || path.contains("/codex/"))
            && document.root.get("hooks").is_some_and(hooks::are_hooks)
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = if is_system(path) { Scope::Managed } else { path::home_or_project(path) };
        let mut reader = Reader::new(self, Client::Codex, scope, document);
        hooks::read(&document.root, &document.file, &mut reader.config);
        reader.finish()
    }
}
