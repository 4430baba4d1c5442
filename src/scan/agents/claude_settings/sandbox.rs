//! The sandbox of Claude Code. It holds the shell alone, and is no approval: servers run
//! outside of it, and by default so does a command that it cannot hold.

use std::sync::Arc;

use crate::{
    model::agent_config::{AgentConfig, Problem, ProblemKind, Switch, SwitchKind},
    scan::agents::entries::all,
    source::node::Node,
};

pub(super) fn read(root: &Node, file: &Arc<str>, config: &mut AgentConfig) {
    let says = |key: &'static str, wanted: bool| {
        all(root, "sandbox")
            .flat_map(move |holder| all(holder, key))
            .find(|value| value.as_bool() == Some(wanted))
            .map(|value| value.location(file))
    };
    // These let commands run unasked, so one true is enough.
    for (key, kind) in [
        ("enabled", SwitchKind::ShellSandboxed),
        ("autoAllowBashIfSandboxed", SwitchKind::SandboxedShellAllowed),
    ] {
        match (says(key, true), says(key, false)) {
            (Some(location), _) => config.switches.push(Switch { kind, location }),
            (None, Some(location)) => config.lifted.push(Switch { kind, location }),
            (None, None) => {}
        }
    }
    let Some(enabled) = says("enabled", true) else { return };
    let mut note = |kind, subject: &str, reason: &str, location| {
        config.problems.push(Problem {
            kind,
            subject: subject.to_owned(),
            reason: reason.to_owned(),
            location,
        });
    };
    if says("failIfUnavailable", true).is_none() {
        let reason = "where the sandbox cannot start, commands run without it unless \
                      failIfUnavailable is true";
        note(ProblemKind::FailsOpen, "sandbox", reason, enabled.clone());
    }
    if says("allowUnsandboxedCommands", false).is_none() {
        let reason = "a command may ask to leave the sandbox unless allowUnsandboxedCommands is \
                      false";
        note(ProblemKind::FailsOpen, "sandbox", reason, enabled);
    }
    let excluded = all(root, "sandbox").flat_map(|holder| all(holder, "excludedCommands"));
    for item in excluded.flat_map(|list| list.as_sequence().unwrap_or_default()) {
        if item.as_str().is_some_and(|command| matches!(command.trim(), "*" | "bash" | "bash *")) {
            let reason = "it excludes every command from the sandbox";
            note(ProblemKind::FailsOpen, "excludedCommands", reason, item.location(file));
        }
    }
}
