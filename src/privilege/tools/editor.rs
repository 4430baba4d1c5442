//! Clients whose approvals are state of their user interface: Claude Desktop,
//! Cursor, VS Code, and lists that no client is known to read. What their files
//! open is known; whether anything is asked besides is not.

use super::{
    Noted, builtin,
    exposure::{self, ANY_TOOL, Offer},
    merge::{Exposed, Findings, client_gate, in_a_row},
    observe::Observation,
};
use crate::{
    model::{
        agent_config::{AgentConfig, Client, Server, ServerState, SwitchKind},
        capability::Grant,
        gate::{Gate, GateKind},
        location::Location,
    },
    rubric::servers::{ClientToolKind, ServerRules, glob},
};

pub(super) fn read(
    client: Client,
    configs: &[&AgentConfig],
    rules: &ServerRules,
    findings: &mut Findings,
) {
    let opened = Opened::read(client, configs, findings);
    for server in configs.iter().flat_map(|config| &config.servers) {
        if server.state == ServerState::Disabled {
            continue;
        }
        for offer in exposure::offers(server, rules.recognise(server), findings) {
            let gate = in_a_row(opened.gate(client, server, &offer), offer.gate.clone());
            if let (true, Some(location)) =
                (offer.effect.is_mutating() && gate.kind == GateKind::None, &gate.location)
            {
                findings.auto_allow(server, &offer, &gate, location);
            }
            findings.expose(server, offer, gate);
        }
    }
    own_tools(client, configs, &opened, rules, findings);
    if let Some(config) = configs.first() {
        findings.unseen_modes.push(Noted {
            name: client.as_str().to_owned(),
            detail: "what it asks is state of its user interface".to_owned(),
            location: config.location.clone(),
        });
    }
    findings.sole.client(client);
}

/// What the files of a client let run unasked.
#[derive(Default)]
struct Opened {
    everything: Option<Location>,
    tools: Vec<(String, Location)>,
    commands: Vec<(String, Location)>,
}

impl Opened {
    fn read(client: Client, configs: &[&AgentConfig], findings: &mut Findings) -> Self {
        let mut opened = Self::default();
        for switch in configs.iter().flat_map(|config| &config.switches) {
            let location = switch.location.clone();
            match &switch.kind {
                SwitchKind::AutoApproveAll => {
                    bypass(client, "every tool runs unasked", &location, findings);
                    opened.everything = Some(location);
                }
                SwitchKind::AutoApproveTool(pattern) => {
                    if pattern == "*:*" || pattern == "*" {
                        bypass(client, "every tool runs unasked", &location, findings);
                    }
                    opened.tools.push((pattern.clone(), location));
                }
                SwitchKind::AutoApproveCommand(command) => {
                    if command == "*" {
                        bypass(client, "every command runs unasked", &location, findings);
                    }
                    opened.commands.push((command.clone(), location));
                }
                _ => {}
            }
        }
        opened
    }

    fn gate(&self, client: Client, server: &Server, offer: &Offer) -> Gate {
        let open = |place: &Location, reason: &str| {
            client_gate(GateKind::None, Some(place.clone()), reason)
        };
        if let Some(place) = &self.everything {
            return open(place, "the client lets every tool run unasked");
        }
        if let Some(place) = &server.sandboxed {
            return open(place, "tools of a sandboxed server run unasked");
        }
        let covers = |pattern: &str| {
            // Of tools that nobody listed, a pattern allows at least something.
            offer.tool == ANY_TOOL || glob(pattern, &offer.tool)
        };
        if let Some((_, place)) = server.auto_approved.iter().find(|(pattern, _)| covers(pattern)) {
            return open(place, "its entry lets it run unasked");
        }
        let listed = self.tools.iter().find(|(pattern, _)| match pattern.split_once(':') {
            Some((named, tool)) => glob(named, &server.name) && covers(tool),
            None => covers(pattern),
        });
        if let Some((_, place)) = listed {
            return open(place, "the client's list lets it run unasked");
        }
        let reason = match client {
            Client::Unknown => "which client reads this list is not known".to_owned(),
            _ => format!("what {} asks is state of its user interface", client.as_str()),
        };
        client_gate(GateKind::Unknown, None, reason)
    }
}

fn bypass(client: Client, detail: &str, location: &Location, findings: &mut Findings) {
    findings.bypasses.push(Noted {
        name: client.as_str().to_owned(),
        detail: detail.to_owned(),
        location: location.clone(),
    });
    findings
        .observations
        .push(Observation::new("mode", client.as_str(), detail, location).with("mode", "bypass"));
}

/// The client's own tools.
fn own_tools(
    client: Client,
    configs: &[&AgentConfig],
    opened: &Opened,
    rules: &ServerRules,
    findings: &mut Findings,
) {
    let Some(rule) = rules.client(client.as_str()) else { return };
    let Some(place) = configs.first().map(|config| config.location.clone()) else { return };
    for tool in &rule.tools {
        let shell = tool.kind == ClientToolKind::Shell;
        let all_commands =
            opened.commands.iter().find(|(command, _)| shell && command == "*").map(|(_, at)| at);
        let gate = match opened.everything.as_ref().or(all_commands) {
            Some(place) => {
                client_gate(GateKind::None, Some(place.clone()), "the client lets it run unasked")
            }
            None => {
                let reason = format!("what {} asks is state of its user interface", rule.client);
                client_gate(GateKind::Unknown, None, reason)
            }
        };
        let grant = |description: String, location: &Location| Grant {
            description,
            location: location.clone(),
            cut_at: None,
        };
        for (command, at) in opened.commands.iter().filter(|(command, _)| shell && command != "*") {
            let (effect, known) = builtin::command_effect(command, &rules.commands);
            let name = format!("{}({command})", tool.tool);
            if effect.is_mutating() {
                findings.auto_allowed.push(Noted {
                    name: format!("{}: {name}", rule.client),
                    detail: "the client's list lets it run unasked".to_owned(),
                    location: at.clone(),
                });
                findings.observations.push(
                    Observation::new("rule", &rule.client, &name, at)
                        .with("what", "shell")
                        .with("effect", effect.as_str()),
                );
            }
            findings.add(Exposed {
                owner: rule.client.clone(),
                tool: name.clone(),
                effect,
                known,
                gate: client_gate(
                    GateKind::None,
                    Some(at.clone()),
                    "the client's list lets it run unasked",
                ),
                grant: grant(format!("allowed command {name}"), at),
            });
        }
        findings.sole.built_in(tool.kind, &tool.tool, &gate);
        findings.add(Exposed {
            owner: rule.client.clone(),
            tool: tool.tool.clone(),
            effect: tool.effect,
            known: true,
            gate,
            grant: grant(format!("tool {} of {}", tool.tool, rule.client), &place),
        });
    }
}
