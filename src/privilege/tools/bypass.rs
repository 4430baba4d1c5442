//! How a mode that asks nothing is switched off: each client has keys and files of its own.

use super::{merge::Findings, observe::SWITCHED_OFF};
use crate::{
    model::agent_config::{AgentConfig, Scope},
    rubric::servers::ServerRules,
};

/// What is said of a client of which nobody wrote down how.
const UNKNOWN: &str = "let it ask before each tool that changes something";

/// Tells every mode that was seen how it is switched off where it stands.
pub(super) fn note_remedies(
    configs: &[&AgentConfig],
    rules: &ServerRules,
    findings: &mut Findings,
) {
    for seen in findings.observations.iter_mut().filter(|seen| seen.kind == "mode") {
        let config = configs.iter().find(|config| {
            let (own, place) = (&config.location, &seen.grant.location);
            own.path == place.path && own.object == place.object
        });
        let config = config
            .or_else(|| configs.iter().find(|own| own.location.path == seen.grant.location.path));
        let rule = config.and_then(|config| rules.client(config.client.as_str()));
        let on_command_line = config.is_some_and(|config| config.scope == Scope::CommandLine);
        let how = match rule.and_then(|rule| rule.bypass.as_ref()) {
            Some(bypass) => bypass.remedy(on_command_line),
            None => UNKNOWN.to_owned(),
        };
        seen.attributes.insert(SWITCHED_OFF, how);
    }
}
