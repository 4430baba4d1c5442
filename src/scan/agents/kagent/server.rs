//! `RemoteMCPServer`, `MCPServer` and the older `ToolServer`.

use crate::{
    model::{
        agent_config::{AgentConfig, Pin, Program, Server, ServerState, Transport},
        coverage::Gap,
    },
    scan::agents::{
        command::{self, image_of},
        entries::{Entries, all},
        redact,
    },
    source::{Document, node::Node},
};

pub(super) fn read(
    document: &Document,
    kind: &str,
    name: &str,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    let location = config.location.clone();
    let Some(spec) = document.root.get("spec") else { return };
    // A ToolServer wraps its transport: `config.{stdio,sse,streamableHttp}`.
    let entry = spec
        .get("config")
        .and_then(|config| {
            ["stdio", "streamableHttp", "sse"].iter().find_map(|key| config.get(key))
        })
        .unwrap_or(spec);
    let deployment = spec.get("deployment").filter(|_| kind == "MCPServer");
    let server = match deployment {
        Some(deployment) => {
            let mut entries = Entries { document, config, gaps };
            deployed(deployment, name, &mut entries)
        }
        None => {
            let mut entries = Entries { document, config, gaps };
            let mut server = entries.entry(name.to_owned(), entry, location);
            if let Transport::Http { headers, .. } = &mut server.transport {
                for from in all(entry, "headersFrom") {
                    entries.settings(from, headers);
                }
            }
            server
        }
    };
    config.servers.push(server);
}

/// A server that kagent runs in a pod: a command of an image, or the image itself.
fn deployed(deployment: &Node, name: &str, entries: &mut Entries<'_>) -> Server {
    let location = entries.config.location.clone();
    let mut env = Vec::new();
    for node in all(deployment, "env") {
        entries.settings(node, &mut env);
    }
    let word = |node: &Node| {
        let text = node.text()?.into_owned();
        Some(command::Word { text, location: node.location(&entries.document.file) })
    };
    let arguments: Vec<_> = deployment.items_at("args").iter().filter_map(word).collect();
    let image = deployment.str_at("image");
    let launch = match deployment.get("cmd").and_then(word) {
        Some(program) => {
            let words: Vec<_> = std::iter::once(program).chain(arguments).collect();
            let mut launch = command::parse(&words).launch;
            if matches!(launch.pin, Pin::Installed) {
                launch.pin = image.and_then(image_of).map_or(Pin::Absent, |(_, pin)| pin);
            }
            launch
        }
        None => match image.and_then(image_of) {
            Some((image, pin)) => command::direct(Program::Image(image), pin, &arguments),
            None => {
                command::direct(Program::Opaque("an image that is not named"), Pin::Absent, &[])
            }
        },
    };
    Server {
        name: redact::name(name),
        location,
        state: ServerState::Enabled,
        transport: Transport::Stdio(launch),
        env,
        env_elsewhere: deployment.get("secretRefs").is_some()
            || deployment.get("configMapRefs").is_some(),
        auto_approved: Vec::new(),
        hidden: Vec::new(),
        selected: None,
        sandboxed: None,
    }
}
