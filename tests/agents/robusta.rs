//! Robusta: what a playbook does, it does unasked.

use gradus::model::{agent_config::Client, effect::Effect, gate::GateKind};

use crate::support::{capability, layer_of, readings};

const CARELESS: &str = include_str!("../fixtures/agents/robusta/careless.yaml");
const CAREFUL: &str = include_str!("../fixtures/agents/robusta/careful.yaml");

#[test]
fn an_action_of_a_trigger_runs_unasked() {
    let layer = layer_of([("values.yaml", CARELESS)]);
    let delete = capability(&layer, "robusta: delete_pod");
    assert_eq!((delete.effect, delete.gate.kind), (Effect::Destructive, GateKind::None));
    assert!(delete.gate.reason.contains("on_pod_crash_loop"));
    let shell = capability(&layer, "robusta: node_bash_enricher");
    assert_eq!((shell.effect, shell.gate.kind), (Effect::Escalation, GateKind::None));
}

#[test]
fn enrichers_read_and_an_action_that_nobody_judged_is_destructive() {
    let layer = layer_of([("values.yaml", CARELESS)]);
    assert_eq!(capability(&layer, "robusta: logs_enricher").effect, Effect::SensitiveRead);
    let unknown = capability(&layer, "robusta: tidy_up_everything");
    assert_eq!((unknown.effect, unknown.effect_known), (Effect::Destructive, false));
}

#[test]
fn playbooks_that_only_look_change_nothing() {
    let layer = layer_of([("values.yaml", CAREFUL)]);
    assert!(layer.capabilities.iter().all(|held| !held.is_mutating() || held.gate.holds()));
    assert_eq!(capability(&layer, "robusta: delete_pod").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "robusta: pod_events_enricher").gate.kind, GateKind::None);
}

#[test]
fn the_holmes_that_the_chart_brings_is_an_agent_of_its_own() {
    let read = readings("values.yaml", CARELESS);
    let clients: Vec<Client> = read[0].configs.iter().map(|config| config.client).collect();
    assert_eq!(clients, [Client::Robusta, Client::Holmes]);
    let layer = layer_of([("values.yaml", CARELESS)]);
    let delete = capability(&layer, "holmes: bash(kubectl delete)");
    assert_eq!(delete.gate.kind, GateKind::None);
    assert_eq!(readings("values.yaml", CAREFUL)[0].configs.len(), 1);
}

#[test]
fn playbooks_of_a_repository_are_code_that_is_not_followed() {
    let gaps = &readings("values.yaml", CARELESS)[0].gaps;
    assert!(gaps.iter().any(|gap| gap.reason.contains("repositories")));
    assert!(readings("values.yaml", CAREFUL)[0].gaps.is_empty());
}

#[test]
fn values_of_another_chart_are_not_robustas() {
    assert!(readings("values.yaml", "clusterName: prod\nplaybooks: []\n").is_empty());
    assert!(readings("x.yaml", "playbooks: [{name: a, hosts: all, tasks: []}]\n").is_empty());
}
