//! Kubernetes resources that are agents, policies of agents or tool servers: who
//! they are, told the same way for every product.

use std::sync::Arc;

use super::{
    entries::{has_template, note_duplicates},
    redact,
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Identity, Scope},
        coverage::Gap,
        location::Location,
    },
    source::{Document, node::Node},
};

/// A configuration that one resource is, and what could not be decided of it.
pub(super) struct Resource {
    pub(super) config: AgentConfig,
    pub(super) gaps: Vec<Gap>,
}

impl Resource {
    /// A resource of `client`, of which nothing but its name is read yet.
    pub(super) fn of(document: &Document, format: &'static str, client: Client) -> Self {
        let identity = identity(&document.root);
        let location = document.root.location(&document.file).with_object(object(&identity));
        let mut config = AgentConfig::new(format, client, Scope::Cluster, location);
        note_duplicates(document, &mut config);
        config.identity = Some(identity);
        Self { config, gaps: Vec::new() }
    }

    /// Notes that something which decides is still a template, where one of `texts` is.
    pub(super) fn refuse_templates<'n>(&mut self, mut texts: impl Iterator<Item = &'n Node>) {
        if texts.any(has_template) {
            self.gaps.push(template(&self.config.location));
            self.opaque("it is a template");
        }
    }

    /// Notes that what the agent does is in no resource; the first reason counts.
    pub(super) fn opaque(&mut self, why: &'static str) {
        if let Some(identity) = &mut self.config.identity {
            identity.opaque.get_or_insert(why);
        }
    }
}

/// Whether a document is a resource of this API group.
pub(super) fn is_of(root: &Node, group: &str) -> bool {
    let version = root.str_at("apiVersion").and_then(|version| version.strip_prefix(group));
    version.is_some_and(|rest| rest.starts_with('/')) && root.str_at("kind").is_some()
}

/// What is not assessed because it is decided when the file is rendered.
pub(super) fn template(location: &Location) -> Gap {
    Gap {
        location: location.clone(),
        reason: "template, not assessed: names and tools are decided when it is rendered"
            .to_owned(),
    }
}

/// Every text below a value.
pub(super) fn texts(node: &Node) -> Vec<&Node> {
    let mut texts = Vec::new();
    let mut queue = vec![node];
    while let Some(node) = queue.pop() {
        if node.as_str().is_some() {
            texts.push(node);
        }
        queue.extend(node.entries().iter().map(|(_, value)| value));
        queue.extend(node.as_sequence().unwrap_or_default());
    }
    texts
}

/// The names that a list holds, with their places.
pub(super) fn names(list: &[Node], file: &Arc<str>) -> Vec<(String, Location)> {
    list.iter()
        .filter_map(|item| Some((redact::name(item.as_str()?), item.location(file))))
        .collect()
}

/// An agent that a file describes and no resource.
pub(super) fn named(kind: &str, name: &str) -> Identity {
    Identity {
        kind: kind.to_owned(),
        name: name.to_owned(),
        namespace: None,
        service_account: None,
        roles: Vec::new(),
        opaque: None,
    }
}

/// `Kind/namespace/name`, as places call an object.
pub(super) fn object(identity: &Identity) -> String {
    match &identity.namespace {
        Some(namespace) => format!("{}/{namespace}/{}", identity.kind, identity.name),
        None => format!("{}/{}", identity.kind, identity.name),
    }
}

/// Who an object of a cluster is.
pub(super) fn identity(root: &Node) -> Identity {
    let text = |key: &str| root.at(&["metadata", key]).and_then(Node::as_str).map(redact::name);
    let kind = redact::name(root.str_at("kind").unwrap_or_default());
    Identity { namespace: text("namespace"), ..named(&kind, &text("name").unwrap_or_default()) }
}
