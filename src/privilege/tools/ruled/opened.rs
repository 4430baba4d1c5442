//! What the files of a client open outright, besides its rules.

use crate::{
    model::{
        agent_config::{AgentConfig, Client, Scope, SwitchKind},
        location::Location,
    },
    privilege::tools::{Noted, merge::Findings, observe::Observation},
    rubric::servers::glob,
};

/// What the switches of a client let run unasked.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub(super) everything: Option<Location>,
    tools: Vec<(String, Location)>,
    pub(super) commands: Vec<(String, Location)>,
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
        for switch in configs.iter().flat_map(|config| &config.switches) {
            let location = switch.location.clone();
            match &switch.kind {
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
pub(super) fn note_bypass(
    client: Client,
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
        .push(Observation::new("mode", client.as_str(), detail, location).with("mode", "bypass"));
}
