//! Manifests that describe agents: claims lower nothing.

use gradus::model::{agent_config::ProblemKind, effect::Effect, gate::GateKind};

use crate::support::{capability, config_of, layer_of, readings};

const CAREFUL: &str = include_str!("../fixtures/agents/claims/careful.gitagent.yaml");
const CARELESS: &str = include_str!("../fixtures/agents/claims/careless.gitagent.yaml");

const CARD: &str = r#"{
  "name": "restarter", "version": "1.0.0", "capabilities": {"streaming": true},
  "skills": [{"id": "restart", "name": "Restart", "description": "asks a human first"}]
}"#;

const SPEC: &str = "component_type: Agent\nname: helper\nhuman_in_the_loop: true\ntools:\n  - {component_type: ServerTool, name: scale, requires_confirmation: true}\n  - {$component_ref: drain}\n";

#[test]
fn what_a_manifest_declares_gates_nothing() {
    for (text, tool) in [(CAREFUL, "cli"), (CARELESS, "write"), (SPEC, "scale")] {
        let layer = layer_of([("agent.yaml", text)]);
        let held = capability(&layer, &format!("unknown client: {tool}"));
        assert_eq!((held.effect, held.effect_known), (Effect::Destructive, false), "{tool}");
        assert_eq!(held.gate.kind, GateKind::Unknown, "{tool}");
    }
}

#[test]
fn a_claim_that_reads_like_a_control_is_ineffective() {
    let claims = |text: &str| {
        let problems = config_of("agent.yaml", text).problems;
        assert!(problems.iter().all(|problem| problem.kind == ProblemKind::VacuousApproval));
        problems.into_iter().map(|problem| problem.subject).collect::<Vec<_>>()
    };
    assert_eq!(
        claims(CAREFUL),
        ["supervision.human_in_the_loop", "supervision.kill_switch", "recordkeeping.audit_logging"]
    );
    assert!(claims(CARELESS).is_empty());
    assert_eq!(claims(SPEC), ["requires_confirmation", "human_in_the_loop"]);
}

#[test]
fn a_skill_of_a_card_is_a_tool_that_nobody_judged() {
    let layer = layer_of([("agent-card.json", CARD)]);
    assert!(!capability(&layer, "unknown client: restart").effect_known);
}

#[test]
fn files_that_are_called_agent_are_told_apart_by_content() {
    let id = |text: &str| readings("agent.yaml", text).first().map(|reading| reading.format);
    assert_eq!(id(CAREFUL), Some("gitagent"));
    assert_eq!(id(SPEC), Some("open-agent-spec"));
    assert_eq!(id(include_str!("../fixtures/agents/cagent/careful.yaml")), Some("cagent"));
    assert_eq!(id(include_str!("../fixtures/agents/kagent/agent.yaml")), Some("kagent"));
    assert_eq!(id("kind: Agent\nmetadata: {name: x}\nbuiltin: {type: llm}\n"), None);
    assert_eq!(id("name: x\nskills: [{id: a}]\n"), None);
}
