//! Enterprise policies of VS Code, as a file of the machine holds them
//! (`/etc/vscode/policy.json`): each is a setting that nobody overrides.

use super::{
    Format, Reading,
    entries::note_duplicates,
    secrets::{self, KeyNames},
    vscode_settings::read_setting,
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Scope},
        location::Location,
    },
    source::Document,
};

pub(super) struct VsCodePolicy;

/// Policies, and the settings that they fix.
const POLICIES: &[(&str, &str)] = &[
    ("ChatToolsAutoApprove", "chat.tools.global.autoApprove"),
    ("ChatMCP", "chat.mcp.access"),
    ("ChatToolsEligibleForAutoApproval", "chat.tools.eligibleForAutoApproval"),
    ("ChatToolsTerminalEnableAutoApprove", "chat.tools.terminal.enableAutoApprove"),
];

impl Format for VsCodePolicy {
    fn id(&self) -> &'static str {
        "vscode-policy"
    }

    fn title(&self) -> &'static str {
        "Enterprise policies of VS Code"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        POLICIES.iter().any(|(policy, _)| document.root.get(policy).is_some())
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let mut config = AgentConfig::new(self.id(), Client::VsCode, Scope::Managed, location);
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        for (key, value) in document.root.entries() {
            let setting = POLICIES.iter().find(|(policy, _)| *policy == key.name);
            if let Some((_, setting)) = setting {
                read_setting(setting, value, document, &mut config, &mut gaps);
            }
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}
