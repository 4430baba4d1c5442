//! Claude Code: deny over ask over allow, whatever the scope; modes by the
//! highest scope that sets one.

mod policy;

use super::{
    builtin, dead_rules,
    exposure::{self, ANY_TOOL, Offer},
    listed,
    merge::{Findings, client_gate, in_a_row},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Decision, PermissionRule, RuleTarget, Server, ServerState},
        effect::Effect,
        gate::{Gate, GateKind},
        location::Location,
    },
    rubric::servers::{ServerRule, ServerRules},
};

pub(super) use policy::Policy;

/// Reads all configurations of Claude Code of one agent.
pub(super) fn read(configs: &[&AgentConfig], rules: &ServerRules, findings: &mut Findings) {
    let version = rules.client("claude-code").map(|rule| rule.version.clone());
    let policy = Policy::new(configs, version.unwrap_or_default());
    policy.note(findings);
    for config in configs {
        let identity = config.identity.as_ref();
        if let Some((identity, why)) = identity.and_then(|own| Some((own, own.opaque?))) {
            listed::opaque(config, identity, why, findings);
        }
    }
    for config in configs {
        for server in &config.servers {
            if server.state == ServerState::Enabled {
                of_server(server, &policy, rules, findings);
            }
        }
    }
    dead_rules::note(policy.rules.iter().copied(), configs, rules, &policy, findings);
    builtin::claude(configs, &policy, rules, findings);
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

fn of_server(server: &Server, policy: &Policy<'_>, rules: &ServerRules, findings: &mut Findings) {
    let rule = rules.recognise(server);
    let mut offers = exposure::offers(server, rule, findings);
    offers.extend(allowed_beyond(server, rule, &offers, policy));
    for offer in offers {
        let (gate, allowed_by) = gate(server, &offer, policy);
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
fn gate(server: &Server, offer: &Offer, policy: &Policy<'_>) -> (Gate, Option<Location>) {
    let tool = (offer.tool != ANY_TOOL).then_some(offer.tool.as_str());
    if let Some(gate) = exposure::withheld(server, tool) {
        return (gate, None);
    }
    if let Some(switch) = policy.refuses(&server.name) {
        let gate = client_gate(GateKind::Deny, Some(switch), "the client refuses the server");
        return (gate, None);
    }
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
    if let Some((_, place)) =
        server.auto_approved.iter().find(|(name, _)| name == "*" || *name == offer.tool)
    {
        let reason = "its entry lets it run unasked";
        let gate = client_gate(GateKind::None, Some(place.clone()), reason);
        return (gate, Some(place.clone()));
    }
    (policy.by_mode(), None)
}

impl dead_rules::Matches for Policy<'_> {
    fn names(&self, rule: &PermissionRule, server: &Server) -> bool {
        match &rule.target {
            RuleTarget::Mcp { server: named, tool: Some(_) } => {
                policy::same_server(named, &server.name)
            }
            _ => false,
        }
    }

    fn speaks_of(&self, rule: &PermissionRule, _server: &Server, tool: &str) -> bool {
        match &rule.target {
            RuleTarget::Mcp { tool: Some(pattern), .. } => policy::covers(pattern, tool),
            _ => false,
        }
    }
}
