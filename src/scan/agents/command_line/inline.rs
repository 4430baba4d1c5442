//! Settings and servers that a command line carries, or names a file of.
//!
//! They hold for the runs that it starts: what they open is taken, what they restrict
//! restrains nobody else.

use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Decision, Elsewhere, Errand, Hook, PermissionMode, Scope, Source,
            SwitchKind,
        },
        location::Location,
    },
    scan::agents::{
        Format, Reading, claude_settings::ClaudeSettings, mcp_servers::McpServers, redact,
    },
    source::{
        Document, SyntaxHint,
        limits::Limits,
        node::{Node, Place, Value},
        parse_within,
    },
};

/// Adds what settings open.
pub(super) fn settings(outer: &Document, text: &str, at: &Location, into: &mut AgentConfig) {
    let Some(read) = read(outer, text, at, &ClaudeSettings, "settings.json", into) else { return };
    for config in read.configs {
        let opening = |mode| {
            use PermissionMode::{AcceptEdits, Bypass, Classifier};
            matches!(mode, Bypass | Classifier | AcceptEdits)
        };
        into.modes.extend(config.modes.into_iter().filter(|setting| opening(setting.mode)));
        let allows = config.rules.into_iter().filter(|rule| rule.decision == Decision::Allow);
        into.rules.extend(allows);
        into.switches.extend(config.switches.into_iter().filter(|switch| opens(&switch.kind)));
        into.servers.extend(config.servers);
        into.env.extend(config.env);
        into.secrets.extend(config.secrets);
        into.elsewhere.extend(config.elsewhere);
        let answering = |hook: &Hook| matches!(&*hook.event, "PermissionRequest" | "PreToolUse");
        let hooks = config.hooks.into_iter().filter(answering);
        // Whom they tell, they tell of one run.
        into.hooks.extend(hooks.map(|hook| Hook { errand: Errand::Elsewhere, ..hook }));
    }
}

/// Adds servers.
pub(super) fn servers(outer: &Document, text: &str, at: &Location, into: &mut AgentConfig) {
    let name = match into.client {
        Client::CopilotCli => ".copilot/mcp-config.json",
        _ => ".mcp.json",
    };
    let Some(read) = read(outer, text, at, &McpServers, name, into) else { return };
    for config in read.configs {
        into.servers.extend(config.servers);
        into.secrets.extend(config.secrets);
    }
}

/// Notes that a tool answers what a human would be asked.
pub(super) fn answered(at: &Location, into: &mut AgentConfig) {
    into.hooks.push(Hook {
        event: "PermissionRequest".to_owned(),
        matcher: None,
        kind: "mcp_tool".to_owned(),
        fails_closed: false,
        waits: true,
        errand: Errand::Elsewhere,
        location: at.clone(),
    });
}

/// Reads text in braces as a file of that name; any other is the path of one.
fn read(
    outer: &Document,
    text: &str,
    at: &Location,
    format: &dyn Format,
    name: &str,
    into: &mut AgentConfig,
) -> Option<Reading> {
    let mut elsewhere = |source| into.elsewhere.push(Elsewhere { source, location: at.clone() });
    if !text.trim_start().starts_with('{') {
        // Where a pipeline checks out what it works on is where the evidence begins.
        let path = ["${{ github.workspace }}/", "$GITHUB_WORKSPACE/", "$CI_PROJECT_DIR/"]
            .iter()
            .find_map(|start| text.strip_prefix(start))
            .unwrap_or(text);
        let plain = !path.contains('$') && redact::is_name(path);
        elsewhere(if plain { Source::File(path.to_owned()) } else { Source::Computed });
        return None;
    }
    let place = Place { line: at.line.unwrap_or(0), column: at.column.unwrap_or(0) };
    let value = Node::new(place, Value::String(text.to_owned()));
    let limits = Limits { nodes: 100_000, ..Limits::default() };
    let parsed = parse_within(outer, &value, SyntaxHint::Json, &limits);
    let Some(document) = parsed.documents.into_iter().next() else {
        elsewhere(Source::Computed);
        return None;
    };
    let mut reading = format.read(&document, name);
    for config in &mut reading.configs {
        config.scope = Scope::CommandLine;
    }
    Some(reading)
}

/// Whether a switch opens something.
fn opens(kind: &SwitchKind) -> bool {
    use SwitchKind as K;
    match kind {
        K::TrustProjectServers
        | K::TrustServer(_)
        | K::HandOutTool(_)
        | K::ModelAnswers
        | K::HooksDisabled
        | K::ShellSandboxed
        | K::SandboxedShellAllowed
        | K::AllowMatching(_)
        | K::AutoApproveAll
        | K::AutoApproveCommand(_)
        | K::AutoApproveTool(_) => true,
        K::BypassDisabled
        | K::ClassifierDisabled
        | K::ManagedRulesOnly
        | K::RefuseServer(_)
        | K::OnlyServers(_)
        | K::WithholdTool(_)
        | K::OutsideReadsBlocked
        | K::ManagedHooksOnly
        | K::RefusedInsteadOfAsked
        | K::OnlyTheseServers
        | K::OnlyAllowedServers
        | K::ManagedAllowedServersOnly
        | K::RefuseMatching(_)
        | K::ServersOff
        | K::AlwaysAsked(_)
        | K::CommandsAsked => false,
    }
}
