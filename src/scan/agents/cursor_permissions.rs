//! `permissions.json` of Cursor: what runs without asking.

use super::{
    Format, Reading,
    entries::{all, note_duplicates},
    path, redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, ModeSetting, PermissionMode, Problem, ProblemKind, Switch,
            SwitchKind,
        },
        location::Location,
    },
    source::{Document, node::Node},
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
        let keys = ["allow_instructions", "block_instructions", "instructions"];
        let auto_run = document.root.get("autoRun");
        list("mcpAllowlist")
            || list("terminalAllowlist")
            || auto_run.is_some_and(|node| keys.iter().any(|key| node.get(key).is_some()))
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
                let Some(text) = item.as_str() else {
                    let reason = "it is no text";
                    note(ProblemKind::IgnoredValue, key, reason, item, document, &mut config);
                    continue;
                };
                if !terminal && !text.contains(':') {
                    let reason = "an entry names a server and a tool, as server:tool";
                    note(ProblemKind::DeadRule, key, reason, item, document, &mut config);
                }
                let kind = if terminal {
                    SwitchKind::AutoApproveCommand(redact::words(text))
                } else {
                    SwitchKind::AutoApproveTool(redact::opened(text))
                };
                config.switches.push(Switch { kind, location: item.location(&document.file) });
            }
        }
        read_auto_run(document, &mut config);
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

/// `autoRun`: sentences for the model that decides what runs unasked.
fn read_auto_run(document: &Document, config: &mut AgentConfig) {
    let some = |node: &&Node| node.as_sequence().is_none_or(|list| !list.is_empty());
    for auto_run in all(&document.root, "autoRun") {
        for node in all(auto_run, "allow_instructions").filter(some) {
            let location = node.location(&document.file);
            config.modes.push(ModeSetting { mode: PermissionMode::Classifier, location });
        }
        for node in all(auto_run, "block_instructions").filter(some) {
            let reason = "its sentences are read by the model that decides what runs; no rule \
                          of Cursor holds what it lets through";
            let key = "autoRun.block_instructions";
            note(ProblemKind::PromptOnly, key, reason, node, document, config);
        }
        for node in all(auto_run, "instructions") {
            let reason = "autoRun knows allow_instructions and block_instructions only";
            let key = "autoRun.instructions";
            note(ProblemKind::MisplacedKey, key, reason, node, document, config);
        }
    }
}

fn note(
    kind: ProblemKind,
    subject: &str,
    reason: &str,
    at: &Node,
    document: &Document,
    config: &mut AgentConfig,
) {
    config.problems.push(Problem {
        kind,
        subject: subject.to_owned(),
        reason: reason.to_owned(),
        location: at.location(&document.file),
    });
}
