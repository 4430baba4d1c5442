//! CrewAI.

use gradus::{
    model::{agent_config::ProblemKind, effect::Effect, gate::GateKind},
    privilege::tools::SolePath,
};

use super::{agents_of, judged, layer, problems};

const CAREFUL: &str = include_str!("../../fixtures/agents/python/crewai_careful.py");
const CARELESS: &str = include_str!("../../fixtures/agents/python/crewai_careless.py");

#[test]
fn a_crew_that_only_reads_holds_reads() {
    let layer = layer(CAREFUL);
    let pods = judged(&layer, "crewai: Pod status");
    assert_eq!(pods, (Effect::SensitiveRead, true, GateKind::None));
    assert!(layer.capabilities.iter().all(|held| !held.effect.is_mutating()));
    assert_eq!(layer.sole_path, SolePath::Yes);
    assert_eq!(agents_of(CAREFUL).len(), 1);
}

#[test]
fn human_input_gates_no_tool_and_is_said_to_gate_none() {
    let layer = layer(CARELESS);
    let restart = judged(&layer, "crewai: Restart a node");
    assert_eq!(restart, (Effect::Escalation, true, GateKind::None));
    assert_eq!(problems(CARELESS), [(ProblemKind::NoToolGate, "human_input".to_owned())]);
    assert!(layer.risks.iter().any(|hit| hit.rule == "AGT-INEFFECTIVE-REVIEW"));
}

#[test]
fn code_that_runs_outside_of_a_container_is_a_shell() {
    let layer = layer(CARELESS);
    let runs = judged(&layer, "crewai: code execution without a container");
    assert_eq!(runs, (Effect::Escalation, true, GateKind::None));
}

#[test]
fn tools_of_a_server_that_an_adapter_enters_are_the_agents() {
    assert_eq!(judged(&layer(CARELESS), "server 1: kubectl_delete").2, GateKind::None);
}
