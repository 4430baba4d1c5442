//! Claude Code: deny over ask over allow, whatever the scope; modes by the
//! highest scope that sets one.

mod admitted;
mod policy;

use super::{
    builtin,
    exposure::{self, ANY_TOOL, Offer},
    merge::{Findings, client_gate, in_a_row},
    observe::Observation,
    party::{self, Party},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Decision, PermissionRule, RuleTarget, Scope, Server, ServerState,
        },
        effect::Effect,
        gate::{Gate, GateKind},
        location::Location,
    },
    rubric::servers::{ServerRule, ServerRules},
};

pub(super) use policy::Policy;

/// Reads all configurations of Claude Code of one agent.
pub(super) fn read(configs: &[&AgentConfig], rules: &ServerRules, findings: &mut Findings) {
    for party in party::parties(Client::ClaudeCode, configs, findings) {
        of_party(&party, rules, findings);
    }
}

/// The session, or one subagent.
fn of_party(party: &Party<'_>, rules: &ServerRules, findings: &mut Findings) {
    let configs = party.configs.as_slice();
    let client = rules.client("claude-code");
    let version = client.map(|rule| rule.version.clone());
    let policy = Policy::new(configs, version.unwrap_or_default());
    policy.note(findings);
    for config in &party.exposed {
        for server in config.servers.iter().filter(|server| server.state == ServerState::Enabled) {
            of_server(server, config.scope, party, &policy, rules, findings);
        }
    }
    note_dead_rules(party, &policy, rules, findings);
    builtin::claude(party, &policy, rules, findings);
    let by_mode = policy.by_mode();
    if by_mode.kind == GateKind::Unknown
        && findings.guards_changes(&by_mode)
        && let Some(config) = configs.first()
    {
        findings.unseen_modes.push(super::Noted {
            name: "claude-code".to_owned(),
            detail: by_mode.reason,
            location: by_mode.location.unwrap_or_else(|| config.location.clone()),
        });
    }
}

fn of_server(
    server: &Server,
    scope: Scope,
    party: &Party<'_>,
    policy: &Policy<'_>,
    rules: &ServerRules,
    findings: &mut Findings,
) {
    let client = rules.client("claude-code");
    let rule = rules.recognise(server);
    let mut offers = exposure::offers(server, rule, findings);
    offers.extend(allowed_beyond(server, rule, &offers, policy));
    for offer in offers {
        let tool = (offer.tool != ANY_TOOL).then_some(offer.tool.as_str());
        let kept = exposure::withheld(server, tool)
            .or_else(|| party.withholds(&server.name, tool, client))
            .or_else(|| policy.refuses(server, scope));
        let (gate, allowed_by) = match kept {
            Some(gate) => (gate, None),
            None => gate(server, tool, policy),
        };
        let gate = in_a_row(gate, offer.gate.clone());
        if let Some(location) = allowed_by
            && offer.effect.is_mutating()
            && !gate.holds()
        {
            findings.auto_allow(server, &offer, &gate, &location);
        }
        findings.expose(server, offer, gate);
    }
}

/// Tools that an allow rule names and the catalogue does not know: newer than
/// it, or of a server that nobody listed.
fn allowed_beyond(
    server: &Server,
    rule: Option<&ServerRule>,
    offers: &[Offer],
    policy: &Policy<'_>,
) -> Vec<Offer> {
    let mut beyond: Vec<Offer> = Vec::new();
    for allowed in policy.rules.iter().filter(|rule| rule.decision == Decision::Allow) {
        let RuleTarget::Mcp { server: named, tool: Some(tool) } = &allowed.target else { continue };
        let ours = policy::same_server(named, &server.name) && !tool.contains('*');
        let listed = rule.is_some_and(|rule| rule.effect_of(tool).is_some());
        let known = listed || offers.iter().chain(&beyond).any(|offer| offer.tool == *tool);
        if ours && !known {
            let unlisted = rule.and_then(|rule| rule.unlisted);
            beyond.push(Offer {
                tool: tool.clone(),
                effect: unlisted.unwrap_or(Effect::Destructive),
                known: unlisted.is_some(),
                gate: None,
                host: rule.is_none(),
            });
        }
    }
    beyond
}

/// The client's gate of one tool, and the rule that allows it, if one does.
fn gate(server: &Server, tool: Option<&str>, policy: &Policy<'_>) -> (Gate, Option<Location>) {
    let found = |decision| policy.rule_for(decision, &server.name, tool);
    if let Some(place) = found(Decision::Deny) {
        return (client_gate(GateKind::Deny, Some(place), "a rule denies it"), None);
    }
    if let Some(place) = found(Decision::Ask) {
        return (policy.asked(place), None);
    }
    if let Some(place) = found(Decision::Allow) {
        let gate = client_gate(GateKind::None, Some(place.clone()), "a rule allows it unasked");
        return (gate, Some(place));
    }
    let approved = |(name, _): &&(String, Location)| name == "*" || tool == Some(name.as_str());
    if let Some((_, place)) = server.auto_approved.iter().find(approved) {
        let reason = "its entry lets it run unasked";
        let gate = client_gate(GateKind::None, Some(place.clone()), reason);
        return (gate, Some(place.clone()));
    }
    (policy.by_mode(), None)
}

/// Rules that restrict a tool which its server does not have.
fn note_dead_rules(
    party: &Party<'_>,
    policy: &Policy<'_>,
    rules: &ServerRules,
    findings: &mut Findings,
) {
    let restricts =
        |rule: &&&PermissionRule| rule.decision != Decision::Allow && party.is_own(&rule.location);
    if !policy.rules.iter().any(|rule| restricts(&rule)) {
        return;
    }
    let servers: Vec<(&Server, Option<&ServerRule>)> = party
        .configs
        .iter()
        .flat_map(|config| &config.servers)
        .map(|server| (server, rules.recognise(server)))
        .collect();
    for restricting in policy.rules.iter().filter(restricts) {
        let RuleTarget::Mcp { server, tool: Some(tool) } = &restricting.target else { continue };
        let named: Vec<Option<&ServerRule>> = servers
            .iter()
            .filter(|(known, _)| policy::same_server(server, &known.name))
            .map(|(_, rule)| *rule)
            .collect();
        let lists = |known: &Option<&ServerRule>| {
            known.is_none_or(|rule| {
                rule.unlisted.is_some()
                    || rule.all_tools().any(|(name, _)| policy::covers(tool, name))
            })
        };
        if !named.is_empty() && !named.iter().any(lists) {
            let detail = format!(
                "the {} rule for {tool} names no tool that the server is known to have",
                restricting.decision.as_str()
            );
            findings.observations.push(
                Observation::new("problem", server, detail, &restricting.location)
                    .with("problem", "dead-rule"),
            );
        }
    }
}
