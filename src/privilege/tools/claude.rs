//! Claude Code: deny over ask over allow, whatever the scope; modes by the
//! highest scope that sets one.

mod admitted;
mod policy;

use std::borrow::Cow;

use super::{
    builtin, dead_rules,
    exposure::{self, ANY_TOOL, Offer},
    listed,
    merge::{Findings, client_gate, in_a_row},
    party::{self, Party},
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Decision, Launch, PermissionRule, Program, RuleTarget, Scope, Server,
            ServerState, Setting, Transport,
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
    let Some(first) = configs.first() else { return };
    for party in party::parties(first.client, configs, findings) {
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
    for config in &party.configs {
        let identity = config.identity.as_ref();
        if let Some((identity, why)) = identity.and_then(|own| Some((own, own.opaque?))) {
            listed::opaque(config, identity, why, findings);
        }
    }
    for config in &party.exposed {
        for server in config.servers.iter().filter(|server| server.state == ServerState::Enabled) {
            of_server(server, config.scope, party, &policy, rules, findings);
        }
    }
    let own = policy.rules.iter().copied().filter(|rule| party.is_own(&rule.location));
    dead_rules::note(own, &party.configs, rules, &policy, findings);
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
    let server = &inherits(server, rule, &party.configs, rules);
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

/// A server with what it inherits of the session's environment: of that, what opens it. What
/// restricts it must stand in its own entry, which is the same wherever it is used.
fn inherits<'s>(
    server: &'s Server,
    rule: Option<&ServerRule>,
    configs: &[&AgentConfig],
    rules: &ServerRules,
) -> Cow<'s, Server> {
    // What is not named does not reach a container.
    let Transport::Stdio(Launch { program, .. }) = &server.transport else {
        return Cow::Borrowed(server);
    };
    let contained = matches!(program, Program::Image(_));
    let opens = |setting: &Setting| {
        let name = setting.name.as_str();
        !contained
            && (rule.is_some_and(|rule| rule.is_opened_by(name)) || rules.chooses_registry(setting))
            && server.env.iter().all(|own| own.name != name)
    };
    let given = configs.iter().filter(|config| config.rejected.is_none());
    let given = given.flat_map(|config| &config.env).filter(|setting| opens(setting));
    let given: Vec<Setting> = given.cloned().collect();
    if given.is_empty() {
        return Cow::Borrowed(server);
    }
    let mut server = server.clone();
    server.env.extend(given);
    Cow::Owned(server)
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
