//! ToolHive's resources: tool servers that its operator runs or calls.
//!
//! Such a server answers whoever reaches it. Its Cedar policies say who may call what,
//! and are not evaluated: no gate is read out of them.

use super::{
    Format, Reading,
    command::{self, Word, image_of},
    entries::Entries,
    redact,
    resource::{Resource, is_of, names, texts},
    secrets::{self, KeyNames},
};
use crate::{
    model::agent_config::{
        AgentConfig, Approval, Client, Pin, Problem, ProblemKind, Program, Server, ServerState,
        Telemetry, ToolReference, ToolSource, Transport,
    },
    source::{Document, node::Node},
};

pub(super) struct ToolHive;

impl Format for ToolHive {
    fn id(&self) -> &'static str {
        "toolhive"
    }

    fn title(&self) -> &'static str {
        "ToolHive tool servers"
    }

    fn version(&self) -> &'static str {
        "toolhive.stacklok.dev/v1alpha1, 2026-06"
    }

    fn recognise(&self, document: &Document) -> bool {
        is_of(&document.root, "toolhive.stacklok.dev")
            && matches!(
                document.root.str_at("kind"),
                Some("MCPServer" | "MCPRemoteProxy" | "VirtualMCPServer")
            )
    }

    fn read(&self, document: &Document, _path: &str) -> Reading {
        let root = &document.root;
        let mut resource = Resource::of(document, self.id(), Client::ToolHive);
        let nothing = Node::new(root.place, crate::source::node::Value::Null);
        let spec = root.get("spec").unwrap_or(&nothing);
        resource.refuse_templates(root.get("metadata").into_iter().flat_map(texts));
        resource.refuse_templates(texts(spec).into_iter());
        if root.str_at("kind") == Some("VirtualMCPServer") {
            resource.opaque("it passes calls on to the servers of its group");
        }
        let account = ["serviceAccount", "serviceAccountName"]
            .iter()
            .find_map(|key| spec.str_at(key))
            .or_else(|| spec.at(&["podTemplateSpec", "spec", "serviceAccountName"])?.as_str());
        let Resource { mut config, mut gaps } = resource;
        let mut name = String::new();
        if let Some(identity) = &mut config.identity {
            identity.service_account = account.map(redact::name);
            name.clone_from(&identity.name);
        }
        if root.str_at("kind") != Some("VirtualMCPServer") {
            let location = config.location.clone();
            let mut entries = Entries { document, config: &mut config, gaps: &mut gaps };
            let server = server(spec, name.clone(), &mut entries);
            config.servers.push(server);
            let policies = spec.get("authzConfig").is_some();
            config.tools.push(ToolReference {
                source: ToolSource::Server { namespace: None, name },
                tool: None,
                approval: Approval::Undecided {
                    reason: if policies {
                        "its Cedar policies are not evaluated, and they ask nobody".to_owned()
                    } else {
                        "whoever reaches it calls it, and what asks a human is theirs".to_owned()
                    },
                },
                location,
            });
        }
        records(spec, document, &mut config);
        limits(spec, document, &mut config);
        config.secrets = secrets::sweep(document, KeyNames::Environments);
        Reading::new(config, gaps)
    }
}

/// What it writes down of each call.
fn records(spec: &Node, document: &Document, config: &mut AgentConfig) {
    let traces = ["telemetry", "openTelemetry", "enabled"];
    for (name, path) in [("audit.enabled", &["audit", "enabled"][..]), ("telemetry", &traces)] {
        let Some(node) = spec.at(path) else { continue };
        config.telemetry.push(Telemetry {
            name: name.to_owned(),
            enabled: node.as_bool() == Some(true),
            location: node.location(&document.file),
        });
    }
    if let Some(node) = spec.get("telemetryConfigRef") {
        let location = node.location(&document.file);
        let name = "telemetryConfigRef".to_owned();
        config.telemetry.push(Telemetry { name, enabled: true, location });
    }
}

/// Its limit of calls is counted in Redis, and is none where that does not answer.
fn limits(spec: &Node, document: &Document, config: &mut AgentConfig) {
    let Some(node) = spec.get("rateLimiting") else { return };
    config.problems.push(Problem {
        kind: ProblemKind::FailsOpen,
        subject: "rateLimiting".to_owned(),
        reason: "the proxy counts calls in Redis and lets every call pass while that does not \
                 answer; a limit in the gateway before it holds then"
            .to_owned(),
        location: node.location(&document.file),
    });
}

fn server(spec: &Node, name: String, entries: &mut Entries<'_>) -> Server {
    let mut env = Vec::new();
    for node in spec.get("env").into_iter() {
        entries.settings(node, &mut env);
    }
    let file = &entries.document.file;
    let word =
        |node: &Node| Some(Word { text: node.text()?.into_owned(), location: node.location(file) });
    let remote = ["remoteUrl", "remoteURL"].iter().find_map(|key| spec.str_at(key));
    let transport = match (remote, spec.str_at("image").and_then(image_of)) {
        (Some(url), _) => Transport::Http { url: redact::url(url), headers: Vec::new() },
        (None, Some((image, pin))) => {
            let words: Vec<Word> = spec.items_at("args").iter().filter_map(word).collect();
            Transport::Stdio(command::direct(Program::Image(image), pin, &words))
        }
        (None, None) => {
            let program = Program::Opaque("an image that is not named");
            Transport::Stdio(command::direct(program, Pin::Absent, &[]))
        }
    };
    let filter = spec.items_at("tools").iter().chain(spec.items_at("toolsFilter"));
    let filter: Vec<Node> = filter.cloned().collect();
    Server {
        name,
        location: entries.config.location.clone(),
        state: ServerState::Enabled,
        transport,
        env,
        env_elsewhere: spec.get("secrets").is_some(),
        auto_approved: Vec::new(),
        hidden: Vec::new(),
        selected: (!filter.is_empty()).then(|| names(&filter, file)),
        sandboxed: None,
    }
}
