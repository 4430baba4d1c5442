//! Bedrock agents in CloudFormation: which functions ask for confirmation.

use gradus::model::{effect::Effect, gate::GateKind};

use crate::support::{capability, layer_of, readings};

const CARELESS: &str = include_str!("../fixtures/agents/bedrock/careless.yaml");
const CAREFUL: &str = include_str!("../fixtures/agents/bedrock/careful.json");

fn gate(text: &str, action: &str) -> GateKind {
    capability(&layer_of([("template", text)]), &format!("bedrock: {action}")).gate.kind
}

#[test]
fn a_function_that_says_nothing_of_confirmation_runs_unasked() {
    let layer = layer_of([("template.yaml", CARELESS)]);
    let restart = capability(&layer, "bedrock: pods: restart");
    assert_eq!(restart.gate.kind, GateKind::None);
    assert_eq!((restart.effect, restart.effect_known), (Effect::Destructive, false));
}

#[test]
fn what_an_intrinsic_function_decides_is_unknown() {
    assert_eq!(gate(CARELESS, "pods: drain"), GateKind::Unknown);
    assert_eq!(gate(CARELESS, "pods: scale"), GateKind::Unknown);
}

#[test]
fn an_inline_schema_asks_for_the_operations_that_it_marks() {
    assert_eq!(gate(CARELESS, "orders: cancelOrder"), GateKind::None);
    assert_eq!(gate(CARELESS, "orders: refundOrder"), GateKind::Approve);
}

#[test]
fn a_schema_that_is_elsewhere_is_a_gap_and_unknown() {
    assert_eq!(gate(CARELESS, "elsewhere"), GateKind::Unknown);
    assert!(
        readings("template.yaml", CARELESS)[0]
            .gaps
            .iter()
            .any(|gap| gap.reason.contains("elsewhere"))
    );
}

#[test]
fn where_control_returns_to_the_application_it_decides() {
    assert_eq!(gate(CAREFUL, "pods: describe"), GateKind::Unknown);
    assert_eq!(gate(CAREFUL, "pods: restart"), GateKind::Approve);
}

#[test]
fn a_disabled_action_group_never_runs() {
    assert_eq!(gate(CAREFUL, "old: drain"), GateKind::Deny);
}

#[test]
fn a_template_without_an_agent_is_none() {
    assert!(readings("t.yaml", "Resources: {Role: {Type: AWS::IAM::Role}}\n").is_empty());
}
