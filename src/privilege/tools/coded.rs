//! Tools whose code is in the evidence: what it shows that they do.

use std::collections::BTreeMap;

use super::{
    exposure::{ANY_TOOL, Offer},
    merge::Findings,
    observe::Observation,
};
use crate::{
    model::{
        agent_config::{
            AgentConfig, Client, Conduct, ProblemKind, Program, Server, ToolSource, Transport,
        },
        effect::Effect,
    },
    rubric::servers::ServerRules,
};

/// What a function does at worst, and whether that is known.
pub(super) fn effect(conduct: &Conduct, rules: &ServerRules) -> (Effect, bool) {
    match conduct {
        Conduct::Unknown => (Effect::Destructive, false),
        Conduct::Shell => (Effect::Escalation, true),
        Conduct::Commands(commands) => {
            commands.iter().fold((Effect::Read, true), |(worst, all_known), command| {
                let words: Vec<&str> = command.iter().map(String::as_str).collect();
                // What no entry knows runs code that nobody judged, and counts as a shell.
                let effect = rules.commands.effect_of(&words);
                (worst.max(effect.unwrap_or(Effect::Escalation)), all_known && effect.is_some())
            })
        }
    }
}

/// What the servers offer whose code these configurations are, by file.
pub(super) fn read(configs: &[&AgentConfig], rules: &ServerRules) -> BTreeMap<String, Vec<Offer>> {
    let mut coded: BTreeMap<String, Vec<Offer>> = BTreeMap::new();
    for config in configs.iter().filter(|config| config.client == Client::ToolServer) {
        let offers = coded.entry(config.location.path.to_string()).or_default();
        let offer = |tool: &str, (effect, known): (Effect, bool)| Offer {
            tool: tool.to_owned(),
            effect,
            known,
            gate: None,
            host: !known || effect == Effect::Escalation,
        };
        for tool in &config.tools {
            if let ToolSource::Function { name, conduct, .. } = &tool.source {
                offers.push(offer(name, self::effect(conduct, rules)));
            }
        }
        if config.identity.as_ref().is_some_and(|own| own.opaque.is_some()) {
            offers.push(offer(ANY_TOOL, (Effect::Destructive, false)));
        }
    }
    coded
}

/// What a server offers whose code is in the evidence.
pub(super) fn of<'f>(server: &Server, findings: &'f Findings) -> Option<&'f Vec<Offer>> {
    let Transport::Stdio(launch) = &server.transport else { return None };
    let Program::PythonFile(file) = &launch.program else { return None };
    findings.coded.get(file)
}

/// Notes tools that are said to only read, and do more.
pub(super) fn note_claims(configs: &[&AgentConfig], rules: &ServerRules, findings: &mut Findings) {
    for tool in configs.iter().flat_map(|config| &config.tools) {
        let ToolSource::Function { name, conduct, claims_read: true } = &tool.source else {
            continue;
        };
        let (effect, known) = effect(conduct, rules);
        if known && effect.is_mutating() {
            let detail = "its hint says that it only reads, and its code does more";
            findings.observations.push(
                Observation::new("problem", name, detail, &tool.location)
                    .with("problem", ProblemKind::FalseClaim.as_str()),
            );
        }
    }
}
