//! Claude Code's settings of all scopes as one policy.

use super::admitted::Admitted;
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Decision, Hook, PermissionMode, PermissionRule, RuleTarget, Scope,
            Server, SwitchKind,
        },
        gate::{Gate, GateKind},
        location::Location,
    },
    privilege::tools::{
        Noted, hooks,
        merge::{Findings, client_gate},
        mode,
        observe::Observation,
        restriction,
    },
    rubric::servers::glob,
};

/// Why a question of a client that code starts is no gate by itself.
const UNATTENDED: &str = "code starts the client, and sets nobody to be asked";

/// The policy that is in force.
pub(crate) struct Policy<'c> {
    /// Rules that count, of all scopes.
    pub(crate) rules: Vec<&'c PermissionRule>,
    mode: Option<(PermissionMode, &'c Location)>,
    /// Modes that ask nothing and that nothing higher overrides.
    unasked_modes: Vec<(PermissionMode, Scope, &'c Location)>,
    answering_hook: Option<&'c Hook>,
    deciding_hook: Option<&'c Hook>,
    restrictions: Vec<(&'c SwitchKind, &'c Location)>,
    lifted: Vec<&'c SwitchKind>,
    admitted: Admitted<'c>,
    switches: Vec<(&'c SwitchKind, &'c Location)>,
    version: String,
    /// Whether code starts the client: nobody sits before it who could be asked.
    unattended: bool,
}

impl<'c> Policy<'c> {
    pub(crate) fn new(configs: &[&'c AgentConfig], version: String) -> Self {
        let in_force = |config: &&&AgentConfig| config.rejected.is_none();
        let switches: Vec<_> = configs
            .iter()
            .filter(in_force)
            .flat_map(|config| &config.switches)
            .map(|switch| (&switch.kind, &switch.location))
            .collect();
        let rank = |config: &AgentConfig| config.scope;
        let restrictions = restriction::in_force(configs, &rank);
        let on = |kind: &SwitchKind| restrictions.iter().any(|(known, _)| *known == kind);
        let managed_only = on(&SwitchKind::ManagedRulesOnly);
        // A rejected file restricts nothing; what it would open still counts,
        // because other versions may load it.
        let rules = configs
            .iter()
            .filter(|config| !managed_only || config.scope == Scope::Managed)
            .flat_map(|config| {
                config
                    .rules
                    .iter()
                    .filter(|rule| config.rejected.is_none() || rule.decision == Decision::Allow)
            })
            .collect();
        let hooks: Vec<&Hook> = configs
            .iter()
            .filter(|config| hooks::run(config, configs))
            .flat_map(|config| &config.hooks)
            .collect();
        // One that the client does not wait for answers nothing; any other one may.
        let answers =
            |name: &str| hooks.iter().copied().find(|hook| hook.event == name && hook.waits);
        let (mode, unasked_modes) = mode::in_force(configs, &rank, &on);
        Self {
            rules,
            mode,
            unasked_modes,
            answering_hook: answers("PermissionRequest"),
            deciding_hook: answers("PreToolUse"),
            switches,
            restrictions,
            lifted: configs
                .iter()
                .filter(in_force)
                .flat_map(|config| &config.lifted)
                .map(|switch| &switch.kind)
                .collect(),
            admitted: Admitted::new(configs),
            version,
            unattended: configs.iter().any(|config| config.client == Client::ClaudeAgentSdk),
        }
    }

    /// What keeps the client from using a server that a configuration of this scope
    /// declares.
    pub(crate) fn refuses(&self, server: &Server, scope: Scope) -> Option<Gate> {
        self.admitted.gate(server, scope)
    }

    /// The place of a rule of that decision for a tool of a server; none as
    /// tool stands for tools nobody knows.
    pub(crate) fn rule_for(
        &self,
        decision: Decision,
        server: &str,
        tool: Option<&str>,
    ) -> Option<Location> {
        let speaks = |rule: &&&PermissionRule| {
            rule.decision == decision
                && match &rule.target {
                    RuleTarget::Mcp { server: named, tool: pattern } => {
                        same_server(named, server)
                            && match (pattern, tool) {
                                (None, _) => true,
                                (Some(pattern), Some(tool)) => covers(pattern, tool),
                                // A pattern allows at least something of it.
                                (Some(pattern), None) => {
                                    decision == Decision::Allow && pattern.contains('*')
                                }
                            }
                    }
                    RuleTarget::BuiltIn { tool: pattern, specifier: None } => {
                        pattern.contains('*') && glob(pattern, &full_name(server, tool))
                    }
                    RuleTarget::BuiltIn { .. } | RuleTarget::Unreadable(_) => false,
                }
        };
        self.rules.iter().find(speaks).map(|rule| rule.location.clone())
    }

    /// The gate of what an ask rule speaks of.
    pub(crate) fn asked(&self, place: Location) -> Gate {
        if let Some(hook) = self.answering_hook {
            let reason = "a PermissionRequest hook may answer in place of a human";
            return client_gate(GateKind::Unknown, Some(hook.location.clone()), reason);
        }
        if let Some((PermissionMode::Refuse, refusing)) = self.mode {
            // Code that starts the client may give it a hook that allows.
            if self.unattended && self.deciding_hook.is_some() {
                let reason = "the mode refuses what would be asked for, and a hook may allow it";
                return client_gate(GateKind::Unknown, Some(refusing.clone()), reason);
            }
            let reason = "a rule asks, and the mode refuses what would be asked for";
            return client_gate(GateKind::Deny, Some(refusing.clone()), reason);
        }
        if self.unattended {
            return client_gate(GateKind::Unknown, Some(place), UNATTENDED);
        }
        if let Some((PermissionMode::Bypass, bypass)) = self.mode {
            let reason = "a rule asks, and the mode that is set asks nothing";
            return client_gate(GateKind::Unknown, Some(bypass.clone()), reason);
        }
        if let Some(refusing) = self.restriction(&SwitchKind::RefusedInsteadOfAsked) {
            let reason = "a rule asks, and what would be asked for is refused";
            return client_gate(GateKind::Deny, Some(refusing.clone()), reason);
        }
        client_gate(GateKind::Approve, Some(place), "a rule asks a human each time")
    }

    /// The gate of what no rule speaks of.
    pub(crate) fn by_mode(&self) -> Gate {
        let Some((mode, place)) = self.mode else {
            let reason = format!(
                "no rule speaks of it and no mode is set: Claude Code {} starts in the mode in which \
                 a classifier decides, earlier versions ask",
                self.version
            );
            return client_gate(GateKind::Unknown, None, reason);
        };
        let place = Some(place.clone());
        match mode {
            PermissionMode::Ask | PermissionMode::AcceptEdits => {
                let hook = self.answering_hook.or(self.deciding_hook);
                let refusing = self.restriction(&SwitchKind::RefusedInsteadOfAsked);
                match (hook, refusing) {
                    (None, None) if self.unattended => {
                        client_gate(GateKind::Unknown, place, UNATTENDED)
                    }
                    (None, None) => client_gate(GateKind::Approve, place, "the mode asks a human"),
                    (None, Some(refusing)) => {
                        let reason = "the mode asks, and what would be asked for is refused";
                        client_gate(GateKind::Deny, Some(refusing.clone()), reason)
                    }
                    (Some(hook), _) => client_gate(
                        GateKind::Unknown,
                        Some(hook.location.clone()),
                        format!("a {} hook may answer in place of a human", hook.event),
                    ),
                }
            }
            PermissionMode::Refuse if self.unattended && self.deciding_hook.is_some() => {
                let reason = "the mode refuses what no rule allows, and a hook may allow it";
                client_gate(GateKind::Unknown, place, reason)
            }
            PermissionMode::Refuse => {
                client_gate(GateKind::Deny, place, "the mode refuses what no rule allows")
            }
            PermissionMode::Bypass => client_gate(GateKind::None, place, "the mode asks nothing"),
            PermissionMode::Classifier => {
                client_gate(GateKind::None, place, "a classifier decides, no human")
            }
            PermissionMode::Plan => {
                client_gate(GateKind::Unknown, place, "the mode plans first, and may be left")
            }
            PermissionMode::Unrecognised
            | PermissionMode::AskOutside
            | PermissionMode::RefuseOutside => {
                client_gate(GateKind::Unknown, place, "the mode is none that is known")
            }
        }
    }

    /// The mode that is in force, where one is set.
    pub(crate) fn mode(&self) -> Option<PermissionMode> {
        self.mode.map(|(mode, _)| mode)
    }

    /// Where a switch is on.
    pub(crate) fn switch(&self, kind: &SwitchKind) -> Option<&Location> {
        self.switches.iter().find(|(known, _)| *known == kind).map(|(_, place)| *place)
    }

    /// Where a restriction stands that the highest scope that speaks of it sets.
    pub(crate) fn restriction(&self, kind: &SwitchKind) -> Option<&Location> {
        self.restrictions.iter().find(|(known, _)| *known == kind).map(|(_, place)| *place)
    }

    /// Whether some scope says that a switch is off.
    pub(crate) fn lifts(&self, kind: &SwitchKind) -> bool {
        self.lifted.contains(&kind)
    }

    /// What a judge should know of modes and trust.
    pub(crate) fn note(&self, findings: &mut Findings) {
        for (mode, scope, place) in &self.unasked_modes {
            let (word, detail) = match mode {
                PermissionMode::Bypass => ("bypass", "asks nothing"),
                _ => ("classifier", "lets a classifier decide"),
            };
            let detail = match scope {
                Scope::Project => format!("{detail}, in versions that take it from a repository"),
                _ => detail.to_owned(),
            };
            findings.bypasses.push(Noted {
                name: format!("defaultMode in {} settings", scope.as_str()),
                detail: detail.clone(),
                location: (*place).clone(),
            });
            findings
                .observations
                .push(Observation::new("mode", scope.as_str(), detail, place).with("mode", word));
        }
        for (kind, place) in &self.switches {
            let trusted = match kind {
                SwitchKind::TrustProjectServers => "every server of the repository",
                _ => continue,
            };
            findings.observations.push(
                Observation::new("mode", "claude-code", trusted, place).with("mode", "trust"),
            );
        }
    }
}

/// Whether a rule's spelling of a server names this one: in the names of tools
/// every other character is an underscore.
pub(crate) fn same_server(pattern: &str, name: &str) -> bool {
    let spelt: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' })
        .collect();
    glob(pattern, &spelt)
}

/// Whether a rule's tool covers this one, which may be a pattern itself.
pub(crate) fn covers(pattern: &str, tool: &str) -> bool {
    glob(pattern, tool)
}

fn full_name(server: &str, tool: Option<&str>) -> String {
    format!("mcp__{server}__{}", tool.unwrap_or("*"))
}
