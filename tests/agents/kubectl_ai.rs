//! kubectl-ai: its permissions, its servers, tools of one's own.

use gradus::model::{agent_config::Client, effect::Effect, gate::GateKind};

use crate::support::{capability, config_of, layer_of, readings};

const CARELESS: &str = include_str!("../fixtures/agents/kubectl-ai/careless.yaml");
const CAREFUL: &str = include_str!("../fixtures/agents/kubectl-ai/careful.yaml");
const SERVERS: &str = include_str!("../fixtures/agents/kubectl-ai/mcp.yaml");
const TOOLS: &str = include_str!("../fixtures/agents/kubectl-ai/tools.yaml");

#[test]
fn skipping_permissions_opens_its_shell_and_every_server() {
    let layer = layer_of([("config.yaml", CARELESS), ("mcp.yaml", SERVERS)]);
    let bash = capability(&layer, "kubectl-ai: bash");
    assert_eq!((bash.effect, bash.gate.kind), (Effect::Escalation, GateKind::None));
    assert_eq!(capability(&layer, "k8s: pods_delete").gate.kind, GateKind::None);
    assert_eq!(layer.bypasses.len(), 1);
}

#[test]
fn a_question_that_the_model_decides_about_is_no_gate() {
    let layer = layer_of([("config.yaml", CAREFUL)]);
    let kubectl = capability(&layer, "kubectl-ai: kubectl");
    assert_eq!(kubectl.gate.kind, GateKind::Unknown);
    assert!(layer.bypasses.is_empty());
}

#[test]
fn servers_stand_in_a_list() {
    let config = config_of("mcp.yaml", SERVERS);
    assert_eq!((config.client, config.servers.len()), (Client::KubectlAi, 2));
    let openapi = "servers: [{url: https://a.example.com, name: x}]\npaths: {}\n";
    assert!(readings("openapi.yaml", openapi).is_empty());
}

#[test]
fn a_tool_of_ones_own_is_unknown_and_counts_as_destructive() {
    let layer = layer_of([("config.yaml", CARELESS), ("tools.yaml", TOOLS)]);
    let argocd = capability(&layer, "kubectl-ai: argocd");
    assert_eq!((argocd.effect, argocd.effect_known), (Effect::Destructive, false));
    assert_eq!(argocd.gate.kind, GateKind::None);
}

#[test]
fn a_value_that_is_no_boolean_skips_nothing_and_is_said() {
    let config = config_of("config.yaml", &CARELESS.replace("true", "\"yes\""));
    assert!(config.switches.is_empty());
    assert_eq!(config.problems.len(), 1);
}
