//! Hooks: programs that run at events and may block what the agent does.

use std::sync::Arc;

use crate::{
    model::agent_config::{AgentConfig, Hook},
    scan::agents::{entries::all, errand, redact},
    source::node::Node,
};

/// Whether `hooks` is Claude Code's: events in capitals, each with a list of
/// matchers that hold hooks.
pub(in crate::scan::agents) fn are_hooks(node: &Node) -> bool {
    node.entries().iter().any(|(event, matchers)| {
        event.name.starts_with(|c: char| c.is_ascii_uppercase())
            && matchers
                .as_sequence()
                .unwrap_or_default()
                .iter()
                .any(|matcher| matcher.get("hooks").is_some())
    })
}

pub(in crate::scan::agents) fn read(root: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    for (event, matchers) in all(root, "hooks").flat_map(Node::entries) {
        for matcher in matchers.as_sequence().unwrap_or_default() {
            let applies_to = matcher.str_at("matcher").and_then(errand::matcher);
            for hook in
                all(matcher, "hooks").flat_map(|list| list.as_sequence().unwrap_or_default())
            {
                config.hooks.push(Hook {
                    event: redact::name(&event.name),
                    matcher: applies_to.clone(),
                    kind: redact::name(hook.str_at("type").unwrap_or("command")),
                    fails_closed: hook.str_at("onFailure") == Some("block"),
                    waits: hook.get("async").and_then(Node::as_bool) != Some(true),
                    errand: errand::of(hook, root),
                    location: hook.location(file),
                });
            }
        }
    }
}
