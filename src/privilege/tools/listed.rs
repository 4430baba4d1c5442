//! Agents whose own resource, manifest or code lists their tools (kagent, HolmesGPT,
//! Bedrock, the frameworks): they have those, each behind the approval that stands
//! beside it.

use super::{
    builtin, coded,
    exposure::{self, Offer},
    merge::{Exposed, Findings, client_gate, in_a_row},
    overview::server_grant,
    ruled::opened::note_bypass,
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Approval, Client, Conduct, Identity, Server, SwitchKind, ToolReference,
            ToolSource,
        },
        capability::Grant,
        effect::Effect,
        gate::{Gate, GateKind},
        location::Location,
    },
    rubric::servers::{ClientTool, ClientToolKind, ServerRules, glob},
};

pub(super) fn read(
    client: Client,
    given: &[&AgentConfig],
    rules: &ServerRules,
    findings: &mut Findings,
) {
    let answered = answered(client, given, findings);
    let opened: Vec<&AgentConfig> = answered.iter().collect();
    let configs = if opened.is_empty() { given } else { &opened };
    let agents = configs.iter().filter_map(|config| {
        let identity = config.identity.as_ref()?;
        (!is_server(config)).then_some((*config, identity))
    });
    let rule = rules.client(client.as_str());
    if let Some(unseen) = rule.and_then(|rule| rule.unseen.as_deref()) {
        findings.sole.doubt(unseen.to_owned());
    }
    let mut any = false;
    for (config, identity) in agents {
        any = true;
        if client == Client::Kagent && identity.kind != "Agent" {
            findings
                .sole
                .doubt(format!("what a {} brings besides its tools is not known", identity.kind));
        }
        if let Some(why) = identity.opaque {
            opaque(config, identity, why, findings);
        }
        for tool in &config.tools {
            match &tool.source {
                ToolSource::Server { namespace, name } => {
                    let home = namespace.as_deref().or(identity.namespace.as_deref());
                    let own = config.servers.iter().find(|server| server.name == *name);
                    match own {
                        Some(server) => from_own(config, tool, server, rules, findings),
                        None => {
                            let server = find(configs, home, name);
                            from_server(tool, name, server, rules, findings);
                        }
                    }
                }
                // What an agent does that is made by code in the evidence is judged with it.
                ToolSource::Agent(name) => {
                    if !configs.iter().any(|other| makes(other, name)) {
                        own(tool, "agents", name, None, findings);
                    }
                }
                ToolSource::BuiltIn(name) => {
                    let known = rule.and_then(|rule| rule.tool(name));
                    match (known, part_of(tool, name)) {
                        (Some(known), Some(part)) => {
                            let (client, at) = (client.as_str(), &tool.location);
                            builtin::expose_part(
                                client,
                                known,
                                part,
                                at,
                                &rules.commands,
                                findings,
                            );
                        }
                        (known, _) => own(tool, client.as_str(), name, known, findings),
                    }
                }
                ToolSource::Function { name, conduct, .. } => {
                    function(tool, client.as_str(), name, conduct, rules, findings);
                }
            }
        }
    }
    if !any {
        findings.sole.doubt("no resource of an agent is in the evidence".to_owned());
    }
}

/// The configurations of an agent whose every question something answers with yes, as
/// they are then; none where nothing does.
fn answered(client: Client, configs: &[&AgentConfig], findings: &mut Findings) -> Vec<AgentConfig> {
    let mut switches = configs.iter().flat_map(|config| &config.switches);
    let Some(switch) = switches.find(|switch| switch.kind == SwitchKind::AutoApproveAll) else {
        return Vec::new();
    };
    note_bypass(client, "every question is answered with yes", &switch.location, findings);
    let unasked = |config: &&AgentConfig| {
        let mut config = (**config).clone();
        for tool in &mut config.tools {
            if matches!(tool.approval, Approval::Asked { .. } | Approval::Undecided { .. }) {
                let reason = "a switch answers every question with yes".to_owned();
                tool.approval = Approval::NotAsked { reason };
            }
        }
        config
    };
    configs.iter().map(unasked).collect()
}

/// Whether a configuration is code that makes the agent of that name, or what is bound
/// to that name in that file: `src/agent.py:graph`.
fn makes(config: &AgentConfig, name: &str) -> bool {
    let Location { path, object, .. } = &config.location;
    let in_file = name.strip_prefix(&**path).and_then(|rest| rest.strip_prefix(':'));
    path.ends_with(".py")
        && (config.identity.as_ref().is_some_and(|own| own.name == name)
            || in_file.is_some_and(|name| object.as_deref() == Some(name)))
}

/// The configurations without tool servers that no agent among them refers to:
/// a cluster's servers are handed to every agent, and are not theirs.
pub(super) fn without_strangers<'c>(configs: &[&'c AgentConfig]) -> Vec<&'c AgentConfig> {
    if configs.iter().all(|config| is_server(config)) {
        return configs.to_vec();
    }
    let referred = |server: &AgentConfig| {
        configs.iter().any(|config| {
            let home = config.identity.as_ref().and_then(|identity| identity.namespace.as_deref());
            config.tools.iter().any(|tool| match &tool.source {
                ToolSource::Server { namespace, name } => {
                    is_named(server, namespace.as_deref().or(home), name)
                }
                ToolSource::Agent(_) | ToolSource::BuiltIn(_) | ToolSource::Function { .. } => {
                    false
                }
            })
        })
    };
    configs.iter().filter(|config| !is_server(config) || referred(config)).copied().collect()
}

/// Whether a configuration is a resource of a tool server and of no agent.
fn is_server(config: &AgentConfig) -> bool {
    matches!(config.client, Client::Kagent | Client::ToolHive)
        && config.tools.is_empty()
        && !config.servers.is_empty()
}

/// Whether this resource is the server that a reference names. Where one side
/// does not say its namespace, the name decides.
fn is_named(server: &AgentConfig, namespace: Option<&str>, name: &str) -> bool {
    server.identity.as_ref().is_some_and(|identity| {
        let here = match (identity.namespace.as_deref(), namespace) {
            (Some(own), Some(wanted)) => own == wanted,
            (None, _) | (_, None) => true,
        };
        here && identity.name == name
    })
}

/// The server that a reference names.
fn find<'c>(
    configs: &[&'c AgentConfig],
    namespace: Option<&str>,
    name: &str,
) -> Option<&'c Server> {
    configs
        .iter()
        .find_map(|config| config.servers.first().filter(|_| is_named(config, namespace, name)))
}

fn from_server(
    reference: &ToolReference,
    name: &str,
    server: Option<&Server>,
    rules: &ServerRules,
    findings: &mut Findings,
) {
    let offers = match server {
        Some(server) => offered(reference, server, rules, findings),
        None => {
            let reason = format!("tool server {name} is not in the evidence");
            findings.gap(&reference.location, reason);
            let tool = reference.tool.as_deref().unwrap_or(exposure::ANY_TOOL);
            vec![named(tool, None)]
        }
    };
    for offer in offers {
        let gate = in_a_row(gate(reference), offer.gate.clone());
        // What runs in the tool server's pod is not the agent's machine.
        findings.add(Exposed {
            owner: name.to_owned(),
            tool: offer.tool,
            effect: offer.effect,
            known: offer.known,
            gate,
            grant: match server {
                Some(server) => {
                    Grant { cut_at: Some(reference.location.clone()), ..server_grant(server) }
                }
                None => Grant {
                    description: format!("tool server {name}"),
                    location: reference.location.clone(),
                    cut_at: None,
                },
            },
        });
    }
}

/// What of a server's tools a reference speaks of.
fn offered(
    reference: &ToolReference,
    server: &Server,
    rules: &ServerRules,
    findings: &mut Findings,
) -> Vec<Offer> {
    let rule = rules.recognise(server);
    let mut offers = exposure::offers(server, rule, findings);
    if let Some(tool) = &reference.tool {
        let unlisted = rule.and_then(|rule| rule.unlisted);
        let whole = offers.first().filter(|_| rule.is_none() || unlisted.is_some()).cloned();
        offers.retain(|offer| glob(tool, &offer.tool));
        if offers.is_empty() {
            offers.push(named(tool, whole.as_ref()));
        }
    }
    offers
}

/// Tools of a server that the agent starts or calls itself. A reference to all of
/// them speaks of those that no other reference names.
fn from_own(
    config: &AgentConfig,
    reference: &ToolReference,
    server: &Server,
    rules: &ServerRules,
    findings: &mut Findings,
) {
    let named_elsewhere = |tool: &str| {
        let mut others = config.tools.iter().filter(|other| other.source == reference.source);
        others.any(|other| other.tool.as_deref().is_some_and(|pattern| glob(pattern, tool)))
    };
    for offer in offered(reference, server, rules, findings) {
        if reference.tool.is_none() && named_elsewhere(&offer.tool) {
            continue;
        }
        let tool = (offer.tool != exposure::ANY_TOOL).then_some(offer.tool.as_str());
        let client = exposure::withheld(server, tool).unwrap_or_else(|| gate(reference));
        let gate = in_a_row(client, offer.gate.clone());
        findings.expose(server, offer, gate);
    }
}

/// A function of the code that makes the agent: what it does, as far as that shows.
fn function(
    reference: &ToolReference,
    owner: &str,
    name: &str,
    conduct: &Conduct,
    rules: &ServerRules,
    findings: &mut Findings,
) {
    let gate = gate(reference);
    let (effect, known) = coded::effect(conduct, rules);
    match conduct {
        Conduct::Shell => findings.sole.built_in(ClientToolKind::Shell, name, &gate),
        _ if known || gate.kind == GateKind::Deny => {}
        _ => findings.sole.doubt(format!("what {name} does is not known")),
    }
    findings.add(Exposed {
        owner: owner.to_owned(),
        tool: name.to_owned(),
        effect,
        known,
        gate,
        grant: Grant {
            description: format!("function {name}"),
            location: reference.location.clone(),
            cut_at: None,
        },
    });
}

/// A tool that the resource names and the catalogue does not list: what is
/// known of the server as a whole, or nothing.
fn named(tool: &str, whole: Option<&Offer>) -> Offer {
    Offer {
        tool: tool.to_owned(),
        effect: whole.map_or(Effect::Destructive, |offer| offer.effect),
        known: whole.is_some_and(|offer| offer.known),
        gate: whole.and_then(|offer| offer.gate.clone()),
        host: false,
    }
}

/// The part of a tool of the runtime that runs unasked, where a reference speaks of no
/// more: `kubectl get` of a shell.
fn part_of<'r>(reference: &'r ToolReference, name: &str) -> Option<&'r str> {
    let unasked = matches!(reference.approval, Approval::NotAsked { .. });
    reference.tool.as_deref().filter(|part| unasked && *part != name)
}

fn gate(reference: &ToolReference) -> Gate {
    let here = || Some(reference.location.clone());
    match &reference.approval {
        Approval::Asked { location, reason, fails } => Gate {
            fail_mode: *fails,
            ..client_gate(GateKind::Approve, Some(location.clone()), reason)
        },
        Approval::NotAsked { reason } => client_gate(GateKind::None, here(), reason),
        Approval::Refused { location, reason } => {
            client_gate(GateKind::Deny, Some(location.clone()), reason)
        }
        Approval::Undecided { reason } => client_gate(GateKind::Unknown, here(), reason),
    }
}

/// Something that the agent may call and that no server offers: what it does is
/// known where the catalogue lists it among the tools of the client.
fn own(
    reference: &ToolReference,
    owner: &str,
    name: &str,
    known: Option<&ClientTool>,
    findings: &mut Findings,
) {
    let gate = gate(reference);
    if let Some(tool) = known {
        findings.sole.built_in(tool.kind, name, &gate);
    }
    findings.add(Exposed {
        owner: owner.to_owned(),
        tool: name.to_owned(),
        effect: known.map_or(Effect::Destructive, |tool| tool.effect),
        known: known.is_some(),
        gate,
        grant: Grant {
            description: format!("tool {name}"),
            location: reference.location.clone(),
            cut_at: None,
        },
    });
}

/// Adds what an agent may do that nothing shows.
pub(super) fn opaque(
    config: &AgentConfig,
    identity: &Identity,
    why: &str,
    findings: &mut Findings,
) {
    findings.sole.opaque(&identity.name, identity.opaque);
    findings.add(Exposed {
        owner: identity.name.clone(),
        tool: "code of its own".to_owned(),
        effect: Effect::Destructive,
        known: false,
        gate: client_gate(GateKind::Unknown, Some(config.location.clone()), why),
        grant: Grant {
            description: format!("{} {}", identity.kind, identity.name),
            location: config.location.clone(),
            cut_at: None,
        },
    });
}
