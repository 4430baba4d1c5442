//! HolmesGPT: toolsets, the shell's lists, and servers behind approval.

use gradus::{
    model::{
        agent_config::{Client, ProblemKind},
        effect::Effect,
        gate::{FailMode, GateKind},
    },
    privilege::tools::SolePath,
};

use crate::support::{capability, config_of, layer_of, readings};

const CARELESS: &str = include_str!("../fixtures/agents/holmes/careless.yaml");
const CAREFUL: &str = include_str!("../fixtures/agents/holmes/careful.yaml");

#[test]
fn a_server_without_approval_patterns_runs_everything_unasked() {
    let layer = layer_of([("config.yaml", CARELESS)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
}

#[test]
fn patterns_ask_for_the_tools_that_they_match_and_no_others() {
    let layer = layer_of([("config.yaml", CAREFUL)]);
    let delete = capability(&layer, "k8s: pods_delete");
    assert_eq!((delete.gate.kind, delete.gate.fail_mode), (GateKind::Approve, FailMode::Closed));
    assert_eq!(capability(&layer, "k8s: resources_get").gate.kind, GateKind::None);
    assert!(layer.capabilities.iter().all(|held| !held.is_mutating() || held.gate.holds()));
}

#[test]
fn a_command_that_the_shell_allows_runs_unasked_unless_it_is_denied() {
    let layer = layer_of([("config.yaml", CARELESS)]);
    let delete = capability(&layer, "holmes: bash(kubectl delete)");
    assert_eq!((delete.effect, delete.gate.kind), (Effect::Destructive, GateKind::None));
    assert!(!layer.capabilities.iter().any(|held| held.action.contains("helm upgrade")));
    assert_eq!(capability(&layer, "holmes: bash").gate.kind, GateKind::Approve);
}

#[test]
fn the_shell_is_on_where_nothing_is_said_of_it() {
    let text = CAREFUL.replace("  bash: {enabled: false}\n", "");
    let layer = layer_of([("config.yaml", text.as_str())]);
    assert_eq!(capability(&layer, "holmes: bash").gate.kind, GateKind::Approve);
    assert!(matches!(layer.sole_path, SolePath::No { .. }));
    let off = layer_of([("config.yaml", CAREFUL)]);
    assert_eq!(capability(&off, "holmes: bash").gate.kind, GateKind::Deny);
}

#[test]
fn a_toolset_of_ones_own_is_unknown_and_counts_as_destructive() {
    let layer = layer_of([("config.yaml", CARELESS)]);
    let restart = capability(&layer, "holmes: restart-things");
    assert_eq!((restart.effect, restart.effect_known), (Effect::Destructive, false));
    assert_eq!(restart.gate.kind, GateKind::None);
}

#[test]
fn tools_that_were_restricted_by_a_removed_key_are_not() {
    let problems = config_of("config.yaml", CARELESS).problems;
    assert!(problems.iter().any(|problem| {
        problem.kind == ProblemKind::MisplacedKey && problem.subject == "restricted_tools"
    }));
}

#[test]
fn a_server_that_is_off_is_listed_and_gives_no_tools() {
    let layer = layer_of([("config.yaml", CAREFUL)]);
    assert!(layer.servers.iter().any(|server| server.name == "argo" && !server.enabled));
    assert!(!layer.capabilities.iter().any(|held| held.action.starts_with("argo")));
}

#[test]
fn servers_in_the_older_form_are_read_too() {
    let text = "mcp_servers:\n  k8s:\n    description: x\n    url: https://mcp.example.com/mcp\n    llm_instructions: use it\n";
    assert_eq!(config_of("config.yaml", text).client, Client::Holmes);
    let layer = layer_of([("config.yaml", text)]);
    assert_eq!(capability(&layer, "k8s: any tool").gate.kind, GateKind::None);
}

#[test]
fn values_of_a_chart_that_brings_holmes_are_read_with_the_variable_that_opens_its_shell() {
    const VALUES: &str = include_str!("../fixtures/agents/holmes/values.yaml");
    let layer = layer_of([("values.yaml", VALUES)]);
    assert_eq!(capability(&layer, "holmes: bash").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "holmes: restart-things").gate.kind, GateKind::None);
    let off = VALUES.replace("value: \"true\"", "value: \"false\"");
    let layer = layer_of([("values.yaml", off.as_str())]);
    assert_eq!(capability(&layer, "holmes: bash").gate.kind, GateKind::Approve);
    let elsewhere =
        VALUES.replace("value: \"true\"", "valueFrom: {secretKeyRef: {name: a, key: b}}");
    let layer = layer_of([("values.yaml", elsewhere.as_str())]);
    assert_eq!(capability(&layer, "holmes: bash").gate.kind, GateKind::None);
}

#[test]
fn a_switch_that_answers_with_yes_opens_every_tool_that_would_be_asked_for() {
    let script = "holmes ask why --no-interactive --bash-always-allow\n";
    let layer = layer_of([("config.yaml", CAREFUL), ("triage.sh", script)]);
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
    assert_eq!(capability(&layer, "holmes: bash").gate.kind, GateKind::None);
    assert_eq!(layer.bypasses.len(), 1);
    for off in
        ["holmes ask why --bash-always-deny\n", "BASH_TOOL_UNSAFE_ALLOW_ALL=0 holmes ask why\n"]
    {
        let layer = layer_of([("config.yaml", CAREFUL), ("triage.sh", off)]);
        assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::Approve, "{off}");
    }
    let alone = layer_of([("triage.sh", script)]);
    assert_eq!(capability(&alone, "holmes: bash").gate.kind, GateKind::None);
}

#[test]
fn a_file_with_nothing_but_comments_is_no_configuration() {
    assert!(readings("config.yaml", "#toolsets:\n#  bash: {enabled: true}\n").is_empty());
    assert!(readings("x.yaml", "toolsets: [a, b]\n").is_empty());
}
