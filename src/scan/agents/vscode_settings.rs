//! `settings.json` of VS Code, as far as its agent mode reads it, wherever it
//! stands: in a workspace file or a dev container too.

use super::{
    Format, Reading,
    entries::{Entries, all, note_duplicates},
    path, redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Problem, ProblemKind, Switch, SwitchKind},
        location::Location,
    },
    source::{Document, node::Node},
};

pub(super) struct VsCodeSettings;

/// The settings, and the places where other files hold them.
fn settings(root: &Node) -> Vec<&Node> {
    let mut found = vec![root];
    found.extend(root.at(&["customizations", "vscode", "settings"]));
    found.extend(root.get("settings"));
    found
}

fn decides(key: &str) -> bool {
    key.starts_with("chat.tools.")
        || key.starts_with("chat.mcp.")
        || key.starts_with("chat.agent.")
        || key.starts_with("chat.permissions.")
}

impl Format for VsCodeSettings {
    fn id(&self) -> &'static str {
        "vscode-settings"
    }

    fn title(&self) -> &'static str {
        "VS Code settings of agent mode"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        settings(&document.root).iter().any(|node| {
            node.entries().iter().any(|(key, _)| decides(&key.name))
                || node.at(&["mcp", "servers"]).is_some()
        })
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::VsCode, scope, location);
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        for node in settings(&document.root) {
            for (key, value) in node.entries() {
                setting(&key.name, value, document, &mut config);
            }
            let mut entries = Entries { document, config: &mut config, gaps: &mut gaps };
            for mcp in all(node, "mcp") {
                for servers in all(mcp, "servers").filter_map(|node| node.as_mapping()) {
                    entries.read(servers);
                }
            }
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}

fn setting(key: &str, value: &Node, document: &Document, config: &mut AgentConfig) {
    let location = value.location(&document.file);
    let mut switch = |kind, location| config.switches.push(Switch { kind, location });
    match key {
        // Older versions took other values for yes; anything but false counts.
        "chat.tools.global.autoApprove" | "chat.tools.autoApprove" | "chat.agent.autoApprove"
            if value.as_bool() != Some(false) =>
        {
            switch(SwitchKind::AutoApproveAll, location);
        }
        "chat.permissions.default" => {
            let word = value.as_str().unwrap_or_default().to_ascii_lowercase();
            if !matches!(word.as_str(), "manual" | "ask" | "default") {
                switch(SwitchKind::AutoApproveAll, location);
            }
        }
        "chat.tools.terminal.autoApprove" => {
            if value.as_bool() == Some(true) {
                switch(SwitchKind::AutoApproveCommand("*".to_owned()), location.clone());
                config.problems.push(Problem {
                    kind: ProblemKind::IgnoredValue,
                    subject: key.to_owned(),
                    reason: "it takes a mapping of commands, not a boolean".to_owned(),
                    location,
                });
                return;
            }
            for (command, decision) in value.entries() {
                let approved = decision.as_bool() == Some(true)
                    || decision.get("approve").and_then(Node::as_bool) == Some(true);
                if approved {
                    let place = decision.location(&document.file);
                    let all = matches!(command.name.as_str(), "/.*/" | "/^.*$/" | "/.+/" | "*");
                    let shown = if all { "*".to_owned() } else { redact::words(&command.name) };
                    switch(SwitchKind::AutoApproveCommand(shown), place);
                }
            }
        }
        _ => {}
    }
}
