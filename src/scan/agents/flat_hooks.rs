//! Hooks as Cursor and GitHub Copilot write them: `{"version": 1, "hooks": {event: [hook]}}`.

use super::{entries::all, errand, redact};
use crate::{
    model::agent_config::{AgentConfig, Hook},
    source::{Document, node::Node},
};

/// Whether every event holds hooks themselves, and no matchers that hold hooks.
pub(super) fn are_flat(root: &Node) -> bool {
    let mut hooks = all(root, "hooks")
        .flat_map(Node::entries)
        .flat_map(|(_, list)| list.as_sequence().unwrap_or_default())
        .peekable();
    let runs =
        |hook: &Node| ["command", "bash", "powershell"].iter().any(|key| hook.get(key).is_some());
    root.at(&["hooks"]).is_some_and(|node| node.as_mapping().is_some())
        && hooks.peek().is_some()
        && hooks.all(runs)
}

/// The events that have hooks.
pub(super) fn events(root: &Node) -> impl Iterator<Item = &str> {
    all(root, "hooks").flat_map(Node::entries).map(|(event, _)| event.name.as_str())
}

/// Whether some hook has a key.
pub(super) fn any_has(root: &Node, keys: &[&str]) -> bool {
    all(root, "hooks")
        .flat_map(Node::entries)
        .flat_map(|(_, list)| list.as_sequence().unwrap_or_default())
        .any(|hook| keys.iter().any(|key| hook.get(key).is_some()))
}

/// Reads all hooks. Unless `failClosed` is true, what a hook is for goes on when it fails.
pub(super) fn read(document: &Document, config: &mut AgentConfig) {
    for (event, list) in all(&document.root, "hooks").flat_map(Node::entries) {
        for hook in list.as_sequence().unwrap_or_default() {
            let closed: Vec<_> = all(hook, "failClosed").map(Node::as_bool).collect();
            config.hooks.push(Hook {
                event: redact::name(&event.name),
                matcher: hook.str_at("matcher").and_then(errand::matcher),
                kind: redact::name(hook.str_at("type").unwrap_or("command")),
                fails_closed: !closed.is_empty() && closed.iter().all(|set| *set == Some(true)),
                waits: true,
                errand: errand::of(hook, &document.root),
                location: hook.location(&document.file),
            });
        }
    }
}
