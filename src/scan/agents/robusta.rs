//! Robusta's Helm values: playbooks, and the HolmesGPT that it brings.
//!
//! A playbook ties actions to triggers, and every trigger is an event or a clock: what
//! a playbook does, it does unasked. What people start from a message is in no playbook.

mod sinks;

use std::sync::Arc;

use super::{
    Format, Reading,
    entries::{all, note_duplicates},
    holmes, path, redact,
    resource::named,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Approval, Client, ToolReference, ToolSource},
        coverage::Gap,
        location::Location,
    },
    source::{Document, node::Node},
};

use sinks::Sinks;

pub(super) struct Robusta;

/// Lists of playbooks, as the chart and the runner call them.
const LISTS: [&str; 7] = [
    "customPlaybooks",
    "builtinPlaybooks",
    "platformPlaybooks",
    "priorityBuiltinPlaybooks",
    "activePlaybooks",
    "active_playbooks",
    "playbooks",
];

impl Format for Robusta {
    fn id(&self) -> &'static str {
        "robusta"
    }

    fn title(&self) -> &'static str {
        "Robusta playbooks and Helm values"
    }

    fn version(&self) -> &'static str {
        "0.28"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let is_playbook =
            |item: &Node| item.get("triggers").is_some() && item.get("actions").is_some();
        let sinks = root.get("sinksConfig").is_some_and(|list| list.as_sequence().is_some());
        root.get("apiVersion").is_none()
            && (sinks
                || root.get("enableHolmesGPT").is_some()
                || playbooks(root).into_iter().any(is_playbook))
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let root = &document.root;
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::Robusta, scope, location.clone());
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        config.identity = Some(named("Robusta", "robusta"));
        let sinks = Sinks::read(root, &document.file, &mut config);
        for playbook in playbooks(root) {
            let before = config.tools.len();
            read_playbook(playbook, &document.file, &mut config);
            let its = config.tools.get(before..).unwrap_or_default().to_vec();
            sinks.note(playbook, &its, &document.file, &mut config);
        }
        if let Some(repositories) =
            root.get("playbookRepos").filter(|node| !node.entries().is_empty())
        {
            gaps.push(Gap {
                location: repositories.location(&document.file),
                reason: "the playbooks of these repositories are code that is not followed"
                    .to_owned(),
            });
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        let mut reading = Reading::new(config, gaps);
        if root.get("enableHolmesGPT").is_some_and(|node| node.as_bool() != Some(false)) {
            let mut holmes = AgentConfig::new(self.id(), Client::Holmes, scope, location);
            let own = root.get("holmes").unwrap_or(&NOTHING);
            holmes::settings(document, own, &mut holmes, &mut reading.gaps);
            reading.add(holmes);
        }
        reading
    }
}

/// Settings of which none is set.
static NOTHING: Node = Node {
    place: crate::source::node::Place { line: 0, column: 0 },
    value: crate::source::node::Value::Null,
    written: None,
};

/// Every playbook of every list, those by name included.
fn playbooks(root: &Node) -> Vec<&Node> {
    let lists = LISTS.iter().flat_map(|key| all(root, key));
    let named = all(root, "namedCustomPlaybooks").flat_map(Node::entries).map(|(_, list)| list);
    lists.chain(named).flat_map(|list| list.as_sequence().unwrap_or_default()).collect()
}

fn read_playbook(playbook: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    let trigger = playbook
        .items_at("triggers")
        .iter()
        .flat_map(Node::entries)
        .map(|(key, _)| redact::name(&key.name))
        .collect::<Vec<_>>()
        .join(", ");
    let stopped = playbook.get("disabled").is_some_and(|node| node.as_bool() == Some(true));
    for (key, _) in playbook.items_at("actions").iter().flat_map(Node::entries) {
        let location = key.place.location(file);
        let approval = if stopped {
            Approval::Refused {
                location: location.clone(),
                reason: "the playbook is disabled".to_owned(),
            }
        } else {
            Approval::NotAsked { reason: format!("{trigger} starts it") }
        };
        let source = ToolSource::BuiltIn(redact::name(&key.name));
        config.tools.push(ToolReference { source, tool: None, approval, location });
    }
}
