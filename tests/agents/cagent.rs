//! Docker cagent: deny, then allow, then ask.

use gradus::model::{agent_config::Client, effect::Effect, gate::GateKind};

use crate::support::{capability, config_of, layer_of, readings};

const CARELESS: &str = include_str!("../fixtures/agents/cagent/careless.yaml");
const CAREFUL: &str = include_str!("../fixtures/agents/cagent/careful.yaml");

#[test]
fn what_nothing_allows_is_asked_for_and_prompt_text_gates_nothing() {
    let layer = layer_of([("team.yaml", CARELESS)]);
    assert_eq!(capability(&layer, "kube: resources_scale").gate.kind, GateKind::Approve);
    assert_eq!(capability(&layer, "cagent: shell").gate.kind, GateKind::Approve);
}

#[test]
fn what_is_allowed_runs_even_where_it_is_to_be_asked_for_too() {
    let layer = layer_of([("team.yaml", CARELESS)]);
    assert_eq!(capability(&layer, "kube: resources_delete").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "cagent: write_file").gate.kind, GateKind::None);
}

#[test]
fn tools_of_a_named_server_are_allowed_by_its_prefix() {
    let layer = layer_of([("team.yaml", CARELESS)]);
    assert_eq!(capability(&layer, "kube: pods_delete").gate.kind, GateKind::None);
}

#[test]
fn a_command_that_is_allowed_is_part_of_the_shell() {
    let layer = layer_of([("team.yaml", CARELESS)]);
    let delete = capability(&layer, "cagent: shell(kubectl delete *)");
    assert_eq!((delete.effect, delete.gate.kind), (Effect::Destructive, GateKind::None));
}

#[test]
fn a_toolset_counts_only_where_an_agent_has_it() {
    let layer = layer_of([("team.yaml", CARELESS)]);
    let has = |action: &str| layer.capabilities.iter().any(|held| held.action == action);
    assert!(has("cagent: read_file") && !has("cagent: edit_file"));
    let careful = layer_of([("team.yaml", CAREFUL)]);
    assert!(!careful.capabilities.iter().any(|held| held.action.starts_with("cagent")));
}

#[test]
fn a_toolset_that_nobody_judged_counts_as_destructive() {
    let layer = layer_of([("team.yaml", CARELESS)]);
    let rocket = capability(&layer, "cagent: rocket");
    assert_eq!((rocket.effect, rocket.effect_known), (Effect::Destructive, false));
}

#[test]
fn a_denied_tool_never_runs_and_others_of_the_server_are_not_handed_on() {
    let layer = layer_of([("team.yaml", CAREFUL)]);
    assert_eq!(capability(&layer, "kube: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "kube: resources_delete").gate.kind, GateKind::Deny);
    assert_eq!(layer.hooks.len(), 1);
}

#[test]
fn a_server_of_dockers_catalogue_is_its_image() {
    let text = "agents:\n  root:\n    model: a/b\n    instruction: x\n    toolsets: [{type: mcp, ref: \"docker:grafana\"}]\n";
    let layer = layer_of([("team.yaml", text)]);
    assert_eq!(layer.servers[0].catalogue.as_deref(), Some("mcp-grafana"));
    assert!(layer.gaps.is_empty(), "{:?}", layer.gaps);
}

#[test]
fn teams_are_told_from_other_files_of_that_name() {
    assert_eq!(config_of("agent.yaml", CAREFUL).client, Client::Cagent);
    for other in [
        "kind: Agent\nmetadata: {name: x}\nbuiltin: {type: llm-agent, model: \"a:b\"}\n",
        "agents:\n  researcher: {role: r, goal: g, backstory: b}\n",
        "agents: [a, b]\nmodels: {}\n",
    ] {
        assert!(readings("agent.yaml", other).is_empty(), "{other}");
    }
}

#[test]
fn what_one_of_several_agents_is_refused_the_others_still_have() {
    let team = |others: &str| {
        let text = format!(
            "agents:\n  root: {{model: m, instruction: x, toolsets: [{{type: shell}}], permissions: {{deny: [shell]}}}}\n{others}"
        );
        capability(&layer_of([("team.yaml", text.as_str())]), "cagent: shell").gate.kind
    };
    assert_eq!(team(""), GateKind::Deny);
    let other = "  other: {model: m, instruction: x, toolsets: [{type: shell}]}\n";
    assert_eq!(team(other), GateKind::Approve);
}
