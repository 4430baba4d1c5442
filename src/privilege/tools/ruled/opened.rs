//! What the files of a client open, or keep from the agent, besides its rules.

use crate::{
    model::{
        agent_config::{AgentConfig, Client, Scope, SwitchKind},
        location::Location,
    },
    privilege::tools::{Noted, merge::Findings, observe::Observation},
    rubric::servers::glob,
};

/// What the switches of a client let run unasked or keep from the agent.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub(super) everything: Option<Location>,
    tools: Vec<(String, Location)>,
    pub(super) commands: Vec<(String, Location)>,
    /// Where a model is told to answer in place of a human.
    pub(super) answered: Option<Location>,
    refused: Vec<(String, Location)>,
    only: Vec<(Vec<String>, Location)>,
    withheld: Vec<(String, Location)>,
    handed_out: Vec<String>,
    /// Where a sandbox makes asking for commands needless.
    pub(super) sandboxed: Option<Location>,
}

impl Opened {
    pub(super) fn read(
        client: Client,
        configs: &[&AgentConfig],
        restrictions: &[(&SwitchKind, &Location)],
        findings: &mut Findings,
    ) -> Self {
        let mut opened = Self::default();
        let restricted = |kind: &SwitchKind| restrictions.iter().any(|(known, _)| *known == kind);
        let forbidden = forbids_all(configs);
        let switches = configs.iter().flat_map(|config| {
            let in_force = config.rejected.is_none();
            config.switches.iter().map(move |switch| (switch, in_force))
        });
        for (switch, in_force) in switches {
            let location = switch.location.clone();
            match &switch.kind {
                // What a file restricts that the client refuses, nobody restricts.
                SwitchKind::RefuseServer(name) if in_force => {
                    opened.refused.push((name.clone(), location));
                }
                SwitchKind::OnlyServers(names) if in_force => {
                    opened.only.push((names.clone(), location));
                }
                SwitchKind::WithholdTool(pattern) if in_force => {
                    opened.withheld.push((pattern.clone(), location));
                }
                SwitchKind::HandOutTool(pattern) => opened.handed_out.push(pattern.clone()),
                SwitchKind::ModelAnswers => {
                    let detail = "lets a model answer in place of a human";
                    note_unasked(client, "classifier", detail, &location, findings);
                    opened.answered = Some(location);
                }
                SwitchKind::AutoApproveAll if !forbidden => {
                    note_bypass(client, "every tool runs unasked", &location, findings);
                    opened.everything = Some(location);
                }
                SwitchKind::AutoApproveTool(pattern) => {
                    if pattern == "*:*" || pattern == "*" {
                        note_bypass(client, "every tool runs unasked", &location, findings);
                    }
                    opened.tools.push((pattern.clone(), location));
                }
                SwitchKind::AutoApproveCommand(command)
                    if !restricted(&SwitchKind::CommandsAsked) =>
                {
                    if command == "*" {
                        note_bypass(client, "every command runs unasked", &location, findings);
                    }
                    opened.commands.push((command.clone(), location));
                }
                SwitchKind::SandboxedShellAllowed => opened.sandboxed = Some(location),
                _ => {}
            }
        }
        opened
    }

    /// Where the client is told not to use a server.
    pub(super) fn refuses(&self, server: &str) -> Option<&Location> {
        let refused = self.refused.iter().find(|(name, _)| name == server).map(|(_, place)| place);
        // Of several lists one counts: what any of them names may be used.
        let mut named = self.only.iter().flat_map(|(names, _)| names);
        let named = named.any(|name| name == server || name == "*");
        refused.or_else(|| self.only.first().filter(|_| !named).map(|(_, place)| place))
    }

    /// Where a tool of the client itself is kept from the agent.
    pub(super) fn withholds(&self, tool: &str) -> Option<&Location> {
        if self.handed_out.iter().any(|pattern| glob(pattern, tool)) {
            return None;
        }
        self.withheld.iter().find(|(pattern, _)| glob(pattern, tool)).map(|(_, place)| place)
    }

    /// Where a list opens a tool of a server; none as tool stands for tools nobody
    /// listed, of which a pattern opens at least something.
    pub(super) fn lists(&self, server: &str, tool: Option<&str>) -> Option<&Location> {
        let covers = |pattern: &str| tool.is_none_or(|tool| glob(pattern, tool));
        let found = self.tools.iter().find(|(pattern, _)| match pattern.split_once(':') {
            Some((named, tool)) => glob(named, server) && covers(tool),
            None => covers(pattern),
        });
        found.map(|(_, place)| place)
    }
}

/// Whether an administrator keeps the client from running everything unasked.
fn forbids_all(configs: &[&AgentConfig]) -> bool {
    configs
        .iter()
        .filter(|config| config.scope == Scope::Managed && config.rejected.is_none())
        .any(|config| config.lifted.iter().any(|lifted| lifted.kind == SwitchKind::AutoApproveAll))
}

/// Notes a setting under which nothing is asked.
pub(in crate::privilege::tools) fn note_bypass(
    client: Client,
    detail: &str,
    location: &Location,
    findings: &mut Findings,
) {
    note_unasked(client, "bypass", detail, location, findings);
}

/// Notes a setting under which no human is asked; `mode` is `bypass` or `classifier`.
fn note_unasked(
    client: Client,
    mode: &str,
    detail: &str,
    location: &Location,
    findings: &mut Findings,
) {
    findings.bypasses.push(Noted {
        name: client.as_str().to_owned(),
        detail: detail.to_owned(),
        location: location.clone(),
    });
    findings
        .observations
        .push(Observation::new("mode", client.as_str(), detail, location).with("mode", mode));
}
