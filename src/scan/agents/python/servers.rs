//! MCP servers that code starts or calls.

use super::{draft::Draft, literal::COMPUTED, names::ScopeId, uses::Code};
use crate::{
    model::{
        agent_config::{Server, ServerState, Transport},
        coverage::Gap,
        location::Location,
    },
    scan::agents::{entries::Entries, redact},
    source::{
        node::{Node, Value},
        python::Expr,
    },
};

/// Keys that decide what runs.
const DECIDING: [&str; 4] = ["command", "args", "url", "type"];

impl Draft {
    /// Adds a server whose entry a mapping in the code is; `change` adds what stands
    /// outside of the entry.
    pub(super) fn server<'m>(
        &mut self,
        code: &Code<'m>,
        name: &str,
        entry: &'m Expr,
        scope: ScopeId,
        change: impl FnOnce(&mut Server),
    ) {
        let node = code.node(entry, scope);
        let node = node.get("server_params").cloned().unwrap_or(node);
        let computed = node.as_mapping().is_none()
            || node.entries().iter().any(|(key, _)| key.name == COMPUTED)
            || DECIDING.iter().any(|key| node.get(key).is_some_and(is_computed));
        let env_elsewhere = node.get("env").is_some_and(|env| {
            env.as_mapping().is_none() || env.entries().iter().any(|(key, _)| key.name == COMPUTED)
        });
        let location = code.location(entry.place);
        let document = code.document(node);
        let gaps = if computed { &mut Vec::new() } else { &mut self.gaps };
        let mut entries = Entries { document: &document, config: &mut self.config, gaps };
        let mut server = entries.entry(redact::name(name), &document.root, location.clone());
        if computed {
            server.transport = Transport::Unreadable;
            let reason = format!("what server {} is, is computed", server.name);
            self.gaps.push(Gap { location, reason });
        }
        server.env_elsewhere |= env_elsewhere;
        change(&mut server);
        self.config.servers.push(server);
    }

    /// Adds a server that somebody else calls for the agent.
    pub(super) fn remote_server(
        &mut self,
        name: &str,
        url: Option<&str>,
        location: Location,
        selected: Option<Vec<(String, Location)>>,
    ) {
        self.config.servers.push(Server {
            name: redact::name(name),
            location,
            state: ServerState::Enabled,
            transport: Transport::Http { url: url.and_then(redact::url), headers: Vec::new() },
            env: Vec::new(),
            env_elsewhere: false,
            auto_approved: Vec::new(),
            hidden: Vec::new(),
            selected,
            sandboxed: None,
        });
    }
}

/// Whether a value, or one in it, is computed.
fn is_computed(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.contains(COMPUTED),
        Value::Sequence(items) => items.iter().any(is_computed),
        Value::Mapping(mapping) => {
            mapping.entries.iter().any(|(key, value)| key.name == COMPUTED || is_computed(value))
        }
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) => false,
    }
}
