//! Tools that a client has of its own: the shell first of all, which is every
//! credential of the machine.

use super::{
    Noted,
    claude::Policy,
    merge::{Exposed, Findings, client_gate},
    observe::Observation,
    party::Party,
};
use crate::{
    model::{
        agent_config::{Decision, PermissionMode, PermissionRule, RuleTarget, SwitchKind},
        capability::Grant,
        effect::Effect,
        gate::{Gate, GateKind},
        location::Location,
    },
    rubric::servers::{ClientTool, ClientToolKind, CommandEffects, ServerRules, glob},
};

const CLAUDE: &str = "claude-code";

/// Claude Code's own tools.
pub(super) fn claude(
    party: &Party<'_>,
    policy: &Policy<'_>,
    rules: &ServerRules,
    findings: &mut Findings,
) {
    let Some(client) = rules.client(CLAUDE) else { return };
    let Some(place) = party.exposed.first().map(|config| config.location.clone()) else { return };
    for tool in &client.tools {
        let allowed = rules_for(policy, Decision::Allow, tool);
        if tool.optional && allowed.is_empty() {
            continue;
        }
        let kept = party.withholds_own(tool);
        let kept_whole = kept.is_some();
        let whole = kept.unwrap_or_else(|| gate(policy, tool));
        let grant = Grant {
            description: format!("tool {} of Claude Code", tool.tool),
            location: place.clone(),
            cut_at: None,
        };
        for rule in allowed {
            // Deny and ask win over every allow rule.
            if let Some(specifier) = specifier_of(rule)
                && !kept_whole
                && !restricted(policy, tool)
            {
                partly(policy, tool, specifier, rule, &rules.commands, findings);
            }
        }
        if !kept_whole && !restricted(policy, tool) {
            beside_edits(tool, policy, &place, findings);
        }
        let open = tool.effect.is_mutating() && whole.kind == GateKind::None;
        if open && rules_for(policy, Decision::Allow, tool).iter().any(|rule| is_whole(rule)) {
            note_allowed(CLAUDE, tool, &tool.tool, tool.effect, &whole, findings);
        }
        findings.sole.built_in(tool.kind, &tool.tool, &whole);
        findings.add(Exposed {
            owner: CLAUDE.to_owned(),
            tool: tool.tool.clone(),
            effect: tool.effect,
            known: true,
            gate: whole,
            grant,
        });
    }
    reads_blocked(policy, findings);
}

/// Commands that run unasked in the mode that accepts edits: they do to files of the
/// working folder what edits do.
fn beside_edits(tool: &ClientTool, policy: &Policy<'_>, place: &Location, findings: &mut Findings) {
    if tool.with_edits.is_empty() || policy.mode() != Some(PermissionMode::AcceptEdits) {
        return;
    }
    let location = policy.by_mode().location;
    let name = format!("{}({})", tool.tool, tool.with_edits.join(", "));
    let reason = "the mode accepts edits, and commands that change files of the working folder";
    findings.add(Exposed {
        owner: CLAUDE.to_owned(),
        effect: Effect::Reversible,
        known: true,
        gate: client_gate(GateKind::None, location, reason),
        grant: Grant {
            description: format!("tool {name} of Claude Code"),
            location: place.clone(),
            cut_at: None,
        },
        tool: name,
    });
}

/// An allow rule for part of a tool: `Bash(kubectl get:*)`.
fn partly(
    policy: &Policy<'_>,
    tool: &ClientTool,
    specifier: &str,
    rule: &PermissionRule,
    commands: &CommandEffects,
    findings: &mut Findings,
) {
    match policy.mode() {
        Some(PermissionMode::Bypass) => {
            let gate = policy.by_mode();
            part(CLAUDE, tool, specifier, gate, &rule.location, commands, findings);
        }
        _ => expose_part(CLAUDE, tool, specifier, &rule.location, commands, findings),
    }
}

/// Adds part of a client's tool that a rule or a list at `location` lets run unasked.
pub(super) fn expose_part(
    client: &str,
    tool: &ClientTool,
    specifier: &str,
    location: &Location,
    commands: &CommandEffects,
    findings: &mut Findings,
) {
    let gate = client_gate(GateKind::None, Some(location.clone()), "a rule allows it unasked");
    part(client, tool, specifier, gate, location, commands, findings);
}

fn part(
    client: &str,
    tool: &ClientTool,
    specifier: &str,
    gate: Gate,
    location: &Location,
    commands: &CommandEffects,
    findings: &mut Findings,
) {
    let (effect, known) = match tool.kind {
        ClientToolKind::Shell => command_effect(specifier, commands),
        ClientToolKind::Edit | ClientToolKind::Read | ClientToolKind::Other => (tool.effect, true),
    };
    let name = format!("{}({specifier})", tool.tool);
    if effect.is_mutating() {
        note_allowed(client, tool, &name, effect, &gate, findings);
    }
    if tool.kind == ClientToolKind::Shell && effect.is_irreversible() {
        findings.sole.open_shell(&name, location);
    }
    findings.add(Exposed {
        owner: client.to_owned(),
        tool: name.clone(),
        effect,
        known,
        gate,
        grant: Grant {
            description: format!("allow rule {name}"),
            location: location.clone(),
            cut_at: None,
        },
    });
}

/// Notes that a rule or list lets a changing tool run unasked.
pub(super) fn note_allowed(
    client: &str,
    tool: &ClientTool,
    name: &str,
    effect: Effect,
    gate: &Gate,
    findings: &mut Findings,
) {
    let Some(location) = gate.location.clone() else { return };
    findings.auto_allowed.push(Noted {
        name: format!("{client}: {name}"),
        detail: gate.reason.clone(),
        location: location.clone(),
    });
    let what = if tool.kind == ClientToolKind::Shell { "shell" } else { "tool" };
    let seen = Observation::new("rule", client, name, &location)
        .with("what", what)
        .with("effect", effect.as_str());
    findings.observations.push(if what == "tool" { seen.of_tool(name) } else { seen });
}

/// The gate of a tool as a whole.
fn gate(policy: &Policy<'_>, tool: &ClientTool) -> Gate {
    let whole = |decision| {
        rules_for(policy, decision, tool)
            .into_iter()
            .find(|rule| is_whole(rule))
            .map(|rule| rule.location.clone())
    };
    if let Some(place) = whole(Decision::Deny) {
        return client_gate(GateKind::Deny, Some(place), "a rule denies it");
    }
    if let Some(place) = whole(Decision::Ask) {
        return policy.asked(place);
    }
    if let Some(place) = whole(Decision::Allow) {
        return client_gate(GateKind::None, Some(place), "a rule allows it unasked");
    }
    let edits = policy.mode() == Some(PermissionMode::AcceptEdits);
    match tool.kind {
        ClientToolKind::Edit if edits => {
            let place = policy.by_mode().location;
            client_gate(GateKind::None, place, "the mode accepts edits")
        }
        ClientToolKind::Read => {
            client_gate(GateKind::None, None, "reading in the working folder is not asked for")
        }
        ClientToolKind::Shell => match sandboxed(policy) {
            Some(gate) => gate,
            None => policy.by_mode(),
        },
        ClientToolKind::Edit | ClientToolKind::Other => policy.by_mode(),
    }
}

/// The gate that a sandbox leaves, where it makes asking needless.
fn sandboxed(policy: &Policy<'_>) -> Option<Gate> {
    let enabled = policy.switch(&SwitchKind::ShellSandboxed)?;
    if let Some(place) = policy.switch(&SwitchKind::SandboxedShellAllowed) {
        let reason = "sandboxed commands run unasked";
        return Some(client_gate(GateKind::None, Some(place.clone()), reason));
    }
    let unset = !policy.lifts(&SwitchKind::SandboxedShellAllowed);
    let asks = policy.by_mode().holds();
    (unset && asks).then(|| {
        let reason = "versions differ in whether sandboxed commands run unasked where \
                      autoAllowBashIfSandboxed is not set";
        client_gate(GateKind::Unknown, Some(enabled.clone()), reason)
    })
}

/// Whether a rule for the whole tool denies it or asks.
fn restricted(policy: &Policy<'_>, tool: &ClientTool) -> bool {
    [Decision::Deny, Decision::Ask]
        .into_iter()
        .any(|decision| rules_for(policy, decision, tool).into_iter().any(is_whole))
}

fn rules_for<'p>(
    policy: &Policy<'p>,
    decision: Decision,
    tool: &ClientTool,
) -> Vec<&'p PermissionRule> {
    // Whether a rule for Edit holds for Write too is only certain where that opens
    // something.
    policy
        .rules
        .iter()
        .copied()
        .filter(|rule| rule.decision == decision)
        .filter(|rule| names(rule, tool, decision == Decision::Allow))
        .collect()
}

/// Whether a rule speaks of a tool, or, with `aliases`, of one that brings it along.
pub(super) fn names(rule: &PermissionRule, tool: &ClientTool, aliases: bool) -> bool {
    match &rule.target {
        RuleTarget::BuiltIn { tool: pattern, .. } => {
            glob(pattern, &tool.tool)
                || (aliases && tool.aliases.iter().any(|name| name == pattern))
        }
        RuleTarget::Mcp { .. } | RuleTarget::Unreadable(_) => false,
    }
}

/// The part of a tool that a rule speaks of; none where it speaks of the whole.
pub(super) fn specifier_of(rule: &PermissionRule) -> Option<&str> {
    match &rule.target {
        RuleTarget::BuiltIn { specifier: Some(specifier), .. } if !is_whole(rule) => {
            Some(specifier)
        }
        _ => None,
    }
}

/// Whether a rule speaks of everything that a tool can do.
pub(super) fn is_whole(rule: &PermissionRule) -> bool {
    match &rule.target {
        RuleTarget::BuiltIn { specifier, .. } => {
            specifier.as_deref().is_none_or(|text| matches!(text.trim(), "*" | "**" | ":*" | ""))
        }
        RuleTarget::Mcp { .. } | RuleTarget::Unreadable(_) => false,
    }
}

/// What the commands do that a pattern allows, and whether anybody knows.
fn command_effect(pattern: &str, commands: &CommandEffects) -> (Effect, bool) {
    let start = pattern.split('*').next().unwrap_or_default();
    let fixed = start.strip_suffix(':').unwrap_or(start);
    // `ps*` is `psql` too: a program whose name goes on could be any.
    let goes_on = fixed.len() == start.len() && start.len() < pattern.len();
    let open_ended = goes_on && !start.contains(char::is_whitespace);
    let plain = !fixed.contains(['|', ';', '&', '>', '<', '`', '$', '(', '/', '^']);
    let words: Vec<&str> = fixed.split_whitespace().collect();
    match commands.effect_of(&words).filter(|_| plain && !open_ended) {
        Some(effect) => (effect, true),
        None => (Effect::Escalation, false),
    }
}

/// Folders that hold the credentials of the planes that gradus reads.
const CREDENTIAL_FOLDERS: [&str; 2] = [".kube", ".aws"];

/// Whether files that hold credentials cannot be read.
fn reads_blocked(policy: &Policy<'_>, findings: &mut Findings) {
    let outside = policy.restriction(&SwitchKind::OutsideReadsBlocked).is_some();
    let denied = CREDENTIAL_FOLDERS.iter().all(|folder| {
        policy.rules.iter().any(|rule| {
            let RuleTarget::BuiltIn { tool, specifier: Some(path) } = &rule.target else {
                return false;
            };
            let spelt = [
                format!("~/{folder}/**"),
                format!("~/{folder}"),
                format!("//**/{folder}/**"),
                format!("**/{folder}/**"),
            ];
            rule.decision == Decision::Deny && tool == "Read" && spelt.contains(path)
        })
    });
    findings.sole.credential_files_blocked |= outside || denied;
}
