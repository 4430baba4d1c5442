//! Hooks of GitHub Copilot, `.github/hooks/*.json`: what its cloud agent and its CLI tell
//! of each session and each tool.

use super::{Format, Reading, flat_hooks, path, reader::Reader};
use crate::{model::agent_config::Client, source::Document};

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
        let scope = path::home_or_project(path);
        let mut reader = Reader::new(self, Client::Copilot, scope, document);
        flat_hooks::read(document, &mut reader.config);
        reader.finish()
    }
}
