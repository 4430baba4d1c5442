//! Amazon Bedrock agents in CloudFormation templates: action groups, and which of their
//! functions ask for confirmation.
//!
//! What an intrinsic function decides is known once the stack is made: it leaves the
//! gate unknown.

mod roles;
mod template;

use std::sync::Arc;

use super::{
    Format, Reading,
    entries::note_duplicates,
    redact,
    resource::named,
    secrets::{self, KeyNames},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Approval, Client, Scope, ToolReference, ToolSource},
        coverage::Gap,
        gate::FailMode,
        location::Location,
    },
    source::{
        Document, SyntaxHint,
        limits::Limits,
        node::{Key, Node},
        parse_within,
    },
};

pub(super) use roles::settle;

pub(super) struct Bedrock;

const AGENT: &str = "AWS::Bedrock::Agent";

impl Format for Bedrock {
    fn id(&self) -> &'static str {
        "bedrock-agents"
    }

    fn title(&self) -> &'static str {
        "Amazon Bedrock agents in CloudFormation"
    }

    fn version(&self) -> &'static str {
        "2026-09"
    }

    fn recognise(&self, document: &Document) -> bool {
        agents(document).next().is_some()
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let location = Location::file(document.file.clone());
        let mut gaps = Vec::new();
        let mut configs = agents(document).map(|(key, resource)| {
            let location = key.place.location(&document.file);
            let mut config = AgentConfig::new(self.id(), Client::Bedrock, Scope::Project, location);
            let properties = resource.get("Properties").unwrap_or(resource);
            let name = properties.str_at("AgentName").unwrap_or(&key.name);
            let mut identity = named(AGENT, &redact::name(name));
            if properties.get("AgentCollaborators").is_some() {
                identity.opaque = Some("it hands work to agents of other templates");
            }
            config.identity = Some(identity);
            roles::read(document, properties, &mut config, &mut gaps);
            for group in properties.items_at("ActionGroups") {
                read_group(group, document, &mut config, &mut gaps);
            }
            if properties.get("ActionGroups").is_some_and(|groups| groups.as_sequence().is_none()) {
                gaps.push(undecided(&config.location, "its action groups"));
            }
            config
        });
        let mut first = configs.next().unwrap_or_else(|| {
            AgentConfig::new(self.id(), Client::Bedrock, Scope::Project, location)
        });
        let others: Vec<AgentConfig> = configs.collect();
        note_duplicates(document, &mut first);
        first.secrets = secrets::sweep(document, KeyNames::Environments);
        let mut reading = Reading::new(first, gaps);
        others.into_iter().for_each(|config| reading.add(config));
        reading
    }
}

fn agents(document: &Document) -> impl Iterator<Item = (&Key, &Node)> {
    let resources = document.root.get("Resources").map(Node::entries).unwrap_or_default();
    resources
        .iter()
        .filter(|(_, resource)| resource.str_at("Type") == Some(AGENT))
        .map(|(key, resource)| (key, resource))
}

fn read_group(group: &Node, document: &Document, config: &mut AgentConfig, gaps: &mut Vec<Gap>) {
    let file = &document.file;
    let location = group.location(file);
    let name = redact::name(group.str_at("ActionGroupName").unwrap_or("?"));
    let state = group.get("ActionGroupState");
    let state_of = |approval: Approval| match state {
        Some(state) if state.as_str() == Some("DISABLED") => Approval::Refused {
            location: state.location(file),
            reason: "its action group is disabled".to_owned(),
        },
        _ => approval,
    };
    let returned = group.at(&["ActionGroupExecutor", "CustomControl"]).is_some();
    let mut add = |tool: String, approval: Approval, location: Location| {
        config.tools.push(ToolReference {
            source: ToolSource::BuiltIn(tool),
            tool: None,
            approval: state_of(approval),
            location,
        });
    };
    if let Some(parent) = group.get("ParentActionGroupSignature") {
        let tool = redact::name(parent.as_str().unwrap_or("?"));
        return add(tool, confirmation(None, returned, file), location);
    }
    if let Some(functions) = group.at(&["FunctionSchema", "Functions"]).and_then(Node::as_sequence)
    {
        for function in functions {
            let own = redact::name(function.str_at("Name").unwrap_or("?"));
            let approval = confirmation(function.get("RequireConfirmation"), returned, file);
            add(format!("{name}: {own}"), approval, function.location(file));
        }
        return;
    }
    let payload = group.at(&["ApiSchema", "Payload"]);
    let inline = payload.map(|payload| {
        parse_within(document, payload, SyntaxHint::Unknown, &Limits::default()).documents
    });
    let operations: Vec<(String, Approval, Location)> = inline
        .iter()
        .flatten()
        .flat_map(|document| operations(&document.root, returned, file))
        .collect();
    if operations.is_empty() {
        gaps.push(undecided(&location, "the functions of an action group"));
        let reason = "which functions it has is not in the template".to_owned();
        return add(name, Approval::Undecided { reason }, location);
    }
    for (operation, approval, place) in operations {
        add(format!("{name}: {operation}"), approval, place);
    }
}

/// The operations of an OpenAPI schema that stands in the template.
fn operations(schema: &Node, returned: bool, file: &Arc<str>) -> Vec<(String, Approval, Location)> {
    const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];
    let paths = schema.get("paths").map(Node::entries).unwrap_or_default();
    let mut found = Vec::new();
    for (path, item) in paths {
        for method in METHODS {
            let Some(operation) = item.get(method) else { continue };
            let spelt = format!("{method} {}", path.name);
            let name = redact::name(operation.str_at("operationId").unwrap_or(&spelt));
            let asks = operation.get("x-requireConfirmation");
            found.push((name, confirmation(asks, returned, file), operation.location(file)));
        }
    }
    found
}

/// Whether somebody is asked, by what `RequireConfirmation` says.
fn confirmation(asks: Option<&Node>, returned: bool, file: &Arc<str>) -> Approval {
    match asks.map(|node| (node, node.as_str())) {
        Some((node, Some("ENABLED"))) => Approval::Asked {
            location: node.location(file),
            reason: "it requires confirmation".to_owned(),
            // The application puts the question, and could answer it itself.
            fails: FailMode::Unknown,
        },
        Some((_, other)) if other != Some("DISABLED") => Approval::Undecided {
            reason: "whether it requires confirmation is decided when the stack is made".to_owned(),
        },
        _ if returned => Approval::Undecided {
            reason: "control returns to the application, which decides".to_owned(),
        },
        _ => Approval::NotAsked { reason: "it requires no confirmation".to_owned() },
    }
}

fn undecided(location: &Location, what: &str) -> Gap {
    Gap { location: location.clone(), reason: format!("{what} stand elsewhere, not assessed") }
}
