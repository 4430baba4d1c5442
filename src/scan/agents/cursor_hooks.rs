//! `hooks.json` of Cursor. A hook that fails lets pass, unless it says `failClosed`.

use super::{
    Format, Reading,
    entries::note_duplicates,
    flat_hooks, path,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client},
        location::Location,
    },
    source::Document,
};

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
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::Cursor, scope, location);
        note_duplicates(document, &mut config);
        flat_hooks::read(document, &mut config);
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, Vec::new())
    }
}
