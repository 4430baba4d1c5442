//! kubectl-ai: `config.yaml`, `mcp.yaml` and `tools.yaml`.

use super::{
    Format, Reading,
    entries::{Entries, all, note_duplicates},
    path, redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Approval, Client, Problem, ProblemKind, Switch, SwitchKind, Telemetry,
            ToolReference, ToolSource,
        },
        location::Location,
    },
    source::{Document, node::Node},
};

pub(super) struct KubectlAi;

/// Keys of `config.yaml` that no other product has beside each other.
const OWN_KEYS: [&str; 8] = [
    "llmProvider",
    "skipPermissions",
    "enableToolUseShim",
    "mcpClient",
    "mcpServer",
    "externalTools",
    "maxIterations",
    "kubeConfigPath",
];

impl Format for KubectlAi {
    fn id(&self) -> &'static str {
        "kubectl-ai"
    }

    fn title(&self) -> &'static str {
        "kubectl-ai configuration, servers and tools"
    }

    fn version(&self) -> &'static str {
        "2025-12"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        let keys = OWN_KEYS.iter().filter(|key| root.get(key).is_some()).count();
        let is_server = |item: &Node| {
            item.str_at("name").is_some()
                && (item.get("command").is_some() || item.get("url").is_some())
        };
        let servers = root.items_at("servers");
        root.get("apiVersion").is_none()
            && (keys >= 2
                || root.get("skipPermissions").is_some()
                || (!servers.is_empty()
                    && servers.iter().all(is_server)
                    && root.entries().len() == 1)
                || own_tools(root).next().is_some())
    }

    fn read(&self, document: &Document, path: &str) -> Reading {
        let root = &document.root;
        let location = Location::file(document.file.clone());
        let scope = path::home_or_project(path);
        let mut config = AgentConfig::new(self.id(), Client::KubectlAi, scope, location);
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        for node in all(root, "skipPermissions") {
            let location = node.location(&document.file);
            match node.as_bool() {
                Some(true) => {
                    config.switches.push(Switch { kind: SwitchKind::AutoApproveAll, location });
                }
                Some(false) => {}
                None => config.problems.push(Problem {
                    kind: ProblemKind::IgnoredValue,
                    subject: "skipPermissions".to_owned(),
                    reason: "it is no boolean, and the file is not loaded".to_owned(),
                    location,
                }),
            }
        }
        for node in all(root, "tracePath") {
            let enabled = node.as_str().is_some_and(|path| !path.is_empty());
            let location = node.location(&document.file);
            config.telemetry.push(Telemetry { name: "tracePath".to_owned(), enabled, location });
        }
        for item in root.items_at("servers") {
            let name = redact::name(item.str_at("name").unwrap_or_default());
            let location = item.location(&document.file);
            let mut entries = Entries { document, config: &mut config, gaps: &mut gaps };
            let server = entries.entry(name, item, location);
            config.servers.push(server);
        }
        for tool in own_tools(root) {
            config.tools.push(ToolReference {
                source: ToolSource::BuiltIn(redact::name(tool.str_at("name").unwrap_or_default())),
                tool: None,
                approval: Approval::Undecided {
                    reason: "what it asks for is the model's own judgement".to_owned(),
                },
                location: tool.location(&document.file),
            });
        }
        config.secrets = secrets::sweep(document, KeyNames::Everywhere);
        Reading::new(config, gaps)
    }
}

/// Tools of `tools.yaml`: a list of commands, each with what it is for.
fn own_tools(root: &Node) -> impl Iterator<Item = &Node> {
    root.as_sequence().unwrap_or_default().iter().filter(|item| {
        ["name", "command", "command_desc"].iter().all(|key| item.str_at(key).is_some())
    })
}
