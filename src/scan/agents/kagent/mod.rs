//! kagent's resources: agents and the tool servers they use.

mod agent;
mod server;

use super::{
    Format, Reading,
    entries::{has_template, note_duplicates},
    redact,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Identity, Scope},
        coverage::Gap,
        location::Location,
    },
    source::{Document, node::Node},
};

pub(super) struct Kagent;

impl Format for Kagent {
    fn id(&self) -> &'static str {
        "kagent"
    }

    fn title(&self) -> &'static str {
        "kagent agents and tool servers"
    }

    fn version(&self) -> &'static str {
        "v1alpha1 to v1alpha3"
    }

    fn recognise(&self, document: &Document) -> bool {
        let root = &document.root;
        // Its third version moved to a group of its own.
        let ours = |version: &str| {
            version.starts_with("kagent.dev/") || version.starts_with("api.kagent.dev/")
        };
        root.str_at("apiVersion").is_some_and(ours) && root.str_at("kind").is_some()
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let root = &document.root;
        let kind = redact::name(root.str_at("kind").unwrap_or_default());
        let text = |key: &str| root.at(&["metadata", key]).and_then(Node::as_str).map(redact::name);
        let name = text("name").unwrap_or_default();
        let namespace = text("namespace");
        let object = match &namespace {
            Some(namespace) => format!("{kind}/{namespace}/{name}"),
            None => format!("{kind}/{name}"),
        };
        let location = root.location(&document.file).with_object(object);
        let mut config =
            AgentConfig::new(self.id(), Client::Kagent, Scope::Cluster, location.clone());
        let mut gaps = Vec::new();
        note_duplicates(document, &mut config);
        let mut identity =
            Identity { kind: kind.clone(), name, namespace, service_account: None, opaque: None };
        if deciding(root).any(has_template) {
            gaps.push(template(location));
            identity.opaque = Some("it is a template");
        }
        match kind.as_str() {
            "Agent" | "SandboxAgent" | "AgentTemplate" | "Harness" | "AgentHarness" => {
                agent::read(document, &kind, &mut identity, &mut config, &mut gaps);
            }
            "RemoteMCPServer" | "MCPServer" | "ToolServer" => {
                // It acts as its own account, whatever the agents that call it are.
                identity.service_account = root
                    .at(&["spec", "deployment", "serviceAccountName"])
                    .and_then(Node::as_str)
                    .map(redact::name);
                server::read(document, &kind, &identity.name, &mut config, &mut gaps);
            }
            // The others decide nothing about tools and gates.
            _ => {}
        }
        config.identity = Some(identity);
        config.secrets = secrets::sweep(document, KeyNames::Environments);
        Reading::new(config, gaps)
    }
}

fn template(location: Location) -> Gap {
    Gap {
        location,
        reason: "template, not assessed: names and tools are decided when it is rendered"
            .to_owned(),
    }
}

/// Texts that name something; prompts may hold braces of their own.
fn deciding(root: &Node) -> impl Iterator<Item = &Node> {
    let metadata = root.get("metadata").map(Node::entries).unwrap_or_default();
    let spec = root.get("spec");
    let tools = spec
        .into_iter()
        .flat_map(|spec| [Some(spec), spec.get("declarative")])
        .flatten()
        .flat_map(|holder| holder.items_at("tools"))
        .flat_map(|tool| tool.entries())
        .flat_map(|(_, source)| source.entries())
        .flat_map(|(_, value)| {
            std::iter::once(value).chain(value.as_sequence().unwrap_or_default())
        });
    let direct = ["type", "url"].into_iter().filter_map(move |key| spec?.get(key));
    metadata.iter().map(|(_, value)| value).chain(direct).chain(tools)
}
