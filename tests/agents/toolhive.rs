//! ToolHive: tool servers of a cluster, with an account and switches of their own.

use gradus::{
    model::{effect::Effect, gate::GateKind},
    privilege::tools::SolePath,
};

use crate::support::{capability, config_of, layer_of};

const CARELESS: &str = include_str!("../fixtures/agents/toolhive/careless.yaml");
const CAREFUL: &str = include_str!("../fixtures/agents/toolhive/careful.yaml");

#[test]
fn a_server_is_known_by_its_image_and_nobody_is_known_to_ask() {
    let layer = layer_of([("server.yaml", CARELESS)]);
    assert_eq!(layer.servers[0].catalogue.as_deref(), Some("kubernetes-mcp-server"));
    let delete = capability(&layer, "kube: pods_delete");
    assert_eq!((delete.effect, delete.gate.kind), (Effect::Destructive, GateKind::Unknown));
    assert_eq!(layer.unpinned.len(), 1);
}

#[test]
fn its_own_switches_hold() {
    let layer = layer_of([("server.yaml", CAREFUL)]);
    assert_eq!(capability(&layer, "kube: pods_delete").gate.kind, GateKind::Deny);
    assert!(layer.unpinned.is_empty());
}

#[test]
fn cedar_policies_are_no_gate_that_asks() {
    let text = CAREFUL.replace("  args: [--read-only]\n", "");
    let layer = layer_of([("server.yaml", text.as_str())]);
    let gate = &capability(&layer, "kube: pods_delete").gate;
    assert_eq!(gate.kind, GateKind::Unknown);
    assert!(gate.reason.contains("Cedar"));
}

#[test]
fn a_filter_of_tools_hides_all_others() {
    let text =
        CARELESS.replace("  transport: stdio\n", "  transport: stdio\n  tools: [pods_list]\n");
    let layer = layer_of([("server.yaml", text.as_str())]);
    assert_eq!(capability(&layer, "kube: pods_delete").gate.kind, GateKind::Deny);
    assert_eq!(capability(&layer, "kube: pods_list").gate.kind, GateKind::Unknown);
}

#[test]
fn it_acts_as_the_account_of_its_pod() {
    let account = |text: &str| config_of("x.yaml", text).identity.and_then(|id| id.service_account);
    assert_eq!(account(CARELESS).as_deref(), Some("toolhive-admin"));
    assert_eq!(account(CAREFUL).as_deref(), Some("reader"));
}

#[test]
fn a_repeated_key_is_said() {
    let layer = layer_of([("server.yaml", CARELESS)]);
    assert!(layer.risks.iter().any(|hit| hit.message.contains("containers")));
}

#[test]
fn a_virtual_server_passes_on_what_is_not_here() {
    let text = "apiVersion: toolhive.stacklok.dev/v1alpha1\nkind: VirtualMCPServer\nmetadata: {name: all, namespace: tools}\nspec:\n  groupRef: {name: g}\n";
    let layer = layer_of([("server.yaml", text)]);
    assert!(matches!(layer.sole_path, SolePath::Unknown { .. }));
    assert!(!capability(&layer, "all: code of its own").effect_known);
}
