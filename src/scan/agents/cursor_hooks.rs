//! `hooks.json` of Cursor. A hook that fails lets pass, unless it says `failClosed`.

use super::{Format, Reading, flat_hooks, path, reader::Reader};
use crate::{model::agent_config::Client, source::Document};

pub(super) struct CursorHooks;

/// Events that Cursor tells its hooks of.
const EVENTS: &[&str] = &[
    "preToolUse",
    "postToolUse",
    "postToolUseFailure",
    "beforeShellExecution",
    "beforeMCPExecution",
    "beforeReadFile",
    "beforeSubmitPrompt",
    "afterShellExecution",
    "afterMCPExecution",
    "afterFileEdit",
    "sessionStart",
    "sessionEnd",
    "stop",
];

impl Format for CursorHooks {
    fn id(&self) -> &'static str {
        "cursor-hooks"
    }

    fn title(&self) -> &'static str {
        "Cursor hooks"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        flat_hooks::are_flat(&document.root)
            && flat_hooks::events(&document.root).any(|event| EVENTS.contains(&event))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Cursor, scope, document);
        flat_hooks::read(document, &mut reader.config);
        reader.finish()
    }
}
