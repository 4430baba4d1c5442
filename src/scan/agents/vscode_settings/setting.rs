//! One setting of VS Code, as its agent mode means it.

use crate::{
    model::{
        agent_config::{
            AgentConfig, Decision, ModeSetting, PermissionMode, PermissionRule, Problem,
            ProblemKind, RuleTarget, Switch, SwitchKind, Telemetry,
        },
        coverage::Gap,
        location::Location,
    },
    scan::agents::redact,
    source::{Document, node::Node},
};

/// Settings that are known and stand in no rule of the reader: they decide how agent mode
/// runs, and let nothing run unasked.
const KNOWN: [&str; 8] = [
    "chat.agent.enabled",
    "chat.agent.maxRequests",
    "chat.agent.sandbox.allowUnsandboxedCommands",
    "chat.mcp.autostart",
    "chat.mcp.enabled",
    "chat.tools.terminal.ignoreDefaultAutoApproveRules",
    "chat.useHooks",
    "github.copilot.chat.otel.enabled",
];

/// What settings of agent mode begin with.
const PREFIXES: [&str; 4] = ["chat.tools.", "chat.agent.", "chat.mcp.", "chat.permissions."];

/// Settings that begin so and decide nothing: how a chat looks. They make no agent of the
/// file that they stand in.
const LOOKS: [&str; 4] = [
    "chat.agent.thinkingStyle",
    "chat.agent.todoList.position",
    "chat.mcp.gallery.enabled",
    "chat.tools.todos.showWidget",
];

/// Whether a setting may be one of agent mode: any that begins as they do counts, unless
/// it is known to decide nothing, since a name that nobody knows may open everything.
pub(super) fn decides(key: &str) -> bool {
    KNOWN.contains(&key)
        || is_of_agent_mode(key)
        || (key.starts_with("chat.") && key.to_ascii_lowercase().contains("autoapprove"))
}

fn is_of_agent_mode(key: &str) -> bool {
    PREFIXES.iter().any(|prefix| key.starts_with(prefix)) && !LOOKS.contains(&key)
}

/// What the client calls its terminal in settings.
const TERMINAL: [&str; 2] = ["runInTerminal", "run_in_terminal"];

/// Reads one setting; those that decide nothing are passed over.
pub(in crate::scan::agents) fn read(
    key: &str,
    value: &Node,
    document: &Document,
    config: &mut AgentConfig,
    gaps: &mut Vec<Gap>,
) {
    let location = value.location(&document.file);
    match key {
        // Older versions took other values for yes; anything but false counts.
        "chat.tools.global.autoApprove" | "chat.tools.autoApprove" | "chat.agent.autoApprove" => {
            switch(SwitchKind::AutoApproveAll, value.as_bool() != Some(false), location, config);
        }
        "chat.permissions.default" => starting_mode(value, location, config),
        "github.copilot.chat.otel.enabled" => config.telemetry.push(Telemetry {
            name: key.to_owned(),
            enabled: value.as_bool() == Some(true),
            location,
        }),
        // The later two are what older versions call it.
        "chat.tools.terminal.autoApprove"
        | "chat.agent.terminal.autoApprove"
        | "chat.agent.terminal.allowList" => commands(key, value, document, config),
        "chat.tools.terminal.enableAutoApprove" => {
            // The list counts unless it is switched off.
            let off = value.as_bool() == Some(false);
            switch(SwitchKind::CommandsAsked, off, location, config);
        }
        "chat.tools.eligibleForAutoApproval" => {
            for (tool, eligible) in value.entries() {
                let tool = tool.name.rsplit('/').next().unwrap_or(&tool.name);
                let tool = if TERMINAL.contains(&tool) { "Terminal" } else { tool };
                let never = eligible.as_bool() == Some(false);
                let kind = SwitchKind::AlwaysAsked(redact::name(tool));
                switch(kind, never, eligible.location(&document.file), config);
            }
            if value.as_str().is_some() {
                let reason = "settings that stand in a text are not read".to_owned();
                gaps.push(Gap { location, reason });
            }
        }
        "chat.tools.edits.autoApprove" => allowed_parts("Edit", value, document, config),
        "chat.tools.urls.autoApprove" => allowed_parts("Fetch", value, document, config),
        "chat.agent.sandbox.enabled" => {
            let on =
                !matches!(value.as_str(), Some("off" | "false")) && value.as_bool() != Some(false);
            for kind in [SwitchKind::ShellSandboxed, SwitchKind::SandboxedShellAllowed] {
                switch(kind, on, location.clone(), config);
            }
            if on && !asks_outside(document) {
                config.problems.push(Problem {
                    kind: ProblemKind::FailsOpen,
                    subject: key.to_owned(),
                    reason: "a command may ask to leave the sandbox unless \
                             chat.agent.sandbox.allowUnsandboxedCommands is false"
                        .to_owned(),
                    location,
                });
            }
        }
        "chat.mcp.access" => {
            let off = matches!(value.as_str(), Some("off" | "none"));
            switch(SwitchKind::ServersOff, off, location, config);
        }
        "chat.mcp.discovery.enabled" => {
            let finds = value.as_bool() == Some(true)
                || value.entries().iter().any(|(_, on)| on.as_bool() == Some(true));
            if finds {
                let reason =
                    "servers that other clients of the machine declare are used too".to_owned();
                gaps.push(Gap { location, reason });
            }
        }
        _ if is_of_agent_mode(key) && !KNOWN.contains(&key) => {
            let reason = format!("what {} decides is not known", redact::name(key));
            gaps.push(Gap { location, reason });
        }
        _ => {}
    }
}

fn switch(kind: SwitchKind, on: bool, location: Location, config: &mut AgentConfig) {
    let set = if on { &mut config.switches } else { &mut config.lifted };
    set.push(Switch { kind, location });
}

/// `Manual`, `Assisted`, `Allow all`.
fn starting_mode(value: &Node, location: Location, config: &mut AgentConfig) {
    let word = value.as_str().unwrap_or_default().to_ascii_lowercase();
    match word.as_str() {
        "manual" | "ask" | "default" => {}
        "assisted" => {
            config.modes.push(ModeSetting { mode: PermissionMode::Classifier, location });
        }
        _ => switch(SwitchKind::AutoApproveAll, true, location, config),
    }
}

/// Commands by name or regular expression: true runs them unasked, false asks. It never
/// blocks one.
fn commands(key: &str, value: &Node, document: &Document, config: &mut AgentConfig) {
    if value.as_bool() == Some(true) {
        let location = value.location(&document.file);
        let kind = SwitchKind::AutoApproveCommand("*".to_owned());
        switch(kind, true, location.clone(), config);
        config.problems.push(Problem {
            kind: ProblemKind::IgnoredValue,
            subject: key.to_owned(),
            reason: "it takes a mapping of commands, not a boolean".to_owned(),
            location,
        });
        return;
    }
    for (command, decision) in value.entries() {
        if approves(decision) {
            let place = decision.location(&document.file);
            let shown = if matches_all(&command.name) {
                "*".to_owned()
            } else {
                redact::words(&command.name)
            };
            switch(SwitchKind::AutoApproveCommand(shown), true, place, config);
        }
    }
}

/// `true`, or an object that says so.
fn approves(decision: &Node) -> bool {
    decision.as_bool() == Some(true)
        || ["approve", "approveRequest"]
            .iter()
            .any(|key| decision.get(key).and_then(Node::as_bool) == Some(true))
}

/// Whether a regular expression fits every command, in the ways in which people write it.
fn matches_all(pattern: &str) -> bool {
    let Some((expression, _flags)) = pattern
        .strip_prefix('/')
        .and_then(|rest| rest.rsplit_once('/'))
        .filter(|(_, flags)| flags.chars().all(|c| c.is_ascii_lowercase()))
    else {
        return pattern == "*";
    };
    let bare = expression.trim_start_matches('^').trim_end_matches('$');
    let bare = bare.trim_start_matches('(').trim_end_matches(')');
    matches!(
        bare,
        "" | "." | ".*" | ".+" | "[\\s\\S]*" | "[\\s\\S]+" | "\\S" | "\\S+" | ".*?" | ".+?"
    )
}

/// Files or URLs that are not asked for: allow rules for part of a tool.
fn allowed_parts(tool: &str, value: &Node, document: &Document, config: &mut AgentConfig) {
    let mut allow = |specifier: Option<String>, location| {
        let target = RuleTarget::BuiltIn { tool: tool.to_owned(), specifier };
        config.rules.push(PermissionRule::new(Decision::Allow, target, location));
    };
    if value.as_bool() == Some(true) {
        allow(None, value.location(&document.file));
    }
    for (pattern, decision) in value.entries().iter().filter(|(_, decision)| approves(decision)) {
        let whole = matches!(pattern.name.as_str(), "**/*" | "**" | "*" | "https://*" | "*://*");
        let specifier = (!whole).then(|| redact::words(&pattern.name));
        allow(specifier, decision.location(&document.file));
    }
}

/// Whether some part of the file keeps commands in the sandbox.
fn asks_outside(document: &Document) -> bool {
    super::settings(&document.root).iter().any(|node| {
        node.get("chat.agent.sandbox.allowUnsandboxedCommands").and_then(Node::as_bool)
            == Some(false)
    })
}
