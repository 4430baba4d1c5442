//! MCP servers that code starts or calls.

use super::{draft::Draft, literal::COMPUTED, names::ScopeId, uses::Code};
use crate::{
    model::{
        agent_config::{Server, Transport},
        coverage::Gap,
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
