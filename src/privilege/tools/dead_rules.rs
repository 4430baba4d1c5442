//! Rules that restrict a tool which its server does not have: they read as a control,
//! and protect nothing.

use super::{merge::Findings, observe::Observation};
use crate::{
    model::agent_config::{AgentConfig, Decision, PermissionRule, RuleTarget, Server},
    rubric::servers::{ServerRule, ServerRules},
};

/// How a client holds its rules against servers and their tools.
pub(super) trait Matches {
    /// Whether a rule names a server, and single tools of it.
    fn names(&self, rule: &PermissionRule, server: &Server) -> bool;

    /// Whether a rule speaks of a tool of a server.
    fn speaks_of(&self, rule: &PermissionRule, server: &Server, tool: &str) -> bool;
}

/// Notes every rule that denies or asks for tools which no server that it names is
/// known to have.
pub(super) fn note<'c>(
    rules: impl IntoIterator<Item = &'c PermissionRule>,
    configs: &[&AgentConfig],
    catalogue: &ServerRules,
    matches: &impl Matches,
    findings: &mut Findings,
) {
    let servers: Vec<(&Server, Option<&ServerRule>)> = configs
        .iter()
        .flat_map(|config| &config.servers)
        .map(|server| (server, catalogue.recognise(server)))
        .collect();
    for rule in rules.into_iter().filter(|rule| rule.decision >= Decision::Ask) {
        let Some((subject, tool)) = shown(&rule.target) else { continue };
        let mut named = servers.iter().filter(|(server, _)| matches.names(rule, server)).peekable();
        if named.peek().is_none() {
            continue;
        }
        let live = named.any(|(server, known)| {
            known.is_none_or(|known| {
                known.unlisted.is_some()
                    || known.all_tools().any(|(tool, _)| matches.speaks_of(rule, server, tool))
            })
        });
        if !live {
            let detail = format!(
                "the {} rule for {tool} names no tool that the server is known to have",
                rule.decision.as_str()
            );
            findings.observations.push(
                Observation::new("problem", subject, detail, &rule.location)
                    .with("problem", "dead-rule"),
            );
        }
    }
}

/// What a rule is about, and the tool that it names.
fn shown(target: &RuleTarget) -> Option<(&str, &str)> {
    match target {
        RuleTarget::Mcp { server, tool: Some(tool) } => Some((server, tool)),
        RuleTarget::BuiltIn { tool, specifier: None } => Some((tool, tool)),
        RuleTarget::Mcp { tool: None, .. }
        | RuleTarget::BuiltIn { specifier: Some(_), .. }
        | RuleTarget::Unreadable(_) => None,
    }
}
