//! Clients whose files are rules, modes and lists. What these mean to a client is
//! data (`rubric/servers/clients.yaml`): which of several rules counts, and what it
//! does where none speaks of a tool. Where approvals are state of a user interface,
//! what files open is known; whether anything is asked besides is not.

mod named;
pub(super) mod opened;
mod policy;

use super::{
    Noted, builtin, dead_rules,
    exposure::{self, ANY_TOOL},
    merge::{Exposed, Findings, in_a_row},
    observe::Observation,
    party::{self, Party},
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, ProblemKind, ServerState, ToolReference, ToolSource},
        capability::Grant,
        effect::Effect,
        gate::GateKind,
    },
    rubric::servers::{ClientTool, ClientToolKind, ServerRules},
};
use policy::Policy;

pub(super) fn read(
    client: Client,
    configs: &[&AgentConfig],
    rules: &ServerRules,
    findings: &mut Findings,
) {
    for party in party::parties(client, configs, findings) {
        of_party(client, &party, rules, findings);
    }
    if let Some(unseen) = rules.client(client.as_str()).and_then(|rule| rule.unseen.as_deref()) {
        findings.sole.doubt(unseen.to_owned());
    }
}

/// The session, or one subagent.
fn of_party(client: Client, party: &Party<'_>, rules: &ServerRules, findings: &mut Findings) {
    let rule = rules.client(client.as_str());
    let policy = Policy::new(client, rule, &party.configs, findings);
    for server in party.exposed.iter().flat_map(|config| &config.servers) {
        if server.state == ServerState::Disabled {
            continue;
        }
        for offer in exposure::offers(server, rules.recognise(server), findings) {
            let tool = (offer.tool != ANY_TOOL).then_some(offer.tool.as_str());
            let (gate, opened_by) = match party.withholds(&server.name, tool, rule) {
                Some(gate) => (gate, None),
                None => policy.of_server(server, tool),
            };
            let gate = in_a_row(gate, offer.gate.clone());
            if let Some(place) = opened_by.filter(|_| offer.effect.is_mutating() && !gate.holds()) {
                findings.auto_allow(server, &offer, &gate, &place);
            }
            findings.expose(server, offer, gate);
        }
    }
    let own = policy.rules().filter(|rule| party.is_own(&rule.location));
    dead_rules::note(own, &party.configs, rules, &policy, findings);
    for tool in rule.map(|rule| rule.tools.as_slice()).unwrap_or_default() {
        own_tool(client, party, tool, &policy, rules, findings);
    }
    for tool in named(&party.exposed) {
        let ToolSource::BuiltIn(name) = &tool.source else { continue };
        if rule.and_then(|rule| rule.tool(name)).is_none() {
            unjudged(client, tool, name, &policy, findings);
        }
    }
    let unset = policy.unset();
    if unset.kind == GateKind::Unknown
        && findings.guards_changes(&unset)
        && let Some(config) = party.exposed.first()
    {
        findings.unseen_modes.push(Noted {
            name: client.as_str().to_owned(),
            detail: unset.reason,
            location: unset.location.unwrap_or_else(|| config.location.clone()),
        });
    }
}

/// A tool of the client itself, and the parts of it that rules and lists open.
fn own_tool(
    client: Client,
    party: &Party<'_>,
    tool: &ClientTool,
    policy: &Policy<'_>,
    rules: &ServerRules,
    findings: &mut Findings,
) {
    let Some(place) = party.exposed.first().map(|config| config.location.clone()) else { return };
    let (parts, gate, opened_by) = match party.withholds_own(tool) {
        Some(gate) => (Vec::new(), gate, None),
        None => {
            let (gate, opened_by) = policy.of_own(tool);
            (policy.opened_parts(tool), gate, opened_by)
        }
    };
    let is_named = named(&party.configs).any(|named| match &named.source {
        ToolSource::BuiltIn(name) => *name == tool.tool,
        ToolSource::Server { .. } | ToolSource::Agent(_) | ToolSource::Function { .. } => false,
    });
    if tool.optional && !is_named && opened_by.is_none() && parts.is_empty() {
        return;
    }
    for (specifier, at) in parts {
        builtin::expose_part(client.as_str(), tool, &specifier, &at, &rules.commands, findings);
    }
    if opened_by.is_some() && tool.effect.is_mutating() && gate.kind == GateKind::None {
        builtin::note_allowed(client.as_str(), tool, &tool.tool, tool.effect, &gate, findings);
    }
    if is_shell(tool)
        && gate.kind == GateKind::None
        && let Some(denied) = policy.denied_part(tool)
    {
        let reason = "what it denies is a few commands, and every other one runs unasked; deny or \
                      ask for all, and allow the few that only read";
        findings.observations.push(
            Observation::new("problem", &tool.tool, reason, denied)
                .with("problem", ProblemKind::VacuousPolicy.as_str()),
        );
    }
    findings.sole.built_in(tool.kind, &tool.tool, &gate);
    findings.add(Exposed {
        owner: client.as_str().to_owned(),
        tool: tool.tool.clone(),
        effect: tool.effect,
        known: true,
        gate,
        grant: Grant {
            description: format!("tool {} of {}", tool.tool, client.as_str()),
            location: place,
            cut_at: None,
        },
    });
}

/// The tools that the client's files give it by name.
fn named<'c>(configs: &[&'c AgentConfig]) -> impl Iterator<Item = &'c ToolReference> {
    configs.iter().flat_map(|config| &config.tools)
}

/// A tool that a file brings and that nobody judged.
fn unjudged(
    client: Client,
    tool: &ToolReference,
    name: &str,
    policy: &Policy<'_>,
    findings: &mut Findings,
) {
    let gate = policy.of_unjudged(name);
    findings.sole.doubt(format!("what {name} does is not known"));
    findings.add(Exposed {
        owner: client.as_str().to_owned(),
        tool: name.to_owned(),
        effect: Effect::Destructive,
        known: false,
        gate,
        grant: Grant {
            description: format!("tool {name}"),
            location: tool.location.clone(),
            cut_at: None,
        },
    });
}

/// Whether a tool is a shell of the machine.
fn is_shell(tool: &ClientTool) -> bool {
    tool.kind == ClientToolKind::Shell
}
