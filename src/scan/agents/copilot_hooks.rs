//! Hooks of GitHub Copilot, `.github/hooks/*.json`: what its cloud agent and its CLI tell
//! of each session and each tool.

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

pub(super) struct CopilotHooks;

/// Events that only Copilot has.
const OWN_EVENTS: &[&str] = &["userPromptSubmitted", "errorOccurred", "agentStop", "subagentStop"];

impl Format for CopilotHooks {
    fn id(&self) -> &'static str {
        "copilot-hooks"
    }

    fn title(&self) -> &'static str {
        "GitHub Copilot hooks"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        flat_hooks::are_flat(root)
            && (flat_hooks::events(root).any(|event| OWN_EVENTS.contains(&event))
                || flat_hooks::any_has(root, &["bash", "powershell", "timeoutSec"])
                || path::is_copilot_hooks(&document.file))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::Copilot, scope, location);
        note_duplicates(document, &mut config);
        flat_hooks::read(document, &mut config);
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, Vec::new())
    }
}
