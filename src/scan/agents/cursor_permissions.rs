//! `permissions.json` of Cursor: what runs without asking.

use super::{
    Format, Reading,
    entries::{all, note_duplicates},
    path, redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Problem, ProblemKind, Switch, SwitchKind},
        location::Location,
    },
    source::Document,
};

pub(super) struct CursorPermissions;

impl Format for CursorPermissions {
    fn id(&self) -> &'static str {
        "cursor-permissions"
    }

    fn title(&self) -> &'static str {
        "Cursor permissions"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        let list = |key| document.root.get(key).is_some_and(|node| node.as_sequence().is_some());
        list("mcpAllowlist") || list("terminalAllowlist")
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::Cursor, scope, location);
        note_duplicates(document, &mut config);
        for (key, terminal) in [("mcpAllowlist", false), ("terminalAllowlist", true)] {
            for item in
                all(&document.root, key).flat_map(|node| node.as_sequence().unwrap_or_default())
            {
                let Some(text) = item.as_str() else { continue };
                let kind = if terminal {
                    SwitchKind::AutoApproveCommand(redact::words(text))
                } else {
                    SwitchKind::AutoApproveTool(redact::name(text))
                };
                config.switches.push(Switch { kind, location: item.location(&document.file) });
            }
        }
        if let Some(node) = document.root.get("permissions") {
            config.problems.push(Problem {
                kind: ProblemKind::MisplacedKey,
                subject: "permissions".to_owned(),
                reason: "it belongs into cli.json; permissions.json does not know it".to_owned(),
                location: node.location(&document.file),
            });
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, Vec::new())
    }
}
