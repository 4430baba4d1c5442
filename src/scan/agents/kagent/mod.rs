//! kagent's resources: agents and the tool servers they use.

mod agent;
mod server;

use super::{
    Format, Reading, redact,
    resource::{Resource, is_of},
    secrets::{self, KeyNames},
};
use crate::{
    model::agent_config::Client,
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
        // Its third version moved to a group of its own.
        is_of(&document.root, "kagent.dev") || is_of(&document.root, "api.kagent.dev")
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let root = &document.root;
        let mut resource = Resource::of(document, self.id(), Client::Kagent);
        resource.refuse_templates(deciding(root));
        let Resource { mut config, mut gaps } = resource;
        if let Some(mut identity) = config.identity.take() {
            match identity.kind.clone().as_str() {
                kind
                @ ("Agent" | "SandboxAgent" | "AgentTemplate" | "Harness" | "AgentHarness") => {
                    agent::read(document, kind, &mut identity, &mut config, &mut gaps);
                }
                kind @ ("RemoteMCPServer" | "MCPServer" | "ToolServer") => {
                    // It acts as its own account, whatever the agents that call it are.
                    identity.service_account = root
                        .at(&["spec", "deployment", "serviceAccountName"])
                        .and_then(Node::as_str)
                        .map(redact::name);
                    server::read(document, kind, &identity.name, &mut config, &mut gaps);
                }
                // The others decide nothing about tools and gates.
                _ => {}
            }
            config.identity = Some(identity);
        }
        config.secrets = secrets::sweep(document, KeyNames::Environments);
        Reading::new(config, gaps)
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
