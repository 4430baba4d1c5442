//! k8sgpt: what `autoRemediation` lets it do.

use gradus::{
    model::{agent_config::ProblemKind, effect::Effect, gate::GateKind},
    privilege::tools::SolePath,
};

use crate::support::{capability, config_of, layer_of, readings};

const CARELESS: &str = include_str!("../fixtures/agents/k8sgpt/careless.yaml");
const CAREFUL: &str = include_str!("../fixtures/agents/k8sgpt/careful.yaml");

#[test]
fn auto_remediation_patches_without_any_approval() {
    let layer = layer_of([("k8sgpt.yaml", CARELESS)]);
    let patch = capability(&layer, "k8sgpt: patch Deployment");
    assert_eq!((patch.effect, patch.gate.kind), (Effect::Escalation, GateKind::None));
    assert_eq!(layer.capabilities.len(), 2);
}

#[test]
fn where_no_resources_are_named_it_patches_its_four_kinds() {
    let text = CARELESS.replace("      resources: [Deployment, Service]\n", "");
    let layer = layer_of([("k8sgpt.yaml", text.as_str())]);
    assert_eq!(capability(&layer, "k8sgpt: patch Ingress").gate.kind, GateKind::None);
    assert_eq!(layer.capabilities.len(), 4);
}

#[test]
fn a_kind_that_nobody_judged_counts_as_destructive() {
    let text = CARELESS.replace("Service]", "Volume]");
    let layer = layer_of([("k8sgpt.yaml", text.as_str())]);
    let patch = capability(&layer, "k8sgpt: patch Volume");
    assert_eq!((patch.effect, patch.effect_known), (Effect::Destructive, false));
}

#[test]
fn a_threshold_that_the_resource_does_not_have_is_ineffective() {
    let config = config_of("k8sgpt.yaml", CARELESS);
    assert!(config.problems.iter().any(|problem| {
        problem.kind == ProblemKind::MisplacedKey
            && problem.subject.ends_with("riskThreshold")
            && problem.reason.contains("similarityRequirement")
    }));
    assert!(config_of("k8sgpt.yaml", CAREFUL).problems.is_empty());
}

#[test]
fn one_that_only_analyses_changes_nothing() {
    let layer = layer_of([("k8sgpt.yaml", CAREFUL)]);
    assert!(layer.capabilities.iter().all(|held| !held.is_mutating() || held.gate.holds()));
    assert_eq!(capability(&layer, "k8sgpt: patch Pod").gate.kind, GateKind::Deny);
}

#[test]
fn a_switch_that_is_no_boolean_leaves_the_gate_unknown() {
    let text = CARELESS.replace("      enabled: true\n", "      enabled: \"<boolean>\"\n");
    let layer = layer_of([("k8sgpt.yaml", text.as_str())]);
    assert_eq!(capability(&layer, "k8sgpt: patch Service").gate.kind, GateKind::Unknown);
}

#[test]
fn its_tools_never_narrow_what_the_operator_may_do() {
    for text in [CARELESS, CAREFUL] {
        assert!(matches!(layer_of([("x.yaml", text)]).sole_path, SolePath::Unknown { .. }));
    }
}

#[test]
fn a_template_is_not_assessed_and_not_clean() {
    let text = CAREFUL.replace("name: watcher", "name: \"{{ .Release.Name }}\"");
    let read = readings("k8sgpt.yaml", &text);
    assert!(read[0].gaps.iter().any(|gap| gap.reason.starts_with("template")));
    let layer = layer_of([("k8sgpt.yaml", text.as_str())]);
    assert!(layer.capabilities.iter().any(|held| !held.effect_known));
}

#[test]
fn other_resources_of_its_group_are_no_agents() {
    let text = "apiVersion: core.k8sgpt.ai/v1alpha1\nkind: Result\nmetadata: {name: x}\n";
    assert!(readings("result.yaml", text).is_empty());
}
