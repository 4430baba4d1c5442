//! Agents that are Python code: tools, what they do, and the gates before them.

mod adk;
mod beside;
mod claude;
mod crewai;
mod definitions;
mod files;
mod hostile;
mod langchain;
mod openai;
mod servers;

use gradus::{
    model::{
        agent_config::{AgentConfig, ProblemKind},
        effect::Effect,
        gate::GateKind,
    },
    privilege::tools::ToolLayer,
};

use crate::support::{capability, layer_of, readings};

/// The agents of one file.
fn agents_of(text: &str) -> Vec<AgentConfig> {
    readings("agent.py", text).into_iter().flat_map(|reading| reading.configs).collect()
}

/// The tool layer of one file.
fn layer(text: &str) -> ToolLayer {
    layer_of([("agent.py", text)])
}

/// Effect, whether it is known, and gate of an action.
fn judged(layer: &ToolLayer, action: &str) -> (Effect, bool, GateKind) {
    let held = capability(layer, action);
    (held.effect, held.effect_known, held.gate.kind)
}

/// What is written in a way that cannot work.
fn problems(text: &str) -> Vec<(ProblemKind, String)> {
    let configs = agents_of(text);
    let problems = configs.into_iter().flat_map(|config| config.problems);
    problems.map(|problem| (problem.kind, problem.subject)).collect()
}
